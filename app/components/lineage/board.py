"""The drawing with the details of what is picked beside it."""

from functools import partial

import streamlit as st

from app import formats, scope
from app.components.lineage import drawing, reach
from app.components.status import health_badge
from core.views.lineage import LAYER_NAMES, LineageCard, LineageScope, LineageView

_PANEL = 300


def board(view: LineageView, asked: LineageScope) -> None:
    """Draw the cards; details of the one that is looked at stand at the right, below on a narrow screen."""
    unfolded = scope.unfolded_layers(st.query_params.to_dict())
    # The drawing is the first thing in a row, with or without details: it stays what it is when they come.
    with st.container(horizontal=True, gap="small"):
        with st.container(width="stretch", key="lineage_board"):
            drawing.draw(view, unfolded=unfolded, on_asked=partial(_asked, unfolded))
            st.caption(
                "■ Critical ▲ Watch ● Healthy ○ Unknown. What came first stands left, what came of it right. "
                "Keys: Tab and arrows move, Enter picks, Escape lets go."
            )
        card = next((one for one in view.cards if one.id == view.focus), None)
        if card is not None:
            with st.container(border=True, width=_PANEL, key="lineage_details"):
                _details(card)
                if asked.impact is None and view.radius is not None and view.radius.about == card.id:
                    st.subheader("What it reaches", anchor=False)
                    reach.of(view.radius, prefix="focus")


def _asked(unfolded: frozenset[int]) -> None:
    """Put what the reader did into the link."""
    told = drawing.asked()
    verb, layer, identity = told.get("verb"), told.get("layer"), told.get("id")
    if verb == "pick" and isinstance(identity, str) and identity:
        st.query_params["focus"] = identity
    elif verb == "clear":
        _clear()
    elif verb in {"fold", "unfold"} and isinstance(layer, int):
        left = unfolded | {layer} if verb == "unfold" else unfolded - {layer}
        if left:
            st.query_params["open"] = ",".join(str(one) for one in sorted(left))
        else:
            st.query_params.pop("open", None)


def _clear() -> None:
    st.query_params.pop("focus", None)


def _details(card: LineageCard) -> None:
    kind = card.kind.replace("_", " ")
    st.caption(formats.plain(f"{LAYER_NAMES[card.layer]} · {kind}"))
    st.subheader(formats.plain(card.name), anchor=False)
    if card.health is not None:
        health_badge(card.health)
    if card.detail:
        st.markdown(formats.plain(card.detail))
    facts = [*card.facts, *([("Owner", card.owner)] if card.owner else ())]
    # No table: one alone would bring the browser three quarters of a megabyte before the drawing stands.
    if facts:
        st.markdown("  \n".join(f"**{formats.plain(name)}** {formats.plain(text)}" for name, text in facts))
    with st.container(horizontal=True, gap="small"):
        if card.model is not None:
            st.page_link(
                scope.MODEL,
                label="Open model",
                icon=":material/open_in_new:",
                query_params=scope.naming(model=card.model),
            )
        st.button("Clear", key="lineage_clear", on_click=_clear)

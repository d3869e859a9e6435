"""Above the drawing: whose lineage it is, how far it goes, and the question which live models use a thing."""

import streamlit as st

from app import formats, scope
from app.components import picker, states
from app.components.lineage import reach
from app.components.status import health_badge
from core.views.lineage import LineageCard, LineageScope, LineageView

_HOPS = {"1": "One link", "2": "Two links", scope.ALL_LINKS: "All"}


def heading(view: LineageView, asked: LineageScope) -> None:
    """Say whose lineage this is, and how much of it is drawn."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        with st.container(gap="xsmall", width="content"):
            st.title("Lineage", anchor=False)
            name = view.radius.name if asked.impact and view.radius else view.name
            if name is not None and view.cards:
                st.header(formats.plain(name), anchor=False)
            if view.cards:
                st.caption(formats.plain(_facts(view)))
        if view.models:
            picker.of_models(view.name if view.name in view.models else None, view.models)


def _facts(view: LineageView) -> str:
    known = f"{formats.count(view.n_objects, 'object')}, {formats.count(view.n_links, 'link')} on record"
    part = "" if len(view.cards) == view.n_objects else f", {len(view.cards):,} of them here"
    return f"{known}{part} · pick one to trace what it came from and what came of it"


def nothing(view: LineageView) -> None:
    """Explain why there is nothing to draw, with a way back where there is somewhere to go."""
    with st.container(border=True, width=720):
        states.empty(view.empty_title, view.empty_text, icon=":material/account_tree:", alone=True)
        states.next_step(None, view.models)
    if view.broken:
        with st.container(border=True, width=720):
            st.subheader("Data whose checks failed", anchor=False)
            for card in view.broken:
                _broken(card)


def _broken(card: LineageCard) -> None:
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if card.health is not None:
                health_badge(card.health)
            st.button(
                f"**{formats.plain(card.name)}**",
                key=f"look_{card.id}",
                type="tertiary",
                on_click=scope.go,
                kwargs={"focus": card.id, "hops": scope.ALL_LINKS},
            )
        owner = f" · owned by {card.owner}" if card.owner else ""
        st.caption(formats.plain(f"{card.kind.replace('_', ' ')} · {card.detail}{owner}"))


def filters(view: LineageView, asked: LineageScope) -> None:
    """Let the reader say how far to look, and ask what a thing reaches; both are in the link."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        hops = scope.ALL_LINKS if asked.hops is None else str(asked.hops)
        st.session_state["lineage_hops"] = hops
        st.segmented_control(
            "How far from it",
            list(dict.fromkeys([*_HOPS, hops])),
            format_func=lambda one: _HOPS.get(one, f"{one} links"),
            key="lineage_hops",
            on_change=scope.linked,
            args=("lineage_hops", "hops"),
            required=True,
            width="content",
        )
        names = dict(view.choices)
        st.session_state["lineage_impact"] = asked.impact
        st.selectbox(
            "Which live models used this data set, source or column?",
            list(dict.fromkeys([*([] if asked.impact is None else [asked.impact]), *names])),
            format_func=lambda one: names.get(one, one),
            index=None,
            placeholder="Pick or type a name",
            accept_new_options=True,
            key="lineage_impact",
            on_change=scope.linked,
            args=("lineage_impact", "impact"),
            width=420,
        )


def answer(view: LineageView, asked: LineageScope) -> None:
    """Answer the question which live models a thing reaches, where it was asked."""
    if asked.impact is None or view.radius is None:
        return
    with st.container(border=True):
        st.subheader(formats.plain(f"What {view.radius.name} reaches"), anchor=False)
        reach.of(view.radius, prefix="impact")

"""The drawing of a lineage: what is sent to the browser, and what comes back of it."""

from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from pathlib import Path

import streamlit as st

from app.components.lineage.layout import Box, Layout, lay_out, worst
from app.formats import count
from app.palette import HEALTH_WORDS
from core.views.lineage import LAYER_NAMES, LineageView

_FOLDER = Path(__file__).resolve().parent
_HTML = """
<div class="board" role="group" aria-label="Lineage">
  <div class="window">
    <svg class="heads" aria-hidden="true"></svg>
    <svg class="drawing" role="group" aria-label="Cards by layer"></svg>
  </div>
  <div class="tools" role="group" aria-label="Size">
    <button class="closer" type="button" aria-label="Larger" title="Larger">+</button>
    <button class="farther" type="button" aria-label="Smaller" title="Smaller">−</button>
    <button class="fit" type="button" aria-label="Fit all" title="Fit all">⤢</button>
  </div>
  <div class="said" role="status"></div>
</div>
"""
_draw = st.components.v2.component(
    "trimtab_lineage",
    html=_HTML,
    css=(_FOLDER / "lineage.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "lineage.js").read_text(encoding="utf-8"),
)
KEY = "lineage_drawing"


def draw(view: LineageView, *, unfolded: Collection[int], on_asked: Callable[[], None]) -> None:
    """Draw the cards; ``on_asked`` is called when the reader picks, unfolds or clears."""
    _draw(key=KEY, data=sent(view, unfolded=unfolded), on_asked_change=on_asked)


def asked() -> Mapping[str, object]:
    """Return what the reader did, as the browser told it; empty where it told nothing that can be read."""
    told = getattr(st.session_state.get(KEY), "asked", None)
    return told if isinstance(told, Mapping) else {}


def sent(view: LineageView, *, unfolded: Collection[int]) -> dict[str, object]:
    """Return what the browser needs to draw: places, texts, and links for tracing."""
    layout = lay_out(view.cards, view.links, focus=view.focus, unfolded=unfolded)
    return {
        "signature": f"{view.signature} {sorted(unfolded)} {_folded(layout)}",
        "focus": view.focus if any(box.id == view.focus for box in layout.boxes) else "",
        "layers": [{"layer": one, "name": LAYER_NAMES[one]} for one in layout.layers],
        "boxes": [_box(box, layout) for box in layout.boxes],
        "paths": [
            {"source": one.source, "target": one.target, "via": [list(stop) for stop in one.via]}
            for one in layout.paths
        ],
        "links": [[one.source, one.target] for one in view.links],
        "home": dict(layout.home),
        "height": layout.height,
    }


def _folded(layout: Layout) -> str:
    """Return what tells one choice of shown cards from another: a focus may bring a folded card out."""
    return sha256("\n".join(sorted(layout.home)).encode()).hexdigest()[:12]


def _box(box: Box, layout: Layout) -> dict[str, object]:
    layer = layout.layers[box.column]
    place: dict[str, object] = {"id": box.id, "column": box.column, "y": box.y, "layer": layer}
    if box.card is not None:
        card = box.card
        kind = card.kind.replace("_", " ")
        state = () if card.health is None else (HEALTH_WORDS[card.health],)
        told = ", ".join(part for part in (f"{kind} {card.name}", card.detail, *state) if part)
        return place | {
            "kind": "thing",
            "name": card.name,
            "detail": card.detail,
            "health": card.health,
            "label": told[0].upper() + told[1:],
        }
    name = LAYER_NAMES[layer]
    if not box.hidden:
        return place | {
            "kind": "less",
            "name": "Show fewer",
            "detail": "",
            "health": None,
            "label": f"{name}: show fewer",
        }
    health = worst(box.hidden)
    state_of = "" if health is None else f", the worst of them {HEALTH_WORDS[health].lower()}"
    return place | {
        "kind": "fold",
        "name": f"{len(box.hidden):,} more",
        "detail": "Show them",
        "health": health,
        "label": f"{name}: {count(len(box.hidden), 'more card')}{state_of}. Show them.",
    }

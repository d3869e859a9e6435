"""What a link asks for: the scope of a view, read from query parameters; and links to other views."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from core.domain import Baseline, Health
from core.views.activity import ActivityScope
from core.views.change import ChangeScope
from core.views.drift import DriftScope
from core.views.fairness import FairnessScope
from core.views.fleet import ORDERS, FleetScope
from core.views.governance import GovernanceScope, Part
from core.views.lineage import LineageScope
from core.views.model import ModelScope
from core.views.review import ReviewScope
from core.views.series import FairnessLink

PAGES = Path(__file__).resolve().parent.parent / "pages"
FLEET, MODEL, DRIFT, FAIRNESS, LINEAGE, ACTIVITY, GOVERNANCE, REVIEW = (
    PAGES / f"{name}.py"
    for name in ("fleet", "model", "drift", "fairness", "lineage", "activity", "governance", "review")
)

ORDER_NAMES = dict(
    zip(("Worst first", "Name", "Most rows a day", "Most drift", "Judged longest ago"), ORDERS, strict=True)
)
"""What the table can be ordered by: the words on the page and in its link, and the scope's name for it."""

_BASELINES: Mapping[str, Baseline] = {"fixed": "fixed", "previous": "previous", "seasonal": "seasonal"}
_LAST_MODEL = "last_model"
_LAYERS = frozenset("0123456")
ALL_LINKS = "all"
"""What a link to a lineage says where it asks for all of it, however many links away."""


def _text(name: str, parameters: Mapping[str, str]) -> str | None:
    return parameters.get(name, "").strip() or None


def _whole(name: str, parameters: Mapping[str, str]) -> int | None:
    text = parameters.get(name, "")
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 10 else None


def fleet_parameters() -> dict[str, str]:
    """Return what the fleet's filters say: the widgets where they have been used, else the link."""
    link, state = st.query_params.to_dict(), st.session_state
    chosen = {
        name: state.get(name, link.get(name))
        for name in ("search", "status", "unit", "kind", "order", "page")
    }
    return {name: str(value) for name, value in chosen.items() if value is not None}


def fleet_scope(parameters: Mapping[str, str]) -> FleetScope:
    """Return the part of the fleet that a link names; what cannot be read filters nothing."""
    status = parameters.get("status", "").lower()
    return FleetScope(
        search=_text("search", parameters),
        status=Health(status) if status in set(Health) else None,
        unit=_text("unit", parameters),
        kind=_text("kind", parameters),
        order=ORDER_NAMES.get(parameters.get("order", ""), ORDERS[0]),
        page=max(1, _whole("page", parameters) or 1),
    )


def model_scope(parameters: Mapping[str, str]) -> ModelScope | None:
    """Return the model that a link names, None where it names none."""
    model = _text("model", parameters)
    if model is None:
        return None
    return ModelScope(model=model, version=_text("version", parameters), metric=_text("metric", parameters))


def drift_scope(parameters: Mapping[str, str]) -> DriftScope:
    """Return the model, feature, window and baseline that a link names."""
    return DriftScope(
        model=_text("model", parameters),
        version=_text("version", parameters),
        feature=_text("feature", parameters),
        window=_whole("window", parameters),
        baseline=_BASELINES.get(parameters.get("baseline", "")),
    )


def fairness_scope(parameters: Mapping[str, str]) -> FairnessScope:
    """Return the model, sensitive column, measure, windows and reference group that a link names."""
    last = _whole("last", parameters)
    return FairnessScope(
        model=_text("model", parameters),
        attribute=_text("attribute", parameters),
        measure=_text("measure", parameters),
        window=_whole("window", parameters),
        last=last if last is not None and last > 0 else None,
        against=_text("against", parameters),
        cross=_text("cross", parameters),
        group=_text("group", parameters),
        of_class=_text("class", parameters),
        preset=_text("preset", parameters),
        rate=_text("rate", parameters),
    )


def fairness_link(link: FairnessLink, model: str | None = None) -> dict[str, str]:
    """Return the query parameters under which the Fairness page shows what a number rests on."""
    return naming(
        model=model or link.model,
        attribute=link.attribute,
        measure=link.measure,
        window=link.window,
        group=link.group,
    )


def lineage_scope(parameters: Mapping[str, str]) -> LineageScope:
    """Return whose lineage a link asks for, around which object, how far, and the impact query."""
    hops = _whole("hops", parameters)
    return LineageScope(
        model=_text("model", parameters),
        focus=_text("focus", parameters),
        hops=None if parameters.get("hops") == ALL_LINKS else hops if hops and hops > 0 else 1,
        impact=_text("impact", parameters),
    )


def unfolded_layers(parameters: Mapping[str, str]) -> frozenset[int]:
    """Return the layers of a lineage of which a link shows every card."""
    return frozenset(int(one) for one in parameters.get("open", "").split(",") if one in _LAYERS)


def activity_scope(parameters: Mapping[str, str]) -> ActivityScope:
    """Return whose activity a link asks for, all models' where it names none, and its incident."""
    return ActivityScope(model=_text("model", parameters), incident=_text("incident", parameters))


def governance_scope(parameters: Mapping[str, str]) -> GovernanceScope:
    """Return the part of governance that is open, by the tab or else the link; the model and the pack."""
    part = str(st.session_state.get("tab") or parameters.get("tab", ""))
    return GovernanceScope(
        part=Part(part) if part in set(Part) else Part.EVIDENCE,
        model=_text("model", parameters),
        pack=_text("pack", parameters),
    )


def review_scope(parameters: Mapping[str, str]) -> ReviewScope:
    """Return the review that a link names; none means the list of all."""
    return ReviewScope(review=_text("review", parameters))


def presented(parameters: Mapping[str, str], n_items: int) -> int | None:
    """Return the place of the item that a link presents, from 0; None where it presents none."""
    place = _whole("item", parameters)
    if place is None or not n_items:
        return None
    return min(max(place, 1), n_items) - 1


def change_scope(parameters: Mapping[str, str]) -> ChangeScope:
    """Return the model, the two windows and the metric that a link names."""
    return ChangeScope(
        model=parameters.get("model", ""),
        before=_text("from", parameters),
        after=_text("to", parameters),
        metric=_text("of", parameters),
    )


def naming(**objects: str | int | None) -> dict[str, str]:
    """Return the query parameters of a link to these objects, without those that are not named."""
    return {name: str(value) for name, value in objects.items() if value is not None}


def parameters() -> dict[str, str]:
    """Return the current link's parameters; a page that names no model keeps the one looked at last."""
    named = st.query_params.to_dict()
    if model := named.get("model"):
        st.session_state[_LAST_MODEL] = model
    elif last := st.session_state.get(_LAST_MODEL):
        st.query_params["model"] = named["model"] = last
    return named


def linked(widget: str, name: str) -> None:
    """Write what a widget was set to into the link under a name; its own words stay out of links."""
    value = st.session_state[widget]
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)


def go(**objects: str | int | None) -> None:
    """Write the page's own link anew: what a button does that leads elsewhere on the same page.

    A page link to the page that it stands on would show what it names and leave the address as it was, so
    that the next click lost it.
    """
    st.query_params.from_dict(naming(**objects))


def forget_model() -> None:
    """Let the next page start without a model, after a link that named none that exists."""
    st.session_state.pop(_LAST_MODEL, None)
    st.query_params.clear()

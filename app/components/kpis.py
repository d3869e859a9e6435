"""Figures of how models are run: how mature that is, what would raise it, each figure with n and interval."""

import streamlit as st

from app import formats
from app.components import states
from core.client import Client
from core.errors import TrimtabError
from core.views.kpis import Kpi, KpiGroup, KpiView, Maturity

_SPANS = {"365d": "A year", "90d": "90 days", "30d": "30 days"}
_SQUARES = ("□", "■")


def board(client: Client) -> None:
    """Show the figures of all models, and beside them of each unit, region or owner where one asks for it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        since = st.selectbox(
            "Since", list(_SPANS), format_func=_SPANS.__getitem__, key="kpis_since", width=140
        )
        by = st.segmented_control(
            "Beside all", ["unit", "region", "owner"], format_func=str.capitalize, key="kpis_by"
        )
    try:
        view = client.kpis(by=by, since=since)
    except TrimtabError as error:
        states.failure("the figures", error)
        return
    if not view.groups[0].n_models:
        states.empty(
            "No figures yet",
            "They are computed from promotions, incidents and what registries hold: there is no model.",
            icon=":material/monitoring:",
        )
        return
    _maturity(view.maturity)
    st.header("Figures of all models", anchor=False)
    _table(view.groups[0])
    _counted(view.groups[0])
    if view.by is not None:
        st.header(f"By {view.by}", anchor=False)
        _beside(view)
    since_day = formats.plain(formats.day(view.since))
    st.caption(
        f"Events since {since_day}. Computed from the ledger, incidents and registries; nothing is entered by"
        " hand. Of few events no median or share is given."
    )


def _maturity(found: tuple[Maturity, ...]) -> None:
    with st.grid(len(found), min_column_width=240) as grid:
        for one in found:
            with grid.container(border=True, height="stretch", gap="xsmall"):
                st.header(f"{one.area.capitalize()}: level {one.level} of 5", anchor=False)
                st.markdown(" ".join(_SQUARES[place < one.level] for place in range(5)))
                for told in one.has:
                    st.caption(formats.plain(told))
                if one.lacks:
                    st.markdown("**To raise it**")
                for told in one.lacks:
                    st.markdown(f"- {formats.plain(told)}")


def _table(group: KpiGroup) -> None:
    st.table(
        {
            "Figure": [formats.plain(one.title) for one in group.kpis],
            "Value": [formats.plain(value(one)) for one in group.kpis],
            "95 % interval": [formats.plain(between(one)) for one in group.kpis],
            "n": [f"{one.n:,}" for one in group.kpis],
        },
        border="horizontal",
        hide_index=True,
        alt="Figures of all models: value, interval, number of events",
    )


def _counted(group: KpiGroup) -> None:
    """Say how each figure is counted: sentences, which a narrow screen has no column for."""
    with st.expander("How each is counted"):
        for one in group.kpis:
            st.markdown(f"**{formats.plain(one.title)}.** {formats.plain(one.counted)}")


def _beside(view: KpiView) -> None:
    groups = view.groups[1:]
    columns = {
        formats.plain(f"{group.name} ({group.n_models})"): [
            formats.plain(f"{_known(one)}, n = {one.n}") for one in group.kpis
        ]
        for group in groups
    }
    st.table(
        {"Figure": [formats.plain(one.title) for one in view.groups[0].kpis], **columns},
        border="horizontal",
        hide_index=True,
        alt=f"The same figures by {view.by}",
    )


def value(one: Kpi) -> str:
    """Return a figure, or why there is none."""
    return one.reason if one.value is None else _number(one.value, one.unit)


def _known(one: Kpi) -> str:
    """Return a figure, a dash where there is none: why is told of all models, and n says it of the group."""
    return formats.NONE if one.value is None else _number(one.value, one.unit)


def between(one: Kpi) -> str:
    """Return a figure's interval, a dash where there is none."""
    if one.low is None or one.high is None:
        return formats.NONE
    return f"{_number(one.low, one.unit)} to {_number(one.high, one.unit)}"


def _number(number: float, unit: str) -> str:
    if unit == "share":
        return formats.number(number, unit)
    return f"{number:,.1f}".removesuffix(".0") + f" {unit}"

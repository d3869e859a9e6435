"""What was known when: verdicts that were revised when late rows or labels came."""

from datetime import timedelta

import streamlit as st

from app import formats
from app.components import states
from app.components.status import status_markup
from core.views.model import Known, ModelView, Revised
from core.views.series import Series

MOST = 12
"""Earlier verdicts shown: the command line has all of them."""


def known_when(view: ModelView, series: Series) -> None:
    """Show the earlier verdicts on a metric beside those that hold now."""
    if not view.revised:
        st.caption(
            formats.plain(
                f"What was known when: no verdict on {series.title} in these windows was ever revised."
            )
        )
        return
    verdicts = formats.count(len({(one.index, one.estimated) for one in view.revised}), "verdict")
    with st.expander(formats.plain(f"What was known when: {verdicts} on {series.title} revised")):
        shown = view.revised[:MOST]
        st.table(
            {
                "Window": [formats.plain(_window(one)) for one in shown],
                "Said": [_said(one.before, series.unit) for one in shown],
                "Known": [formats.plain(_spell(one)) for one in shown],
                "Says now": [_now(one.now, series.unit) for one in shown],
            },
            border="horizontal",
            hide_index=True,
            alt=f"Earlier verdicts on {series.title}, the latest window first",
        )
        hidden = len(view.revised) - len(shown)
        more = f" {formats.count(hidden, 'earlier one')} not shown." if hidden else ""
        st.caption(
            f"A window is judged again when rows or labels reach it late.{more} "
            "All revisions of everything, on the command line:"
        )
        states.how_to(f"trimtab verdicts {view.name} --history")


def _window(one: Revised) -> str:
    shown = formats.window(one.start, one.end, one.index)
    return f"{shown}, estimated" if one.estimated else shown


def _spell(one: Revised) -> str:
    told = formats.day if one.until - one.known_at >= timedelta(days=1) else formats.when
    return f"{told(one.known_at)} to {told(one.until)}"


def _said(known: Known, unit: str) -> str:
    why = f", {known.reason}" if known.status.value == "UNKNOWN" else ""
    value = "" if known.value is None else f" {formats.number(known.value, unit)}"
    return f"{status_markup(known.status)}{formats.plain(f'{value}{why} (n = {known.n:,})')}"


def _now(known: Known | None, unit: str) -> str:
    return "no longer judged" if known is None else _said(known, unit)

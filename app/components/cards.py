"""Cards: a leading number with everything needed to read it."""

import streamlit as st

from app import formats, scope
from app.components.status import BadgeColor
from core.domain import Health, Status
from core.views.fleet import FleetView, StatusCount
from core.views.model import Card

_CARD_COLORS: dict[Status | None, BadgeColor] = {
    Status.FAIL: "red",
    Status.WARN: "yellow",
    Status.PASS: "blue",
    Status.UNKNOWN: "gray",
    Status.WAIVED: "gray",
    None: "gray",
}
_COUNT_TITLES = {
    Health.CRITICAL: ":red[■] Critical",
    Health.WATCH: ":yellow[▲] Watch",
    Health.HEALTHY: ":green[●] Healthy",
    Health.UNKNOWN: ":gray[○] Unknown",
}
_COUNT_HELP = {
    Health.CRITICAL: "Models with an open critical incident.",
    Health.WATCH: "Models with any other open incident.",
    Health.HEALTHY: "Judged models without an open incident.",
    Health.UNKNOWN: "Models without a monitor, or with nothing judged yet.",
}


def status_counts(view: FleetView) -> None:
    """Show how many models are in each state, with the last 30 days behind."""
    with st.grid(4, min_column_width=150):
        for counted in view.counts:
            _status_count(counted)


def _status_count(counted: StatusCount) -> None:
    change = None if counted.n_week_ago is None else counted.n_models - counted.n_week_ago
    worse = counted.status in {Health.CRITICAL, Health.WATCH}
    color: BadgeColor = "gray"
    if change and counted.status is not Health.UNKNOWN:
        color = "red" if worse == (change > 0) else "green"
    st.metric(
        _COUNT_TITLES[counted.status],
        f"{counted.n_models:,}",
        None if change is None else 0 if change == 0 else f"{change:+,d}".replace("-", formats.MINUS),
        delta_color=color,
        delta_arrow="off" if not change else "up" if change > 0 else "down",
        delta_description=None if change is None else "in 7 days",
        help=_COUNT_HELP[counted.status],
        border=True,
        height="stretch",
        chart_data=list(counted.trend) or None,
        chart_type="area",
    )


def cards(shown: tuple[Card, ...], *, model: str | None = None) -> None:
    """Show a ``model``'s leading numbers side by side; nothing before its first window was judged."""
    if not shown:
        return
    with st.grid(len(shown), min_column_width=170) as grid:
        for card in shown:
            with grid.container(border=True, height="stretch", gap="xsmall"):
                _card(card, model)


def _card(card: Card, model: str | None) -> None:
    color = _CARD_COLORS[card.status]
    st.metric(
        card.title + (" (estimated)" if card.estimated else ""),
        _value(card),
        _change(card),
        delta_color=color,
        delta_arrow="off" if not card.change else "up" if card.change > 0 else "down",
        delta_description=card.change_from if card.change is not None else None,
        help=formats.plain(card.sentence),
        chart_data=list(card.trend) if len(card.trend) > 1 else None,
        chart_type="bar" if card.total is not None else "line",
    )
    st.caption(_beside(card))
    if card.fairness is not None and model is not None:
        link = scope.fairness_link(card.fairness, model)
        st.page_link(scope.FAIRNESS, label="Show the groups", icon=":material/balance:", query_params=link)


def _value(card: Card) -> str:
    if card.value is None:
        return formats.NONE
    if card.total is not None:
        return f"{card.value:.0f} of {card.total}"
    return formats.number(card.value, card.unit)


def _change(card: Card) -> str | int | None:
    if card.change is None:
        return None
    text = f"{card.change:+.0f}" if card.total is not None else formats.signed(card.change, card.unit)
    return text.replace("-", formats.MINUS) if text.strip("+−0. %p\u2009") else 0


def _beside(card: Card) -> str:
    """Return what stands beside the number, or why there is none."""
    if card.value is None:
        return formats.plain(card.sentence)
    parts = [
        ""
        if card.low is None or card.high is None
        else f"{formats.number(card.low, card.unit)} to {formats.number(card.high, card.unit)}",
        formats.limits(card.limit_low, card.limit_high, card.unit),
        "" if card.n is None else f"n = {card.n:,}",
        formats.window(card.window_start, card.window_end, card.window_index),
        card.note,
    ]
    return formats.plain(" · ".join(part for part in parts if part))

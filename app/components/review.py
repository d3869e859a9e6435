"""The Review page: all reviews, one to read, and one item at a time for the projector."""

from urllib.parse import quote

import streamlit as st

from app import formats, palette, scope
from app.components import review_figures, states
from app.components.figures import CONFIG
from app.components.model import finding
from app.components.status import HEALTH_COLORS, health_text
from core.views.review import Choice, Decision, Earlier, Item, Outcome, Review, ReviewView, Since

OUTCOMES = {
    Outcome.PENDING: ":blue-badge[▶ Being carried out]",
    Outcome.RECORDED: ":gray-badge[○ Recorded]",
    Outcome.DONE: ":green-badge[● Done]",
    Outcome.WAITING: ":blue-badge[○ Waits for approval]",
    Outcome.UNDER_WAY: ":blue-badge[▶ Under way]",
    Outcome.REFUSED: ":red-badge[■ Refused]",
    Outcome.UNDONE: ":yellow-badge[▲ Undone]",
}
_STATES = {
    Since.DONE: ":green-badge[● Done]",
    Since.WAITING: ":blue-badge[○ Still waiting]",
    Since.OVERDUE: ":red-badge[■ Overdue]",
    Since.STANDS: ":gray-badge[○ Stands]",
    Since.ENDED: ":yellow-badge[▲ Ended]",
    Since.REFUSED: ":red-badge[■ Refused]",
}


def listed(view: ReviewView) -> None:
    """Show all reviews, the latest first."""
    if not view.reviews:
        states.empty(
            "No review was held yet",
            "A review gathers what changed and what is open, the gravest first, and records what a team"
            f" decides about it. The first one looks back to {formats.day(view.since)}.",
            icon=":material/groups:",
        )
        return
    for one in view.reviews:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            state = (
                ":blue-badge[▶ Open]"
                if one.closed_at is None
                else f":gray-badge[● Closed {formats.plain(formats.day(one.closed_at))}]"
            )
            decided = f"{one.n_decided} of {formats.count(one.n_items, 'item')} decided"
            by = f"opened {formats.when(one.opened_at)} by {one.opened_by}"
            st.markdown(
                f"**{formats.plain(one.title)}** {state} :gray[{formats.plain(f'{decided} · {by}')}]",
                width="stretch",
            )
            st.button(
                "Show review",
                icon=":material/groups:",
                key=f"show_{one.id}",
                on_click=scope.go,
                kwargs={"review": one.id},
            )


def read(review: Review) -> None:
    """Show a review from top to bottom: what became of earlier decisions, then the agenda."""
    _earlier(review.earlier)
    if not review.items:
        states.empty(
            "Nothing to decide",
            f"Nothing changed since {formats.day(review.since)}, and no incident, finding or waiver is open.",
            icon=":material/check_circle:",
        )
    for place, item in enumerate(review.items):
        with st.container(border=True):
            left, right = st.columns([11, 9], gap="medium")
            with left:
                about(review, item, place, large=False)
                decisions(review, item)
                st.button(
                    "Show decision" if not review.open or review.decided(item) else "Decide",
                    icon=":material/gavel:",
                    key=f"decide_{item.id}",
                    on_click=scope.go,
                    kwargs={"review": review.id, "item": place + 1},
                )
            with right:
                chart(review, item, large=False)
    if review.n_more:
        st.caption(f"{formats.count(review.n_more, 'more item')} of less consequence not listed.")


def _earlier(found: tuple[Earlier, ...]) -> None:
    if not found:
        return
    with st.container(border=True):
        st.header("What became of earlier decisions", anchor=False)
        for one in found:
            due = "" if one.decision.due_at is None else f" · due {formats.day(one.decision.due_at)}"
            told = f"{one.item_title}: {one.decision.choice.words}. {one.sentence}"
            owner = f"{one.decision.owner or 'nobody'}{due} · {one.review_title}"
            st.markdown(f"{_STATES[one.state]} {formats.plain(told)} :gray[{formats.plain(owner)}]")


def about(review: Review, item: Item, place: int, *, large: bool) -> None:
    """Show what an item is about, in words; in big type where it is presented."""
    owner = item.owner or "no owner"
    facts = f"Item {place + 1} of {len(review.items)} · {item.title} · {owner}"
    mark = f":{HEALTH_COLORS[item.status]}-badge[{health_text(item.status)}]"
    st.markdown(f"{mark} :gray[{formats.plain(facts)}]")
    name = formats.plain(", ".join(item.models))
    st.header(name, anchor=False)
    if large:
        st.subheader(formats.plain(item.sentence), anchor=False)
    else:
        st.markdown(f"**{formats.plain(item.sentence)}**")
    if item.detail:
        st.markdown(formats.plain(item.detail))
    st.markdown(f"**Proposed:** {formats.plain(item.proposed)}")


def chart(review: Review, item: Item, *, large: bool) -> None:
    """Show the metric of the concern as it was when the review opened."""
    if item.series is None:
        st.caption("No number belongs to this.")
        return
    figure = review_figures.concern(item.series, review.since, is_dark=palette.dark(), large=large)
    st.plotly_chart(figure, theme=None, config=CONFIG, key=f"chart_{item.id}", alt=finding(item.series))


def decisions(review: Review, item: Item) -> None:
    """Show what was recorded about an item, and what came of it."""
    for one in review.about(item):
        _decision(one)


def _decision(one: Decision) -> None:
    st.markdown(f"{OUTCOMES[one.outcome]} **{one.choice.words}.** {formats.plain(one.reason)}")
    facts = [
        f"{one.actor}, {formats.when(one.at)}",
        "" if one.choice is Choice.NOTE else f"owner {one.owner or 'nobody'}",
        "" if one.due_at is None else f"due {formats.day(one.due_at)}",
        "" if one.until is None or one.tells_end else f"until {formats.day(one.until)}",
        "" if one.ledger_seq is None else f"ledger entry {one.ledger_seq}",
    ]
    said = [one.sentence, " · ".join(fact for fact in facts if fact)]
    st.caption(formats.plain(" ".join(part for part in said if part)))


def minutes(review: Review) -> None:
    """Offer the review's page: the minutes, before it is closed the pre-read."""
    label = "Export pre-read" if review.open else "Export minutes"
    address = f"/api/v1/reviews/{quote(review.id, safe='')}/minutes"
    st.link_button(label, address, icon=":material/download:")

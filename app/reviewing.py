"""Holding a review from a page: open → present → decide → confirm → receipt → close."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from secrets import token_hex

import streamlit as st

from app import actions, formats, scope
from app.components import review as shown
from app.components import states
from core.action import Action, ActionKind
from core.client import Client
from core.errors import TrimtabError
from core.views.actions import ActionScope
from core.views.review import Choice, Item, Review, ReviewView


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be recorded about an item; ``day`` is when it is due, or an accepted risk ends."""

    choice: Choice
    reason: str
    owner: str | None = None
    day: date | None = None
    version: str | None = None
    generation: int | None = None


_KINDS = {Choice.ROLL_BACK: ActionKind.ROLL_BACK, Choice.PROMOTE: ActionKind.PROMOTE}
_BIG = (
    "<style>.st-key-presented h2{font-size:2.25rem!important}"
    ".st-key-presented h3{font-size:1.6rem!important;line-height:1.3!important}"
    ".st-key-presented [data-testid=stMarkdownContainer] p{font-size:1.15rem}"
    "@media(max-width:640px){.st-key-presented h2{font-size:1.6rem!important}"
    ".st-key-presented h3{font-size:1.25rem!important}}"
    "</style>"
)
"""Type for the projector; constant text, nobody's words are in it."""
_OPENING, _DECIDING = "opening_review", "deciding_item"


def opening(client: Client, view: ReviewView) -> None:
    """Let the reader open a review."""
    with st.popover("Open a review", icon=":material/add:", type="primary"):
        st.caption(f"It freezes what changed since {formats.plain(formats.day(view.since))} as an agenda.")
        since = st.date_input("Since", value=view.since.date(), max_value=view.as_of.date(), key="since")
        names = st.text_input("Who is there (names, with commas)", key="attendees")
        key = st.session_state.setdefault(_OPENING, token_hex(16))
        if st.button("Open review", type="primary", key="open_review"):
            _open(client, view, since, names, key)


def _open(client: Client, view: ReviewView, since: date, names: str, key: str) -> None:
    # The day that stands there already means the moment that it stands for.
    at = None if since == view.since.date() else datetime.combine(since, time(), UTC)
    try:
        with st.spinner("Gathering what changed", show_time=True):
            review = client.open_review(since=at, attendees=names.split(","), key=key)
    except TrimtabError as error:
        states.failure("what changed", error)
        return
    st.session_state.pop(_OPENING, None)
    st.query_params["review"] = review.id
    st.rerun()


def head(client: Client, review: Review, place: int | None) -> None:
    """Show the review's name, how far it is, and what may be done with it as a whole."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(formats.plain(review.title), anchor=False, width="content")
        st.badge(f"{review.n_decided} of {len(review.items)} decided", icon=":material/gavel:", color="blue")
        st.space("stretch")
        if place is None:
            st.button(
                "Present",
                icon=":material/slideshow:",
                key="present",
                shortcut="Alt+V",
                disabled=not review.items,
                on_click=_show,
                args=(1,),
            )
        else:
            st.button(
                "Leave presentation",
                icon=":material/slideshow:",
                key="leave",
                shortcut="Alt+V",
                on_click=_show,
                args=(None,),
            )
        shown.minutes(review)
        if review.open and place is None:
            _closing(client, review)
    if place is None:
        there = ", ".join(review.attendees) or "nobody named"
        state = "Open" if review.open else f"Closed {formats.when(review.closed_at)} by {review.closed_by}"
        told = (
            f"{state}. There: {there}. Agenda of {formats.when(review.opened_at)}, what changed since"
            f" {formats.day(review.since)} and what is open; ledger entry {review.head_seq}."
        )
        st.caption(formats.plain(told))


def _closing(client: Client, review: Review) -> None:
    with st.popover("Close review", icon=":material/lock:"):
        left = len(review.items) - review.n_decided
        st.markdown(f"The minutes are frozen. {formats.count(left, 'item')} not decided.")
        names = st.text_input("Who was there", value=", ".join(review.attendees), key="were_there")
        if st.button("Close and freeze the minutes", type="primary", key="close_review"):
            try:
                client.attend(review.id, names.split(","))
                client.close_review(review.id)
            except TrimtabError as error:
                states.remember("close the review", error, unchanged=False)
            st.rerun()


def _show(place: int | None) -> None:
    if place is None:
        st.query_params.pop("item", None)
    else:
        st.query_params["item"] = str(place)


def present(client: Client, review: Review, place: int) -> None:
    """Show one item in big type, with what is decided about it."""
    item = review.items[place]
    st.html(_BIG)
    with st.container(border=True, key="presented"):
        left, right = st.columns([11, 9], gap="large")
        with left:
            shown.about(review, item, place, large=True)
            shown.decisions(review, item)
            if review.open:
                _form(review, item, client)
        with right:
            shown.chart(review, item, large=True)
    _steps(review, place)
    _confirm(client, review, item)


def _steps(review: Review, place: int) -> None:
    n = len(review.items)
    with st.container(
        horizontal=True, horizontal_alignment="center", vertical_alignment="center", gap="medium"
    ):
        st.button(
            "Previous",
            icon=":material/chevron_left:",
            key="previous",
            shortcut="Left",
            disabled=place == 0,
            on_click=_show,
            args=(place,),
        )
        st.html(_dots(review, place), width="content")
        st.button(
            "Next",
            icon=":material/chevron_right:",
            icon_position="right",
            key="next",
            shortcut="Right",
            disabled=place == n - 1,
            on_click=_show,
            args=(place + 2,),
        )


def _dots(review: Review, place: int) -> str:
    """Return one mark an item: ● where we are, ✓ decided, ○ open; read out as a sentence. No names in it."""
    decided = [review.decided(item) is not None for item in review.items]
    marks = " ".join(
        "●" if at == place else "✓" if is_decided else "○" for at, is_decided in enumerate(decided)
    )
    done = ", ".join(str(at) for at, is_decided in enumerate(decided, start=1) if is_decided)
    said = f"Item {place + 1} of {len(decided)}. Decided: {done or 'none'}."
    return f'<span role="img" aria-label="{said}" title="{said}">{marks}</span>'


def _form(review: Review, item: Item, client: Client) -> None:
    stands = review.decided(item)
    decided = stands is not None and stands.choice not in (Choice.DEFER, Choice.NOTE)
    offered = [one for one in item.proposals if not decided or one.choice is Choice.NOTE]
    # With each decision the boxes are other ones: the browser would keep what the last one said.
    turn = f"{item.id}_{len(review.about(item))}"
    choice = st.segmented_control(
        "Decision",
        [one.choice for one in offered],
        format_func=lambda one: one.words,
        key=f"choice_{turn}",
    )
    proposal = None if choice is None else item.proposal(choice)
    if proposal is not None and not proposal.allowed:
        st.caption(f"When the review opened this was refused: {formats.plain(proposal.why_not)}")
    reason = st.text_area("Why (kept in the minutes)", key=f"why_{turn}", height=80)
    owner, due = item.owner, None
    if choice is not None and choice is not Choice.NOTE:
        with st.container(horizontal=True, gap="small"):
            owner = st.text_input("Owner", value=item.owner or "", key=f"owner_{item.id}", width=220)
            due = _day(choice, item)
    day_needed = choice in (Choice.ACCEPT, Choice.DEFER)
    ready = bool(reason.strip()) and (due is not None or not day_needed)
    pressed = st.button(
        "Record decision",
        icon=":material/gavel:",
        type="primary",
        key=f"record_{item.id}",
        disabled=choice is None or not ready,
    )
    if pressed and choice is not None:
        _pressed(client, review, item, Wish(choice=choice, reason=reason, owner=owner, day=due))
        st.rerun()


def _pressed(client: Client, review: Review, item: Item, wish: Wish) -> None:
    """Record a decision; one that changes production is confirmed first."""
    if wish.choice not in _KINDS:
        _decide(client, review, item, wish, token_hex(16))
        return
    proposal = item.proposal(wish.choice)
    st.session_state[_DECIDING] = (item.id, wish)
    st.session_state["reason"] = wish.reason
    actions.intend(item.model, _KINDS[wish.choice], None if proposal is None else proposal.version)


def _day(choice: Choice, item: Item) -> date | None:
    labels = {Choice.ACCEPT: "Until (required, within 90 days)", Choice.DEFER: "By when (required)"}
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    latest = tomorrow + timedelta(days=88) if choice is Choice.ACCEPT else None
    key = f"due_{choice.value}_{item.id}"
    return st.date_input(
        labels.get(choice, "By when"),
        value=None,
        min_value=tomorrow,
        max_value=latest,
        key=key,
        width=300 if choice is Choice.ACCEPT else 180,
    )


def _confirm(client: Client, review: Review, item: Item) -> None:
    """Open the dialog of a change of production that was decided: what it does, and the typed name."""
    deciding, wish = st.session_state.get(_DECIDING, (None, None))
    model, kind, version = st.session_state.get("confirming", (None, ActionKind.PROMOTE, None))
    if wish is None or deciding != item.id or model != item.model:
        return
    name = f"{item.registry}/{item.model}" if item.registry else item.model
    try:
        view = client.actions_view(ActionScope(model=name))
    except TrimtabError as error:
        states.failure("what this would do", error)
        return

    def submit(would: Action, reason: str) -> None:
        key: str = st.session_state.get("intent") or token_hex(16)
        sure = replace(wish, reason=reason, version=would.to_version, generation=would.generation - 1)
        _decide(client, review, item, sure, key)

    actions.confirm(client, view, kind, version, submit=submit)


def _decide(client: Client, review: Review, item: Item, wish: Wish, key: str) -> None:
    end = None if wish.day is None else datetime.combine(wish.day, time(23, 59), UTC)
    accepts = wish.choice is Choice.ACCEPT
    try:
        client.decide(
            review.id,
            item.id,
            wish.choice,
            reason=wish.reason,
            owner=wish.owner,
            due=None if accepts else end,
            until=end if accepts else None,
            version=wish.version,
            generation=wish.generation,
            key=key,
        )
    except TrimtabError as error:
        states.remember("record the decision", error, unchanged=False)
        return
    st.session_state.pop(_DECIDING, None)


def back() -> None:
    """Offer the way back to all reviews."""
    st.button("All reviews", icon=":material/arrow_back:", key="all_reviews", on_click=scope.go)

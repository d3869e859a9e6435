"""The desk of reviews: opened, decided, closed; every decision is on record before it is carried out."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex

from core.access.person import Person, shown_roles
from core.access.roles import Right, allows, holders
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Problem
from core.keyed import OneAtATime
from core.ledger import Ledger
from core.ports import Clock
from core.review import minutes as pages
from core.review import told
from core.review.agenda import MOST
from core.review.carrying import Carried, Carrier
from core.review.choices import ACTING, Choices, check
from core.review.earlier import earlier
from core.review.gather import Sources, gather
from core.review.kept import decision_of, review_of, stored, stored_decision
from core.store import StateStore
from core.views.review import Choice, Decision, Item, Outcome, Review, ReviewLine, ReviewScope, ReviewView

FIRST = timedelta(days=30)
"""How far the first review looks back."""
MOST_NAMES = 100
_log = logging.getLogger("trimtab.review")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be recorded about an item; the same ``key`` again records it once.

    ``version`` and ``generation`` are what was looked at when a change of production was decided.
    """

    review: str
    item: str
    choice: Choice
    reason: str
    person: Person
    owner: str | None = None
    due_at: datetime | None = None
    until: datetime | None = None
    version: str | None = None
    generation: int | None = None
    key: str | None = None


class ReviewDesk:
    """Keeps the reviews of a workspace. Safe between threads.

    Parameters
    ----------
    sources
        Where an agenda comes from.
    choices
        Says what may be decided.
    carrier
        Has decisions carried out.
    state, ledger, clock
        Where reviews lie, what is told of them, and when.
    """

    def __init__(
        self,
        sources: Sources,
        choices: Choices,
        carrier: Carrier,
        *,
        state: StateStore,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._choices = choices
        self._carrier = carrier
        self._state = state
        self._table = state.reviews
        self._ledger = ledger
        self._clock = clock
        self._one_at_a_time = OneAtATime()

    # ---------------------------------------------------------------- opening

    def open(
        self,
        *,
        actor: str,
        since: datetime | None = None,
        attendees: Sequence[str] = (),
        title: str = "",
        key: str | None = None,
    ) -> Review:
        """Freeze what changed since the last closed review, or since a time, as an agenda.

        Raises
        ------
        InvalidInput
            ``since`` lies in the future, or the attendees are no names.
        """
        now = self._clock.now()
        if since is not None and since > now:
            raise InvalidInput("The review", [Problem(field="since", message="lies in the future")])
        names = _names(attendees)
        with self._one_at_a_time.under(key and f"open {key}"):
            known = None if key is None else self._table.by_key(key)
            return self.get(known.id) if known is not None else self._open(actor, since, names, title, key)

    def _open(
        self, actor: str, since: datetime | None, names: tuple[str, ...], title: str, key: str | None
    ) -> Review:
        self.tend()
        self._ledger.begin()
        now, before = self._clock.now(), [self.get(one.id) for one in self._table.every()]
        since = since or self.since()
        head = self._ledger.newest()
        items = gather(self._sources, since=since, now=now)
        incidents = {one.id: one for one in self._sources.incidents()}
        review = Review(
            id=token_hex(6),
            title=title.strip() or f"Model review, {now.day} {now:%B %Y}",
            opened_at=now,
            opened_by=actor,
            since=since,
            head_seq=0 if head is None else head.seq,
            head_hash="" if head is None else head.hash,
            items=self._choices.with_proposals(items[:MOST]),
            earlier=earlier(before, self._fresh, incidents, now=now),
            n_more=max(0, len(items) - MOST),
            attendees=names,
        )
        kept = stored(review)
        with self._state.together():
            self._table.add(kept, key=key)
            self._ledger.append(told.opened(review, kept.agenda))
        _log.info("review.opened id=%s items=%d", review.id, len(items))
        return review

    def since(self) -> datetime:
        """Return from when on the next review gathers: the opening of the last closed one, else 30 days."""
        closed = [one.opened_at for one in self._table.every() if one.closed_at is not None]
        return max(closed, default=self._clock.now() - FIRST)

    def attend(self, review_id: str, names: Sequence[str]) -> Review:
        """Say who is there; raises ``NotFound``, ``Conflict`` where it is closed, ``InvalidInput``."""
        self._table.get(review_id)
        self._table.attend(review_id, _names(names))
        return self.get(review_id)

    # ---------------------------------------------------------------- deciding

    def decide(self, wish: Wish) -> Decision:
        """Record a decision and have it carried out; what guards or gates refuse is told by its outcome.

        Raises
        ------
        NotFound
            There is no such review, or it has no such item.
        Conflict
            The review is closed, the item is decided, or it does not offer this choice.
        InvalidInput
            The reason or a day is missing or cannot be.
        NotAllowed
            Who asks neither looks after models nor approves.
        """
        lock = f"{wish.review} {wish.item}"
        with self._one_at_a_time.under(lock):
            known = None if wish.key is None else self._table.decision_by_key(wish.key)
            if known is not None:
                return self._again(decision_of(known), wish)
            review, item = self._ready(wish)
            decision = self._record(review, item, wish)
            if wish.choice not in (*ACTING, Choice.ACCEPT):
                return decision
            carried = self._carrier.carry(decision, item, wish.person, generation=wish.generation)
            return self._settle(decision, carried, item)

    def _ready(self, wish: Wish) -> tuple[Review, Item]:
        _refuse_strangers(wish.person)
        review = self.get(wish.review)
        _refuse_closed(review)
        item = _item(review, wish.item)
        stands = review.decided(item)
        if stands is not None and wish.choice is not Choice.NOTE and stands.choice not in _REVISABLE:
            what = f"{item.title} of {item.model} is decided: {stands.choice.words} by {stands.actor}"
            raise Conflict(what, hint="Add a note, or ask for another change on the model's page.")
        check(
            item,
            wish.choice,
            reason=wish.reason,
            due_at=wish.due_at,
            until=wish.until,
            now=self._clock.now(),
        )
        return review, item

    def _record(self, review: Review, item: Item, wish: Wish) -> Decision:
        acts = wish.choice in (*ACTING, Choice.ACCEPT)
        offered = item.proposal(wish.choice)
        decision = Decision(
            id=token_hex(6),
            review=review.id,
            item=item.id,
            model=item.model,
            choice=wish.choice,
            actor=wish.person.name,
            at=self._clock.now(),
            reason=wish.reason.strip(),
            owner=(wish.owner or "").strip() or item.owner or wish.person.name,
            due_at=wish.due_at,
            until=wish.until if wish.choice is Choice.ACCEPT else None,
            version=wish.version or (None if offered is None else offered.version),
            outcome=Outcome.PENDING if acts else Outcome.RECORDED,
        )
        with self._state.together():
            _refuse_closed(review_of(self._table.get(review.id), ()))
            entry = self._ledger.append(told.decided(decision, item))
            decision = replace(decision, ledger_seq=entry.seq)
            self._table.add_decision(stored_decision(decision), key=wish.key)
        return decision

    def _settle(self, decision: Decision, came: Carried, item: Item) -> Decision:
        with self._state.together():
            if self._table.settle(
                decision.id, outcome=came.outcome.value, receipt=came.receipt, sentence=came.sentence
            ):
                self._ledger.append(told.carried(decision, item, came))
        return replace(decision, outcome=came.outcome, receipt=came.receipt, sentence=came.sentence)

    def _again(self, known: Decision, wish: Wish) -> Decision:
        if (known.review, known.item, known.choice) != (wish.review, wish.item, wish.choice):
            hint = "Send each decision under a key of its own."
            raise Conflict(f"The idempotency key was used for another decision, {known.id}", hint=hint)
        return self._recovered(known) if known.outcome is Outcome.PENDING else self._fresh(known)

    def tend(self) -> None:
        """Finish decisions that were cut off: what was asked for goes on record, else nothing was changed."""
        for each in self._table.pending():
            with self._one_at_a_time.under(f"{each.review} {each.item}"):
                still = next((one for one in self._table.pending() if one.id == each.id), None)
                if still is not None:
                    self._recovered(decision_of(still))

    def _recovered(self, decision: Decision) -> Decision:
        item = _item(review_of(self._table.get(decision.review), ()), decision.item)
        settled = self._settle(decision, self._carrier.recover(decision, item), item)
        _log.info("review.recovered decision=%s outcome=%s", settled.id, settled.outcome)
        return settled

    # ---------------------------------------------------------------- closing

    def close(self, review_id: str, *, actor: str) -> Review:
        """End a review: its minutes are frozen, and the ledger is told their digest.

        Raises
        ------
        NotFound, Conflict
            There is no such review; it is closed already.
        """
        self.tend()
        with self._one_at_a_time.under(f"close {review_id}"), self._state.together():
            review = self.get(review_id)
            _refuse_closed(review)
            if any(one.outcome is Outcome.PENDING for one in review.decisions):
                raise Conflict("A decision is being carried out", hint="Close the review in a moment.")
            now = self._clock.now()
            closed = replace(review, closed_at=now, closed_by=actor)
            page = pages.html(closed, self._stamp(now))
            self._table.close(review_id, at=now, by=actor, minutes=page)
            self._ledger.append(told.closed(review, page, actor))
        return closed

    def minutes(self, review_id: str) -> str:
        """Return a review's page: its minutes as they were frozen, before that its pre-read as of now."""
        kept = self._table.get(review_id)
        if kept.minutes is not None:
            return kept.minutes
        return pages.html(self.get(review_id), self._stamp(self._clock.now()))

    def _stamp(self, now: datetime) -> pages.Stamp:
        head = self._ledger.newest()
        return pages.Stamp(
            seq=0 if head is None else head.seq, head="" if head is None else head.hash, at=now
        )

    # ---------------------------------------------------------------- answers

    def get(self, review_id: str) -> Review:
        """Return one review with what became of its decisions by now; raises ``NotFound``."""
        kept = self._table.get(review_id)
        found = (decision_of(one) for one in self._table.decisions(review_id))
        return review_of(kept, tuple(self._fresh(one) for one in found))

    def every(self) -> list[ReviewLine]:
        """Return all reviews, the latest first."""
        decisions = [decision_of(one) for one in self._table.decisions()]
        found = []
        for kept in self._table.every():
            review = review_of(kept, tuple(one for one in decisions if one.review == kept.id))
            found.append(
                ReviewLine(
                    id=review.id,
                    title=review.title,
                    opened_at=review.opened_at,
                    opened_by=review.opened_by,
                    closed_at=review.closed_at,
                    n_items=len(review.items),
                    n_decided=review.n_decided,
                )
            )
        return found

    def view(self, scope: ReviewScope) -> ReviewView:
        """Return what the Review page shows; raises ``NotFound``."""
        return ReviewView(
            as_of=self._clock.now(),
            reviews=tuple(self.every()),
            review=None if scope.review is None else self.get(scope.review),
            since=self.since(),
        )

    def _fresh(self, decision: Decision) -> Decision:
        now = self._carrier.now(decision)
        return decision if now is None else replace(decision, outcome=now.outcome, sentence=now.sentence)


_REVISABLE = (Choice.DEFER, Choice.NOTE)
"""What may be followed by another decision of the same review."""


def _refuse_strangers(person: Person) -> None:
    """Decisions are recorded by who looks after models or approves; what they ask for, its desk entitles."""
    if not any(allows(person.roles, right) for right in (Right.LOOK_AFTER, Right.APPROVE)):
        what = f"{person.name} may not record decisions (roles: {shown_roles(person)})"
        hint = f"It takes {holders(Right.LOOK_AFTER)}, or {holders(Right.APPROVE)}."
        raise NotAllowed(what, hint=hint)


def _refuse_closed(review: Review) -> None:
    if not review.open:
        raise Conflict(f"{review.title} is closed", hint="Its minutes stand; open another review.")


def _item(review: Review, identity: str) -> Item:
    found = next((one for one in review.items if one.id == identity), None)
    if found is None:
        raise NotFound(f"item of review {review.id}", identity)
    return found


def _names(names: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(found) > MOST_NAMES or any(len(name) > MOST_NAMES for name in found):
        remedy = f"{MOST_NAMES} names of {MOST_NAMES} characters at most"
        raise InvalidInput("The review", [Problem(field="attendees", message="are too many", remedy=remedy)])
    return found

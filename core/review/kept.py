"""Reviews as they are kept, and back."""

from dataclasses import fields
from functools import lru_cache

from pydantic import TypeAdapter

from core.store.reviews import StoredDecision, StoredReview
from core.views.review import Choice, Decision, Earlier, Item, Outcome, Review

_AGENDA: TypeAdapter[tuple[tuple[Item, ...], tuple[Earlier, ...], int]] = TypeAdapter(
    tuple[tuple[Item, ...], tuple[Earlier, ...], int]
)


@lru_cache(maxsize=64)
def _frozen(text: str) -> tuple[tuple[Item, ...], tuple[Earlier, ...], int]:
    """Read what was frozen; it never changes, and holds hundreds of points."""
    return _AGENDA.validate_json(text)


def agenda_text(review: Review) -> str:
    """Return what is frozen of a review as JSON: items, what became of earlier decisions, how many more."""
    return _AGENDA.dump_json((review.items, review.earlier, review.n_more)).decode()


def stored(review: Review) -> StoredReview:
    """Return a review that was just opened as it is kept."""
    return StoredReview(
        id=review.id,
        title=review.title,
        opened_at=review.opened_at,
        opened_by=review.opened_by,
        since=review.since,
        head_seq=review.head_seq,
        head_hash=review.head_hash,
        agenda=agenda_text(review),
        attendees=review.attendees,
    )


def review_of(kept: StoredReview, decisions: tuple[Decision, ...]) -> Review:
    """Read a review back, with its decisions."""
    items, before, n_more = _frozen(kept.agenda)
    return Review(
        id=kept.id,
        title=kept.title,
        opened_at=kept.opened_at,
        opened_by=kept.opened_by,
        since=kept.since,
        head_seq=kept.head_seq,
        head_hash=kept.head_hash,
        items=items,
        earlier=before,
        n_more=n_more,
        attendees=kept.attendees,
        decisions=decisions,
        closed_at=kept.closed_at,
        closed_by=kept.closed_by,
    )


def stored_decision(decision: Decision) -> StoredDecision:
    """Return a decision as it is kept."""
    values = {one.name: getattr(decision, one.name) for one in fields(StoredDecision)}
    return StoredDecision(**{**values, "choice": decision.choice.value, "outcome": decision.outcome.value})


def decision_of(kept: StoredDecision) -> Decision:
    """Read a decision back."""
    values = {one.name: getattr(kept, one.name) for one in fields(StoredDecision)}
    return Decision(**{**values, "choice": Choice(kept.choice), "outcome": Outcome(kept.outcome)})

"""What the ledger is told of a review: facts for good, what people wrote so that it can be erased. Pure."""

from hashlib import sha256

from core.chain.canonical import Json
from core.chain.entries import Draft, moment
from core.review.carrying import Carried, name_of
from core.views.review import Decision, Item, Review


def opened(review: Review, agenda: str) -> Draft:
    """Return the entry of a review that opens; ``agenda`` is what was frozen."""
    facts: dict[str, Json] = {
        "review": review.id,
        "since": moment(review.since),
        "items": len(review.items),
        "agenda": _digest(agenda),
        "head": review.head_seq,
    }
    private: dict[str, Json] = {"title": review.title}
    return Draft(kind="review.opened", actor=review.opened_by, facts=facts, private=private)


def decided(decision: Decision, item: Item) -> Draft:
    """Return the entry of a decision, before it is carried out."""
    facts: dict[str, Json] = {
        "review": decision.review,
        "decision": decision.id,
        "item": item.id,
        "about": item.kind.value,
        "subject": item.subject,
        "choice": decision.choice.value,
        "version": decision.version,
        "due": None if decision.due_at is None else moment(decision.due_at),
        "until": None if decision.until is None else moment(decision.until),
    }
    private: dict[str, Json] = {"reason": decision.reason, "owner": decision.owner}
    return Draft(
        kind="review.decided", actor=decision.actor, model=name_of(item), facts=facts, private=private
    )


def carried(decision: Decision, item: Item, came: Carried) -> Draft:
    """Return the entry of what a decision came to."""
    facts: dict[str, Json] = {
        "review": decision.review,
        "decision": decision.id,
        "outcome": came.outcome.value,
        "receipt": came.receipt,
    }
    private: dict[str, Json] = {"sentence": came.sentence}
    return Draft(
        kind="review.carried", actor=decision.actor, model=name_of(item), facts=facts, private=private
    )


def closed(review: Review, page: str, actor: str) -> Draft:
    """Return the entry of a review that closes, with the digest of its minutes."""
    facts: dict[str, Json] = {
        "review": review.id,
        "items": len(review.items),
        "decided": review.n_decided,
        "minutes": _digest(page),
    }
    private: dict[str, Json] = {"title": review.title, "attendees": list(review.attendees)}
    return Draft(kind="review.closed", actor=actor, facts=facts, private=private)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()

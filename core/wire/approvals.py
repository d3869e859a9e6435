"""What waits for approval as JSON, and back."""

from core.action import Pending
from core.wire.actions import ReceiptObject, receipt_object, receipt_of
from core.wire.moments import moment, moment_of


class PendingObject(ReceiptObject):
    """A receipt of a change that waits, and what it waits for; ``id`` is what approve and reject take."""

    id: str
    expires_at: str
    needed: int
    given: int
    allowed: bool
    why_not: str
    own: bool
    rejectable: bool


def pending_object(pending: Pending) -> PendingObject:
    """Return what waits as JSON."""
    return {
        **receipt_object(pending.action),
        "id": pending.action.id,
        "expires_at": moment(pending.expires_at),
        "needed": pending.needed,
        "given": pending.given,
        "allowed": pending.allowed,
        "why_not": pending.why_not,
        "own": pending.own,
        "rejectable": pending.rejectable,
    }


def pending_of(document: PendingObject) -> Pending:
    """Read what waits."""
    return Pending(
        action=receipt_of(document),
        expires_at=moment_of(document["expires_at"]),
        needed=document["needed"],
        given=document["given"],
        allowed=document["allowed"],
        why_not=document["why_not"],
        own=document["own"],
        rejectable=document["rejectable"],
    )

"""Who put a version into production, when, why, and who agreed: from the ledger and the actions."""

from core.action import CHAMPION, ApprovalNote, Move
from core.actions import past
from core.errors import NotFound
from core.explain import Behind
from core.ledger import Ledger
from core.store import StateStore, StoredMonitor


def behind(monitor: StoredMonitor, version: str, *, state: StateStore, ledger: Ledger) -> tuple[Behind, ...]:
    """Return every decision by which a version became champion, oldest first; empty where there is none."""
    records = ledger.records(model=monitor.name, kinds=past.MOVING, limit=None)
    return tuple(
        _of(move, state)
        for move in past.moves(records)
        if move.alias == CHAMPION and move.to_version == version and move.model == monitor.spec.model
    )


def _of(move: Move, state: StateStore) -> Behind:
    action = None
    if move.evidence is not None:
        try:
            action = state.pointers.action(move.evidence)
        except NotFound:
            action = None
    return Behind(
        kind=move.kind.value,
        actor=move.actor,
        at=move.at,
        reason=move.reason,
        approvals=() if action is None else tuple(_agreed(one) for one in action.approvals),
        action=move.evidence,
        ledger_seq=None if action is None else action.ledger_seq,
    )


def _agreed(note: ApprovalNote) -> str:
    return f"{note.actor} ({note.role}) {note.sentence} ({note.at.day} {note.at:%b %Y %H:%M} UTC)"

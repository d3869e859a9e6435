"""What an alias showed, from when to when, by whose decision: read from the ledger. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.action import Move, MoveKind, Stay
from core.chain.canonical import Json
from core.chain.entries import Entry, Record

_EXTERNAL = "external change, actor unknown"
_INITIAL = "first seen by Trimtab; who put it there, and why, is not known"
_ERASED = "the reason was erased"
MOVING = (
    "pointer.initial", "pointer.external", "action.asked", "action.moved", "action.undone", "retrain.asked",
    "retrain.challenger",
)  # fmt: skip
"""Kinds of ledger entries that tell where aliases went, and why."""


def moves(records: Iterable[Record]) -> list[Move]:
    """Return the moves of aliases, oldest first.

    Parameters
    ----------
    records
        Ledger entries of the kinds :data:`MOVING`, oldest first, with their private parts.
    """
    reasons: dict[str, str] = {}
    found = []
    for record in records:
        facts = record.entry.facts
        if record.entry.kind in ("action.asked", "retrain.asked"):
            reasons[str(facts["action"])] = _reason(record)
            continue
        found.append(_move(record.entry, facts, reasons))
    return found


def stays(history: Sequence[Move]) -> list[Stay]:
    """Return how long each version was what its alias showed, from moves in their order; oldest first."""
    found: list[Stay] = []
    open_stay: dict[tuple[str, str, str], int] = {}
    for move in history:
        pointer = (move.registry, move.model, move.alias)
        if pointer in open_stay:
            place = open_stay.pop(pointer)
            found[place] = replace(found[place], until=move.at)
        if move.to_version is not None:
            open_stay[pointer] = len(found)
            found.append(_stay(move))
    return found


def shown_before(history: Sequence[Move]) -> set[str]:
    """Return every version that an alias ever showed."""
    return {
        version for move in history for version in (move.from_version, move.to_version) if version is not None
    }


def previous(history: Sequence[Move]) -> str | None:
    """Return what an alias showed before what it shows now, None where nothing did.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> move = lambda old, new: Move(registry="r", model="m", alias="champion", from_version=old,
    ...     to_version=new, at=datetime(2026, 1, 1, tzinfo=UTC), kind=MoveKind.PROMOTE, actor="ann",
    ...     reason="", generation=1, evidence=None)
    >>> previous([move(None, "1"), move("1", "2"), move("2", "3")]), previous([move(None, "1")])
    ('2', None)
    """
    if not history:
        return None
    now = history[-1].to_version
    for move in reversed(history):
        if move.from_version not in (None, now):
            return move.from_version
    return None


def _move(entry: Entry, facts: Mapping[str, Json], reasons: Mapping[str, str]) -> Move:
    if entry.kind == "action.undone":
        kind, old, new, reason = MoveKind.ROLL_BACK, facts["to"], facts["shows"], str(facts["sentence"])
    elif entry.kind == "retrain.challenger":
        kind, old, new = MoveKind.RETRAIN, facts["shown_before"], facts["to"]
        reason = reasons.get(str(facts["action"]), _ERASED)
    elif entry.kind == "action.moved":
        kind, old, new = MoveKind(str(facts["kind"])), facts["from"], facts["to"]
        reason = reasons.get(str(facts["action"]), _ERASED)
    else:
        kind = MoveKind(entry.kind.removeprefix("pointer."))
        old, new = facts["from"], facts["to"]
        reason = _INITIAL if kind is MoveKind.INITIAL else _EXTERNAL
    generation = facts.get("pointer", facts["generation"])
    return Move(
        registry=str(facts["registry"]),
        model=str(facts["model"]),
        alias=str(facts["alias"]),
        from_version=None if old is None else str(old),
        to_version=None if new is None else str(new),
        at=entry.recorded_at,
        kind=kind,
        actor=entry.actor,
        reason=reason,
        generation=generation if isinstance(generation, int) else 0,
        evidence=None if "action" not in facts else str(facts["action"]),
    )


def _reason(record: Record) -> str:
    if record.private is None:
        return _ERASED
    told = json.loads(record.private.content)
    return str(told.get("reason", ""))


def _stay(move: Move) -> Stay:
    return Stay(
        registry=move.registry,
        model=move.model,
        version=str(move.to_version),
        alias=move.alias,
        since=move.at,
        until=None,
        actor=move.actor,
        reason=move.reason,
        kind=move.kind,
        evidence=move.evidence,
    )

"""Champions whose version was deleted past Trimtab: opened and closed with each reading of a registry."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from core.action import CHAMPION, Move, MoveKind, Pointer
from core.domain import IncidentStatus
from core.errors import NotFound
from core.incidents import deleted
from core.ports import RegisteredModel
from core.store import StateStore

ONE_DEED = timedelta(minutes=15)
"""An alias that is taken away and a version that is deleted within this span are one deed.

MLflow takes the alias away with the version, and a reading may fall between the two.
"""
_Moves = Callable[[str, str, str], Sequence[Move]]


def look(
    state: StateStore,
    registry: str,
    found: Sequence[RegisteredModel],
    moves: _Moves,
    *,
    whole: bool,
    now: datetime,
) -> None:
    """Open incidents for champions that were deleted, and close those that are mended.

    Within the transaction that puts on record what the aliases show.

    Parameters
    ----------
    registry
        Short name of the registry that was read.
    found
        Its models; all of them where ``whole``.
    moves
        Registry, model and alias → what the ledger knows of that alias, oldest first.
    now
        Wall clock.
    """
    there = {model.name: model for model in found}
    versions = {model.name: {one.version for one in model.versions} for model in found}
    for pointer in state.pointers.every(registry):
        if not _lost_lately(pointer, now) or not (whole or pointer.model in there):
            continue
        last = moves(registry, pointer.model, CHAMPION)[-1:]
        if not last or last[0].kind is not MoveKind.EXTERNAL or last[0].from_version is None:
            continue
        if last[0].from_version not in versions.get(pointer.model, ()):
            _open(state, pointer, last[0].from_version, now, whole_model=pointer.model not in there)
    for incident in state.incidents_of(deleted.RULE):
        holder, name = deleted.subject(incident)
        if holder == registry and name in there and incident.status is not IncidentStatus.RESOLVED:
            shows = there[name].aliases.get(CHAMPION)
            mended = deleted.closed(incident, shows, versions[name], now)
            if mended != incident:
                state.save_incidents([mended])


def _lost_lately(pointer: Pointer, now: datetime) -> bool:
    gone = pointer.alias == CHAMPION and pointer.version is None and pointer.action_id is None
    return gone and now - pointer.since <= ONE_DEED


def _open(state: StateStore, pointer: Pointer, version: str, now: datetime, *, whole_model: bool) -> None:
    incident = deleted.champion_deleted(
        pointer.registry, pointer.model, version, pointer.generation, now, whole_model=whole_model
    )
    try:
        state.incident(incident.id)
    except NotFound:
        state.save_incidents([incident])

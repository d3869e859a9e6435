"""Changes of production: asking for them, what became of them, and who put what there."""

from typing import Annotated

from fastapi import Header, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from core import wire
from core.access.person import Person
from core.action import CHAMPION, ActionKind, ActionStatus
from core.actions import Asked
from core.server.dependencies import Asking, AsOf, Board, answer
from core.server.subject import subject

router = subject("actions")
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="the same key again gives the same receipt")
]


_GOES_ON = (ActionStatus.RUNNING, ActionStatus.WAITING_APPROVAL)


class Wish(BaseModel):
    """What is asked for; ``generation`` is the one on whose sight it was decided."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""
    version: str | None = None
    alias: str = CHAMPION
    generation: int | None = None


@router.post("/models/{model:path}/promote", response_model=wire.ReceiptObject)
def promote(model: str, trimtab: Board, person: Asking, wish: Wish, key: IdempotencyKey = None) -> Response:
    """Make a version the champion, or say why not."""
    return _asked(trimtab, ActionKind.PROMOTE, model, wish, person, key)


@router.post("/models/{model:path}/rollback", response_model=wire.ReceiptObject)
def roll_back(model: str, trimtab: Board, person: Asking, wish: Wish, key: IdempotencyKey = None) -> Response:
    """Go back to an earlier version: the one named, else the one that was healthy the longest."""
    return _asked(trimtab, ActionKind.ROLL_BACK, model, wish, person, key)


class End(BaseModel):
    """Why a model is taken out of use; ``generation`` is the one on whose sight it was decided."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""
    generation: int | None = None


@router.post("/models/{model:path}/retire", response_model=wire.ReceiptObject)
def retire(model: str, trimtab: Board, person: Asking, end: End, key: IdempotencyKey = None) -> Response:
    """Take a model out of use: no champion, judged no more, its incidents closed, its evidence archived."""
    wish = Wish(reason=end.reason, generation=end.generation)
    return _asked(trimtab, ActionKind.RETIRE, model, wish, person, key)


@router.get("/models/{model:path}/actions/preview", response_model=wire.ReceiptObject)
def preview(
    model: str,
    trimtab: Board,
    person: Asking,
    kind: ActionKind,
    version: str | None = None,
    alias: str = CHAMPION,
) -> Response:
    """Say what a change would do and what stands in its way; nothing is put on record."""
    asked = Asked(
        kind=kind, model=model, version=version, reason="", actor=person.name, alias=alias, person=person
    )
    return answer(wire.receipt_object(trimtab.actions.preview(asked), preview=True))


class Opinion(BaseModel):
    """Why somebody agrees to a change, or does not."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""


@router.get("/approvals", response_model=list[wire.PendingObject])
def approvals(trimtab: Board, person: Asking) -> Response:
    """List what waits for approval, the oldest first, and whether you may approve it."""
    return answer([wire.pending_object(each) for each in trimtab.approvals.pending(person)])


@router.post("/approvals/{action_id}/approve", response_model=wire.ReceiptObject)
def approve(action_id: str, trimtab: Board, person: Asking, opinion: Opinion) -> Response:
    """Agree to a change; with enough approvals it is looked at again, and begins."""
    return answer(wire.receipt_object(trimtab.approvals.approve(action_id, person, opinion.reason)))


@router.post("/approvals/{action_id}/reject", response_model=wire.ReceiptObject)
def reject(action_id: str, trimtab: Board, person: Asking, opinion: Opinion) -> Response:
    """End a change that waits."""
    return answer(wire.receipt_object(trimtab.approvals.reject(action_id, person, opinion.reason)))


@router.get("/models/{model:path}/versions/{version}/contrast", response_model=wire.ContrastsObject)
def contrast(model: str, version: str, trimtab: Board, against: str | None = None) -> Response:
    """Show a version beside another, by default the champion: only what differs."""
    return answer(wire.contrasts_object(trimtab.actions.contrasts(model, version, against=against)))


@router.get("/actions", response_model=list[wire.ReceiptObject])
def actions(
    trimtab: Board,
    model: str | None = None,
    only_open: Annotated[bool, Query(alias="open", description="only what is not over")] = False,
) -> Response:
    """List changes that were asked for, the latest first."""
    found = trimtab.actions.every(model=model, open_only=only_open)
    return answer([wire.receipt_object(each) for each in found])


@router.get("/actions/{action_id}", response_model=wire.ReceiptObject)
def action(action_id: str, trimtab: Board) -> Response:
    """Return one change as far as it came."""
    return answer(wire.receipt_object(trimtab.actions.get(action_id)))


@router.get("/history", response_model=list[wire.HistoryObject])
def fleet_history(trimtab: Board, as_of: AsOf, alias: str | None = CHAMPION) -> Response:
    """Say what every model's alias showed at a time, and how it came there."""
    found = trimtab.actions.fleet_at(as_of, alias=alias)
    return answer([wire.history_object(each) for each in found])


@router.get("/models/{model:path}/history", response_model=list[wire.HistoryObject])
def history(model: str, trimtab: Board, alias: str | None = None) -> Response:
    """Say who or what was champion from when to when, by whom and why, oldest first."""
    return answer([wire.history_object(each) for each in trimtab.actions.history(model, alias=alias)])


def _asked(
    trimtab: Board, kind: ActionKind, model: str, wish: Wish, person: Person, key: str | None
) -> Response:
    done = trimtab.actions.ask(
        Asked(
            kind=kind,
            model=model,
            version=wish.version,
            reason=wish.reason,
            actor=person.name,
            person=person,
            alias=wish.alias,
            generation=wish.generation,
            key=key,
        )
    )
    return answer(wire.receipt_object(done), 202 if done.status in _GOES_ON else 200)

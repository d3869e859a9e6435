"""What stays how long: prune, erase, back up."""

from contextlib import ExitStack
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from core import wire
from core.server.dependencies import Actor, Board, answer
from core.server.files import pieces
from core.server.subject import subject

router = subject("keeping")


class Persons(BaseModel):
    """Whose rows shall go; in the body, so that no log of addresses names them."""

    model_config = ConfigDict(extra="forbid")
    ids: list[str] = Field(min_length=1, max_length=100_000)
    backups: bool = Field(default=False, description="remove the copies made before upgrades too")


@router.post("/prune", response_model=wire.PruneObject)
def prune(
    trimtab: Board,
    actor: Actor,
    dry_run: Annotated[bool, Query(description="only say what would go")] = False,
) -> Response:
    """Let go of what is older than the settings keep."""
    return answer(wire.prune_object(trimtab.keeping.prune(dry_run=dry_run, actor=actor)))


@router.post("/models/{model:path}/erase", response_model=wire.EraseObject)
def erase(model: str, persons: Persons, trimtab: Board, actor: Actor) -> Response:
    """Erase persons from all that holds rows of a model; what was counted of them stays."""
    receipt = trimtab.keeping.erase(model, persons.ids, actor=actor, backups=persons.backups)
    return answer(wire.erase_object(receipt))


@router.post("/backup", response_class=StreamingResponse)
def backup(trimtab: Board, actor: Actor) -> Response:
    """Return a verified archive of the whole workspace; ingest goes on meanwhile.

    It holds every row and the workspace's keys: only who may change the workspace may take it away.
    """
    with ExitStack() as held:
        path, _ = held.enter_context(trimtab.keeping.backup(actor=actor))
        kept = held.pop_all()
    headers = {"Content-Length": str(path.stat().st_size)}
    return StreamingResponse(pieces(path, kept), media_type="application/zip", headers=headers)

"""The ledger: what is on record, whether it holds, and what outsiders keep of it."""

from contextlib import ExitStack
from typing import Annotated
from uuid import uuid4

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from core import wire
from core.chain.checkpoints import read_anchor
from core.chain.entries import Record
from core.ledger.export import whole_lines
from core.server.dependencies import Actor, Board, Since, answer
from core.server.files import pieces
from core.server.subject import subject

router = subject("ledger", prefix="/api/v1/ledger")


class Anchored(BaseModel):
    """What was kept outside of the database."""

    model_config = ConfigDict(extra="forbid")
    anchor: list[str] = Field(min_length=1, description="an anchor's lines, each a signed checkpoint")


@router.get("", response_model=list[wire.EntryObject])
def entries(
    trimtab: Board,
    since: Since,
    model: Annotated[str | None, Query(description="only what is about this model")] = None,
    limit: Annotated[int, Query(ge=1, le=100_000)] = 1000,
) -> Response:
    """List the latest entries, oldest first."""
    found = trimtab.ledger.records(model=model, since=since, limit=limit)
    return answer([wire.entry_object(each) for each in found])


@router.get("/verify", response_model=wire.ProofObject)
def verify(trimtab: Board) -> Response:
    """Say whether the ledger holds, against the anchor of the settings where there is one."""
    return answer(wire.proof_object(trimtab.ledger.verify()))


@router.post("/verify", response_model=wire.ProofObject)
def verify_against(kept: Anchored, trimtab: Board) -> Response:
    """Say whether the ledger holds against checkpoints that the sender kept."""
    return answer(wire.proof_object(trimtab.ledger.verify(read_anchor(kept.anchor))))


@router.post("/checkpoint", response_model=wire.AnchorObject)
def checkpoint(trimtab: Board) -> Response:
    """Sign the newest entry now, and return the newest checkpoint: it may be kept anywhere."""
    return answer(wire.anchor_object(trimtab.ledger.checkpoint()))


@router.post("/key", response_model=wire.EntryObject)
def rotate_key(trimtab: Board, actor: Actor) -> Response:
    """Let a new key sign from now on."""
    return answer(wire.entry_object(Record(entry=trimtab.ledger.rotate_key(actor))))


@router.get("/export", response_class=StreamingResponse)
@router.post("/export", response_class=StreamingResponse)
def export(trimtab: Board) -> Response:
    """Return the whole ledger as lines of JSON, private parts and their salts included.

    Only who may change the workspace may take them away.
    """
    path = trimtab.settings.workspace.spool / f"{uuid4().hex}.ledger"
    with ExitStack() as held:
        held.callback(path.unlink, missing_ok=True)
        # To disk first: what goes wrong on the way is then told, not sent as a shorter ledger.
        with path.open("xb") as file:
            for piece in whole_lines(trimtab.ledger.export()):
                file.write(piece)
        kept = held.pop_all()
    headers = {
        "Content-Length": str(path.stat().st_size),
        "Content-Disposition": 'attachment; filename="ledger.jsonl"',
    }
    return StreamingResponse(pieces(path, kept), media_type="application/x-ndjson", headers=headers)

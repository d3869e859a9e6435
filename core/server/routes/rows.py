"""Rows in: predictions, labels, quarantine."""

from typing import Annotated, Literal

from fastapi import Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from core import wire
from core.logs.upload import sniff
from core.server.dependencies import Board, answer
from core.server.exposition import Figures
from core.server.spool import spooled
from core.server.subject import subject

router = subject("rows", prefix="/api/v1/models/{model:path}")

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]
Name = Annotated[str | None, Query(description="the file's name, for messages and to tell its format")]
_BODY = {
    "requestBody": {
        "required": True,
        "description": "JSON rows, JSON Lines, CSV, Arrow or Parquet",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in (
                "application/json",
                "application/x-ndjson",
                "text/csv",
                "application/vnd.apache.arrow.stream",
                "application/vnd.apache.parquet",
            )
        },
    }
}


async def _ingest(
    kind: Literal["predictions", "labels"],
    model: str,
    request: Request,
    trimtab: Board,
    key: str | None,
    name: str | None,
) -> Response:
    settings = trimtab.settings
    async with spooled(request.stream(), settings.workspace.spool, max_mb=settings.max_body_mb) as path:
        upload = sniff(path, name=name or "The request", content_type=request.headers.get("content-type"))
        receipt = await run_in_threadpool(trimtab.ingest, model, upload, kind=kind, batch_key=key)
    figures: Figures = request.app.state.figures
    figures.count_rows(receipt)
    return answer(wire.ingest_object(receipt), 202)


@router.post("/predictions", status_code=202, response_model=wire.IngestObject, openapi_extra=_BODY)
async def predictions(
    model: str, request: Request, trimtab: Board, key: Key = None, name: Name = None
) -> Response:
    """Take in predictions, with labels or without; acknowledged means on disk."""
    return await _ingest("predictions", model, request, trimtab, key, name)


@router.post("/labels", status_code=202, response_model=wire.IngestObject, openapi_extra=_BODY)
async def labels(
    model: str, request: Request, trimtab: Board, key: Key = None, name: Name = None
) -> Response:
    """Take in labels that join earlier predictions by id."""
    return await _ingest("labels", model, request, trimtab, key, name)


@router.get("/quarantine", response_model=list[wire.QuarantineObject])
def quarantine(model: str, trimtab: Board, limit: Annotated[int, Query(ge=1, le=100_000)] = 1000) -> Response:
    """List the rows that could not be used, newest first."""
    return answer([wire.quarantine_object(row) for row in trimtab.quarantine(model, limit=limit)])


@router.post("/quarantine/retry", response_model=wire.IngestObject)
def retry(model: str, trimtab: Board) -> Response:
    """Try the quarantined rows again."""
    return answer(wire.ingest_object(trimtab.retry_quarantine(model)))

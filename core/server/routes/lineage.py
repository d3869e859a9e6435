"""Lineage: what a model is made of, what hangs on an object; OpenLineage events in."""

import zlib
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from core import wire
from core.errors import InvalidInput, Problem
from core.lineage import exported, written
from core.server.dependencies import Board, answer, view_answer
from core.server.spool import TooLarge, spooled
from core.server.subject import subject

router = subject("lineage")
_BODY = {
    "requestBody": {
        "required": True,
        "description": "an OpenLineage run, job or data-set event, or a list of them; gzip is understood",
        "content": {"application/json": {"schema": {"anyOf": [{"type": "object"}, {"type": "array"}]}}},
    }
}


@router.post("/lineage", status_code=201, response_model=wire.IngestObject, openapi_extra=_BODY)
async def events(request: Request, trimtab: Board) -> Response:
    """Take in OpenLineage events, as its clients send them; acknowledged means on disk."""
    settings = trimtab.settings
    async with spooled(request.stream(), settings.workspace.spool, max_mb=settings.max_body_mb) as path:
        content = await run_in_threadpool(path.read_bytes)
    if request.headers.get("content-encoding", "").lower() == "gzip":
        content = await run_in_threadpool(_unpacked, content, settings.max_body_mb)
    receipt = await run_in_threadpool(trimtab.lineage.intake.take, content)
    return answer(wire.ingest_object(receipt), 201)


def _unpacked(content: bytes, max_mb: float) -> bytes:
    """Return what was packed with gzip; no more than a body may hold."""
    reader, most = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16), int(max_mb * 1e6)
    try:
        found = reader.decompress(content, most + 1)
    except zlib.error:
        raise InvalidInput("The request", [Problem(field="body", message="is not gzip")]) from None
    if len(found) > most:
        problem = Problem(field="body", message=f"is larger than {max_mb:g} MB", remedy="send it in parts")
        raise TooLarge("The request", [problem])
    if not reader.eof:
        raise InvalidInput("The request", [Problem(field="body", message="ends before its end")])
    return found


@router.get(
    "/lineage",
    response_model=written.LineageObject | list[dict[str, object]],
    responses={200: {"content": {"text/plain": {}}}},
)
def lineage(
    trimtab: Board,
    model: Annotated[str | None, Query(description="of this model; everything without it")] = None,
    impact: Annotated[
        str | None, Query(description="what came of this data set, source or table.column")
    ] = None,
    form: Annotated[Literal["json", "openlineage", "mermaid"], Query(alias="format")] = "json",
) -> Response:
    """Return nodes and edges, and the models in production among them."""
    found = trimtab.lineage.asked(model, impact)
    if form == "mermaid":
        return Response(written.mermaid(found.graph), media_type="text/plain; charset=utf-8")
    if form == "openlineage":
        return answer(exported.openlineage(found.graph, now=datetime.now(UTC)))
    return answer(written.document(found.graph, found.live))


@router.get("/datasets/drift")
def dataset_drift(
    trimtab: Board,
    before: Annotated[str, Query(description="a version: name@digest, six digits of a digest, or a name")],
    after: Annotated[str, Query(description="another one; its rows must be at hand in the workspace, too")],
) -> Response:
    """Return how far one version of a data set lies from another, column by column; nothing is stored."""
    return view_answer(trimtab.datasets.drift(before, after))

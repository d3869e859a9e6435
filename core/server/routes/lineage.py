"""Lineage: what a model is made of, what hangs on an object."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from core.lineage import written
from core.server.dependencies import Board, answer

router = APIRouter(prefix="/api/v1", tags=["lineage"])


@router.get("/lineage", response_model=written.LineageObject)
def lineage(
    trimtab: Board,
    model: Annotated[str | None, Query(description="of this model; everything without it")] = None,
    impact: Annotated[
        str | None, Query(description="what came of this data set, source or table.column")
    ] = None,
    form: Annotated[Literal["json", "mermaid"], Query(alias="format")] = "json",
) -> Response:
    """Return nodes and edges, and the models in production among them."""
    found = trimtab.lineage.asked(model, impact)
    if form == "mermaid":
        return Response(written.mermaid(found.graph), media_type="text/plain; charset=utf-8")
    return answer(written.document(found.graph, found.live))

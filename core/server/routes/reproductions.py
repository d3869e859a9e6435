"""Versions made again from what is on record of them, and that record as one file."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from core import wire
from core.reproduction import TOLERANCE
from core.server.dependencies import Actor, Board, answer, file_name
from core.server.subject import subject

router = subject("training")
Tolerance = Annotated[float, Query(ge=0, le=1, description="how far a metric may lie from the recorded one")]


@router.post(
    "/models/{model:path}/versions/{version}/reproduction",
    response_model=wire.ReproductionObject,
    status_code=202,
)
def reproduce(
    model: str, version: str, trimtab: Board, actor: Actor, tolerance: Tolerance = TOLERANCE
) -> Response:
    """Have a version trained again from what is on record of it; nothing is registered."""
    found = trimtab.reproducing.ask(model, version, actor=actor, tolerance=tolerance)
    return answer(wire.reproduction_object(found), 202 if found.reproduced is None else 200)


@router.get("/models/{model:path}/versions/{version}/reproduction", response_model=wire.ReproductionObject)
def reproduction(model: str, version: str, trimtab: Board, tolerance: Tolerance = TOLERANCE) -> Response:
    """Say what came of training a version again, or how it stands."""
    return answer(wire.reproduction_object(trimtab.reproducing.found(model, version, tolerance=tolerance)))


@router.get(
    "/models/{model:path}/versions/{version}/bundle",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}},
)
def bundle(model: str, version: str, trimtab: Board) -> Response:
    """Return all that is on record of how a version was made, as a ZIP file; no row is in it."""
    kept_as = file_name(model.rpartition("/")[2], version, "bundle", suffix=".zip")
    return Response(
        trimtab.reproducing.bundle(model, version),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{kept_as}"',
            "X-Content-Type-Options": "nosniff",
        },
    )

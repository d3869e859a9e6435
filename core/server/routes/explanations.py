"""Explanations: asking for them, and reading what was computed."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from core import wire
from core.server.dependencies import Actor, Board, answer
from core.server.subject import subject

router = subject("explanations")


@router.post("/models/{model:path}/explanation", status_code=202, response_model=wire.JobObject)
def ask_row(
    model: str,
    trimtab: Board,
    actor: Actor,
    row: Annotated[str, Query(alias="id", description="of a prediction")],
) -> Response:
    """Ask why a prediction came out as it did; the job's end is when it can be read."""
    job = trimtab.explaining.ask(model, row, actor=actor)
    return answer(wire.job_object(job, now=datetime.now(UTC)), 202)


@router.get("/models/{model:path}/explanation", response_model=wire.ExplainedObject)
def of_row(
    model: str, trimtab: Board, row: Annotated[str, Query(alias="id", description="of a prediction")]
) -> Response:
    """Return the latest explanation of a prediction."""
    return answer(wire.explained_object(trimtab.explaining.explained(model, row)))


@router.post("/models/{model:path}/explanation/keep", response_model=wire.ExplainedObject)
def keep(
    model: str,
    trimtab: Board,
    actor: Actor,
    row: Annotated[str, Query(alias="id", description="of a prediction")],
) -> Response:
    """Keep the latest explanation of a prediction with the decision, as it is now."""
    return answer(wire.explained_object(trimtab.explaining.keep(model, row, actor=actor)))


@router.post("/models/{model:path}/importance", status_code=202, response_model=wire.JobObject)
def ask_overall(model: str, trimtab: Board, actor: Actor, version: str | None = None) -> Response:
    """Ask what a version leans on, the champion by default."""
    job = trimtab.explaining.ask_overall(model, version, actor=actor)
    return answer(wire.job_object(job, now=datetime.now(UTC)), 202)


@router.get("/models/{model:path}/importance", response_model=list[wire.ImportanceObject])
def overall(model: str, trimtab: Board, version: str | None = None) -> Response:
    """Return what versions of a model lean on, the latest first: of one version, or of all."""
    return answer([wire.importance_object(one) for one in trimtab.explaining.overall(model, version)])

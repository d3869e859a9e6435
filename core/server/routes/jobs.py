"""Long work: how it does, ending it, and what it made."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from core import wire
from core.server.dependencies import Actor, Board, answer

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])


@router.get("", response_model=list[wire.JobObject])
def jobs(
    trimtab: Board,
    model: str | None = None,
    kind: str | None = None,
    only_open: Annotated[bool, Query(alias="open", description="only what waits or runs")] = False,
) -> Response:
    """List jobs, the latest first."""
    now = datetime.now(UTC)
    found = trimtab.jobs.every(model=model, kind=kind, open_only=only_open)
    return answer([wire.job_object(each, now=now) for each in found])


@router.get("/{job_id}", response_model=wire.JobObject)
def job(job_id: str, trimtab: Board) -> Response:
    """Return one job."""
    return answer(wire.job_object(trimtab.jobs.get(job_id), now=datetime.now(UTC)))


@router.post("/{job_id}/cancel", response_model=wire.JobObject)
def cancel(job_id: str, trimtab: Board, actor: Actor) -> Response:
    """End a job that waits or runs."""
    return answer(wire.job_object(trimtab.jobs.cancel(job_id, actor=actor), now=datetime.now(UTC)))

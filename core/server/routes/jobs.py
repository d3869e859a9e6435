"""Long work: how it does, ending it, and what it made."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from starlette.responses import FileResponse, Response

from core import wire
from core.access.roles import Right
from core.access.scopes import Scope
from core.errors import NotFound
from core.evidence import archives
from core.explain.place import ROW_KIND
from core.server.dependencies import Actor, Asking, Board, answer, file_name
from core.server.scoping import Need, refusal
from core.server.subject import subject
from core.training import runner as training

router = subject("jobs")

# A page that was made from rows is shown as if it came from nowhere: its scripts run, but may reach neither
# this server nor any other, and only our own pages may frame it.
PAGE_POLICY = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
    " img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
# A candidate comes with rows of persons: for those who train on them, as the snapshot is. What is known of
# one person is for those who may ask for it.
_NEEDED = {
    training.KIND: Need(scope=Scope.ACT, right=Right.RETRAIN),
    ROW_KIND: Need(scope=Scope.MONITOR, right=Right.MONITOR),
    # The ledger is in it, with its private parts.
    archives.KIND: Need(scope=Scope.EXPORT, right=Right.EXPORT),
}
_TYPES = {".html": "text/html; charset=utf-8", ".zip": "application/zip"}


@router.get("/jobs", response_model=list[wire.JobObject])
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


@router.get("/jobs/{job_id}", response_model=wire.JobObject)
def job(job_id: str, trimtab: Board) -> Response:
    """Return one job."""
    return answer(wire.job_object(trimtab.jobs.get(job_id), now=datetime.now(UTC)))


@router.get("/jobs/{job_id}/log", response_model=list[str])
def log(job_id: str, trimtab: Board, lines: Annotated[int, Query(ge=1, le=1000)] = 100) -> Response:
    """Return the last lines that a job printed, while it runs; users' training code may print anything."""
    return answer(trimtab.jobs.log(job_id, n_lines=lines))


@router.post("/jobs/{job_id}/cancel", response_model=wire.JobObject)
def cancel(job_id: str, trimtab: Board, actor: Actor) -> Response:
    """End a job that waits or runs."""
    return answer(wire.job_object(trimtab.jobs.cancel(job_id, actor=actor), now=datetime.now(UTC)))


@router.get("/jobs/{job_id}/result", response_class=FileResponse)
def result(
    job_id: str,
    trimtab: Board,
    person: Asking,
    show: Annotated[bool, Query(description="to be looked at in a browser instead of kept")] = False,
) -> Response:
    """Return what a job made, as a file."""
    job = trimtab.jobs.get(job_id)
    need = _NEEDED.get(job.kind)
    refused = None if need is None else refusal(person, need)
    if refused is not None:
        raise refused
    path = trimtab.jobs.result(job_id)
    if not path.is_file():
        raise NotFound("result of job", job_id, hint="It was removed; ask for it again.")
    return FileResponse(
        path,
        media_type=_TYPES.get(path.suffix, "application/octet-stream"),
        filename=file_name(job.kind, job.model, job.subject, suffix=path.suffix),
        content_disposition_type="inline" if show else "attachment",
        headers={
            "Content-Security-Policy": PAGE_POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        },
    )


@router.post("/models/{model:path}/reports", status_code=202, response_model=wire.JobObject)
def make_report(
    model: str, trimtab: Board, actor: Actor, window: int | None = None, version: str | None = None
) -> Response:
    """Ask for Evidently's report on a judged window, the latest closed one by default."""
    job = trimtab.reports.make(model, actor=actor, window=window, version=version)
    return answer(wire.job_object(job, now=datetime.now(UTC)), 202)


@router.get("/models/{model:path}/reports", response_model=list[wire.JobObject])
def reports(model: str, trimtab: Board) -> Response:
    """List a model's reports, the latest first: made, under way, and those that came to nothing."""
    now = datetime.now(UTC)
    return answer([wire.job_object(each, now=now) for each in trimtab.reports.of_model(model)])

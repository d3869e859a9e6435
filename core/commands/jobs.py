"""Long work: asking for it, how it does, and ending it."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.tables import EMPTY, day, table
from core.errors import InvalidInput, Problem, Unavailable
from core.job import Job, JobStatus

if TYPE_CHECKING:
    from core.client import Client

_PAUSE_S = 0.5


@command
@click.argument("job_id", metavar="[ID]", required=False)
@click.option("--open", "open_only", is_flag=True, help="Only what waits or runs.")
@click.option("--log", is_flag=True, help="What job ID printed, while it runs.")
def jobs(call: Call, job_id: str | None, open_only: bool, log: bool) -> None:
    """List long work, the latest first, or show job ID."""
    if log:
        _log(call, job_id)
        return
    with call.client() as client:
        found = client.jobs(open_only=open_only) if job_id is None else [client.job(job_id)]
    now = datetime.now(UTC)
    heads = ["status", "kind", "model", "of", "asked", "took", "how far", "id"]
    rows = [
        [
            job.status.value,
            job.kind,
            job.model,
            job.subject,
            day(job.asked_at),
            _took(job, now),
            how_far(job),
            job.id,
        ]
        for job in found
    ]
    call.show(
        [wire.job_object(job, now=now) for job in found],
        lambda: table(heads, rows) or "No jobs: nobody has asked for long work.",
    )


@command
@click.argument("job_id", metavar="ID")
def cancel(call: Call, job_id: str) -> None:
    """End job ID, whether it waits or runs; nothing of what it was making is kept."""
    with call.client() as client:
        job = client.cancel(job_id)
    call.show(
        wire.job_object(job, now=datetime.now(UTC)),
        lambda: f"Job {job.id} ({job.kind} of {job.model}) is {job.status.value}.",
    )


@command
@click.argument("model")
@click.option(
    "--window", type=int, metavar="N", help="Index of a judged window.  [default: the latest closed]"
)
@click.option("--version", metavar="V", help="Rows of one version only.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there."
)
def report(call: Call, model: str, window: int | None, version: str | None, out: Path | None) -> None:
    """Make Evidently's report on a window of MODEL against its reference, and wait for it.

    Ctrl-C cancels it. It is kept in the workspace, and made once while nothing changes.
    """
    with call.client() as client:
        job = client.make_report(model, window=window, version=version)
        try:
            job = finished(call, client, job)
        except KeyboardInterrupt:
            client.cancel(job.id)
            raise
        if job.status is not JobStatus.DONE:
            raise Unavailable("The report", job.error or job.step or job.status.value)
        if out is not None:
            client.save_result(job.id, out)
    where = out or call.workspace.root / (job.result or "")
    call.show(
        wire.job_object(job, now=datetime.now(UTC)),
        lambda: f"Report on {job.subject} of {job.model}: {where}",
    )


def finished(call: Call, client: "Client", job: Job, *, pause_s: float = _PAUSE_S) -> Job:
    """Wait until a job is over, telling how far it is whenever that changes; look every ``pause_s``."""
    from core.commands.serve import Bar

    told, show = "", Bar(call.say)
    while not job.status.over:
        step = job.step or job.status.value
        if step != told:
            show(step, min(job.share, 0.99))
            told = step
        time.sleep(pause_s)
        job = client.job(job.id)
    if told:
        show(job.status.value.capitalize(), 1.0)
    return job


def _log(call: Call, job_id: str | None) -> None:
    if job_id is None:
        problem = Problem(field="ID", message="is missing", remedy="see trimtab jobs --open")
        raise InvalidInput("The log", [problem])
    with call.client() as client:
        lines = client.job_log(job_id)
    call.show(lines, lambda: "\n".join(lines) or "Nothing is printed, or the job is over.")


def how_far(job: Job) -> str:
    """Return what a person wants to know of a job: what it does now, or how it ended."""
    if job.status is JobStatus.RUNNING:
        return f"{job.share:.0%} {job.step}"
    return job.error or job.result or job.step or EMPTY


def _took(job: Job, now: datetime) -> str:
    elapsed = job.elapsed_s(now)
    if elapsed is None:
        return EMPTY
    of = "" if job.expected_s is None or job.status.over else f" of about {job.expected_s:.0f}"
    return f"{elapsed:.0f}{of} s"

"""Long work: how it does, and ending it."""

from datetime import UTC, datetime

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.tables import EMPTY, day, table
from core.job import Job, JobStatus


@command
@click.argument("job_id", metavar="[ID]", required=False)
@click.option("--open", "open_only", is_flag=True, help="Only what waits or runs.")
def jobs(call: Call, job_id: str | None, open_only: bool) -> None:
    """List long work, the latest first, or show job ID."""
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

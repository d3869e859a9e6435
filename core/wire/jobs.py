"""Long work as the contract's JSON objects, and back."""

from datetime import datetime

from core.job import Job, JobStatus
from core.wire.moments import moment, moment_of, moment_or_none, moment_text
from core.wire.objects import JobObject


def job_object(job: Job, *, now: datetime) -> JobObject:
    """Return a job as JSON; ``elapsed_s`` is as of ``now``."""
    return {
        "id": job.id,
        "kind": job.kind,
        "model": job.model,
        "subject": job.subject,
        "about": dict(job.about),
        "status": job.status.value,
        "progress": job.share,
        "step": job.step,
        "actor": job.actor,
        "asked_at": moment(job.asked_at),
        "started_at": moment_text(job.started_at),
        "ended_at": moment_text(job.ended_at),
        "elapsed_s": job.elapsed_s(now),
        "expected_s": job.expected_s,
        "attempt": job.attempt,
        "error": job.error,
        "result": job.result,
    }


def job_of(document: JobObject) -> Job:
    """Read a job."""
    return Job(
        id=document["id"],
        kind=document["kind"],
        model=document["model"],
        subject=document["subject"],
        about=document["about"],
        status=JobStatus(document["status"]),
        share=document["progress"],
        step=document["step"],
        actor=document["actor"],
        asked_at=moment_of(document["asked_at"]),
        started_at=moment_or_none(document["started_at"]),
        ended_at=moment_or_none(document["ended_at"]),
        expected_s=document["expected_s"],
        attempt=document["attempt"],
        error=document["error"],
        result=document["result"],
    )

"""Long work as a value: what is to be done, for whom, how far it is, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LOG = "output.log"
"""What a job's child prints, in its folder; it goes with the folder."""


KEEP = "keep-warm"
"""File in a job's folder, of a task whose child may stay: that child does only work with the same text."""


class JobStatus(StrEnum):
    """Life cycle of a job: it waits, runs, and ends in one of three ways."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self not in {JobStatus.QUEUED, JobStatus.RUNNING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a job is done by a child process; kept with the job, so that any later process can do it.

    Parameters
    ----------
    task
        Name of the task, one of :data:`core.children.runner.TASKS`.
    output
        File that the task writes in its folder.
    place
        Where that file is moved once the task is done: a path below the workspace's folder, with
        ``{id}`` for the job's id.
    time_limit_s, memory_limit_mb
        What the child may use: seconds from its start, megabytes of memory in use.
    """

    task: str
    output: str
    place: str
    time_limit_s: float
    memory_limit_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of long work, on record from the moment it is asked for.

    ``kind`` says what ("report"), ``model`` and ``subject`` of what ("window 119"); ``about`` holds the
    same for programs. ``share`` in [0, 1] and ``step`` say how far it is; ``expected_s`` is the median of
    earlier runs of its kind, None before the first. ``error`` is one sentence, set exactly when it failed.
    ``result`` is the path of what it made, below the workspace's folder, set exactly when it is done.
    ``digest`` is the result's SHA-256, as it was made. ``attempt`` counts its starts: work that a crash cut
    off begins anew, once.
    """

    id: str
    kind: str
    model: str
    subject: str
    status: JobStatus
    actor: str
    asked_at: datetime
    about: Mapping[str, str]
    share: float = 0.0
    step: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    expected_s: float | None = None
    attempt: int = 0
    error: str | None = None
    result: str | None = None
    digest: str | None = None

    def elapsed_s(self, now: datetime) -> float | None:
        """Return the seconds that it has run, or ran; None before it starts.

        Examples
        --------
        >>> from datetime import UTC, timedelta
        >>> noon = datetime(2026, 11, 18, 12, tzinfo=UTC)
        >>> job = Job(id="1", kind="report", model="m", subject="window 0", about={}, actor="ann",
        ...     status=JobStatus.RUNNING, asked_at=noon, started_at=noon)
        >>> job.elapsed_s(noon + timedelta(seconds=9))
        9.0
        """
        if self.started_at is None:
            return None
        return max(0.0, ((self.ended_at or now) - self.started_at).total_seconds())

"""What a page shows of what a model leans on: one version now, others, earlier, and what is under way."""

from dataclasses import dataclass
from datetime import datetime

from core.explain import GlobalExplanation
from core.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainScope:
    """Whose explanations; ``version`` None is the champion's."""

    model: str
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainView:
    """What a version leans on.

    Parameters
    ----------
    version
        The version shown; None where none is named and there is no champion.
    overall
        What it leans on, None where nobody asked yet.
    stale
        Whether rows or labels have come since.
    others
        What was found of other versions, and of this one earlier; the latest first.
    job
        The latest that was asked for and is not done: waiting, running, failed or cancelled.
    immutable
        Columns that no counterfactual changes.
    """

    as_of: datetime
    model: str
    version: str | None
    overall: GlobalExplanation | None
    stale: bool
    others: tuple[GlobalExplanation, ...]
    job: Job | None
    immutable: tuple[str, ...]

    @property
    def running(self) -> bool:
        """Whether something waits or runs, so that it is worth looking again."""
        return self.job is not None and not self.job.status.over

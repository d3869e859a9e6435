"""What a page shows of treating groups more alike: what was tried, and whether it can be tried."""

from dataclasses import dataclass
from datetime import datetime

from core.job import Job
from core.mitigation import Frontier


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationScope:
    """Of which model, by which sensitive column, and which rate is to be alike; empty: the first of each."""

    model: str
    by: str = ""
    measure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MitigationView:
    """The latest bench of a model's column and rate, and the latest frontier that one found.

    ``why_not`` is set exactly where none may be asked for.
    """

    as_of: datetime
    name: str
    registry: str
    by: str
    measure: str
    why_not: str
    job: Job | None = None
    frontier: Frontier | None = None

    @property
    def running(self) -> bool:
        """Whether a bench is under way."""
        return self.job is not None and not self.job.status.over

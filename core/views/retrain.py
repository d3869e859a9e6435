"""What a page shows of training a model anew: whether it may be asked for, and what is under way."""

from dataclasses import dataclass
from datetime import datetime

from core.job import Job
from core.retrain import Retrain


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainScope:
    """Whose training."""

    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainView:
    """Whether a model may be trained anew, by what is on record, and its latest retraining.

    ``why_not`` is set exactly where it may not be. ``job`` is the one that trains the latest, while it is
    under way. What the rows themselves speak for is the advice, which is asked for with the dialog.
    """

    as_of: datetime
    name: str
    registry: str
    why_not: str
    can_recalibrate: bool
    latest: Retrain | None = None
    job: Job | None = None

    @property
    def running(self) -> bool:
        """Whether a retraining is under way."""
        return self.latest is not None and not self.latest.status.over

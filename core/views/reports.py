"""What a page shows of a model's deep reports: which windows can have one, which there are, how they do."""

from dataclasses import dataclass
from datetime import datetime

from core.job import JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportScope:
    """Whose reports."""

    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWindow:
    """A judged window with rows, which can have a report."""

    index: int
    start: datetime | None
    end: datetime | None
    closed: bool
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One report: made, under way, or come to nothing.

    ``subject`` says of what in words. ``stale`` is True where rows, labels, reference or spec have changed
    since it was made, None for those that are not done. ``n_bytes`` is the size of the page.
    """

    id: str
    subject: str
    status: JobStatus
    share: float
    step: str
    actor: str
    asked_at: datetime
    ended_at: datetime | None
    elapsed_s: float | None
    expected_s: float | None
    error: str | None
    stale: bool | None
    n_bytes: int | None

    @property
    def running(self) -> bool:
        """Whether it waits or runs."""
        return not self.status.over


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsView:
    """A model's reports, the latest first, and the windows to choose from, the latest first."""

    as_of: datetime
    model: str
    windows: tuple[ReportWindow, ...]
    reports: tuple[ReportRow, ...]

    @property
    def running(self) -> bool:
        """Whether any report waits or runs, so that it is worth looking again."""
        return any(report.running for report in self.reports)

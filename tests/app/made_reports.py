"""A model's reports in every state."""

from dataclasses import replace
from datetime import timedelta

from core.job import JobStatus
from core.views.reports import ReportRow, ReportScope, ReportsView, ReportWindow

from .made_model import MIDNIGHT

DONE = ReportRow(
    id="d0ne",
    subject="window 89 (17 Nov 2026)",
    status=JobStatus.DONE,
    share=1.0,
    step="",
    actor="ann",
    asked_at=MIDNIGHT,
    ended_at=MIDNIGHT + timedelta(seconds=31),
    elapsed_s=31.0,
    expected_s=28.0,
    error=None,
    stale=False,
    n_bytes=5_800_000,
)
RUNNING = replace(
    DONE, id="runs", status=JobStatus.RUNNING, share=0.4, step="Comparing columns", elapsed_s=12.0,
    ended_at=None, stale=None, n_bytes=None,
)  # fmt: skip
FAILED = replace(
    RUNNING, id="fa1led", status=JobStatus.FAILED, error="It took longer than the 900 s that it may take."
)
CANCELLED = replace(RUNNING, id="cance1", status=JobStatus.CANCELLED, step="Cancelled by ann")
WINDOWS = tuple(
    ReportWindow(
        index=index,
        start=MIDNIGHT - timedelta(days=90 - index),
        end=MIDNIGHT - timedelta(days=89 - index),
        closed=index < 89,
        n_rows=41_201,
    )
    for index in (89, 88, 87)
)


def reports_view(scope: ReportScope, *reports: ReportRow) -> ReportsView:
    """The view with these reports."""
    return ReportsView(as_of=MIDNIGHT, model=scope.model, windows=WINDOWS, reports=reports)

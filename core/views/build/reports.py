"""Build the view of a model's deep reports from its jobs and its judged windows."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from core.domain import Window
from core.job import Job, JobStatus
from core.profiles import reference as references
from core.profiles import snapshot
from core.profiles.windows import profiled
from core.store import Cursor, StoredMonitor
from core.views.reports import ReportRow, ReportsView, ReportWindow

SHOWN = 5
"""Reports that are listed: each costs a look whether its window has changed since."""

CHOICE = 400


def build_reports(
    cursor: Cursor, monitor: StoredMonitor, jobs: Sequence[Job], *, root: Path, now: datetime
) -> ReportsView:
    """Read the view.

    Parameters
    ----------
    jobs
        The model's reports, the latest first.
    root
        The workspace's folder, below which their results lie.
    now
        Aware UTC time.
    """
    judged = profiled(cursor, monitor.key)
    held = [(index, window, n) for index, (window, n) in sorted(judged.items(), reverse=True) if n]
    digest = references.digest(cursor, monitor.key) or ""
    windows = {index: window for index, window, _ in held}
    return ReportsView(
        as_of=now,
        model=monitor.spec.model,
        windows=tuple(
            ReportWindow(index=index, start=window.start, end=window.end, closed=window.closed, n_rows=n)
            for index, window, n in held[:CHOICE]
        ),
        reports=tuple(
            _row(job, root, now, _stale(cursor, monitor, job, windows, digest)) for job in jobs[:SHOWN]
        ),
    )


def basis_of(monitor: StoredMonitor, reference_digest: str) -> str:
    """Return 16 hex digits of what a window is compared with: the pinned reference and the spec."""
    return sha256(repr((reference_digest, monitor.spec.text)).encode()).hexdigest()[:16]


def _stale(
    cursor: Cursor, monitor: StoredMonitor, job: Job, windows: dict[int, Window], digest: str
) -> bool | None:
    if job.status is not JobStatus.DONE:
        return None
    window, since = windows.get(int(job.about["window"])), int(job.about["arrived"])
    if window is None or job.about["basis"] != basis_of(monitor, digest):
        return True
    if snapshot.arrived(cursor, monitor.key) == since:
        return False
    return snapshot.touched(cursor, monitor.layout, monitor.spec, window, since=since)


def _row(job: Job, root: Path, now: datetime, stale: bool | None) -> ReportRow:
    path = None if job.result is None else root / job.result
    gone = path is not None and not path.is_file()
    return ReportRow(
        id=job.id,
        subject=job.subject,
        status=JobStatus.FAILED if gone else job.status,
        share=job.share,
        step=job.step,
        actor=job.actor,
        asked_at=job.asked_at,
        ended_at=job.ended_at,
        elapsed_s=job.elapsed_s(now),
        expected_s=job.expected_s,
        error="Its page was removed from the workspace." if gone else job.error,
        stale=stale,
        n_bytes=None if path is None or gone else path.stat().st_size,
    )

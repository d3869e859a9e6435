"""Files of the workspace that grow old: what an interrupted process left, logs, copies, exports."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config import Workspace
from core.receipts import Pruning
from core.retention import span_text

EXPORTS = ("reports", "exports", "retrains", "explanations")
"""Folders of files that were made from rows and may hold some."""

ARCHIVES, WITH_LEDGER = "exports/evidence", "evidence"
"""Where ZIPs with the whole ledger in them lie, and the kind of the jobs that make them."""


def prune_files(workspace: Workspace, kind: str, keep: timedelta, *, now: datetime, dry_run: bool) -> Pruning:
    """Remove a class's files that were last written too long ago.

    A log that a process may still have open is emptied instead.
    """
    found = [(path, path.stat()) for path in files_of(workspace, kind) if path.is_file()]
    cutoff = (now - keep).timestamp()
    old = [(path, stat) for path, stat in found if stat.st_mtime < cutoff and stat.st_size]
    if not dry_run:
        for path, _ in old:
            if path.suffix == ".log":
                path.write_bytes(b"")
            else:
                path.unlink(missing_ok=True)
    young = [stat.st_mtime for _, stat in found if stat.st_mtime >= cutoff]
    return Pruning(
        kind=kind,
        model=None,
        keep=span_text(keep),
        n=len(old),
        n_bytes=sum(stat.st_size for _, stat in old),
        oldest_at=datetime.fromtimestamp(min(young), UTC) if young else None,
    )


def files_of(workspace: Workspace, kind: str) -> Iterable[Path]:
    """Return the files of a class; see :data:`core.retention.CLASSES`."""
    match kind:
        case "spool":
            return sorted(workspace.spool.glob("*.*"))
        case "logs":
            return sorted(workspace.logs.glob("*.log*"))
        case "copies":
            return upgrade_copies(workspace)
        case _:
            return sorted(path for name in EXPORTS for path in (workspace.root / name).rglob("*"))


def upgrade_copies(workspace: Workspace) -> list[Path]:
    """Return the copies of the stores that were made before upgrades, oldest first."""
    found = [path for path in workspace.root.glob("*.before-*") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime)

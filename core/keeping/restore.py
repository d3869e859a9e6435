"""A workspace from a backup: checked first, then put in place in one step."""

import ctypes
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from core.config import Workspace
from core.errors import Conflict, IntegrityError, Unavailable
from core.keeping import archive
from core.keeping.archive import FOLDERS, Manifest
from core.keeping.backup import synced
from core.keeping.restore_note import RestoreNote, note_restore
from core.store import state_schema
from core.store.connection import check_file
from core.store.migrations import packaged
from core.store.sqlite_files import check_database, move_prefixes, revision_of

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RESTORING = ".restoring-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A workspace was restored; ``kept_aside`` is where the one that was there lies now."""

    workspace: Path
    manifest: Manifest
    kept_aside: Path | None


def restore(file: Path, workspace: Workspace, *, force: bool, now: datetime, actor: str) -> Restored:
    """Make a folder the workspace that a backup holds.

    Everything is unpacked beside it and checked: each file against the manifest, each database by its own
    means. Only then it takes its place, in one step; whatever interrupts this leaves the old or the new.

    Parameters
    ----------
    file
        The archive.
    workspace
        Where to; nobody may own it meanwhile.
    force
        Replace what is there, which is kept aside. Without it the folder must be empty or absent.
    actor
        Who restores; the restored workspace's ledger says so from its next start on.

    Raises
    ------
    Conflict
        The folder is not empty, or the backup is of a newer Trimtab.
    IntegrityError
        The archive is damaged or no backup.
    Unavailable
        The archive cannot be read, or the folder cannot be written.
    """
    root = workspace.root
    occupied = root.exists() and (not root.is_dir() or any(root.iterdir()))
    if occupied and not force:
        raise Conflict(
            f"{root} is not empty",
            hint="Choose another --workspace, or --force: what is there is kept aside.",
        )
    _tidy(root, now)
    fresh = root.with_name(f".{root.name}{_RESTORING}{uuid4().hex[:8]}")
    try:
        with archive.opened(file) as (found, manifest):
            _not_newer(file, manifest)
            root.parent.mkdir(parents=True, exist_ok=True)
            fresh.mkdir(mode=0o700)
            archive.unpack(found, manifest, file.name, fresh)
        _settle(Workspace(fresh), manifest, root)
        digest = manifest.files["state.db"].sha256
        note_restore(
            fresh,
            RestoreNote(backup_of=manifest.created_at, restored_at=now, state_sha256=digest, actor=actor),
        )
        aside = _aside(root, now) if occupied else None
        _put(fresh, root, aside)
    except OSError as error:
        raise Unavailable("The restore", error.strerror or str(error)) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Restored(workspace=root, manifest=manifest, kept_aside=aside)


def _aside(root: Path, now: datetime) -> Path:
    """Return a name that nothing has: two restores within a second keep two old workspaces."""
    first = root.with_name(f"{root.name}.before-restore-{now:%Y%m%dT%H%M%SZ}")
    names = (first, *(first.with_name(f"{first.name}-{number}") for number in range(2, 1_000)))
    return next(name for name in names if not name.exists())


def _tidy(root: Path, now: datetime) -> None:
    """Put away what an interrupted restore left beside a workspace.

    Half a new workspace goes. A whole old one, exchanged already and not yet renamed, is kept aside: only a
    workspace that was owned has a lock.
    """
    for left in root.parent.glob(f".{root.name}{_RESTORING}*"):
        if Workspace(left).lock.exists():
            kept = _aside(root, now)
            left.rename(kept.with_name(f"{kept.name}-{left.name[-8:]}"))
        else:
            shutil.rmtree(left, ignore_errors=True)


def _not_newer(file: Path, manifest: Manifest) -> None:
    known = max(step.number for step in packaged())
    if manifest.analytics_schema > known or manifest.state_schema not in state_schema.known_revisions():
        raise Conflict(
            f"{file.name} is of a newer Trimtab ({manifest.versions.get('trimtab', 'unknown')})",
            hint="Restore it with that version, or a newer one.",
        )


def _settle(fresh: Workspace, manifest: Manifest, root: Path) -> None:
    """Check the databases, make the folders, and let the registry find its artifacts where they now are."""
    for name in ("analytics.duckdb", "state.db", "trimtab.toml"):
        if name not in manifest.files:
            raise IntegrityError(f"The backup holds no {name}", hint="Take another backup.")
    check_file(fresh.analytics)
    check_database(fresh.state)
    if revision_of(fresh.state) != manifest.state_schema:
        raise IntegrityError("The backup's state store is not of the schema that its manifest says")
    if fresh.mlflow.exists():
        check_database(fresh.mlflow)
        old, new = Path(manifest.root), root
        if old != new:
            pairs = ((one / "artifacts", other / "artifacts") for one, other in ((old, new),))
            moved = {str(a): str(b) for a, b in pairs}
            moved |= {(old / "artifacts").as_uri(): (new / "artifacts").as_uri()}
            move_prefixes(fresh.mlflow, moved)
    for folder in (*FOLDERS, "spool", "logs"):
        (fresh.root / folder).mkdir(exist_ok=True, mode=0o700)
    for path in sorted(fresh.root.rglob("*"), reverse=True):
        synced(path)
    synced(fresh.root)


def _put(fresh: Path, root: Path, aside: Path | None) -> None:
    """Let the new folder take the place of the old, which goes aside."""
    if aside is None:
        # An empty folder gives way to another one; that is one step.
        fresh.rename(root)
    elif _exchange(fresh, root):
        fresh.rename(aside)
    else:
        root.rename(aside)
        fresh.rename(root)
    synced(root.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return bool(done == 0)

"""A backup: both stores, the own registry with its artifacts, settings and keys, as of one moment."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from core.config import Workspace
from core.errors import Unavailable
from core.keeping import archive
from core.keeping.archive import FOLDERS, Manifest
from core.store import AnalyticsStore, StateStore
from core.store.sqlite_files import copy_database

SUFFIX = ".backup"


@contextmanager
def backed_up(
    workspace: Workspace, store: AnalyticsStore, state: StateStore, *, now: datetime
) -> Iterator[tuple[Path, Manifest]]:
    """Give a verified archive of the workspace; it is gone when the block ends.

    The two stores are copied as of one moment: writers wait only while that moment is fixed and the small
    state store is copied, then go on while the rows are. The registry and its artifacts, which no judgement
    depends on, follow: artifacts last, because a version names those that are there already.

    Raises
    ------
    Unavailable
        The disk is full, or a database stays locked.
    """
    work = workspace.spool / f"{uuid4().hex}{SUFFIX}"
    try:
        with _disk_told():
            work.mkdir(parents=True, mode=0o700)
            target = work / "archive.zip"
            manifest = _write(workspace, store, state, work, target, now)
            archive.check(target)
        yield target, manifest
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(
    workspace: Workspace, store: AnalyticsStore, state: StateStore, work: Path, target: Path, now: datetime
) -> Manifest:
    analytics, copied_state = work / workspace.analytics.name, work / workspace.state.name
    store.copy_to(analytics, meanwhile=lambda: state.copy_to(copied_state))
    files = {workspace.analytics.name: analytics, workspace.state.name: copied_state}
    if workspace.mlflow.exists():
        files[workspace.mlflow.name] = work / workspace.mlflow.name
        copy_database(workspace.mlflow, files[workspace.mlflow.name])
    files[workspace.settings.name] = workspace.settings
    for name in FOLDERS:
        for path in sorted((workspace.root / name).rglob("*")):
            if path.is_file() and not path.is_symlink():
                files[path.relative_to(workspace.root).as_posix()] = path
    about = Manifest(
        created_at=now,
        root=str(workspace.root),
        analytics_schema=store.schema(),
        state_schema=state.schema(),
        versions={name: version(name) for name in ("trimtab", "duckdb", "mlflow", "sqlalchemy")}
        | {"python": platform.python_version()},
        files={},
    )
    return archive.write(target, files, about)


@contextmanager
def _disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = error.strerror or str(error)
        hint = "A backup needs about twice the size of the workspace for a while: see trimtab doctor."
        raise Unavailable("The backup", cause, hint=hint) from error


def synced(path: Path) -> None:
    """Have a file or folder on disk before what follows says that it is."""
    if sys.platform == "win32":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

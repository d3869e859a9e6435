"""SQLite files as files: copied while they are used, checked, and rid of what was deleted in them."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from core.errors import IntegrityError, Unavailable

_WAIT_S = 10.0


def copy_database(source: Path, target: Path) -> None:
    """Write a copy of a database as it is at one moment, whoever else is writing to it.

    Raises
    ------
    Unavailable
        It stays locked, or the disk is full.
    """
    try:
        with (
            closing(sqlite3.connect(source, timeout=_WAIT_S)) as one,
            closing(sqlite3.connect(target)) as other,
        ):
            one.backup(other)
            # A copy is one file: without this it would want a write-ahead log beside it.
            other.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise Unavailable(f"The database {source.name}", str(error)) from error


def check_database(path: Path) -> None:
    """Let SQLite look through a whole database; raises ``IntegrityError`` where it is not sound."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise IntegrityError(f"{path.name} is not a sound database: {error}") from error
    if found != "ok":
        raise IntegrityError(f"{path.name} is not a sound database: {found}")


def scrub_database(path: Path) -> None:
    """Write a database anew, so that nothing of deleted rows is left in it or in its log.

    Raises
    ------
    Unavailable
        Somebody else holds it.
    """
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise Unavailable(f"The database {path.name}", str(error)) from error


def revision_of(path: Path) -> str | None:
    """Return the Alembic revision of a database, None where it has none."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        known = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        found = database.execute("SELECT version_num FROM alembic_version").fetchone() if known else None
    return None if found is None else str(found[0])


def move_prefixes(path: Path, moved: Mapping[str, str]) -> None:
    """Write a new folder for an old one wherever a text of a database names a path below it, in every table.

    MLflow keeps the place of each artifact as an absolute address: a workspace that lies elsewhere now
    would not find them.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            for _, column, kind, *_ in database.execute(f'PRAGMA table_info("{table}")').fetchall():
                if not kind.upper().startswith(("VARCHAR", "TEXT", "CLOB", "CHAR")):
                    continue
                for old, new in moved.items():
                    database.execute(
                        f'UPDATE "{table}" SET "{column}" = replace("{column}", $old, $new)'
                        f' WHERE instr("{column}", $old)',
                        {"old": f"{old}/", "new": f"{new}/"},
                    )
        database.execute("COMMIT")

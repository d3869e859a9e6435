"""How the state store's database is opened, and what its driver's errors become."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from core.errors import Unavailable

BUSY_MS = 10_000
"""How long a statement waits for another process's transaction before it fails."""


def make_engine(url: str | Path | None) -> Engine:
    """Return an engine for a database URL or an SQLite file; None for a database in memory."""
    if url is None:
        engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    elif isinstance(url, str) and "://" in url:
        engine = sa.create_engine(url)
    else:
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(url)))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """Make SQLite durable, and its transactions begin when SQLAlchemy says so."""

    @sa.event.listens_for(engine, "connect")
    def _(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # A reader that turns writer half-way may fail at once; one that says so first just waits.
        writes = connection.get_execution_options().get("trimtab_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the driver raises into :class:`core.errors.Unavailable`."""
    try:
        yield
    except DBAPIError as error:
        hint = "Another process may hold it: see trimtab doctor." if "locked" in str(error.orig) else ""
        raise Unavailable("The state store", str(error.orig), hint=hint) from error

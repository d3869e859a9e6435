"""New stores of the tests are copies of one that was migrated, once a worker, by what the product runs.

Nearly every test opens both stores, and migrating empty ones step by step took many tests longer than what
they test. Tests of the stores themselves, and other processes, which open stores too, run all steps.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from core.store import migrations, state_schema
from core.store.migrations import Migration
from core.store.state_engine import make_engine

step_by_step = state_schema.upgrade
one_by_one = migrations.apply
packaged = migrations.packaged()


def use_copies(patch: pytest.MonkeyPatch) -> None:
    """Let empty stores be filled from a copy; all others are migrated as ever."""
    patch.setattr(state_schema, "upgrade", _upgrade)
    patch.setattr(migrations, "apply", _apply)


def use_none(patch: pytest.MonkeyPatch) -> None:
    """Let all stores be migrated step by step."""
    patch.setattr(state_schema, "upgrade", step_by_step)
    patch.setattr(migrations, "apply", one_by_one)


def _upgrade(engine: Engine, writing: Callable[[], Connection]) -> None:
    if engine.dialect.name != "sqlite":
        return step_by_step(engine, writing)
    with engine.connect() as connection:
        if sa.inspect(connection).get_table_names():
            return step_by_step(engine, writing)
        connection.rollback()
        # A connection of this thread's own: SQLite's serve no other.
        with closing(sqlite3.connect(":memory:")) as source:
            source.deserialize(_migrated_state())
            source.backup(connection.connection.driver_connection)
    return None


@cache
def _migrated_state() -> bytes:
    engine = make_engine(None)
    step_by_step(engine, lambda: engine.connect().execution_options(trimtab_writes=True))
    with closing(engine.raw_connection()) as connection:
        made = connection.driver_connection.serialize()
    engine.dispose()
    return made


def _apply(connection: duckdb.DuckDBPyConnection, steps: Sequence[Migration]) -> None:
    if tuple(steps) == packaged:
        connection.execute(_migrated_tables())
    else:
        one_by_one(connection, steps)


@cache
def _migrated_tables() -> str:
    """Return what makes the tables and views as they are after the last step, in one transaction."""
    with duckdb.connect(":memory:") as made:
        one_by_one(made, packaged)
        tables = made.execute("SELECT sql FROM duckdb_tables()").fetchall()
        views = made.execute("SELECT sql FROM duckdb_views() WHERE NOT internal").fetchall()
    steps = ", ".join(f"({step.number}, '{step.name}', now()::TIMESTAMP)" for step in packaged)
    making = "".join(text for (text,) in tables + views)
    return f"BEGIN; {making} INSERT INTO schema_version VALUES {steps}; COMMIT"

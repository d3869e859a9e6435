"""What other tests work on is what the migrations make."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from core.store import AnalyticsStore, StateStore
from tests import templates

IN_DUCKDB = (
    "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() ORDER BY ALL",
    "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL",
    "SELECT table_name, constraint_text FROM duckdb_constraints() ORDER BY ALL",
    "SELECT index_name, sql FROM duckdb_indexes() ORDER BY ALL",
    "SELECT sequence_name FROM duckdb_sequences() ORDER BY ALL",
    "SELECT type_name FROM duckdb_types() WHERE NOT internal ORDER BY ALL",
    "SELECT function_name, macro_definition FROM duckdb_functions() WHERE NOT internal ORDER BY ALL",
    "SELECT number, name FROM schema_version ORDER BY ALL",
)
IN_SQLITE = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2",
    "SELECT * FROM alembic_version",
    "PRAGMA journal_mode",
    "PRAGMA page_size",
    "PRAGMA integrity_check",
)


def analytics(path: Path) -> list[object]:
    store = AnalyticsStore.open(path)
    with store.reading() as cursor:
        found = [cursor.execute(question).fetchall() for question in IN_DUCKDB]
    store.close()
    return found


def state(path: Path) -> list[object]:
    store = StateStore.open(path)
    with store._reading() as connection:
        found = [[tuple(row) for row in connection.execute(sa.text(question))] for question in IN_SQLITE]
    store.close()
    return found


@pytest.mark.parametrize("contents", [analytics, state])
def test_a_copy_is_what_the_migrations_make(
    contents: Callable[[Path], list[object]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated = contents(tmp_path / "migrated")
    templates.use_copies(monkeypatch)
    assert contents(tmp_path / "copied") == migrated
    assert migrated[0]

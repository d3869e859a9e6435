"""Every SQL file says what it answers and holds on the schema that the migrations make."""

import re
from pathlib import Path

import duckdb
import pytest

from core.store import AnalyticsStore
from tests.house.project import ROOT, name_of, tracked

SQL = ROOT / "core" / "store" / "sql"
STATEMENTS = [path for path in tracked() if path.suffix == ".sql" and path.parent == SQL]
MIGRATIONS = [path for path in tracked() if path.suffix == ".sql" and path.parent == SQL / "migrations"]
# Temporary tables that some statements say they read.
MADE_BY_THE_CALLER = (
    "CREATE TEMP TABLE staged (row_id VARCHAR, event_at TIMESTAMP, fault INTEGER, content VARCHAR)",
    "CREATE TEMP TABLE retried (id VARCHAR, content VARCHAR, row_id VARCHAR, place BIGINT)",
    "CREATE TEMP TABLE persons (id VARCHAR)",
)
HEADER = ("Question:", "Parameters:", "Result:", "Grain:")
NOT_IN_A_LAKE = r"\b(PRIMARY\s+KEY|UNIQUE|CHECK\s*\(|ENUM|CREATE\s+INDEX|CREATE\s+SEQUENCE|ON\s+CONFLICT)\b"


def header(path: Path) -> str:
    """The comment lines that a file starts with."""
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    return "\n".join(lines[:end])


def without_comments(path: Path) -> str:
    return re.sub(r"--[^\n]*", "", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", STATEMENTS, ids=name_of)
def test_a_statement_starts_with_its_question(path: Path) -> None:
    missing = [word for word in HEADER if word not in header(path)]
    assert not missing


@pytest.mark.parametrize("path", MIGRATIONS, ids=name_of)
def test_a_migration_starts_with_what_it_is_for(path: Path) -> None:
    assert header(path)


@pytest.mark.parametrize("path", [*STATEMENTS, *MIGRATIONS], ids=name_of)
def test_the_schema_fits_a_lake_too(path: Path) -> None:
    assert not re.search(NOT_IN_A_LAKE, without_comments(path), re.IGNORECASE)


def test_no_two_migrations_share_a_number() -> None:
    numbers = [int(path.name.partition("_")[0]) for path in MIGRATIONS]
    assert min(numbers) == 1
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("path", STATEMENTS, ids=name_of)
def test_a_statement_runs_on_the_schema(path: Path) -> None:
    """With null for every parameter: DuckDB cannot PREPARE a MERGE, but it names what it cannot bind."""
    (only,) = duckdb.extract_statements(path.read_text(encoding="utf-8"))
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        for definition in MADE_BY_THE_CALLER:
            cursor.execute(definition)
        cursor.execute(only, dict.fromkeys(only.named_parameters))
    store.close()

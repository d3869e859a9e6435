"""Ids that have one number in common are different ids; older stores get the numbers when they are opened."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.logs import ids, ingest
from core.store import AnalyticsStore, migrations
from tests.ingest_desk import Desk
from tests.unit.logs.test_ingest import SPEC, counts, row

OpenDesk = Callable[[str], Desk]


@pytest.fixture
def colliding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every id has the same number."""
    for module in (ids, ingest):
        monkeypatch.setattr(module, "hash_of", lambda row_id: "7::UBIGINT")


@pytest.mark.usefixtures("colliding")
def test_rows_whose_ids_have_one_number_are_not_duplicates(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    assert counts(desk.send([row(1), row(2)])) == (2, 0, 0)
    assert counts(desk.send([row(2), row(3)])) == (1, 0, 1)
    assert desk.rows("row_id") == [("1",), ("2",), ("3",)]
    assert desk.value("SELECT count(DISTINCT id_hash) FROM {rows}") == 1


@pytest.mark.usefixtures("colliding")
def test_labels_whose_ids_have_one_number_are_told_apart(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, y=None), row(2, y=None), row(3, y=None)])
    assert counts(desk.label([{"id": 1, "y": 0}, {"id": 2, "y": 1}])) == (2, 0, 0)
    assert counts(desk.label([{"id": 1, "y": 0}, {"id": 2, "y": 0}, {"id": 3, "y": 0}])) == (2, 0, 1)
    assert desk.labels() == {"1": "0", "2": "0", "3": "0"}


def test_a_row_known_without_its_label_gets_it(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, y=None), row(2, y=1)])
    assert counts(desk.send([row(1, y=0), row(2, y=0), row(3, y=1)])) == (1, 0, 2)
    assert desk.labels() == {"1": "0", "2": "1", "3": "1"}


def test_an_older_store_gets_the_numbers(tmp_path: Path, open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1), row(2, y=None)])
    (step,) = (one for one in migrations.packaged() if one.is_for_each)
    path, tables = tmp_path / "older.duckdb", (desk.monitor.layout.rows, desk.monitor.layout.labels)
    older = AnalyticsStore.open(path)
    with older.writing() as cursor, desk.store.reading() as source:
        for table in tables:
            stored = source.execute(f"FROM {table}").to_arrow_table().drop_columns([ids.HASH])
            cursor.register("stored", stored)
            cursor.execute(f"CREATE TABLE {table} AS FROM stored")
        cursor.execute("DELETE FROM schema_version WHERE number = ?", [step.number])
    older.close()
    again = AnalyticsStore.open(path)
    with again.reading() as cursor, desk.store.reading() as source:
        for table in tables:
            numbers = f"SELECT row_id, {ids.HASH} FROM {table} ORDER BY row_id"
            found = cursor.execute(numbers).fetchall()
            assert found == source.execute(numbers).fetchall()
            assert found
    again.close()

import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest

from core.errors import InvalidInput
from tests.ingest_desk import Desk, file_of
from tests.unit.logs.test_ingest import counts

OpenDesk = Callable[[str], Desk]
SPEC = "{model: m, columns: {id: id}, features: {numeric: [x], categorical: [t]}, window: {rows: 5}}"


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (b"id,x,t\n1,2,a\n", [("1", 2.0, "a")]),
        (b"id,x,t\n1,2,a", [("1", 2.0, "a")]),
        (b"\xef\xbb\xbfid,x,t\r\n1,2,a\r\n", [("1", 2.0, "a")]),
        (b"id,x,t\r1,2,a\r3,4,b", [("1", 2.0, "a"), ("3", 4.0, "b")]),
        (b"\n\nid,x,t\n\n1,2,a\n\n", [("1", 2.0, "a")]),
        (b"id;x;t\n1;2;a,b\n", [("1", 2.0, "a,b")]),
        (b"id\tx\tt\n1\t2\ta\n", [("1", 2.0, "a")]),
        (b"t|x|id\na|2|1\n", [("1", 2.0, "a")]),
        (b'id, x ,"t"\n1,2,"a ""b"""\n', [("1", 2.0, 'a "b"')]),
        (b'id,x,t\n1,2,"a\nb"\n', [("1", 2.0, "a\nb")]),
        (b'"id","x","odd\nname",t\n1,2,3,a\n', [("1", 2.0, "a")]),
        (b"id,x,t\n1,NA,\n2,,NaN\n", [("1", None, None), ("2", None, None)]),
        (b"id,x,t\n1, 2 ,\xc3\xa9\n", [("1", 2.0, "é")]),
        (b"id,x,t", []),
        (b"id,x,t\n", []),
        (b"id,x,t\n\n \n", None),
        (b"id\n1\n\n2\n", [("1", None, None), ("2", None, None)]),
    ],
)
def test_csv_as_people_write_it(
    open_desk: OpenDesk, content: bytes, stored: list[tuple[object, ...]] | None
) -> None:
    desk = open_desk(SPEC)
    receipt = desk.send(content, "rows.csv")
    if stored is not None:
        assert counts(receipt) == (len(stored), 0, 0)
        assert desk.rows("row_id", "x", "t") == stored


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (b'{"id": 1}', [("1", None, None)]),
        (b'\n{"id": 1, "x": 2}\r\n  \r\n{"id": "b", "t": false}\n', [("1", 2.0, None), ("b", None, "0")]),
        (b'{"id": 1, "x": "3", "t": {"a": [1]}, "more": 5}', [("1", 3.0, '{"a":[1]}')]),
        (b'{"id": 1, "x": NaN, "t": ""}', [("1", float("nan"), None)]),
        (b'{"id": 12345678901234567890, "t": "a, \\"b\\""}', [("12345678901234567890", None, 'a, "b"')]),
    ],
)
def test_json_lines_as_programs_write_them(
    open_desk: OpenDesk, content: bytes, stored: list[tuple[object, ...]]
) -> None:
    desk = open_desk(SPEC)
    assert counts(desk.send(content, "rows.jsonl")) == (len(stored), 0, 0)
    assert repr(desk.rows("row_id", "x", "t")) == repr(stored)


@pytest.mark.parametrize(
    ("content", "ids"),
    [(b'[{"id": 1}, {"id": 2}]', 2), (b'{"rows": [{"id": 1}]}', 1), (b'{\n"id": 1}', 1), (b"[]", 0)],
)
def test_json_documents(open_desk: OpenDesk, content: bytes, ids: int) -> None:
    assert counts(open_desk(SPEC).send(content, "rows.json")) == (ids, 0, 0)


def test_odd_names_are_only_names(open_desk: OpenDesk) -> None:
    name = "a/b~c'\"; DROP TABLE x --"
    document = (
        f"{{model: m, columns: {{id: id}}, features: {{numeric: [{name!r}, X, x]}}, window: {{rows: 5}}}}"
    )
    desk = open_desk(document.replace("\\'", "''"))
    rows = [{"id": 1, name: 1.0, "x": 2.0, "X": 3.0}]
    for kind in ("csv", "json", "parquet", "arrow"):
        desk.send([{**rows[0], "id": kind}], f"rows.{kind}")
    assert desk.rows(name, "x", "X") == [(1.0, 2.0, 3.0)] * 4


@pytest.mark.parametrize(
    ("content", "name", "field", "message"),
    [
        (b"id,x,x\n1,2,3\n", "rows.csv", "x", "names several columns"),
        (b'id,x\n1,"2\n', "rows.csv", "file", "never ends"),
        (b"PAR1 and nothing more", "rows.parquet", "file", "cannot be read"),
        (b"\xff\xff\xff\xff\x10\x00\x00\x00broken", "rows.arrow", "file", "cannot be read"),
        (b"ARROW1\x00\x00broken", "rows.arrow", "file", "cannot be read"),
        (b'[{"id": 1}', "rows.json", "file", "is not JSON"),
        (b'[{"id": "\xff"}]', "rows.json", "file", "is not UTF-8 at byte 9"),
    ],
)
def test_files_that_cannot_be_read(
    open_desk: OpenDesk, content: bytes, name: str, field: str, message: str
) -> None:
    desk = open_desk(SPEC)
    with pytest.raises(InvalidInput, match=message) as caught:
        desk.send(content, name)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert problem.remedy
    assert str(desk.folder) not in str(caught.value)
    assert desk.rows("row_id") == []


def test_arrow_types_of_every_kind(open_desk: OpenDesk) -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    wide = pa.array([Decimal("1.50"), None], pa.decimal256(50, 2))
    columns = {
        "1.5": [
            pa.array([1.5, None], pa.float16()), pa.array([1.5, None], pa.float32()),
            wide, wide.cast(pa.decimal128(9, 2)),
        ],
        "a": [
            pa.array(["a", None], pa.large_string()), pa.array(["a", None], pa.string_view()),
            pa.array(["a", None], pa.binary()), pa.array(["a", None]).dictionary_encode(),
        ],
        "1": [
            pa.array([True, None]), pa.array([1, None], pa.uint64()), pa.array([1, None]).dictionary_encode(),
        ],
        "[1]": [pa.array([[1], None])],
        "2026-01-01 12:00:00": [pa.array([noon, None], pa.timestamp("s"))],
    }  # fmt: skip
    for text, arrays in columns.items():
        for array in arrays:
            desk = open_desk(SPEC)
            buffer = io.BytesIO()
            table = pa.table({"id": ["1", "2"], "t": array, "x": array})
            with pa.ipc.new_file(buffer, table.schema) as file:
                file.write_table(table)
            desk.send(buffer.getvalue(), "rows.arrow")
            stored = desk.rows("t", "x") or [(text, None)]
            assert {found for found, _ in stored} <= {text, None}
            assert desk.value("SELECT count(*) FROM {rows}") == (2 if text in ("1.5", "1") else 1)


def test_decimals_that_parquet_readers_get_wrong_are_refused(open_desk: OpenDesk) -> None:
    buffer = io.BytesIO()
    table = pa.table({"id": ["1"], "x": pa.array([Decimal("1.50")], pa.decimal256(50, 2))})
    pyarrow.parquet.write_table(table, buffer)
    with pytest.raises(InvalidInput, match="x: is decimal256"):
        open_desk(SPEC).send(buffer.getvalue(), "rows.parquet")


@pytest.mark.parametrize("kind", ["arrow", "parquet"])
def test_names_that_are_not_utf8(open_desk: OpenDesk, kind: str) -> None:
    content = file_of([{"id": 1, "name": 2}], kind).replace(b"name", b"\xa6ame")
    with pytest.raises(InvalidInput, match="cannot be read"):
        open_desk(SPEC).send(content, f"rows.{kind}")

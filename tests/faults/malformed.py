"""Malformed files by seed: a good file in some format, spoiled in one of many ways."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from tests.ingest_desk import FORMATS, file_of

SPEC = """
{model: m, task: binary,
 columns: {id: id, timestamp: at, prediction: yhat, score: p, label: y, latency_ms: ms},
 features: {numeric: [age, income], categorical: [plan]}, sensitive: [sex], window: {every: 1d}}
"""
WRONG: tuple[Any, ...] = (
    "", "x", "NaN", "Infinity", "-inf", "1e999", "1,5", "0x1F", "true", "\x00", "é" * 50, " ", "None",
    "1_000", "\u202e", "2026-02-30", "epoch", "99999999999999999999", None, True, -1, 0, 10**18, -1e308,
    float("nan"), float("inf"),
)  # fmt: skip
MIXED: tuple[Any, ...] = ([1, 2], {"a": {"b": None}}, [], {"a": 1}, [[[]]])


@dataclass(frozen=True, kw_only=True)
class Malformed:
    """A file, what was done to it, and how many rows it holds where that is certain."""

    content: bytes
    name: str
    spoiled: str
    n_rows: int | None


def good_rows(chance: Random, n: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{chance.getrandbits(64):x}", "at": f"2026-01-{chance.randint(1, 28):02}T12:00:00Z",
            "yhat": chance.randint(0, 1), "p": chance.random(), "y": chance.choice([0, 1, None]),
            "ms": chance.expovariate(0.1), "age": chance.uniform(18, 90), "income": chance.gauss(3e4, 1e4),
            "plan": chance.choice(["gold", "tin", None]), "sex": chance.choice("fm"),
        }
        for _ in range(n)
    ]  # fmt: skip


def malformed(seed: int) -> Malformed:
    """The malformed input of a seed, always the same."""
    chance = Random(seed)
    kind = FORMATS[seed % len(FORMATS)]
    spoil = SPOILERS[seed // len(FORMATS) % len(SPOILERS)]
    return spoil(chance, kind)


def _file(rows: list[dict[str, Any]], kind: str) -> bytes:
    if kind not in ("parquet", "arrow"):
        return file_of(rows, kind)
    # One type a column: what does not fit makes the whole column text, as a data frame would.
    columns = {}
    for name in rows[0]:
        values = [row.get(name) for row in rows]
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowException, OverflowError):
            columns[name] = pa.array([None if value is None else str(value) for value in values])
    table = pa.table(columns)
    buffer = io.BytesIO()
    if kind == "parquet":
        pyarrow.parquet.write_table(table, buffer)
    else:
        with pa.ipc.new_stream(buffer, table.schema) as stream:
            stream.write_table(table)
    return buffer.getvalue()


def wrong_values(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 6)
    for row in rows:
        row[chance.choice(list(row))] = chance.choice(WRONG)
    return Malformed(content=_file(rows, kind), name=f"x.{kind}", spoiled="wrong values", n_rows=len(rows))


def mixed_types(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 4)
    name = chance.choice(list(rows[0]))
    for row in rows:
        row[name] = chance.choice((*WRONG, *MIXED))
    return Malformed(content=_file(rows, kind), name=f"x.{kind}", spoiled=f"mixed types in {name}", n_rows=4)


def whole_wrong_column(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 5)
    name, value = chance.choice(list(rows[0])), chance.choice((*WRONG, *MIXED))
    content = _file([{**row, name: value} for row in rows], kind)
    return Malformed(content=content, name=f"x.{kind}", spoiled=f"{name} all {value!r}", n_rows=5)


def truncated(chance: Random, kind: str) -> Malformed:
    content = _file(good_rows(chance, 20), kind)
    cut = content[: chance.randrange(len(content))]
    return Malformed(content=cut, name=f"x.{kind}", spoiled="truncated", n_rows=None)


def flipped(chance: Random, kind: str) -> Malformed:
    content = bytearray(_file(good_rows(chance, 20), kind))
    for _ in range(chance.randint(1, 8)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return Malformed(content=bytes(content), name=f"x.{kind}", spoiled="flipped", n_rows=None)


def bad_utf8(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 5)
    if kind in ("parquet", "arrow"):
        plans = pa.array([b"gold", b"\xff\xfe", None, b"\xc3", b"ok"], pa.binary())
        table = pa.table({name: [row[name] for row in rows] for name in rows[0] if name != "plan"})
        table = table.append_column("plan", plans if chance.random() < 0.5 else plans.view(pa.string()))
        buffer = io.BytesIO()
        if kind == "parquet":
            pyarrow.parquet.write_table(table, buffer)
        else:
            with pa.ipc.new_stream(buffer, table.schema) as stream:
                stream.write_table(table)
        return Malformed(content=buffer.getvalue(), name=f"x.{kind}", spoiled="bad UTF-8", n_rows=5)
    content = _file(rows, kind).replace(b"gold", b"\xff\xfe").replace(b"tin", b"\xc3(")
    return Malformed(content=content, name=f"x.{kind}", spoiled="bad UTF-8", n_rows=5)


def missing_or_renamed(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 3)
    names = chance.sample(list(rows[0]), chance.randint(1, 9))
    rows = [{(name.upper() if name in names else name): value for name, value in row.items()} for row in rows]
    return Malformed(content=_file(rows, kind), name=f"x.{kind}", spoiled=f"renamed {names}", n_rows=3)


def twin_columns(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 3)
    name = chance.choice(list(rows[0]))
    if kind in ("json", "jsonl"):
        text = _file(rows, kind).decode().replace(f'"{name}":', f'"{name}": 1, "{name}":')
        return Malformed(content=text.encode(), name=f"x.{kind}", spoiled=f"{name} twice", n_rows=3)
    if kind == "csv":
        content = _file(rows, kind).replace(b"\n", f",{name}\n".encode(), 1)
        return Malformed(content=content, name="x.csv", spoiled=f"{name} twice", n_rows=3)
    columns = {column: [row[column] for row in rows] for column in rows[0]}
    arrays = [pa.array(values) for values in columns.values()] + [pa.array([1, 2, 3])]
    table = pa.Table.from_arrays(arrays, names=[*columns, name])
    buffer = io.BytesIO()
    if kind == "parquet":
        pyarrow.parquet.write_table(table, buffer)
    else:
        with pa.ipc.new_stream(buffer, table.schema) as stream:
            stream.write_table(table)
    return Malformed(content=buffer.getvalue(), name=f"x.{kind}", spoiled=f"{name} twice", n_rows=3)


def ragged(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 6)
    if kind == "csv":
        lines = _file(rows, kind).decode().splitlines()
        for place in chance.sample(range(1, 7), 3):
            lines[place] = chance.choice(
                [lines[place][: len(lines[place]) // 2], lines[place] + ",1,2", ",", "a b c"]
            )
        return Malformed(content="\n".join(lines).encode(), name="x.csv", spoiled="ragged", n_rows=6)
    if kind == "jsonl":
        lines = _file(rows, kind).decode().splitlines()
        for place in chance.sample(range(6), 3):
            lines[place] = chance.choice(
                [lines[place][:-5], "[1, 2]", "null", "{", "3", '"text"', "{}", "\x01", "}{"]
            )
        return Malformed(content="\n".join(lines).encode(), name="x.jsonl", spoiled="ragged", n_rows=6)
    rows = [{name: row[name] for name in chance.sample(list(row), chance.randint(1, 9))} for row in rows]
    content = _file([{**dict.fromkeys(("id", "at")), **row} for row in rows], kind)
    return Malformed(content=content, name=f"x.{kind}", spoiled="sparse", n_rows=6)


def nothing(chance: Random, kind: str) -> Malformed:
    content = chance.choice(
        [b"", b"\n", b"\x00", b" \r\n\r\n", b"\xef\xbb\xbf", b"[]", b"{}", b"null", b",", b'"', b"id,at"]
    )
    return Malformed(content=content, name=f"x.{kind}", spoiled="nothing", n_rows=None)


def another_format(chance: Random, kind: str) -> Malformed:
    other = chance.choice([one for one in FORMATS if one != kind])
    content = _file(good_rows(chance, 3), kind)
    return Malformed(content=content, name=f"x.{other}", spoiled="another format", n_rows=None)


def noise(chance: Random, kind: str) -> Malformed:
    head = {"parquet": b"PAR1", "arrow": b"ARROW1\0\0", "json": b"[", "jsonl": b'{"id": ', "csv": b"id,at\n"}[
        kind
    ]
    content = head + chance.randbytes(chance.randint(1, 3000)) + (b"PAR1" if kind == "parquet" else b"")
    return Malformed(content=content, name=f"x.{kind}", spoiled="noise", n_rows=None)


def wrong_times(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 5)
    for row in rows:
        row["at"] = chance.choice([
            "31/12/2025", "2025-12-31T25:00", "0000-00-00", "9999-12-31", "1850-01-01", "now", "", "12:00",
            "-1", "2026-01-01T00:00:00+99:00", "1767225600", "17672256000000000000000", "2026-W01-1", None,
        ])  # fmt: skip
    return Malformed(content=_file(rows, kind), name=f"x.{kind}", spoiled="wrong times", n_rows=5)


def very_wide(chance: Random, kind: str) -> Malformed:
    wide = {f"extra {i}": chance.choice(["a", None, 1.5]) for i in range(10_000)}
    rows = [{**row, **wide} for row in good_rows(chance, 2)]
    rows[0]["p"] = chance.choice([7, -1, "much", 0.5])
    return Malformed(content=_file(rows, kind), name=f"x.{kind}", spoiled="10,000 columns", n_rows=2)


def deep_or_huge(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 2)
    rows[0]["plan"] = chance.choice(["x" * 300_000, json.dumps([1] * 5000), "\n" * 1000, '"' * 10, "{" * 500])
    if kind in ("json", "jsonl"):
        nested: Any = 1
        for _ in range(chance.randint(50, 400)):
            nested = [nested]
        rows[1]["sex"] = nested
    return Malformed(content=_file(rows, kind), name=f"x.{kind}", spoiled="deep or huge", n_rows=2)


def repeated(chance: Random, kind: str) -> Malformed:
    rows = good_rows(chance, 3)
    rows += [dict(chance.choice(rows)) for _ in range(4)]
    rows[-1]["p"] = 3
    return Malformed(content=_file(rows, kind), name=f"x.{kind}", spoiled="repeated ids", n_rows=7)


SPOILERS: tuple[Callable[[Random, str], Malformed], ...] = (
    wrong_values, mixed_types, whole_wrong_column, truncated, flipped, bad_utf8, missing_or_renamed,
    twin_columns, ragged, nothing, another_format, noise, wrong_times, deep_or_huge, repeated,
    wrong_values, mixed_types, truncated, flipped, very_wide,
)  # fmt: skip

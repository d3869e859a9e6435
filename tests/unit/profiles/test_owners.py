"""Windows, versions and segments come back from the numbers by which rows are told apart."""

from collections import Counter

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.profiles.aggregates import category_counts
from core.profiles.owners import Owners
from core.profiles.relation import Relation

Row = tuple[int, str, int, str | None, str | None]

rows_of = st.lists(
    st.tuples(
        st.integers(-40, 400),
        st.sampled_from(["1", "2", "10", "unknown"]),
        st.integers(1, 5),
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["ok", " OK ", "timeout", None]),
    ),
    max_size=30,
)


def relation(rows: list[Row], cursor: duckdb.DuckDBPyConnection, *, segmented: bool) -> Relation:
    cursor.execute(
        "CREATE OR REPLACE TABLE made (w INTEGER, v VARCHAR, g INTEGER, x VARCHAR, status VARCHAR)"
    )
    if rows:
        cursor.executemany("INSERT INTO made VALUES (?, ?, ?, ?, ?)", rows)
    g = "r.g" if segmented else None
    return Relation(tables="made r", where="true", w="r.w", v="r.v", label="NULL", parameters={}, g=g)


@pytest.mark.parametrize("segmented", [False, True])
@given(rows=rows_of)
def test_counts_by_number_are_counts_by_owner(rows: list[Row], segmented: bool) -> None:
    with duckdb.connect() as cursor:
        made = relation(rows, cursor, segmented=segmented)
        owners = Owners.of(cursor, made)
        keys = [(w, v, g if segmented else 0) for w, v, g, _, _ in rows]
        assert dict(zip(owners.keys, owners.n, strict=True)) == Counter(keys)
        failed = Counter(key for key, row in zip(keys, rows, strict=True) if row[4] == "timeout")
        assert +Counter(dict(zip(owners.keys, owners.n_errors, strict=True))) == failed
        counted = category_counts(made, ["x"], owners)
        found = cursor.execute(
            f"SELECT w, v, {'g' if segmented else '0'}, value, n FROM ({counted})",
            dict(owners.parameters),
        ).fetchall()
        assert {row[:4]: row[4] for row in found} == Counter(
            (*key, row[3]) for key, row in zip(keys, rows, strict=True)
        )

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.logs.classes import canonical, canonical_sql

CONNECTION = duckdb.connect()


def in_sql(value: object, kind: str, family: str) -> object:
    query = f"SELECT {canonical_sql('x', family)} FROM (SELECT $x::{kind} AS x)"
    (found,) = CONNECTION.execute(query, {"x": value}).fetchone() or (None,)
    return found


@pytest.mark.parametrize(
    ("value", "kind", "family", "text"),
    [
        (1, "BIGINT", "whole", "1"),
        (1.0, "DOUBLE", "real", "1"),
        (True, "BOOLEAN", "flag", "1"),
        (False, "BOOLEAN", "flag", "0"),
        ("true", "VARCHAR", "text", "1"),
        ("FALSE", "VARCHAR", "text", "0"),
        ("1.0", "VARCHAR", "text", "1"),
        ("-0.0", "VARCHAR", "text", "0"),
        ("007", "VARCHAR", "text", "007"),
        ("1.50", "VARCHAR", "text", "1.50"),
        (0.5, "DOUBLE", "real", "0.5"),
        (-0.0, "DOUBLE", "real", "0"),
        (1e20, "DOUBLE", "real", "1e+20"),
        ("high", "VARCHAR", "text", "high"),
    ],
)
def test_one_class_has_one_text_in_python_and_sql(value: object, kind: str, family: str, text: str) -> None:
    assert canonical(value) == text
    assert in_sql(value, kind, family) == text


@pytest.mark.parametrize("value", [None, "", "nan", "NaN"])
def test_missing_text_is_no_class(value: str | None) -> None:
    assert in_sql(value, "VARCHAR", "text") is None


def test_nan_is_no_class() -> None:
    assert in_sql(float("nan"), "DOUBLE", "real") is None


def test_a_decimal_is_known_by_its_value() -> None:
    assert in_sql("2.00", "DECIMAL(9,2)", "decimal") == "2"
    assert in_sql("2.50", "DECIMAL(9,2)", "decimal") == "2.5"


@given(st.floats(allow_nan=False, allow_infinity=True))
def test_numbers_agree_with_sql(value: float) -> None:
    assert in_sql(value, "DOUBLE", "real") == canonical(value)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_texts_agree_with_sql(value: str) -> None:
    expected = None if value in ("", "nan", "NaN") else canonical(value)
    assert in_sql(value, "VARCHAR", "text") == expected


@given(st.text())
def test_a_canonical_text_is_canonical(value: str) -> None:
    assert canonical(canonical(value)) == canonical(value)

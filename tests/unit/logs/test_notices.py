"""Columns that a spec names and a file lacks: which are told, which are nobody's business."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.logs.notices import MOST, absent_columns
from core.logs.spec_file import parse_spec
from core.spec import Features
from tests.ingest_desk import FORMATS, Desk

SPEC = """
{model: m, task: binary, columns: {id: id, timestamp: at, prediction: yhat, score: p, label: repaid,
 latency_ms: ms, status: status}, features: {numeric: [income, age], categorical: [plan]}, sensitive: [sex],
 segments: [region], window: {every: 1d}}
"""
COLUMNS = ["id", "at", "yhat", "p", "repaid", "ms", "status", "income", "age", "plan", "sex", "region"]
ROW = {
    "id": 1, "at": "2026-01-01T00:00:00", "yhat": 1, "p": 0.5, "repaid": 1, "ms": 3.5, "status": "ok",
    "income": 1.5, "age": 40.5, "plan": "gold", "sex": "f", "region": "north",
}  # fmt: skip


def told(spec: str, names: list[str], kind: Any = "reference") -> list[str]:
    return [str(notice) for notice in absent_columns(parse_spec(spec), names, kind=kind)]


def renamed(**names: str | None) -> list[str]:
    """The columns with some renamed, or left out."""
    return [new for name in COLUMNS if (new := names.get(name, name)) is not None]


@pytest.mark.parametrize("kind", ["reference", "rows"])
def test_a_file_with_every_column_gives_no_notice(kind: str) -> None:
    assert told(SPEC, [*COLUMNS, "other"], kind) == []


@pytest.mark.parametrize(
    ("kind", "score", "feature"),
    [
        ("reference", "its drift cannot be judged", "its drift cannot be judged"),
        ("rows", "none of them has a score", "it counts as missing in each of them"),
    ],
)
def test_a_misspelt_column_is_told_with_what_follows_and_what_was_meant(
    kind: str, score: str, feature: str
) -> None:
    misspelt = SPEC.replace("[income, age]", "[incomee, age]").replace("score: p,", "score: scoree,")
    where = "the reference" if kind == "reference" else "these rows"
    assert told(misspelt, renamed(p="score"), kind) == [
        f"columns.score: 'scoree' is not in {where}, so {score} (did you mean score?)",
        f"features.numeric: 'incomee' is not in {where}, so {feature} (did you mean income?)",
    ]


@pytest.mark.parametrize("role", ["income", "plan", "yhat", "p", "region"])
def test_what_a_model_is_judged_by_is_told_wherever_it_is_absent(role: str) -> None:
    (line,) = told(SPEC, renamed(**{role: None}))
    assert f"'{role}'" in line
    assert line.endswith("(add it to the file, or mend the spec)")


@pytest.mark.parametrize("role", ["id", "at", "repaid", "ms", "status", "sex"])
def test_a_reference_may_lack_what_is_optional(role: str) -> None:
    assert told(SPEC, [*renamed(**{role: None}), "unrelated"]) == []


@pytest.mark.parametrize(
    ("role", "name"), [("repaid", "Repaid"), ("repaid", "repayed"), ("status", "statuss"), ("sex", "sexe")]
)
def test_an_optional_column_is_told_where_a_near_name_stands(role: str, name: str) -> None:
    (line,) = told(SPEC, renamed(**{role: name}))
    assert line.endswith(f"(did you mean {name}?)")


def test_rows_without_the_sensitive_column_are_told() -> None:
    (line,) = told(SPEC, renamed(sex="gender"), "rows")
    assert line.startswith("sensitive: 'sex' is not in these rows, so none of them belongs to a group of it")


def test_a_column_that_the_spec_speaks_of_is_never_what_was_meant() -> None:
    spec = SPEC.replace("[income, age]", "[income, age, income_2]")
    (line,) = told(spec, COLUMNS)
    assert "did you mean" not in line
    assert told(SPEC, [*renamed(status=None), "state"]) == []


def test_a_class_without_its_score_is_named_by_its_field() -> None:
    spec = "{model: m, task: multiclass, columns: {score: {low: p_low, high: p_high}}, window: {rows: 10}}"
    (line,) = told(spec, ["p_low"])
    assert line.startswith("columns.score.high: 'p_high' is not in the reference")


def test_a_column_of_two_roles_is_told_once() -> None:
    spec = SPEC.replace("sensitive: [sex]", "sensitive: [plan]")
    assert [line.split(":")[0] for line in told(spec, renamed(plan=None, sex=None))] == [
        "features.categorical"
    ]


def test_many_absent_columns_are_counted() -> None:
    spec = replace(parse_spec(SPEC), features=Features(numeric=tuple(f"f{i}" for i in range(1_500))))
    found = absent_columns(spec, COLUMNS, kind="reference")
    assert len(found) == MOST
    assert str(found[-1]) == "columns: 1,481 more columns are not in the file either"


# ---------------------------------------------------------------- on the way in


@pytest.mark.parametrize("kind", FORMATS)
def test_ingested_rows_tell_of_absent_columns_in_every_format(
    open_desk: Callable[[str], Desk], kind: str
) -> None:
    desk = open_desk(SPEC)
    assert desk.send([ROW, {**ROW, "id": 2}], f"rows.{kind}").notices == ()
    moved = {("incomee" if name == "income" else name): value for name, value in ROW.items()}
    receipt = desk.send([{**moved, "id": 3}, {**moved, "id": 4, "repaid": None}], f"rows.{kind}")
    assert (receipt.accepted, receipt.quarantined) == (2, 0)
    assert [(one.field, one.column, one.remedy) for one in receipt.notices] == [
        ("features.numeric", "income", "did you mean incomee?")
    ]


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_a_json_key_counts_as_there_where_it_is_null_or_comes_late(
    open_desk: Callable[[str], Desk], kind: str
) -> None:
    desk = open_desk(SPEC)
    late = {name: value for name, value in ROW.items() if name != "income"}
    rows = [{**late, "id": i, "plan": None} for i in range(1_100)] + [{**ROW, "id": 1_100, "plan": None}]
    receipt = desk.send(rows, f"rows.{kind}")
    assert (receipt.accepted, receipt.notices) == (1_101, ())


def test_text_that_is_no_row_at_all_gives_no_notice(open_desk: Callable[[str], Desk]) -> None:
    receipt = open_desk(SPEC).send(b"[1, 2]", "rows.json")
    assert (receipt.quarantined, receipt.notices) == (2, ())


def test_a_batch_sent_again_gives_the_same_notices(open_desk: Callable[[str], Desk]) -> None:
    desk = open_desk(SPEC.replace("income,", "incomee,"))
    first = desk.send([ROW], "rows.csv", batch_key="monday")
    assert [one.column for one in first.notices] == ["incomee"]
    assert desk.send([ROW], "rows.csv", batch_key="monday") == first


def test_labels_alone_give_no_notice(open_desk: Callable[[str], Desk]) -> None:
    desk = open_desk(SPEC)
    desk.send([ROW], "rows.csv")
    assert desk.label([{"id": 1, "repaid": 0}], "labels.csv").notices == ()

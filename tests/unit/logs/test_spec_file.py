import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Risk, Task
from core.errors import InvalidInput
from core.logs.durations import parse_duration
from core.logs.spec_file import parse_spec
from core.logs.where import parse_where
from core.spec import Condition, Features, TrainingRule, WindowRule

FULL = """
model: car-loan
version: "1"
task: binary
columns:
  id: id
  timestamp: timestamp
  prediction: y_pred
  score: y_pred_proba
  label: repaid
  latency_ms: latency_ms
  status: status
positive: 1
features: {numeric: [car_value], categorical: [salary_range]}
sensitive: [sex, race]
window: {every: 1d}
reference: {where: "period = 'reference'"}
label_delay: 30d
owner: credit-risk
unit: lending
region: north
risk: high
use_case: credit
on_call: "#credit"
runbook: "https://wiki/credit"
training: {source: registry}
policy: default
"""


def problems(document: str, **options: list[str]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse_spec(document, **options)
    return {problem.field: f"{problem.message} | {problem.remedy}" for problem in caught.value.problems}


def test_the_whole_spec() -> None:
    spec = parse_spec(FULL)
    assert (spec.model, spec.registry, spec.version, spec.task) == ("car-loan", "local", "1", Task.BINARY)
    assert spec.columns.id == "id"
    assert spec.columns.scores == {"1": "y_pred_proba"}
    assert spec.positive == "1"
    assert spec.features == Features(numeric=("car_value",), categorical=("salary_range",))
    assert spec.sensitive == ("sex", "race")
    assert spec.window == WindowRule(every=timedelta(days=1))
    assert spec.reference.where == (Condition(column="period", operator="=", value="reference"),)
    assert spec.label_delay == timedelta(days=30)
    assert (spec.owner, spec.unit, spec.region) == ("credit-risk", "lending", "north")
    assert spec.risk is Risk.HIGH
    assert spec.training == TrainingRule(source="registry")
    assert spec.text == FULL


def test_json_is_yaml() -> None:
    assert parse_spec(json.dumps({"model": "m", "window": {"rows": 5}})).window.rows == 5


def test_every_role_may_be_absent() -> None:
    spec = parse_spec("model: m")
    assert spec.columns.id is None
    assert spec.features is None
    assert spec.window == WindowRule(rows=5000)


def test_a_model_with_times_is_cut_into_days() -> None:
    assert parse_spec("{model: m, columns: {timestamp: at}}").window == WindowRule(every=timedelta(days=1))


def test_a_registry_before_the_name() -> None:
    spec = parse_spec("model: prod/m", registries=["local", "prod"])
    assert (spec.registry, spec.model) == ("prod", "m")


def test_all_problems_come_at_once() -> None:
    found = problems(
        "{model: m, taks: binary, task: binry, columns: {scor: p, id: 3}, window: {every: 1x, rows: 2},"
        " risk: hihg, label_delay: 3, reference: {where: 'x ='}, sensitive: sex, version: 1.10}"
    )
    assert set(found) == {
        "taks", "task", "columns.scor", "columns.id", "window", "window.every", "risk", "label_delay",
        "reference.where", "sensitive", "version",
    }  # fmt: skip
    assert "did you mean task?" in found["taks"]
    assert "did you mean binary?" in found["task"]
    assert "did you mean score?" in found["columns.scor"]
    assert "did you mean high?" in found["risk"]
    assert "put it in quotes" in found["version"]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("task: binary", "model"),
        ("[1, 2]", "document"),
        ("{model: m", "line 1, column 10"),
        ("{model: m, model: n}", "line 1, column 1"),
        ("{model: m, columns: 3}", "columns"),
        ("{model: prd/m}", "model"),
        ("{model: local/}", "model"),
        ("{model: m, columns: {label: y}}", "task"),
        ("{model: m, window: {every: 1d}}", "window.every"),
        ("{model: m, window: {rows: 0}}", "window.rows"),
        ("{model: m, window: {rows: true}}", "window.rows"),
        ("{model: m, columns: {timestamp: at}, window: {every: 0s}}", "window.every"),
        ("{model: m, reference: {first: 1d}}", "reference.first"),
        ("{model: m, columns: {timestamp: at}, reference: {first: 0}}", "reference.first"),
        ("{model: m, columns: {timestamp: at}, reference: {first: 1d, where: 'x = 1'}}", "reference"),
        ("{model: m, task: multiclass, columns: {score: p}}", "columns.score"),
        ("{model: m, task: regression, columns: {score: p}}", "columns.score"),
        ("{model: m, task: binary, columns: {score: {0: p}}}", "columns.score"),
        ("{model: m, task: regression, positive: 1}", "positive"),
        ("{model: m, task: binary, positive: [1]}", "positive"),
        ("{model: m, features: {numeric: [a], categorical: [a]}}", "features"),
        ("{model: m, features: {numeric: [a, a]}}", "features.numeric"),
        ("{model: m, task: binary, columns: {label: y}, features: {numeric: [y]}}", "features"),
        ("{model: m, sensitive: [no]}", "sensitive"),
        ("{model: m, training: {sauce: registry}}", "training.sauce"),
    ],
)
def test_what_a_spec_cannot_say(document: str, field: str) -> None:
    assert field in problems(document)


def test_positive_is_one_text_however_written() -> None:
    for written in ("1", "1.0", "true", "'1'"):
        assert parse_spec(f"{{model: m, task: binary, positive: {written}}}").positive == "1"


def test_binary_scores_by_class_keep_the_positive_one() -> None:
    spec = parse_spec("{model: m, task: binary, positive: yes, columns: {score: {true: p1, false: p0}}}")
    assert spec.columns.scores == {"1": "p1"}


def test_multiclass_scores() -> None:
    spec = parse_spec("{model: m, task: multiclass, columns: {score: {a: pa, 2.0: p2}}}")
    assert spec.columns.scores == {"a": "pa", "2": "p2"}


@given(st.text())
def test_any_text_is_a_spec_or_an_error(text: str) -> None:
    with suppress(InvalidInput):
        parse_spec(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1d", 86400), ("1d 12h", 129600), ("2w", 1209600), ("45s", 45), ("1.5h", 5400)]
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "1", "d", "1x", "-1d", "1d1", "99999999999w"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="is"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("period = 'reference'", [("period", "=", "reference")]),
        ("a >= 3 AND b != 'it''s'", [("a", ">=", 3.0), ("b", "!=", "it's")]),
        ('"odd name" < -1e3 and x == true', [("odd name", "<", -1000.0), ("x", "=", True)]),
        ("a<>0.5", [("a", "!=", 0.5)]),
    ],
)
def test_where(text: str, expected: list[tuple[str, str, object]]) -> None:
    assert [(one.column, one.operator, one.value) for one in parse_where(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a =",
        "a = b",
        "= 3",
        "a = 3 or b = 4",
        "a = 3 and",
        "a = 3; DROP TABLE x",
        "3 = a",
        "a = '",
        "a ? 3",
    ],
)
def test_no_where(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence differs by case
        parse_where(text)

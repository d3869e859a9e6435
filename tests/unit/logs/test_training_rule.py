"""How a spec says how to train: each mistake is told with its field and what to write instead."""

from datetime import timedelta

import pytest

from core.errors import InvalidInput
from core.logs.spec_file import parse_spec
from core.spec import TrainingRule

BASE = "{model: m, task: binary, columns: {score: p}, window: {rows: 100}, training: %s}"


def rule(text: str) -> TrainingRule:
    return parse_spec(BASE % text).training


@pytest.mark.parametrize(
    ("text", "way", "expected"),
    [
        ("{source: registry}", "source", {"source": "registry"}),
        ('{entry: "train:fit", path: lending}', "entry", {"entry": "train:fit", "path": "lending"}),
        ("{project: https://git.example/train}", "project", {"project": "https://git.example/train"}),
        ("{external: {deployment: airflow}}", "external", {"deployment": "airflow"}),
    ],
)
def test_the_four_ways(text: str, way: str, expected: dict[str, str]) -> None:
    found = rule(text)
    assert found.way == way
    assert {name: getattr(found, name) for name in expected} == expected


def test_without_training_there_is_no_way() -> None:
    assert parse_spec("{model: m, task: binary, columns: {score: p}}").training == TrainingRule()
    assert TrainingRule().way is None


def test_limits_trigger_and_budget() -> None:
    found = rule(
        "{source: registry, time: 30m, memory_mb: 4096, held_out: 0.1,"
        " trigger: {every: 30d, verdict: FAIL}, budget: {per_month: 2}}"
    )
    assert (found.time_s, found.memory_mb, found.held_out) == (1800, 4096, 0.1)
    assert (found.every, found.verdict, found.per_month) == (timedelta(days=30), "FAIL", 2)


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("registry", "training", "is not a mapping"),
        ("{}", "training", "does not say how"),
        ("{source: registry, entry: 'a:b'}", "training", "has both source and entry"),
        ("{sourec: registry}", "training.sourec", "did you mean source?"),
        ("{source: mlflow}", "training.source", "'mlflow' is not known"),
        ("{entry: train.fit}", "training.entry", "is not module:function"),
        ("{entry: 3}", "training.entry", "is not text"),
        ("{entry: 'a:b', path: ../../etc}", "training.path", "leads elsewhere"),
        ("{entry: 'a:b', path: /etc}", "training.path", "leads elsewhere"),
        ("{source: registry, path: x}", "training.path", "means nothing without entry"),
        ("{external: airflow}", "training.external", "is not a mapping"),
        ("{external: {dag: x}}", "training.external.dag", "is not a key"),
        ("{external: {}}", "training.external.deployment", "is missing"),
        ("{source: registry, time: 30}", "training.time", "is not a duration"),
        ("{source: registry, time: 1s}", "training.time", "under 10 seconds"),
        ("{source: registry, memory_mb: 20}", "training.memory_mb", "from 200 on"),
        ("{source: registry, memory_mb: true}", "training.memory_mb", "from 200 on"),
        ("{source: registry, held_out: 0.9}", "training.held_out", "0.05 to 0.5"),
        ("{source: registry, trigger: {every: 1m}}", "training.trigger.every", "under an hour"),
        ("{source: registry, trigger: {verdict: PASS}}", "training.trigger.verdict", "cannot be waited for"),
        ("{source: registry, trigger: daily}", "training.trigger", "is not a mapping"),
        ("{source: registry, budget: {per_month: 0}}", "training.budget.per_month", "positive whole number"),
    ],
)
def test_mistakes_name_field_and_remedy(text: str, field: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rule(text)
    found = [problem for problem in caught.value.problems if problem.field == field]
    assert found
    assert any(said in f"{problem.message} {problem.remedy}" for problem in found)
    assert all(problem.remedy for problem in caught.value.problems)

"""A 95 % interval holds the truth in 93 to 97 of 100 samples, of 100, 500 and 5,000 rows."""

import csv

import pytest

from core.domain import Task
from core.metrics.catalogue import CATALOGUE
from tests.every_metric import measured_of
from tests.simulation.cases import CASES, ELSEWHERE, EXCEPTIONS, SIZES
from tests.simulation.write import TARGET

WITHOUT = "no interval: "


@pytest.mark.parametrize("task", list(Task))
def test_whatever_has_a_value_has_an_interval_or_says_why_not(task: Task) -> None:
    bare = {one.metric for one in measured_of(task) if one.value is not None and one.low is None}
    methods = {one.name: one.method for one in CATALOGUE}
    assert not {name for name in bare if WITHOUT not in methods[name]}


def test_every_interval_has_draws_that_test_it() -> None:
    sure = {one.name for one in CATALOGUE if WITHOUT not in one.method}
    assert sure - ELSEWHERE.keys() == CASES.keys()


@pytest.mark.slow
@pytest.mark.parametrize("metric", CASES)
def test_the_interval_holds_the_truth(metric: str) -> None:
    for population, case in CASES[metric].items():
        for n in SIZES:
            drawn = case(n)
            if drawn.exists:
                assert documented()[metric, population, str(n)] == pytest.approx(drawn.coverage, abs=0.002)
            meets = drawn.exists and 0.93 <= drawn.coverage <= 0.97
            assert meets or (metric, population, n) in EXCEPTIONS, (population, n, drawn.coverage)


def test_exceptions_are_in_the_documents_table() -> None:
    assert {metric for metric, _, _ in EXCEPTIONS} <= {metric for metric, _, _ in documented()}


def documented() -> dict[tuple[str, str, str], float]:
    """What the documents say was measured."""
    with TARGET.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return {
        (line["metric"], line["population"], n): float(line[n])
        for line in lines
        for n in map(str, SIZES)
        if line[n] != "–"
    }

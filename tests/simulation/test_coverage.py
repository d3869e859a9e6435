"""A 95 % interval holds the truth in 93 to 97 of 100 samples, of 100, 500 and 5,000 rows."""

import csv

import numpy as np
import pytest

from core.domain import Task
from core.metrics.catalogue import CATALOGUE
from tests.campaigns import more
from tests.every_metric import measured_of
from tests.simulation.cases import CASES, ELSEWHERE, EXCEPTIONS, SIZES, SMALL_ONLY, WRITTEN_ONLY
from tests.simulation.write import TARGET

WITHOUT = "no interval: "
ESTIMATED = " (estimated)"


@pytest.mark.parametrize("task", list(Task))
def test_whatever_has_a_value_has_an_interval_or_says_why_not(task: Task) -> None:
    bare = {one.metric for one in measured_of(task) if one.value is not None and one.low is None}
    methods = {one.name: one.method for one in CATALOGUE}
    assert not {name for name in bare if WITHOUT not in methods[name]}


def test_every_interval_has_draws_that_test_it() -> None:
    sure = {one.name for one in CATALOGUE if WITHOUT not in one.method}
    assert sure - ELSEWHERE.keys() == {name for name in CASES if ESTIMATED not in name}
    estimated = {one.metric for task in Task for one in measured_of(task) if one.estimated}
    assert estimated == {name.removesuffix(ESTIMATED) for name in CASES if ESTIMATED in name}


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [SIZES[:1], *more((SIZES[1:],))], ids=["small", "large"])
@pytest.mark.parametrize("metric", CASES)
def test_the_interval_holds_the_truth(metric: str, sizes: tuple[int, ...]) -> None:
    for population, case in CASES[metric].items():
        for n in set(sizes) & set(sizes_of(population)):
            drawn = case(n)
            if drawn.exists:
                assert documented()[metric, population, str(n)] == pytest.approx(drawn.coverage, abs=0.002)
            meets = drawn.exists and 0.93 <= drawn.coverage <= 0.97
            assert meets or (metric, population, n) in EXCEPTIONS, (population, n, drawn.coverage)


def test_what_is_documented_holds_or_is_an_exception() -> None:
    cells = {(metric, population, str(n)) for metric in CASES for population in CASES[metric] for n in SIZES}
    apart = {(metric, population, str(n)) for metric, population, n in EXCEPTIONS}
    held = {cell for cell, coverage in documented().items() if 0.93 <= coverage <= 0.97}
    assert held == cells - apart


@pytest.mark.slow
@pytest.mark.parametrize("population", ["none, two classes", "none, three classes", "none, numbers"])
def test_no_concept_drift_is_found_where_there_is_none(population: str) -> None:
    drawn = CASES["concept_drift"][population](100)
    assert drawn.p_values is not None
    assert np.mean(drawn.p_values < 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(drawn.p_values < 0.5) == pytest.approx(0.5, abs=0.06)


def sizes_of(population: str) -> tuple[int, ...]:
    """Rows of the samples that are drawn anew here."""
    if population in WRITTEN_ONLY:
        return ()
    return SIZES[:1] if population in SMALL_ONLY else SIZES


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

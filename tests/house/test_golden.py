"""Every number is held to an independent source, explained where it is computed, and listed in the documents.

A new metric conforms by: a function named as the metric (or an entry in ``COMPUTED_BY``) whose docstring
tells unit or range, what "no change" is, what is said without rows, and a line ``Source:``; a golden test
marked with :func:`tests.golden.provenance.golden`; a unit or property test that names it; and
``python -m core.metrics.document``.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from functools import cache

import pytest

import core.metrics
from core.domain import Role, Task
from core.metrics.catalogue import BY_NAME, CATALOGUE
from core.metrics.catalogue_fairness import FAIRNESS
from tests.every_metric import measured_of
from tests.golden.provenance import REGISTRY
from tests.house.project import ROOT, sources

ESTIMATED = " (estimated)"

COMPUTED_BY: dict[str, tuple[str, ...]] = {
    "mcc": ("performance.matthews",),
    "label_rate": ("column_drift.label_rate",),
    **{f"label_delay_p{q}": ("labels.label_delay",) for q in (50, 95)},
    **{f"latency_p{q}": ("latency.percentile",) for q in (50, 95, 99)},
    # The rates of groups, the gaps between all of them, and those to a chosen group.
    **{
        metric.name: (f"fairness.mean_{metric.name.rpartition('_')[2]}",)
        if metric.name.startswith(("mae_", "bias_"))
        else ("fairness.difference",)
        if metric.name.endswith("_difference")
        else ("fairness.ratio",)
        if metric.name.endswith("_ratio")
        else ("fairness.rate",)
        for metric in FAIRNESS
        if metric.roles == (Role.FAIRNESS,)
    },
}
"""Metrics whose function has another name, or that several functions compute: its module.function."""

# What a docstring says where there is nothing to count: any of these words.
WITHOUT_ROWS = re.compile(
    r"no rows|no labels|no value|empty|n = 0|no traffic|no latency|under two|meaningless|0 is a value|"
    r"under \w+ rows|no scores?\b",
    re.IGNORECASE,
)
MEANING = re.compile(r"\brange\b|\bunit\b|\bms\b", re.IGNORECASE)
NO_CHANGE = re.compile(
    r"no change|chance|\balike\b|reference's|unbiased|calibrated|always saying", re.IGNORECASE
)


@cache
def golden_tests() -> dict[str, set[tuple[str, str]]]:
    """The registry after every golden test module has been imported."""
    for path in sorted((ROOT / "tests" / "golden").glob("test_*.py")):
        importlib.import_module(f"tests.golden.{path.stem}")
    return REGISTRY


@cache
def functions() -> dict[str, Callable[..., object]]:
    """Public functions of core.metrics, by module.function."""
    modules = {
        info.name: importlib.import_module(f"core.metrics.{info.name}")
        for info in pkgutil.iter_modules(core.metrics.__path__)
    }
    return {
        f"{short}.{name}": found
        for short, module in modules.items()
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__ and not name.startswith("_")
    }


def computing(metric: str) -> list[tuple[str, Callable[..., object]]]:
    """The functions that compute a metric: those of its name, unless COMPUTED_BY says otherwise."""
    if metric in COMPUTED_BY:
        return [(name, functions()[name]) for name in COMPUTED_BY[metric]]
    return [(name, one) for name, one in functions().items() if name.rpartition(".")[2] == metric]


def test_every_metric_has_a_golden_case() -> None:
    assert not {name for name in BY_NAME if name not in golden_tests()}


@pytest.mark.parametrize("task", list(Task))
def test_every_estimate_has_a_golden_case(task: Task) -> None:
    estimates = {one.metric for one in measured_of(task) if one.estimated}
    assert not {name for name in estimates if name + ESTIMATED not in golden_tests()}


def test_golden_cases_speak_of_metrics_that_exist() -> None:
    assert not {name for name in golden_tests() if name.removesuffix(ESTIMATED) not in BY_NAME}


@pytest.mark.parametrize("metric", [metric.name for metric in CATALOGUE])
def test_the_function_of_every_metric_explains_it(metric: str) -> None:
    found = computing(metric)
    assert found, f"no function of core.metrics is named {metric}; see COMPUTED_BY"
    for name, function in found:
        text = inspect.getdoc(function) or ""
        assert "Source: " in text, f"{name}: where does the formula come from (a line 'Source: …')"
        assert WITHOUT_ROWS.search(text), f"{name}: what is said where there are no rows"
        assert MEANING.search(text), f"{name}: its unit or range"
        assert NO_CHANGE.search(text), f"{name}: what no change looks like"


@pytest.mark.parametrize("metric", [metric.name for metric in CATALOGUE])
def test_every_metric_is_named_by_a_unit_or_property_test(metric: str) -> None:
    names = {metric, *(name.rpartition(".")[2] for name, _ in computing(metric))}
    assert names & _words_of_tests(), f"no test in tests/unit/metrics or tests/property names {names}"


def test_every_metric_has_its_row_in_the_documents() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert not [metric.name for metric in CATALOGUE if f"`{metric.name}`" not in page]


@cache
def _words_of_tests() -> frozenset[str]:
    folders = {"unit/metrics", "property"}
    texts = [
        path.read_text(encoding="utf-8")
        for path in sources("tests")
        if path.parent.relative_to(ROOT / "tests").as_posix() in folders
    ]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))

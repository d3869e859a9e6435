"""Intervals that depend on how many rows or groups there are: percentiles, farthest groups, errors."""

import numpy as np
import pytest
from scipy import stats

from core.metrics import intervals, regression
from core.metrics.fairness import difference, ratio
from core.metrics.latency import of_values
from core.metrics.outcomes import Scored
from core.metrics.performance import average_precision
from core.metrics.regression import Errors


@pytest.mark.parametrize(("groups", "rates"), [(2, 1), (3, 1), (3, 2), (12, 2)])
def test_farthest_groups_are_studentized_ranges(groups: int, rates: int) -> None:
    expected = stats.studentized_range.ppf(0.95 ** (1 / rates), groups, np.inf) / np.sqrt(2)
    assert intervals.range_limit(groups, rates) == pytest.approx(expected, abs=1e-3)


def test_the_farthest_of_many_equal_groups_are_not_sure_to_differ() -> None:
    hits, rows = np.array([30.0, 40, 41, 42, 43, 44, 48]), np.full(7, 100.0)
    two = (hits[[0, -1]], rows[[0, -1]])
    assert difference([two]).low > 0
    assert ratio([two]).high < 1
    assert difference([(hits, rows)]).low == 0
    assert ratio([(hits, rows)]).high == 1


@pytest.mark.parametrize(("q", "n"), [(0.5, 6), (0.95, 72), (0.99, 368)])
def test_percentiles_have_an_interval_from_so_many_rows_on(q: float, n: int) -> None:
    values = np.arange(1.0, n + 1)
    found = of_values(values, q)
    assert found.low is not None
    assert found.low <= found.value <= found.high
    assert of_values(values[:-1], q).low is None


def test_correlations_stay_inside() -> None:
    for r in (-1.0, -0.99, 0.0, 0.7, 1.0):
        low, high = intervals.on_fisher_scale(r, 0.05, 50)
        assert -1 <= low <= r <= high <= 1


def errors_of(prediction: np.ndarray, label: np.ndarray) -> Errors:
    e = prediction - label
    return Errors(
        n=len(e), total=e.sum(), absolute=abs(e).sum(), squares=(e * e).sum(), label_total=label.sum(),
        label_absolute=abs(label).sum(), label_squares=(label * label).sum(),
    )  # fmt: skip


def test_a_ratio_of_means_has_the_bootstraps_interval() -> None:
    rng = np.random.default_rng(2)
    label = rng.gamma(2, 10, 800)
    prediction = label + rng.normal(1, 3, 800)
    found = regression.wape(errors_of(prediction, label))
    again = [
        regression.wape(errors_of(prediction[rows], label[rows])).value
        for rows in rng.integers(0, 800, (1_000, 800))
    ]
    width = np.subtract(*np.quantile(again, [0.975, 0.025]))
    assert found.high - found.low == pytest.approx(width, rel=0.15)


def test_perfect_predictions_are_sure() -> None:
    label = np.linspace(1, 9, 50)
    exact = regression.wape(errors_of(label, label))
    assert (exact.low, exact.value, exact.high) == (0.0, 0.0, 0.0)


def test_average_precision_is_silent_under_ten_positives() -> None:
    def scored(n_positive: int) -> Scored:
        scores, hit = np.arange(1.0, 41) / 41, np.arange(40) >= 40 - n_positive
        hit[[5, 12]], hit[[-1, -2]] = True, False
        sides = [power * side for power in (np.ones(40), scores, scores**2) for side in (hit, ~hit)]
        return Scored(*(side.astype(float) for side in sides))

    assert average_precision(scored(9)).low is None
    enough = average_precision(scored(10))
    assert enough.low is not None
    assert enough.low < enough.value < enough.high


def test_a_rate_that_is_unsure_widens_the_worst_ratio() -> None:
    sure = (np.array([900.0, 780.0]), np.array([1000.0, 1000.0]))
    unsure = (np.array([6.0, 6.0]), np.array([30.0, 30.0]))
    alone, both = ratio([sure]), ratio([sure, unsure])
    assert alone.value == both.value
    assert both.low < 0.6 < alone.low


def test_groups_that_are_about_as_far_out_move_the_lower_bound() -> None:
    rows = np.full(4, 400.0)
    apart = difference([(np.array([120.0, 160, 160, 240]), rows)])
    tied = difference([(np.array([120.0, 122, 238, 240]), rows)])
    assert apart.value == tied.value
    assert 0 < tied.low < apart.low

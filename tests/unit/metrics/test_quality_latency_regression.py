"""Rates, latencies and regression errors against NumPy, scipy and scikit-learn on the rows themselves."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from core.domain import LATENCY_EDGES_MS, Measurement, Role, Task
from core.metrics import latency, quality, regression
from core.metrics.measure import measure
from core.metrics.regression import Errors
from tests.builders import Table, numeric_of, profile_of, reference_of, spec_of


def errors(prediction: np.ndarray, label: np.ndarray) -> dict[str, Measurement]:
    rows = Table(prediction=prediction, label=label)
    spec = spec_of(rows, task=Task.REGRESSION)
    reference = reference_of(rows, spec)
    found = measure(profile_of(rows, reference, spec), reference, spec, None)
    return {one.metric: one for one in found if one.role is Role.PERFORMANCE}


def test_errors_are_scikit_learns() -> None:
    rng = np.random.default_rng(31)
    label = rng.gamma(2, 50, 500)
    prediction = label * rng.normal(1.05, 0.2, 500)
    found = errors(prediction, label)
    assert found["mae"].value == pytest.approx(sk.mean_absolute_error(label, prediction))
    assert found["rmse"].value == pytest.approx(sk.root_mean_squared_error(label, prediction))
    assert found["r2"].value == pytest.approx(sk.r2_score(label, prediction))
    assert found["bias"].value == pytest.approx((prediction - label).mean())
    assert found["wape"].value == pytest.approx(np.abs(prediction - label).sum() / np.abs(label).sum())
    interval = stats.ttest_1samp(prediction - label, 0).confidence_interval(0.95)
    assert (found["bias"].low, found["bias"].high) == pytest.approx((interval.low, interval.high))


def test_rows_without_both_numbers_are_left_out() -> None:
    found = errors(np.array([1.0, np.nan, 3.0, 5.0]), np.array([2.0, 2.0, np.nan, 5.0]))
    assert (found["mae"].value, found["mae"].n) == (0.5, 2)


def test_squared_and_relative_errors_have_intervals() -> None:
    rng = np.random.default_rng(32)
    label = 1e6 + rng.gamma(2, 50, 400)
    found = errors(label + rng.normal(0, 20, 400), label)
    for metric in ("mse", "rmse", "mape", "r2"):
        one = found[metric]
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.value < one.high
    assert found["rmse"].low == pytest.approx(np.sqrt(found["mse"].low or 0))
    assert found["r2"].value == pytest.approx(0.92, abs=0.03)


def test_labels_of_zero_have_no_relative_error() -> None:
    found = errors(np.array([1.0, 2.0, 5.0]), np.array([0.0, 4.0, 4.0]))
    assert found["mape"].value == pytest.approx((0.5 + 0.25) / 2)
    assert found["mape"].n == 2
    assert errors(np.array([1.0, 2.0]), np.zeros(2))["mape"].reason == "constant"


@pytest.mark.slow
@pytest.mark.parametrize("n", [100, 500, 5000])
def test_intervals_of_squared_errors_hold_the_truth(n: int) -> None:
    """Errors and labels of a normal distribution: MSE 4, R² 1 − 4 / 25."""
    rng = np.random.default_rng(33)
    held = {"mse": 0, "rmse": 0, "r2": 0}
    draws = 1000
    for _ in range(draws):
        label = rng.normal(50, 5, n)
        error = rng.normal(0, 2, n)
        sums = Errors(
            n=n,
            total=float(error.sum()),
            absolute=float(np.abs(error).sum()),
            squares=float((error**2).sum()),
            label_total=float(label.sum()),
            label_absolute=float(np.abs(label).sum()),
            label_squares=float((label**2).sum()),
        )
        moments = regression.moments_of(label + error, label, 48.0)
        for metric, truth in (("mse", 4.0), ("rmse", 2.0), ("r2", 1 - 4 / 25)):
            found = getattr(regression, metric)(sums, moments)
            held[metric] += found.low <= truth <= found.high
    for metric, count in held.items():
        assert 0.93 <= count / draws <= 0.97, metric


def test_labels_that_do_not_vary() -> None:
    found = errors(np.array([1.0, 2.0]), np.array([3.0, 3.0]))
    assert found["r2"].reason == "constant"
    assert errors(np.array([1.0, 2.0]), np.zeros(2))["wape"].reason == "constant"


def test_one_error_has_no_interval() -> None:
    found = errors(np.array([1.0]), np.array([3.0]))
    assert (found["mae"].value, found["mae"].low) == (2.0, None)


def test_no_errors_at_all() -> None:
    nothing = Errors(
        n=0, total=0.0, absolute=0.0, squares=0.0, label_total=0.0, label_absolute=0.0, label_squares=0.0
    )
    for metric in (regression.mae, regression.rmse, regression.bias, regression.wape, regression.r2):
        assert metric(nothing).reason == "no labels yet"


@pytest.mark.parametrize("q", [0.5, 0.95, 0.99])
def test_latency_percentiles_are_within_a_bin(q: float) -> None:
    values = np.random.default_rng(32).lognormal(4, 1, 3000)
    found = latency.percentile(numeric_of(values, LATENCY_EDGES_MS), q)
    expected = np.quantile(values, q, method="inverted_cdf")
    assert found.value == pytest.approx(expected, rel=0.06)
    exact = latency.of_values(values, q)
    assert exact.value == expected
    assert exact.low is not None
    assert exact.high is not None
    assert exact.low < expected < exact.high


def test_latency_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(33)
    truth = float(np.exp(4 + stats.norm.ppf(0.95)))
    readings = [latency.of_values(rng.lognormal(4, 1, 400), 0.95) for _ in range(1500)]
    held = [one.low <= truth <= one.high for one in readings]  # type: ignore[operator]
    assert 0.93 <= np.mean(held) <= 0.98


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0, 0.0], [5e7], [1e-9, 1e9], [np.nan, 3.0]])
def test_odd_latencies_stay_within_what_was_seen(values: list[float]) -> None:
    seen = np.array(values)
    for q in (0.5, 0.99):
        found = latency.percentile(numeric_of(seen, LATENCY_EDGES_MS), q)
        assert found.value is not None
        assert np.nanmin(seen) <= found.value <= np.nanmax(seen)


def test_no_latency() -> None:
    nothing = numeric_of(np.array([np.nan, np.nan]), LATENCY_EDGES_MS)
    assert latency.percentile(nothing, 0.5).reason == "not enough data"
    assert latency.of_values(np.array([np.nan]), 0.5).reason == "not enough data"


def test_rates_are_tested_against_the_reference() -> None:
    found = quality.rate(30, 100, (45, 120))
    expected = stats.chi2_contingency([[30, 70], [45, 75]], correction=False).pvalue
    assert found.p_value == pytest.approx(expected)
    assert found.n_reference == 120
    assert quality.rate(1, 4, (0, 0)).n_reference is None
    assert quality.rate(0, 0, (1, 4)).reason == "no traffic"


def test_out_of_range_without_edges_on_the_extremes() -> None:
    before = numeric_of(np.linspace(0, 10, 101), (2.0, 8.0))
    now = numeric_of(np.array([-3.0, 1.0, 5.0, 9.0]), (2.0, 8.0))
    # The lower bin holds values inside and outside: only the least is known to be outside.
    assert quality.out_of_range_rate(now, before, (2.0, 8.0)).value == 0.25


def test_out_of_range_needs_values_on_both_sides() -> None:
    none, some = numeric_of(np.array([np.nan]), (1.0,)), numeric_of(np.array([1.0]), (1.0,))
    assert quality.out_of_range_rate(none, some, (1.0,)).reason == "not enough data"
    assert quality.out_of_range_rate(some, none, ()).reason == "no reference"
    assert quality.out_of_range_rate(some, None, ()).reason == "no reference"
    assert quality.out_of_range_rate(numeric_of(np.array([]), (1.0,)), some, (1.0,)).reason == "no traffic"

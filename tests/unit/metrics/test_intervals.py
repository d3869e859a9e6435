"""Intervals against scipy and scikit-learn, and what they promise: to hold the truth 95 times in 100."""

import numpy as np
import pytest
from scipy import stats

from core.metrics import intervals


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 10), (5, 10), (10, 10), (37, 1000)])
def test_wilson_is_scipys(hits: int, n: int) -> None:
    expected = stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert intervals.wilson(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_mean_is_students() -> None:
    values = np.array([3.0, 5.0, 4.0, 9.0, 1.0])
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = intervals.mean(values.sum(), (values**2).sum(), len(values))
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("n", [0, 1])
def test_a_mean_of_one_row_has_no_interval(n: int) -> None:
    assert intervals.mean(1.0 * n, 1.0 * n, n) is None


def test_ratio_is_scipys_relative_risk() -> None:
    expected = stats.contingency.relative_risk(40, 100, 50, 120).confidence_interval(0.95)
    assert intervals.ratio(40, 100, 50, 120) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize("pair", [(0, 10, 5, 10), (5, 10, 0, 10), (0, 10, 0, 10), (10, 10, 10, 10)])
def test_extreme_proportions_have_finite_intervals(pair: tuple[int, int, int, int]) -> None:
    for interval in (intervals.ratio(*pair), intervals.difference(*pair)):
        assert interval is not None
        assert np.isfinite(interval).all()


def test_empty_samples_have_none() -> None:
    assert intervals.wilson(0, 0) is None
    assert intervals.ratio(0, 0, 1, 2) is None
    assert intervals.difference(1, 2, 0, 0) is None
    assert intervals.two_proportions(1, 2, 0, 0) is None
    assert intervals.delong(np.zeros(3), np.ones(3)) is None


def test_two_proportions_is_the_chi_squared_test() -> None:
    expected = stats.chi2_contingency([[30, 70], [45, 75]], correction=False).pvalue
    assert intervals.two_proportions(30, 100, 45, 120) == pytest.approx(expected, abs=1e-12)


def test_two_proportions_of_the_same_nothing_do_not_differ() -> None:
    assert intervals.two_proportions(0, 10, 0, 20) == 1.0


def test_delong_by_the_definition() -> None:
    rng = np.random.default_rng(3)
    positive, negative = rng.integers(2, 9, size=40), rng.integers(0, 7, size=60)
    wins = (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)
    expected = np.sqrt(wins.mean(axis=1).var(ddof=1) / 40 + wins.mean(axis=0).var(ddof=1) / 60)
    bins = np.arange(10)
    found = intervals.delong(
        np.bincount(positive, minlength=10)[bins].astype(float),
        np.bincount(negative, minlength=10)[bins].astype(float),
    )
    assert found == pytest.approx((wins.mean(), expected), abs=1e-12)


def test_the_error_of_a_share_is_the_binomial_error() -> None:
    error = intervals.error_of(lambda c: c[..., 0] / c.sum(axis=-1), np.array([120.0, 280.0, 0.0]))
    assert error == pytest.approx(np.sqrt(0.3 * 0.7 / 400), rel=1e-6)


def test_logit_intervals_stay_inside_and_hold_the_value() -> None:
    for p, error in ((0.999, 0.01), (0.5, 0.6), (1e-6, 1e-3)):
        interval = intervals.on_logit_scale(p, error, 50)
        assert interval is not None
        assert 0 <= interval[0] <= p <= interval[1] <= 1


def _covered(interval: intervals.Interval | None, truth: float) -> bool:
    return interval is not None and interval[0] <= truth <= interval[1]


def test_coverage_of_proportions() -> None:
    rng = np.random.default_rng(11)
    for n, p in ((30, 0.1), (100, 0.5), (500, 0.97)):
        held = [_covered(intervals.wilson(hits, n), p) for hits in rng.binomial(n, p, size=2000)]
        assert 0.93 <= np.mean(held) <= 0.98


def test_coverage_of_differences_and_ratios() -> None:
    rng = np.random.default_rng(12)
    p, q = 0.3, 0.4
    pairs = zip(rng.binomial(150, p, size=1500), rng.binomial(120, q, size=1500), strict=True)
    found = [
        (
            _covered(intervals.difference(a, 150, b, 120), p - q),
            _covered(intervals.ratio(a, 150, b, 120), p / q),
        )
        for a, b in pairs
    ]
    assert all(0.935 <= share <= 0.97 for share in np.mean(found, axis=0))


def test_coverage_of_the_auc() -> None:
    """Normal scores a distance d apart have AUC Φ(d/√2)."""
    rng = np.random.default_rng(13)
    distance, held = 2.0, []
    truth = stats.norm.cdf(distance / np.sqrt(2))
    for _ in range(800):
        positive, negative = rng.normal(distance, 1, size=40), rng.normal(0, 1, size=80)
        order = np.argsort(np.concatenate([positive, negative]))
        is_positive = (order < 40).astype(float)
        found = intervals.delong(is_positive, 1 - is_positive)
        assert found is not None
        held.append(_covered(intervals.on_logit_scale(*found, 40), truth))
    assert 0.93 <= np.mean(held) <= 0.975

"""Distances and tests against scipy, an independent source."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from core.metrics import drift


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def shares(rng: np.random.Generator, k: int = 12) -> tuple[np.ndarray, np.ndarray]:
    return rng.dirichlet(np.ones(k)), rng.dirichlet(np.ones(k))


def test_jensen_shannon_is_scipys_with_base_two(rng: np.random.Generator) -> None:
    p, q = shares(rng)
    assert drift.jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-12)


def test_jensen_shannon_with_empty_bins() -> None:
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.0, 0.5])
    assert drift.jensen_shannon(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-12)


def test_psi_is_both_relative_entropies(rng: np.random.Generator) -> None:
    p, q = shares(rng)
    p, q = np.maximum(p, 1e-3), np.maximum(q, 1e-3)
    p, q = p / p.sum(), q / q.sum()
    assert drift.psi(p, q) == pytest.approx(stats.entropy(p, q) + stats.entropy(q, p), abs=1e-12)


def test_psi_of_an_empty_bin_is_finite() -> None:
    found = float(drift.psi(np.array([1.0, 0.0]), np.array([0.9, 0.1])))
    assert found == pytest.approx((0.1 - 1e-4) * np.log(0.1 / 1e-4) - 0.1 * np.log(0.9), abs=1e-12)


def test_distances_of_counts_by_hand() -> None:
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.3, 0.2])
    assert drift.total_variation(p, q) == pytest.approx(0.3)
    assert drift.l_infinity(p, q) == pytest.approx(0.3)
    expected = np.sqrt((np.sqrt(0.5) - np.sqrt(0.2)) ** 2)
    assert drift.hellinger(p, q) == pytest.approx(expected)


@pytest.mark.parametrize(
    "name", ["psi", "jensen_shannon", "hellinger", "total_variation", "l_infinity", "ks"]
)
def test_distances_take_any_leading_axes(name: str, rng: np.random.Generator) -> None:
    distance = getattr(drift, name)
    p, q = rng.dirichlet(np.ones(5), size=(1, 3)), rng.dirichlet(np.ones(5), size=(4, 3))
    together = distance(p, q)
    assert together.shape == (4, 3)
    assert together[2, 1] == pytest.approx(float(distance(p[0, 1], q[2, 1])))
    assert distance(p, p) == pytest.approx(np.zeros((1, 3)), abs=1e-12)


def test_ks_is_scipys(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=400), rng.normal(0.2, 1.3, size=300)
    values = np.unique(np.concatenate([a, b]))
    p = np.array([(a == value).mean() for value in values])
    q = np.array([(b == value).mean() for value in values])
    assert drift.ks(p, q) == pytest.approx(stats.ks_2samp(a, b).statistic, abs=1e-12)


@pytest.mark.parametrize(("n_reference", "n"), [(10_000, 50), (10_000, 500), (200, 200), (50_000, 5_000)])
def test_ks_p_value_is_near_scipys_where_verdicts_are_made(n_reference: int, n: int) -> None:
    effective = n_reference * n / (n_reference + n)
    for p in (0.1, 0.05, 0.01, 0.001):
        distance = stats.kstwo.isf(p, round(effective))
        found = float(drift.ks_p_value(np.array(distance), np.array(float(n_reference)), np.array(float(n))))
        assert found == pytest.approx(p, rel=0.05)


def test_ks_p_value_of_nothing() -> None:
    assert float(drift.ks_p_value(np.array(0.0), np.array(0.0), np.array(0.0))) == 1.0


def test_chi_squared_is_scipys(rng: np.random.Generator) -> None:
    before, now = np.array([500.0, 300.0, 150.0, 50.0]), np.array([210.0, 190.0, 70.0, 30.0])
    value, p = drift.chi_squared(before, now)
    expected = stats.chi2_contingency(np.stack([before, now]), correction=False)
    assert (float(value), float(p)) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-12)


def test_chi_squared_pools_what_is_rare() -> None:
    # Of 100 rows the last two expect 1 and 1: together still under 5, so they join the second.
    before, now = np.array([800.0, 180.0, 10.0, 10.0]), np.array([80.0, 15.0, 3.0, 2.0])
    value, p = drift.chi_squared(before, now)
    expected = stats.chi2_contingency([[800, 200], [80, 20]], correction=False)
    assert (float(value), float(p)) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-12)


def test_one_new_value_in_a_small_window_is_no_alarm() -> None:
    _, p = drift.chi_squared(np.array([6000.0, 4000.0, 0.0]), np.array([30.0, 19.0, 1.0]))
    assert p > 0.5


def test_a_new_value_in_many_rows_is_an_alarm() -> None:
    # Its rows came out of the second category: pooled with it, nothing would be seen.
    _, p = drift.chi_squared(np.array([25_000.0, 25_000.0, 0.0]), np.array([2500.0, 1000.0, 1500.0]))
    assert p < 1e-6


def test_two_sparse_bins_get_fishers_exact_test() -> None:
    _, p = drift.chi_squared(np.array([990.0, 10.0]), np.array([46.0, 4.0]))
    assert float(p) == pytest.approx(stats.fisher_exact([[990, 10], [46, 4]]).pvalue, rel=1e-9)


def test_a_constant_that_broke_is_seen() -> None:
    value, p = drift.chi_squared(np.array([1000.0, 0.0]), np.array([50.0, 10.0]))
    assert value > 100
    assert p < 1e-9


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([0.0, 0.0], [0.0, 0.0]),
        ([10.0, 0.0], [0.0, 0.0]),
        ([10.0, 0.0], [5.0, 0.0]),
        ([0.0, 0.0], [3.0, 4.0]),
    ],
)
def test_nothing_to_compare_is_no_difference(before: list[float], now: list[float]) -> None:
    value, p = drift.chi_squared(np.array(before), np.array(now))
    assert (float(value), float(p)) == (0.0, 1.0)


def test_chi_squared_keeps_its_level(rng: np.random.Generator) -> None:
    """With skewed categories and small windows, at most nominal false alarms (and not far fewer)."""
    for k, n in ((2, 50), (10, 50), (30, 200)):
        chances = np.sort(rng.dirichlet(np.full(k, 0.7)))[::-1]
        before = rng.multinomial(10_000, chances, size=4000).astype(float)
        now = rng.multinomial(n, chances, size=4000).astype(float)
        _, p = drift.chi_squared(before, now)
        assert (p < 0.05).mean() < 0.065
        assert (p < 0.01).mean() < 0.018


def test_shares_of_nothing_are_nothing() -> None:
    assert drift.shares(np.zeros((2, 3))).tolist() == [[0.0] * 3] * 2

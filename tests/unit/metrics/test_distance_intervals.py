"""Intervals of distances: what they hold for equal, for different, for empty and for wide samples."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from core.domain import CategoricalProfile
from core.metrics import distance_intervals, drift, gap_intervals, inversion
from core.metrics.category_columns import CategoricalColumns
from core.metrics.compared import coarse_bounds

ON_COUNTS: dict[str, Callable[[np.ndarray, np.ndarray], inversion.Bounds]] = {
    "psi": distance_intervals.of_psi,
    "jensen_shannon": distance_intervals.of_jensen_shannon,
    "hellinger": distance_intervals.of_hellinger,
    "total_variation": gap_intervals.of_total_variation,
    "l_infinity": gap_intervals.of_l_infinity,
}
EVEN = np.full(10, 1_000.0)
TILTED = np.array([30.0, 40, 50, 60, 80, 100, 120, 140, 180, 200])


@pytest.mark.parametrize("name", ON_COUNTS)
def test_equal_samples_start_at_nothing(name: str) -> None:
    low, high = ON_COUNTS[name](EVEN, EVEN / 10)
    assert low == 0
    assert 0 < high < 0.12


@pytest.mark.parametrize("name", ON_COUNTS)
def test_a_sure_difference_is_held_between_two_sides(name: str) -> None:
    distance = getattr(drift, name)(drift.shares(EVEN), drift.shares(TILTED))
    low, high = ON_COUNTS[name](EVEN, TILTED)
    assert 0 < low < distance < high


@pytest.mark.parametrize("name", ON_COUNTS)
def test_more_rows_are_surer(name: str) -> None:
    widths = [np.subtract(*ON_COUNTS[name](EVEN * 10, TILTED * size)[::-1]) for size in (1, 4, 16)]
    assert widths[0] > widths[1] > widths[2]


@pytest.mark.parametrize("name", ON_COUNTS)
def test_strange_counts_have_finite_bounds(name: str) -> None:
    reference = np.array([[0.0, 0, 0], [5, 0, 0], [1, 1, 1], [9, 0, 3], [1e9, 1, 0]])
    current = np.array([[[0.0, 0, 0], [7, 0, 0], [0, 0, 1], [0, 4, 0], [1, 0, 0]]])
    low, high = ON_COUNTS[name](reference, current)
    assert low.shape == high.shape == (1, 5)
    assert np.isfinite(low).all()
    assert np.isfinite(high).all()
    assert (low <= high + 1e-9).all()


def test_chi_squared_expects_its_degrees_of_freedom_at_no_change() -> None:
    low, high = distance_intervals.of_chi_squared(EVEN, EVEN / 10)
    assert low == 9
    assert high > 9


def test_noncentral_bounds_are_scipys() -> None:
    degrees = np.array([1.0, 9.0, 60.0])
    x = stats.chi2.ppf(0.999, degrees) * 3
    low, high = inversion.noncentral(x, degrees)
    assert stats.ncx2.sf(x, degrees, low) == pytest.approx([0.025] * 3, abs=0.006)
    assert stats.ncx2.cdf(x, degrees, high) == pytest.approx([0.025] * 3, abs=0.006)


def test_two_bins_differ_when_two_proportions_do() -> None:
    reference = np.array([500.0, 500.0])
    for hits in (58, 59, 61, 62):
        current = np.array([hits, 100.0 - hits])
        p = stats.chi2_contingency([reference, current], correction=False).pvalue
        for name, interval in ON_COUNTS.items():
            assert (interval(reference, current)[0] > 0) == (p < 0.05), (name, hits)


def test_ks_starts_at_nothing_unless_the_test_rejects() -> None:
    p, q = drift.shares(np.full(60, 1.0)), drift.shares(np.linspace(0.9, 1.1, 60))
    sizes = np.array(10_000.0), np.array(300.0)
    low, high = gap_intervals.of_ks(p, q, *sizes)
    assert low == 0
    assert high > drift.ks(p, q)
    steep = drift.shares(np.linspace(0.5, 1.5, 60))
    low, high = gap_intervals.of_ks(p, steep, *sizes)
    assert 0 < low < drift.ks(p, steep) < high


def test_wide_and_narrow_columns_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(0)
    sizes = (2, 3, 40, 300)
    before = [rng.multinomial(5_000, np.full(k, 1 / k)) for k in sizes]
    now = [rng.multinomial(400, np.full(k, 1 / k)) for k in sizes]

    def profile(counts: np.ndarray, other: int) -> CategoricalProfile:
        listed = tuple(counts.tolist())
        return CategoricalProfile(n=int(counts.sum()) + other, n_null=0, counts=listed, n_other=other)

    basis = CategoricalColumns.of([str(k) for k in sizes], [profile(one, 0) for one in before])
    together = basis.compare([[profile(one, 3) for one in now]]).bounds
    for place, (a, b) in enumerate(zip(before, now, strict=True)):
        alone = coarse_bounds(np.append(a, 0.0), np.append(b, 3.0))
        for name in ("jensen_shannon", "total_variation", "l_infinity", "hellinger"):
            for whole, part in zip(together[name], alone[name], strict=True):
                assert whole[0, place] == pytest.approx(float(part), rel=0.02, abs=0.003)


@pytest.mark.parametrize("n", [1, inversion.FEW, inversion.FEW + 1])
def test_several_halvings_at_once_end_where_single_ones_do(n: int) -> None:
    rng = np.random.default_rng(n)
    target, upper = rng.random(n) * 2, 1 + rng.random(n)
    found = inversion.root(lambda x: x**3 - target, np.zeros(n), upper)
    for one, wanted in enumerate(target):
        low, high = 0.0, upper[one]
        for _ in range(inversion.STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if middle**3 > wanted else (middle, high)
        assert found[one] == pytest.approx((low + high) / 2, rel=1e-12)

"""Binned distances against exact ones from scipy: the stated bounds of the profile path."""

import numpy as np
import pytest
from scipy import stats

from core.domain import Measurement, Role
from core.metrics.measure import constant_columns, measure
from tests.builders import Table, profile_of, reference_of, spec_of


def compare(before: np.ndarray, now: np.ndarray) -> dict[str, Measurement]:
    """Measure one column; texts are categorical."""
    kind = "categorical" if before.dtype == object else "numeric"
    reference_rows = Table(**{kind: {"x": before}})
    spec = spec_of(reference_rows)
    reference = reference_of(reference_rows, spec)
    profile = profile_of(Table(**{kind: {"x": now}}), reference, spec)
    return {one.metric: one for one in measure(profile, reference, spec, None) if one.role is Role.FEATURE}


SHAPES = {
    "normal": lambda rng, n, shift: rng.normal(shift, 1 + shift / 2, n),
    "lognormal": lambda rng, n, shift: rng.lognormal(shift, 1, n),
    "gamma": lambda rng, n, shift: rng.gamma(2, 1 + shift, n),
    "uniform": lambda rng, n, shift: rng.uniform(shift, 1 + shift, n),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("shift", [0.0, 0.1, 0.5])
def test_smooth_columns_are_within_the_stated_bounds(shape: str, shift: float) -> None:
    rng = np.random.default_rng(21)
    before, now = SHAPES[shape](rng, 20_000, 0.0), SHAPES[shape](rng, 5_000, shift)
    found = compare(before, now)
    exact = stats.ks_2samp(before, now)
    assert found["ks"].value is not None
    assert found["wasserstein"].value is not None
    assert -0.004 <= found["ks"].value - exact.statistic <= 1e-9
    distance = stats.wasserstein_distance(before, now) / before.std()
    assert found["wasserstein"].value == pytest.approx(distance, abs=0.012, rel=0.03)


def test_few_values_are_exact() -> None:
    rng = np.random.default_rng(22)
    before, now = rng.poisson(3, 4000).astype(float), rng.poisson(3.4, 900).astype(float)
    now[:5] = 40.0  # far outside the reference: its place is known from the window's own extreme
    found = compare(before, now[now < 40])
    assert found["ks"].value == pytest.approx(stats.ks_2samp(before, now[now < 40]).statistic, abs=1e-12)
    inside = now[(now <= before.max()) & (now >= before.min())]
    found = compare(before, inside)
    expected = stats.wasserstein_distance(before, inside) / before.std()
    assert found["wasserstein"].value == pytest.approx(expected, abs=1e-9)


def test_values_between_edges_are_not_taken_for_edges() -> None:
    # 90 % zeros and a smooth tail: few edges, but the tail's rows lie between them.
    rng = np.random.default_rng(23)
    before, now = (
        np.where(rng.random(n) < 0.9, 0.0, rng.exponential(s, n)) for n, s in ((20_000, 1), (5_000, 2))
    )
    found = compare(before, now)
    expected = stats.wasserstein_distance(before, now) / before.std()
    assert found["wasserstein"].value == pytest.approx(expected, abs=0.01)


def test_a_large_mean_with_a_small_spread_keeps_its_spread() -> None:
    rng = np.random.default_rng(24)
    before = 1.7e9 + rng.normal(0, 100.0, 5000)
    found = compare(before, before + 100.0)
    assert found["wasserstein"].value == pytest.approx(1.0, abs=0.05)


def test_psi_takes_deciles() -> None:
    rng = np.random.default_rng(25)
    before, now = rng.normal(size=10_000), rng.normal(0.3, 1, 2000)
    cuts = np.quantile(before, np.arange(1, 10) / 10, method="inverted_cdf")
    p = np.bincount(np.searchsorted(cuts, before), minlength=10) / 10_000
    q = np.bincount(np.searchsorted(cuts, now), minlength=10) / 2000
    assert compare(before, now)["psi"].value == pytest.approx(
        float(((q - p) * np.log(q / p)).sum()), abs=1e-9
    )


def test_psi_pools_rare_categories() -> None:
    before = np.array(["a"] * 600 + ["b"] * 395 + ["c"] * 3 + ["d"] * 2, dtype=object)
    now = np.array(["a"] * 50 + ["b"] * 40 + ["d"] * 4 + ["new"] * 6, dtype=object)
    p, q = np.array([0.6, 0.395, 0.005]), np.array([0.5, 0.4, 0.1])
    assert compare(before, now)["psi"].value == pytest.approx(
        float(((q - p) * np.log(q / p)).sum()), abs=1e-12
    )


def test_categories_are_those_of_scipy() -> None:
    before = np.array(["a"] * 500 + ["b"] * 300 + ["c"] * 200, dtype=object)
    now = np.array(["c"] * 60 + ["b"] * 40 + ["a"] * 100, dtype=object)
    found = compare(before, now)
    expected = stats.chi2_contingency([[500, 300, 200], [100, 40, 60]], correction=False)
    assert found["chi_squared"].value == pytest.approx(expected.statistic)
    assert found["chi_squared"].p_value == pytest.approx(expected.pvalue)
    assert found["l_infinity"].value == pytest.approx(0.1)
    assert (found["chi_squared"].n, found["chi_squared"].n_reference) == (200, 1000)


def test_only_tests_carry_p_values() -> None:
    rng = np.random.default_rng(26)
    found = compare(rng.normal(size=500), rng.normal(size=100))
    assert {metric for metric, one in found.items() if one.p_value is not None} == {
        "ks", "missing_rate", "out_of_range_rate"
    }  # fmt: skip


def test_nulls_and_infinities_are_not_drift() -> None:
    rng = np.random.default_rng(27)
    before = rng.normal(size=5000)
    now = np.concatenate([before[:1000], np.full(500, np.nan), np.full(200, np.inf)])
    found = compare(before, now)
    assert found["ks"].n == 1000
    assert found["ks"].value is not None
    assert found["ks"].value < 0.05
    assert found["missing_rate"].value == pytest.approx(700 / 1700)


@pytest.mark.parametrize("now", [[7.0] * 50, [7.0] * 40 + [8.0] * 10, [7.0] * 40 + [6.0] * 10])
def test_a_constant_column_moves_by_what_is_new(now: list[float]) -> None:
    found = compare(np.full(1000, 7.0), np.array(now))
    assert found["ks"].value == pytest.approx(sum(value != 7.0 for value in now) / 50)
    assert found["wasserstein"].reason == "constant"
    assert found["psi"].value is not None
    assert (found["psi"].value > 1e-12) == (found["ks"].value > 0)


def test_constant_columns_are_known() -> None:
    rows = Table(
        numeric={"one": np.full(9, 2.0), "many": np.arange(9.0), "none": np.full(9, np.nan)},
        categorical={
            "a": np.array(["x"] * 8 + [None], dtype=object),
            "b": np.array(["x", "y", "y"] * 3, dtype=object),
            "null": np.array([None] * 9, dtype=object),
        },
    )
    assert constant_columns(reference_of(rows, spec_of(rows))) == {"one", "a"}


def test_values_out_of_range_are_counted() -> None:
    before = np.arange(1000.0)
    found = compare(before, np.array([-5.0, -1.0, 0.0, 500.0, 999.0, 1000.0, np.nan]))
    assert found["out_of_range_rate"].value == pytest.approx(3 / 6)
    assert found["out_of_range_rate"].n == 6


def test_new_categories_are_counted() -> None:
    before = np.array(["a", "b"] * 50, dtype=object)
    found = compare(before, np.array(["a", "c", "c", None], dtype=object))
    assert found["new_category_rate"].value == pytest.approx(2 / 3)
    assert found["missing_rate"].value == pytest.approx(1 / 4)
    assert found["new_category_rate"].p_value is not None

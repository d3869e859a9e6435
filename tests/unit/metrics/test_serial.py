"""How many windows are worth one: against theory, and estimated from windows of known kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from core.metrics.serial import NONE, Memory, memory

N_BINS = 20
EDGES = norm.ppf(np.arange(1, N_BINS) / N_BINS)


def autoregression(rng: np.random.Generator, rho: float, k: int) -> np.ndarray:
    path = np.empty(k)
    path[0] = rng.normal()
    for t in range(1, k):
        path[t] = rho * path[t - 1] + rng.normal(0, np.sqrt(1 - rho**2))
    return path


def windows(rng: np.random.Generator, rho: float, sd: float, n: int, k: int) -> np.ndarray:
    """Counts of normal numbers whose mean wanders, in bins."""
    path = sd * autoregression(rng, rho, k)
    bins = np.diff(norm.cdf(EDGES - path[:, None]), prepend=0.0, append=1.0)
    return rng.multinomial(n, bins).astype(float)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.9])
def test_an_autoregression_has_its_textbook_inflation(rho: float) -> None:
    one = Memory(correlation=rho, share=1.0)
    assert one.of_mean == pytest.approx((1 + rho) / (1 - rho))
    assert one.of_spread == pytest.approx((1 + rho**2) / (1 - rho**2))


@pytest.mark.parametrize(("rho", "share"), [(0.6, 1.0), (0.5, 0.4)])
def test_noise_of_sampling_remembers_nothing(rho: float, share: float) -> None:
    # The sums themselves, over autocorrelations of 1, φρ, φρ², …
    lags = share * rho ** np.arange(1, 400)
    one = Memory(correlation=rho, share=share)
    assert one.of_mean == pytest.approx(1 + 2 * lags.sum())
    assert one.of_spread == pytest.approx(1 + 2 * (lags**2).sum())


def test_the_inflation_is_that_of_means_of_batches() -> None:
    # Batch means (Law & Kelton): the variance of means of 400 values, times 400, over the values' own.
    rng = np.random.default_rng(2)
    path = autoregression(rng, 0.6, 400_000)
    batches = path.reshape(-1, 400).mean(axis=1).var(ddof=1) * 400 / path.var()
    assert batches == pytest.approx(Memory(correlation=0.6, share=1.0).of_mean, rel=0.1)


@pytest.mark.parametrize("ordered", [True, False])
def test_a_long_reference_tells_its_memory(ordered: bool) -> None:
    rng = np.random.default_rng(5)
    found = memory(windows(rng, 0.6, 0.15, 20_000, 2_000), ordered=ordered)
    assert found.correlation == pytest.approx(0.6, abs=0.06)
    assert found.share > 0.9


def test_sampling_noise_lowers_the_share_and_not_the_correlation() -> None:
    rng = np.random.default_rng(6)
    found = memory(windows(rng, 0.6, 0.15, 200, 4_000), ordered=True)
    assert found.correlation == pytest.approx(0.6, abs=0.1)
    # A mean that is .15 sd off moves ∫ (F' − F)² dF by .0919 × .15² on average, samples of 200 by 1/6/200.
    moved, noise = 0.0919 * 0.15**2, 1 / 6 / 200
    assert found.share == pytest.approx(moved / (moved + noise), abs=0.08)


def test_windows_of_one_month_are_told_without_great_bias() -> None:
    rng = np.random.default_rng(7)
    found = [memory(windows(rng, 0.6, 0.15, 5_000, 28), ordered=True).of_mean for _ in range(300)]
    assert 3.2 <= np.mean(found) <= 6.0  # (1 + .6)/(1 − .6) = 4; the naive estimate has 2.6


@pytest.mark.parametrize("k", [6, 28])
def test_independent_samples_remember_next_to_nothing(k: int) -> None:
    rng = np.random.default_rng(8)
    found = [memory(windows(rng, 0.0, 0.0, 500, k), ordered=True).of_mean for _ in range(300)]
    assert np.mean(found) < 1.35
    assert np.median(found) == 1.0


@given(
    counts=arrays(np.float64, st.tuples(st.integers(4, 12), st.integers(1, 8)), elements=st.integers(0, 50)),
    ordered=st.booleans(),
)
def test_any_windows_with_rows_have_a_memory(counts: np.ndarray, ordered: bool) -> None:
    rows = counts[counts.sum(axis=1) > 0]
    if len(rows) >= 4:
        found = memory(rows, ordered=ordered)
        assert 0 <= found.correlation <= 0.9
        assert 0 <= found.share <= 1
        assert found.of_mean >= found.of_spread >= 1


def test_a_trend_is_the_greatest_memory_and_one_bin_has_none() -> None:
    share = np.linspace(0.2, 0.8, 20)
    rising = 10_000 * np.column_stack([share, 1 - share])
    assert memory(rising, ordered=True).correlation == 0.9
    assert memory(np.full((8, 1), 100.0), ordered=True) == NONE
    assert memory(np.full((8, 1), 100.0), ordered=False) == NONE

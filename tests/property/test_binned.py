"""What bins lose: bounds of the error that docs/metrics.md states, on any rows and on smooth ones."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from core.metrics import performance
from core.metrics.outcomes import Scored
from tests.builders import edges_of

N_REFERENCE = 20_000
HUNDREDTHS = tuple(i / 100 for i in range(1, 100))

Law = Callable[[np.random.Generator, float, int], np.ndarray]

SMOOTH: dict[str, Law] = {
    "normal": lambda rng, shift, n: rng.normal(shift, 1 + shift / 2, n),
    "wider": lambda rng, shift, n: rng.normal(0, 1 + shift, n),
    "lognormal": lambda rng, shift, n: rng.lognormal(shift, 1, n),
    "gamma": lambda rng, shift, n: rng.gamma(2 + shift, 1, n),
    "heavy tails": lambda rng, shift, n: rng.standard_t(3, n) + shift,
    "exponential": lambda rng, shift, n: rng.exponential(1 + shift, n),
    "between 0 and 1": lambda rng, shift, n: rng.random(n) ** (1 + shift),
}

SCORES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "one in two": lambda rng, n: 1 / (1 + np.exp(-rng.normal(0, 1.2, n))),
    "one in twenty": lambda rng, n: 1 / (1 + np.exp(-rng.normal(-3, 1.2, n))),
    "one in forty": lambda rng, n: 1 / (1 + np.exp(-rng.normal(-4.6, 1.5, n))),
    "sharp": lambda rng, n: 1 / (1 + np.exp(-rng.normal(-0.8, 3, n))),
    "at both ends": lambda rng, n: rng.beta(0.5, 0.5, n),
    "all much alike": lambda rng, n: 0.4 + 0.05 * rng.random(n),
}


def shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) / len(values)


def binned_ks(p: np.ndarray, q: np.ndarray) -> float:
    return float(np.abs(np.cumsum(p) - np.cumsum(q)).max())


def added(place: np.ndarray, side: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sums over the rows of one side by bins, of which all are in use."""
    used, place = np.unique(place, return_inverse=True)
    return np.bincount(place[side], values[side], minlength=len(used))


VALUES = st.lists(st.one_of(st.integers(-3, 3), st.floats(-1e3, 1e3)), min_size=2, max_size=200)


@given(before=VALUES, now=VALUES)
def test_ks_is_never_too_high_and_too_low_by_less_than_a_bin(before: list[float], now: list[float]) -> None:
    a, b = np.array(before, dtype=float), np.array(now, dtype=float)
    edges = np.array(edges_of(a))
    p, q = shares(a, edges), shares(b, edges)
    lost = ks_2samp(a, b, method="asymp").statistic - binned_ks(p, q)
    # Inside a bin the gap exceeds that at its lower end by what one has in it, and at its upper by the other.
    assert -1e-12 <= lost <= np.minimum(p, q).max() + 1e-12


@pytest.mark.parametrize(("n", "bound"), [(3_000, 0.005), (20_000, 0.0025), (50_000, 0.0018)])
@pytest.mark.parametrize("law", SMOOTH)
def test_ks_of_smooth_columns(law: str, n: int, bound: float) -> None:
    rng = np.random.default_rng(n)
    for shift in (0.0, 0.1, 0.5):
        before, now = SMOOTH[law](rng, 0.0, max(n, N_REFERENCE)), SMOOTH[law](rng, shift, n)
        edges = np.array(edges_of(before))
        assert len(edges) <= 66
        found = binned_ks(shares(before, edges), shares(now, edges))
        assert 0 <= ks_2samp(before, now, method="asymp").statistic - found + 1e-12 <= bound


@pytest.mark.parametrize(("n", "bound"), [(3_000, 1e-4), (50_000, 2e-5)])
@pytest.mark.parametrize("kind", SCORES)
def test_auc_of_smooth_scores(kind: str, n: int, bound: float) -> None:
    rng = np.random.default_rng(n)
    ends = {i / 100 for i in range(101)}
    for _ in range(3):
        edges = np.array(sorted({*edges_of(SCORES[kind](rng, N_REFERENCE), HUNDREDTHS), *ends}))
        score = SCORES[kind](rng, n)
        label = rng.random(n) < score
        place = np.searchsorted(edges, score)
        assert len(edges) <= 216
        powers = (np.ones(n), score, score**2)
        binned = Scored(*(added(place, side, values) for values in powers for side in (label, ~label)))
        assert performance.roc_auc(binned).value == pytest.approx(roc_auc_score(label, score), abs=bound)

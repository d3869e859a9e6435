"""Draws of samples from known populations, measured as profiles are: how often is the distance held?"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.stats import norm

from core.domain import CategoricalProfile, NumericProfile
from core.metrics import drift
from core.metrics.category_columns import CategoricalColumns
from core.metrics.columns import NumericColumns
from tests.builders import edges_of

N_REFERENCE = 10_000
N_REFERENCES = 100
TINY = 1e-9


@dataclass(frozen=True)
class Drawn:
    """Bounds and truth of every draw, and where there is a test of no change its p values."""

    low: np.ndarray
    high: np.ndarray
    truth: np.ndarray
    p_values: np.ndarray | None = None

    @property
    def exists(self) -> bool:
        """Whether there are intervals at all."""
        return not np.isnan(self.low).all()

    @property
    def coverage(self) -> float:
        """Share of the draws whose interval holds the truth."""
        return float(((self.low <= self.truth + TINY) & (self.truth <= self.high + TINY)).mean())


def held(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> Drawn:
    """One of many parts of (value, low, high, truth); a reading's interval always holds its value."""
    value, low, high, truth = (np.concatenate([np.ravel(part[i]) for part in parts]) for i in range(4))
    return Drawn(np.minimum(low, value), np.maximum(high, value), truth)


def masses(edges: np.ndarray, shift: float) -> np.ndarray:
    """Shares of a shifted normal population in the bins between edges."""
    return np.diff(norm.cdf(edges, shift), prepend=0.0, append=1.0)


@cache
def numeric(n: int, shift: float, draws: int) -> dict[str, Drawn]:
    """Every distance of a normal column; each reference has edges and deciles of its own, as in life."""
    rng = np.random.default_rng(n)
    parts: dict[str, list[tuple[np.ndarray, ...]]] = {}
    for _ in range(N_REFERENCES):
        before = rng.normal(size=N_REFERENCE)
        edges = np.array(edges_of(before))
        whole = profile(before, edges)
        basis = NumericColumns.of(["x"], [whole], [edges.tolist()])
        counts = rng.multinomial(n, masses(edges, shift), draws // N_REFERENCES)
        found = basis.compare([[counted(one, whole)] for one in counts])
        p, q = masses(edges, 0.0), masses(edges, shift)
        cuts = basis.cuts[0]
        coarse = [np.diff(np.cumsum(share)[cuts], prepend=0.0) for share in (p, q)]
        truths = {
            "psi": drift.psi(*coarse),
            "jensen_shannon": drift.jensen_shannon(*coarse),
            "hellinger": drift.hellinger(*coarse),
            "total_variation": drift.total_variation(*coarse),
            "l_infinity": drift.l_infinity(*coarse),
            "ks": drift.ks(p, q),
            "wasserstein": np.array(abs(shift) / before.std()),
        }
        for name, truth in truths.items():
            value, (low, high) = found.distances[name], found.bounds[name]
            parts.setdefault(name, []).append((value, low, high, np.broadcast_to(truth, value.shape)))
    return {name: held(own) for name, own in parts.items()}


@cache
def categorical(n: int, tilt: float, draws: int) -> Drawn:
    """The chi-squared statistic of ten categories, some pooled: what it expects is bins − 1 at no change.

    Else it is the mean over all draws.
    """
    rng = np.random.default_rng(n + 1)
    p = np.array([0.25, 0.18, 0.14, 0.11, 0.09, 0.07, 0.06, 0.05, 0.03, 0.02])
    q = p * np.exp(tilt * np.linspace(-1, 1, len(p)))
    parts = []
    for _ in range(N_REFERENCES):
        before = rng.multinomial(N_REFERENCE, p)
        basis = CategoricalColumns.of(["k"], [kinds(before)])
        now = rng.multinomial(n, q / q.sum(), draws // N_REFERENCES)
        found = basis.compare([[kinds(one)] for one in now])
        value = found.distances["chi_squared"]
        ordered = np.pad(now[:, None, basis.order[0, :-1]], ((0, 0), (0, 0), (0, 1))).astype(float)
        pools = drift.pooled(basis.counts, ordered)
        parts.append((value, *found.bounds["chi_squared"], (pools.sum(axis=-2) > 0).sum(axis=-1) - 1.0))
    if tilt:
        expected = np.mean([part[0] for part in parts])
        parts = [(*part[:3], np.full(part[0].shape, expected)) for part in parts]
    return held(parts)


def profile(values: np.ndarray, edges: np.ndarray) -> NumericProfile:
    counts = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1)
    return NumericProfile(
        n=len(values),
        n_null=0,
        n_nonfinite=0,
        total=float(values.sum()),
        total_squares=float((values**2).sum()),
        low=float(values.min()),
        high=float(values.max()),
        counts=tuple(counts.tolist()),
    )


def counted(counts: np.ndarray, like: NumericProfile) -> NumericProfile:
    """Rows in these bins; their sums, which distances do not look at, are as those of another profile."""
    n = int(counts.sum())
    sums = like.total / like.n * n, like.total_squares / like.n * n
    return replace(like, n=n, total=sums[0], total_squares=sums[1], counts=tuple(counts.tolist()))


def kinds(counts: np.ndarray) -> CategoricalProfile:
    return CategoricalProfile(n=int(counts.sum()), n_null=0, counts=tuple(counts.tolist()), n_other=0)

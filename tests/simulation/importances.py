"""The order of features by logged attributions, against the order in the population."""

from functools import cache

import numpy as np

from core.domain import NumericProfile
from core.metrics.attribution import attribution_ndcg
from tests.simulation.distances import Drawn

N_REFERENCE = 10_000
LARGE = 10**9

WORTHS: dict[str, tuple[list[float], list[float]]] = {
    "order turned round": ([8, 4, 2, 1], [1, 2, 4, 8]),
    "order mixed": ([10, 8, 6, 5, 4, 3, 2, 1], [9, 9.5, 5, 6, 4, 2, 3, 1]),
    "same order, pairs alike": ([5, 5, 4, 4, 3, 3, 2, 2, 1, 1], [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]),
    "same order, all apart": ([8, 4, 2, 1], [8, 4, 2, 1]),
    "all features alike": ([1] * 8, [1] * 8),
}
"""Standard deviations of normal attributions in reference and window."""


@cache
def order(n: int, name: str, draws: int) -> Drawn:
    """NDCG of n rows of a window against the reference's order."""
    rng, (before, now) = np.random.default_rng(n), WORTHS[name]
    truth = attribution_ndcg(population(now), population(before)).value
    found = []
    for _ in range(draws):
        reading = attribution_ndcg(sample(rng, now, n), sample(rng, before, N_REFERENCE))
        found.append((reading.low, reading.high, truth))
    return Drawn(*np.array(found, dtype=float).T)


def population(worths: list[float]) -> dict[str, NumericProfile]:
    return {f"x{i}": profile(LARGE, worth * np.sqrt(2 / np.pi), worth**2) for i, worth in enumerate(worths)}


def sample(rng: np.random.Generator, worths: list[float], n: int) -> dict[str, NumericProfile]:
    """Of many rows mean and mean square are taken as normal, which they are very nearly."""
    found = {}
    for i, worth in enumerate(worths):
        if n <= 1_000:
            values = np.abs(rng.normal(0, worth, n))
            mean, square = float(values.mean()), float((values**2).mean())
        else:
            spread = worth * np.sqrt((1 - 2 / np.pi) / n)
            mean, square = float(rng.normal(worth * np.sqrt(2 / np.pi), spread)), worth**2
        found[f"x{i}"] = profile(n, mean, square)
    return found


def profile(n: int, mean: float, square: float) -> NumericProfile:
    return NumericProfile(
        n=n, n_null=0, n_nonfinite=0, total=mean * n, total_squares=square * n, low=0.0, high=1.0, counts=(n,)
    )

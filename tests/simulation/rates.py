"""Draws of confusion counts, scores, groups, errors and latencies from known populations."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from scipy.stats import lognorm

from core.cells import ErrorMoments
from core.domain import LATENCY_EDGES_MS, NumericProfile
from core.metrics import intervals, latency, regression
from core.metrics.outcomes import Scored
from core.metrics.reading import Reading
from core.metrics.regression import Errors
from tests.simulation.distances import Drawn

LARGE = 1e9
"""Rows of the "sample" that stands for the population."""

CONFUSION = np.array([[0.5, 0.1], [0.08, 0.32]])
CLASSES = np.array([[0.4, 0.05, 0.05], [0.04, 0.22, 0.04], [0.03, 0.05, 0.12]])


def collected(found: Iterator[tuple[Reading, float]]) -> Drawn:
    """Bounds and truth of readings that all have an interval."""
    rows = [(one.low, one.high, truth) for one, truth in found]
    low, high, truth = np.array(rows, dtype=float).T
    return Drawn(low, high, truth)


def nearby(cells: np.ndarray, rng: np.random.Generator, spread: float = 0.15) -> np.ndarray:
    """A population near this one: counts jump, so that coverage at one single rate would too."""
    moved = cells * np.exp(rng.uniform(-spread, spread, cells.shape))
    return moved / moved.sum()


@cache
def rate(p: float, n: int, draws: int, metric: Callable[[int, int], Reading]) -> Drawn:
    """A share of rows."""
    rng = np.random.default_rng(n + 2)

    def each() -> Iterator[tuple[Reading, float]]:
        for truth in p * np.exp(rng.uniform(-0.25, 0.25, draws)):
            yield metric(int(rng.binomial(n, truth)), n), truth

    return collected(each())


def confusion(cells: np.ndarray, n: int, draws: int, metric: Callable[[np.ndarray], Reading]) -> Drawn:
    """A number of a confusion matrix; its truth is the number of the population's."""
    rng = np.random.default_rng(n + 3)

    def each() -> Iterator[tuple[Reading, float]]:
        for _ in range(draws):
            population = nearby(cells, rng)
            truth = metric(population * LARGE).value
            counts = rng.multinomial(n, population.ravel()).reshape(cells.shape).astype(float)
            reading = metric(counts)
            if reading.value is not None and truth is not None:
                yield reading, truth

    return collected(each())


SCORES = (np.arange(100) + 0.5) / 100


def scored_of(counts: np.ndarray) -> Scored:
    used = counts.sum(axis=0) > 0
    (negatives, positives), s = counts[:, used], SCORES[used]
    return Scored(
        positives=positives,
        negatives=negatives,
        positives_total=positives * s,
        negatives_total=negatives * s,
        positives_squares=positives * s * s,
        negatives_squares=negatives * s * s,
    )


LAWS = {"calibrated": (-0.2, 0.6, 1.0), "too timid": (-0.2, 0.6, 2.0), "one in six positive": (0.2, 5.0, 1.0)}
"""Two exponents of the scores' density, and by how much true log-odds exceed the scores'."""


def scored(n: int, draws: int, metric: Callable[[list[Scored]], list[Reading]], kind: str) -> Drawn:
    """A number of scores, which is taken of all draws at once."""
    rng = np.random.default_rng(n + 4)
    first, last, sharpness = LAWS[kind]
    weight = SCORES**first * (1 - SCORES) ** last
    chance = 1 / (1 + ((1 - SCORES) / SCORES) ** sharpness)
    population = np.stack([weight * (1 - chance), weight * chance]) / weight.sum()
    (whole,) = metric([scored_of(population * LARGE)])
    counts = rng.multinomial(n, population.ravel(), draws).reshape(draws, 2, -1).astype(float)
    return collected((one, whole.value or 0.0) for one in metric([scored_of(one) for one in counts]))


@cache
def drawn_errors(n: int, draws: int) -> tuple[list[tuple[Errors, ErrorMoments]], tuple[Errors, ErrorMoments]]:
    """Sums over errors and labels of each draw, and those over one large sample."""
    rng = np.random.default_rng(n + 5)

    def sums(size: int) -> tuple[Errors, ErrorMoments]:
        label, error = 10 + rng.gamma(3, 10, size), rng.normal(1, 4, size)
        moments = regression.moments_of(label + error, label, 40.0)
        own = Errors(
            n=size, total=error.sum(), absolute=abs(error).sum(), squares=moments.error_squares,
            label_total=label.sum(), label_absolute=label.sum(), label_squares=(label**2).sum(),
        )  # fmt: skip
        return own, moments

    return [sums(n) for _ in range(draws)], sums(2_000_000)


def errors(n: int, draws: int, metric: Callable[[Errors, ErrorMoments], Reading]) -> Drawn:
    """A number of a regressor's errors."""
    samples, population = drawn_errors(n, draws)
    truth = metric(*population).value or 0.0
    return collected((metric(*one), truth) for one in samples)


LATENCIES = lognorm(s=0.8, scale=40)


@cache
def drawn_latencies(n: int, draws: int) -> list[NumericProfile]:
    """Profiles of lognormal latencies."""
    rng = np.random.default_rng(n + 6)
    edges = np.array(LATENCY_EDGES_MS)
    cells = np.diff(LATENCIES.cdf(edges), prepend=0.0, append=1.0)
    found = []
    for counts in rng.multinomial(n, cells, draws):
        used = np.flatnonzero(counts)
        found.append(
            NumericProfile(
                n=n, n_null=0, n_nonfinite=0, total=0.0, total_squares=0.0,
                low=float(edges[used[0] - 1]), high=float(edges[used[-1]]), counts=tuple(counts.tolist()),
            )
        )  # fmt: skip
    return found


def percentile(n: int, draws: int, q: float) -> Drawn:
    """A percentile of lognormal latencies, from the histogram of a profile."""
    truth = float(LATENCIES.ppf(q))
    return collected((latency.percentile(profile, q), truth) for profile in drawn_latencies(n, draws))


Gap = Callable[[list[tuple[np.ndarray, np.ndarray]]], Reading]


@cache
def groups(rates: tuple[tuple[float, ...], ...], n: int, draws: int, metric: Gap) -> Drawn:
    """A gap between groups of n rows each, the worst of one rate or of several."""
    rng = np.random.default_rng(n + 7)
    truth_of = [(np.array(p) * LARGE, np.full(len(p), LARGE)) for p in rates]
    truth = metric(truth_of).value or 0.0

    def each() -> Iterator[tuple[Reading, float]]:
        for _ in range(draws):
            counts = [(rng.binomial(n, p).astype(float), np.full(len(p), float(n))) for p in rates]
            yield metric(counts), truth

    return collected(each())


@cache
def pair(n: int, draws: int, interval: Callable[..., intervals.Interval | None], *, is_ratio: bool) -> Drawn:
    """A group of n rows against a chosen one of twice as many."""
    rng = np.random.default_rng(n + 8)
    p, other = (centre * np.exp(rng.uniform(-0.15, 0.15, draws)) for centre in (0.3, 0.4))
    hits, other_hits = rng.binomial(n, p), rng.binomial(2 * n, other)
    found = [interval(a, n, b, 2 * n) for a, b in zip(hits.tolist(), other_hits.tolist(), strict=True)]
    low, high = np.array(found, dtype=float).T
    return Drawn(low, high, p / other if is_ratio else p - other)


@cache
def means(n: int, draws: int, metric: Callable[..., Reading], *, absolute: bool, is_ratio: bool) -> Drawn:
    """Normal errors of a group of n rows, spread a fifth wider, against a chosen one of twice as many."""
    rng = np.random.default_rng(n + 9)
    errors, others = rng.normal(0, 1.2, (draws, n)), rng.normal(0, 1.0, (draws, 2 * n))
    truth = 0.0
    if absolute:
        errors, others = np.abs(errors), np.abs(others)
        truth = 1.2 if is_ratio else 0.2 * float(np.sqrt(2 / np.pi))

    def each() -> Iterator[tuple[Reading, float]]:
        for own, other in zip(errors, others, strict=True):
            sums = (float(own.sum()), float((own**2).sum()), n)
            yield metric(*sums, float(other.sum()), float((other**2).sum()), 2 * n), truth

    return collected(each())

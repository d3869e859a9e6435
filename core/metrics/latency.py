"""How long answers took, from the histogram of a profile."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from core.domain import LATENCY_EDGES_MS, NumericProfile
from core.metrics.intervals import Floats
from core.metrics.reading import NOT_ENOUGH, Reading


def percentile(profile: NumericProfile, q: float, edges: Sequence[float] = LATENCY_EDGES_MS) -> Reading:
    """Return the q quantile of the latencies of a window.

    The bin that holds the ⌈qn⌉-th smallest value, on the logarithmic scale inside the bin; bins are 1/40
    of a decade wide, so the error is under 6 %. Unit: ms; range [0, ∞); no change is the reference's
    value. No latency at all: "not enough data". Other durations come on other ``edges``, in their unit.
    Interval: two order statistics, from as many rows on as can have any (6, 72 and 368 for p50, p95 and
    p99).

    Source: Hyndman & Fan (1996), The American Statistician 50, definition 1; Hutson (1999), Journal of
    Applied Statistics 26, for the interval between whole ranks.

    Examples
    --------
    >>> counts = [0] * 282
    >>> counts[81] = 10   # all in (10, 10.593] ms
    >>> ten = NumericProfile(n=10, n_null=0, n_nonfinite=0, total=103.0, total_squares=1061.0, low=10.2,
    ...     high=10.4, counts=tuple(counts))
    >>> round(percentile(ten, 0.5).value, 2)
    10.3
    """
    n = profile.n_finite
    if n <= 0 or profile.low is None or profile.high is None:
        return Reading.nothing(NOT_ENOUGH)
    value = _at_rank(profile, min(max(n * q, 1.0), float(n)), edges)
    ranks = _ranks(n, q)
    # A rank speaks of a row, and half of it lies below itself.
    bounds = ranks and (_at_rank(profile, ranks[0] - 0.5, edges), _at_rank(profile, ranks[1] - 0.5, edges))
    return Reading.of(value, n, bounds)


def of_values(values: Floats, q: float) -> Reading:
    """Return the q quantile of latencies themselves: the exact counterpart of :func:`percentile`.

    Examples
    --------
    >>> of_values(np.array([3.0, 1.0, 2.0, 9.0]), 0.5).value
    2.0
    """
    ordered = np.sort(values[np.isfinite(values)])
    n = len(ordered)
    if n == 0:
        return Reading.nothing(NOT_ENOUGH)
    value = float(ordered[min(max(ceil(n * q - 1e-9), 1), n) - 1])
    ranks = _ranks(n, q)
    bounds = ranks and (_between(ordered, ranks[0]), _between(ordered, ranks[1]))
    return Reading.of(value, n, bounds, method="order statistics of the rows")


def _ranks(n: int, q: float) -> tuple[float, float] | None:
    """Return the ranks whose values hold the q quantile between them in 95 % of all samples; or None.

    P(r-th value ≤ quantile) = I_q(r, n − r + 1), solved for r between whole ranks too. Too few rows have
    no such ranks: .99ⁿ > .025 up to 367 rows, in which no value is surely above the 99th percentile.
    """
    from scipy.special import betainc

    if max(q, 1 - q) ** n > 0.025:
        return None
    chances = np.array([0.975, 0.025])
    low, high = np.zeros(2), np.full(2, float(n + 1))
    for _ in range(40):
        rank = (low + high) / 2
        is_low = betainc(rank, n + 1 - rank, q) > chances
        low, high = np.where(is_low, rank, low), np.where(is_low, high, rank)
    return float(min(max(low[0], 1.0), n)), float(min(max(low[1], 1.0), n))


def _between(ordered: Floats, rank: float) -> float:
    """Return the value at a rank, on the straight line between two values."""
    return float(np.interp(rank, np.arange(1, len(ordered) + 1), ordered))


def _at_rank(profile: NumericProfile, rank: float, edges: Sequence[float]) -> float:
    """Return the value below which ``rank`` rows lie, never outside what was seen."""
    cumulated = np.cumsum(np.array(profile.counts, dtype=np.float64))
    place = int(np.searchsorted(cumulated, rank - 1e-9))
    lowest, highest = profile.low or 0.0, profile.high or 0.0
    below = cumulated[place - 1] if place else 0.0
    part = (rank - below) / profile.counts[place]
    left = edges[place - 1] if place else lowest
    right = edges[place] if place < len(edges) else highest
    left, right = min(max(left, lowest), highest), max(min(right, highest), lowest)
    if left <= 0:
        return left + part * (right - left)
    return float(left * (right / left) ** part)

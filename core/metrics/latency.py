"""How long answers took, from the histogram of a profile."""

from collections.abc import Sequence
from math import ceil, floor, sqrt

import numpy as np

from core.domain import LATENCY_EDGES_MS, NumericProfile
from core.metrics.intervals import Z95, Floats
from core.metrics.reading import NOT_ENOUGH, Reading


def percentile(profile: NumericProfile, q: float, edges: Sequence[float] = LATENCY_EDGES_MS) -> Reading:
    """Return the q quantile of the latencies of a window.

    The bin that holds the ⌈qn⌉-th smallest value, on the logarithmic scale inside the bin; bins are 1/40
    of a decade wide, so the error is under 6 %. Unit: ms; range [0, ∞); no change is the reference's
    value. No latency at all: "not enough data". Other durations come on other ``edges``, in their unit.
    Interval: the order statistics at qn ± z√(nq(1 − q)).

    Source: Hyndman & Fan (1996), The American Statistician 50, definition 1; Conover (1999) for the
    interval.

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
    half = Z95 * sqrt(n * q * (1 - q))
    low, value, high = (
        _at_rank(profile, min(max(rank, 1.0), float(n)), edges)
        for rank in (floor(n * q - half), n * q, n * q + half + 1)
    )
    return Reading.of(value, n, (low, high))


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
    half = Z95 * sqrt(n * q * (1 - q))
    low, value, high = (
        float(ordered[min(max(ceil(rank - 1e-9), 1), n) - 1])
        for rank in (n * q - half, n * q, n * q + half + 1)
    )
    return Reading.of(value, n, (low, high), method="order statistics of the rows")


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

"""Intervals of a median and of a frequency. Pure."""

from collections.abc import Sequence
from math import comb, sqrt
from statistics import median

from core.metrics.intervals import Z95, Interval

FEWEST = 5
"""Events that a median or a share of events needs: below it one more would turn the figure over."""


def median_interval(values: Sequence[float]) -> Interval | None:
    """Return the 95 % interval of a median by order statistics; None under 6 values, where there is none.

    The k-th smallest and the k-th largest value hold the median with probability
    1 − 2 · P(Binomial(n, ½) < k); k is the largest for which that is at least 0.95.

    Source: Conover (1999), Practical Nonparametric Statistics, 3.2.

    Examples
    --------
    >>> median_interval([1, 2, 3, 4, 5, 6]), median_interval([1, 2, 3])
    ((1, 6), None)
    """
    ordered, n = sorted(values), len(values)
    k, below = 0, 0
    while 2 * (below + comb(n, k)) <= 0.05 * 2**n:
        below += comb(n, k)
        k += 1
    return None if k == 0 else (ordered[k - 1], ordered[n - k])


def poisson_interval(n: int) -> Interval:
    """Return the 95 % interval of a count of events, by Byar's approximation; exact to 0.1 from n = 1 on.

    Source: Breslow & Day (1987), Statistical Methods in Cancer Research II, 2.3.

    Examples
    --------
    >>> [round(end, 2) for end in poisson_interval(10)], poisson_interval(0)[0]
    ([4.79, 18.39], 0.0)
    """
    low = 0.0 if n == 0 else n * (1 - 1 / (9 * n) - Z95 / (3 * sqrt(n))) ** 3
    more = n + 1
    return max(0.0, low), more * (1 - 1 / (9 * more) + Z95 / (3 * sqrt(more))) ** 3


def middle(values: Sequence[float]) -> float:
    """Return the median of at least one value."""
    return float(median(values))

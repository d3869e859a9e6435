"""How sure the greatest gap between groups is: 95 % intervals of max − min and min / max, the worst of rates.

What was seen is the farthest of several pairs, so it lies above the truth by chance: the more so, the more
groups are about equally far out. The lower bound is moved by what the farthest of these do by chance, and is
no gap where equal groups lie as far apart; the upper bound takes into account that so small a gap would be
rare even if only two groups differed. Away from no gap 2.5 % lie on either side; at no gap all 5 % lie below.

Sources: Tukey (1953), The Problem of Multiple Comparisons; Newcombe (1998), Statistics in Medicine 17.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import erf, exp, hypot, log, sqrt

import numpy as np

from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.intervals import Interval

NEAR = 2.0
"""Standard errors within which a group may be as far out as the farthest one, or a rate's gap as great."""

TIED_TAIL = 0.04
"""Chance above the lower bound where several are far out: there the upper bound is missed less often."""

LEAST_SEEN = 0.5
"""Standard errors under which no gap is taken to be for its upper bound."""

LEAST_CHANCE = 0.1
"""Chance under which no gap of other rates is taken to be as small as it is."""

Counts = tuple[Floats, Floats]
"""Hits and rows of each group."""


@dataclass(frozen=True, slots=True)
class Farthest:
    """The two groups of a rate that lie farthest apart: hits and rows, greatest rate first.

    ``n_top`` and ``n_bottom`` groups may be the greatest and the least; ``errors`` and ``log_errors`` are the
    standard errors of all groups' rates and of their logarithms.
    """

    hits: float
    rows: float
    least_hits: float
    least_rows: float
    n_top: int
    n_bottom: int
    errors: Floats
    log_errors: Floats

    @classmethod
    def of(cls, counts: Counts) -> "Farthest | None":
        """Look among the groups that have the rate; None under two."""
        used = np.flatnonzero(counts[1] > 0)
        if len(used) < 2:
            return None
        hits, rows = counts[0][used], counts[1][used]
        rates, smoothed = hits / rows, (hits + 0.5) / (rows + 1)
        spread = smoothed * (1 - smoothed) / rows
        top, bottom = int(rates.argmax()), int(rates.argmin())
        return cls(
            hits=float(hits[top]),
            rows=float(rows[top]),
            least_hits=float(hits[bottom]),
            least_rows=float(rows[bottom]),
            n_top=int((rates[top] - rates < NEAR * np.sqrt(spread + spread[top])).sum()),
            n_bottom=int((rates - rates[bottom] < NEAR * np.sqrt(spread + spread[bottom])).sum()),
            errors=np.sqrt(spread),
            log_errors=np.sqrt(spread) / smoothed,
        )

    @property
    def difference(self) -> float:
        """Greatest less least rate."""
        return self.hits / self.rows - self.least_hits / self.least_rows

    @property
    def ratio(self) -> float:
        """Least over greatest rate; 1 where the rate is 0 in every group."""
        return self.least_hits / self.least_rows / (self.hits / self.rows) if self.hits else 1.0

    @property
    def pair(self) -> tuple[float, float, float, float]:
        """Hits and rows, greatest first."""
        return self.hits, self.rows, self.least_hits, self.least_rows

    @property
    def turned(self) -> tuple[float, float, float, float]:
        """Hits and rows, least first."""
        return self.least_hits, self.least_rows, self.hits, self.rows

    @property
    def error(self) -> float:
        """Standard error of the difference."""
        p, q = ((h + 0.5) / (n + 1) for h, n in ((self.hits, self.rows), (self.least_hits, self.least_rows)))
        return sqrt(p * (1 - p) / self.rows + q * (1 - q) / self.least_rows)

    @property
    def log_error(self) -> float:
        """Standard error of the logarithm of the ratio."""
        top, bottom = max(self.hits, 0.5), max(self.least_hits, 0.5)
        return sqrt(max(1 / top - 1 / self.rows + 1 / bottom - 1 / self.least_rows, 1e-12))


def of_difference(rates: Sequence[Farthest], worst: int) -> Interval | None:
    """Return the interval of the greatest difference, that of the rate at ``worst``.

    Examples
    --------
    >>> rate = Farthest.of((np.array([30.0, 20.0]), np.array([40.0, 40.0])))
    >>> [round(bound, 3) for bound in of_difference([rate], 0)]
    [0.059, 0.434]
    """
    one = rates[worst]
    gaps = [_Gap(rate.difference, rate.error, rate.errors) for rate in rates]
    apart = intervals.difference(*one.pair, z=_alike(rates, worst))
    lower = intervals.difference(*one.pair, z=_towards(gaps, worst, one))
    uppers = [intervals.difference(*rate.pair, z=_away(gaps, place)) for place, rate in enumerate(rates)]
    if apart is None or lower is None:
        return None
    return (0.0 if apart[0] <= 0 else max(lower[0], 0.0)), max(upper[1] for upper in uppers if upper)


def of_ratio(rates: Sequence[Farthest], worst: int) -> Interval | None:
    """Return the interval of the least ratio, that of the rate at ``worst``; 1 and beyond is no gap.

    Examples
    --------
    >>> rate = Farthest.of((np.array([30.0, 20.0]), np.array([40.0, 40.0])))
    >>> [round(bound, 3) for bound in of_ratio([rate], 0)]
    [0.466, 0.917]
    """
    one = rates[worst]
    gaps = [
        _Gap(-log(max(rate.ratio, 0.5 / rate.least_rows)), rate.log_error, rate.log_errors) for rate in rates
    ]
    apart = intervals.ratio(*one.turned, z=_alike(rates, worst))
    upper = intervals.ratio(*one.turned, z=_towards(gaps, worst, one))
    lowers = [
        intervals.ratio(*rate.turned, z=_away(gaps, place)) for place, rate in enumerate(rates) if rate.hits
    ]
    if apart is None or upper is None:
        return None
    return min(low[0] for low in lowers if low), (max(upper[1], 1.0) if apart[1] >= 1 else upper[1])


@dataclass(frozen=True, slots=True, eq=False)
class _Gap:
    """A rate's gap with its standard error and those of all its groups, on the scale of the gap."""

    size: float
    error: float
    errors: Floats


def _towards(gaps: Sequence[_Gap], worst: int, one: Farthest) -> float:
    """Return how many standard errors the bound lies from the worst gap, towards no gap."""
    from scipy.special import ndtri

    gap = gaps[worst]
    near = sum(gap.size - own.size < NEAR * hypot(gap.error, own.error) for own in gaps)
    several = one.n_top * one.n_bottom * near > 1
    farthest = _farthest(one.n_top, one.n_bottom, near, TIED_TAIL if several else 0.025)
    seen = gap.size / gap.error
    truth, z = max(seen - farthest, 0.0), farthest
    for _ in range(6):
        # 5 % at no gap, 2.5 % some standard errors away.
        z = farthest * float(-ndtri(0.025 * (1 + exp(-truth)))) / intervals.Z95
        truth = (truth + max(seen - z, 0.0)) / 2
    return z


def _away(gaps: Sequence[_Gap], place: int) -> float:
    """Return how many standard errors the bound of one rate's gap lies from it, away from no gap.

    The largest gap under which so small a one, of this rate and all others, is not too rare.
    """
    gap = gaps[place]
    others = _within([own.errors for at, own in enumerate(gaps) if at != place], gap.size)
    # Groups more alike than chance makes them are no proof of groups that are.
    seen, others = max(gap.size / gap.error, LEAST_SEEN), max(others, LEAST_CHANCE)
    low, high = 0.0, seen + 6.0
    for _ in range(20):
        middle = (low + high) / 2
        as_small = (_normal(seen - middle) - _normal(-seen - middle)) * others
        low, high = (middle, high) if as_small > 0.025 * (1 - exp(-middle)) else (low, middle)
    return max(high - gap.size / gap.error, 0.3)


def _alike(rates: Sequence[Farthest], worst: int) -> float:
    """Return how far apart chance brings equal groups, for all rates."""
    return intervals.range_limit(len(rates[worst].errors), len(rates))


def _within(rates: Sequence[Floats], width: float) -> float:
    """Return the chance that groups of other rates, if equal, all lie within a width of each other.

    Parameters
    ----------
    rates
        Of each rate the standard errors of its groups.
    """
    from scipy.special import ndtr

    steps = np.linspace(-4.0, 4.0, 81)
    weight = np.exp(-steps * steps / 2) / sqrt(2 * np.pi) * (steps[1] - steps[0])
    chance = 1.0
    for errors in rates:
        own = 0.0
        for least, error in enumerate(errors):
            at = steps * error
            above = ndtr((at + width) / errors[:, None]) - ndtr(at / errors[:, None])
            own += float((weight * np.delete(above, least, axis=0).prod(axis=0)).sum())
        chance *= min(own, 1.0)
    return chance


@cache
def _farthest(n_top: int, n_bottom: int, n_rates: int, tail: float) -> float:
    """Return how many standard errors of a difference the farthest lie too far apart in a share of cases.

    Of ``n_top`` equal groups at one end and ``n_bottom`` at the other, the worst of ``n_rates``: 1.96 for
    one of each and 2.5 %.
    """
    from scipy.special import ndtr

    x = np.linspace(-6.0, 6.0, 241)
    top = n_top * np.exp(-x * x / 2) / sqrt(2 * np.pi) * ndtr(x) ** (n_top - 1) * (x[1] - x[0])
    low, high = 0.0, 10.0
    for _ in range(40):
        w = (low + high) / 2
        inside = float((top * ndtr(w * sqrt(2) - x) ** n_bottom).sum())
        low, high = (w, high) if inside < (1 - tail) ** (1 / n_rates) else (low, w)
    return low


def _normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2

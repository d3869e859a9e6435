"""How sure distances made of absolute gaps are: total variation, L-infinity, KS, Wasserstein, calibration.

See ``distance_intervals`` for what these intervals hold. A sum of absolute gaps is, near enough, gamma
distributed with the mean of folded normals. Its lower bound comes from gaps that are a part of those seen;
so does half of its upper one, the other half being the normal bound of the gaps with the signs seen: the
shape of the gaps seen is itself part chance.

Sources: Leone, Nelson & Nottingham (1961), Technometrics 3, for folded normals; Wilson & Hilferty (1931),
PNAS 17, for the gamma distribution's cube root.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.metrics.distance_intervals import Two
from core.metrics.drift import Floats
from core.metrics.intervals import Z95
from core.metrics.inversion import Bounds, lower_tail, lowest, root, upper_tail

KS_LIMIT = 1.32
"""95 % quantile of √n D on a profile's 65 edges; Kolmogorov's 1.358 is that of all places."""

FOLDED_OVERLAP = 0.39
"""Covariance of |x| and |y| over ρ² sd sd at no change: 0.32 to 0.36 by the formula, more for the skew."""


def of_total_variation(reference: Floats, current: Floats) -> Bounds:
    """Bounds of the total variation distance from counts.

    Examples
    --------
    >>> low, high = of_total_variation(np.array([500.0, 500.0]), np.array([60.0, 40.0]))
    >>> float(low), round(float(high), 2)   # the distance itself is .1
    (0.0, 0.19)
    """
    two = Two.of(reference, current, 0.25)
    gap, spread = two.q - two.p, two.spreads()
    value = np.abs(gap).sum(axis=-1) / 2

    def variance(signs: Floats, folded: Floats) -> Floats:
        loose = np.maximum(folded - signs * signs * spread, 0.0).sum(axis=-1)
        # Shares of bins move against each other: two bins are one.
        return np.asarray((two.variance(-signs, signs) + loose * two.n_bins / (two.n_bins - 1)) / 4)

    low, high = _of_folded(_Folded(value, gap, np.sqrt(spread), np.full_like(gap, 0.5)), variance)
    straight = Z95 * np.sqrt(two.variance(-np.sign(gap), np.sign(gap))) / 2
    return low, np.minimum((high + value + straight) / 2, 1.0)


def of_l_infinity(reference: Floats, current: Floats) -> Bounds:
    """Bounds of the largest change of any bin's share, from counts.

    The lower one from the largest of independent folded normals (of two bins, which are one, only once);
    the upper one from the bin that could have changed most.

    Examples
    --------
    >>> low, high = of_l_infinity(np.array([500.0, 500.0]), np.array([60.0, 40.0]))
    >>> float(low), round(float(high), 2)   # the distance itself is .1
    (0.0, 0.16)
    """
    from scipy.special import ndtr

    two = Two.of(reference, current, 0.25)
    gap, spread = np.abs(two.q - two.p), np.sqrt(two.spreads())
    safe = np.where(spread > 0, spread, 1.0)
    value, widest = gap.max(axis=-1, initial=0.0), np.maximum(spread.max(axis=-1, initial=0.0), 1e-12)
    share = (two.n_bins - 1) / two.n_bins

    def too_rare(t: Floats) -> Floats:
        """Positive where so large a value is rarer than the tail, had the gaps been t times as large."""
        centre, at = t[..., None] * gap, value[..., None]
        inside = ndtr((at - centre) / safe) - ndtr((-at - centre) / safe)
        inside = np.where(spread > 0, np.maximum(inside, 1e-300), 1.0)
        return np.asarray(np.log1p(-upper_tail(t * value / widest)) - share * np.log(inside).sum(axis=-1))

    low = lowest(too_rare, np.ones_like(value)) * value
    # The largest of gaps that are chance is too large itself: the less sure it is, the less is added.
    surplus = Z95 * (0.95 - np.exp(-value / widest / 2))[..., None]
    highest = np.maximum((gap + surplus * spread).max(axis=-1, initial=0.0), 1.6 * widest)
    return low, np.minimum(highest, 1.0)


def of_ks(p: Floats, q: Floats, m: Floats, n: Floats) -> Bounds:
    """Bounds of the Kolmogorov-Smirnov distance, from shares on fine bins and the samples' sizes.

    From 0 unless Kolmogorov's test rejects at 5 %; else the normal interval of the gap at the place where
    it is largest, moved down for having been looked for. On columns of few values that place is easier to
    find and the interval holds the truth more often than 95 %.

    Source: Raghavachari (1973), Annals of Statistics 1, for the limit where the populations differ.

    Examples
    --------
    >>> low, high = of_ks(np.array([0.5, 0.5]), np.array([0.6, 0.4]), np.array(1000.0), np.array(100.0))
    >>> float(low), round(float(high), 2)
    (0.0, 0.19)
    """
    below_p, below_q = np.cumsum(p, axis=-1), np.cumsum(q, axis=-1)
    gap = np.abs(below_p - below_q)
    place = gap.argmax(axis=-1)[..., None]
    value = np.take_along_axis(gap, place, axis=-1)[..., 0]
    f = np.take_along_axis(np.broadcast_to(below_p, gap.shape), place, axis=-1)[..., 0]
    g = np.take_along_axis(np.broadcast_to(below_q, gap.shape), place, axis=-1)[..., 0]
    m, n = np.maximum(m, 1.0), np.maximum(n, 1.0)
    root = np.sqrt(m * n / (m + n))
    half = Z95 * np.sqrt(np.maximum(f * (1 - f) / m + g * (1 - g) / n, 0.0))
    differs = (root + 0.12 + 0.11 / root) * value > KS_LIMIT
    low = np.where(differs, np.maximum(value - half - 0.15 / root, 0.0), 0.0)
    return low, np.minimum(np.maximum(value + half - 0.1 / root, KS_LIMIT / root), 1.0)


def of_wasserstein(
    width: Floats, p: Floats, q: Floats, sizes: tuple[Floats, Floats], value: Floats
) -> Bounds:
    """Bounds of the Wasserstein distance.

    Parameters
    ----------
    width
        How much of the axis the gap at each inner edge stands for, (…, k).
    p, q
        Shares of the bins between the edges, (…, k + 1).
    sizes
        Rows of the reference and of the window.
    value
        The distance, in the unit of ``width``.

    Examples
    --------
    >>> p, q = np.array([0.5, 0.5]), np.array([0.6, 0.4])
    >>> sizes = np.array(1000.0), np.array(100.0)
    >>> low, high = of_wasserstein(np.array([1.0]), p, q, sizes, np.array(0.1))
    >>> float(low), round(float(high), 2)
    (0.0, 0.2)
    """
    m, n = (np.maximum(size, 1.0) for size in sizes)
    below_p, below_q = np.cumsum(p, axis=-1)[..., :-1], np.cumsum(q, axis=-1)[..., :-1]
    p, q = np.broadcast_arrays(p, q)
    two = Two(p=p, q=q, m=m, n=n, n_bins=np.ones_like(n))
    share = (m / (m + n))[..., None]
    both = np.clip(share * below_p + (1 - share) * below_q, 0.0, 1.0)
    gap = below_q - below_p
    of_p, of_q = below_p * (1 - below_p), below_q * (1 - below_q)
    spread = np.sqrt(np.maximum(of_p / m[..., None] + of_q / n[..., None], 0.0))
    root = np.sqrt(np.maximum(both * (1 - both), 1e-12))
    first, last = both**2 / root, (1 - both) ** 2 / root

    def straight(signs: Floats) -> Floats:
        """Variance of the sum of signed gaps: each row counts at all edges above it."""
        weights = np.broadcast_to(width, signs.shape) * signs
        above = np.cumsum(weights[..., ::-1], axis=-1)[..., ::-1]
        above = np.concatenate([above, np.zeros((*above.shape[:-1], 1))], axis=-1)
        return two.variance(above, above)

    def variance(signs: Floats, _: Floats) -> Floats:
        weights = width * (1 - signs * signs)
        up_to = np.cumsum(weights * first, axis=-1)
        pairs = 2 * (weights * last * up_to).sum(axis=-1) - (weights**2 * first * last).sum(axis=-1)
        return np.asarray(straight(signs) + FOLDED_OVERLAP * np.maximum(pairs, 0.0) / two.sizes)

    binned = (width * np.abs(gap)).sum(axis=-1)
    low, high = _of_folded(_Folded(binned, gap, spread, np.broadcast_to(width, gap.shape)), variance)
    # The true gaps have fewer changes of sign than those seen: half way to none.
    aligned = (straight(np.ones_like(gap)) + straight(np.sign(gap))) / 2
    farthest = 0.3 * high + 0.7 * (binned + Z95 * np.sqrt(aligned))
    scale = np.divide(value, binned, out=np.ones_like(binned), where=binned > 0)
    return low * scale, value + farthest - binned


def of_gaps(gap: Floats, spread: Floats) -> Bounds:
    """Bounds of Σ |gap| whose gaps have independent normal errors.

    Parameters
    ----------
    gap, spread
        The gaps and their standard errors, (…, k).

    Examples
    --------
    >>> low, high = of_gaps(np.array([0.03, -0.01]), np.array([0.02, 0.02]))
    >>> float(low), round(float(high), 3)
    (0.0, 0.086)
    """
    value = np.abs(gap).sum(axis=-1)

    low, high = _of_folded(
        _Folded(value, gap, spread, np.ones_like(gap)), lambda _, folded: np.asarray(folded.sum(axis=-1))
    )
    return low, 0.6 * high + 0.4 * (value + Z95 * np.sqrt((spread**2).sum(axis=-1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Folded:
    """A weighted sum of absolute gaps that have normal errors."""

    value: Floats
    gap: Floats
    spread: Floats
    weight: Floats


def _of_folded(seen: _Folded, variance: Callable[[Floats, Floats], Floats]) -> Bounds:
    """Invert tests of "the gaps are t times those seen" for t: bounds of the sum.

    ``variance`` gives that of the sum from the gaps' expected signs (between −1 and 1: how sure they are)
    and the variances of their absolute values.
    """
    from scipy.special import erf, ndtri

    size = np.abs(seen.gap)
    spread = np.where(seen.spread > 0, seen.spread, 1e-12)

    def expected(t: Floats) -> tuple[Floats, Floats]:
        centre = t[..., None] * size
        ratio = centre / spread
        sign = erf(ratio / np.sqrt(2))
        mean = spread * np.sqrt(2 / np.pi) * np.exp(-ratio * ratio / 2) + centre * sign
        folded = np.maximum(centre * centre + spread * spread - mean * mean, 0.0)
        return (seen.weight * mean).sum(axis=-1), variance(sign * np.sign(seen.gap), folded)

    zero, one = np.zeros_like(seen.value), np.ones_like(seen.value)
    by_chance, chance_variance = expected(zero)
    deviation = np.sqrt(np.maximum(chance_variance, 1e-300))

    def above(t: Floats, z: Callable[[Floats], Floats]) -> Floats:
        """Return a quantile of the sum."""
        mean, spread_of_sum = expected(t)
        c = spread_of_sum / np.maximum(9 * mean * mean, 1e-300)
        root = 1 - c + z((mean - by_chance) / deviation) * np.sqrt(c)
        return np.asarray(mean * np.maximum(root, 0.0) ** 3)

    low = lowest(lambda t: above(t, lambda excess: -ndtri(upper_tail(excess))) - seen.value, one)
    # Samples more alike than chance makes them are no proof of populations that are.
    at_least = np.maximum(seen.value, 0.65 * by_chance)
    wide = at_least + 8 * (seen.weight * spread).sum(axis=-1)
    # Nearly equal samples show no direction in which to look for a larger distance.
    reach = np.where(seen.value < by_chance / 2, at_least + 3 * deviation, wide)
    scale = 1 / np.maximum(seen.value, 1e-12)
    high = root(lambda sum_: above(sum_ * scale, lambda z: ndtri(lower_tail(z))) - at_least, zero, reach)
    return low * seen.value, high

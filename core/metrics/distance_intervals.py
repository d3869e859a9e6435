"""How sure a distance between two distributions is: 95 % intervals from the counts of both samples.

A distance of two samples is above that of the populations, by chance alone: at no change it is never 0.
So these intervals are not "value ± something". They hold the distance *between the populations*, on the
same bins, both samples being samples: all those distances under which the one that was seen is not too
unlikely. Where the samples do not differ by more than chance (5 %), the interval starts at 0 and the
whole error sits at its upper end; where they differ clearly, 2.5 % lie on either side.

Divergences (PSI, Jensen-Shannon, Hellinger, chi-squared) are, near enough, a multiple of a noncentral
chi-squared: its scale from the delta method, its degrees of freedom from the bias (the second-order term).
Sums of absolute gaps (total variation, Wasserstein) are, near enough, gamma distributed, with the mean of
folded normals. tests/simulation measures how often they hold the truth; docs/metrics.md has the table.

All functions take the bins on the last axis and give bounds for each leading index. Up to half a
row is added to each bin that either sample uses, so that an empty one does not mean a certain absence.

Sources: Abdel-Aty (1954), Biometrika 41, the cube root of the noncentral chi-squared; Leone, Nelson &
Nottingham (1961), Technometrics 3, folded normals; Efron & Tibshirani (1993), An Introduction to the
Bootstrap, for intervals by the inversion of tests and bias of plug-in estimates.
"""

from dataclasses import dataclass

import numpy as np

from core.metrics.drift import PSI_FLOOR, Floats
from core.metrics.inversion import Bounds, noncentral


@dataclass(frozen=True, slots=True, eq=False)
class Two:
    """Two samples on the same bins: smoothed shares, sizes, and how many bins are in use."""

    p: Floats
    q: Floats
    m: Floats
    n: Floats
    n_bins: Floats

    @classmethod
    def of(cls, reference: Floats, current: Floats, smoothing: float = 0.5) -> "Two":
        """Smooth the counts of both samples over the bins that either uses; at most five rows in all."""
        reference, current = np.broadcast_arrays(reference, current)
        used = (reference > 0) | (current > 0)
        n_bins = used.sum(axis=-1).astype(np.float64)
        extra = np.where(used, np.minimum(smoothing, 5 / np.maximum(n_bins, 1.0))[..., None], 0.0)
        p, q = (
            np.divide(c + extra, (c + extra).sum(axis=-1, keepdims=True), out=np.zeros(c.shape), where=used)
            for c in (reference, current)
        )
        m, n = (np.maximum(c.sum(axis=-1), 1.0) for c in (reference, current))
        return cls(p=p, q=q, m=m, n=n, n_bins=np.maximum(n_bins, 2.0))

    @property
    def sizes(self) -> Floats:
        """Half the rows that two equal samples would need to be as sure: m n / (m + n)."""
        return np.asarray(self.m * self.n / (self.m + self.n))

    def variance(self, by_p: Floats, by_q: Floats) -> Floats:
        """Variance of a statistic from its slopes in the shares of both samples (delta method)."""
        of_p = (self.p * by_p**2).sum(axis=-1) - (self.p * by_p).sum(axis=-1) ** 2
        of_q = (self.q * by_q**2).sum(axis=-1) - (self.q * by_q).sum(axis=-1) ** 2
        return np.asarray(np.maximum(of_p, 0.0) / self.m + np.maximum(of_q, 0.0) / self.n)

    def spreads(self) -> Floats:
        """Variance of q − p, bin by bin."""
        of_p, of_q = self.p * (1 - self.p), self.q * (1 - self.q)
        return np.asarray(of_p / self.m[..., None] + of_q / self.n[..., None])


def of_psi(reference: Floats, current: Floats) -> Bounds:
    """Bounds of the population stability index from counts.

    Examples
    --------
    >>> low, high = of_psi(np.array([500.0, 500.0]), np.array([60.0, 40.0]))
    >>> round(float(low), 3), round(float(high), 3)   # .041 by chance alone is not rare
    (0.0, 0.147)
    """
    two = Two.of(reference, current, 0.2)
    p, q = (np.where(share > 0, np.maximum(share, PSI_FLOOR), 1.0) for share in (two.p, two.q))
    log = np.log(q / p)
    value = ((q - p) * log).sum(axis=-1)
    slopes = 1 - log - q / p, 1 + log - p / q
    return _of_divergence(two, value, slopes, (1 / p + q / p**2, 1 / q + p / q**2))


def of_jensen_shannon(reference: Floats, current: Floats) -> Bounds:
    """Bounds of the Jensen-Shannon distance, base 2, from counts.

    Examples
    --------
    >>> low, high = of_jensen_shannon(np.array([500.0, 500.0]), np.array([20.0, 80.0]))
    >>> bool(0.1 < low < 0.26 < high < 0.35)   # the distance itself is .266
    True
    """
    two = Two.of(reference, current)
    p, q = (np.where(share > 0, share, 1.0) for share in (two.p, two.q))
    middle = (p + q) / 2
    by_p, by_q = np.log2(p / middle) / 2, np.log2(q / middle) / 2
    value = (p * by_p + q * by_q).sum(axis=-1)
    scale = 4 * np.log(2) * middle
    low, high = _of_divergence(two, value, (by_p, by_q), (q / (scale * p), p / (scale * q)))
    return np.sqrt(low), np.sqrt(np.minimum(high, 1.0))


def of_hellinger(reference: Floats, current: Floats) -> Bounds:
    """Bounds of the Hellinger distance from counts.

    Examples
    --------
    >>> low, high = of_hellinger(np.array([500.0, 500.0]), np.array([50.0, 50.0]))
    >>> float(low), round(float(high), 2)
    (0.0, 0.08)
    """
    two = Two.of(reference, current, 0.4)
    p, q = (np.where(share > 0, share, 1.0) for share in (two.p, two.q))
    root = np.sqrt(q / p)
    value = ((np.sqrt(p) - np.sqrt(q)) ** 2).sum(axis=-1) / 2
    slopes = (1 - root) / 2, (1 - 1 / root) / 2
    low, high = _of_divergence(two, value, slopes, (root / (4 * p), 1 / (4 * root * q)))
    return np.sqrt(low), np.sqrt(np.minimum(high, 1.0))


def of_chi_squared(reference: Floats, current: Floats) -> Bounds:
    """Bounds of the chi-squared statistic that samples of these sizes from these populations expect.

    At no change that is bins − 1: the statistic has no other population value.

    Examples
    --------
    >>> low, high = of_chi_squared(np.array([500.0, 500.0]), np.array([50.0, 50.0]))
    >>> float(low), round(float(high), 1)
    (1.0, 5.8)
    """
    two = Two.of(reference, current)
    of_m = (two.m / (two.m + two.n))[..., None]
    pooled = of_m * two.p + (1 - of_m) * two.q
    h = np.where(pooled > 0, pooled, 1.0)
    gap = (two.p - two.q) / h
    value = (gap * gap * h).sum(axis=-1)
    slopes = 2 * gap - gap**2 * of_m, -2 * gap - gap**2 * (1 - of_m)
    bends = (
        (2 - 4 * gap * of_m + 2 * (gap * of_m) ** 2) / h,
        (2 + 4 * gap * (1 - of_m) + 2 * (gap * (1 - of_m)) ** 2) / h,
    )
    low, high = _of_divergence(two, value, slopes, bends)
    return low * two.sizes + two.n_bins - 1, high * two.sizes + two.n_bins - 1


def _of_divergence(
    two: Two, value: Floats, slopes: tuple[Floats, Floats], bends: tuple[Floats, Floats]
) -> Bounds:
    """Bounds of a smooth divergence from its value, slopes and second derivatives in both samples' shares.

    value / s is taken for a noncentral chi-squared with bias / s degrees of freedom: s = variance / (4
    value) is 1 / (2 × 2nd derivative) at no change and follows the delta method away from it.
    """
    variance = two.variance(*slopes)
    of_p, of_q = two.p * (1 - two.p) * bends[0], two.q * (1 - two.q) * bends[1]
    bias = (of_p.sum(axis=-1) / two.m + of_q.sum(axis=-1) / two.n) / 2
    differs = (variance > 0) & (value > 1e-12)
    scale = np.where(differs, variance / (4 * np.where(differs, value, 1.0)), bias / (two.n_bins - 1))
    safe = np.where(scale > 0, scale, 1.0)  # one single bin: nothing can differ
    low, high = noncentral(value / safe, np.maximum(bias / safe, 0.1))
    return low * scale, high * scale

"""How far two distributions lie apart: distances and tests on counts.

All functions take counts or shares with the bins on the last axis and give one number for each leading
index, so that many columns and windows are compared at once. Every distance is 0 for equal shares.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

PSI_FLOOR = 1e-4
"""Least share of a bin in PSI: an empty bin would make it infinite."""

MIN_EXPECTED = 5.0
"""Least expected count of a bin in the chi-squared test (Cochran 1954)."""


def shares(counts: Floats) -> Floats:
    """Return counts divided by their sum along the last axis; zeros where there are no rows.

    Examples
    --------
    >>> shares(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.25, 0.75], [0.0, 0.0]]
    """
    total = counts.sum(axis=-1, keepdims=True)
    empty = np.zeros(np.broadcast(counts, total).shape)
    return np.asarray(np.divide(counts, total, out=empty, where=total > 0))


def psi(reference: Floats, current: Floats) -> Floats:
    """Population stability index of two sets of shares.

    Σ (q − p) ln(q / p), shares under 1e-4 counted as 1e-4. Unit: nats; range [0, ∞); no change is 0,
    custom calls .1 slight and .2 strong. For normal shifts of .1 sd it is about .01. Bins are the
    caller's: here reference deciles, or categories with those under 1 % pooled. No rows on one side:
    meaningless, the caller gives no value.

    Source: Lewis (1994), An Introduction to Credit Scoring; equals Jeffreys' divergence.

    Examples
    --------
    >>> round(float(psi(np.array([0.5, 0.5]), np.array([0.75, 0.25]))), 4)   # .25 ln 1.5 − .25 ln .5
    0.2747
    """
    p, q = np.maximum(reference, PSI_FLOOR), np.maximum(current, PSI_FLOOR)
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))


def jensen_shannon(reference: Floats, current: Floats) -> Floats:
    """Jensen-Shannon distance, base 2: the square root of the divergence.

    √(½ KL(p‖m) + ½ KL(q‖m)), m = (p + q)/2, logarithms to base 2. Range [0, 1]; no change is 0,
    disjoint distributions are 1. Empty bins are harmless.

    Source: Endres & Schindelin (2003), IEEE Transactions on Information Theory 49.

    Examples
    --------
    >>> float(jensen_shannon(np.array([1.0, 0.0]), np.array([0.0, 1.0])))
    1.0
    """
    middle = (reference + current) / 2

    def divergence(p: Floats) -> Floats:
        safe = (p > 0) & (middle > 0)
        fraction = np.divide(p, middle, out=np.ones_like(middle), where=safe)
        return np.asarray((p * np.log2(fraction)).sum(axis=-1))

    return np.asarray(np.sqrt(np.clip((divergence(reference) + divergence(current)) / 2, 0.0, 1.0)))


def hellinger(reference: Floats, current: Floats) -> Floats:
    """Hellinger distance of two sets of shares.

    √(½ Σ (√p − √q)²). Range [0, 1]; no change is 0, disjoint distributions are 1. No rows on one side:
    meaningless, the caller gives no value.

    Source: Hellinger (1909), Journal für die reine und angewandte Mathematik 136.

    Examples
    --------
    >>> round(float(hellinger(np.array([0.5, 0.5]), np.array([1.0, 0.0]))), 4)   # √(1 − √½)
    0.5412
    """
    gap = np.sqrt(reference) - np.sqrt(current)
    return np.asarray(np.sqrt(np.clip((gap**2).sum(axis=-1) / 2, 0.0, 1.0)))


def total_variation(reference: Floats, current: Floats) -> Floats:
    """Total variation distance: the share of rows that would have to move to another bin.

    ½ Σ |p − q|. Range [0, 1]; no change is 0. No rows on one side: meaningless, the caller gives no value.

    Source: Levin, Peres & Wilmer (2009), Markov Chains and Mixing Times, chapter 4.

    Examples
    --------
    >>> float(total_variation(np.array([0.5, 0.5]), np.array([0.75, 0.25])))
    0.25
    """
    return np.asarray(np.abs(reference - current).sum(axis=-1) / 2)


def l_infinity(reference: Floats, current: Floats) -> Floats:
    """L-infinity distance: the largest change of any bin's share.

    max |p − q|. Range [0, 1]; no change is 0. No rows on one side: meaningless, the caller gives no value.

    Source: the maximum norm; as in TensorFlow Data Validation's categorical skew.

    Examples
    --------
    >>> float(l_infinity(np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.2, 0.4])))
    0.2
    """
    return np.asarray(np.abs(reference - current).max(axis=-1, initial=0.0))


def ks(reference: Floats, current: Floats) -> Floats:
    """Kolmogorov-Smirnov statistic: the largest gap between two cumulative distributions.

    max |F − G| over the bins' edges. Range [0, 1]; no change is 0 (two samples of n rows differ by
    about 1/√n anyway). No rows on one side: meaningless, the caller gives no value. On profile bins it is
    at most one bin's mass below the exact value.

    Parameters
    ----------
    reference, current
        Shares a bin, values ascending.

    Source: Smirnov (1948), Annals of Mathematical Statistics 19.

    Examples
    --------
    >>> round(float(ks(np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5]))), 6)
    0.3
    """
    return np.asarray(np.abs(np.cumsum(current - reference, axis=-1)).max(axis=-1, initial=0.0))


def ks_p_value(distance: Floats, n_reference: Floats, n: Floats) -> Floats:
    """Return P(a gap of at least this size) if both samples come from one continuous distribution.

    Kolmogorov's limit at (√e + .12 + .11/√e)·D, e = nm/(n + m): within 2 % of the exact p below .05
    from e = 25 on. Ties make it larger than it should be, never smaller. Empty samples give 1.

    Source: Stephens (1970), Journal of the Royal Statistical Society B 32.

    Examples
    --------
    >>> round(float(ks_p_value(np.array(0.15), np.array(10_000.0), np.array(101.0))), 3)
    0.02
    """
    from scipy.special import kolmogorov

    total = n_reference + n
    effective = np.sqrt(np.divide(n_reference * n, total, out=np.zeros_like(distance), where=total > 0))
    shift = np.divide(0.11, effective, out=np.zeros_like(distance), where=effective > 0)
    return np.asarray(kolmogorov((effective + 0.12 * (effective > 0) + shift) * distance))


def wasserstein(x: Floats, gap: Floats, flat: NDArray[np.bool_]) -> Floats:
    """Wasserstein-1 distance: the area between two cumulative distributions.

    ∫ |F − G| dx, in the column's own unit; the caller divides by the reference's standard deviation.
    Range [0, ∞); no change is 0, a shift by d gives d. No rows on one side: meaningless, the caller
    gives no value.

    Parameters
    ----------
    x
        Ascending knots, (…, k).
    gap
        F − G at the knots, (…, k).
    flat
        Whether the gap stays level up to the next knot (values sit on the knots) or changes linearly
        (values are spread between them), (…, k − 1).

    Source: Vallender (1974), Theory of Probability and Its Applications 18.

    Examples
    --------
    >>> x, gap = np.array([0.0, 1.0, 2.0]), np.array([0.5, 0.5, 0.0])
    >>> [float(wasserstein(x, gap, np.array([flat] * 2))) for flat in (True, False)]
    [1.0, 0.75]
    """
    left, right = gap[..., :-1], gap[..., 1:]
    a, b = np.abs(left), np.abs(right)
    level = (a + b) / 2
    # Two triangles where the difference changes its sign inside the bin.
    crossing = np.divide(a * a + b * b, 2 * (a + b), out=np.zeros_like(level), where=a + b > 0)
    height = np.where(flat, a, np.where(left * right < 0, crossing, level))
    return np.asarray((height * np.diff(x, axis=-1)).sum(axis=-1))


def chi_squared(reference: Floats, current: Floats) -> tuple[Floats, Floats]:
    """Pearson's chi-squared statistic of two samples of counts, and its p value.

    Σ (O − E)² / E over both samples, without continuity correction; range [0, ∞); no change is about
    bins − 1. Bins in which the smaller sample expects under 5 rows are pooled with the next rarer ones;
    if the last pool still expects under 5 it joins the one before. With two bins left and under 5
    expected, p is Fisher's exact one. An empty sample, or one bin, gives 0 with p = 1.

    Parameters
    ----------
    reference, current
        Counts, (…, bins), commonest bin of the reference first, the unknown ones last.

    Source: Pearson (1900), Philosophical Magazine 50; Cochran (1954), Biometrics 10; Fisher (1935).

    Examples
    --------
    >>> value, p = chi_squared(np.array([60.0, 40.0]), np.array([40.0, 60.0]))
    >>> round(float(value), 6), round(float(p), 6)
    (8.0, 0.004678)
    """
    return chi_squared_of(pooled(reference, current))


def chi_squared_of(pools: Floats) -> tuple[Floats, Floats]:
    """Return statistic and p value of counts that :func:`pooled` has put into bins."""
    from scipy.special import chdtrc

    n_bins = (pools.sum(axis=-2) > 0).sum(axis=-1)
    expected = _expected(pools)
    terms = np.divide((pools - expected) ** 2, expected, out=np.zeros_like(pools), where=expected > 0)
    value = terms.sum(axis=(-1, -2))
    p = np.where(n_bins > 1, chdtrc(np.maximum(n_bins - 1, 1), value), 1.0)
    doubtful = (n_bins == 2) & (np.where(expected > 0, expected, np.inf).min(axis=(-1, -2)) < MIN_EXPECTED)
    for index in np.argwhere(doubtful):
        one = tuple(index)
        p[one] = _fisher(pools[one])
    return np.asarray(value), np.asarray(p)


def pooled(reference: Floats, current: Floats) -> Floats:
    """Return counts (…, 2, bins) with rare bins moved into one of them, for the chi-squared test.

    Rare neighbours in frequency go together until twice the least is expected of them, so that none of
    these pools expects less than it; the last one, with the unknown values, may, and then joins the one
    before.
    """
    both = np.stack(np.broadcast_arrays(reference, current), axis=-2)
    sizes = both.sum(axis=-1)
    smaller, total = sizes.min(axis=-1)[..., None], sizes.sum(axis=-1)[..., None]
    expected = shares(reference) * smaller
    position = np.arange(expected.shape[-1])
    is_rare = (expected < MIN_EXPECTED) & (position > 0)
    rare = np.where(is_rare, expected, 0.0)
    before = np.cumsum(rare, axis=-1) - rare
    n_common = (~is_rare).sum(axis=-1, keepdims=True)
    pool = np.where(is_rare, n_common + before // (2 * MIN_EXPECTED), position).astype(np.intp)
    last = pool.max(axis=-1, keepdims=True)
    rest = np.where(pool == last, both.sum(axis=-2), 0.0).sum(axis=-1, keepdims=True)
    too_few = (rest * smaller < MIN_EXPECTED * total) & (last > 1)
    pool = np.minimum(pool, last - too_few)
    return _added_up(both, np.broadcast_to(pool[..., None, :], both.shape))


def _added_up(values: Floats, place: Ints) -> Floats:
    """Return the values added up along the last axis by the places that they go to."""
    width = values.shape[-1]
    row = np.arange(values.size // max(width, 1)).repeat(width)
    flat = np.bincount(row * width + place.ravel(), values.ravel(), minlength=values.size)
    return flat.reshape(values.shape).astype(np.float64)


def _expected(pools: Floats) -> Floats:
    total = pools.sum(axis=(-1, -2), keepdims=True)
    product = pools.sum(axis=-1, keepdims=True) * pools.sum(axis=-2, keepdims=True)
    return np.asarray(np.divide(product, total, out=np.zeros_like(pools), where=total > 0))


def _fisher(table: Floats) -> float:
    """Return the two-sided exact p of a 2 × 2 table given with empty columns among its bins."""
    from scipy.special import gammaln

    used = table[:, table.sum(axis=0) > 0]
    hits, n, total = used[1, 0], used[1].sum(), used.sum()
    n_first = used[:, 0].sum()
    k = np.arange(max(0.0, n + n_first - total), min(n, n_first) + 1)

    def choose(top: Floats | float, bottom: Floats) -> Floats:
        return np.asarray(gammaln(top + 1) - gammaln(bottom + 1) - gammaln(top - bottom + 1))

    weight = choose(n_first, k) + choose(total - n_first, n - k)
    weight -= weight.max()
    chance = np.exp(weight)
    observed = weight[int(hits - k[0])]
    return float(min(1.0, chance[weight <= observed + 1e-7].sum() / chance.sum()))

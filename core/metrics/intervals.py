"""How sure a number is: 95 % intervals and two-sample tests in closed form."""

from collections.abc import Callable
from functools import cache
from math import atanh, erfc, exp, log, pi, sqrt, tanh

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Interval = tuple[float, float]

Z95 = 1.959963984540054
"""Standard normal quantile of .975."""


def wilson(n_hits: float, n: float, z: float = Z95) -> Interval | None:
    """Return the score interval of a proportion, 95 % unless ``z`` says otherwise; None for n = 0.

    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), inside [0, 1] even for no or all hits.

    Source: Wilson (1927), JASA 22.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if n <= 0:
        return None
    p = n_hits / n
    centre = p + z**2 / (2 * n)
    half = z * sqrt(max(p * (1 - p), 0.0) / n + z**2 / (4 * n * n))
    scale = 1 + z**2 / n
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def difference(
    n_hits: float, n: float, n_other_hits: float, n_other: float, z: float = Z95
) -> Interval | None:
    """Return the interval of p − p_other from the two Wilson intervals; None if a sample is empty.

    Source: Newcombe (1998), Statistics in Medicine 17, method 10.

    Examples
    --------
    >>> [round(bound, 4) for bound in difference(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    one, other = wilson(n_hits, n, z), wilson(n_other_hits, n_other, z)
    if one is None or other is None:
        return None
    p, q = n_hits / n, n_other_hits / n_other
    below = sqrt((p - one[0]) ** 2 + (other[1] - q) ** 2)
    above = sqrt((one[1] - p) ** 2 + (q - other[0]) ** 2)
    return max(-1.0, p - q - below), min(1.0, p - q + above)


def ratio(n_hits: float, n: float, n_other_hits: float, n_other: float, z: float = Z95) -> Interval | None:
    """Return the interval of p / p_other on the log scale; None if a sample is empty.

    exp(ln r ± z √(1/x − 1/n + 1/y − 1/m)). Half a hit is added to both where one has none.

    Source: Katz et al. (1978), Biometrics 34.

    Examples
    --------
    >>> [round(bound, 4) for bound in ratio(40, 100, 50, 100)]
    [0.5868, 1.0906]
    """
    if n <= 0 or n_other <= 0:
        return None
    if n_hits == 0 or n_other_hits == 0:
        n_hits, n, n_other_hits, n_other = n_hits + 0.5, n + 0.5, n_other_hits + 0.5, n_other + 0.5
    variance = 1 / n_hits - 1 / n + 1 / n_other_hits - 1 / n_other
    centre = log((n_hits / n) / (n_other_hits / n_other))
    half = z * sqrt(max(variance, 0.0))
    return exp(centre - half), exp(centre + half)


@cache
def range_limit(n_groups: int, n_rates: int = 1) -> float:
    """Return how many standard errors the farthest of equal groups lie apart in 5 % of all cases.

    Two groups: 1.96. The more groups, and the more rates of which the worst is taken, the farther. From
    the distribution of the range of ``n_groups`` normal variables, k ∫ φ(x) (Φ(x) − Φ(x − w))^(k − 1) dx.

    Source: Tukey (1953), The Problem of Multiple Comparisons; Šidák (1967), JASA 62, for several rates.

    Examples
    --------
    >>> [round(range_limit(k), 3) for k in (2, 3, 10)], round(range_limit(2, 2), 3)
    ([1.96, 2.344, 3.164], 2.236)
    """
    from scipy.special import ndtr

    x = np.linspace(-9.0, 9.0, 3_601)
    density = np.exp(-x * x / 2) / sqrt(2 * pi) * (x[1] - x[0])
    low, high = 0.0, 20.0
    for _ in range(50):
        w = (low + high) / 2
        inside = n_groups * float((density * (ndtr(x) - ndtr(x - w)) ** (n_groups - 1)).sum())
        low, high = (w, high) if inside < 0.95 ** (1 / n_rates) else (low, w)
    return low / sqrt(2)


def mean(total: float, squares: float, n: int) -> Interval | None:
    """Return the 95 % t interval of a mean from a sum and a sum of squares; None below two rows.

    Examples
    --------
    >>> [round(bound, 3) for bound in mean(6.0, 14.0, 3)]
    [-0.484, 4.484]
    """
    if n < 2:
        return None
    centre = total / n
    variance = max(squares / n - centre * centre, 0.0) * n / (n - 1)
    half = students(n - 1) * sqrt(variance / n)
    return centre - half, centre + half


def students(degrees: float) -> float:
    """Return the .975 quantile of Student's t: what stands for 1.96 where the error is an estimate.

    Examples
    --------
    >>> round(students(9), 3)
    2.262
    """
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.975))


def two_proportions(n_hits: float, n: float, n_other_hits: float, n_other: float) -> float | None:
    """Return the two-sided p value of "both proportions are the same"; None if a sample is empty.

    The pooled z test: z = (p − q) / √(r(1−r)(1/n + 1/m)); 1.0 where both are all or nothing.

    Examples
    --------
    >>> round(two_proportions(30, 100, 45, 100), 4)
    0.0285
    """
    if n <= 0 or n_other <= 0:
        return None
    pooled = (n_hits + n_other_hits) / (n + n_other)
    spread = pooled * (1 - pooled) * (1 / n + 1 / n_other)
    if spread <= 0:
        return 1.0
    return erfc(abs(n_hits / n - n_other_hits / n_other) / sqrt(2 * spread))


def delong(positives: Floats, negatives: Floats) -> tuple[float, float] | None:
    """Return the AUC and its standard error from counts per score bin; None if a class is empty.

    AUC = P(score of a positive > that of a negative) + half the ties; a bin's rows count as tied. The
    variance is var(V₁₀)/m + var(V₀₁)/n with the placement values of both classes.

    Parameters
    ----------
    positives, negatives
        Rows (or expected rows) of the class in each bin, scores ascending.

    Source: DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44; counts make it one pass.

    Examples
    --------
    >>> auc, error = delong(np.array([0.0, 1.0, 2.0]), np.array([2.0, 1.0, 0.0]))
    >>> round(auc, 4), round(error, 4)
    (0.9444, 0.0786)
    """
    m, n = float(positives.sum()), float(negatives.sum())
    if m <= 0 or n <= 0:
        return None
    of_positive = (np.cumsum(negatives) - negatives / 2) / n
    of_negative = 1 - (np.cumsum(positives) - positives / 2) / m
    auc = float((positives * of_positive).sum() / m)
    s10 = float((positives * (of_positive - auc) ** 2).sum()) / max(m - 1, 1.0)
    s01 = float((negatives * (of_negative - auc) ** 2).sum()) / max(n - 1, 1.0)
    return auc, sqrt(max(s10 / m + s01 / n, 0.0))


def on_logit_scale(p: float, error: float, n: float, z: float = Z95) -> Interval | None:
    """Return the interval of a quantity in [0, 1] with a known standard error; None for n = 0.

    logit(p) ± z·se / (p(1−p)), 95 % unless ``z`` says otherwise, so that it stays inside. At 0 and 1,
    where the error says nothing, the Wilson interval of n rows stands in.

    Examples
    --------
    >>> [round(bound, 3) for bound in on_logit_scale(0.9, 0.02, 100)]
    [0.853, 0.933]
    >>> [round(bound, 3) for bound in on_logit_scale(1.0, 0.0, 20)]
    [0.839, 1.0]
    """
    if not 0 < p < 1 or error <= 0:
        return wilson(p * n, n)
    centre, half = log(p / (1 - p)), z * error / (p * (1 - p))
    return 1 / (1 + exp(min(half - centre, 700.0))), 1 / (1 + exp(max(-half - centre, -700.0)))


def on_log_scale(value: float, error: float) -> Interval:
    """Return the 95 % interval of a mean of losses with a known standard error.

    value × exp(± z·se / value): skewed to the right, as losses are. Without any nothing is open.

    Examples
    --------
    >>> [round(bound, 3) for bound in on_log_scale(0.2, 0.02)]   # 0.2 × exp(± 1.96 × 0.1)
    [0.164, 0.243]
    """
    if value <= 0:
        return value, value
    factor = exp(min(Z95 * error / value, 700.0))
    return value / factor, value * factor


def on_fisher_scale(r: float, error: float, n: float) -> Interval:
    """Return the 95 % interval of a correlation with a known standard error.

    tanh(artanh r ± z·se / (1 − r²)), so that it stays inside [−1, 1]. At −1 and 1, where the error says
    nothing, the rule of three: what n rows without a single exception leave open.

    Source: Fisher (1921), Metron 1.

    Examples
    --------
    >>> [round(bound, 3) for bound in on_fisher_scale(0.6, 0.08, 100)]
    [0.42, 0.734]
    """
    if not -1 < r < 1:
        return (max(-1.0, 1 - 6 / n), 1.0) if r > 0 else (-1.0, min(1.0, 6 / n - 1))
    centre, half = atanh(r), Z95 * error / (1 - r * r)
    return tanh(centre - half), tanh(centre + half)


def standard_error(slopes: Floats, counts: Floats) -> float:
    """Return the standard error of a statistic of counts from its slope in every count.

    √(Σ c (u − ū)²), where u is the slope of a cell and ū their mean over the rows: the delta method, and
    the bootstrap's limit for many draws, without chance.

    Source: Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6.

    Examples
    --------
    >>> counts = np.array([30.0, 70.0])
    >>> slopes = np.array([0.7, -0.3]) / 100   # of the share of the first cell
    >>> round(standard_error(slopes, counts), 5)   # √(.3 × .7 / 100)
    0.04583
    """
    centred = slopes - float((counts * slopes).sum()) / float(counts.sum())
    return sqrt(float((counts * centred**2).sum()))


def error_of(statistic: Callable[[Floats], Floats], counts: Floats) -> float:
    """Return the standard error of a statistic of few counts, its slopes taken by small differences.

    Parameters
    ----------
    statistic
        Maps a stack of count vectors (…, cells) to values (…).
    counts
        Rows a cell; only cells that occur have a say.

    Examples
    --------
    >>> share = lambda c: c[..., 0] / c.sum(axis=-1)
    >>> round(error_of(share, np.array([30.0, 70.0])), 5)
    0.04583
    """
    return standard_error(slopes_of(statistic, counts), counts)


def slopes_of(statistic: Callable[[Floats], Floats], counts: Floats) -> Floats:
    """Return a statistic's slope in each of few counts by small differences; 0 in cells without rows.

    See :func:`error_of` for the parameters.

    Examples
    --------
    >>> share = lambda c: c[..., 0] / c.sum(axis=-1)
    >>> slopes_of(share, np.array([30.0, 70.0])).round(5).tolist()
    [0.007, -0.003]
    """
    cells = np.flatnonzero(counts > 0)
    step = 1e-4 * counts[cells]
    moves = np.zeros((len(cells), counts.size))
    moves[np.arange(len(cells)), cells] = step
    slopes = np.zeros(counts.size)
    slopes[cells] = (statistic(counts + moves) - statistic(counts - moves)) / (2 * step)
    return slopes

"""A change of a metric split into mix (segments grew or shrank) and within (segments changed).

The whole is moved from before to after along the straight path, on which every segment's share and
every segment's own rows change evenly; each bit of change is booked to what moved (Aumann-Shapley). So
the parts add up to the change without a remainder, before and after swapped gives the negative, and it
does not matter how segments are named or ordered. For a metric that adds up over rows the integral is
Kitagawa's formula with the symmetric midpoint as weights:

    mix    = Σ Δshare · (mean of the segment's two values − that of the whole)
    within = Σ mean share · Δvalue

For a metric of order (AUC) it is evaluated with Gauss and Legendre's 24 points. A segment that is there
on one side only has no change of its own: all of its part is mix.

Source: Kitagawa (1955), JASA 50; Oaxaca (1973), Blinder (1973) for the midpoint; Aumann & Shapley (1974),
Values of Non-Atomic Games.
"""

from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from core.change import Decomposition, Effect, Level, Part
from core.metrics.drift import Floats
from core.metrics.intervals import Z95
from core.metrics.slices import Levels, Ranks, Slices, Sums

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_STEPS, _STEP_WEIGHTS = (_NODES + 1) / 2, _WEIGHTS / 2


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The parts by segment, and the squared errors of their sums."""

    mix: Floats
    within: Floats
    mix_variance: float
    within_variance: float


def split(before: Sums | Ranks, after: Sums | Ranks) -> Parts | None:
    """Split the change of a metric between two sides by their segments.

    Returns
    -------
    Parts or None
        None where a side has no value (no rows; for AUC one class).

    Notes
    -----
    Errors by the delta method: values of segments and shares vary independently, shares as multinomial.

    Examples
    --------
    Two segments with accuracy .9 and .5; the second grows from 10 % to 30 % and falls to .4:

    >>> parts = split(Sums.of_rates(np.array([81.0, 5.0]), np.array([90.0, 10.0])),
    ...     Sums.of_rates(np.array([63.0, 12.0]), np.array([70.0, 30.0])))
    >>> float(parts.mix.sum().round(6)), float(parts.within.sum().round(6))   # −.2 × (.9 − .45), .2 × −.1
    (-0.09, -0.02)
    """
    if isinstance(before, Sums) and isinstance(after, Sums):
        return _sums(before, after)
    if isinstance(before, Ranks) and isinstance(after, Ranks):
        return _ranks(before, after)
    raise TypeError("both sides must be of one kind")


def decompose(slices: Slices) -> Decomposition | None:
    """Split the change between the two sides of some slices; None where a side has no value."""
    parts = split(slices.before, slices.after)
    if parts is None:
        return None
    before, after = slices.before.levels(), slices.after.levels()
    shares = [side.size / side.size.sum() for side in (slices.before, slices.after)]
    return Decomposition(
        by=slices.columns,
        change=float(parts.mix.sum() + parts.within.sum()),
        mix=effect(float(parts.mix.sum()), parts.mix_variance),
        within=effect(float(parts.within.sum()), parts.within_variance),
        parts=tuple(
            Part(
                segment=segment,
                before=level(before, i, slices.before.rows[i]),
                after=level(after, i, slices.after.rows[i]),
                share_before=float(shares[0][i]),
                share_after=float(shares[1][i]),
                mix=float(parts.mix[i]),
                within=float(parts.within[i]),
            )
            for i, segment in enumerate(slices.segments)
        ),
    )


def level(levels: Levels, i: int, n: float) -> Level:
    """Return one segment's level as a value; what is not finite is None."""
    value, low, high = (float(side[i]) for side in (levels.value, levels.low, levels.high))
    if not np.isfinite(value):
        return Level(value=None, n=round(n))
    if not (np.isfinite(low) and np.isfinite(high)):
        return Level(value=value, n=round(n))
    return Level(value=value, n=round(n), low=min(low, value), high=max(high, value))


def effect(value: float, variance: float) -> Effect:
    """Return an effect with its normal interval and two-sided p value; 0 without error is no effect.

    Examples
    --------
    >>> effect(0.0, 0.0).p_value, round(effect(1.96, 1.0).p_value, 3)
    (1.0, 0.05)
    """
    error = sqrt(max(variance, 0.0))
    half = Z95 * error
    p_value = erfc(abs(value) / error / sqrt(2)) if error > 0 else float(value == 0)
    return Effect(value=value, low=value - half, high=value + half, p_value=p_value)


def _sums(before: Sums, after: Sums) -> Parts | None:
    if before.w.sum() <= 0 or after.w.sum() <= 0:
        return None
    (p0, p1), there = _shares(before.w, after.w)
    m0, m1, v0, v1 = _own(before.levels(), after.levels(), there)
    mean_share, mean_value, moved = (p0 + p1) / 2, (m0 + m1) / 2, m1 - m0
    # Of the whole's value along the path, whose integral is Simpson's since it is a parabola.
    whole = ((p0 * m0).sum() + 4 * (mean_share * mean_value).sum() + (p1 * m1).sum()) / 6
    n0, n1 = (side.w.sum() ** 2 / side.ww.sum() for side in (before, after))
    return Parts(
        mix=(p1 - p0) * (mean_value - whole),
        within=mean_share * moved,
        mix_variance=_spread(p0, mean_value) / n0
        + _spread(p1, mean_value) / n1
        + float(((p1 - p0) ** 2 * (v0 + v1)).sum()) / 4,
        within_variance=float((mean_share**2 * (v0 + v1)).sum())
        + (_spread(p0, moved) / n0 + _spread(p1, moved) / n1) / 4,
    )


def _ranks(before: Ranks, after: Ranks) -> Parts | None:
    sides = (before, after)
    if any(float(one.sum()) <= 0 for side in sides for one in (side.positives, side.negatives)):
        return None
    (p0, p1), there = _shares(before.size, after.size)
    q0, q1 = _distributions(before, after)
    k = len(p0)
    mix, within = np.zeros(k), np.zeros(k)
    for step, weight in zip(_STEPS, _STEP_WEIGHTS, strict=True):
        shares, rows = p0 + step * (p1 - p0), q0 + step * (q1 - q0)
        slope = _auc_slope(np.tensordot(shares, rows, axes=1))
        mix += weight * (p1 - p0) * np.tensordot(rows, slope, axes=2)
        within += weight * shares * np.tensordot(q1 - q0, slope, axes=2)
    middle = (p0 + p1) / 2
    slope = _auc_slope(np.tensordot(middle, (q0 + q1) / 2, axes=1))
    # Around the middle the metric is the mean of the rows' slopes: errors follow as for a mean.
    m0, m1 = (np.tensordot(rows, slope, axes=2) for rows in (q0, q1))
    n0, n1 = before.size, after.size
    v0 = (np.tensordot(q0, slope**2, axes=2) - m0**2) / np.maximum(np.where(n0 > 0, n0, n1), 1.0)
    v1 = (np.tensordot(q1, slope**2, axes=2) - m1**2) / np.maximum(np.where(n1 > 0, n1, n0), 1.0)
    moved = m1 - m0
    return Parts(
        mix=mix,
        within=within,
        mix_variance=_spread(p0, (m0 + m1) / 2) / n0.sum()
        + _spread(p1, (m0 + m1) / 2) / n1.sum()
        + float(((p1 - p0) ** 2 * (v0 + v1)).sum()) / 4,
        within_variance=float((middle**2 * np.where(there, v0 + v1, 0.0)).sum())
        + (_spread(p0, moved) / n0.sum() + _spread(p1, moved) / n1.sum()) / 4,
    )


def _shares(before: Floats, after: Floats) -> tuple[tuple[Floats, Floats], Floats]:
    """Return both sides' shares, and where a segment is there on both."""
    return (before / before.sum(), after / after.sum()), np.asarray((before > 0) & (after > 0))


def _own(before: Levels, after: Levels, there: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return values and squared errors; a segment of one side only keeps its value on the other."""
    m0 = np.where(there, before.value, np.where(np.isnan(before.value), after.value, before.value))
    m1 = np.where(there, after.value, np.where(np.isnan(after.value), before.value, after.value))
    v0 = np.where(there, before.variance, 0.0)
    v1 = np.where(there, after.variance, 0.0)
    return np.nan_to_num(m0), np.nan_to_num(m1), np.nan_to_num(v0), np.nan_to_num(v1)


def _distributions(before: Ranks, after: Ranks) -> tuple[Floats, Floats]:
    """Return each segment's rows by class and bin as shares: (segments, 2, bins) of both sides."""
    found = []
    for side in (before, after):
        rows = np.stack([side.positives, side.negatives], axis=1)
        n = side.size[:, None, None]
        found.append(np.divide(rows, n, out=np.zeros_like(rows), where=n > 0))
    q0, q1 = found
    absent_before, absent_after = before.size <= 0, after.size <= 0
    q0[absent_before], q1[absent_after] = q1[absent_before], q0[absent_after]
    return q0, q1


def _auc_slope(cells: Floats) -> Floats:
    """Return how the AUC answers to one more row of each class (axis 0) in each bin (axis 1)."""
    positives, negatives = cells
    m, n = positives.sum(), negatives.sum()
    of_positive = (np.cumsum(negatives) - negatives / 2) / n
    of_negative = 1 - (np.cumsum(positives) - positives / 2) / m
    auc = float((positives * of_positive).sum() / m)
    return np.stack([(of_positive - auc) / m, (of_negative - auc) / n])


def _spread(shares: Floats, values: Floats) -> float:
    """Return the variance of a value over segments drawn by their shares."""
    mean = float((shares * values).sum())
    return max(float((shares * values**2).sum()) - mean**2, 0.0)

"""How a segment's number moved, beside that of the rows outside it: change, gap, intervals, test."""

from dataclasses import dataclass

import numpy as np

from core.change import Effect
from core.metrics.drift import Floats
from core.metrics.outcomes import Flags
from core.metrics.slices import Levels, Ranks, Sums

MIN_ROWS = 50
"""Least rows of a segment (for AUC: of its smaller class, 20) on the side of the current rows."""

MIN_OF_A_CLASS = 20

GROWN = 5
"""A segment with too few rows before is new when its share has grown this many times; else not judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """Per segment: its levels, those of the remaining rows, and whether they moved apart.

    ``gap`` is (after − before of the segment) − (after − before of the rest); where a segment has too
    few rows before, it is new, and the gap is that to the rest now. NaN where nothing can be said.
    """

    before: Levels
    after: Levels
    rest_before: Levels
    rest_after: Levels
    gap: Floats
    p_value: Floats
    is_new: Flags
    is_tested: Flags

    def change(self, i: int) -> Effect | None:
        """Return the change of a segment; None for a new one."""
        return None if self.is_new[i] else moved(self.before, self.after, i)

    def effect(self, i: int) -> Effect:
        """Return the gap of a segment with its interval."""
        if self.is_new[i]:
            low, high = _moved(self.rest_after, self.after)
            return self._effect(i, float(low[i]), float(high[i]))
        own_low, own_high = _moved(self.before, self.after)
        low, high = _moved(self.rest_before, self.rest_after)
        own = float(self.after.value[i] - self.before.value[i])
        others = float(self.rest_after.value[i] - self.rest_before.value[i])
        below = np.hypot(own - own_low[i], high[i] - others)
        above = np.hypot(own_high[i] - own, others - low[i])
        return self._effect(i, float(own - others - below), float(own - others + above))

    def _effect(self, i: int, low: float, high: float) -> Effect:
        return Effect(value=float(self.gap[i]), low=low, high=high, p_value=float(self.p_value[i]))


def gaps(before: Sums | Ranks, after: Sums | Ranks, others: tuple[Sums | Ranks, Sums | Ranks]) -> Gaps:
    """Compare how segments moved with how other rows moved.

    Parameters
    ----------
    before, after
        The segments on both sides.
    others
        The rows that each is compared with, on both sides: the whole without it, or the remainder of a
        larger segment.

    Notes
    -----
    Test: t of the gap, with Welch and Satterthwaite's degrees of freedom. Each squared error is the
    larger of the side's own and of what both sides together would give at its rows, so that a segment
    that happens to have few errors does not look surer than it is; on the side of harm the statistic is
    conservative. Intervals: those of the four levels squared and added (Zou & Donner's MOVER, which for
    two proportions is Newcombe's method 10).

    Source: Zou & Donner (2008), Statistics in Medicine 27; Newcombe (1998), Statistics in Medicine 17.
    """
    b, a = before.levels(), after.levels()
    rb, ra = others[0].levels(), others[1].levels()
    least = MIN_OF_A_CLASS if isinstance(after, Ranks) else MIN_ROWS
    enough_now = (a.n >= least) & (ra.n >= least)
    enough_before = (b.n >= least) & (rb.n >= least)
    share_before, share_after = (side.size / max(side.whole().size[0], 1.0) for side in (before, after))
    is_new = enough_now & ~(b.n >= least) & (share_after >= GROWN * share_before) & ~np.isnan(ra.value)
    is_tested = enough_now & (enough_before | is_new)
    own = np.where(is_new, a.value, a.value - b.value)
    rest = np.where(is_new, ra.value, ra.value - rb.value)
    gap = np.where(is_tested, own - rest, np.nan)
    errors = [_safer(b, a), _safer(a, b), _safer(rb, ra), _safer(ra, rb)]
    freedoms = [b.n - 1, a.n - 1, rb.n - 1, ra.n - 1]
    for place in (0, 2):
        errors[place] = np.where(is_new, 0.0, errors[place])
    p_value = np.where(is_tested, _two_sided(gap, errors, freedoms), np.nan)
    return Gaps(b, a, rb, ra, gap, p_value, is_new, is_tested)


def moved(before: Levels, after: Levels, i: int = 0) -> Effect:
    """Return the change of one segment from before to after, with interval and test as in :func:`gaps`."""
    low, high = _moved(before, after)
    value = after.value - before.value
    errors = [_safer(before, after), _safer(after, before)]
    p_values = _two_sided(value, errors, [side.n - 1 for side in (before, after)])
    return Effect(value=float(value[i]), low=float(low[i]), high=float(high[i]), p_value=float(p_values[i]))


def _safer(one: Levels, other: Levels) -> Floats:
    """Return a side's squared errors, at least those that both sides together give at its rows."""
    n = one.n + other.n
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (np.nan_to_num(one.spread) * one.n + np.nan_to_num(other.spread) * other.n) / n
        both = np.where(n > 0, pooled / one.n, 0.0)
    found = np.maximum(np.nan_to_num(one.variance), np.nan_to_num(both, posinf=0.0))
    return np.asarray(found)


def _two_sided(gap: Floats, errors: list[Floats], freedoms: list[Floats]) -> Floats:
    from scipy.special import stdtr

    total = np.sum(errors, axis=0)
    parts = np.sum([e**2 / np.maximum(f, 1.0) for e, f in zip(errors, freedoms, strict=True)], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(parts > 0, total**2 / parts, 1.0)
        t = np.where(total > 0, np.abs(gap) / np.sqrt(total), 0.0)
    return np.asarray(2 * stdtr(np.maximum(freedom, 1.0), -np.nan_to_num(t)))


def _moved(before: Levels, after: Levels) -> tuple[Floats, Floats]:
    """Return the interval of after − before from the two levels' own."""
    moved = after.value - before.value
    below = np.hypot(after.value - after.low, before.high - before.value)
    above = np.hypot(after.high - after.value, before.value - before.low)
    return np.asarray(moved - below), np.asarray(moved + above)

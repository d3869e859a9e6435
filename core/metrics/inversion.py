"""Bounds by the inversion of tests: which truths make what was seen not too unlikely.

The chance of 5 % that is given away sits above the lower bound alone where nothing has changed (the true
distance is then 0, and no bound can lie below it) and moves to 2.5 % on either side as the truth leaves it.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from core.metrics.drift import Floats

Bounds: TypeAlias = tuple[Floats, Floats]

STEPS = 12
"""Halvings of the range in which a bound lies: to a part in 4,000 of it."""

FEW, AT_ONCE = 8, 4
"""Of at most so many numbers so many halvings are tried in one call."""


def noncentral(x: Floats, degrees: Floats) -> Bounds:
    """Return the bounds of the noncentrality of a chi-squared variable from its value.

    Source: Abdel-Aty (1954), Biometrika 41: the cube root of the variable is close to normal.

    Examples
    --------
    >>> low, high = noncentral(np.array([3.0, 40.0]), np.array([9.0, 9.0]))
    >>> low.round(1).tolist(), high.round(1).tolist()   # 3 is less than 9 degrees of freedom expect
    ([0.0, 12.4], [3.9, 58.5])
    """
    from scipy.special import ndtri

    deviation = np.sqrt(2 * degrees)

    def above(shift: Floats, z: Floats) -> Floats:
        c = 2 * (degrees + 2 * shift) / (9 * (degrees + shift) ** 2)
        return np.asarray((degrees + shift) * np.maximum(1 - c + z * np.sqrt(c), 0.0) ** 3 - x)

    low = lowest(lambda shift: above(shift, -ndtri(upper_tail(shift / deviation))), x)
    # Samples more alike than chance makes them are no proof of populations that are.
    x = np.maximum(x, 0.4 * degrees)
    reach = (np.sqrt(x) + 4) ** 2 + 2 * degrees
    high = root(lambda shift: above(shift, ndtri(lower_tail(shift / deviation))), np.zeros_like(x), reach)
    return low, high


def upper_tail(excess: Floats) -> Floats:
    """Chance above the lower bound: 5 % at no change, 2.5 % some deviations away from it."""
    return np.asarray(0.025 * (1 + np.exp(-excess)))


def lower_tail(excess: Floats) -> Floats:
    """Chance below the upper bound: what the other tail leaves of 5 %."""
    return np.asarray(np.maximum(0.025 * (1 - np.exp(-excess)), 1e-12))


def lowest(rising: Callable[[Floats], Floats], upper: Floats) -> Floats:
    """Return the root of a rising function between 0 and ``upper``; 0 where it is not negative there."""
    zero = np.zeros_like(upper)
    at_zero = rising(zero) >= 0
    # Of windows in which nothing has changed, most by far, no root is looked for.
    return zero if at_zero.all() else np.where(at_zero, 0.0, root(rising, zero, upper))


def root(rising: Callable[[Floats], Floats], lower: Floats, upper: Floats) -> Floats:
    """Return the root of a rising function between two bounds, by halving.

    ``rising`` takes an axis in front of those of the bounds: of few numbers several halvings are tried at
    once, since a call costs more than what it computes.
    """
    at_once = AT_ONCE if upper.size <= FEW else 1
    parts = 2**at_once
    steps = np.arange(1, parts).reshape(-1, *(1 for _ in upper.shape))
    for _ in range(STEPS // at_once):
        width = (upper - lower) / parts
        # The root lies between the last place before it and the next.
        lower = lower + width * (rising(lower + width * steps) <= 0).sum(axis=0)
        upper = lower + width
    return np.asarray((lower + upper) / 2)

"""Columns that tell the time: they differ between the reference's windows already and explain no change."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.domain import Profile, Reference

NEARLY_ALL = 0.9
"""How far apart two windows are that have hardly a value in common; disjoint ones have 1."""

MOST_PAIRS = 0.75
"""Share of all pairs of windows that must be so. A column that changed once parts half of them, a week's
number over four weeks 7 in 9, a weekday in daily windows 6 in 7."""

USUALLY = 0.25
"""Distance of most windows from the others from which a column's shift is nothing new; a PSI of about 0.3."""

LEAST_WINDOWS = 3
MOST_WINDOWS = 60
LEAST_ROWS = 10
"""Of windows with fewer values nothing can be told."""


def tells_time(reference: Reference) -> tuple[str, ...]:
    """Which features say above all when a row came: a week's number, a batch, a counter that runs on?

    Such a column has one value in one window and another in the next, in the reference already. Between
    the reference and any window its mix has shifted completely, whatever happened, and every change can be
    told as one of its segments growing. So it is held against the reference's own windows: a feature tells
    the time where three quarters of all pairs of them have hardly a value in common.

    Returns
    -------
    tuple of str
        Column names in alphabetical order; empty where the reference has fewer than 3 windows of its own.
        Of more than 60, 60 are compared, the same ones every time.
    """
    found = []
    for name, counts in _columns(reference.windows):
        apart = distances(counts)
        if len(apart) >= LEAST_WINDOWS and float(np.mean(apart >= NEARLY_ALL)) >= MOST_PAIRS:
            found.append(name)
    return tuple(sorted(found))


def shifts_anyway(reference: Reference) -> tuple[str, ...]:
    """Which features shift from window to window in the reference already, as weekdays or temperatures do?

    Against a whole year any four days have other weekdays and another weather, so that a shift of their
    mix is there whatever happened, and no cause. A feature is one of these where its distance from the
    other windows is at least 0.25 in half of the reference's own windows.

    Returns
    -------
    tuple of str
        As :func:`tells_time`, whose columns are among them.
    """
    found = []
    for name, counts in _columns(reference.windows):
        apart = from_others(counts)
        if len(apart) >= LEAST_WINDOWS and float(np.median(apart)) >= USUALLY:
            found.append(name)
    return tuple(sorted(found))


def distances(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far any two windows lie apart, from 0 for alike to 1 for disjoint.

    The total variation distance T, less what two samples of one distribution have: (T − E) / (1 − E), with E
    the sum of the mean absolute deviations of the bins' shares. Windows with fewer than 10 values are left
    out.

    Parameters
    ----------
    counts
        Windows × bins.

    Returns
    -------
    array
        One number a pair.

    Source: the normal approximation of the mean absolute deviation of a share, √(2 p (1 − p) / (π n)).

    Examples
    --------
    >>> distances(np.array([[100.0, 0.0, 0.0], [0.0, 100.0, 0.0], [0.0, 0.0, 100.0]])).round(3).tolist()
    [1.0, 1.0, 1.0]
    >>> distances(np.array([[50.0, 50.0], [50.0, 50.0]])).tolist()
    [0.0]
    """
    counts = counts[counts.sum(axis=1) >= LEAST_ROWS]
    one, other = np.triu_indices(len(counts), k=1)
    return _apart(counts[one], counts[other])


def from_others(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each window lies from all others together, measured as :func:`distances` does.

    Examples
    --------
    >>> from_others(np.array([[1000.0, 1000.0], [1000.0, 1000.0], [2000.0, 0.0]])).round(2).tolist()
    [0.24, 0.24, 0.49]
    """
    counts = counts[counts.sum(axis=1) >= LEAST_ROWS]
    rest = counts.sum(axis=0) - counts
    return _apart(counts, rest) if len(counts) > 1 else np.zeros(0)


def _apart(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    n, m = one.sum(axis=1)[:, None], other.sum(axis=1)[:, None]
    distance = np.abs(one / n - other / m).sum(axis=1) / 2
    both = (one + other) / (n + m)
    deviations = np.sqrt(2 * both * (1 - both) * (1 / n + 1 / m) / np.pi)
    chance = np.minimum(deviations.sum(axis=1) / 2, 0.99)
    return np.asarray(np.clip((distance - chance) / (1 - chance), 0.0, 1.0), dtype=np.float64)


def _columns(windows: Sequence[Profile]) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield each feature with its counts, windows × bins; categories beyond the known ones are one bin."""
    if len(windows) > MOST_WINDOWS:
        # Drawn, as every seventh day would be a Monday.
        chosen = np.random.default_rng(0).choice(len(windows), MOST_WINDOWS, replace=False)
        windows = tuple(windows[i] for i in sorted(chosen))
    if not windows:
        return
    for name in windows[0].numeric:
        yield name, np.array([one.numeric[name].counts for one in windows], dtype=np.float64)
    for name in windows[0].categorical:
        rows = [(*one.categorical[name].counts, one.categorical[name].n_other) for one in windows]
        yield name, np.array(rows, dtype=np.float64)

"""How long the reference remembers: windows that follow each other are alike, and count for fewer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeAlias

import numpy as np

from core.domain import Profile, Reference, Role, Segment
from core.metrics.column_drift import Column, categorical_profile, families, numeric_profile
from core.metrics.drift import Floats
from core.spec import MonitorSpec

MemoryKey: TypeAlias = tuple[Role, str, Segment]
"""Role, column and segment: one series of distributions."""

LEAST_WINDOWS = 4
"""Fewer windows than this have no correlation to speak of."""

GREATEST = 0.9
"""A greater correlation cannot be told from a trend in as few windows as a reference has."""

_ROUNDS = 2
"""The first adds back the variance that the mean of independent windows has, the second that of these."""

_CERTAIN = 2.0
"""Standard errors by which windows must differ more than samples do, before their order is looked at."""

_ORDERED_FREEDOM = 2.5
"""Degrees of freedom of Cramér and von Mises' statistic: (1/6)² / (1/90), its eigenvalues being 1/(πj)²."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """How windows of a column hang together: an autoregression, and noise of sampling over it.

    ``correlation`` is that of the autoregression from one window to the next, ``share`` its part of the
    windows' variance; the rest is what samples of a window's size differ by. Windows h apart then
    correlate with share × correlation^h.
    """

    correlation: float
    share: float

    @property
    def of_mean(self) -> float:
        """How many windows are worth one, for a mean: 1 + 2 Σ ρ_h.

        Examples
        --------
        >>> round(Memory(correlation=0.6, share=1.0).of_mean, 6)   # (1 + .6) / (1 − .6)
        4.0
        """
        return 1 + 2 * self.share * self.correlation / (1 - self.correlation)

    @property
    def of_spread(self) -> float:
        """How many windows are worth one, for a variance: 1 + 2 Σ ρ_h².

        Examples
        --------
        >>> round(Memory(correlation=0.6, share=1.0).of_spread, 6)   # (1 + .36) / (1 − .36)
        2.125
        """
        squared = self.correlation**2
        return 1 + 2 * self.share**2 * squared / (1 - squared)


NONE = Memory(correlation=0.0, share=0.0)


def memories(reference: Reference, spec: MonitorSpec) -> Mapping[MemoryKey, Memory]:
    """Which columns drift to and fro slowly within the reference, so that neighbours are alike?

    Returns
    -------
    mapping
        One for each column with at least :data:`LEAST_WINDOWS` windows that have values; the windows are
        taken to follow each other.
    """
    found: dict[MemoryKey, Memory] = {}
    if len(reference.windows) < LEAST_WINDOWS:
        return found
    for column, counts, ordered in _counted(reference.windows, spec):
        rows = counts[counts.sum(axis=1) > 0]
        if len(rows) >= LEAST_WINDOWS:
            found[column.role, column.name, reference.profile.segment] = memory(rows, ordered=ordered)
    return found


def memory(counts: Floats, *, ordered: bool) -> Memory:
    """How do the distributions of windows in a row hang together?

    The deviations of the windows' shares from their mean are one series of vectors. Numbers are compared
    by their cumulative shares (Cramér and von Mises' distance), categories by Pearson's. Their variance
    is that of an autoregression and that of sampling, which is known from the rows; the covariance of
    neighbours is the autoregression's alone. Both are taken around the mean of the same windows and so
    are too small by the variance of that mean, which is added back. Where windows differ no more than
    samples do, there is nothing to remember.

    Parameters
    ----------
    counts
        Windows in their order × bins; every window has rows.
    ordered
        Whether the bins are in the order of a number.

    Source: Bayley & Hammersley (1946), Supplement to the JRSS 8, for the effective numbers; Marriott &
    Pope (1954), Biometrika 41, for the bias around a mean.

    Examples
    --------
    >>> memory(np.array([[50.0, 50.0]] * 8), ordered=True)
    Memory(correlation=0.0, share=0.0)
    """
    k, n = len(counts), counts.sum(axis=1)
    shares, whole = counts / n[:, None], counts.sum(axis=0) / n.sum()
    if ordered:
        inner = np.cumsum(whole)[:-1]
        off, weight = np.cumsum(shares, axis=1)[:, :-1], whole[:-1]
        unit, freedom = float((inner * (1 - inner) * weight).sum()), _ORDERED_FREEDOM
    else:
        held = whole > 0
        off, weight = shares[:, held], 1 / whole[held]
        unit = freedom = float(held.sum() - 1)
    off = off - off.mean(axis=0)
    variance, noise = float((off * off @ weight).mean()), unit * float((1 / n).mean())
    neighbours = float((off[1:] * off[:-1] @ weight).mean())
    least = noise * (1 + _CERTAIN * sqrt(2 / ((k - 1) * max(freedom, 1.0))))
    found = NONE
    for _ in range(_ROUNDS):
        total = variance / (1 - min(found.of_mean / k, 0.5))
        lag = neighbours + total - variance
        if total <= least or lag <= 0:
            return NONE
        correlation = min(lag / (total - noise), GREATEST)
        found = Memory(correlation=correlation, share=min(lag / correlation / total, 1.0))
    return found


def _counted(windows: Sequence[Profile], spec: MonitorSpec) -> Iterator[tuple[Column, Floats, bool]]:
    for numeric, categorical in families(spec):
        for column in numeric:
            numbers = [one for one in (numeric_profile(window, column) for window in windows) if one]
            yield column, _stacked([one.counts for one in numbers]), True
        for column in categorical:
            texts = [one for one in (categorical_profile(window, column) for window in windows) if one]
            yield column, _stacked([(*one.counts, one.n_other) for one in texts]), False


def _stacked(counts: Sequence[Sequence[int]]) -> Floats:
    return np.array(counts, dtype=np.float64).reshape(len(counts), -1)

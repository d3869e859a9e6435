"""Many categorical columns at once: a reference and its windows as arrays, ready for distances."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain import CategoricalProfile
from core.metrics import distance_intervals, drift
from core.metrics.compared import (
    PSI_BINS,
    Compared,
    coarse_bounds,
    coarse_counts,
    coarse_distances,
    where_known,
)
from core.metrics.drift import Floats
from core.metrics.inversion import Bounds

Flags = NDArray[np.bool_]

MIN_CATEGORY_SHARE = 0.01
"""Categories rarer than this in the reference are pooled for PSI, in tenths where they are many."""


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalColumns:
    """The reference of categorical columns, one row a column, commonest category first, padded.

    ``order`` says which of the profile's counts (the last is "other") stands where, ``cuts`` with which
    bin each pooled bin ends.
    """

    names: tuple[str, ...]
    counts: Floats
    order: NDArray[np.intp]
    cuts: NDArray[np.intp]

    @classmethod
    def of(cls, names: Sequence[str], profiles: Sequence[CategoricalProfile]) -> "CategoricalColumns":
        """Lay out the reference's columns."""
        width = max((len(p.counts) for p in profiles), default=0) + 1
        counts = _with_other(profiles, width)
        # Padding sorts behind the categories because it is 0 everywhere; "other" is the last column.
        order = np.argsort(-counts[:, :-1], axis=-1, kind="stable")
        order = np.concatenate([order, np.full((len(names), 1), width - 1)], axis=-1)
        counts = np.take_along_axis(counts, order, axis=-1)
        return cls(names=tuple(names), counts=counts, order=order, cuts=_category_cuts(counts))

    def compare(
        self, windows: Sequence[Sequence[CategoricalProfile]], *, values_only: bool = False
    ) -> Compared:
        """Return every categorical distance of each window from the reference, (windows, columns).

        ``values_only``: without bounds.
        """
        shape = (len(windows), len(self.names))
        width = self.counts.shape[-1]
        raw = _with_other([p for row in windows for p in row], width).reshape(*shape, width)
        current = np.take_along_axis(raw, np.broadcast_to(self.order, raw.shape), axis=-1)
        distances: dict[str, Floats] = {}
        bounds: dict[str, Bounds] = {}
        p = np.zeros(shape)
        # Columns of like width together: most have few categories, and padding costs as much as counts.
        for columns, width in _alike((self.counts > 0) | (current > 0).any(axis=0)):
            bins = [*range(width), self.counts.shape[-1] - 1]
            cuts = np.minimum(self.cuts[columns], width)
            own = _categorical_distances(
                self.counts[columns][:, bins], current[:, columns][..., bins], cuts, values_only=values_only
            )
            p[:, columns] = own.p
            for name, values in own.distances.items():
                distances.setdefault(name, np.zeros(shape))[:, columns] = values
            for name, ends in own.bounds.items():
                for whole, part in zip(bounds.setdefault(name, _blank(current)), ends, strict=True):
                    whole[:, columns] = part
        return where_known(Compared(distances, bounds, p, current.sum(axis=-1), self.counts.sum(axis=-1)))


def _alike(used: Flags) -> Iterator[tuple[NDArray[np.intp], int]]:
    """Return the columns whose categories, "other" apart, need about the same width, and that width."""
    used[:, -1] = False
    widths = used.shape[-1] - np.argmax(used[:, ::-1], axis=-1)
    rounded = np.minimum(2 ** np.ceil(np.log2(np.maximum(widths, 2))).astype(np.intp), used.shape[-1] - 1)
    for width in np.unique(rounded):
        yield np.flatnonzero(rounded == width), int(width)


def _categorical_distances(
    reference: Floats, current: Floats, cuts: NDArray[np.intp], *, values_only: bool
) -> Compared:
    p, q = drift.shares(reference), drift.shares(current)
    coarse = coarse_counts(reference, cuts), coarse_counts(current, cuts)
    pools = drift.pooled(reference, current)
    statistic, test = drift.chi_squared_of(pools)
    distances = {
        **coarse_distances(p, q),
        "psi": drift.psi(*map(drift.shares, coarse)),
        "chi_squared": statistic,
    }
    bounds: dict[str, Bounds] = {}
    if not values_only:
        bounds = {
            **coarse_bounds(reference, current),
            "psi": distance_intervals.of_psi(*coarse),
            "chi_squared": distance_intervals.of_chi_squared(pools[..., 0, :], pools[..., 1, :]),
        }
    return Compared(distances, bounds, test, current.sum(axis=-1), reference.sum(axis=-1))


def _blank(counts: Floats) -> Bounds:
    return np.zeros(counts.shape[:-1]), np.zeros(counts.shape[:-1])


def _category_cuts(counts: Floats) -> NDArray[np.intp]:
    """Return the category with which each pooled bin ends, commonest first.

    The common ones are bins of their own; the rare ones share one bin, or, where they hold more than a
    tenth of the rows, one for every tenth: a column of rare categories only has about ten bins, as a
    numeric one has. The last bin takes the unknown values too.
    """
    last = counts.shape[-1] - 1
    rows: list[list[int]] = []
    for share in drift.shares(counts):
        n_common = int((share[:last] >= MIN_CATEGORY_SHARE).sum())
        cumulated = np.cumsum(share[n_common:last])
        tenths = np.arange(1, int((cumulated[-1] if len(cumulated) else 0.0) * PSI_BINS + 1e-9)) / PSI_BINS
        ends = n_common + np.searchsorted(cumulated, tenths - 1e-9)
        rows.append([*range(n_common), *ends.tolist(), last])
    longest = max(map(len, rows), default=1)
    return np.array([row + [last] * (longest - len(row)) for row in rows], dtype=np.intp).reshape(-1, longest)


def _with_other(profiles: Sequence[CategoricalProfile], width: int) -> Floats:
    stacked = np.zeros((len(profiles), width))
    for row, profile in zip(stacked, profiles, strict=True):
        row[: len(profile.counts)] = profile.counts
        row[-1] = profile.n_other
    return stacked

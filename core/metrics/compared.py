"""Distances of windows × columns from a reference, whatever kind of column they are of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.metrics import distance_intervals, drift, gap_intervals
from core.metrics.drift import Floats
from core.metrics.inversion import Bounds

PSI_BINS = 10
"""PSI and the distances beside it compare numeric columns on the reference's deciles."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Distances of windows × columns from the reference; NaN where there is none.

    ``bounds`` are the distances' 95 % intervals, where they were asked for; ``n`` and ``n_reference``
    count the values behind them, ``p`` is the raw test of ``ks`` or ``chi_squared``.
    """

    distances: dict[str, Floats]
    bounds: dict[str, Bounds]
    p: Floats
    n: NDArray[np.number]
    n_reference: NDArray[np.number]


def coarse_distances(p: Floats, q: Floats) -> dict[str, Floats]:
    """Return the distances that compare shares bin by bin."""
    return {
        "psi": drift.psi(p, q),
        "jensen_shannon": drift.jensen_shannon(p, q),
        "hellinger": drift.hellinger(p, q),
        "total_variation": drift.total_variation(p, q),
        "l_infinity": drift.l_infinity(p, q),
    }


def coarse_bounds(reference: Floats, current: Floats) -> dict[str, Bounds]:
    """Return the intervals of these distances, from counts."""
    return {
        "psi": distance_intervals.of_psi(reference, current),
        "jensen_shannon": distance_intervals.of_jensen_shannon(reference, current),
        "hellinger": distance_intervals.of_hellinger(reference, current),
        "total_variation": gap_intervals.of_total_variation(reference, current),
        "l_infinity": gap_intervals.of_l_infinity(reference, current),
    }


def coarse_counts(counts: Floats, cuts: NDArray[np.intp]) -> Floats:
    """Return the counts of the coarse bins that end with the fine bins ``cuts``."""
    cumulated = np.cumsum(counts, axis=-1)
    ends = np.take_along_axis(cumulated, np.broadcast_to(cuts, (*counts.shape[:-1], cuts.shape[-1])), axis=-1)
    return np.maximum(np.diff(ends, axis=-1, prepend=0.0), 0.0)


def where_known(found: Compared) -> Compared:
    """Return what was found without what samples of no rows gave."""
    empty = (found.n == 0) | (found.n_reference == 0)

    def known(values: Floats) -> Floats:
        return np.where(empty, np.nan, values)

    return Compared(
        distances={name: known(value) for name, value in found.distances.items()},
        bounds={name: (known(low), known(high)) for name, (low, high) in found.bounds.items()},
        p=known(found.p),
        n=found.n.astype(np.int64),
        n_reference=np.broadcast_to(found.n_reference, found.n.shape).astype(np.int64),
    )

"""Many numeric columns at once: a reference and its windows as arrays, ready for distances."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nextafter, sqrt

import numpy as np
from numpy.typing import NDArray

from core.domain import NumericProfile
from core.metrics import drift, gap_intervals
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

WASSERSTEIN_KNOTS = 22
"""Edges that are enough to say how sure a Wasserstein distance is."""


@dataclass(frozen=True, slots=True, eq=False)
class NumericColumns:
    """The reference of numeric columns, one row a column, padded to the longest.

    ``counts`` are the fine bins, ``edges`` their inner edges (the last repeated), ``cuts`` the fine bin
    with which each coarse bin ends, ``on_edges`` whether values sit on the edges only, ``low``, ``high``
    the range and ``sd`` the spread (NaN where constant or empty).
    """

    names: tuple[str, ...]
    counts: Floats
    edges: Floats
    cuts: NDArray[np.intp]
    on_edges: NDArray[np.bool_]
    low: Floats
    high: Floats
    sd: Floats

    @classmethod
    def of(
        cls, names: Sequence[str], profiles: Sequence[NumericProfile], edges: Sequence[Sequence[float]]
    ) -> "NumericColumns":
        """Lay out the reference's columns.

        Parameters
        ----------
        names, profiles, edges
            The columns, what the reference holds of them, and the inner edges of their bins.
        """
        width = max((len(e) for e in edges), default=0)
        padded = np.array([_padded(e, width) for e in edges], dtype=np.float64).reshape(len(names), width)
        counts = _stack([p.counts for p in profiles], width + 1)
        return cls(
            names=tuple(names),
            counts=counts,
            edges=padded,
            cuts=_decile_cuts(counts),
            on_edges=np.array(
                [_sits_on_edges(p, e) for p, e in zip(profiles, edges, strict=True)], dtype=bool
            ),
            low=_bounds([p.low for p in profiles]),
            high=_bounds([p.high for p in profiles]),
            sd=np.array([_spread(p, e) for p, e in zip(profiles, edges, strict=True)], dtype=np.float64),
        )

    def compare(self, windows: Sequence[Sequence[NumericProfile]], *, values_only: bool = False) -> Compared:
        """Return every numeric distance of each window from the reference, (windows, columns).

        ``values_only``: without bounds.
        """
        shape = (len(windows), len(self.names))
        width = self.counts.shape[-1]
        current = _stack([p.counts for row in windows for p in row], width).reshape(*shape, width)
        low = _bounds([p.low for row in windows for p in row]).reshape(shape)
        high = _bounds([p.high for row in windows for p in row]).reshape(shape)
        n, n_reference = current.sum(axis=-1), self.counts.sum(axis=-1)
        p, q = drift.shares(self.counts), drift.shares(current)
        coarse = coarse_counts(self.counts, self.cuts), coarse_counts(current, self.cuts)
        wasserstein = self._wasserstein(p, q, low, high)
        distances = {
            **coarse_distances(*map(drift.shares, coarse)),
            "ks": drift.ks(p, q),
            "wasserstein": wasserstein / self.sd,
        }
        bounds: dict[str, Bounds] = {}
        if not values_only:
            bounds = {
                **coarse_bounds(*coarse),
                "ks": gap_intervals.of_ks(p, q, n_reference, n),
                "wasserstein": self._wasserstein_bounds(p, q, (n_reference, n), wasserstein),
            }
        test = drift.ks_p_value(distances["ks"], n_reference, n)
        return where_known(Compared(distances, bounds, test, n, n_reference))

    def _wasserstein_bounds(
        self, p: Floats, q: Floats, sizes: tuple[Floats, Floats], value: Floats
    ) -> Bounds:
        """Return the distance's bounds in the reference's sd, from every third edge: as sure as from all."""
        k = self.edges.shape[-1]
        if k == 0:
            return np.zeros_like(value), np.zeros_like(value)
        kept = np.arange(k) if k <= WASSERSTEIN_KNOTS else np.arange(0, k, k // WASSERSTEIN_KNOTS)
        edges = self.edges[:, kept]
        apart = np.diff(edges, axis=-1, append=edges[:, -1:])
        width = np.where(self.on_edges[:, None], apart, (apart + np.roll(apart, 1, axis=-1)) / 2)
        starts = np.concatenate([[0], kept + 1])
        p, q = (np.add.reduceat(share, starts, axis=-1) for share in (p, q))
        low, high = gap_intervals.of_wasserstein(width, p, q, sizes, value)
        return low / self.sd, high / self.sd

    def _wasserstein(self, p: Floats, q: Floats, low: Floats, high: Floats) -> Floats:
        """Integrate |F − G|: linear inside bins, level between edges on which all values sit.

        In the open outer bins the rows are spread evenly from the edge to the sample's own extreme.
        """
        if self.edges.shape[-1] == 0:
            return np.zeros(q.shape[:-1])
        first, last = self.edges[:, 0], self.edges[:, -1]
        bottoms = np.stack(np.broadcast_arrays(np.fmin(self.low, first), np.fmin(low, first)))
        tops = np.stack(np.broadcast_arrays(np.fmax(self.high, last), np.fmax(high, last)))
        f, g = np.cumsum(p, axis=-1), np.cumsum(q, axis=-1)
        below = np.stack(np.broadcast_arrays(f[:, 0], g[..., 0]))
        above = np.stack(np.broadcast_arrays(1 - f[:, -2], 1 - g[..., -2]))
        knot, top_knot = bottoms.max(axis=0), tops.min(axis=0)
        at_knot = below * _fraction(knot - bottoms, first - bottoms)
        at_top = above * _fraction(tops - top_knot, tops - last)
        inner = np.broadcast_to(self.edges, g[..., :-1].shape)
        zero = np.zeros_like(knot)
        x = np.concatenate(
            [
                bottoms.min(axis=0)[..., None],
                knot[..., None],
                inner,
                top_knot[..., None],
                tops.max(axis=0)[..., None],
            ],
            axis=-1,
        )
        gap = np.concatenate(
            [
                zero[..., None],
                (at_knot[0] - at_knot[1])[..., None],
                (f - g)[..., :-1],
                (at_top[1] - at_top[0])[..., None],
                zero[..., None],
            ],
            axis=-1,
        )
        flat = np.zeros((*gap.shape[:-1], gap.shape[-1] - 1), dtype=bool)
        flat[..., 2:-2] = self.on_edges[:, None]
        return drift.wasserstein(x, gap, flat)


def _decile_cuts(counts: Floats) -> NDArray[np.intp]:
    """Return the fine bin with which each decile of the reference ends; the last bin closes the last.

    That is the first edge with at least the decile's share below it, as the quantile of the rows, or the
    edge before where that is fifty times nearer: edges from a sample of the rows miss the decile by a
    hair. A value that holds several deciles ends them all: the bins between are empty on both sides.
    """
    targets = np.arange(1, PSI_BINS) / PSI_BINS
    last = counts.shape[-1] - 1
    cuts = np.full((len(counts), PSI_BINS), last)
    for row, cumulated in zip(cuts, np.cumsum(drift.shares(counts), axis=-1), strict=True):
        after = np.minimum(np.searchsorted(cumulated, targets - 1e-9), last)
        before = np.searchsorted(cumulated, cumulated[np.maximum(after - 1, 0)])
        nearer = np.abs(cumulated[before] - targets) * 50 <= np.abs(cumulated[after] - targets)
        row[:-1] = np.where(nearer, before, after)
        # One value holds nearly all rows: what lies below it is a bin too, or it would never be seen.
        row[0] = max(row[0] - 1, 0) if row[0] == row[-2] else row[0]
    return cuts


def _stack(counts: Sequence[Sequence[int]], width: int) -> Floats:
    """Return counts one row each; the last (open) bin stays last where a row is shorter."""
    stacked = np.zeros((len(counts), width))
    for row, values in zip(stacked, counts, strict=True):
        if len(values) == width:
            row[:] = values
        elif values:
            row[: len(values) - 1] = values[:-1]
            row[-1] = values[-1]
    return stacked


def _padded(edges: Sequence[float], width: int) -> list[float]:
    return [*edges, *([edges[-1] if edges else 0.0] * (width - len(edges)))]


def _bounds(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def _fraction(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def _sits_on_edges(profile: NumericProfile, edges: Sequence[float]) -> bool:
    """Whether all values of the reference are edges: only then is their sum that of the bins' ends."""
    if profile.n_finite <= 0 or profile.counts[-1] > 0 or len(profile.counts) != len(edges) + 1:
        return False
    ends = np.array(edges) * np.array(profile.counts[:-1], dtype=np.float64)
    scale = float(np.abs(ends).sum())
    return isfinite(scale) and abs(float(ends.sum()) - profile.total) <= 1e-9 * scale


def _spread(profile: NumericProfile, edges: Sequence[float]) -> float:
    """Return the reference's population standard deviation; NaN where it is constant or unknown.

    From the sums; from the bins' middles where the sums cancel (a large mean, a small spread).
    """
    n = profile.n_finite
    if n < 2 or profile.low is None or profile.high is None or profile.low == profile.high:
        return float("nan")
    mean, square = profile.total / n, profile.total_squares / n
    variance = square - mean * mean
    if isfinite(variance) and variance > 1e-9 * square:
        return sqrt(variance)
    bounds = np.clip([profile.low, *edges, profile.high], profile.low, profile.high)
    weight = np.array(profile.counts, dtype=np.float64) / n
    middle = bounds[:-1] / 2 + bounds[1:] / 2 - profile.low
    scale = max(float(np.abs(middle).max()), nextafter(0.0, 1.0))
    middle = middle / scale
    spread = sqrt(max(float((weight * middle**2).sum() - (weight * middle).sum() ** 2), 0.0)) * scale
    return spread if isfinite(spread) and spread > 0 else float("nan")

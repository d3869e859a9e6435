"""What other thresholds would give: accuracy against the worst ratio of selection rates between groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.domain import OutcomeCells
from core.metrics.outcomes import Outcomes
from core.views.build.group_levels import Guards
from core.views.fairness import Tradeoff, TradeoffPoint

N_POINTS = 41
LEAST_SELECTED = 0.05
"""Thresholds that select fewer of all rows, or leave out fewer, are of no use and have wild ratios."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Bins:
    """Rows by score bin: all and those called positive of each group, and how those of all came out."""

    names: tuple[str, ...]
    n: Floats
    positives: Floats
    negatives: Floats
    called: Floats


def tradeoff(
    cells: OutcomeCells | None, place: int, edges: Sequence[float], positive: str, guards: Guards
) -> Tradeoff:
    """Return what each threshold would give, from the score bins of the rows whose labels have come.

    Bin i holds scores in (edges[i − 1], edges[i]], so that thresholds are exact at the edges: above an edge
    is positive. ``now`` are the calls that were really made, at the edge that parts them, where one does.

    Parameters
    ----------
    place
        Which of the spec's sensitive columns parts the groups.
    edges
        Bounds of the score's bins.
    positive
        Text of the class that the score is of.
    """
    if cells is None or not edges:
        return Tradeoff(missing="This model has no score, so it has no threshold to move.")
    bins = _bins(Outcomes.of(cells), place, len(edges) + 1, positive)
    large = [i for i, n in enumerate(bins.n.sum(axis=1)) if n >= guards.min_rows]
    left_out = tuple(name for i, name in enumerate(bins.names) if i not in large)
    if len(large) < 2:
        need = f"It takes two groups with {guards.min_rows} scored rows whose labels have come."
        return Tradeoff(missing=need, left_out=left_out)
    if not bins.positives.sum() + bins.negatives.sum():
        return Tradeoff(missing="Accuracy needs labels, and none of these rows has one.", left_out=left_out)
    kept = np.array(large)
    points = [_point(bins, kept, at, edges[at]) for at in _marks(bins, edges)]
    found = tuple(point for point in points if point is not None)
    return Tradeoff(
        points=found,
        now=_now(bins, kept, edges),
        n=round(float(bins.positives.sum() + bins.negatives.sum())),
        left_out=left_out,
        sentence=_sentence(found, _now(bins, kept, edges), guards),
    )


def _bins(outcomes: Outcomes, place: int, n_bins: int, positive: str) -> _Bins:
    values = [group[place] for group in outcomes.groups]
    names = tuple(sorted(set(values)))
    code = np.array([names.index(value) for value in values], dtype=np.intp)
    scored, code_of = outcomes.score_bin >= 0, outcomes.code(positive)
    group = code[outcomes.group] if len(code) else outcomes.group

    def counted(where: NDArray[np.bool_]) -> Floats:
        return np.bincount(outcomes.score_bin[where], outcomes.n[where], minlength=n_bins).astype(np.float64)

    flat = group[scored] * n_bins + outcomes.score_bin[scored]
    by_group = np.bincount(flat, outcomes.n[scored], minlength=n_bins * len(names))
    known = scored & (outcomes.label >= 0)
    called = scored & (outcomes.prediction == code_of)
    flat_called = group[called] * n_bins + outcomes.score_bin[called]
    by_call = np.bincount(flat_called, outcomes.n[called], minlength=n_bins * len(names))
    return _Bins(
        names=names,
        n=by_group.reshape(len(names), n_bins).astype(np.float64),
        positives=counted(known & (outcomes.label == code_of)),
        negatives=counted(known & (outcomes.label != code_of)),
        called=by_call.reshape(len(names), n_bins).astype(np.float64),
    )


def _marks(bins: _Bins, edges: Sequence[float]) -> list[int]:
    """Return about forty edges, evenly spaced over the scores that part off some but not all rows."""
    total = bins.n.sum()
    above = 1 - np.cumsum(bins.n.sum(axis=0))[:-1] / max(float(total), 1.0)
    useful = np.flatnonzero((above >= LEAST_SELECTED) & (above <= 1 - LEAST_SELECTED))
    if len(useful) <= N_POINTS:
        return [int(at) for at in useful]
    values = np.asarray(edges)[useful]
    wanted = np.linspace(values[0], values[-1], N_POINTS)
    nearest = {int(useful[int(np.abs(values - mark).argmin())]) for mark in wanted}
    return sorted(nearest)


def _point(bins: _Bins, kept: NDArray[np.intp], at: int, threshold: float) -> TradeoffPoint | None:
    rates = bins.n[kept, at + 1 :].sum(axis=1) / bins.n[kept].sum(axis=1)
    if rates.max() <= 0:
        return None
    right = bins.positives[at + 1 :].sum() + bins.negatives[: at + 1].sum()
    return TradeoffPoint(
        threshold=float(threshold),
        accuracy=float(right / (bins.positives.sum() + bins.negatives.sum())),
        ratio=float(rates.min() / rates.max()),
        worst=bins.names[kept[int(rates.argmin())]],
        selected=float(bins.n[:, at + 1 :].sum() / bins.n.sum()),
    )


def _now(bins: _Bins, kept: NDArray[np.intp], edges: Sequence[float]) -> TradeoffPoint | None:
    """Return the point at which calls are made: the edge that parts them, None where no edge does."""
    share = bins.called.sum(axis=0) / np.maximum(bins.n.sum(axis=0), 1.0)
    seen = bins.n.sum(axis=0) > 0
    if not seen.any() or not bins.called.sum():
        return None
    first = int(np.flatnonzero(seen & (share >= 0.5))[0])
    wrong = bins.called.sum(axis=0)[:first].sum() + (bins.n - bins.called).sum(axis=0)[first:].sum()
    if first == 0 or wrong > 0.005 * bins.n.sum():
        return None
    return _point(bins, kept, first - 1, edges[first - 1])


def _sentence(points: Sequence[TradeoffPoint], now: TradeoffPoint | None, guards: Guards) -> str:
    """Say what moving the threshold could bring."""
    low = guards.limit.low or 0.8
    if now is None:
        return "The calls follow no single threshold, so none is marked as today's."
    at = f"At today's threshold of {now.threshold:.2f} the worst ratio is {now.ratio:.2f} ({now.worst}), "
    start = f"{at}accuracy {now.accuracy:.3f}."
    inside = [point for point in points if point.ratio >= low]
    if now.ratio >= low:
        return start
    if not inside:
        return f"{start} No single threshold brings it to {low:g}."
    best = max(inside, key=lambda point: point.accuracy)
    cost = now.accuracy - best.accuracy
    change = f"{abs(cost):.3f} {'less' if cost > 0 else 'more'} accuracy"
    return f"{start} A threshold of {best.threshold:.2f} would bring {best.ratio:.2f}, with {change}."

"""Differences of two models that only drawing anew gives an interval: decisions, gaps between groups, ranks.

Both models answered the same rows, so what is drawn is rows, or the joint counts of both answers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.domain import Role
from core.metrics.drift import Floats
from core.metrics.fairness import GAPS
from core.metrics.model_performance import positive_class
from core.metrics.outcomes import Codes, Flags, Scored
from core.metrics.performance import average_precision, calibration_errors
from core.metrics.reading import NOT_ENOUGH, Reading
from core.profiles.rows import Rows
from core.spec import MonitorSpec

N_DRAWS = 500
_ANSWERS = 12
"""Combinations of label (none, no, yes) and the two models' decisions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One metric's difference; ``second`` is the value of the second model, ``feature`` an attribute."""

    metric: str
    role: Role
    reading: Reading
    second: float | None
    feature: str | None = None


def of_scores(positive: Flags, first: Floats, second: Floats, chance: Generator) -> Iterator[Difference]:
    """Compare average precision and calibration error; the scores are of the same rows, of both classes."""
    sides = _side(positive, first), _side(positive, second)
    yield _drawn_rows("average_precision", _precision_value, sides, positive, chance)
    yield _drawn_rows("calibration_error", _calibration_value, sides, positive, chance)


def of_decisions(first: Rows, second: Rows, spec: MonitorSpec, chance: Generator) -> Iterator[Difference]:
    """Compare rates of decisions, which follow from counts of label × both decisions."""
    answers = _answers(first, second, spec)
    if answers is None:
        return
    for metric in ("precision", "recall", "f1", "false_positive_rate"):
        whole = np.zeros_like(answers)
        yield _drawn(metric, Role.PERFORMANCE, answers, whole, _RATES[metric], chance, None)


def of_groups(
    first: Rows, second: Rows, spec: MonitorSpec, column: str, chance: Generator
) -> Iterator[Difference]:
    """Compare the gaps between the groups of one sensitive column, from counts of group × label × decisions.

    Parameters
    ----------
    column
        One of the keys of the rows' ``groups``.
    """
    answers = _answers(first, second, spec)
    if answers is None:
        return
    used = is_known(first.prediction) & is_known(second.prediction)
    names, group = np.unique(first.groups[column][used].astype(str), return_inverse=True)
    for gap, rates in GAPS:
        if gap != "demographic_parity" and first.label is None:
            continue
        for kind in ("difference", "ratio"):
            statistic = _between(rates, kind, len(names))
            yield _drawn(f"{gap}_{kind}", Role.FAIRNESS, answers, group, statistic, chance, column)


def _answers(first: Rows, second: Rows, spec: MonitorSpec) -> Codes | None:
    """Code label and both decisions of the rows that both models decided; None where one decides none."""
    if first.prediction is None or second.prediction is None:
        return None
    chosen = positive_class(spec)
    label = np.full(first.n, -1)
    if first.label is not None:
        label[is_known(first.label)] = 0
        label[np.asarray(first.label == chosen, dtype=np.bool_)] = 1
    decisions = first.prediction, second.prediction
    own, other = (np.asarray(answer == chosen, dtype=np.intp) for answer in decisions)
    return ((label + 1) * 4 + own * 2 + other)[is_known(first.prediction) & is_known(second.prediction)]


def _drawn(
    metric: str,
    role: Role,
    answers: Codes,
    group: Codes,
    statistic: Callable[[Floats, int], Floats],
    chance: Generator,
    feature: str | None,
) -> Difference:
    """Return a difference of counts with the interval of its draws; ``statistic`` takes [..., group, 12]."""
    k, n = int(group.max(initial=0)) + 1, len(answers)
    counts = np.bincount(group * _ANSWERS + answers, minlength=k * _ANSWERS).astype(np.float64)
    value, other = (float(statistic(counts.reshape(k, _ANSWERS), which)) for which in (0, 1))
    if n == 0 or not np.isfinite(value - other):
        return Difference(
            metric=metric, role=role, reading=Reading.nothing(NOT_ENOUGH, n), second=None, feature=feature
        )
    draws = chance.multinomial(n, counts / n, size=N_DRAWS).astype(np.float64).reshape(N_DRAWS, k, _ANSWERS)
    gaps = statistic(draws, 0) - statistic(draws, 1)
    reading = Reading.of(value - other, n, _middle(gaps, value - other))
    return Difference(metric=metric, role=role, reading=reading, second=other, feature=feature)


def _drawn_rows(
    metric: str,
    statistic: Callable[[Scored], float | None],
    sides: "tuple[_Side, _Side]",
    positive: Flags,
    chance: Generator,
) -> Difference:
    """Return a difference of scores with the interval of its draws, the same rows drawn for both."""
    n = len(positive)
    once = np.ones(n)
    value, other = (statistic(side.weighted(once)) or 0.0 for side in sides)
    gaps = []
    for _ in range(N_DRAWS // 2):
        weights = np.bincount(chance.integers(0, n, n), minlength=n).astype(np.float64)
        drawn = [statistic(side.weighted(weights)) for side in sides]
        if drawn[0] is not None and drawn[1] is not None:
            gaps.append(drawn[0] - drawn[1])
    reading = Reading.of(value - other, n, _middle(np.array(gaps), value - other))
    return Difference(metric=metric, role=Role.PERFORMANCE, reading=reading, second=other)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One model's scores, each distinct one a bin, so that drawing rows again is one count."""

    place: Codes
    score: Floats
    positive: Flags

    def weighted(self, weights: Floats) -> Scored:
        """Return the rows as often as ``weights`` says."""
        k = int(self.place.max(initial=-1)) + 1

        def added(values: Floats, side: Flags) -> Floats:
            return np.bincount(self.place[side], (weights * values)[side], minlength=k).astype(np.float64)

        once = np.ones_like(self.score)
        found = [
            added(values, side)
            for values in (once, self.score, self.score**2)
            for side in (self.positive, ~self.positive)
        ]
        used = found[0] + found[1] > 0
        return Scored(*(one[used] for one in found))


def _side(positive: Flags, score: Floats) -> _Side:
    _, place = np.unique(score, return_inverse=True)
    return _Side(place=place, score=score, positive=positive)


def _precision_value(scored: Scored) -> float | None:
    return average_precision(scored).value


def _calibration_value(scored: Scored) -> float | None:
    return calibration_errors([scored], values_only=True)[0].value


def _rate(counts: Floats, which: int, labels: Sequence[int], *, of_hits: bool) -> tuple[Floats, Floats]:
    """Return hits and rows of one model: among rows of these labels, the positive decisions."""
    shaped = counts.reshape(*counts.shape[:-1], 3, 2, 2)
    rows = shaped[..., list(labels), :, :].sum(axis=-3)
    called = rows.sum(axis=-1) if which == 0 else rows.sum(axis=-2)
    hits = called[..., 1]
    return hits, called.sum(axis=-1) if of_hits else hits


def _share(hits: Floats, rows: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(rows > 0, hits / rows, np.nan)


def _recall(counts: Floats, which: int) -> Floats:
    return _share(*_rate(counts.sum(axis=-2), which, (2,), of_hits=True))


def _false_alarms(counts: Floats, which: int) -> Floats:
    return _share(*_rate(counts.sum(axis=-2), which, (1,), of_hits=True))


def _precision(counts: Floats, which: int) -> Floats:
    whole = counts.sum(axis=-2)
    hits, _ = _rate(whole, which, (2,), of_hits=True)
    called, _ = _rate(whole, which, (1, 2), of_hits=True)
    return _share(hits, called)


def _f1(counts: Floats, which: int) -> Floats:
    whole = counts.sum(axis=-2)
    hits, real = _rate(whole, which, (2,), of_hits=True)
    called, _ = _rate(whole, which, (1, 2), of_hits=True)
    return _share(2 * hits, called + real)


_RATES: dict[str, Callable[[Floats, int], Floats]] = {
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "false_positive_rate": _false_alarms,
}
_LABELS = {"selection_rate": (0, 1, 2), "true_positive_rate": (2,), "false_positive_rate": (1,)}


def _between(rates: Sequence[str], kind: str, n_groups: int) -> Callable[[Floats, int], Floats]:
    """Return the statistic of a gap between groups: of several rates the worst."""

    def gap(counts: Floats, which: int) -> Floats:
        if n_groups < 2:
            return np.full(counts.shape[:-2], np.nan)
        found = []
        for name in rates:
            rate = _share(*_rate(counts, which, _LABELS[name], of_hits=True))
            # As where windows are measured: among the groups that have the rate, and under two there is none.
            has, lone = np.isfinite(rate), np.isfinite(rate).sum(axis=-1) < 2
            top = np.where(lone, np.nan, np.where(has, rate, -np.inf).max(axis=-1))
            bottom = np.where(lone, np.nan, np.where(has, rate, np.inf).min(axis=-1))
            if kind == "difference":
                found.append(top - bottom)
            else:
                found.append(np.where(top == 0, 1.0, bottom / np.where(top == 0, 1.0, top)))
        worst = np.max(found, axis=0) if kind == "difference" else np.min(found, axis=0)
        return np.asarray(worst)

    return gap


def _middle(gaps: Floats, value: float) -> tuple[float, float] | None:
    """Return the middle 95 % of draws, the value itself included."""
    finite = gaps[np.isfinite(gaps)]
    if len(finite) < 2:
        return None
    low, high = np.quantile(finite, [0.025, 0.975]).tolist()
    return min(low, value), max(high, value)


def is_known(values: NDArray[np.float64] | NDArray[np.object_] | None) -> Flags:
    """Say of every value whether there is one; of no column, nothing."""
    if values is None:
        return np.zeros(0, dtype=np.bool_)
    if values.dtype == np.object_:
        return np.array([value is not None for value in values.tolist()], dtype=np.bool_)
    return np.asarray(np.isfinite(values.astype(np.float64)), dtype=np.bool_)

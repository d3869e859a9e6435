"""How much two models differ on the same rows: far less uncertain than two numbers held side by side.

Every difference is first minus second. What is a mean over rows has the interval of the mean of the rows'
differences, ROC AUC that of DeLong for correlated curves, a share its adjustment for few disagreements; the
others are drawn anew many times from the joint counts of both models' answers.
"""

from collections.abc import Iterator
from math import sqrt

import numpy as np
from numpy.random import Generator

from core.domain import Role, Task
from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.intervals import Z95
from core.metrics.model_performance import positive_class
from core.metrics.outcomes import Flags
from core.metrics.paired_draws import Difference, is_known, of_decisions, of_scores
from core.metrics.reading import NO_LABELS, ONE_CLASS, Reading
from core.profiles.rows import Rows
from core.spec import MonitorSpec

_LEAST_SCORE = 1e-15


def differences(first: Rows, second: Rows, spec: MonitorSpec, *, chance: Generator) -> list[Difference]:
    """Compare two models' answers to the same rows.

    Parameters
    ----------
    first, second
        The same rows in the same order, each with one model's scores and predictions.
    spec
        Which columns play which role.
    chance
        Draws the resamples; the same seed gives the same intervals.

    Returns
    -------
    list of Difference
        Binary: ranking, probabilities, decisions. Several classes: accuracy and, with scores, log loss and
        Brier score. Regression: MAE and RMSE. Gaps between groups: :func:`paired_draws.of_groups`.

    Raises
    ------
    ValueError
        They are not the same rows.
    """
    if first.n != second.n:
        raise ValueError(f"{first.n} rows cannot be paired with {second.n}")
    if spec.task is Task.REGRESSION:
        return list(_of_errors(first, second))
    found = [*_of_accuracy(first, second), *_of_probabilities(first, second, spec)]
    if spec.task is Task.BINARY:
        found += _of_ranking(first, second, spec, chance)
        found += of_decisions(first, second, spec, chance)
    return found


def auc_difference(positive: Flags, first: Floats, second: Floats) -> tuple[Reading, float | None]:
    """ROC AUC of the first scores less that of the second, on the same rows.

    In [−1, 1]; 0 is no difference. One class: no value. Interval: normal, with the covariance of both
    curves from the placement values of every row.

    Source: DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44.

    Examples
    --------
    >>> truth = np.array([True, True, False, False])
    >>> reading, second = auc_difference(truth, np.array([.9, .8, .2, .1]), np.array([.9, .2, .8, .1]))
    >>> reading.value, second
    (0.25, 0.75)
    """
    m, n = int(positive.sum()), int((~positive).sum())
    if m == 0 or n == 0:
        return Reading.nothing(ONE_CLASS if m + n else NO_LABELS, m + n), None
    of_first, of_second = _placements(positive, first), _placements(positive, second)
    own, other = float(of_first[positive].mean()), float(of_second[positive].mean())
    if m < 2 or n < 2:
        return Reading.of(own - other, m + n), other
    gap = of_first - of_second
    error = sqrt(float(gap[positive].var(ddof=1)) / m + float(gap[~positive].var(ddof=1)) / n)
    return Reading.of(own - other, m + n, _clipped(own - other, error)), other


def share_difference(first: Flags, second: Flags) -> Reading:
    """Share of rows on which the first is right less the share on which the second is.

    In [−1, 1]; 0 is no difference. Without rows: no value. Interval: Agresti and Min's for matched pairs,
    which adds half a row to each kind of agreement and disagreement, so that few disagreements do not seem
    certain.

    Source: Agresti & Min (2005), Statistics in Medicine 24.

    Examples
    --------
    >>> reading = share_difference(np.repeat([True, False], [90, 10]), np.repeat([True, False], [80, 20]))
    >>> reading.value, round(reading.low, 3), round(reading.high, 3)
    (0.1, 0.037, 0.159)
    """
    n = len(first)
    if n == 0:
        return Reading.nothing(NO_LABELS)
    gained, lost = float((first & ~second).sum()), float((~first & second).sum())
    more, fewer, total = gained + 0.5, lost + 0.5, n + 2.0
    centre = (more - fewer) / total
    error = sqrt(max(more + fewer - (more - fewer) ** 2 / total, 0.0)) / total
    return Reading.of((gained - lost) / n, n, _clipped(centre, error))


def _of_accuracy(first: Rows, second: Rows) -> Iterator[Difference]:
    if first.label is None or first.prediction is None or second.prediction is None:
        return
    known = is_known(first.label) & is_known(first.prediction) & is_known(second.prediction)
    right = [
        np.asarray(answers == first.label, dtype=np.bool_)[known]
        for answers in (first.prediction, second.prediction)
    ]
    reading = share_difference(right[0], right[1])
    yield Difference(
        metric="accuracy",
        role=Role.PERFORMANCE,
        reading=reading,
        second=float(right[1].mean()) if len(right[1]) else None,
    )


def _of_probabilities(first: Rows, second: Rows, spec: MonitorSpec) -> Iterator[Difference]:
    """Compare log loss and Brier score; of several classes Brier's is the sum over classes."""
    if first.label is None or not spec.columns.scores:
        return
    chances = [_chances(one, spec) for one in (first, second)]
    known = is_known(first.label) & np.isfinite(chances[0]).all(axis=1) & np.isfinite(chances[1]).all(axis=1)
    names = _class_names(spec)
    truth = np.array([[label == name for name in names] for label in first.label[known]], dtype=np.bool_)
    if spec.task is Task.BINARY:
        truth = np.stack([truth[:, 0], ~truth[:, 0]], axis=1) if len(truth) else np.zeros((0, 2), np.bool_)
    for metric, loss in (("log_loss", _log_losses), ("brier", _brier_losses)):
        own, other = (loss(one[known], truth) for one in chances)
        if metric == "brier" and spec.task is Task.BINARY:
            own, other = own / 2, other / 2
        yield _of_means(metric, own, other)


def _of_errors(first: Rows, second: Rows) -> Iterator[Difference]:
    if first.label is None or first.prediction is None or second.prediction is None:
        return
    truth = first.label.astype(np.float64)
    errors = [
        one.prediction.astype(np.float64) - truth for one in (first, second) if one.prediction is not None
    ]
    known = np.isfinite(errors[0]) & np.isfinite(errors[1])
    own, other = errors[0][known], errors[1][known]
    yield _of_means("mae", np.abs(own), np.abs(other))
    if len(own) == 0:
        yield Difference(
            metric="rmse", role=Role.PERFORMANCE, reading=Reading.nothing(NO_LABELS), second=None
        )
        return
    roots = [sqrt(float((one**2).mean())) for one in (own, other)]
    # The slope of a root of a mean: delta method.
    gap = _scaled(own, roots[0]) - _scaled(other, roots[1])
    error = sqrt(float(gap.var(ddof=1)) / len(gap)) if len(gap) > 1 else 0.0
    value = roots[0] - roots[1]
    bounds = (value - Z95 * error, value + Z95 * error) if len(gap) > 1 else None
    yield Difference(
        metric="rmse", role=Role.PERFORMANCE, reading=Reading.of(value, len(gap), bounds), second=roots[1]
    )


def _scaled(errors: Floats, root: float) -> Floats:
    return errors**2 / (2 * root) if root > 0 else np.zeros_like(errors)


def _of_means(metric: str, own: Floats, other: Floats) -> Difference:
    gap, n = own - other, len(own)
    if n == 0:
        return Difference(
            metric=metric, role=Role.PERFORMANCE, reading=Reading.nothing(NO_LABELS), second=None
        )
    bounds = intervals.mean(float(gap.sum()), float((gap**2).sum()), n)
    return Difference(
        metric=metric,
        role=Role.PERFORMANCE,
        reading=Reading.of(float(gap.mean()), n, bounds),
        second=float(other.mean()),
    )


def _of_ranking(first: Rows, second: Rows, spec: MonitorSpec, chance: Generator) -> Iterator[Difference]:
    if first.label is None or not spec.columns.scores:
        return
    name = next(iter(spec.columns.scores.values()))
    known = is_known(first.label) & np.isfinite(first.scores[name]) & np.isfinite(second.scores[name])
    positive = np.asarray(first.label[known] == positive_class(spec), dtype=np.bool_)
    own, other = first.scores[name][known], second.scores[name][known]
    reading, value = auc_difference(positive, own, other)
    yield Difference(metric="roc_auc", role=Role.PERFORMANCE, reading=reading, second=value)
    if value is not None:
        yield from of_scores(positive, own, other, chance)


def _placements(positive: Flags, score: Floats) -> Floats:
    """Return of every row the share of the other class that lies on the right side of it; ties count half."""
    placed = np.empty(len(score))
    for own in (True, False):
        mine, others = positive == own, np.sort(score[positive != own])
        below = np.searchsorted(others, score[mine], side="left")
        upto = np.searchsorted(others, score[mine], side="right")
        under = (below + upto) / 2 / len(others)
        placed[mine] = under if own else 1 - under
    return placed


def _chances(rows: Rows, spec: MonitorSpec) -> Floats:
    columns = np.stack([rows.scores[name] for name in spec.columns.scores.values()], axis=1)
    return np.hstack([columns, 1 - columns]) if spec.task is Task.BINARY else columns


def _class_names(spec: MonitorSpec) -> tuple[str, ...]:
    return (positive_class(spec),) if spec.task is Task.BINARY else tuple(spec.columns.scores)


def _log_losses(chances: Floats, truth: Flags) -> Floats:
    given = np.clip(np.where(truth, chances, 0.0).sum(axis=1), _LEAST_SCORE, 1.0)
    return np.asarray(-np.log(given))


def _brier_losses(chances: Floats, truth: Flags) -> Floats:
    return np.asarray(((chances - truth) ** 2).sum(axis=1))


def _clipped(value: float, error: float) -> tuple[float, float]:
    return max(-1.0, value - Z95 * error), min(1.0, value + Z95 * error)

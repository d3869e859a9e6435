"""Performance before labels come, for models of several classes: what calibrated scores promise.

The score of each class is calibrated against the rest on the reference (isotonic), over all rows and among
the rows with one and the same prediction. The expected confusion adds up each class's chances by what was
predicted and scales them so that the chances of the rows with one prediction add up to these rows; on the
reference itself it is the confusion that was measured. Not valid under concept drift.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np

from core.metrics import classes, intervals, performance
from core.metrics.classes import ClassOutcomes, Correlations
from core.metrics.drift import Floats
from core.metrics.estimation import Calibration, expected_sides, fit, of_scores, promised
from core.metrics.outcomes import Scored
from core.metrics.reading import NO_PREDICTION, NO_SCORE, NO_TRAFFIC, Reading

LEAST_CALLS = 50
"""Labelled reference rows with one prediction without which all rows speak for them."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassCalibration:
    """Curves from the score of a class to its chance.

    ``against_the_rest`` has one a class, in the spec's order; ``of_calls`` has one for a prediction (its
    text) and a class, where the reference has enough rows with that prediction.
    """

    against_the_rest: tuple[Calibration, ...]
    of_calls: Mapping[tuple[str, int], Calibration]

    def of(self, called: str, k: int) -> Calibration:
        """Return the curve of a class among the rows with a prediction."""
        return self.of_calls.get((called, k), self.against_the_rest[k])


def fit_classes(reference: ClassOutcomes) -> ClassCalibration | None:
    """Fit the curves to the labelled reference rows; None without any.

    A class that never, or always, came true has the same chance everywhere.
    """
    if reference.n_labelled == 0:
        return None
    every = range(len(reference.classes))
    labelled = reference.is_label >= 0
    of_calls: dict[tuple[str, int], Calibration] = {}
    for j, called in enumerate(reference.calls):
        own = labelled & (reference.prediction == j)
        if float(reference.n[own].sum()) >= LEAST_CALLS * len(reference.classes):
            of_calls |= {(called, k): _curve(reference.split(k, own)) for k in every}
    return ClassCalibration(tuple(_curve(reference.against_the_rest(k)) for k in every), of_calls)


def _curve(scored: Scored) -> Calibration:
    share = float(scored.positives.sum()) / max(scored.n, 1)
    return fit(scored) or Calibration(np.array([0.5]), np.array([share]))


def expected_confusion(outcomes: ClassOutcomes, calibration: ClassCalibration) -> Floats:
    """Return the confusion that labels would show, labels by predictions, both over :func:`texts`.

    All zeros where no row has all scores and a prediction.
    """
    every = texts(outcomes)
    expected = np.zeros((len(every), len(every)))
    for j, called in enumerate(outcomes.calls):
        column = every.index(called)
        n_called = 0.0
        for k, name in enumerate(outcomes.classes):
            n, total, _ = outcomes.binned(k, outcomes.prediction == j)
            expected[every.index(name), column] = float((n * calibration.of(called, k)(total / n)).sum())
            n_called = float(n.sum())
        promised = float(expected[:, column].sum())
        if promised > 0:
            expected[:, column] *= n_called / promised
    return expected


def texts(outcomes: ClassOutcomes) -> tuple[str, ...]:
    """Return every class that has a score or was predicted, in order."""
    return tuple(sorted({*outcomes.classes, *outcomes.calls}))


def expected_against_the_rest(outcomes: ClassOutcomes, k: int, calibration: Calibration) -> Scored:
    """Return what labels would show by the bin of one class's score; all rows count."""
    return expected_sides(*outcomes.binned(k, outcomes.scored == k), calibration)


def readings(
    outcomes: ClassOutcomes,
    calibration: ClassCalibration,
    correlations: Correlations,
    *,
    n_rows: int,
    has_prediction: bool,
) -> Iterator[tuple[str, Reading]]:
    """Estimate the area under the ROC curve, accuracy, precision, recall and F1 over all classes.

    Formulas and ranges are those of the measured metrics, on expected counts. Interval: within what the
    labels of these very rows would fall, as in :func:`core.metrics.estimation.readings`. No rows: "no
    traffic"; no scores: "no score column".

    Yields
    ------
    str, Reading
        The metric's name and its estimate.

    Source: confidence-based performance estimation, Białek et al. (2024); one-vs-rest calibration, Zadrozny
    & Elkan (2002), KDD.
    """
    n = round(float(outcomes.n.sum())) // len(outcomes.classes)
    missing = None if n else Reading.nothing(NO_SCORE if n_rows else NO_TRAFFIC)
    if missing is None:
        areas = [
            of_scores("roc_auc", expected_against_the_rest(outcomes, k, one), one)
            for k, one in enumerate(calibration.against_the_rest)
        ]
        known = correlations.get("roc_auc")
        yield "roc_auc", classes.average(areas, n, known, on_logit_scale=True)
    else:
        yield "roc_auc", missing
    if not has_prediction:
        return
    confusion = expected_confusion(outcomes, calibration)
    if missing is None and confusion.sum() == 0:
        missing = Reading.nothing(NO_PREDICTION)
    if missing is not None:
        yield from ((metric, missing) for metric in ("accuracy", *performance.SCORES_OF_CLASS))
        return
    spread = Spread.of(outcomes, calibration, confusion)
    yield "accuracy", spread.around(performance.accuracy(confusion), _share_right)
    for metric, score in performance.SCORES_OF_CLASS.items():
        statistic = performance.mean_over_classes(confusion, score)
        yield metric, spread.around(performance.mean_reading(confusion, score), statistic)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What the labels of these rows may make of an expected confusion.

    ``right`` is, for every prediction, the variance of its rows' right calls, labels and curve taken
    together; ``doubt`` by how many times the scatter of labels the curve adds to that of the other classes.
    """

    confusion: Floats
    right: Floats
    doubt: Floats

    @classmethod
    def of(cls, outcomes: ClassOutcomes, calibration: ClassCalibration, confusion: Floats) -> "Spread":
        """Look at each prediction's rows by the score of the class that they were called."""
        every = texts(outcomes)
        right, doubt = np.zeros(len(every)), np.ones(len(every))
        for j, called in enumerate(outcomes.calls):
            if called not in outcomes.classes:
                continue
            k, column = outcomes.classes.index(called), every.index(called)
            n, total, _ = outcomes.binned(k, outcomes.prediction == j)
            curve = calibration.of(called, k)
            right[column] = curve.error(total / n, n, np.ones_like(n)) ** 2
            if curve.rows is not None:
                doubt[column] += float(n.sum()) / max(float(curve.rows.sum()), 1.0)
        return cls(confusion, right, doubt)

    def around(self, reading: Reading, statistic: Callable[[Floats], Floats]) -> Reading:
        """Return a number of the expected confusion with its interval.

        A row is right with its own chance, else it is of another class as all of its prediction's rows are:
        n q (1 − q) (u_right − ū)² + n (1 − q) var(u), u the number's slopes and ū their mean if not right.
        """
        table, size = self.confusion, len(self.confusion)
        slopes = intervals.slopes_of(statistic, table.ravel()).reshape(size, size)
        variance = 0.0
        for j in range(size):
            others = np.arange(size) != j
            n_others = float(table[others, j].sum())
            mean, spread = 0.0, 0.0
            if n_others > 0:
                mean = float((table[others, j] * slopes[others, j]).sum()) / n_others
                spread = float((table[others, j] * (slopes[others, j] - mean) ** 2).sum())
            variance += self.right[j] * (slopes[j, j] - mean) ** 2 + self.doubt[j] * spread
        real = table.sum(axis=1)
        return promised(reading, sqrt(variance), float(real[real > 0].min()))


def _share_right(counts: Floats) -> Floats:
    table = counts.reshape(*counts.shape[:-1], round(sqrt(counts.shape[-1])), -1)
    return np.asarray(np.trace(table, axis1=-2, axis2=-1) / table.sum(axis=(-1, -2)))

"""Performance before labels come, for models of several classes: what calibrated scores promise.

The score of each class is calibrated against the rest on the reference (isotonic), over all rows and among
the rows with one and the same prediction. The expected confusion adds up each class's chances by what was
predicted and scales them so that the chances of the rows with one prediction add up to these rows; on the
reference itself it is the confusion that was measured. Not valid under concept drift.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.metrics import classes, performance
from core.metrics.classes import ClassOutcomes, Correlations
from core.metrics.drift import Floats
from core.metrics.estimation import Calibration, expected_sides, fit
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

    Formulas, ranges and intervals are those of the measured metrics, on expected counts. No rows: "no
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
        sides = [
            expected_against_the_rest(outcomes, k, one) for k, one in enumerate(calibration.against_the_rest)
        ]
        areas = [performance.roc_auc(side) for side in sides]
        known = correlations.get("roc_auc")
        yield "roc_auc", classes.average(areas, n, known, on_logit_scale=True)
    else:
        yield "roc_auc", missing
    if not has_prediction:
        return
    confusion = expected_confusion(outcomes, calibration)
    if missing is None and confusion.sum() == 0:
        missing = Reading.nothing(NO_PREDICTION)
    yield "accuracy", missing or performance.accuracy(confusion)
    yield "precision", missing or performance.precision(confusion, None)
    yield "recall", missing or performance.recall(confusion, None)
    yield "f1", missing or performance.f1(confusion, None)

"""Performance before labels come, for models of several classes: what calibrated scores promise.

The score of each class is calibrated against the rest on the reference (isotonic). The expected confusion
adds up each class's chances by what was predicted and scales them so that the chances of the rows with one
prediction add up to these rows. Not valid under concept drift.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from core.metrics import classes, performance
from core.metrics.classes import ClassOutcomes, Correlations
from core.metrics.drift import Floats
from core.metrics.estimation import Calibration, expected_sides, fit
from core.metrics.outcomes import Scored
from core.metrics.reading import NO_PREDICTION, NO_SCORE, NO_TRAFFIC, Reading


def fit_classes(reference: ClassOutcomes) -> tuple[Calibration, ...] | None:
    """Fit one calibration a class to the labelled reference rows; None without any.

    A class that never, or always, came true in the reference has the same chance everywhere.
    """
    if reference.n_labelled == 0:
        return None
    fitted = []
    for k in range(len(reference.classes)):
        scored = reference.against_the_rest(k)
        share = float(scored.positives.sum()) / scored.n
        fitted.append(fit(scored) or Calibration(np.array([0.5]), np.array([share])))
    return tuple(fitted)


def expected_confusion(outcomes: ClassOutcomes, calibrations: Sequence[Calibration]) -> Floats:
    """Return the confusion that labels would show, labels by predictions, both over :func:`texts`.

    All zeros where no row has all scores and a prediction.
    """
    every = texts(outcomes)
    place = np.array([every.index(text) for text in (*outcomes.classes, *outcomes.calls)], dtype=np.intp)
    own, calls = place[: len(outcomes.classes)], place[len(outcomes.classes) :]
    used = outcomes.prediction >= 0
    chance = np.zeros(len(outcomes.n))
    for k, calibration in enumerate(calibrations):
        of_class = outcomes.scored == k
        chance[of_class] = calibration(outcomes.score_total[of_class] / outcomes.n[of_class])
    expected = np.zeros((len(every), len(every)))
    np.add.at(
        expected,
        (own[outcomes.scored[used]], calls[outcomes.prediction[used]] if used.any() else []),
        (outcomes.n * chance)[used],
    )
    # Each row is in the cells once for every class.
    n_called = np.zeros(len(every))
    np.add.at(n_called, calls, np.bincount(outcomes.prediction[used], outcomes.n[used], len(calls)))
    n_called /= len(outcomes.classes)
    sums = expected.sum(axis=0)
    return np.asarray(expected * np.divide(n_called, sums, out=np.zeros(len(every)), where=sums > 0))


def texts(outcomes: ClassOutcomes) -> tuple[str, ...]:
    """Return every class that has a score or was predicted, in order."""
    return tuple(sorted({*outcomes.classes, *outcomes.calls}))


def expected_against_the_rest(outcomes: ClassOutcomes, k: int, calibration: Calibration) -> Scored:
    """Return what labels would show by the bin of one class's score; all rows count."""
    own = outcomes.scored == k
    bins, place = np.unique(outcomes.score_bin[own], return_inverse=True)

    def added(values: Floats) -> Floats:
        return np.bincount(place, values[own], minlength=len(bins)).astype(np.float64)

    return expected_sides(
        added(outcomes.n), added(outcomes.score_total), added(outcomes.score_squares), calibration
    )


def readings(
    outcomes: ClassOutcomes,
    calibrations: Sequence[Calibration],
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
        sides = [expected_against_the_rest(outcomes, k, one) for k, one in enumerate(calibrations)]
        areas = [performance.roc_auc(side) for side in sides]
        known = correlations.get("roc_auc")
        yield "roc_auc", classes.average(areas, n, known, on_logit_scale=True)
    else:
        yield "roc_auc", missing
    if not has_prediction:
        return
    confusion = expected_confusion(outcomes, calibrations)
    if missing is None and confusion.sum() == 0:
        missing = Reading.nothing(NO_PREDICTION)
    yield "accuracy", missing or performance.accuracy(confusion)
    yield "precision", missing or performance.precision(confusion, None)
    yield "recall", missing or performance.recall(confusion, None)
    yield "f1", missing or performance.f1(confusion, None)

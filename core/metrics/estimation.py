"""Performance before labels come, for binary models: what calibrated scores promise.

Scores are calibrated on the reference (isotonic), so that a calibrated score p is the chance of the
positive class; expected counts then stand in for observed ones. Not valid under concept drift: if the
same score has come to mean another chance, nothing here can know.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType

import numpy as np

from core.metrics import intervals, performance, slopes
from core.metrics.drift import Floats
from core.metrics.outcomes import Outcomes, Scored
from core.metrics.reading import NO_PREDICTION, NO_SCORE, NO_TRAFFIC, Reading


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A rising curve from score to the chance of the positive class; level beyond its ends.

    ``rows`` are the labelled reference rows behind each of its points; without them it is taken for sure.
    """

    scores: Floats
    chances: Floats
    rows: Floats | None = None

    def __call__(self, scores: Floats) -> Floats:
        """Return the chance of the positive class for scores.

        Examples
        --------
        >>> curve = Calibration(np.array([0.2, 0.6]), np.array([0.1, 0.5]))
        >>> curve(np.array([0.0, 0.4, 0.9])).round(3).tolist()
        [0.1, 0.3, 0.5]
        """
        return np.asarray(np.interp(scores, self.scores, self.chances))

    def error(self, scores: Floats, n: Floats, answers: Floats) -> float:
        """Return the standard error of Σ answer × positives, of rows whose labels have not come.

        Chance is in the labels, n p (1 − p) for n rows with one score, and in the curve itself: a level of
        the isotonic fit is a share of the reference's rows in it, the same for all of the window's there.

        Parameters
        ----------
        scores, n
            Score and rows of each bin.
        answers
            By how much a metric answers to a positive in place of a negative there.

        Examples
        --------
        >>> at, n, answer = np.array([0.6]), np.array([100.0]), np.array([0.01])
        >>> sure = Calibration(np.array([0.2, 0.6]), np.array([0.1, 0.5]))
        >>> round(sure.error(at, n, answer), 4)   # √(.25 / 100)
        0.05
        >>> fitted = Calibration(sure.scores, sure.chances, np.array([300.0, 300.0]))
        >>> round(fitted.error(at, n, answer), 4)   # √(.25 (1/100 + 1/300))
        0.0577
        """
        chance = self(scores)
        variance = float((n * answers**2 * chance * (1 - chance)).sum())
        if self.rows is not None:
            levels, level = np.unique(self.chances, return_inverse=True)
            behind = np.bincount(level, self.rows)
            nearest = level[np.searchsorted((self.scores[1:] + self.scores[:-1]) / 2, scores)]
            moved = np.bincount(nearest, n * answers, minlength=len(levels))
            # A level of 0 or 1 is not certain.
            share = (levels * behind + 0.5) / (behind + 1)
            variance += float((moved**2 * share * (1 - share) / np.maximum(behind, 1.0)).sum())
        return sqrt(variance)


def fit(scored: Scored) -> Calibration | None:
    """Fit the calibration curve to labelled reference rows; None without both classes.

    Isotonic regression of the outcome on the score: the rising curve with the least squared error. On
    a profile a bin's mean score and its share of positives, weighted by its rows, stand for its rows.

    Source: Zadrozny & Elkan (2002), KDD; pool adjacent violators, Barlow et al. (1972).

    Examples
    --------
    >>> curve = fit(Scored(positives=np.array([1.0, 0.0, 2.0]), negatives=np.array([1.0, 2.0, 0.0]),
    ...     positives_total=np.array([0.1, 0.0, 1.6]), negatives_total=np.array([0.1, 1.0, 0.0]),
    ...     positives_squares=np.zeros(3), negatives_squares=np.zeros(3)))
    >>> curve.scores.tolist(), curve.chances.tolist()   # the first two bins are pooled to 1 of 4
    ([0.1, 0.5, 0.8], [0.25, 0.25, 1.0])
    """
    if scored.positives.sum() == 0 or scored.negatives.sum() == 0:
        return None
    rows = scored.positives + scored.negatives
    return Calibration(scored.mean_scores, _rising(scored.positives / rows, rows), rows)


def _rising(values: Floats, weights: Floats) -> Floats:
    """Return the rising sequence with the least squared error: neighbours that fall are pooled.

    As scipy.optimize's, whose import takes longer than all else that is done here.

    Examples
    --------
    >>> _rising(np.array([0.5, 0.0, 1.0]), np.array([2.0, 2.0, 2.0])).tolist()
    [0.25, 0.25, 1.0]
    """
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        total, rows, n = value * weight, weight, 1
        while pools and pools[-1][0] * rows >= total * pools[-1][1]:
            before = pools.pop()
            total, rows, n = total + before[0], rows + before[1], n + before[2]
        pools.append((total, rows, n))
    return np.repeat([total / rows for total, rows, _ in pools], [n for _, _, n in pools])


def expected_scores(outcomes: Outcomes, calibration: Calibration) -> Scored | None:
    """Return what labels would show by score bin: each row is p of a positive and 1 − p of a negative.

    None without scores. In a bin both sides have the same mean score: which of its rows are positive is not
    known.

    Examples
    --------
    >>> line = Calibration(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> expected_scores(_example(), line).positives.tolist()
    [0.2, 0.8]
    """
    used = outcomes.score_bin >= 0
    if not used.any():
        return None
    bins, place = np.unique(outcomes.score_bin[used], return_inverse=True)

    def added(values: Floats) -> Floats:
        return np.bincount(place, values[used], minlength=len(bins)).astype(np.float64)

    return expected_sides(
        added(outcomes.n), added(outcomes.score_total), added(outcomes.score_squares), calibration
    )


def expected_sides(n: Floats, total: Floats, squares: Floats, calibration: Calibration) -> Scored:
    """Split rows, and sums of scores and their squares, by bin into expected positives and negatives."""
    chance = calibration(total / n)
    return Scored(
        positives=n * chance,
        negatives=n * (1 - chance),
        positives_total=total * chance,
        negatives_total=total * (1 - chance),
        positives_squares=squares * chance,
        negatives_squares=squares * (1 - chance),
    )


def expected_confusion(outcomes: Outcomes, calibration: Calibration, positive: str | None) -> Floats:
    """Return the confusion that labels would show: (negative, positive) label by the same as predicted.

    All zeros where no row has both a score and a prediction.

    Examples
    --------
    >>> line = Calibration(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> expected_confusion(_example(), line, "1").round(3).tolist()   # .2 called 0, .8 called 1
    [[0.8, 0.2], [0.2, 0.8]]
    """
    used = (outcomes.score_bin >= 0) & (outcomes.prediction >= 0)
    n = outcomes.n[used]
    chance = calibration(outcomes.score_total[used] / n)
    called = (outcomes.prediction[used] == outcomes.code(positive)).astype(np.intp)
    by_call = [np.bincount(called, weights, minlength=2) for weights in (n * (1 - chance), n * chance)]
    return np.array(by_call, dtype=np.float64)


def readings(
    outcomes: Outcomes, calibration: Calibration, positive: str | None, *, has_prediction: bool
) -> Iterator[tuple[str, Reading]]:
    """Estimate every performance metric that scores and predictions allow.

    Formulas and ranges are those of the measured metrics, on expected counts. Interval: within what the
    labels of these very rows would fall, the reference's chance in the curve included (delta method; t on
    the logit scale, of log loss and Brier score on the log scale). No rows: "no traffic"; no scores: "no
    score column"; chances that are all 0 or all 1: "one class".

    Yields
    ------
    str, Reading
        The metric's name and its estimate.

    Source: confidence-based performance estimation, Białek et al. (2024), Estimating Model Performance
    Under Covariate Shift Without Labels.

    Examples
    --------
    >>> line = Calibration(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> found = dict(readings(_example(), line, "1", has_prediction=True))
    >>> found["roc_auc"].value   # .2 and .8, one row each: (.8 × .8 + ½ × .16 × 2) / 1
    0.8
    >>> round(found["accuracy"].value, 6)   # .8 called 1, .2 called 0
    0.8
    """
    scored = expected_scores(outcomes, calibration)
    missing = Reading.nothing(NO_TRAFFIC if outcomes.n.sum() == 0 else NO_SCORE)
    for metric in OF_SCORES:
        yield metric, missing if scored is None else of_scores(metric, scored, calibration)
    if not has_prediction:
        return
    confusion = expected_confusion(outcomes, calibration, positive)
    if confusion.sum() == 0:
        missing = Reading.nothing(NO_PREDICTION) if scored is not None else missing
        yield from ((metric, missing) for metric in OF_CALLS)
        return
    used = (outcomes.score_bin >= 0) & (outcomes.prediction >= 0)
    called = outcomes.prediction[used] == outcomes.code(positive)
    scores, n = outcomes.score_total[used] / outcomes.n[used], outcomes.n[used]
    n_rarer = float(confusion.sum(axis=1).min())
    for metric, (rate, answers) in OF_CALLS.items():
        error = calibration.error(scores, n, np.where(called, *answers(confusion)))
        yield metric, promised(rate(confusion, 1), error, n_rarer)


def of_scores(metric: str, scored: Scored, calibration: Calibration) -> Reading:
    """Return one estimate from expected sides; see :func:`readings`."""
    measure, slopes_of = OF_SCORES[metric]
    reading = measure(scored)
    if reading.value is None:
        return reading
    up, down = slopes_of(scored)
    error = calibration.error(scored.mean_scores, scored.positives + scored.negatives, up - down)
    if metric in LOSSES:
        return Reading.of(reading.value, reading.n, intervals.on_log_scale(reading.value, error))
    return promised(reading, error, float(min(scored.positives.sum(), scored.negatives.sum())))


def promised(reading: Reading, error: float, n_rarer: float) -> Reading:
    """Return an expected share with the interval in which labels would put it, on the logit scale.

    t with as many degrees of freedom as the rarer class is expected to have rows, less one: the fewer they
    are, the less their number goes with its slopes.

    Examples
    --------
    >>> found = promised(Reading.of(0.8, 100), 0.04, 30.0)
    >>> round(found.low, 3), round(found.high, 3)
    (0.706, 0.87)
    """
    if reading.value is None:
        return reading
    z = intervals.students(max(n_rarer - 1, 1.0))
    return Reading.of(reading.value, reading.n, intervals.on_logit_scale(reading.value, error, reading.n, z))


OF_SCORES: Mapping[str, tuple[Callable[[Scored], Reading], Callable[[Scored], slopes.Slopes]]] = (
    MappingProxyType(
        {
            "roc_auc": (performance.roc_auc, slopes.of_roc_auc),
            "average_precision": (
                performance.average_precision,
                lambda scored: slopes.of_average_precision(scored)[1],
            ),
            "log_loss": (performance.log_loss, slopes.of_log_loss),
            "brier": (performance.brier, slopes.of_brier),
        }
    )
)
"""What is estimated from scores alone. A calibration error is not: the chances are the calibration."""

LOSSES = frozenset({"log_loss", "brier"})

OF_CALLS: Mapping[str, tuple[Callable[[Floats, int], Reading], Callable[[Floats], tuple[float, float]]]] = (
    MappingProxyType(
        {
            "accuracy": (lambda confusion, _: performance.accuracy(confusion), slopes.of_accuracy),
            "precision": (performance.precision, slopes.of_precision),
            "recall": (performance.recall, slopes.of_recall),
            "specificity": (performance.specificity, slopes.of_specificity),
            "f1": (performance.f1, slopes.of_f1),
        }
    )
)
"""What is estimated from scores and predictions, with the code of the positive class."""


def _example() -> Outcomes:
    """Return one row with score .2 predicted 0 and one with .8 predicted 1."""
    from core.domain import OutcomeCells

    nothing = (0.0, 0.0)
    return Outcomes.of(
        OutcomeCells(
            groups=((), ()),
            label=(None, None),
            prediction=("0", "1"),
            score_bin=(0, 1),
            n=(1, 1),
            n_labelled=(0, 0),
            score_total=(0.2, 0.8),
            score_squares=(0.04, 0.64),
            error_total=nothing,
            error_absolute=nothing,
            error_squares=nothing,
            label_total=nothing,
            label_absolute=nothing,
            label_squares=nothing,
        )
    )

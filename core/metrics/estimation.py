"""Performance before labels come, for binary models: what calibrated scores promise.

Scores are calibrated on the reference (isotonic), so that a calibrated score p is the chance of the
positive class; expected counts then stand in for observed ones. Not valid under concept drift: if the
same score has come to mean another chance, nothing here can know.
"""

from dataclasses import dataclass

import numpy as np

from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.outcomes import Outcomes, Scored
from core.metrics.reading import NO_PREDICTION, NO_SCORE, NO_TRAFFIC, ONE_CLASS, Reading


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A rising curve from score to the chance of the positive class; level beyond its ends."""

    scores: Floats
    chances: Floats

    def __call__(self, scores: Floats) -> Floats:
        """Return the chance of the positive class for scores.

        Examples
        --------
        >>> curve = Calibration(np.array([0.2, 0.6]), np.array([0.1, 0.5]))
        >>> curve(np.array([0.0, 0.4, 0.9])).round(3).tolist()
        [0.1, 0.3, 0.5]
        """
        return np.asarray(np.interp(scores, self.scores, self.chances))


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
    from scipy.optimize import isotonic_regression

    rows = scored.positives + scored.negatives
    scores = scored.mean_scores
    fitted = isotonic_regression(scored.positives / rows, weights=rows)
    return Calibration(scores, np.asarray(fitted.x, dtype=np.float64))


def roc_auc(outcomes: Outcomes, calibration: Calibration) -> Reading:
    """Expected AUC: each row counts as p of a positive and 1 − p of a negative.

    Formula, range and interval as the measured AUC, on expected counts. No scores: no value; chances
    that are all 0 or all 1: "one class".

    Source: confidence-based performance estimation, Białek et al. (2024), Estimating Model Performance
    Under Covariate Shift Without Labels.

    Examples
    --------
    >>> from core.domain import OutcomeCells
    >>> half = Calibration(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> roc_auc(_example(), half).value   # .2 and .8, one row each: (.8 × .8 + ½ × .16 × 2) / 1
    0.8
    """
    expected = _expected(outcomes, calibration)
    if expected is None:
        return Reading.nothing(NO_TRAFFIC if outcomes.n.sum() == 0 else NO_SCORE)
    positives, negatives = expected
    n = round(float(positives.sum() + negatives.sum()))
    found = intervals.delong(positives, negatives)
    if found is None:
        return Reading.nothing(ONE_CLASS, n)
    smaller = min(float(positives.sum()), float(negatives.sum()))
    return Reading.of(found[0], n, intervals.on_logit_scale(*found, smaller))


def accuracy(outcomes: Outcomes, calibration: Calibration, positive: str | None) -> Reading:
    """Expected accuracy: the mean chance that the prediction is right.

    mean of p where the positive class is predicted and of 1 − p elsewhere. Range [0, 1]. Interval:
    Wilson, the sampling of labels that this many rows would show. No score or prediction: no value.

    Source: as :func:`roc_auc`.

    Examples
    --------
    >>> line = Calibration(np.array([0.0, 1.0]), np.array([0.0, 1.0]))
    >>> round(accuracy(_example(), line, "1").value, 6)   # .8 called 1, .2 called 0
    0.8
    """
    scored = outcomes.score_bin >= 0
    used = scored & (outcomes.prediction >= 0)
    n = float(outcomes.n[used].sum())
    if n == 0:
        empty = outcomes.n.sum() == 0
        return Reading.nothing(NO_TRAFFIC if empty else NO_PREDICTION if scored.any() else NO_SCORE)
    chance = calibration(outcomes.score_total[used] / outcomes.n[used])
    right = np.where(outcomes.prediction[used] == outcomes.code(positive), chance, 1 - chance)
    hits = float((outcomes.n[used] * right).sum())
    return Reading.of(hits / n, round(n), intervals.wilson(hits, n))


def _expected(outcomes: Outcomes, calibration: Calibration) -> tuple[Floats, Floats] | None:
    """Return expected positives and negatives by ascending score bin; None without scores."""
    used = outcomes.score_bin >= 0
    if not used.any():
        return None
    bins, place = np.unique(outcomes.score_bin[used], return_inverse=True)
    rows = np.bincount(place, outcomes.n[used], minlength=len(bins))
    chance = calibration(np.bincount(place, outcomes.score_total[used], minlength=len(bins)) / rows)
    return rows * chance, rows * (1 - chance)


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

"""How a metric answers to one row more: its slope in the counts of every score bin, for both outcomes.

With the counts the slopes give standard errors (:func:`core.metrics.intervals.standard_error`), and row by
row they say how the errors of two metrics go together.
"""

from math import sqrt

import numpy as np

from core.metrics.drift import Floats
from core.metrics.outcomes import Scored

Slopes = tuple[Floats, Floats]
"""For a positive more and for a negative more, by ascending score bin."""

CALIBRATION_BINS = 10

SCORE_FLOOR = 1e-15
"""Scores are kept this far from 0 and 1 in the log loss."""


def of_roc_auc(scored: Scored) -> Slopes:
    """Return how the area under the ROC curve answers; needs both classes.

    A positive changes it by (the share of negatives below it − the area) / positives, DeLong's placement
    value; a negative the other way round.

    Examples
    --------
    >>> up, down = of_roc_auc(_example())   # one pair of four is tied: the area is .875
    >>> up.tolist(), down.tolist()
    ([-0.3125, -0.0625, 0.0625], [0.0625, -0.0625, -0.3125])
    """
    m, n = float(scored.positives.sum()), float(scored.negatives.sum())
    below = (np.cumsum(scored.negatives) - scored.negatives / 2) / n
    above = 1 - (np.cumsum(scored.positives) - scored.positives / 2) / m
    area = float((scored.positives * below).sum()) / m
    return (below - area) / m, (above - area) / n


def of_average_precision(scored: Scored) -> tuple[float, Slopes]:
    """Return the average precision and how it answers; needs a positive.

    Of a bin's rows with several scores a hit has half of the others before it; rows with one score count
    all at once.

    Examples
    --------
    >>> round(of_average_precision(_example())[0], 6)   # ½ × 1 + ½ × 2/3
    0.833333
    """
    n_positive = float(scored.positives.sum())
    hits, misses = scored.positives[::-1], scored.negatives[::-1]
    to_come = np.where(scored.widths > 0, 0.5, 0.0)[::-1]
    found = np.cumsum(hits) - to_come * (hits - 1)
    seen = np.cumsum(hits + misses) - to_come * (hits + misses - 1)
    precision = np.divide(found, seen, out=np.zeros_like(found), where=hits > 0)
    value = float((hits * precision).sum()) / n_positive
    later = np.maximum(seen, 0.5)
    by_found, by_seen = hits / later, -hits * found / later**2
    # A row more counts in full below its bin, in part inside it.
    for_found = np.cumsum(by_found[::-1])[::-1] - to_come * by_found
    for_seen = np.cumsum(by_seen[::-1])[::-1] - to_come * by_seen
    up = (for_found + for_seen + precision - value) / n_positive
    return value, (up[::-1], for_seen[::-1] / n_positive)


def error_of_average_precision(scored: Scored) -> float:
    """Return the standard error of the average precision by leaving out each row once; needs two positives.

    √((n − 1) / n Σ c (θ₋ − θ̄₋)²). With few positives the slopes make it too small: one positive less
    changes what all those below it gain.

    Source: Efron & Stein (1981), Annals of Statistics 9: the jackknife's variance, not too small on average.

    Examples
    --------
    >>> round(error_of_average_precision(_example()), 4)   # without a row it is ⅚, 1, ½, 1
    0.3536
    """
    hits, misses = scored.positives[::-1], scored.negatives[::-1]
    n_positive, n = float(hits.sum()), float(scored.positives.sum() + scored.negatives.sum())
    to_come = np.where(scored.widths > 0, 0.5, 0.0)[::-1]
    found = np.cumsum(hits) - to_come * (hits - 1)
    seen = np.cumsum(hits + misses) - to_come * (hits + misses - 1)
    gains = np.divide(hits * found, seen, out=np.zeros_like(found), where=hits > 0)
    before = np.cumsum(gains) - gains

    def gained(of: Floats, found: Floats, seen: Floats) -> Floats:
        return np.divide(
            of * np.maximum(found, 0.0), seen, out=np.zeros_like(found), where=(of > 0) & (seen > 0)
        )

    def after(gain: Floats) -> Floats:
        return np.asarray(np.cumsum(gain[::-1])[::-1] - gain)

    own = 1 - to_come  # of a row left out, how much its own bin sees
    without_hit = (
        before + gained(hits - 1, found - own, seen - own) + after(gained(hits, found - 1, seen - 1))
    )
    without_miss = before + gained(hits, found, seen - own) + after(gained(hits, found, seen - 1))
    left = np.concatenate([without_hit / max(n_positive - 1, 1.0), without_miss / n_positive])
    counts = np.concatenate([hits, misses])
    centre = float((counts * left).sum()) / n
    return sqrt((n - 1) / n * float((counts * (left - centre) ** 2).sum()))


def of_log_loss(scored: Scored) -> Slopes:
    """Return how the log loss answers to rows with a bin's mean score, but for their number.

    Examples
    --------
    >>> [side.round(3).tolist() for side in of_log_loss(_example())]   # −ln s / 4, −ln (1 − s) / 4
    [[0.576, 0.173, 0.026], [0.026, 0.173, 0.576]]
    """
    means = np.clip(scored.mean_scores, SCORE_FLOOR, 1 - SCORE_FLOOR)
    return -np.log(means) / scored.n, -np.log(1 - means) / scored.n


def of_brier(scored: Scored) -> Slopes:
    """Return how the Brier score answers to rows with a bin's mean score, but for their number.

    Examples
    --------
    >>> [side.round(4).tolist() for side in of_brier(_example())]   # (1 − s)² / 4, s² / 4
    [[0.2025, 0.0625, 0.0025], [0.0025, 0.0625, 0.2025]]
    """
    means = scored.mean_scores
    return (1 - means) ** 2 / scored.n, means**2 / scored.n


def of_calibration_error(scored: Scored) -> tuple[float, Slopes]:
    """Return the calibration error over ten score ranges of equal width and how it answers; needs rows.

    Examples
    --------
    >>> round(of_calibration_error(_example())[0], 6)   # (.1 + 2 × 0 + .1) / 4
    0.05
    """
    means = scored.mean_scores
    place = np.clip(np.ceil(means * CALIBRATION_BINS - 1e-9).astype(np.intp) - 1, 0, CALIBRATION_BINS - 1)
    rows = scored.positives + scored.negatives
    excess = np.bincount(place, rows * means - scored.positives, minlength=CALIBRATION_BINS)
    side = np.sign(excess)[place] / scored.n
    return float(np.abs(excess).sum()) / scored.n, (side * (means - 1), side * means)


def of_accuracy(confusion: Floats) -> tuple[float, float]:
    """Return how the accuracy answers to a positive in place of a negative: called positive, and not.

    This and the next four take the counts (negative, positive) label by the same as called.

    Examples
    --------
    >>> of_accuracy(np.array([[50.0, 10.0], [10.0, 30.0]]))
    (0.01, -0.01)
    """
    n = max(float(confusion.sum()), 1.0)
    return 1 / n, -1 / n


def of_precision(confusion: Floats) -> tuple[float, float]:
    """Return how the precision answers; see :func:`of_accuracy`.

    Examples
    --------
    >>> of_precision(np.array([[50.0, 10.0], [10.0, 30.0]]))
    (0.025, 0.0)
    """
    return _inverse(confusion[:, 1]), 0.0


def of_recall(confusion: Floats) -> tuple[float, float]:
    """Return how the recall answers; see :func:`of_accuracy`.

    Examples
    --------
    >>> [round(one, 6) for one in of_recall(np.array([[50.0, 10.0], [10.0, 30.0]]))]
    [0.00625, -0.01875]
    """
    a_row = _inverse(confusion[1])
    recall = float(confusion[1, 1]) * a_row
    return (1 - recall) * a_row, -recall * a_row


def of_specificity(confusion: Floats) -> tuple[float, float]:
    """Return how the specificity answers; see :func:`of_accuracy`.

    Examples
    --------
    >>> [round(one, 6) for one in of_specificity(np.array([[50.0, 10.0], [10.0, 30.0]]))]
    [0.013889, -0.002778]
    """
    a_row = _inverse(confusion[0])
    specificity = float(confusion[0, 0]) * a_row
    return specificity * a_row, (specificity - 1) * a_row


def of_f1(confusion: Floats) -> tuple[float, float]:
    """Return how F1 answers; see :func:`of_accuracy`.

    Examples
    --------
    >>> [round(one, 6) for one in of_f1(np.array([[50.0, 10.0], [10.0, 30.0]]))]
    [0.015625, -0.009375]
    """
    a_row = 1 / max(float(confusion[:, 1].sum() + confusion[1].sum()), 1e-300)
    f1 = 2 * float(confusion[1, 1]) * a_row
    return (2 - f1) * a_row, -f1 * a_row


def _inverse(rows: Floats) -> float:
    total = float(rows.sum())
    return 1 / total if total > 0 else 0.0


def _example() -> Scored:
    """Return scores .5 .9 of two positives, .1 .5 of two negatives: three bins."""
    return Scored(
        positives=np.array([0.0, 1.0, 1.0]),
        negatives=np.array([1.0, 1.0, 0.0]),
        positives_total=np.array([0.0, 0.5, 0.9]),
        negatives_total=np.array([0.1, 0.5, 0.0]),
        positives_squares=np.array([0.0, 0.25, 0.81]),
        negatives_squares=np.array([0.01, 0.25, 0.0]),
    )

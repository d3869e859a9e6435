"""How a metric answers to one row more: its slope in the counts of every score bin, for both outcomes.

With the counts the slopes give standard errors (:func:`core.metrics.intervals.standard_error`), and row by
row they say how the errors of two metrics go together.
"""

import numpy as np

from core.metrics.drift import Floats
from core.metrics.outcomes import Scored

Slopes = tuple[Floats, Floats]
"""For a positive more and for a negative more, by ascending score bin."""

CALIBRATION_BINS = 10


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

"""How well classes were predicted: from score bins by outcome, and from confusion counts.

Every function answers with a :class:`core.metrics.reading.Reading`: no labelled rows give "no labels
yet", a single class where two are needed "one class". On a profile's score bins the numbers that rank
rows (AUC, average precision) treat a bin's rows as tied; on rows the bins are the distinct scores.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from core.metrics import gap_intervals, intervals, slopes
from core.metrics.drift import Floats
from core.metrics.outcomes import Scored
from core.metrics.reading import NO_LABELS, ONE_CLASS, Reading

Score = Callable[[Floats, Floats, Floats], Floats]
"""A class's score from its rows called right, its rows called, its real rows."""

LEAST_POSITIVES = 10
"""Positives without which an average precision has no interval."""


def roc_auc(scored: Scored) -> Reading:
    """Area under the ROC curve: does a positive outrank a negative?

    P(s⁺ > s⁻) + ½ P(s⁺ = s⁻). Range [0, 1]; chance is .5, no change is the reference's value. No labels
    or one class: no value. Of a pair in one bin the chance is ½ + (mean s⁺ − mean s⁻) / width of the bin's
    scores: that makes the error of a profile about 3e-6 (30,000 smooth scores) to 3e-4 (300), and none
    where bins hold one score. Interval: DeLong on the counts, on the logit scale.

    Source: Hanley & McNeil (1982), Radiology 143; DeLong et al. (1988), Biometrics 44.

    Examples
    --------
    >>> roc_auc(_example()).value   # 1 pair of 4 is tied, 3 are in order
    0.875
    """
    if scored.n == 0:
        return Reading.nothing(NO_LABELS)
    found = intervals.delong(scored.positives, scored.negatives)
    if found is None:
        return Reading.nothing(ONE_CLASS, scored.n)
    binned, error = found
    m, n = float(scored.positives.sum()), float(scored.negatives.sum())
    auc = min(max(binned + _inside_bins(scored) / (m * n), 0.0), 1.0)
    return Reading.of(auc, scored.n, intervals.on_logit_scale(auc, error, min(m, n)))


def average_precision(scored: Scored) -> Reading:
    """Average precision: the area under the precision-recall steps.

    Σ (Rₖ − Rₖ₋₁) Pₖ over falling thresholds. Range [0, 1]; chance is the share of positives. No labels
    or no positive: no value. Rows of a bin with several scores count as mixed, not as tied. Interval: the
    error when each row is left out once (jackknife), t with as many degrees of freedom as positives less
    one, on the logit scale; none under 10 positives, of which each moves it too much.

    Source: scikit-learn, average_precision_score; Zhu (2004), Recall, precision and average precision.

    Examples
    --------
    >>> round(average_precision(_example()).value, 6)   # ½ × 1 + ½ × 2/3
    0.833333
    """
    if scored.n == 0:
        return Reading.nothing(NO_LABELS)
    if scored.positives.sum() == 0:
        return Reading.nothing(ONE_CLASS, scored.n)
    n_positive = float(scored.positives.sum())
    value, _ = slopes.of_average_precision(scored)
    if n_positive < LEAST_POSITIVES:
        return Reading.of(value, scored.n)
    error, z = slopes.error_of_average_precision(scored), intervals.students(n_positive - 1)
    return Reading.of(value, scored.n, intervals.on_logit_scale(value, error, n_positive, z))


def log_loss(scored: Scored) -> Reading:
    """Log loss: how surprised the scores are by the outcome.

    −mean(y ln s + (1 − y) ln(1 − s)), scores kept 1e-15 off 0 and 1. Unit: nats; range [0, ∞); no change
    is the reference's value. No labels: no value. On profiles a bin's mean score and its spread stand
    for its rows. Interval: t, of the mean.

    Source: Good (1952), Journal of the Royal Statistical Society B 14.

    Examples
    --------
    >>> round(log_loss(_example()).value, 6)   # mean of −ln .5, −ln .9, −ln .9, −ln .5
    0.399254
    """
    sides = (
        (scored.positives, scored.positives_total, scored.positives_squares, False),
        (scored.negatives, scored.negatives_total, scored.negatives_squares, True),
    )
    losses, weights = [], []
    for count, total, squares, flipped in sides:
        used = count > 0
        mean = total[used] / count[used]
        spread = np.maximum(squares[used] / count[used] - mean**2, 0.0)
        right = np.clip(1 - mean if flipped else mean, slopes.SCORE_FLOOR, 1 - slopes.SCORE_FLOOR)
        # Second order: the mean of −ln over a narrow bin; capped where the bin is wide against its mean.
        losses.append(-np.log(right) + np.minimum(spread / (2 * right**2), 0.5))
        weights.append(count[used])
    return _mean(np.concatenate(losses), np.concatenate(weights))


def brier(scored: Scored) -> Reading:
    """Brier score: the mean squared distance of score and outcome.

    mean((s − y)²). Range [0, 1]; no change is the reference's value; always saying the base rate r gives
    r(1 − r). No labels: no value. Exact on profiles. Interval: t, of the mean.

    Source: Brier (1950), Monthly Weather Review 78.

    Examples
    --------
    >>> round(brier(_example()).value, 6)   # (.25 + .01 + .01 + .25) / 4
    0.13
    """
    hits = scored.positives_squares - 2 * scored.positives_total + scored.positives
    used, against = scored.positives > 0, scored.negatives > 0
    losses = np.concatenate(
        [hits[used] / scored.positives[used], scored.negatives_squares[against] / scored.negatives[against]]
    )
    return _mean(np.maximum(losses, 0.0), np.concatenate([scored.positives[used], scored.negatives[against]]))


def calibration_error(scored: Scored) -> Reading:
    """Expected calibration error: how far scores are from the frequencies that they promise.

    Σ nᵦ/n |mean score − share of positives| over ten score ranges (0, .1], (.1, .2] … of equal width.
    Range [0, 1]; 0 is calibrated (n rows give about 1/√n by chance). No labels: no value. Interval: a sum
    of absolute gaps (``gap_intervals``), from 0 on where calibrated scores lie as far off by chance.

    Source: Naeini, Cooper & Hauskrecht (2015), AAAI.

    Examples
    --------
    >>> round(calibration_error(_example()).value, 6)   # (.1 + 2 × 0 + .1) / 4
    0.05
    """
    return calibration_errors([scored])[0]


def calibration_errors(many: Sequence[Scored], *, values_only: bool = False) -> list[Reading]:
    """Return the calibration error of many sets of rows at once, with its interval or as a value alone."""
    shape = len(many), 2, slopes.CALIBRATION_BINS
    ranges = np.array([_calibration(one) for one in many], dtype=np.float64).reshape(shape)
    excess, squares = ranges[:, 0], ranges[:, 1]
    low = high = np.full(len(many), np.nan)
    if many and not values_only:
        low, high = gap_intervals.of_gaps(excess, np.sqrt(squares))
    return [
        Reading.of(value, one.n, (below, min(1.0, above))) if one.n else Reading.nothing(NO_LABELS)
        for one, value, below, above in zip(
            many, np.abs(excess).sum(axis=1).tolist(), low.tolist(), high.tolist(), strict=True
        )
    ]


def _calibration(scored: Scored) -> tuple[Floats, Floats]:
    """Return by how much scores exceed outcomes in each range, as a share of all rows, and its variance."""
    k = slopes.CALIBRATION_BINS
    if scored.n == 0:
        return np.zeros(k), np.zeros(k)
    means = scored.mean_scores
    place = np.clip(np.ceil(means * k - 1e-9).astype(np.intp) - 1, 0, k - 1)
    rows = scored.positives + scored.negatives
    excess = np.bincount(place, rows * means - scored.positives, minlength=k)
    # A range with one class among its few rows is not certain of it: the scores' own variance counts too.
    spread = scored.positives * (1 - means) ** 2 + scored.negatives * means**2
    squares = np.maximum(np.bincount(place, spread, minlength=k) - excess**2 / scored.n, 0.0)
    return excess / scored.n, squares / scored.n**2


def accuracy(confusion: Floats) -> Reading:
    """Accuracy: the share of rows predicted right.

    Σ diagonal / n. Range [0, 1]; no change is the reference's value. No labels: no value. Interval:
    Wilson.

    Source: ISO/IEC TS 4213:2022.

    Examples
    --------
    >>> accuracy(np.array([[50.0, 10.0], [10.0, 30.0]])).value
    0.8
    """
    return _rate(float(np.trace(confusion)), float(confusion.sum()), NO_LABELS)


def precision(confusion: Floats, positive: int | None) -> Reading:
    """Precision: how many of those called positive are.

    tp / (tp + fp); for several classes (``positive`` None) the plain mean over the classes that occur.
    Range [0, 1]; no change is the reference's value. No labels: no value; nobody
    called positive: "one class". Interval: Wilson, or delta method for the mean.

    Source: van Rijsbergen (1979), Information Retrieval.

    Examples
    --------
    >>> precision(np.array([[50.0, 10.0], [10.0, 30.0]]), positive=1).value
    0.75
    """
    if positive is None:
        return mean_reading(confusion, SCORES_OF_CLASS["precision"])
    if confusion.sum() == 0:
        return Reading.nothing(NO_LABELS)
    called = _at(confusion.sum(axis=0), positive)
    return _rate(_hits(confusion, positive), called, ONE_CLASS)


def recall(confusion: Floats, positive: int | None) -> Reading:
    """Recall: how many of the positives were found.

    tp / (tp + fn); for several classes (``positive`` None) the plain mean over the classes that occur.
    Range [0, 1]; no change is the reference's value. No labels: no value; no positive:
    "one class". Interval: Wilson, or delta method for the mean.

    Source: van Rijsbergen (1979), Information Retrieval.

    Examples
    --------
    >>> recall(np.array([[50.0, 10.0], [15.0, 30.0]]), positive=1).n
    45
    """
    if positive is None:
        return mean_reading(confusion, SCORES_OF_CLASS["recall"])
    if confusion.sum() == 0:
        return Reading.nothing(NO_LABELS)
    return _rate(_hits(confusion, positive), _at(confusion.sum(axis=1), positive), ONE_CLASS)


def specificity(confusion: Floats, positive: int) -> Reading:
    """Specificity: how many of the negatives were left alone.

    tn / (tn + fp). Range [0, 1]; no change is the reference's value. No labels: no value; no
    negative: "one class". Interval: Wilson.

    Source: Yerushalmy (1947), Public Health Reports 62.

    Examples
    --------
    >>> round(specificity(np.array([[50.0, 10.0], [10.0, 30.0]]), positive=1).value, 4)
    0.8333
    """
    if confusion.sum() == 0:
        return Reading.nothing(NO_LABELS)
    called = _at(confusion.sum(axis=0), positive)
    n_negative = float(confusion.sum()) - _at(confusion.sum(axis=1), positive)
    return _rate(n_negative - (called - _hits(confusion, positive)), n_negative, ONE_CLASS)


def f1(confusion: Floats, positive: int | None) -> Reading:
    """F1: the harmonic mean of precision and recall.

    2tp / (2tp + fp + fn); for several classes (``positive`` None) the plain mean over the classes that
    occur. Range [0, 1]; no change is the reference's value. No labels: no value; neither a positive nor a
    call: "one class". Interval: Wilson's of J =
    tp/(tp + fp + fn), carried over by F1 = 2J/(1 + J); delta method for the mean.

    Source: van Rijsbergen (1979), Information Retrieval.

    Examples
    --------
    >>> f1(np.array([[50.0, 10.0], [10.0, 30.0]]), positive=1).value
    0.75
    """
    if positive is None:
        return mean_reading(confusion, SCORES_OF_CLASS["f1"])
    n = round(float(confusion.sum()))
    if n == 0:
        return Reading.nothing(NO_LABELS)
    hits = _hits(confusion, positive)
    union = _at(confusion.sum(axis=0), positive) + _at(confusion.sum(axis=1), positive) - hits
    bounds = intervals.wilson(hits, union)
    if bounds is None:
        return Reading.nothing(ONE_CLASS, n)
    low, high = (2 * j / (1 + j) for j in bounds)
    return Reading.of(2 * hits / (union + hits), n, (low, high))


def matthews(confusion: Floats) -> Reading:
    """Matthews correlation of prediction and label, for two or more classes.

    (c·n − Σ pₖtₖ) / √((n² − Σ pₖ²)(n² − Σ tₖ²)), c right, pₖ called k, tₖ truly k. Range [−1, 1]; 0 is
    chance. One class on either side: no value. Interval: delta method on the counts, Fisher's scale.

    Source: Matthews (1975), BBA Protein Structure 405; Gorodkin (2004) for several classes.

    Examples
    --------
    >>> round(matthews(np.array([[50.0, 10.0], [10.0, 30.0]])).value, 4)
    0.5833
    """
    n = round(float(confusion.sum()))
    if n == 0:
        return Reading.nothing(NO_LABELS)
    if (confusion.sum(axis=0) > 0).sum() < 2 or (confusion.sum(axis=1) > 0).sum() < 2:
        return Reading.nothing(ONE_CLASS, n)
    k = len(confusion)

    def statistic(counts: Floats) -> Floats:
        table = counts.reshape(*counts.shape[:-1], k, k)
        total = table.sum(axis=(-1, -2))
        called, real = table.sum(axis=-2), table.sum(axis=-1)
        right = np.trace(table, axis1=-2, axis2=-1)
        top = right * total - (called * real).sum(axis=-1)
        bottom = (total**2 - (called**2).sum(axis=-1)) * (total**2 - (real**2).sum(axis=-1))
        return np.asarray(top / np.sqrt(bottom))

    counts = confusion.ravel()
    value, error = float(statistic(counts)), intervals.error_of(statistic, counts)
    return Reading.of(value, n, intervals.on_fisher_scale(value, error, n))


def _inside_bins(scored: Scored) -> float:
    """Return by how many pairs the order inside bins favours positives, beyond half of them."""
    width = scored.widths
    mixed = (scored.positives > 0) & (scored.negatives > 0) & (width > 0)
    positives, negatives = scored.positives[mixed], scored.negatives[mixed]
    lead = scored.positives_total[mixed] / positives - scored.negatives_total[mixed] / negatives
    return float((positives * negatives * np.clip(lead / width[mixed], -0.5, 0.5)).sum())


def _mean(losses: Floats, weights: Floats) -> Reading:
    n = round(float(weights.sum()))
    if n == 0:
        return Reading.nothing(NO_LABELS)
    total, squares = float((weights * losses).sum()), float((weights * losses**2).sum())
    bounds = intervals.mean(total, squares, n)
    return Reading.of(total / n, n, None if bounds is None else (max(0.0, bounds[0]), bounds[1]))


def _rate(n_hits: float, n: float, reason: str) -> Reading:
    if n <= 0:
        return Reading.nothing(reason)
    return Reading.of(n_hits / n, round(n), intervals.wilson(n_hits, n))


def _at(values: Floats, index: int) -> float:
    return float(values[index]) if index >= 0 else 0.0


def _hits(confusion: Floats, positive: int) -> float:
    return float(confusion[positive, positive]) if positive >= 0 else 0.0


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)


def mean_reading(confusion: Floats, score: Score) -> Reading:
    """Return the mean of a score over the classes that occur in label or prediction."""
    n = round(float(confusion.sum()))
    if n == 0:
        return Reading.nothing(NO_LABELS)
    statistic, counts = mean_over_classes(confusion, score), confusion.ravel()
    value, error = float(statistic(counts)), intervals.error_of(statistic, counts)
    return Reading.of(value, n, intervals.on_logit_scale(value, error, n))


def mean_over_classes(confusion: Floats, score: Score) -> Callable[[Floats], Floats]:
    """Return the mean of a score over the classes of a confusion, as a function of its counts in a row."""
    k = len(confusion)
    occurs = (confusion.sum(axis=0) + confusion.sum(axis=1)) > 0

    def statistic(counts: Floats) -> Floats:
        table = counts.reshape(*counts.shape[:-1], k, k)
        right = np.diagonal(table, axis1=-2, axis2=-1)
        return np.asarray(score(right, table.sum(axis=-2), table.sum(axis=-1))[..., occurs].mean(axis=-1))

    return statistic


SCORES_OF_CLASS: Mapping[str, Score] = MappingProxyType(
    {
        "precision": lambda right, called, _: _share(right, called),
        "recall": lambda right, _, real: _share(right, real),
        "f1": lambda right, called, real: _share(2 * right, called + real),
    }
)
"""What is averaged over classes."""


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

"""How well several classes were scored: one class against the rest, and the mean over the classes.

Every function answers with a :class:`core.metrics.reading.Reading`. Rows count that have a score of every
class and a label with a score column; none of them give "no labels yet".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.cells import ClassCells
from core.metrics import intervals, performance
from core.metrics.drift import Floats
from core.metrics.outcomes import Codes, Flags, Scored
from core.metrics.reading import NO_LABELS, ONE_CLASS, Reading

Correlations = Mapping[str, Floats]
"""Metric → how its errors in one class go with those in another, classes in the spec's order."""

UNKNOWN_CORRELATIONS: Correlations = MappingProxyType({})
"""Nothing is known: the errors of all classes are taken to go together, which makes intervals too wide."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassOutcomes:
    """Cells of :class:`core.domain.ClassCells` as arrays; −1 codes what is absent.

    ``scored`` points into ``classes`` (the spec's order), ``prediction`` into ``calls`` (sorted texts).
    ``is_label`` is 1, 0 or, without a label, −1.
    """

    classes: tuple[str, ...]
    calls: tuple[str, ...]
    scored: Codes
    score_bin: Codes
    is_label: NDArray[np.int8]
    prediction: Codes
    n: Floats
    score_total: Floats
    score_squares: Floats
    brier_total: Floats
    brier_squares: Floats
    log_total: Floats
    log_squares: Floats

    @classmethod
    def of(cls, cells: ClassCells, classes: Sequence[str]) -> "ClassOutcomes":
        """Turn cells into arrays; cells of other classes are left out."""
        code = {text: k for k, text in enumerate(classes)}
        kept = [i for i, text in enumerate(cells.scored) if text in code]
        calls = tuple(sorted({text for text in cells.prediction if text is not None}))
        call: dict[str | None, int] = {None: -1, **{text: k for k, text in enumerate(calls)}}

        def column(values: Sequence[float]) -> Floats:
            return np.array([values[i] for i in kept], dtype=np.float64)

        return cls(
            classes=tuple(classes),
            calls=calls,
            scored=np.array([code[cells.scored[i]] for i in kept], dtype=np.intp),
            score_bin=np.array([cells.score_bin[i] for i in kept], dtype=np.intp),
            is_label=np.array(
                [-1 if (known := cells.is_label[i]) is None else int(known) for i in kept], dtype=np.int8
            ),
            prediction=np.array([call[cells.prediction[i]] for i in kept], dtype=np.intp),
            n=column(cells.n),
            score_total=column(cells.score_total),
            score_squares=column(cells.score_squares),
            brier_total=column(cells.brier_total),
            brier_squares=column(cells.brier_squares),
            log_total=column(cells.log_total),
            log_squares=column(cells.log_squares),
        )

    @property
    def n_labelled(self) -> int:
        """Rows with all scores and a label that has one."""
        return round(float(self.n[self.is_label == 1].sum()))

    def against_the_rest(self, k: int) -> Scored:
        """Return the labelled rows by the bin of one class's score, positive where it is the label."""
        return self.split(k, (self.is_label >= 0) & (self.scored == k))

    def split(self, k: int, where: Flags) -> Scored:
        """Return the rows of chosen cells of a class by score bin; see :meth:`against_the_rest`."""
        chosen = where & (self.scored == k)
        bins, place = np.unique(self.score_bin[chosen], return_inverse=True)
        hit = self.is_label[chosen] == 1

        def added(values: Floats, side: Flags) -> Floats:
            found = np.bincount(place[side], values[chosen][side], minlength=len(bins))
            return found.astype(np.float64)

        return Scored(
            positives=added(self.n, hit),
            negatives=added(self.n, ~hit),
            positives_total=added(self.score_total, hit),
            negatives_total=added(self.score_total, ~hit),
            positives_squares=added(self.score_squares, hit),
            negatives_squares=added(self.score_squares, ~hit),
        )

    def binned(self, k: int, where: Flags) -> tuple[Floats, Floats, Floats]:
        """Return rows, sums of scores and of their squares of chosen cells of a class, by score bin."""
        chosen = where & (self.scored == k)
        bins, place = np.unique(self.score_bin[chosen], return_inverse=True)
        n, total, squares = (
            np.bincount(place, values[chosen], minlength=len(bins)).astype(np.float64)
            for values in (self.n, self.score_total, self.score_squares)
        )
        return n, total, squares


def roc_auc(outcomes: ClassOutcomes, correlations: Correlations = UNKNOWN_CORRELATIONS) -> Reading:
    """Area under the ROC curve of each class against the rest, and the plain mean over the classes.

    Range [0, 1]; chance is .5, no change is the reference's value. No labels: no value. Classes that have
    no label, or all, are left out of the mean; if none is left, "one class". Interval: DeLong of each class,
    joined by how the classes' errors go together (:func:`joined`), on the logit scale.

    Source: Hand & Till (2001), Machine Learning 45, one-vs-rest; scikit-learn, roc_auc_score.

    Examples
    --------
    >>> roc_auc(_example()).value   # a and b in order; c never came true
    1.0
    """
    return _macro(outcomes, performance.roc_auc, correlations.get("roc_auc"), on_logit_scale=True)


def average_precision(outcomes: ClassOutcomes, correlations: Correlations = UNKNOWN_CORRELATIONS) -> Reading:
    """Average precision of each class against the rest, and the plain mean over the classes.

    Range [0, 1]; chance is one by the number of classes. No labels: no value. Classes that have no label
    are left out of the mean. Interval: as :func:`roc_auc`, delta method in each class.

    Source: scikit-learn, average_precision_score (macro).

    Examples
    --------
    >>> average_precision(_example()).value   # a and b found first; c never came true
    1.0
    """
    known = correlations.get("average_precision")
    return _macro(outcomes, performance.average_precision, known, on_logit_scale=True)


def calibration_error(outcomes: ClassOutcomes, correlations: Correlations = UNKNOWN_CORRELATIONS) -> Reading:
    """Classwise calibration error: how far each class's scores are from what they promise, on average.

    The expected calibration error of each class against the rest over ten score ranges of equal width,
    and the plain mean over all classes. Range [0, 1]; 0 is calibrated. No labels: no value. Interval: delta
    method in each class, joined as for :func:`roc_auc`.

    Source: Kull et al. (2019), Beyond temperature scaling, NeurIPS.

    Examples
    --------
    >>> round(calibration_error(_example()).value, 6)   # of a (.3 + .3) / 2, of b (.2 + .4) / 2, of c .1
    0.233333
    """
    known = correlations.get("calibration_error")
    return _macro(outcomes, performance.calibration_error, known, on_logit_scale=False)


def log_loss(outcomes: ClassOutcomes) -> Reading:
    """Log loss: how surprised the scores are by the class that came true.

    −mean(ln s of the label's class), scores kept 1e-15 off 0. Unit: nats; range [0, ∞); no change is the
    reference's value; always saying 1/K gives ln K. No labels: no value. Exact on profiles.
    Interval: t, of the mean.

    Source: Good (1952), Journal of the Royal Statistical Society B 14.

    Examples
    --------
    >>> round(log_loss(_example()).value, 6)   # −ln .7 and −ln .6, half of each
    0.43375
    """
    return _mean(outcomes, outcomes.log_total, outcomes.log_squares)


def brier(outcomes: ClassOutcomes) -> Reading:
    """Brier score over all classes: the squared distance of the scores from what came true.

    mean(Σₖ (sₖ − yₖ)²), as Brier wrote it: range [0, 2], twice the binary score for two classes; no change
    is the reference's value. No labels: no value. Exact on profiles. Interval: t, of the mean.

    Source: Brier (1950), Monthly Weather Review 78.

    Examples
    --------
    >>> round(brier(_example()).value, 6)   # (.09 + .04 + .01 + .16 + .01 + .09) / 2
    0.2
    """
    return _mean(outcomes, outcomes.brier_total, outcomes.brier_squares)


def joined(errors: Floats, correlations: Floats | None) -> float:
    """Return the standard error of a mean over classes from those of the classes.

    √(Σₖₗ ρₖₗ eₖ eₗ) / K. The correlations ρ are those of the rows' contributions in the reference; where
    they are not known the errors are taken to be all one, the most that they can be.

    Examples
    --------
    >>> joined(np.array([0.03, 0.01]), None)
    0.02
    >>> round(joined(np.array([0.03, 0.04]), np.eye(2)), 6)
    0.025
    """
    if correlations is None:
        return float(errors.mean())
    return sqrt(max(float(errors @ correlations @ errors), 0.0)) / len(errors)


def _macro(
    outcomes: ClassOutcomes,
    metric: Callable[[Scored], Reading],
    correlations: Floats | None,
    *,
    on_logit_scale: bool,
) -> Reading:
    """Average a metric over the classes for which it has a value."""
    n = outcomes.n_labelled
    if n == 0:
        return Reading.nothing(NO_LABELS)
    sides = [outcomes.against_the_rest(k) for k in range(len(outcomes.classes))]
    return average([metric(side) for side in sides], n, correlations, on_logit_scale=on_logit_scale)


def average(
    readings: Sequence[Reading], n: int, correlations: Floats | None, *, on_logit_scale: bool
) -> Reading:
    """Return the mean of one reading a class, those without a value left out; "one class" if none is left."""
    used = [k for k, reading in enumerate(readings) if reading.value is not None]
    if not used:
        return Reading.nothing(ONE_CLASS, n)
    values = np.array([readings[k].value for k in used], dtype=np.float64)
    value = float(values.mean())
    if any(readings[k].low is None for k in used):
        return Reading.of(value, n)
    errors = np.array([_error(readings[k], on_logit_scale=on_logit_scale) for k in used])
    error = joined(errors, None if correlations is None else correlations[np.ix_(used, used)])
    if on_logit_scale:
        return Reading.of(value, n, intervals.on_logit_scale(value, error, n))
    half = intervals.Z95 * error
    return Reading.of(value, n, (max(0.0, value - half), min(1.0, value + half)))


def _error(reading: Reading, *, on_logit_scale: bool) -> float:
    """Return the standard error that a reading's interval was made of."""
    if reading.value is None or reading.low is None or reading.high is None:
        return 0.0
    if not on_logit_scale:
        # The lower end may have been cut off at 0.
        return (reading.high - reading.value) / intervals.Z95
    if not (reading.low > 0 and reading.high < 1):
        return 0.0
    width = log(reading.high / (1 - reading.high)) - log(reading.low / (1 - reading.low))
    return width / (2 * intervals.Z95) * reading.value * (1 - reading.value)


def _mean(outcomes: ClassOutcomes, total: Floats, squares: Floats) -> Reading:
    n = outcomes.n_labelled
    if n == 0:
        return Reading.nothing(NO_LABELS)
    mean = float(total.sum()) / n
    bounds = intervals.mean(float(total.sum()), float(squares.sum()), n)
    return Reading.of(mean, n, None if bounds is None else (max(0.0, bounds[0]), bounds[1]))


def _example() -> ClassOutcomes:
    """Return a row of class a scored .7 .2 .1 and one of class b scored .3 .6 .1, called right."""
    from core.metrics.class_cells import class_cells

    scores, bins = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1]]), np.array([[7, 2, 1], [3, 6, 1]])
    return ClassOutcomes.of(
        class_cells(scores, bins, ("a", "b", "c"), ("a", "b"), ("a", "b")), ("a", "b", "c")
    )

"""How far predicted numbers are from what came true, from sums of errors (prediction − label)."""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from core.cells import ErrorMoments
from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.outcomes import Flags, Outcomes
from core.metrics.reading import CONSTANT, NO_LABELS, NOT_ENOUGH, Reading
from core.profiles.aggregates import LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Sums over the rows that have both a prediction and a label."""

    n: int
    total: float
    absolute: float
    squares: float
    label_total: float
    label_absolute: float
    label_squares: float

    @classmethod
    def of(cls, outcomes: Outcomes, where: Flags | None = None) -> "Errors":
        """Add up the cells."""
        used = slice(None) if where is None else where
        return cls(
            n=round(float(outcomes.n_labelled[used].sum())),
            total=float(outcomes.error_total[used].sum()),
            absolute=float(outcomes.error_absolute[used].sum()),
            squares=float(outcomes.error_squares[used].sum()),
            label_total=float(outcomes.label_total[used].sum()),
            label_absolute=float(outcomes.label_absolute[used].sum()),
            label_squares=float(outcomes.label_squares[used].sum()),
        )


def mae(errors: Errors) -> Reading:
    """Mean absolute error.

    mean |e|, in the target's unit; range [0, ∞); no change is the reference's value. No labels: no
    value. Interval: t, of the mean.

    Source: Willmott & Matsuura (2005), Climate Research 30.

    Examples
    --------
    >>> mae(_example()).value   # errors 1, −3
    2.0
    """
    if errors.n == 0:
        return Reading.nothing(NO_LABELS)
    bounds = intervals.mean(errors.absolute, errors.squares, errors.n)
    clipped = None if bounds is None else (max(0.0, bounds[0]), bounds[1])
    return Reading.of(errors.absolute / errors.n, errors.n, clipped)


def mse(errors: Errors, moments: ErrorMoments | None = None) -> Reading:
    """Mean squared error.

    mean(e²), in the label's unit squared; range [0, ∞); no change is the reference's value. No labels: no
    value. Interval: delta method from Σe⁴; none without ``moments`` of the same rows.

    Source: Gauss (1823), Theoria combinationis observationum.

    Examples
    --------
    >>> mse(_example()).value   # 10 / 2
    5.0
    """
    if errors.n == 0:
        return Reading.nothing(NO_LABELS)
    value = max(errors.squares, 0.0) / errors.n
    return Reading.of(value, errors.n, _around(value, errors.n, moments))


def rmse(errors: Errors, moments: ErrorMoments | None = None) -> Reading:
    """Root mean squared error.

    √mean(e²), in the target's unit; range [0, ∞); no change is the reference's value. No labels: no
    value. Interval: that of :func:`mse`, both ends rooted.

    Source: Gauss (1823), Theoria combinationis observationum.

    Examples
    --------
    >>> round(rmse(_example()).value, 6)   # √5
    2.236068
    """
    found = mse(errors, moments)
    if found.value is None:
        return found
    interval = None if found.low is None or found.high is None else (sqrt(found.low), sqrt(found.high))
    return Reading.of(sqrt(found.value), errors.n, interval)


def _around(value: float, n: int, moments: ErrorMoments | None) -> tuple[float, float] | None:
    """Return the interval of a mean squared error, on the log scale: it is positive and skewed."""
    if moments is None or moments.n != n or n < 2 or value <= 0:
        return None
    variance = max(moments.error_fourths / n - value * value, 0.0) * n / (n - 1)
    half = intervals.Z95 * sqrt(variance / n) / value
    return value * exp(-min(half, 700.0)), value * exp(min(half, 700.0))


def bias(errors: Errors) -> Reading:
    """Bias (mean error): does the model call too high (above 0) or too low (below 0)?

    mean e = mean(prediction − label), in the target's unit; no change is the reference's value, an
    unbiased model has 0. No labels: no value. Interval: t, of the mean.

    Source: Gauss (1823), Theoria combinationis observationum.

    Examples
    --------
    >>> bias(_example()).value
    -1.0
    """
    if errors.n == 0:
        return Reading.nothing(NO_LABELS)
    bounds = intervals.mean(errors.total, errors.squares, errors.n)
    return Reading.of(errors.total / errors.n, errors.n, bounds)


def wape(errors: Errors) -> Reading:
    """Weighted absolute percentage error: the absolute error as a share of what there was.

    Σ|e| / Σ|y|; range [0, ∞); no change is the reference's value. No labels: no value; labels that are
    all 0: "constant". Interval: that of a ratio of two means, on the log scale, as if errors were as large
    for large labels as for small ones: where they grow with them, it is wider than it need be.

    Source: Kolassa & Schütz (2007), Foresight 6.

    Examples
    --------
    >>> wape(_example()).value   # labels 4, 12: 4 / 16
    0.25
    """
    if errors.n == 0:
        return Reading.nothing(NO_LABELS)
    if errors.label_absolute <= 0:
        return Reading.nothing(CONSTANT, errors.n)
    value = errors.absolute / errors.label_absolute
    return Reading.of(value, errors.n, _around_ratio(value, errors))


def _around_ratio(value: float, errors: Errors) -> tuple[float, float] | None:
    """Return the interval of Σ|e| / Σ|y| from how both scatter, one apart from the other."""
    if errors.n < 2:
        return None
    if value <= 0:
        return 0.0, 0.0
    from scipy.special import stdtrit

    n = errors.n
    of_error = n * errors.squares / errors.absolute / errors.absolute - 1
    of_label = n * errors.label_squares / errors.label_absolute / errors.label_absolute - 1
    variance = max(of_error, 0.0) + max(of_label, 0.0)
    half = min(float(stdtrit(n - 1, 0.975)) * sqrt(variance / (n - 1)), 700.0)
    return value * exp(-half), value * exp(half)


def mape(errors: Errors, moments: ErrorMoments | None) -> Reading:
    """Mean absolute percentage error, as a share.

    mean |e / y| over the rows whose label is not 0: 0.1 is ten percent. Range [0, ∞); no change is the
    reference's value. No labels: no value; labels that are all 0: "constant"; a window profiled before this
    was counted: "not enough data". Labels near 0 make it large: then WAPE says more. Interval: t, of the
    mean.

    Source: de Myttenaere et al. (2016), Neurocomputing 192; scikit-learn, mean_absolute_percentage_error.

    Examples
    --------
    >>> mape(_example(), _moments()).value   # (1/4 + 3/12) / 2
    0.25
    """
    if errors.n == 0:
        return Reading.nothing(NO_LABELS)
    if moments is None:
        return Reading.nothing(NOT_ENOUGH)
    if moments.n_ratio == 0:
        return Reading.nothing(CONSTANT, errors.n)
    bounds = intervals.mean(moments.ratio_total, moments.ratio_squares, moments.n_ratio)
    clipped = None if bounds is None else (max(0.0, bounds[0]), bounds[1])
    return Reading.of(moments.ratio_total / moments.n_ratio, moments.n_ratio, clipped)


def r2(errors: Errors, moments: ErrorMoments | None = None) -> Reading:
    """R²: the share of the labels' variance that the predictions explain.

    1 − Σe² / Σ(y − ȳ)²; range (−∞, 1]; always saying the mean gives 0; no change is the reference's value.
    No labels: no value; labels that do not vary: "constant". Interval: delta method on ln(1 − R²), from
    the fourth moments of error and label; none without ``moments`` of the same rows.

    Source: Kvålseth (1985), The American Statistician 39.

    Examples
    --------
    >>> r2(_example()).value   # 1 − 10 / 32
    0.6875
    """
    if errors.n == 0:
        return Reading.nothing(NO_LABELS)
    spread = errors.label_squares - errors.label_total * (errors.label_total / errors.n)
    # Below this the difference is rounding, and the ratio would be noise.
    if not spread > 1e-12 * errors.label_squares:
        return Reading.nothing(CONSTANT, errors.n)
    unexplained = errors.squares / spread
    return Reading.of(1 - unexplained, errors.n, _around_r2(unexplained, errors.n, moments))


def _around_r2(unexplained: float, n: int, moments: ErrorMoments | None) -> tuple[float, float] | None:
    """Return the interval of 1 − ``unexplained`` from how e² and (y − ȳ)² scatter, and scatter together."""
    if moments is None or moments.n != n or n < 6 or unexplained <= 0:
        return None
    from scipy.special import stdtrit

    m = moments
    off = m.distance_total / n
    spread = m.distance_squares / n - off**2
    error = m.error_squares / n
    if spread <= 0:
        return None
    fourths = (
        m.distance_fourths / n
        - 4 * off * m.distance_cubes / n
        + 6 * off**2 * m.distance_squares / n
        - 3 * off**4
    )
    both = (
        m.error_squares_distance_squares - 2 * off * m.error_squares_distance + off**2 * m.error_squares
    ) / n
    of_error = m.error_fourths / n / error**2 - 1
    of_spread = fourths / spread**2 - 1
    variance = of_error + of_spread - 2 * (both / (error * spread) - 1)
    # n − 5: the scatter is that around five means of the same rows.
    half = float(stdtrit(n - 1, 0.975)) * sqrt(max(variance, 0.0) / (n - 5))
    return 1 - unexplained * exp(min(half, 700.0)), 1 - unexplained * exp(-min(half, 700.0))


def moments_of(predicted: Floats, came_true: Floats, centre: float) -> ErrorMoments:
    """Add up moments over rows; those without a usable prediction and label are left out.

    Examples
    --------
    >>> moments_of(np.array([5.0, 9.0]), np.array([4.0, 12.0]), 8.0) == _moments()
    True
    """
    used = (np.abs(predicted) <= LARGEST) & (np.abs(came_true) <= LARGEST)
    predicted, came_true = predicted[used], came_true[used]
    error, distance = predicted - came_true, came_true - centre
    ratio = np.abs(error[came_true != 0] / came_true[came_true != 0])
    with np.errstate(over="ignore", invalid="ignore"):
        return ErrorMoments(
            centre=centre,
            n=len(error),
            n_ratio=len(ratio),
            ratio_total=float(ratio.sum()),
            ratio_squares=float((ratio**2).sum()),
            error_squares=float((error**2).sum()),
            error_fourths=float((error**4).sum()),
            distance_total=float(distance.sum()),
            distance_squares=float((distance**2).sum()),
            distance_cubes=float((distance**3).sum()),
            distance_fourths=float((distance**4).sum()),
            error_squares_distance=float((error**2 * distance).sum()),
            error_squares_distance_squares=float((error**2 * distance**2).sum()),
        )


def _example() -> Errors:
    """Return predictions 5, 9 for labels 4, 12."""
    return Errors(
        n=2,
        total=-2.0,
        absolute=4.0,
        squares=10.0,
        label_total=16.0,
        label_absolute=16.0,
        label_squares=160.0,
    )


def _moments() -> ErrorMoments:
    """Return the moments of the same rows, distances from 8."""
    return ErrorMoments(
        centre=8.0,
        n=2,
        n_ratio=2,
        ratio_total=0.5,
        ratio_squares=0.125,
        error_squares=10.0,
        error_fourths=82.0,
        distance_total=0.0,
        distance_squares=32.0,
        distance_cubes=0.0,
        distance_fourths=512.0,
        error_squares_distance=32.0,
        error_squares_distance_squares=160.0,
    )

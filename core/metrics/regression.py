"""How far predicted numbers are from what came true, from sums of errors (prediction − label)."""

from dataclasses import dataclass
from math import sqrt

from core.metrics import intervals
from core.metrics.outcomes import Flags, Outcomes
from core.metrics.reading import CONSTANT, NO_LABELS, Reading


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


def rmse(errors: Errors) -> Reading:
    """Root mean squared error.

    √mean(e²), in the target's unit; range [0, ∞); no change is the reference's value. No labels: no
    value. No interval: it would need fourth powers, which a profile does not keep.

    Source: Gauss (1823), Theoria combinationis observationum.

    Examples
    --------
    >>> round(rmse(_example()).value, 6)   # √5
    2.236068
    """
    if errors.n == 0:
        return Reading.nothing(NO_LABELS)
    return Reading.of(sqrt(max(errors.squares, 0.0) / errors.n), errors.n)


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
    all 0: "constant". Interval: that of the mean absolute error, the labels taken as given.

    Source: Kolassa & Schütz (2007), Foresight 6.

    Examples
    --------
    >>> wape(_example()).value   # labels 4, 12: 4 / 16
    0.25
    """
    found = mae(errors)
    if found.value is None:
        return found
    if errors.label_absolute <= 0:
        return Reading.nothing(CONSTANT, errors.n)
    scale = errors.n / errors.label_absolute
    interval = None if found.low is None or found.high is None else (found.low * scale, found.high * scale)
    return Reading.of(found.value * scale, errors.n, interval)


def r2(errors: Errors) -> Reading:
    """R²: the share of the labels' variance that the predictions explain.

    1 − Σe² / Σ(y − ȳ)²; range (−∞, 1]; always saying the mean gives 0. No labels: no value; labels that
    do not vary: "constant". No interval: the sums of a profile do not determine one.

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
    return Reading.of(1 - errors.squares / spread, errors.n)


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

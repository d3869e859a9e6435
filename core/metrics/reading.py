"""One number as a metric gives it, before it is known of which model and window it speaks."""

from dataclasses import dataclass
from math import isfinite

NOT_ENOUGH = "not enough data"
NO_LABELS = "no labels yet"
NO_TRAFFIC = "no traffic"
NO_REFERENCE = "no reference"
CONSTANT = "constant"
ONE_CLASS = "one class"
NO_ERROR_MODEL = "no error model"
WINDOW_OPEN = "window open"
NO_PREDICTION = "no prediction column"
NO_SCORE = "no score column"
OVERFLOW = "overflow"
NO_LABELLABLE = "no labellable rows"
NO_DELAY = "labels came with their rows"

REASONS: tuple[str, ...] = (
    NOT_ENOUGH,
    NO_LABELS,
    NO_TRAFFIC,
    NO_REFERENCE,
    CONSTANT,
    ONE_CLASS,
    NO_ERROR_MODEL,
    WINDOW_OPEN,
    NO_PREDICTION,
    NO_SCORE,
    OVERFLOW,
    NO_LABELLABLE,
    NO_DELAY,
)
"""Every reason for which a measurement may have no value."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with its 95 % interval and test, or the reason why there is no value.

    ``n`` counts the rows behind the value, ``n_reference`` those of the reference. ``method`` replaces
    the catalogue's text where a reading was reached in another way.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    n_reference: int | None = None
    reason: str | None = None
    method: str | None = None

    @classmethod
    def nothing(cls, reason: str, n: int = 0, *, n_reference: int | None = None) -> "Reading":
        """Return a reading without a value."""
        return cls(None, n, n_reference=n_reference, reason=reason)

    @classmethod
    def of(
        cls,
        value: float,
        n: int,
        interval: tuple[float, float] | None = None,
        *,
        p_value: float | None = None,
        n_reference: int | None = None,
        method: str | None = None,
    ) -> "Reading":
        """Return a reading of finite numbers; what overflowed has no value, never an infinity.

        Examples
        --------
        >>> Reading.of(0.5, 10, (0.2, 0.8)).high
        0.8
        >>> Reading.of(float("inf"), 10).reason
        'overflow'
        """
        if not isfinite(value):
            return cls.nothing(OVERFLOW, n, n_reference=n_reference)
        low, high = interval if interval is not None and all(map(isfinite, interval)) else (None, None)
        return cls(
            float(value),
            n,
            # Rounding must not push a value out of its own interval.
            low=None if low is None else min(float(low), float(value)),
            high=None if high is None else max(float(high), float(value)),
            p_value=None if p_value is None or not isfinite(p_value) else float(p_value),
            n_reference=n_reference,
            method=method,
        )

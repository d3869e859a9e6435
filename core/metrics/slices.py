"""Rows of one side of a comparison, added up by segment: the material of what explains a change.

Two kinds. :class:`Sums` hold what a metric that adds up over rows needs (accuracy, mean errors, rates,
and every other ratio of two sums); :class:`Ranks` hold scores by outcome, for metrics of order.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np

from core.domain import Segment
from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.outcomes import Codes, Flags


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """One number per segment: value (NaN where there is none), 95 % interval, squared error, rows.

    For the area under the ROC curve ``n`` counts the smaller class.
    """

    value: Floats
    low: Floats
    high: Floats
    variance: Floats
    n: Floats

    @property
    def spread(self) -> Floats:
        """Squared error of a single row."""
        return self.variance * self.n


class _Added:
    """Arrays with the segments on the first axis, which add up."""

    __slots__ = ()

    def pick(self, where: Flags | Codes) -> Self:
        """Return some segments."""
        return type(self)(*(getattr(self, one.name)[where] for one in fields(self)))  # type: ignore[arg-type]

    def whole(self) -> Self:
        """Return all segments as one."""
        return type(self)(*(getattr(self, one.name).sum(axis=0, keepdims=True) for one in fields(self)))  # type: ignore[arg-type]

    def rest(self) -> Self:
        """Return, for each segment, the whole without it."""
        whole = self.whole()
        return type(self)(*(getattr(whole, one.name) - getattr(self, one.name) for one in fields(self)))  # type: ignore[arg-type]

    def grouped(self, place: Codes, k: int) -> Self:
        """Return segments added up into ``k`` larger ones; a negative place leaves one out."""
        parts = []
        for one in fields(self):  # type: ignore[arg-type]
            values = getattr(self, one.name)
            total = np.zeros((k, *values.shape[1:]))
            np.add.at(total, place[place >= 0], values[place >= 0])
            parts.append(total)
        return type(self)(*parts)


@dataclass(frozen=True, slots=True, eq=False)
class Sums(_Added):
    """Per segment: rows, and sums of weight w, amount x and their products.

    The metric is Σx / Σw: accuracy has w = 1 and x = 1 where right, a mean error x = error, precision
    w = 1 where the class was predicted, F1 w = predicted + true.

    Examples
    --------
    >>> one = Sums.of_rates(np.array([8.0, 1.0]), np.array([10.0, 2.0]))
    >>> one.levels().value.tolist(), one.whole().levels().value.tolist()
    ([0.8, 0.5], [0.75])
    """

    n: Floats
    w: Floats
    x: Floats
    ww: Floats
    wx: Floats
    xx: Floats

    @classmethod
    def of_rates(cls, hits: Floats, rows: Floats) -> "Sums":
        """Build from hits and rows."""
        return cls(n=rows, w=rows, x=hits, ww=rows, wx=hits, xx=hits)

    @property
    def size(self) -> Floats:
        """Weight of each segment."""
        return self.w

    @property
    def rows(self) -> Floats:
        """Rows of each segment."""
        return self.n

    def levels(self) -> Levels:
        """Return Σx / Σw of every segment.

        Interval: Wilson where all weights and amounts are 0 or 1, else t of the mean (of the ratio by the
        delta method).
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.x / self.w
            n = self.w**2 / self.ww
            squares = np.maximum(self.xx - 2 * value * self.wx + value**2 * self.ww, 0.0)
            variance = squares / self.w**2 * n / np.maximum(n - 1, 1.0)
            value = np.where(self.w > 0, value, np.nan)
        if np.allclose(self.w, self.ww) and np.allclose(self.x, self.xx) and np.allclose(self.x, self.wx):
            low, high = _wilson(value, n)
        else:
            half = _t975(np.maximum(n - 1, 1.0)) * np.sqrt(variance)
            low, high = value - half, value + half
        return Levels(value, low, high, variance, np.where(self.w > 0, n, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Ranks(_Added):
    """Per segment and ascending score bin: rows of the positive class and of the other.

    Expected rows (chances) where labels are estimated. The metric is the area under the ROC curve; rows
    of one bin are tied.

    Examples
    --------
    >>> Ranks(np.array([[0.0, 1.0, 2.0]]), np.array([[2.0, 1.0, 0.0]])).levels().value.round(4).tolist()
    [0.9444]
    """

    positives: Floats
    negatives: Floats

    @property
    def size(self) -> Floats:
        """Rows of each segment."""
        return np.asarray((self.positives + self.negatives).sum(axis=1))

    @property
    def rows(self) -> Floats:
        """Rows of each segment."""
        return self.size

    def levels(self) -> Levels:
        """Return the AUC of every segment with DeLong's interval on the logit scale."""
        m, n = self.positives.sum(axis=1), self.negatives.sum(axis=1)
        both = (m > 0.5) & (n > 0.5)
        ms, ns = np.where(both, m, 1.0)[:, None], np.where(both, n, 1.0)[:, None]
        of_positive = (np.cumsum(self.negatives, axis=1) - self.negatives / 2) / ns
        of_negative = 1 - (np.cumsum(self.positives, axis=1) - self.positives / 2) / ms
        auc = (self.positives * of_positive).sum(axis=1) / ms[:, 0]
        s10 = (self.positives * (of_positive - auc[:, None]) ** 2).sum(axis=1) / np.maximum(m - 1, 1.0)
        s01 = (self.negatives * (of_negative - auc[:, None]) ** 2).sum(axis=1) / np.maximum(n - 1, 1.0)
        variance = s10 / ms[:, 0] + s01 / ns[:, 0]
        bounds = [
            intervals.on_logit_scale(float(p), float(v) ** 0.5, float(least)) or (0.0, 1.0)
            for p, v, least in zip(np.clip(auc, 0, 1), variance, np.minimum(ms, ns)[:, 0], strict=True)
        ]
        low, high = (np.array(side, dtype=np.float64) for side in zip(*bounds, strict=True))
        value = np.where(both, auc, np.nan)
        return Levels(value, low, high, variance, np.where(both, np.minimum(m, n), 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Both sides by the segments of some columns; the sides' arrays follow ``segments``."""

    columns: tuple[str, ...]
    segments: tuple[Segment, ...]
    before: Sums | Ranks
    after: Sums | Ranks


def _wilson(p: Floats, n: Floats) -> tuple[Floats, Floats]:
    z = intervals.Z95
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = p + z**2 / (2 * n)
        half = z * np.sqrt(np.maximum(p * (1 - p), 0.0) / n + z**2 / (4 * n * n))
        scale = 1 + z**2 / n
        return np.maximum((centre - half) / scale, 0.0), np.minimum((centre + half) / scale, 1.0)


def _t975(freedom: Floats) -> Floats:
    from scipy.special import stdtrit

    return np.asarray(stdtrit(freedom, 0.975))

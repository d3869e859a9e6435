"""How far rows are apart, in the reference's own measure; the values that the reference has seen."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.children.explaining.asked import Floats

if TYPE_CHECKING:
    import pandas as pd

_MOST_VALUES = 24
_SAMPLE = 100
_QUANTILE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Measures how far rows are apart.

    A number counts by its step in interquartile ranges of the reference (of standard deviations where that
    is 0, of itself where that is 0 too), at most 4; a category counts 1 where it is another; what is missing
    on one side only counts 1.

    Parameters
    ----------
    reference
        Rows that are known to occur.
    numeric
        Which of its columns hold numbers; the others hold categories.
    """

    reference: "pd.DataFrame"
    numeric: frozenset[str]

    def scale(self, name: str) -> float:
        """Return the unit of a number's steps, above 0."""
        values = _floats(self.reference[name])
        values = values[np.isfinite(values)]
        if not len(values):
            return 1.0
        low, high = np.quantile(values, [0.25, 0.75])
        for unit in (float(high - low), float(np.std(values))):
            if unit > 0:
                return unit
        return 1.0

    def step(self, name: str, before: object, after: "pd.Series") -> Floats:
        """Return how far each value of a column is from another, in the column's unit."""
        if name not in self.numeric:
            same = after.isna().to_numpy() if before is None else (after == before).to_numpy(dtype=bool)
            return np.asarray(~np.asarray(same, dtype=bool), dtype=np.float64)
        own = np.nan if before is None else float(str(before))
        gaps = np.abs(_floats(after) - own) / self.scale(name)
        both = np.isnan(_floats(after)) & np.isnan(own)
        return np.where(both, 0.0, np.where(np.isfinite(gaps), np.minimum(gaps, 4.0), 1.0))

    def nearest(self, row: "pd.Series", *, but: int | None = None) -> float:
        """Return the mean distance over the columns to the most similar row of the reference."""
        total = np.zeros(len(self.reference))
        for name in self.reference.columns:
            total += self.step(name, plain(row[name]), self.reference[name])
        if but is not None:
            total[but] = np.inf
        return float(total.min() / max(len(self.reference.columns), 1))

    def usual(self) -> float:
        """Return how far rows of the reference are from the most similar other one: their 95th percentile."""
        n = len(self.reference)
        if n < 2:
            return 0.0
        some = np.linspace(0, n - 1, min(n, _SAMPLE)).astype(np.intp)
        return float(
            np.quantile([self.nearest(self.reference.iloc[at], but=int(at)) for at in some], _QUANTILE)
        )

    def seen(self, name: str, row_value: object) -> NDArray[np.intp]:
        """Return places in the reference that hold different values of a column, other than a row's own.

        Of numbers evenly many along their order, of categories the commonest.
        """
        values = self.reference[name]
        usable = values.notna().to_numpy() & (self.step(name, row_value, values) > 0)
        places = np.flatnonzero(usable)
        if name in self.numeric:
            _, first = np.unique(_floats(values)[places], return_index=True)
            if len(first) > _MOST_VALUES:
                first = first[np.linspace(0, len(first) - 1, _MOST_VALUES).astype(np.intp)]
            return places[first]
        texts = values.iloc[places]
        common = list(texts.value_counts().index[:_MOST_VALUES])
        listed = texts.tolist()
        return np.array([places[listed.index(one)] for one in common], dtype=np.intp)

    def between(self, name: str, start: float, end: float) -> NDArray[np.intp]:
        """Return places of numbers that lie between two others, evenly many along their order."""
        values = _floats(self.reference[name])
        low, high = sorted((start, end))
        places = np.flatnonzero((values > low) & (values < high))
        _, first = np.unique(values[places], return_index=True)
        if len(first) > 2 * _MOST_VALUES:
            first = first[np.linspace(0, len(first) - 1, 2 * _MOST_VALUES).astype(np.intp)]
        return places[first]


def plain(value: object) -> float | str | None:
    """Return a cell as JSON has it: a number, a text, or None for what is missing or not finite."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return float(value) if np.isfinite(value) else None
    return value if isinstance(value, str) else None


def _floats(values: "pd.Series") -> Floats:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)

"""How far rows are apart, in the reference's own measure; the values that the reference has seen."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.children.explaining.asked import Floats, Texts

if TYPE_CHECKING:
    import pandas as pd

_MOST_VALUES = 24
_SAMPLE = 100
_QUANTILE = 0.95


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

    def __init__(self, *, reference: "pd.DataFrame", numeric: frozenset[str]) -> None:
        self.reference = reference
        self.numeric = numeric
        self._numbers = {name: _floats(reference[name]) for name in reference.columns if name in numeric}
        self._texts = {name: _texts(reference[name]) for name in reference.columns if name not in numeric}
        self._scales = {name: _unit(values) for name, values in self._numbers.items()}

    def scale(self, name: str) -> float:
        """Return the unit of a number's steps, above 0."""
        return self._scales[name]

    def step(self, name: str, before: object, after: "pd.Series") -> Floats:
        """Return how far each value of a column is from another, in the column's unit."""
        if name in self.numeric:
            return self._gaps(name, before, _floats(after))
        return _others(before, _texts(after))

    def _gaps(self, name: str, before: object, values: Floats) -> Floats:
        own = np.nan if before is None else float(str(before))
        gaps = np.abs(values - own) / self._scales[name]
        both = np.isnan(values) & np.isnan(own)
        return np.where(both, 0.0, np.where(np.isfinite(gaps), np.minimum(gaps, 4.0), 1.0))

    def nearest(self, row: "pd.Series", *, but: int | None = None) -> float:
        """Return the mean distance over the columns to the most similar row of the reference."""
        total = np.zeros(len(self.reference))
        for name, values in self._numbers.items():
            total += self._gaps(name, plain(row[name]), values)
        for name, texts in self._texts.items():
            total += _others(plain(row[name]), texts)
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
            _, first = np.unique(self._numbers[name][places], return_index=True)
            if len(first) > _MOST_VALUES:
                first = first[np.linspace(0, len(first) - 1, _MOST_VALUES).astype(np.intp)]
            return places[first]
        texts = values.iloc[places]
        common = list(texts.value_counts().index[:_MOST_VALUES])
        listed = texts.tolist()
        return np.array([places[listed.index(one)] for one in common], dtype=np.intp)

    def between(self, name: str, start: float, end: float) -> NDArray[np.intp]:
        """Return places of numbers that lie between two others, evenly many along their order."""
        values = self._numbers[name]
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


def _others(before: object, texts: Texts) -> Floats:
    """Return 1 where a category is another, 0 where it is the same or missing on both sides."""
    return np.asarray(texts != before, dtype=np.float64)


def _texts(values: "pd.Series") -> Texts:
    return np.array([plain(one) for one in values], dtype=np.object_)


def _unit(values: Floats) -> float:
    values = values[np.isfinite(values)]
    if not len(values):
        return 1.0
    low, high = np.quantile(values, [0.25, 0.75])
    return next((unit for unit in (float(high - low), float(np.std(values))) if unit > 0), 1.0)


def _floats(values: "pd.Series") -> Floats:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)

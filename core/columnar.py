"""Columns of a profile's cells held as arrays: a hundred thousand cells are read and measured as they lie."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, SupportsIndex, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")
Codes = NDArray[np.intp]


class _Column(Sequence[Item], Generic[Item]):
    """Equal to any sequence of the same entries, and shown as such."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Numbers(_Column[Item]):
    """Numbers in an array; equal to any sequence of the same numbers.

    Examples
    --------
    >>> Numbers(np.array([1, 2])) == (1, 2), Numbers(np.array([0.5]))[0]
    (True, 0.5)
    """

    def __init__(self, array: NDArray[np.int64] | NDArray[np.float64]) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._array.tolist())

    @overload
    def __getitem__(self, index: SupportsIndex) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Item]: ...

    def __getitem__(self, index: SupportsIndex | slice) -> Item | Sequence[Item]:
        found: Item | Sequence[Item] = self._array[index].tolist()
        return found

    def __array__(self, dtype: type | None = None, copy: bool | None = None) -> NDArray[np.generic]:
        return np.array(self._array, dtype=dtype, copy=copy)


class Coded(_Column[Item]):
    """A column of few different values: the values once, and which of them each entry is.

    Equal to any sequence of the same entries.

    Examples
    --------
    >>> column = Coded(("no", "yes", None), np.array([1, 1, 0]))
    >>> tuple(column), column.present, column.by({"yes": 1, "no": 0}).tolist()
    (('yes', 'yes', 'no'), ('yes', 'no'), [1, 1, 0])
    """

    def __init__(self, values: Sequence[Item], codes: Codes) -> None:
        self._values, self._codes = values, codes

    @classmethod
    def of(cls, entries: Sequence[Item]) -> "Coded[Item]":
        """Code any sequence; one that is coded already stays as it is."""
        if isinstance(entries, Coded):
            return entries
        place = {value: code for code, value in enumerate(dict.fromkeys(entries))}
        return cls(tuple(place), np.array([place[entry] for entry in entries], dtype=np.intp))

    @cached_property
    def present(self) -> tuple[Item, ...]:
        """The values that some entry has, in order of their first one."""
        codes, first = np.unique(self._codes, return_index=True)
        return tuple(self._values[code] for code in codes[np.argsort(first)])

    def by(self, numbers: Mapping[Item, int]) -> Codes:
        """Return each entry's number; −1 for those that have none."""
        table = np.array([numbers.get(value, -1) for value in self._values], dtype=np.intp)
        return table[self._codes]

    def __len__(self) -> int:
        return len(self._codes)

    def __iter__(self) -> Iterator[Item]:
        return map(self._values.__getitem__, self._codes.tolist())

    @overload
    def __getitem__(self, index: SupportsIndex) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> "Coded[Item]": ...

    def __getitem__(self, index: SupportsIndex | slice) -> "Item | Coded[Item]":
        if isinstance(index, slice):
            return Coded(self._values, self._codes[index])
        return self._values[int(self._codes[index])]

"""The port to logs that stay where they lie: what is asked of their engine, and the counts that come home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol

from core.spec import MonitorSpec, SourceRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which rows of a source are meant: those of a model's spec, from ``origin`` on, in some windows.

    Without an origin every row is meant, and without ``windows`` all windows are.
    """

    spec: MonitorSpec
    origin: datetime | None
    windows: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """First and last event time of a source's usable rows, and how many rows are not usable, by column.

    Not usable are rows without an event time, and those with a score outside [0, 1], a latency that is
    no duration, or an infinite target: what ingest would put into quarantine.
    """

    first: datetime | None
    last: datetime | None
    unusable: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How many rows one version has in one window, how many with a label, how many that failed."""

    window: int
    version: str | None
    n: int
    n_labelled: int
    n_errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericCount:
    """Rows of one column in one bin of its edges, with the sums of their values.

    ``bin`` i holds (edges[i−1], edges[i]]; ``NULL`` and ``NOT_FINITE`` rows have bins of their own.
    """

    NULL: ClassVar[int] = -1
    NOT_FINITE: ClassVar[int] = -2

    column: str
    window: int
    version: str | None
    bin: int
    n: int
    total: float
    squares: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCount:
    """Rows of one column with one value, as a canonical class text; None for missing ones."""

    column: str
    window: int
    version: str | None
    value: str | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """Rows of equal sensitive values, label, prediction and score bin.

    ``sums`` are rows, rows with a label (for regression with an error), and the sums of score, score²,
    error, |error|, error², label, |label|, label², as in :class:`core.domain.OutcomeCells`.
    """

    window: int
    version: str | None
    groups: tuple[str | None, ...]
    label: str | None
    prediction: str | None
    score_bin: int
    sums: tuple[float, ...]


class LogSource(Protocol):
    """A table of predictions that stays where it lies; every call may take minutes.

    All calls may raise ``Unavailable``, and ``InvalidInput`` where the table lacks a column of the spec.
    """

    def columns(self) -> Mapping[str, str]:
        """Return column → kind: numeric, categorical, time or other."""
        ...

    def extent(self, question: Question) -> Extent:
        """Return from when to when there are rows, and which cannot be used."""
        ...

    def census(self, question: Question) -> Sequence[Census]:
        """Return the rows of every window and version."""
        ...

    def numbers(self, question: Question, edges: Mapping[str, Sequence[float]]) -> Sequence[NumericCount]:
        """Count numeric columns on ascending edges."""
        ...

    def values(self, question: Question, columns: Sequence[str]) -> Sequence[ValueCount]:
        """Count the values of columns."""
        ...

    def outcomes(self, question: Question, score_edges: Sequence[float]) -> Sequence[OutcomeCount]:
        """Count what was predicted and what came true, by sensitive values and score bin."""
        ...

    def rows(self, question: Question, folder: Path) -> Path:
        """Copy the reference's rows (its ``where`` or ``first``) into ``folder`` as Parquet."""
        ...


class Sources(Protocol):
    """Opens the tables that specs name; cheap, the table is only asked later."""

    def __call__(self, rule: SourceRule) -> LogSource:
        """Return a table; raises ``NotFound`` where the workspace has no such connection."""
        ...

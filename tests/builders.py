"""Profiles and references from NumPy arrays, without a database: what ``core.profiles`` does in SQL.

``Table`` holds the rows as columns; ``reference_of`` chooses edges and categories and cuts windows,
``profile_of`` counts rows on them. Missing numbers are NaN here, missing texts None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from math import inf, isnan, nextafter

import numpy as np

from core.cells import ClassCells
from core.domain import (
    LABEL_KEY,
    LATENCY_EDGES_MS,
    PREDICTION_KEY,
    CategoricalProfile,
    NumericProfile,
    OutcomeCells,
    Profile,
    Reference,
    Task,
    Window,
)
from core.metrics.class_cells import class_cells
from core.metrics.fitting import fit
from core.metrics.regression import moments_of
from core.spec import Columns, Features, MonitorSpec, ReferenceRule, WindowRule
from tests.tree_builders import leaf_cells_of, rows_of

QUANTILES = tuple(i / 50 for i in range(1, 50))
TAILS = (1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 5e-3, 7.5e-3)
FEW = 64
SOME_TIME = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows as columns of equal length; ``groups`` are the sensitive columns."""

    numeric: Mapping[str, np.ndarray] = field(default_factory=dict)
    categorical: Mapping[str, np.ndarray] = field(default_factory=dict)
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    prediction: np.ndarray | None = None
    label: np.ndarray | None = None
    groups: Mapping[str, np.ndarray] = field(default_factory=dict)
    latency_ms: np.ndarray | None = None
    failed: np.ndarray | None = None

    def __len__(self) -> int:
        columns = [*self.numeric.values(), *self.categorical.values(), *self.scores.values()]
        columns += [
            one for one in (self.prediction, self.label, self.latency_ms, self.failed) if one is not None
        ]
        columns += list(self.groups.values())
        return len(columns[0]) if columns else 0

    def rows(self, start: int, stop: int) -> "Table":
        """The rows from start to stop."""

        def cut(one: np.ndarray | None) -> np.ndarray | None:
            return None if one is None else one[start:stop]

        return replace(
            self,
            numeric={name: one[start:stop] for name, one in self.numeric.items()},
            categorical={name: one[start:stop] for name, one in self.categorical.items()},
            scores={name: one[start:stop] for name, one in self.scores.items()},
            groups={name: one[start:stop] for name, one in self.groups.items()},
            prediction=cut(self.prediction),
            label=cut(self.label),
            latency_ms=cut(self.latency_ms),
            failed=cut(self.failed),
        )


def spec_of(
    table: Table, *, task: Task = Task.BINARY, rows: int | None = None, **changes: object
) -> MonitorSpec:
    """A spec that gives every column of the table its role."""
    columns = Columns(
        prediction="prediction" if table.prediction is not None else None,
        scores=dict(zip(["1", "2", "3"], table.scores, strict=False)),
        label="label" if table.label is not None else None,
        latency_ms="latency_ms" if table.latency_ms is not None else None,
        status="status" if table.failed is not None else None,
    )
    spec = MonitorSpec(
        model="m",
        registry="local",
        task=task,
        columns=columns,
        window=WindowRule(rows=rows or max(len(table), 1)),
        reference=ReferenceRule(),
        positive="1" if task is Task.BINARY else None,
        features=Features(numeric=tuple(table.numeric), categorical=tuple(table.categorical)),
        sensitive=tuple(table.groups),
    )
    return replace(spec, **changes)  # type: ignore[arg-type]


def reference_of(table: Table, spec: MonitorSpec) -> Reference:
    """The reference that these rows pin, with its own windows of the spec's number of rows."""
    edges = {name: edges_of(values) for name, values in table.numeric.items()}
    for name, values in table.scores.items():
        hundredths = [i / 100 for i in range(101)]
        edges[name] = tuple(sorted({*edges_of(values, tuple(i / 100 for i in range(1, 100))), *hundredths}))
    categories = {name: categories_of(values) for name, values in table.categorical.items()}
    for key, values in ((PREDICTION_KEY, table.prediction), (LABEL_KEY, table.label)):
        if values is not None and spec.task is Task.REGRESSION:
            edges[key] = edges_of(values)
        elif values is not None:
            categories[key] = categories_of(values)
    empty = Profile(
        version="1", window=Window(index=None, start=None, end=None), n=0, n_labelled=0, n_errors=0,
        numeric={}, categorical={}, scores={}, predictions=None, labels=None, latency=None, outcomes=None,
    )  # fmt: skip
    pinned = Reference(
        digest="0" * 64, pinned_at=SOME_TIME, start=None, end=None, profile=empty, windows=(),
        edges=edges, categories=categories, fitted=fit(rows_of(table), spec),
    )  # fmt: skip
    size = spec.window.rows
    n_windows = 0 if size is None else len(table) // size
    return replace(
        pinned,
        profile=profile_of(table, pinned, spec, index=None),
        windows=tuple(
            profile_of(table.rows(i * size, (i + 1) * size), pinned, spec, index=i - n_windows)
            for i in range(n_windows)
            if size is not None
        ),
    )


def profile_of(
    table: Table, reference: Reference, spec: MonitorSpec, *, index: int | None = 0, closed: bool = True
) -> Profile:
    """The profile of some rows on a reference's edges."""
    regression = spec.task is Task.REGRESSION

    def target(values: np.ndarray | None, key: str) -> NumericProfile | CategoricalProfile | None:
        if values is None:
            return None
        if regression:
            return numeric_of(values, reference.edges[key])
        return categorical_of(values, reference.categories[key])

    return Profile(
        version="1",
        window=Window(index=index, start=None, end=None, closed=closed),
        n=len(table),
        n_labelled=0 if table.label is None else int((~_absent(table.label)).sum()),
        n_errors=0 if table.failed is None else int(table.failed.sum()),
        numeric={name: numeric_of(values, reference.edges[name]) for name, values in table.numeric.items()},
        categorical={
            name: categorical_of(values, reference.categories[name])
            for name, values in table.categorical.items()
        },
        scores={name: numeric_of(values, reference.edges[name]) for name, values in table.scores.items()},
        predictions=target(table.prediction, PREDICTION_KEY),
        labels=target(table.label, LABEL_KEY),
        latency=None if table.latency_ms is None else numeric_of(table.latency_ms, LATENCY_EDGES_MS),
        outcomes=cells_of(table, reference, spec.task),
        class_scores=class_cells_of(table, reference, spec) if spec.has_class_scores else None,
        errors=moments_of(table.prediction, table.label, 0.0)
        if regression and table.prediction is not None and table.label is not None
        else None,
        leaves=leaf_cells_of(table, reference.fitted) if regression else None,
    )


def windows_of(table: Table, reference: Reference, spec: MonitorSpec) -> list[Profile]:
    """The profiles of the table cut into windows of the spec's number of rows; the rest is left out."""
    size = spec.window.rows or len(table)
    return [
        profile_of(table.rows(i * size, (i + 1) * size), reference, spec, index=i)
        for i in range(len(table) // size)
    ]


def edges_of(values: np.ndarray, quantiles: Sequence[float] = QUANTILES) -> tuple[float, ...]:
    """Edges of a numeric column: distinct values where few, else quantiles and tails."""
    finite = np.sort(values[np.isfinite(values)])
    if len(finite) == 0:
        return ()
    distinct = np.unique(finite)
    low, high = float(distinct[0]), float(distinct[-1])
    if len(distinct) <= FEW:
        return tuple(sorted({nextafter(low, -inf), *distinct.tolist()}))
    wanted = sorted([*quantiles, *TAILS, *(1 - q for q in TAILS)])
    cuts = np.quantile(finite, wanted, method="inverted_cdf").tolist()
    lumps = {nextafter(a, -inf) for a, b in pairwise(cuts) if a == b}
    return tuple(sorted({nextafter(low, -inf), *cuts, *lumps, high}))


def categories_of(values: np.ndarray) -> tuple[str, ...]:
    """Categories of a column, the commonest first, ties by name."""
    found, counts = np.unique([value for value in values.tolist() if value is not None], return_counts=True)
    return tuple(str(name) for _, name in sorted(zip(-counts, found, strict=True)))


def numeric_of(values: np.ndarray, edges: Sequence[float]) -> NumericProfile:
    """The profile of a numeric column: bins (lo, hi], outer ones open."""
    null = np.isnan(values)
    finite = values[np.isfinite(values)]
    places = np.searchsorted(np.array(edges), finite, side="left")
    with np.errstate(over="ignore", invalid="ignore"):
        total, squares = float(finite.sum()), float((finite**2).sum())
    return NumericProfile(
        n=len(values),
        n_null=int(null.sum()),
        n_nonfinite=int((~np.isfinite(values) & ~null).sum()),
        total=total,
        total_squares=squares,
        low=float(finite.min()) if len(finite) else None,
        high=float(finite.max()) if len(finite) else None,
        counts=tuple(np.bincount(places, minlength=len(edges) + 1).tolist()),
    )


def categorical_of(values: np.ndarray, categories: Sequence[str]) -> CategoricalProfile:
    """The profile of a categorical column."""
    known = [value for value in values.tolist() if value is not None]
    found, counts = np.unique(known, return_counts=True) if known else ([], [])
    seen = {str(name): int(count) for name, count in zip(found, counts, strict=True)}
    new = {name: count for name, count in seen.items() if name not in set(categories)}
    commonest = sorted(new, key=lambda name: (-new[name], name))[:20]
    return CategoricalProfile(
        n=len(values),
        n_null=len(values) - len(known),
        counts=tuple(seen.get(name, 0) for name in categories),
        n_other=sum(new.values()),
        new={name: new[name] for name in commonest},
    )


def class_cells_of(table: Table, reference: Reference, spec: MonitorSpec) -> ClassCells:
    """The cells of class scores of a table."""
    columns, n = spec.columns.scores, len(table)
    scores = np.stack([table.scores[name] for name in columns.values()], axis=1)
    bins = np.stack(
        [np.searchsorted(np.array(reference.edges[name]), table.scores[name]) for name in columns.values()],
        axis=1,
    )
    label = [None] * n if table.label is None else table.label.tolist()
    prediction = [None] * n if table.prediction is None else table.prediction.tolist()
    return class_cells(scores, bins, tuple(columns), label, prediction)


def cells_of(table: Table, reference: Reference, task: Task = Task.BINARY) -> OutcomeCells:
    """The outcome cells of a table."""
    n, regression = len(table), task is Task.REGRESSION
    name = next(iter(table.scores), None) if task is Task.BINARY else None
    score = np.full(n, np.nan) if name is None else table.scores[name]
    bins = np.searchsorted(np.array(reference.edges[name]), score) if name else np.zeros(n, dtype=int)
    bins = np.where(np.isfinite(score), bins, -1).tolist()
    label = [None] * n if table.label is None else table.label.tolist()
    prediction = [None] * n if table.prediction is None else table.prediction.tolist()
    groups = (
        list(zip(*(one.tolist() for one in table.groups.values()), strict=True)) if table.groups else [()] * n
    )
    sums: dict[tuple, list[float]] = {}
    for row in range(n):
        y, p = label[row], prediction[row]
        key = (groups[row], None if regression else y, None if regression else p, bins[row])
        cell = sums.setdefault(key, [0.0] * 10)
        cell[0] += 1
        if bins[row] >= 0:
            cell[2] += score[row]
            cell[3] += score[row] * score[row]
        if not regression:
            cell[1] += y is not None
        elif y is not None and p is not None and not isnan(y) and not isnan(p):
            for place, amount in enumerate(
                (1.0, 0, 0, p - y, abs(p - y), (p - y) * (p - y), y, abs(y), y * y), start=1
            ):
                cell[place] += amount
    keys, values = list(sums), list(sums.values())

    def column(place: int) -> tuple[float, ...]:
        return tuple(cell[place] for cell in values)

    return OutcomeCells(
        groups=tuple(key[0] for key in keys),
        label=tuple(key[1] for key in keys),
        prediction=tuple(key[2] for key in keys),
        score_bin=tuple(key[3] for key in keys),
        n=tuple(int(cell[0]) for cell in values),
        n_labelled=tuple(int(cell[1]) for cell in values),
        score_total=column(2),
        score_squares=column(3),
        error_total=column(4),
        error_absolute=column(5),
        error_squares=column(6),
        label_total=column(7),
        label_absolute=column(8),
        label_squares=column(9),
    )


def texts(values: object) -> np.ndarray:
    """Class texts of integral numbers: 1 → "1", NaN → None."""
    found = [None if value is None or isnan(value) else value for value in np.asarray(values).tolist()]
    return np.array(
        [None if v is None else str(int(v)) if isinstance(v, bool | int | float) else str(v) for v in found],
        dtype=object,
    )


def _absent(values: np.ndarray) -> np.ndarray:
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=bool)
    return np.isnan(values)

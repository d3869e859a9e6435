"""Rows walked through fitted trees one by one in Python: what ``core.profiles.errors`` does in SQL."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.cells import Fitted, LeafCells, Tree
from core.domain import PREDICTION_KEY
from core.profiles.rows import Rows

if TYPE_CHECKING:
    from tests.builders import Table


def rows_of(table: "Table") -> Rows:
    """A table as the rows that are read from a store."""
    return Rows(
        n=len(table),
        numeric=table.numeric,
        categorical=table.categorical,
        scores=table.scores,
        prediction=table.prediction,
        label=table.label,
        groups=table.groups,
        latency_ms=table.latency_ms,
    )


def leaf_cells_of(table: "Table", fitted: Fitted) -> LeafCells | None:
    """The leaf cells of a table; None where there are no trees."""
    if not fitted.trees:
        return None
    n = len(table)
    nothing = np.full(n, np.nan)
    predicted = nothing if table.prediction is None else table.prediction.astype(float)
    label = nothing if table.label is None else table.label.astype(float)
    numbers = {**table.numeric, PREDICTION_KEY: predicted}
    cells: dict[tuple[int, int], list[float]] = {}
    for row in range(n):
        inputs = {name: _number(values[row], fitted.fills[name]) for name, values in numbers.items()}
        for name, values in table.categorical.items():
            order = fitted.orders[name]
            known = values[row] in order
            inputs[name] = order.index(values[row]) + 1.0 if known else fitted.fills[name]
        error = abs(predicted[row] - label[row])
        for t, tree in enumerate(fitted.trees):
            cell = cells.setdefault((t, leaf_of(tree, inputs)), [0.0] * 5)
            cell[0] += 1
            if np.isfinite(error):
                for place, amount in enumerate((1.0, error, error**2, error**4), start=1):
                    cell[place] += amount
    keys = sorted(cells)
    return LeafCells(
        tree=tuple(tree for tree, _ in keys),
        leaf=tuple(leaf for _, leaf in keys),
        n=tuple(int(cells[key][0]) for key in keys),
        n_labelled=tuple(int(cells[key][1]) for key in keys),
        error_absolute=tuple(cells[key][2] for key in keys),
        error_squares=tuple(cells[key][3] for key in keys),
        error_fourths=tuple(cells[key][4] for key in keys),
    )


def leaf_of(tree: Tree, inputs: Mapping[str, float]) -> int:
    """The leaf in which a row ends."""
    node = 0
    while tree.column[node]:
        is_below = inputs[tree.column[node]] <= tree.threshold[node]
        node = tree.below[node] if is_below else tree.above[node]
    return node


def _number(value: float, fill: float) -> float:
    return float(value) if abs(value) <= 1e150 else fill

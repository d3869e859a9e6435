"""Errors of regression models before labels come: what the reference's trees promise.

The trees part the reference's rows by how large the model's errors are. In each leaf the reference knows
the mean of |e| and of e²; a window's rows are counted by leaf, and the estimate is the mean over the leaves,
weighted by the window's rows (direct loss estimation). Not valid under concept drift: the leaves know the
inputs, not what follows from them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from core.cells import LeafCells
from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.reading import NO_ERROR_MODEL, NO_TRAFFIC, Reading


@dataclass(frozen=True, slots=True, eq=False)
class LeafLosses:
    """The leaves of all trees as columns: labelled reference rows, and their mean |e|, e² and e⁴."""

    tree: NDArray[np.intp]
    leaf: NDArray[np.intp]
    rows: Floats
    absolute: Floats
    squares: Floats
    fourths: Floats

    @property
    def n_trees(self) -> int:
        """How many trees there are."""
        return int(self.tree.max()) + 1

    @property
    def n(self) -> int:
        """Labelled rows of the reference."""
        return round(float(self.rows.sum())) // self.n_trees


@dataclass(frozen=True, slots=True, eq=False)
class Leaves:
    """A window's rows by the leaves of :class:`LeafLosses`: how many, how many labelled, their errors."""

    n: Floats
    n_labelled: Floats
    absolute: Floats
    squares: Floats


def losses_of(reference: LeafCells | None) -> LeafLosses | None:
    """Return what the reference's leaves promise; None without leaves or labels.

    A leaf without a labelled row promises what its whole tree does.
    """
    if reference is None or not any(reference.n_labelled):
        return None
    tree = np.array(reference.tree, dtype=np.intp)
    rows = np.array(reference.n_labelled, dtype=np.float64)
    of_tree = np.bincount(tree, rows)[tree]

    def mean(sums: tuple[float, ...]) -> Floats:
        values = np.array(sums, dtype=np.float64)
        whole = np.bincount(tree, values)[tree] / of_tree
        return np.where(rows > 0, values / np.maximum(rows, 1.0), whole)

    return LeafLosses(
        tree=tree,
        leaf=np.array(reference.leaf, dtype=np.intp),
        rows=rows,
        absolute=mean(reference.error_absolute),
        squares=mean(reference.error_squares),
        fourths=mean(reference.error_fourths),
    )


def leaves_of(cells: LeafCells, losses: LeafLosses) -> Leaves:
    """Arrange a window's cells as the reference's leaves; rows in leaves that it never had are left out."""
    place = {key: i for i, key in enumerate(zip(losses.tree.tolist(), losses.leaf.tolist(), strict=True))}
    at = [place.get(key, -1) for key in zip(cells.tree, cells.leaf, strict=True)]
    known = np.array(at, dtype=np.intp) >= 0
    where = np.array(at, dtype=np.intp)[known]

    def arranged(values: tuple[float, ...]) -> Floats:
        found = np.zeros(len(losses.rows))
        found[where] = np.array(values, dtype=np.float64)[known]
        return found

    return Leaves(
        n=arranged(cells.n),
        n_labelled=arranged(cells.n_labelled),
        absolute=arranged(cells.error_absolute),
        squares=arranged(cells.error_squares),
    )


def promised(weights: Floats, losses: LeafLosses, mean: Floats, second: Floats) -> tuple[float, float]:
    """Return what the leaves promise for rows in them, and the variance that the reference leaves in it.

    Parameters
    ----------
    weights
        Rows a leaf.
    mean, second
        Of each leaf the reference's mean loss and mean squared loss.

    Returns
    -------
    float, float
        Σ share × mean loss, the plain mean over the trees; and Σ share² × variance / reference rows, the
        trees' mean of it: they look at the same rows, so their mean is no surer than one of them.
    """
    n = float(weights.sum()) / losses.n_trees
    share = weights / n / losses.n_trees
    spread = np.maximum(second - mean**2, 0.0) / np.maximum(losses.rows, 1.0)
    return float((share * mean).sum()), float((share**2 * spread).sum()) * losses.n_trees


def readings(
    cells: LeafCells | None, losses: LeafLosses | None, *, n_rows: int
) -> Iterator[tuple[str, Reading]]:
    """Estimate the mean absolute and the root mean squared error.

    Interval: within what the labels of rows in these very leaves would fall, and what the reference leaves
    unsure of the leaves' means; on the log scale. No rows: "no traffic"; no trees (too few labels in the
    reference, or a window profiled before there were any): "no error model".

    Yields
    ------
    str, Reading
        The metric's name and its estimate.

    Source: direct loss estimation, NannyML's documentation (2022); honest leaves, Athey & Imbens (2016), PNAS
    113.

    Examples
    --------
    Two leaves with mean errors 1 and 3; the window has one row in the first and three in the second:

    >>> reference = LeafCells(tree=(0, 0), leaf=(1, 2), n=(2, 2), n_labelled=(2, 2),
    ...     error_absolute=(2.0, 6.0), error_squares=(2.0, 18.0), error_fourths=(2.0, 162.0))
    >>> window = LeafCells(tree=(0, 0), leaf=(1, 2), n=(1, 3), n_labelled=(0, 0),
    ...     error_absolute=(0.0, 0.0), error_squares=(0.0, 0.0), error_fourths=(0.0, 0.0))
    >>> {name: round(one.value, 4) for name, one in readings(window, losses_of(reference), n_rows=4)}
    {'mae': 2.5, 'mse': 7.0, 'rmse': 2.6458}
    """
    if n_rows == 0 or cells is None or losses is None:
        missing = Reading.nothing(NO_TRAFFIC if n_rows == 0 else NO_ERROR_MODEL)
        yield from ((metric, missing) for metric in ("mae", "mse", "rmse"))
        return
    leaves = leaves_of(cells, losses)
    n = float(leaves.n.sum()) / losses.n_trees
    for metric, mean, second in (
        ("mae", losses.absolute, losses.squares),
        ("mse", losses.squares, losses.fourths),
    ):
        value, unsure = promised(leaves.n, losses, mean, second)
        by_chance = float((leaves.n * np.maximum(second - mean**2, 0.0)).sum()) / losses.n_trees
        error = sqrt(by_chance / n**2 + unsure)
        low, high = intervals.on_log_scale(value, error)
        yield metric, Reading.of(value, round(n), (low, high))
        if metric == "mse":
            yield "rmse", Reading.of(sqrt(value), round(n), (sqrt(low), sqrt(high)))

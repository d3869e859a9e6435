"""Regression models: estimated errors against what labels then show, and concept drift against its truth."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.cells import LeafCells, Tree
from core.domain import PREDICTION_KEY, Task
from core.metrics.concept_drift import of_errors
from core.metrics.fitting import fit
from core.metrics.loss_estimation import LeafLosses, losses_of, readings
from tests.builders import Table, rows_of, spec_of
from tests.simulation.distances import Drawn
from tests.simulation.estimates import Notes, drawn_of, note

N_REFERENCE = 10_000
N_REFERENCES = 25
N_POINTS = 20_000


@dataclass(frozen=True)
class World:
    """Errors around 0 whose size grows with x; in a window x is shifted and errors grow by ``concept``.

    ``degrees`` of freedom of their t distribution: few are heavy tails, infinitely many are normal.
    """

    growth: float
    degrees: float = np.inf
    shift: float = 0.0
    concept: float = 0.0

    def errors(self, rng: np.random.Generator, x: np.ndarray, *, now: bool) -> np.ndarray:
        size = np.exp(self.growth * x) + 0.5 + self.concept * now * (x > 0)
        chance = rng.normal(size=len(x)) if np.isinf(self.degrees) else rng.standard_t(self.degrees, len(x))
        return np.asarray(size * chance)


WORLDS = {
    "errors by input": World(0.5, shift=0.3),
    "larger errors": World(0.5, shift=0.2, concept=0.6),
}


@cache
def references(growth: float, degrees: float) -> list[tuple[tuple[Tree, ...], LeafLosses | None]]:
    """What references of one kind learned."""
    rng, world = np.random.default_rng(0), World(growth, degrees)
    found = []
    for _ in range(N_REFERENCES):
        table, error = reference_of(world, rng)
        trees = fit(rows_of(table), spec_of(table, task=Task.REGRESSION)).trees
        leaf = leaves_of(trees, {**table.numeric, PREDICTION_KEY: np.asarray(table.prediction)})
        found.append((trees, losses_of(cells_of(leaf, np.arange(N_REFERENCE), error))))
    return found


@cache
def regression(n: int, name: str, draws: int) -> dict[str, Drawn]:
    """Every estimate of a regression model against what its labels then show; concept drift."""
    rng, world = np.random.default_rng(n), WORLDS[name]
    found: Notes = {}
    x, z = rng.normal(world.shift, 1, N_POINTS), rng.normal(size=N_POINTS)
    drift = concept_of(world, x)
    for trees, losses in references(world.growth, world.degrees):
        leaf = leaves_of(trees, {"x": x, "z": z, PREDICTION_KEY: 3 * x + z})
        for _ in range(draws // N_REFERENCES):
            rows = rng.integers(0, N_POINTS, n)
            error = world.errors(rng, x[rows], now=True)
            cells = cells_of(leaf, rows, error)
            note(found, "concept_drift", of_errors(cells, losses), drift)
            if world.concept:
                continue
            square = float((error**2).mean())
            shown = {"mae": float(np.abs(error).mean()), "mse": square, "rmse": square**0.5}
            for metric, reading in readings(cells, losses, n_rows=n):
                note(found, metric, reading, shown[metric])
    return drawn_of(found)


def reference_of(world: World, rng: np.random.Generator) -> tuple[Table, np.ndarray]:
    x, z = rng.normal(size=(2, N_REFERENCE))
    error = world.errors(rng, x, now=False)
    return Table(numeric={"x": x, "z": z}, prediction=3 * x + z, label=3 * x + z - error), error


def concept_of(world: World, x: np.ndarray) -> float:
    """By how much errors of these points grow: E|e| of size 1 times the growth of their size."""
    d = world.degrees
    unit = np.sqrt(2 / np.pi)
    if not np.isinf(d):
        from scipy.special import gammaln

        unit = 2 * np.sqrt(d / np.pi) * np.exp(gammaln((d + 1) / 2) - gammaln(d / 2)) / (d - 1)
    return float(unit * world.concept * (x > 0).mean())


def leaves_of(trees: tuple[Tree, ...], inputs: dict[str, np.ndarray]) -> np.ndarray:
    """The leaf of every row in each tree."""
    names, values = list(inputs), np.stack(list(inputs.values()))
    rows = np.arange(values.shape[1])
    found = []
    for tree in trees:
        column = np.array([names.index(name) if name else -1 for name in tree.column])
        threshold, below, above = (np.array(one) for one in (tree.threshold, tree.below, tree.above))
        node = np.zeros(len(rows), dtype=np.intp)
        while (column[node] >= 0).any():
            is_below = values[column[node], rows] <= threshold[node]
            node = np.where(column[node] >= 0, np.where(is_below, below[node], above[node]), node)
        found.append(node)
    return np.array(found)


def cells_of(leaf: np.ndarray, rows: np.ndarray, error: np.ndarray) -> LeafCells:
    """The cells of rows in these leaves, all labelled."""
    size = int(leaf.max()) + 1
    place = (leaf[:, rows] + size * np.arange(len(leaf))[:, None]).ravel()
    powers = [np.abs(error) ** k for k in (0, 1, 2, 4)]
    n, *sums = (np.bincount(place, np.tile(one, len(leaf)), size * len(leaf)) for one in powers)
    used = np.flatnonzero(n)
    count = tuple(n[used].astype(int).tolist())
    absolute, squares, fourths = (tuple(one[used].tolist()) for one in sums)
    return LeafCells(
        tree=tuple((used // size).tolist()), leaf=tuple((used % size).tolist()), n=count, n_labelled=count,
        error_absolute=absolute, error_squares=squares, error_fourths=fourths,
    )  # fmt: skip

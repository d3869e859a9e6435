"""Shapley values of any model, by asking it: every coalition where that is few, else sampled orders.

The value of a coalition of columns is the model's average answer where these have the row's values and all
others those of rows of the reference (the interventional form: columns are taken to be set, not seen).
Contributions add up to the answer minus the average answer exactly, in both ways: an order's contributions
are a telescope, whatever orders are drawn.

Source: Shapley (1953), A value for n-person games; Štrumbelj & Kononenko (2010), JMLR 11; Lundberg & Lee
(2017), NeurIPS; Mitchell et al. (2022), Sampling Permutations for Shapley Value Estimation, JMLR 23.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import factorial
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.children.explaining.asked import Floats, taken

if TYPE_CHECKING:
    import pandas as pd

Flags = NDArray[np.bool_]
_CHUNK = 40_000
_MOST_COLUMNS = 12
_MOST_PAIRS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which coalitions are asked for: ``masks`` has one a line, True where a column has the row's value.

    ``orders`` is None where every coalition is there; else an order of columns a line, each followed by its
    reverse, and ``place`` says in which line of ``masks`` each of its coalitions is (the one of all columns
    included, the empty one left out).
    """

    masks: Flags
    orders: NDArray[np.intp] | None = None
    place: NDArray[np.intp] | None = None

    @property
    def is_exact(self) -> bool:
        """Whether no chance is in it."""
        return self.orders is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Contributions and their standard errors, rows × columns; the rows' answers and the average answer."""

    contributions: Floats
    errors: Floats
    outputs: Floats
    base: float


def plan_for(n_columns: int, n_background: int, most_asked: int, chance: Generator) -> Plan:
    """Return every coalition where asking for all of them is allowed, else as many orders as are.

    Parameters
    ----------
    most_asked
        How often the model may be asked for one row; at least one pair of orders is drawn.
    """
    if n_columns <= _MOST_COLUMNS and 2**n_columns * n_background <= most_asked:
        numbers = np.arange(2**n_columns)[:, None]
        return Plan(masks=(numbers >> np.arange(n_columns)) % 2 == 1)
    per_pair = 2 * max(n_columns - 1, 1) * n_background
    n_pairs = min(max(most_asked // per_pair, 1), _MOST_PAIRS)
    drawn = np.array([chance.permutation(n_columns) for _ in range(n_pairs)])
    orders = np.stack([drawn, drawn[:, ::-1]], axis=1).reshape(-1, n_columns)
    rank = np.argsort(orders, axis=1)
    grown = rank[:, None, :] <= np.arange(n_columns)[None, :, None]
    masks, place = np.unique(grown.reshape(-1, n_columns), axis=0, return_inverse=True)
    return Plan(masks=masks, orders=orders, place=place.reshape(len(orders), n_columns))


def shapley_values(
    ask: Callable[["pd.DataFrame"], Floats],
    rows: "pd.DataFrame",
    background: "pd.DataFrame",
    plan: Plan,
    told: Callable[[float], None] = lambda _: None,
) -> Values:
    """Return what every column contributed to the answer to every row.

    Parameters
    ----------
    ask
        The model: one number a row.
    rows, background
        The rows to explain, and those that stand for what is not known; the same columns, at least one each.
    told
        Is told the share done.
    """
    outputs, base = ask(rows), float(np.mean(ask(background)))
    worth = np.empty((len(rows), len(plan.masks)))
    done = 0
    for begin, end, found in _asked(ask, rows, background, plan.masks):
        worth[begin:end] = found
        done = end
        told(done / len(rows))
    # Both ends are known without sampling; so that sums are exact, they are the same numbers everywhere.
    worth[:, plan.masks.all(axis=1)] = outputs[:, None]
    worth[:, ~plan.masks.any(axis=1)] = base
    contributions, errors = _exact(worth, plan) if plan.is_exact else _sampled(worth, plan, base)
    return Values(contributions=contributions, errors=errors, outputs=outputs, base=base)


def _asked(
    ask: Callable[["pd.DataFrame"], Floats], rows: "pd.DataFrame", background: "pd.DataFrame", masks: Flags
) -> Iterator[tuple[int, int, Floats]]:
    """Yield rows from, to, and the worth of every coalition for each of them, in bearable portions."""
    import pandas as pd

    pool = pd.concat([rows, background], ignore_index=True)
    n, n_background, n_masks = len(rows), len(background), len(masks)
    others = n + np.arange(n_background)
    step = max(_CHUNK // (n_masks * n_background), 1)
    part = max(_CHUNK // n_background, 1)
    for begin in range(0, n, step):
        end = min(begin + step, n)
        own = np.arange(begin, end)[:, None, None]
        worth = np.empty((end - begin, n_masks))
        for first in range(0, n_masks, part):
            some = masks[first : first + part]
            places = {
                name: np.broadcast_to(
                    np.where(some[None, :, at, None], own, others[None, None, :]),
                    (end - begin, len(some), n_background),
                ).ravel()
                for at, name in enumerate(pool.columns)
            }
            answers = ask(taken(pool, places)).reshape(end - begin, len(some), n_background)
            worth[:, first : first + part] = answers.mean(axis=2)
        yield begin, end, worth


def _exact(worth: Floats, plan: Plan) -> tuple[Floats, Floats]:
    n_columns = plan.masks.shape[1]
    sizes = plan.masks.sum(axis=1)
    found = np.empty((len(worth), n_columns))
    for at in range(n_columns):
        without = np.flatnonzero(~plan.masks[:, at])
        weights = np.array(
            [
                factorial(int(s)) * factorial(n_columns - int(s) - 1) / factorial(n_columns)
                for s in sizes[without]
            ]
        )
        found[:, at] = (worth[:, without + 2**at] - worth[:, without]) @ weights
    return found, np.zeros_like(found)


def _sampled(worth: Floats, plan: Plan, base: float) -> tuple[Floats, Floats]:
    if plan.orders is None or plan.place is None:
        raise ValueError("a plan of every coalition holds no orders")
    n_orders, n_columns = plan.orders.shape
    steps = np.empty((len(worth), n_orders, n_columns))
    for line, (order, place) in enumerate(zip(plan.orders, plan.place, strict=True)):
        along = np.concatenate([np.full((len(worth), 1), base), worth[:, place]], axis=1)
        steps[:, line, order] = np.diff(along, axis=1)
    pairs = steps.reshape(len(worth), n_orders // 2, 2, n_columns).mean(axis=2)
    n_pairs = pairs.shape[1]
    spread = pairs.std(axis=1, ddof=1) if n_pairs > 1 else np.zeros((len(worth), n_columns))
    return pairs.mean(axis=1), spread / np.sqrt(n_pairs)

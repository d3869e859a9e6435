"""Contributions add up to the answer, whatever the model, the columns, and however often it may be asked."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.children.explaining.shapley import plan_for, shapley_values


def made(n: int, n_columns: int, seed: int) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n, n_columns))
    return pd.DataFrame(values, columns=[f"x{i}" for i in range(n_columns)])


def wild(seed: int, n_columns: int):
    """A function with steps, products and a column that it does not look at (the last)."""
    chance = np.random.default_rng(seed)
    weights, mixed = chance.normal(size=n_columns), chance.normal(size=(n_columns, n_columns))
    weights[-1], mixed[-1], mixed[:, -1] = 0, 0, 0

    def ask(frame: pd.DataFrame) -> np.ndarray:
        x = frame.to_numpy()
        return np.tanh(x @ weights) + np.einsum("ni,ij,nj->n", x, mixed, x) + (x[:, 0] > 0)

    return ask


@given(
    n_columns=st.integers(2, 7),
    n_background=st.integers(1, 9),
    most=st.integers(1, 600),
    seed=st.integers(0, 99),
)
def test_contributions_add_up_to_the_answer(n_columns: int, n_background: int, most: int, seed: int) -> None:
    plan = plan_for(n_columns, n_background, most, np.random.default_rng(seed))
    rows, background = made(3, n_columns, seed), made(n_background, n_columns, seed + 1)
    ask = wild(seed, n_columns)
    found = shapley_values(ask, rows, background, plan)
    assert found.outputs == pytest.approx(ask(rows))
    assert found.base == pytest.approx(float(ask(background).mean()))
    total = found.base + found.contributions.sum(axis=1)
    assert total == pytest.approx(found.outputs, abs=1e-9)


@given(n_columns=st.integers(2, 6), exact=st.booleans(), seed=st.integers(0, 99))
def test_a_column_that_is_not_looked_at_contributes_nothing(n_columns: int, exact: bool, seed: int) -> None:
    plan = plan_for(n_columns, 5, 10**6 if exact else 1, np.random.default_rng(seed))
    found = shapley_values(
        wild(seed, n_columns), made(2, n_columns, seed), made(5, n_columns, seed + 1), plan
    )
    assert np.abs(found.contributions[:, -1]).max() < 1e-12


def test_equal_columns_contribute_equally() -> None:
    plan = plan_for(3, 4, 10**6, np.random.default_rng(0))
    background = made(4, 1, 1)
    frame, behind = (pd.DataFrame(dict.fromkeys("abc", one["x0"])) for one in (made(2, 1, 0), background))
    found = shapley_values(lambda some: some.to_numpy().prod(axis=1), frame, behind, plan)
    assert found.contributions[:, 0] == pytest.approx(found.contributions[:, 1])
    assert found.errors.max() == 0


def test_a_plan_keeps_to_what_may_be_asked() -> None:
    chance = np.random.default_rng(0)
    many = plan_for(30, 50, 150_000, chance)
    assert not many.is_exact
    assert len(many.masks) * 50 <= 160_000
    assert plan_for(10, 100, 150_000, chance).is_exact
    assert len(plan_for(1, 10, 1, chance).masks) >= 1, "one column at the least"

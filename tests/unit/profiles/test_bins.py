"""A number's bin by the grid is the bin that a search finds, wherever edges lie."""

from math import nextafter

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.profiles.aggregates import score_bin
from core.profiles.bins import Binning

ordinary = st.floats(-1e6, 1e6, allow_nan=False)
any_number = st.floats(-1e150, 1e150, allow_nan=False)


def check(edges: list[float], numbers: list[float]) -> None:
    values = np.array(numbers, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        assert Binning(edges).of(values).tolist() == np.searchsorted(np.array(edges), values).tolist()


@given(st.lists(ordinary, max_size=80, unique=True), st.lists(any_number, max_size=50))
def test_every_number_lies_where_a_search_finds_it(edges: list[float], numbers: list[float]) -> None:
    edges = sorted(edges)
    near = [nextafter(edge, to) for edge in edges for to in (-np.inf, np.inf)]
    check(edges, [*numbers, *edges, *near])


@pytest.mark.parametrize(
    "edges",
    [
        [],
        [3.0],
        [nextafter(0.0, -1.0), 0.0],
        [nextafter(1e150, 0), 1e150],
        [nextafter(7.0, 0), 7.0, nextafter(7.0, 9), 8.0, 1e9],
        [*(1 + i * 1e-12 for i in range(50)), 1e12],
        [float(i) for i in range(64)],
        sorted(np.random.default_rng(0).lognormal(0, 3, 200).tolist()),
    ],
)
def test_edges_of_any_spacing(edges: list[float]) -> None:
    near = [nextafter(edge, to) for edge in edges for to in (-np.inf, np.inf)]
    check(edges, [*edges, *near, -1e150, 1e150, 0.0, -0.0, 5e-324])


@pytest.mark.parametrize(
    "edges",
    [
        [i / 100 for i in range(101)],
        [-2.5, *(i / 7 for i in range(40))],
        sorted(np.random.default_rng(1).lognormal(0, 1, 200).tolist()),
    ],
)
def test_sql_finds_the_same_bins(edges: list[float]) -> None:
    near = [nextafter(edge, to) for edge in edges for to in (-np.inf, np.inf)]
    numbers = [*edges, *near, -1e150, 1e150, 0.0, np.inf, -np.inf, np.nan]
    sql = score_bin("x", edges)
    assert "list_extract" in sql
    texts = [*map(repr, map(float, numbers)), None]
    found = duckdb.execute(f"SELECT {sql} FROM (SELECT unnest($x::VARCHAR[])::DOUBLE AS x)", {"x": texts})
    expected = np.searchsorted(np.array(edges), np.array(numbers)).tolist()
    assert [place for (place,) in found.fetchall()] == [*expected, -1]


def test_lumps_have_a_grid_too() -> None:
    edges = [nextafter(0.0, -1.0), 0.0, nextafter(1.0, 0.0), 1.0, 2.5, 40.0]
    assert Binning(edges)._grid is not None


def test_a_finer_grid_spares_numbers_a_second_look() -> None:
    skewed = Binning(tuple(np.exp(np.linspace(-3.0, 3.0, 64)).tolist()))
    assert len(skewed._inside) == 1

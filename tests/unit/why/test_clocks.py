"""Columns that merely tell the time: found in the reference's own windows, left out of the search."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.why.clocks import MOST_PAIRS, NEARLY_ALL, distances
from tests.loans import SPEC, rows

DATED = SPEC.replace("numeric: [income]", "numeric: [income, week]").replace(
    "categorical: [channel]", "categorical: [channel, batch, weekday]"
)


def dated(day: int, n_days: int, **more: float) -> pa.Table:
    """Loans with a week's number, a batch that changes daily, and the day of the week."""
    table = rows(day, n_days, **more)
    days = np.repeat(np.arange(day, day + n_days), table.num_rows // n_days)
    for name, values in (
        ("week", pa.array((days + 28) // 7, pa.float64())),
        ("batch", pa.array([f"batch {one}" for one in days])),
        ("weekday", pa.array([f"day {one % 7}" for one in days])),
    ):
        table = table.append_column(name, values)
    return table


@pytest.fixture
def explained(trimtab, file):
    trimtab.watch(DATED, reference=file(dated(-28, 28)))
    trimtab.ingest("loans", file(dated(0, 2, shift=1.5)), kind="predictions")
    trimtab.monitor("loans")
    return trimtab.change("loans", metric="accuracy")


def test_what_tells_the_time_is_left_out_and_named(trimtab, explained) -> None:
    assert explained.left_out == ("week", "batch", "weekday")
    assert {one.column for one in explained.columns} == {"income", "channel", "sex"}
    assert "Not searched: week, batch, weekday, which merely tell the time" in explained.time_note


def test_what_shifts_from_window_to_window_is_no_cause_but_is_searched(trimtab, file) -> None:
    """Two days' labels of a season that swings: the mix of temperatures is another than the month's."""
    spec = SPEC.replace("numeric: [income]", "numeric: [income, warmth]")

    def warm(day: int, n_days: int, **more: float) -> pa.Table:
        table = rows(day, n_days, **more)
        days = np.repeat(np.arange(day, day + n_days), table.num_rows // n_days)
        chance = np.random.default_rng(5).normal(0, 1, table.num_rows)
        return table.append_column("warmth", pa.array(2 * np.cos(2 * np.pi * days / 28) + chance))

    trimtab.watch(spec, reference=file(warm(-28, 28)))
    trimtab.ingest("loans", file(warm(0, 2, shift=1.5)), kind="predictions")
    trimtab.monitor("loans")
    found = trimtab.change("loans", metric="accuracy")
    assert (found.left_out, found.shifting) == ((), ("warmth",))
    assert "No cause by mix: warmth, which shifts from window to window" in found.time_note
    assert "warmth" in {one.column for one in found.columns}
    assert "warmth" not in found.sentence
    assert trimtab.change("loans", metric="accuracy", by=("warmth",)).shifting == ()


def test_a_column_that_is_asked_for_is_searched(trimtab, explained) -> None:
    found = trimtab.change("loans", metric="accuracy", by=("batch",))
    assert found.left_out == ("week", "weekday")
    assert found.split.by == ("batch",)


def test_where_nothing_else_is_left_everything_is_searched(trimtab, file) -> None:
    spec = SPEC.replace("numeric: [income]", "numeric: []").replace("[channel]", "[batch]")
    trimtab.watch(spec.replace("sensitive: [sex]\n", ""), reference=file(dated(-28, 28)))
    trimtab.ingest("loans", file(dated(0, 2, shift=1.5)), kind="predictions")
    trimtab.monitor("loans")
    found = trimtab.change("loans", metric="accuracy")
    assert (found.left_out, found.shifting) == ((), ("batch",))
    assert [one.column for one in found.columns] == ["batch"]


def test_few_rows_of_many_values_do_not_look_like_time() -> None:
    """40 rows a window over 64 bins share few bins by chance alone."""
    chance = np.random.default_rng(3)
    counts = chance.multinomial(40, np.full(64, 1 / 64), size=30).astype(np.float64)
    plain = np.abs(counts[0] - counts[1]).sum() / 80
    assert plain > 0.4
    assert np.median(distances(counts)) < 0.1


def test_a_column_that_changed_once_or_swings_with_the_seasons_tells_no_time() -> None:
    once = np.array([[400.0, 0.0]] * 20 + [[0.0, 400.0]] * 20)
    assert np.mean(distances(once) >= NEARLY_ALL) < MOST_PAIRS
    chance = np.random.default_rng(4)
    middles = 12 + 9 * np.cos(2 * np.pi * np.arange(60) / 60)
    swings = [np.histogram(chance.normal(one, 3.5, 900), np.linspace(-10, 35, 60))[0] for one in middles]
    assert np.mean(distances(np.array(swings, dtype=np.float64)) >= NEARLY_ALL) < 0.5


def test_windows_with_hardly_a_value_are_left_out() -> None:
    assert distances(np.array([[9.0, 0.0], [0.0, 50.0], [50.0, 0.0]])).round(3).tolist() == [1.0]
    assert len(distances(np.array([[50.0, 50.0]]))) == 0
    assert len(distances(np.zeros((4, 3)))) == 0


@given(
    st.lists(st.lists(st.integers(0, 500), min_size=3, max_size=3), min_size=1, max_size=6),
    st.permutations(range(3)),
)
def test_a_distance_lies_between_0_and_1_whatever_the_order_of_the_bins(
    counts: list[list[int]], order: list[int]
) -> None:
    table = np.array(counts, dtype=np.float64)
    found = distances(table)
    assert np.all((found >= 0) & (found <= 1))
    assert distances(table[:, order]) == pytest.approx(found)

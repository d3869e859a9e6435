"""Profiles add up: in any order and grouping, parts are the whole."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import ClassCells
from core.domain import Task
from core.profiles.merge import merge, merge_all, merge_moments
from core.store import AnalyticsStore
from tests.property.windowed import KINDS, Windowed, assert_same

Made = Callable[[Task], Windowed]


@pytest.fixture(scope="module")
def windowed() -> Iterator[Made]:
    """A model of each kind, each in a store of its own."""
    stores = []

    @cache
    def made(task: Task) -> Windowed:
        store = AnalyticsStore.open(None)
        writing = store.writing()
        stores.append((store, writing))
        return Windowed(writing.__enter__(), task)

    yield made
    for store, writing in stores:
        writing.__exit__(None, None, None)
        store.close()


@pytest.mark.parametrize("task", list(Task))
@settings(max_examples=20)
@given(data=st.data())
def test_the_parts_are_the_whole(windowed: Made, task: Task, data: st.DataObject) -> None:
    rows = data.draw(KINDS[task].rows)
    parts = windowed(task).profiles(rows)
    (whole,) = windowed(task).profiles(rows, together=True)
    assert_same(merge_all(parts), whole)


@pytest.mark.parametrize("task", list(Task))
@settings(max_examples=12)
@given(data=st.data())
def test_order_and_grouping_do_not_matter(windowed: Made, task: Task, data: st.DataObject) -> None:
    parts = windowed(task).profiles(data.draw(KINDS[task].rows))
    a, b, c = parts[0], parts[len(parts) // 2], parts[-1]
    assert_same(merge(a, b), merge(b, a))
    assert merge(a, b).window == merge(b, a).window
    assert_same(merge(merge(a, b), c), merge(a, merge(b, c)))
    assert_same(merge_all((a, b, c)), merge(merge(a, b), c))


def test_every_row_counts_once_for_every_class(windowed: Made) -> None:
    rows = [
        {"hour": 0, "of a": 0.5, "of b": 0.3, "of c": 0.2, "prediction": "a", "label": "a"},
        {"hour": 1, "of a": 0.5, "of b": None, "of c": 0.2, "prediction": "a", "label": "a"},
        {"hour": 2, "of a": 0.1, "of b": 0.8, "of c": 0.1, "prediction": "b", "label": "unscored"},
    ]
    (profile,) = windowed(Task.MULTICLASS).profiles(rows, together=True)
    cells = profile.class_scores
    assert isinstance(cells, ClassCells)
    assert sorted(zip(cells.scored, cells.is_label, cells.n, strict=True), key=repr) == [
        ("a", None, 1), ("a", True, 1), ("b", False, 1), ("b", None, 1), ("c", False, 1), ("c", None, 1),
    ]  # fmt: skip
    assert sum(cells.brier_total) == pytest.approx(0.25 + 0.09 + 0.04)


def test_moments_around_different_centres_do_not_add_up(windowed: Made) -> None:
    rows = [{"hour": 0, "x": 1.0, "kind": "a", "prediction": 1.0, "label": 2.0}]
    (profile,) = windowed(Task.REGRESSION).profiles(rows, together=True)
    assert profile.errors is not None
    moved = type(profile.errors)(**{**asdict(profile.errors), "centre": 99.0})
    with pytest.raises(ValueError, match="centres"):
        merge_moments([profile.errors, moved])

"""The scores of several classes add up too: in any order and grouping, parts are the whole."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.cells import ClassCells
from core.domain import Profile, Reference, Task
from core.profiles.build import PROFILE_TABLES
from core.profiles.merge import merge, merge_all
from core.store import AnalyticsStore, Cursor
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

SPEC = a_spec(
    task=Task.MULTICLASS, numeric=(), categorical=(), scores={"a": "of a", "b": "of b", "c": "of c"}
)
N_WINDOWS = 4
SCORE = st.one_of(st.none(), st.floats(0, 1))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "hour": st.integers(0, 24 * N_WINDOWS - 1),
            "of a": SCORE,
            "of b": SCORE,
            "of c": SCORE,
            "prediction": st.sampled_from(["a", "b", "c", "unknown", None]),
            "label": st.sampled_from(["a", "b", "c", "unscored", None]),
        }
    ),
    min_size=1,
    max_size=60,
)


class Windowed:
    """One model whose rows are replaced for every example."""

    def __init__(self, cursor: Cursor) -> None:
        self.stream = Stream(cursor, SPEC)
        raw = chance().dirichlet((2.0, 1.0, 1.0), 300)
        self.stream.add_reference(
            moments(300, start=START - 4 * DAY, over=4 * DAY),
            **{"of a": raw[:, 0], "of b": raw[:, 1], "of c": raw[:, 2]},
            prediction=[("a", "b", "c")[k] for k in raw.argmax(axis=1)],
            label=[("a", "b", "c")[i % 3] for i in range(300)],
        )
        self.reference: Reference = self.stream.pin()
        self.stream.start()

    def profiles(self, rows: list[dict[str, Any]], *, together: bool) -> list[Profile]:
        """Profile rows in windows of a day, or all in window 0."""
        made = self.stream
        for table in (made.layout.rows, made.layout.labels, *PROFILE_TABLES):
            made.cursor.execute(f"DELETE FROM {table}")
        hours = [0 if together else row["hour"] for row in rows]
        columns = {name: [row[name] for row in rows] for name in rows[0] if name not in {"hour", "label"}}
        ids = made.add([START + timedelta(hours=hour) for hour in hours], **columns)
        labelled = [(i, row["label"]) for i, row in zip(ids, rows, strict=True) if row["label"] is not None]
        if labelled:
            made.label([i for i, _ in labelled], [label for _, label in labelled])
        return [profile for profile in made.run(self.reference) if profile.n]


@pytest.fixture(scope="module")
def windowed() -> Iterator[Windowed]:
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        yield Windowed(cursor)
    store.close()


def content(profile: Profile) -> dict[tuple[object, ...], tuple[object, ...]]:
    """What the cells say, sums to rounding, whatever their order."""
    cells = profile.class_scores
    if cells is None:
        return {}
    sums = zip(
        cells.score_total, cells.score_squares, cells.brier_total, cells.brier_squares,
        cells.log_total, cells.log_squares, strict=True,
    )  # fmt: skip
    keys = zip(cells.scored, cells.score_bin, cells.is_label, cells.prediction, strict=True)
    return {
        key: (n, *(pytest.approx(one, rel=1e-9, abs=1e-9) for one in own))
        for key, n, own in zip(keys, cells.n, sums, strict=True)
    }


@settings(max_examples=20)
@given(rows=ROWS)
def test_the_parts_are_the_whole(windowed: Windowed, rows: list[dict[str, Any]]) -> None:
    parts = windowed.profiles(rows, together=False)
    (whole,) = windowed.profiles(rows, together=True)
    assert content(merge_all(parts)) == content(whole)


@settings(max_examples=15)
@given(rows=ROWS)
def test_order_and_grouping_do_not_matter(windowed: Windowed, rows: list[dict[str, Any]]) -> None:
    parts = windowed.profiles(rows, together=False)
    a, b, c = parts[0], parts[len(parts) // 2], parts[-1]
    assert content(merge(a, b)) == content(merge(b, a))
    assert content(merge(merge(a, b), c)) == content(merge(a, merge(b, c)))


def test_every_row_counts_once_for_every_class(windowed: Windowed) -> None:
    rows = [
        {"hour": 0, "of a": 0.5, "of b": 0.3, "of c": 0.2, "prediction": "a", "label": "a"},
        {"hour": 1, "of a": 0.5, "of b": None, "of c": 0.2, "prediction": "a", "label": "a"},
        {"hour": 2, "of a": 0.1, "of b": 0.8, "of c": 0.1, "prediction": "b", "label": "unscored"},
    ]
    (profile,) = windowed.profiles(rows, together=True)
    cells = profile.class_scores
    assert isinstance(cells, ClassCells)
    assert sorted(zip(cells.scored, cells.is_label, cells.n, strict=True), key=repr) == [
        ("a", None, 1), ("a", True, 1), ("b", False, 1), ("b", None, 1), ("c", False, 1), ("c", None, 1),
    ]  # fmt: skip
    assert sum(cells.brier_total) == pytest.approx(0.25 + 0.09 + 0.04)

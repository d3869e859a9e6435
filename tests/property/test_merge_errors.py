"""What is kept of a regression model's errors adds up too: in any order and grouping, parts are the whole."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Profile, Task
from core.profiles.build import PROFILE_TABLES
from core.profiles.merge import merge, merge_all, merge_moments
from core.store import AnalyticsStore, Cursor
from core.watch import pin_reference
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

SPEC = a_spec(task=Task.REGRESSION, numeric=("x",), categorical=("kind",))
N_WINDOWS = 4
NUMBER = st.one_of(st.none(), st.floats(-1e3, 1e3))
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "hour": st.integers(0, 24 * N_WINDOWS - 1),
            "x": NUMBER,
            "kind": st.sampled_from(["a", "b", "new", None]),
            "prediction": NUMBER,
            "label": NUMBER,
        }
    ),
    min_size=1,
    max_size=60,
)


class Windowed:
    """One model whose rows are replaced for every example."""

    def __init__(self, cursor: Cursor) -> None:
        self.stream = Stream(cursor, SPEC)
        rng = chance()
        x = rng.normal(size=400)
        self.stream.add_reference(
            moments(400, start=START - 4 * DAY, over=4 * DAY),
            x=x,
            kind=rng.choice(["a", "b"], 400),
            prediction=x,
            label=x * (1 + rng.normal(size=400)),
        )
        self.reference = pin_reference(cursor, self.stream.layout, SPEC, now=START)
        assert self.reference.fitted.trees
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


def content(profile: Profile) -> list[Any]:
    """What moments and leaves say, sums to rounding."""
    errors, leaves = profile.errors, profile.leaves
    assert leaves is not None
    sums = zip(leaves.error_absolute, leaves.error_squares, leaves.error_fourths, strict=True)
    keys = zip(leaves.tree, leaves.leaf, leaves.n, leaves.n_labelled, strict=True)
    return [
        None if errors is None else {name: pytest.approx(v, rel=1e-9) for name, v in asdict(errors).items()},
        {key: [pytest.approx(one, rel=1e-9) for one in own] for key, own in zip(keys, sums, strict=True)},
    ]


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


def test_moments_around_different_centres_do_not_add_up(windowed: Windowed) -> None:
    rows = [{"hour": 0, "x": 1.0, "kind": "a", "prediction": 1.0, "label": 2.0}]
    (profile,) = windowed.profiles(rows, together=True)
    assert profile.errors is not None
    moved = type(profile.errors)(**{**asdict(profile.errors), "centre": 99.0})
    with pytest.raises(ValueError, match="centres"):
        merge_moments([profile.errors, moved])

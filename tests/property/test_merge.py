"""Profiles add up: in any order and grouping, parts are the whole."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Profile, Reference
from core.profiles.build import PROFILE_TABLES
from core.profiles.merge import merge, merge_all
from core.store import AnalyticsStore, Cursor
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

SPEC = a_spec(numeric=("amount", "steps"), categorical=("plan",), sensitive=("sex",))
N_WINDOWS = 4

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "hour": st.integers(0, 24 * N_WINDOWS - 1),
            "amount": st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True, width=32)),
            "steps": st.one_of(st.none(), st.integers(-3, 12)),
            "plan": st.sampled_from(["a", "b", "new", "other", None]),
            "score": st.one_of(st.none(), st.floats(0, 1)),
            "prediction": st.sampled_from(["0", "1", None]),
            "label": st.sampled_from(["0", "1", None]),
            "sex_group": st.sampled_from(["f", "m", None]),
            "status": st.sampled_from(["ok", "failed", None]),
            "latency_ms": st.one_of(st.none(), st.floats(0, 1e6)),
        }
    ),
    min_size=1,
    max_size=60,
)


class Windowed:
    """One model whose rows are replaced for every example: making tables is what takes time."""

    def __init__(self, cursor: Cursor) -> None:
        self.stream = Stream(cursor, SPEC)
        rng = chance()
        self.stream.add_reference(
            moments(400, start=START - 4 * DAY, over=4 * DAY),
            amount=rng.normal(size=400) * 100,
            steps=rng.integers(0, 10, 400),
            plan=rng.choice(["a", "b"], 400),
            score=rng.random(400),
            prediction=rng.choice(["0", "1"], 400),
            label=rng.choice(["0", "1"], 400),
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


def content(profile: Profile) -> list[Any]:
    """What a profile says, sums to rounding, whatever the order of its cells."""
    cells = profile.outcomes
    assert cells is not None
    columns = [[name, p] for part in (profile.numeric, profile.scores) for name, p in sorted(part.items())]
    return [
        (profile.n, profile.n_labelled, profile.n_errors),
        [(name, p.n, p.n_null, p.n_nonfinite, p.low, p.high, p.counts) for name, p in columns],
        [pytest.approx(p.total, rel=1e-12, abs=1e-9) for _, p in columns],
        [pytest.approx(p.total_squares, rel=1e-12, abs=1e-9) for _, p in columns],
        {name: (p.n, p.n_null, p.counts, p.n_other, dict(p.new)) for name, p in profile.categorical.items()},
        profile.predictions,
        profile.labels,
        profile.latency and profile.latency.counts,
        {
            key: (n, known, pytest.approx(total), pytest.approx(squares))
            for *key_, n, known, total, squares in zip(
                cells.groups, cells.label, cells.prediction, cells.score_bin,
                cells.n, cells.n_labelled, cells.score_total, cells.score_squares, strict=True,
            )
            for key in (tuple(key_),)
        },
    ]  # fmt: skip


@settings(max_examples=25)
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
    assert merge(a, b).window == merge(b, a).window
    assert content(merge(merge(a, b), c)) == content(merge(a, merge(b, c)))
    assert content(merge_all((a, b, c))) == content(merge(merge(a, b), c))

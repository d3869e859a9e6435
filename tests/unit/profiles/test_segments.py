"""Profiles of segments: the rows that belong to them, counted as if there were no others."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.domain import ALL_ROWS, Profile, Segment, Task
from core.profiles.merge import merge_all
from core.profiles.segments import cuts_of
from core.spec import MonitorSpec, SegmentColumn
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]
REGION = (SegmentColumn(column="plan"),)
AMOUNT = (SegmentColumn(column="amount", at=(0.0, 100.0)),)
BRANCH = (SegmentColumn(column="branch"),)
N = 1200


def segmented(stream: Make, *segments: tuple[SegmentColumn, ...], **more: object) -> Stream:
    """A stream with a pinned reference of 1,200 rows over three days, in plans of 60, 30 and 10 %."""
    spec = replace(a_spec(**more), segments=segments)
    made = stream(spec)
    made.add_reference(moments(N, start=START - 3 * DAY, over=3 * DAY), **columns(N, 1))
    made.start()
    return made


def columns(n: int, seed: int, **more: object) -> dict[str, object]:
    rng = chance(seed)
    found: dict[str, object] = {
        "amount": rng.normal(50, 60, n),
        "plan": rng.choice(["a", "b", "rare"], n, p=[0.65, 0.3, 0.05]),
        "score": rng.random(n),
        "prediction": rng.choice(["0", "1"], n),
        "status": rng.choice(["ok", "failed"], n, p=[0.9, 0.1]),
        "latency_ms": rng.random(n) * 100,
    }
    return {**found, **more}


def of(profiles: list[Profile], segment: Segment, index: int | None = 0) -> Profile:
    (found,) = [one for one in profiles if one.segment == segment and one.window.index == index]
    return found


def test_values_with_enough_rows_are_segments_the_rest_is_other(stream):
    made = segmented(stream, REGION)
    made.pin()
    (cut,) = cuts_of(made.cursor, made.layout, made.spec)
    assert [(one.segment.as_dict()["plan"], one.expected) for one in cut.named] == [
        ("a", True), ("b", True), ("(other)", False), ("(missing)", False),
    ]  # fmt: skip


def test_ranges_hold_their_lower_end_and_nulls_are_apart(stream):
    made = segmented(stream, AMOUNT)
    pinned = made.pin()
    given = columns(6, 2, amount=[-1.0, 0.0, 99.9, 100.0, None, float("nan")])
    made.add(moments(6), **given)
    profiles = made.run(pinned)
    counted = {one.segment.as_dict()["amount"]: one.n for one in profiles if one.segment.pairs}
    assert counted == {"below 0": 1, "0 to 100": 2, "from 100": 1, "(missing)": 2}


def test_the_segments_of_a_column_add_up_to_all_rows(stream):
    made = segmented(stream, REGION, AMOUNT, sensitive=("sex",))
    pinned = made.pin()
    ids = made.add(moments(900, over=2 * DAY), **columns(900, 3), sex_group=["f", "m"] * 450)
    made.label(ids[:500], ["1", "0"] * 250)
    profiles = made.run(pinned)
    for index in (0, 1):
        for column in ("plan", "amount"):
            parts = [
                one
                for one in profiles
                if one.window.index == index and [name for name, _ in one.segment.pairs] == [column]
            ]
            whole, both = of(profiles, ALL_ROWS, index), merge_all(parts)
            assert (both.n, both.n_labelled, both.n_errors) == (whole.n, whole.n_labelled, whole.n_errors)
            assert both.numeric["amount"].counts == whole.numeric["amount"].counts
            assert both.categorical["plan"].counts == whole.categorical["plan"].counts
            assert both.predictions == whole.predictions
            assert both.labels == whole.labels
            assert both.scores["score"].counts == whole.scores["score"].counts
            assert both.latency is not None
            assert whole.latency is not None
            assert both.latency.counts == whole.latency.counts
            assert sum(both.outcomes.n) == sum(whole.outcomes.n)
            assert np.isclose(sum(both.outcomes.score_total), sum(whole.outcomes.score_total))


def test_a_segment_is_profiled_as_its_rows_alone_would_be(stream):
    made = segmented(stream, REGION)
    pinned = made.pin()
    given = columns(700, 4)
    made.add(moments(700), **given)
    found = of(made.run(pinned), Segment.of({"plan": "b"}))
    kept = np.asarray(given["plan"]) == "b"
    amounts = np.asarray(given["amount"])[kept]
    assert found.n == kept.sum()
    assert found.numeric["amount"].total == pytest.approx(amounts.sum())
    assert found.numeric["amount"].low == amounts.min()
    assert found.predictions.counts == tuple(
        (np.asarray(given["prediction"])[kept] == name).sum() for name in pinned.categories["\x00prediction"]
    )


def test_the_reference_has_its_segments_with_windows_of_their_own(stream):
    made = segmented(stream, REGION)
    pinned = made.pin()
    own = pinned.segments[Segment.of({"plan": "a"})]
    assert (
        own.profile.n
        + sum(one.profile.n for segment, one in pinned.segments.items() if segment != own.profile.segment)
        == N
    )
    assert len(own.windows) == len(pinned.windows) == 3
    assert sum(one.n for one in own.windows) == own.profile.n
    assert own.edges == pinned.edges


def test_an_expected_segment_without_rows_has_an_empty_profile(stream):
    made = segmented(stream, REGION)
    pinned = made.pin()
    made.add(moments(50), **columns(50, 5, plan=["a"] * 50))
    profiles = made.run(pinned)
    assert of(profiles, Segment.of({"plan": "b"})).n == 0
    assert {str(one.segment) for one in profiles} == {"all rows", "plan = a", "plan = b"}


def test_what_the_reference_never_had_is_other(stream):
    made = segmented(stream, REGION)
    pinned = made.pin()
    made.add(moments(20), **columns(20, 6, plan=["new"] * 12 + [None] * 8))
    profiles = made.run(pinned)
    assert of(profiles, Segment.of({"plan": "(other)"})).n == 12
    assert of(profiles, Segment.of({"plan": "(missing)"})).n == 8


def test_a_column_that_is_no_feature_cuts_too_also_crossed(stream):
    made = segmented(stream, BRANCH, (*REGION, *BRANCH))
    branches = ["north", "south"]
    made.cursor.execute(f"UPDATE {made.layout.reference} SET s0 = 'north'")
    pinned = made.pin()
    made.add(moments(40), **columns(40, 7, plan=["a"] * 40), branch_group=branches * 20)
    profiles = made.run(pinned)
    assert of(profiles, Segment.of({"branch": "north"})).n == 20
    assert of(profiles, Segment.of({"branch": "(other)"})).n == 20
    assert of(profiles, Segment.of({"branch": "north", "plan": "a"})).n == 20
    # The reference has no such pair: it has no profile, its rows are in the single columns' ones.
    assert not [one for one in profiles if one.segment == Segment.of({"branch": "(other)", "plan": "a"})]


def test_without_segments_nothing_is_counted_twice(stream):
    made = segmented(stream)
    pinned = made.pin()
    made.add(moments(50), **columns(50, 8))
    assert [one.segment for one in made.run(pinned)] == [ALL_ROWS]
    assert pinned.segments == {}


def test_regression_has_segments_too(stream):
    spec = replace(a_spec(task=Task.REGRESSION), segments=(REGION,))
    made = stream(spec)
    rng = chance(9)
    made.add_reference(
        moments(600, start=START - DAY), amount=rng.normal(size=600), plan=["a", "b"] * 300,
        prediction=rng.normal(size=600), label=rng.normal(size=600),
    )  # fmt: skip
    made.start()
    pinned = made.pin()
    ids = made.add(moments(100), amount=rng.normal(size=100), plan=["a", "b"] * 50, prediction=[1.0] * 100)
    made.label(ids, [0.5, 3.0] * 50)
    profiles = made.run(pinned)
    first, second = (of(profiles, Segment.of({"plan": plan})) for plan in "ab")
    assert sum(first.outcomes.error_total) == pytest.approx(25.0)
    assert sum(second.outcomes.error_total) == pytest.approx(-100.0)
    assert second.labels.total == pytest.approx(150.0)

"""Rows come back as they were sent."""

from collections.abc import Callable
from math import inf, isnan, nan

import numpy as np

from core.domain import Task
from core.profiles import windows
from core.profiles.rows import Rows, read_reference_rows, read_rows
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, moments

Make = Callable[[MonitorSpec], Stream]


def read(made: Stream, index: int | None, version: str | None = None) -> Rows:
    state = windows.read_state(made.cursor, made.layout.key)
    return read_rows(made.cursor, made.layout, made.spec, state, index, version)


def test_a_window_is_read_in_order_with_nulls_and_infinities(stream: Make) -> None:
    made = stream(a_spec(sensitive=("sex",)))
    made.start()
    ids = made.add(
        [START + DAY / 2, START, START + DAY, START - DAY],
        amount=[inf, nan, 1.0, 2.0],
        plan=["a", None, "b", "c"],
        score=[0.5, None, 0.1, 0.2],
        prediction=["1", "0", "1", "1"],
        latency_ms=[1.0, None, 2.0, 3.0],
        sex_group=["f", None, "f", "m"],
        version=["1", "2", "1", "1"],
    )
    made.label(ids[:1], ["0"])
    made.label(ids[:1], ["1"])
    rows = read(made, 0)
    assert rows.n == 2
    assert isnan(rows.numeric["amount"][0])
    assert rows.numeric["amount"][1] == inf
    assert rows.categorical["plan"].tolist() == [None, "a"]
    assert isnan(rows.scores["score"][0])
    assert rows.prediction is not None
    assert rows.prediction.tolist() == ["0", "1"]
    assert rows.label is not None
    assert rows.label.tolist() == [None, "1"]
    assert rows.groups["sex"].tolist() == ["(missing)", "f"]
    assert rows.latency_ms is not None
    assert rows.latency_ms.dtype == np.float64
    assert read(made, 0, "2").n == 1
    assert read(made, None).n == 4
    assert read(made, 7).n == 0


def test_row_windows_hold_the_rows_that_their_profiles_count(stream: Make) -> None:
    made = stream(a_spec(rows=4))
    made.start()
    made.add(moments(10)[::-1], amount=range(10))
    for profile in made.run():
        rows = read(made, profile.window.index)
        assert rows.n == profile.n
        assert rows.numeric["amount"].sum() == profile.numeric["amount"].total


def test_roles_that_are_absent_are_none(stream: Make) -> None:
    made = stream(a_spec(prediction=None, label=None, latency_ms=None, scores={}))
    made.start()
    made.add(moments(2))
    rows = read(made, 0)
    assert (rows.prediction, rows.label, rows.latency_ms, dict(rows.scores)) == (None, None, None, {})


def test_the_reference_brings_its_labels(stream: Make) -> None:
    made = stream(a_spec(task=Task.REGRESSION))
    made.add_reference(moments(3), prediction=[1.0, 2.0, None], label=[3.0, None, 4.0])
    rows = read_reference_rows(made.cursor, made.layout, made.spec)
    assert rows.label is not None
    assert np.isnan(rows.label.astype(float)).tolist() == [False, True, False]


def test_groups_are_pooled_as_in_profiles(stream: Make) -> None:
    made = stream(a_spec(sensitive=("country",)))
    made.start()
    countries = [f"k{i}" for i in range(25)]
    made.add(moments(25), country_group=countries, score=[0.5] * 25)
    (profile,) = made.run()
    assert profile.outcomes is not None
    groups = read(made, 0).groups["country"].tolist()
    assert groups.count("(other)") == 5
    assert {(group,) for group in groups} == set(profile.outcomes.groups)

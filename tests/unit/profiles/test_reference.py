"""What is pinned, and on which edges."""

from collections.abc import Callable
from datetime import timedelta
from math import inf, nextafter

import numpy as np
import pytest

from core.domain import CategoricalProfile, Task
from core.profiles import reference
from core.profiles.edges import UNIFORM
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, NOW, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]
HOUR = timedelta(hours=1)


def test_none_is_pinned_at_first(stream: Make) -> None:
    assert reference.load(stream(a_spec()).cursor, "none") is None


def test_what_is_pinned_is_what_is_loaded(stream: Make) -> None:
    made = stream(a_spec(sensitive=("sex",)))
    rng = chance()
    made.add_reference(
        moments(300, start=START - 3 * DAY, over=3 * DAY),
        amount=rng.normal(size=300),
        plan=rng.choice(["a", "b"], 300),
        score=rng.random(300),
        prediction=["1"] * 300,
        label=["0"] * 300,
        sex_group=["f"] * 300,
    )
    pinned = made.pin()
    assert pinned == reference.load(made.cursor, made.layout.key)
    assert pinned.pinned_at == NOW
    assert (pinned.start, pinned.profile.n) == (START - 3 * DAY, 300)
    assert [(p.window.index, p.n) for p in pinned.windows] == [(-3, 100), (-2, 100), (-1, 100)]
    assert pinned.profile.window.index is None
    assert pinned.profile.n_labelled == 300
    assert pinned.digest == made.pin().digest


def test_pinning_again_makes_every_window_due(stream: Make) -> None:
    made = stream(a_spec())
    made.start()
    made.add(moments(4, over=2 * DAY), amount=[1.0] * 4)
    made.add_reference(moments(4, start=START - DAY), amount=[1.0, 2.0, 3.0, 4.0])
    pinned = made.pin()
    made.run(pinned)
    assert made.due() == []
    made.add_reference([START - HOUR], amount=[5.0])
    other = made.pin()
    assert other.digest != pinned.digest
    assert made.due() == [0, 1]
    assert [len(p.numeric["amount"].counts) for p in made.run(other)] == [7, 7]


def test_a_reference_without_rows_is_empty(stream: Make) -> None:
    pinned = stream(a_spec()).pin()
    assert (pinned.profile.n, pinned.windows, pinned.start) == (0, (), None)
    assert pinned.edges["score"] == UNIFORM
    assert pinned.categories["plan"] == ()


def test_a_leading_period_ends_where_it_was_said_to(stream: Make) -> None:
    made = stream(a_spec(first=3 * DAY))
    made.add_reference([START, START + HOUR, START + DAY + HOUR, START + 2 * DAY + HOUR])
    pinned = made.pin()
    assert (pinned.start, pinned.end) == (START, START + 3 * DAY)
    assert [p.n for p in pinned.windows] == [2, 1, 1]


def test_the_last_day_of_a_file_counts_though_its_last_row_is_before_midnight(stream: Make) -> None:
    made = stream(a_spec())
    made.add_reference(moments(48, over=2 * DAY))
    assert [p.n for p in made.pin().windows] == [24, 24]
    short = moments(48, over=2 * DAY)[:40]
    made.cursor.execute(f"DELETE FROM {made.layout.reference}")
    made.add_reference(short)
    assert [p.n for p in made.pin().windows] == [24]


def test_days_without_rows_are_no_reference_windows(stream: Make) -> None:
    made = stream(a_spec())
    made.add_reference([START, START + HOUR, START + 3 * DAY + 23 * HOUR])
    assert [p.window.index for p in made.pin().windows] == [-4, -1]


def test_row_windows_of_the_reference_are_whole_ones(stream: Make) -> None:
    made = stream(a_spec(rows=10))
    at = moments(35)
    made.add_reference(at[::-1], amount=list(range(34, -1, -1)))
    pinned = made.pin()
    assert [(p.window.index, p.n) for p in pinned.windows] == [(-3, 10), (-2, 10), (-1, 10)]
    assert [p.numeric["amount"].low for p in pinned.windows] == [0, 10, 20]
    assert (pinned.windows[1].window.start, pinned.windows[1].window.end) == (at[10], at[19])


def test_the_outer_bins_are_outside_the_references_range(stream: Make) -> None:
    made = stream(a_spec(numeric=("amount", "steps", "lump")))
    rng = chance(1)
    amounts = rng.normal(size=5_000)
    lump = np.where(rng.random(5_000) < 0.3, 2.5, rng.random(5_000) * 5)
    made.add_reference(
        moments(5_000, start=START - DAY), amount=amounts, steps=rng.integers(0, 7, 5_000), lump=lump
    )
    pinned = made.pin()
    for name in ("amount", "steps", "lump"):
        counts, edges = pinned.profile.numeric[name].counts, pinned.edges[name]
        assert (counts[0], counts[-1]) == (0, 0)
        assert edges[0] == nextafter(pinned.profile.numeric[name].low or 0.0, -inf)
        assert edges[-1] == pinned.profile.numeric[name].high
        assert list(edges) == sorted(set(edges))
    assert pinned.edges["steps"][1:] == (0, 1, 2, 3, 4, 5, 6)
    assert 60 <= len(pinned.edges["amount"]) <= 66
    shares = np.array(pinned.profile.numeric["amount"].counts) / 5_000
    assert shares.max() <= 0.02 + 1e-9
    place = pinned.edges["lump"].index(2.5)
    assert pinned.profile.numeric["lump"].counts[place] == (lump == 2.5).sum()


def test_edges_of_targets_and_scores(stream: Make) -> None:
    made = stream(a_spec(task=Task.REGRESSION))
    rng = chance(2)
    made.add_reference(
        moments(900, start=START - DAY), prediction=rng.normal(size=900), label=rng.normal(size=900)
    )
    pinned = made.pin()
    assert set(pinned.edges) == {"amount", "\x00prediction", "\x00label"}
    assert set(pinned.categories) == {"plan"}


def test_classes_are_ordered_by_how_common_they_are(stream: Make) -> None:
    made = stream(a_spec(task=Task.MULTICLASS))
    made.add_reference(
        moments(6), prediction=["b", "b", "b", "a", "a", "c"], label=["c", "c", "b", None, "a", "a"]
    )
    pinned = made.pin()
    assert pinned.categories["\x00prediction"] == ("b", "a", "c")
    assert pinned.categories["\x00label"] == ("a", "c", "b")
    assert isinstance(pinned.profile.labels, CategoricalProfile)
    assert (pinned.profile.labels.counts, pinned.profile.labels.n_null) == ((2, 2, 1), 1)


def test_edges_of_a_huge_reference_come_from_a_sample(stream: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "_SAMPLE", 2_000)
    made = stream(a_spec())
    values = chance(4).normal(size=10_000)
    made.add_reference(moments(10_000, start=START - DAY), amount=values)
    pinned = made.pin()
    assert pinned.edges["amount"][-1] == values.max()
    shares = np.array(pinned.profile.numeric["amount"].counts) / 10_000
    assert shares.max() < 0.04
    assert pinned.profile.n == 10_000

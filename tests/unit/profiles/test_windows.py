"""Which windows exist and which are due."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from core.profiles import windows
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, NOW, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]
HOUR = timedelta(hours=1)


def test_a_model_without_rows_has_no_windows(stream: Make) -> None:
    made = stream(a_spec())
    assert made.plan() == windows.Plan(due=(), everything=())
    assert made.run() == []


def test_an_unknown_model_has_a_blank_state(stream: Make) -> None:
    made = stream(a_spec())
    assert windows.read_state(made.cursor, "none") == windows.State(origin=None, judged_arrival=0)


def test_time_windows_without_a_timestamp_are_none(stream: Make) -> None:
    made = stream(a_spec(timestamp=None))
    made.start()
    made.add([None])
    assert made.due() == []


class TestTimeWindows:
    def test_they_are_half_open_from_the_origin_on(self, stream: Make) -> None:
        made = stream(a_spec())
        made.start()
        microsecond = timedelta(microseconds=1)
        made.add([START - HOUR, START, START + DAY - microsecond, START + DAY])
        plan = made.plan()
        assert [(w.index, w.start, w.end) for w in plan.everything] == [
            (0, START, START + DAY),
            (1, START + DAY, START + 2 * DAY),
        ]
        assert [p.n for p in made.run()] == [2, 1]

    def test_they_close_by_the_newest_event_or_by_the_clock(self, stream: Make) -> None:
        made = stream(a_spec())
        made.start()
        made.add([START, START + DAY + HOUR])
        assert [w.closed for w in made.plan(NOW).everything] == [True, False]
        assert [w.closed for w in made.plan(START + 2 * DAY).everything] == [True, True]

    def test_only_touched_and_newly_closed_windows_are_due_again(self, stream: Make) -> None:
        made = stream(a_spec())
        made.start()
        ids = made.add(moments(50, over=5 * DAY))
        assert made.due() == [0, 1, 2, 3, 4]
        made.run()
        assert made.due() == []
        made.add([START + DAY + HOUR])
        assert made.due() == [1]
        made.run()
        made.label([ids[35]], ["1"])
        assert made.due() == [3]
        made.run()
        assert made.due(START + 6 * DAY) == [4]
        made.run(now=START + 6 * DAY)
        assert made.due(START + 7 * DAY) == []

    def test_empty_windows_between_are_due_once(self, stream: Make) -> None:
        made = stream(a_spec())
        made.start()
        made.add([START, START + 3 * DAY])
        assert [p.n for p in made.run()] == [1, 0, 0, 1]
        assert made.due() == []

    def test_a_long_silence_is_listed_only_in_part(self, stream: Make) -> None:
        made = stream(a_spec(every=HOUR))
        made.start()
        made.add([START + HOUR, START + 5_000 * DAY, START + 5_000 * DAY + 2 * HOUR])
        indexes = [w.index for w in made.plan().everything]
        last = 5_000 * 24
        assert indexes[:3] == [0, 1, 2]
        assert len(indexes) == 2 + windows.SILENCE + 3
        assert indexes[-3:] == [last, last + 1, last + 2]

    def test_windows_apart_are_profiled_alone(self, stream: Make) -> None:
        made = stream(a_spec())
        made.start()
        ids = made.add(moments(60, over=6 * DAY))
        made.run()
        made.label([ids[5], ids[45]], ["1", "0"])
        assert made.due() == [0, 4]
        assert [p.n_labelled for p in made.run()] == [1, 0, 0, 0, 1, 0]


def test_other_windows_replace_those_of_an_earlier_spec(stream: Make) -> None:
    made = stream(a_spec())
    made.start()
    made.add(moments(20, over=10 * DAY))
    assert len(made.run()) == 10
    made.spec = a_spec(rows=10)
    assert [p.n for p in made.run()] == [10, 10]
    made.spec = a_spec(every=5 * DAY)
    assert [(p.window.end, p.n) for p in made.run()] == [(START + 5 * DAY, 10), (START + 10 * DAY, 10)]


class TestRowWindows:
    def test_they_follow_event_time_then_arrival(self, stream: Make) -> None:
        made = stream(a_spec(rows=2, numeric=("amount",)))
        made.start()
        made.add(
            [START + 3 * HOUR, START + HOUR, START + HOUR, START + 2 * HOUR, START + 9 * HOUR, START - HOUR],
            amount=[3, 0, 1, 2, 9, -1],
        )
        first, second, third = made.run()
        assert [p.numeric["amount"].total for p in (first, second, third)] == [1, 5, 9]
        assert (first.window.start, first.window.end) == (START + HOUR, START + HOUR)
        assert (second.window.start, second.window.end) == (START + 2 * HOUR, START + 3 * HOUR)
        assert [p.window.closed for p in (first, second, third)] == [True, True, False]

    def test_a_late_row_shifts_all_later_windows(self, stream: Make) -> None:
        made = stream(a_spec(rows=10, numeric=("amount",)))
        made.start()
        made.add(moments(50), amount=range(50))
        made.run()
        assert made.due() == []
        # After row 24 in time: it stands in window 2.
        made.add([START + 24.5 * DAY / 50], amount=[24.5])
        assert made.due() == [2, 3, 4, 5]
        found = made.run()
        assert [p.n for p in found] == [10, 10, 10, 10, 10, 1]
        assert found[2].numeric["amount"].total == sum(range(20, 29)) + 24.5
        assert found[5].numeric["amount"].total == 49

    def test_a_row_at_the_same_time_as_others_stands_after_them(self, stream: Make) -> None:
        made = stream(a_spec(rows=2, numeric=("amount",)))
        made.start()
        made.add([START] * 5, amount=range(5))
        made.run()
        made.add([START], amount=[5])
        assert made.due() == [2]
        assert [p.numeric["amount"].total for p in made.run()] == [1, 5, 9]

    def test_a_label_touches_its_window_only(self, stream: Make) -> None:
        made = stream(a_spec(rows=10))
        made.start()
        ids = made.add(moments(45))
        made.run()
        made.label([ids[12], ids[44]], ["1", "1"])
        assert made.due() == [1, 4]
        assert [p.n_labelled for p in made.run()] == [0, 1, 0, 0, 1]

    def test_without_time_they_follow_arrival(self, stream: Make) -> None:
        made = stream(a_spec(rows=3, timestamp=None))
        made.add([None] * 7, amount=range(7))
        assert [p.numeric["amount"].total for p in made.run()] == [3, 12, 6]
        made.add([None], amount=[7])
        assert made.due() == [2]
        found = made.run()
        assert [p.numeric["amount"].total for p in found] == [3, 12, 13]
        assert found[0].window.start is None

    @pytest.mark.parametrize("seed", range(5))
    def test_piece_by_piece_comes_to_the_same_as_at_once(self, stream: Make, seed: int) -> None:
        rng = chance(seed)
        # Few different times, so that windows begin and end among rows of the same time.
        at = [START + int(i) * HOUR for i in rng.integers(0, 12, 120)]
        made = stream(a_spec(rows=7))
        made.start()
        cuts = [0, *sorted(rng.integers(0, 120, 6).tolist()), 120]
        found = []
        for first, last in pairwise(cuts):
            made.add(at[first:last], amount=list(range(first, last)))
            found = made.run()
        order = np.argsort(np.array([moment.timestamp() for moment in at]), kind="stable")
        expected = [float(order[i : i + 7].sum()) for i in range(0, 120, 7)]
        assert [p.numeric["amount"].total for p in found] == expected
        assert [p.window for p in found] == list(made.plan().everything)

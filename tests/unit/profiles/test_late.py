"""Profiles follow late labels, where what is stored allows it; tests/property/test_late.py has the rest."""

from collections.abc import Callable

import pytest

from core.domain import NumericProfile, OutcomeCells, Profile, Task
from core.logs import ids
from core.profiles import build
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]
N = 400


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The windows whose rows are counted from now on."""
    found: list[int | None] = []
    whole = build.count_rows

    def counting(cursor, layout, spec, job):
        found.extend(window.index for window in job.windows)
        whole(cursor, layout, spec, job)

    monkeypatch.setattr(build, "count_rows", counting)
    return found


def judged(make: Make, spec: MonitorSpec) -> tuple[Stream, list[str]]:
    """Two days of rows without labels, judged."""
    made, rng = make(spec), chance()
    made.start()
    own = (
        {"prediction": rng.normal(size=N)} if spec.task is Task.REGRESSION else {"score": rng.random(N) / 200}
    )
    ids = made.add(moments(N, over=2 * DAY), amount=rng.normal(size=N), **own)
    made.run()
    return made, ids


def cells(profile: Profile) -> OutcomeCells:
    assert profile.outcomes is not None
    return profile.outcomes


def test_a_label_moves_its_row_and_nothing_else(stream: Make, counted: list[int | None]) -> None:
    made, ids = judged(stream, a_spec())
    before, other = made.profiles()
    del counted[:]
    made.label(ids[:3], ["1", "1", "0"], at=START + 3 * DAY)
    after, untouched = made.run()
    assert counted == []
    assert untouched == other
    assert (after.n, after.n_labelled) == (before.n, 3)
    assert (after.numeric, after.scores) == (before.numeric, before.scores)
    assert list(zip(cells(after).label, cells(after).n, strict=True)) == [(None, 197), ("0", 1), ("1", 2)]
    assert sum(cells(after).score_total) == pytest.approx(sum(cells(before).score_total))
    assert after.label_delay is not None
    assert (after.label_delay.n, after.label_delay.n_null) == (200, 197)
    assert after.label_delay.high == (3 * DAY).total_seconds()


def test_a_cell_that_all_rows_left_is_gone(stream: Make) -> None:
    made, ids = judged(stream, a_spec())
    made.label(ids[:200], ["1"] * 200)
    first, _ = made.run()
    assert (cells(first).label, cells(first).n) == (("1",), (200,))
    made.label(ids[:200], ["0"] * 200)
    first, _ = made.run()
    assert (cells(first).label, cells(first).n, first.n_labelled) == (("0",), (200,), 200)


def test_sums_stay_right_over_many_runs(stream: Make, counted: list[int | None]) -> None:
    """Of 200 rows of one cell all but one leave it, a few each time; what is left is the last row's score."""
    made, ids = judged(stream, a_spec(categorical=(), latency_ms=None, status=None))
    del counted[:]
    for start in range(0, 199, 20):
        some = ids[start : min(start + 20, 199)]
        made.label(some, ["1"] * len(some))
        made.run()
    assert counted == []
    first = cells(made.profiles([0])[0])
    (score,) = made.cursor.execute(
        f"SELECT {made.layout.scores['score']} FROM {made.layout.rows} WHERE row_id = ?", [ids[199]]
    ).fetchone() or (None,)
    assert (first.label, first.n) == ((None, "1"), (1, 199))
    assert first.score_total[0] == pytest.approx(score, rel=1e-12)


def test_a_corrected_number_is_counted_from_all_rows(stream: Make, counted: list[int | None]) -> None:
    """What a wrong number hid in a sum is not to be had by taking it out again."""
    made, ids = judged(stream, a_spec(task=Task.REGRESSION))
    made.label([ids[0], ids[1], ids[300]], [1.0, 1e40, 2.0])
    made.run()
    del counted[:]
    made.label([ids[1], ids[301]], [3.0, 4.0])
    first, second = made.run()
    assert counted == [0]
    for profile, total, high in ((first, 4.0, 3.0), (second, 6.0, 4.0)):
        assert isinstance(profile.labels, NumericProfile)
        assert (profile.labels.total, profile.labels.high, profile.n_labelled) == (total, high, 2)


def test_a_profile_of_an_earlier_way_of_counting_is_counted_again(
    stream: Make, counted: list[int | None]
) -> None:
    made, ids = judged(stream, a_spec())
    made.cursor.execute("UPDATE profiles SET counted_as = NULL WHERE window_index = 0")
    del counted[:]
    made.label([ids[0], ids[300]], ["1", "0"])
    assert made.due() == [0, 1]
    assert [window.index for window in made.plan().relabelled] == [1]
    assert [profile.n_labelled for profile in made.run()] == [1, 1]
    assert counted == [0]
    made.label([ids[1]], ["1"])
    assert [window.index for window in made.plan().relabelled] == [0]


def test_new_rows_have_their_window_counted_with_all_its_labels(
    stream: Make, counted: list[int | None]
) -> None:
    made, ids = judged(stream, a_spec())
    del counted[:]
    made.label([ids[0], ids[300]], ["1", "0"])
    made.add([START])
    assert [profile.n_labelled for profile in made.run()] == [1, 1]
    assert counted == [0]
    made.run()
    assert counted == [0]


@pytest.mark.parametrize("cut", [{}, {"rows": 100}])
def test_labels_of_rows_that_never_came_touch_nothing(
    stream: Make, counted: list[int | None], cut: dict[str, int]
) -> None:
    made, _ = judged(stream, a_spec(**cut))
    before = made.profiles()
    del counted[:]
    made.label(["nobody"], ["1"])
    assert made.due() == []
    assert made.run() == before
    assert counted == []


def test_only_the_windows_of_labelled_rows_are_touched_where_ids_have_one_number(
    stream: Make, monkeypatch: pytest.MonkeyPatch, counted: list[int | None]
) -> None:
    monkeypatch.setattr(ids, "hash_of", lambda row_id: "7::UBIGINT")
    made, names = judged(stream, a_spec())
    made.label(names[:3], ["1", "1", "0"])
    made.cursor.execute(f"UPDATE {made.layout.rows} SET id_hash = 7")
    made.cursor.execute(f"UPDATE {made.layout.labels} SET id_hash = 7")
    del counted[:]
    assert made.due() == [0]
    after, _ = made.run()
    assert counted == []
    assert after.n_labelled == 3

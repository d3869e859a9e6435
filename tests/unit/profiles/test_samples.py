"""The same rows give the same sample, and no more than asked for."""

from collections.abc import Callable
from dataclasses import replace

from core.profiles import samples
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, moments

Make = Callable[[MonitorSpec], Stream]
N = 300


def filled(stream: Make, spec: MonitorSpec | None = None) -> Stream:
    made = stream(spec or a_spec())
    made.start()
    for day in range(2):
        made.add(
            moments(N, start=START + day * DAY),
            amount=[float(i) for i in range(N)],
            plan=[None if i == 0 else "a" for i in range(N)],
            prediction=["1"] * N,
            version=["1" if i % 3 else "2" for i in range(N)],
        )
    return made


def test_windows_and_versions_are_sampled_apart(stream: Make) -> None:
    made = filled(stream)
    rows = samples.current(made.cursor, made.layout, made.spec, made.plan().everything)
    found = samples.read_samples(made.cursor, made.layout, made.spec, rows, size=50)
    assert {place: sample.rows.n for place, sample in found.items()} == {
        (0, "1"): 50, (0, "2"): 50, (1, "1"): 50, (1, "2"): 50,
    }  # fmt: skip
    whole = samples.read_samples(made.cursor, made.layout, made.spec, rows)
    assert {place: sample.rows.n for place, sample in whole.items()} == {
        (0, "1"): 200, (0, "2"): 100, (1, "1"): 200, (1, "2"): 100,
    }  # fmt: skip
    first = whole[0, "2"].rows
    assert first.numeric["amount"][:2].tolist() == [0.0, 3.0]
    assert first.categorical["plan"][:2].tolist() == [None, "a"]


def test_the_same_rows_give_the_same_sample_and_other_rows_another_fingerprint(stream: Make) -> None:
    made = filled(stream)
    rows = samples.current(made.cursor, made.layout, made.spec, made.plan().everything)

    def taken() -> list[list[int]]:
        found = samples.read_samples(made.cursor, made.layout, made.spec, rows, size=40)
        return [sample.arrivals.tolist() for sample in found.values()]

    before, prints = taken(), samples.fingerprints(made.cursor, rows)
    assert taken() == before
    assert len(set(prints.values())) == 4
    made.add([START], amount=[1.0], plan=["a"], prediction=["1"], version=["2"])
    changed = {
        place for place, one in samples.fingerprints(made.cursor, rows).items() if one != prints[place]
    }
    assert changed == {(0, "2")}


def test_what_the_references_sample_takes_of_a_window_is_in_that_windows_sample(stream: Make) -> None:
    made = stream(a_spec(rows=N))
    made.add_reference(moments(4 * N), amount=[float(i) for i in range(4 * N)], plan=["a"] * (4 * N))
    pinned = made.pin()
    whole = samples.read_samples(
        made.cursor, made.layout, made.spec, samples.whole_reference(made.layout, made.spec), size=100
    )
    (everything,) = whole.values()
    own = samples.read_samples(
        made.cursor, made.layout, made.spec, samples.own_windows(made.layout, made.spec, pinned), size=100
    )
    assert sorted(index for index, _ in own) == [-4, -3, -2, -1]
    left = [everything.without(sample).n for sample in own.values()]
    assert sum(100 - n for n in left) == 100  # each of its rows belongs to one window
    assert all(n < 100 for n in left)


def test_no_rows_have_the_specs_columns() -> None:
    nothing = samples.no_rows(a_spec())
    assert (nothing.n, list(nothing.numeric), list(nothing.categorical)) == (0, ["amount"], ["plan"])
    assert samples.no_rows(replace(a_spec(), features=None)).n == 0

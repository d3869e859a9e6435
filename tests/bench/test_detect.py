"""The detection benchmark's own pieces: streams are what they say, tables add up."""

from pathlib import Path

import numpy as np
import pytest

from tests.bench import detect_bench, real_sets, streams
from tests.bench.cases import Answer, Case
from tests.bench.detect_tables import (
    Row,
    asked_table,
    delay,
    drift_share,
    false_incidents,
    power,
    power_table,
    quiet_table,
)
from tests.bench.detect_trimtab import judge, spec_of
from tests.bench.streams import Stream

QUIET = Stream(kind="independent", rows=200, n_reference=8, n_current=6, seed=1)


def test_a_stream_is_the_same_every_time() -> None:
    first, second = streams.made(QUIET), streams.made(QUIET)
    assert first[0].equals(second[0])
    assert first[1].equals(second[1])
    assert (len(first[0]), len(first[1])) == (1_600, 1_200)


@pytest.mark.parametrize(("shift", "size", "column"), [("mean", 1.0, "x0"), ("category", 0.5, "c1")])
def test_a_shift_begins_at_its_onset_and_moves_its_column_only(shift, size: float, column: str) -> None:
    stream = Stream(
        kind="independent", rows=200, n_reference=8, n_current=6, seed=1, shift=shift, size=size, onset=3
    )
    assert streams.watched(shift) == column
    quiet, moved = streams.made(QUIET)[1], streams.made(stream)[1]
    for name in ("x0", "x2", "x3", "x4", "c0", "c1", "c2", "region"):
        differs = np.flatnonzero(np.asarray(quiet[name]) != np.asarray(moved[name]))
        assert (differs.min() if len(differs) else None) == (600 if name == column == "x0" else None) or (
            name == column and differs.min() >= 600
        )


def test_a_concept_turns_labels_and_no_input() -> None:
    stream = Stream(
        kind="independent", rows=500, n_reference=1, n_current=2, seed=2, shift="concept", size=0.5, onset=1
    )
    rows = streams.made(stream)[1]
    hits = np.asarray(rows["decision"]) == np.asarray(rows["outcome"])
    assert hits[:500].mean() > 0.7
    assert hits[500:].mean() < 0.65


def test_shares_powers_and_delays_are_counted_by_hand() -> None:
    one = Answer(flagged=[[], ["x0"], ["performance"], ["c1", "x0"]], incidents=[1, 3])
    assert drift_share([one]) == 0.5
    assert false_incidents([one]) == (pytest.approx(350.0), pytest.approx(4 / 7))
    assert power([one], ("x0",), 2) == 0.5
    assert delay(one, ("x0",), 1) == 0
    assert delay(one, ("x0", "c1"), 1) == 2
    assert delay(one, ("x4",), 1) is None


def test_tables_say_what_was_not_run() -> None:
    answers = {
        "Trimtab": {"a": Answer(flagged=[["x0"], []], incidents=[0])},
        "Evidently": {},
    }
    row = Row(title="line", cases={"Trimtab": ["a"], "Evidently": ["a"]}, watched=("x0",))
    assert "| line | 50.0% | not run | 350.0 | 0 |" in quiet_table([row], answers)
    assert "| line | 50%, 0.0 | not run | 0.0 (1 of 1) |" in power_table([row], answers)


def test_what_was_asked_is_held_against_what_was_found() -> None:
    quiet = [Row(title=title, cases={"Trimtab": [title]}) for title in ("still", "restless")]
    shift = Row(title="shift", cases={"Trimtab": ["shift"]}, watched=("x0",), onset=1)
    found = {
        "still": Answer(flagged=[[]] * 70, incidents=[]),
        "restless": Answer(flagged=[["x0"]] * 7 + [[]] * 63, incidents=[3]),
        "shift": Answer(flagged=[[], ["x0"]], incidents=[1]),
    }
    told = asked_table(quiet, [shift], found)
    assert (
        "| windows of a line with any drift FAIL, the most (restless) | ≤ 5 % | 10.0% | **missed** |" in told
    )
    # 1 incident in 20 model-weeks; .025 and 5.572 are Garwood's limits for 1.
    assert "over all 20 model-weeks | ≤ 1 | 5.0 (0.1-27.9) | **missed** |" in told
    assert "| published shifts detected | all | 1 of 1 | met |" in told
    assert asked_table(quiet, [shift], {}).count("\n") == 1


def test_the_default_policy_sees_a_shift_and_calls_nobody_before_it(tmp_path: Path) -> None:
    stream = Stream(
        kind="independent", rows=300, n_reference=8, n_current=6, seed=3, shift="mean", size=1.0, onset=3
    )
    reference, current = streams.write(stream, tmp_path)
    case = Case(
        name="x",
        reference=str(reference),
        current=str(current),
        rows=300,
        numeric=streams.NUMERIC,
        categorical=streams.CATEGORICAL,
        label="outcome",
        prediction="decision",
        score="score",
        segment="region",
    )
    assert "task: binary" in spec_of(case)
    answer = judge(case)
    assert all("x0" in window for window in answer.flagged[3:])
    assert answer.incidents
    assert min(answer.incidents) == 3


def test_absent_data_sets_are_left_out(tmp_path: Path) -> None:
    assert real_sets.published(tmp_path, tmp_path) is None
    assert real_sets.shuffled(real_sets.SHUFFLED[0], tmp_path, tmp_path, 0) is None
    plan = detect_bench.Plan(tmp_path, tmp_path, quick=True)
    plan._add_shuffled()
    plan._add_published()
    assert not plan.cases
    assert "skipped" in detect_bench.report(
        detect_bench.Plan(tmp_path, None, quick=True), {"Trimtab": {}}, []
    )

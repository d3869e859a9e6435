"""Two files compared without a copy of either: the same answer whatever their format, and no row too many."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from core import comparison
from core.errors import InvalidInput
from core.logs.upload import sniff
from core.receipts import Comparison

START = datetime(2026, 9, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
SPEC = """
model: loans
task: binary
positive: 1
columns: {id: id, timestamp: at, score: score, prediction: decision, label: paid}
window: {every: 1d}
sensitive: [sex]
features: {numeric: [income], categorical: [plan]}
"""


def table(first_day: int, days: int, rows: int = 300, seed: int = 0) -> pa.Table:
    chance = np.random.default_rng([seed, first_day + 100])
    n = rows * days
    score = chance.random(n)
    step = timedelta(days=1) / rows
    return pa.table(
        {
            "id": [f"{first_day}-{i}" for i in range(n)],
            "at": pa.array(
                [START + timedelta(days=first_day) + i * step for i in range(n)], pa.timestamp("us", "UTC")
            ),
            "income": chance.normal(100, 10, n),
            "plan": chance.choice(["basic", "plus"], n),
            "sex": chance.choice(["F", "M"], n),
            "score": score,
            "decision": (score > 0.5).astype(int),
            "paid": (chance.random(n) < score).astype(int),
        }
    )


@pytest.fixture
def compare(tmp_path: Path):
    def run(
        before: pa.Table, now: pa.Table, *, suffix: str = "parquet", spec: str = SPEC, by_window: bool = False
    ) -> Comparison:
        paths = []
        for name, rows in (("before", before), ("now", now)):
            paths.append(tmp_path / f"{name}.{suffix}")
            if suffix == "parquet":
                pq.write_table(rows, paths[-1])
            else:
                pyarrow.csv.write_csv(rows, paths[-1])
        return comparison.compare(
            spec,
            sniff(paths[0]),
            sniff(paths[1]),
            registries=("local",),
            policy=None,
            now=NOW,
            by_window=by_window,
        )

    return run


def told(found: Comparison) -> dict[str, tuple[object, ...]]:
    return {
        one.identity: (one.n, None if one.value is None else round(one.value, 9), one.reason)
        for one in found.measurements
    }


@pytest.mark.parametrize("by_window", [False, True])
def test_a_file_read_in_place_and_a_file_staged_give_the_same_numbers(compare, by_window: bool) -> None:
    before, now = table(-8, 8), table(0, 3)
    in_place = compare(before, now, by_window=by_window)
    staged = compare(before, now, suffix="csv", by_window=by_window)
    assert told(in_place) == told(staged)
    assert len(in_place.verdicts) == len(staged.verdicts) > 0


def test_rows_that_cannot_be_used_count_nowhere(compare) -> None:
    now = table(0, 1)
    scores = now["score"].to_pylist()
    scores[:40] = [7.0] * 40
    faulty = now.set_column(now.schema.get_field_index("score"), "score", pa.array(scores))
    repeated = pa.concat_tables([faulty, faulty.slice(100, 50)])
    found = compare(table(-8, 8), repeated)
    assert {one.n for one in found.measurements if one.metric == "row_count"} == {260}
    assert told(found) == told(compare(table(-8, 8), now.slice(40)))


def test_each_window_of_the_spec_is_judged_by_itself(compare) -> None:
    now = pa.concat_tables([table(0, 2), table(3, 1)])
    found = compare(table(-8, 8), now, by_window=True)
    counts = {one.window.index: one.n for one in found.measurements if one.metric == "row_count"}
    assert counts == {0: 300, 1: 300, 2: 0, 3: 300}
    spans = {one.window.start for one in found.measurements}
    assert min(span for span in spans if span) == START


def test_windows_of_rows_follow_the_time(compare) -> None:
    spec = SPEC.replace("{every: 1d}", "{rows: 250}")
    now = table(0, 2)
    shuffled = now.take(np.random.default_rng(1).permutation(len(now)))
    found = compare(table(-8, 8), shuffled, spec=spec, by_window=True)
    assert told(found) == told(compare(table(-8, 8), now, spec=spec, by_window=True))
    counts = {one.window.index: (one.n, one.window.closed) for one in found.measurements}
    assert counts[0] == (250, True)
    assert counts[2] == (100, False)


def test_the_reference_rule_chooses_the_reference_rows(compare) -> None:
    rows = table(-8, 11)
    days = [at.timestamp() < START.timestamp() for at in rows["at"].to_pylist()]
    rows = rows.append_column("period", pa.array(["old" if day else "new" for day in days]))
    whole = compare(table(-8, 8), table(0, 1))
    chosen = SPEC + "reference: {where: \"period = 'old'\"}\n"
    by_rule = compare(rows, table(0, 1), spec=chosen)
    first = compare(rows, table(0, 1), spec=SPEC + "reference: {first: 8d}\n")
    expected = {one.identity: one.n_reference for one in whole.measurements if one.metric == "ks"}
    for found in (by_rule, first):
        assert {one.identity: one.n_reference for one in found.measurements if one.metric == "ks"} == expected


def test_a_file_without_usable_rows_says_which_field_is_at_fault(compare) -> None:
    now = table(0, 1)
    bad = now.set_column(now.schema.get_field_index("score"), "score", pa.array([7.0] * len(now)))
    with pytest.raises(InvalidInput, match="score: cannot be used in 300 rows"):
        compare(table(-8, 8), bad)
    with pytest.raises(InvalidInput, match="holds no rows"):
        compare(table(-8, 8), now.slice(0, 0))
    with pytest.raises(InvalidInput, match="at"):
        compare(table(-8, 8), now.drop_columns(["at"]))


def test_a_damaged_file_is_named(tmp_path: Path, compare) -> None:
    compare(table(-8, 8), table(0, 1))
    path = tmp_path / "now.parquet"
    content = bytearray(path.read_bytes())
    content[200:-2000] = b"\x00" * (len(content) - 2200)
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"now\.parquet"):
        comparison.compare(
            SPEC, sniff(tmp_path / "before.parquet"), sniff(path), registries=("local",), policy=None, now=NOW
        )

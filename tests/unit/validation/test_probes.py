"""What the suite looks at beside comparisons: leaks, segments, spoilt rows, the live population."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.random import default_rng
from sklearn.metrics import roc_auc_score

from core.candidate import Baseline, Condition, Fact
from core.domain import Task
from core.spec import SegmentColumn
from core.validation.leaks import leaks
from core.validation.live import drift
from core.validation.parts import of_segments
from core.validation.request import EVENT_AT, LABEL, Request
from core.validation.scoring import spoilt
from core.validation.task import _spec
from tests.unit.policy.test_findable import answers

N = 600
DAY = datetime(2026, 9, 1)


def request(task: Task = Task.BINARY, **more: object) -> Request:
    given = {"numeric": ("x",), "categorical": ("kind",), "has_labels": True, **more}
    return Request(
        model="m", version="2", against=None, digest="", against_digest=None, size_bytes=1, task=task,
        made_at=datetime.now(UTC), n_rows=N, **given,
    )  # fmt: skip


def frame(seed: int = 0) -> pd.DataFrame:
    """x says a little of the label, kind says nothing."""
    chance = default_rng(seed)
    label = chance.integers(0, 2, N)
    return pd.DataFrame(
        {
            "x": label + chance.normal(size=N) * 2,
            "kind": chance.choice(["a", "b", "c"], N),
            LABEL: label.astype(str),
            EVENT_AT: pd.date_range(DAY, periods=N, freq="1min"),
        }
    )


def found(table: pd.DataFrame, learned: pd.DataFrame, asked: Request) -> dict[str, Fact]:
    return {one.metric: one for one in leaks(table, learned, asked)}


def test_the_best_single_input_is_measured_as_scikit_learn_does() -> None:
    table = frame()
    alone = found(table, frame(1), request())["label_alone"]
    assert alone.value == pytest.approx(roc_auc_score(table[LABEL] == "1", table["x"]))
    assert alone.note.startswith("x alone: ROC AUC 0.")


@pytest.mark.parametrize("kind", ["number", "text", "missing"])
def test_an_input_that_is_the_label_is_found(kind: str) -> None:
    table = frame()
    label = table[LABEL]
    if kind == "number":
        table["x"] = label.astype(float) * -3
    elif kind == "text":
        table["kind"] = np.where(label == "1", "paid", "lost")
    else:
        table["x"] = np.where(label == "1", np.nan, table["x"])
    alone = found(table, frame(1), request())["label_alone"]
    assert alone.value == pytest.approx(1.0, abs=1e-9)


def test_many_categories_do_not_look_like_a_leak() -> None:
    """Each of 300 values comes twice: learned and measured on the same rows they would tell the label."""
    table = frame()
    table["kind"] = [f"id{at}" for at in default_rng(2).permutation(np.repeat(np.arange(300), 2))]
    assert found(table, frame(1), request(numeric=()))["label_alone"].value < 0.65


def test_numbers_are_told_by_rank() -> None:
    table = frame()
    table[LABEL] = np.exp(table["x"])
    assert found(table, frame(1), request(Task.REGRESSION))["label_alone"].value == pytest.approx(1.0)


def test_rows_that_the_reference_has_too_are_counted() -> None:
    table, learned = frame(), frame(1)
    learned.iloc[:30] = table.iloc[100:130]
    equal = found(table, learned, request())["equal_rows"]
    assert (equal.value, equal.n) == (30 / N, N)
    assert equal.low < equal.value < equal.high
    assert found(table, frame(1), request())["equal_rows"].value == 0


@pytest.mark.parametrize(
    ("learned", "asked", "why"),
    [
        (frame(1), request(numeric=()), "too few values"),
        (frame(1), request(rows_of="reference"), "the reference's own"),
        (frame(1).iloc[:0], request(), "the reference has no rows"),
    ],
)
def test_where_equal_rows_say_nothing_that_is_said(learned: pd.DataFrame, asked: Request, why: str) -> None:
    equal = found(frame(), learned, asked)["equal_rows"]
    assert equal.value is None
    assert why in equal.reason


def test_inputs_that_hold_later_times_are_named() -> None:
    table = frame()
    seconds = (table[EVENT_AT] - pd.Timestamp("1970-01-01")).dt.total_seconds()
    table["x"] = seconds + 86_400
    table["kind"] = [one.isoformat() for one in table[EVENT_AT] - pd.Timedelta(days=1)]
    late = found(table, frame(1), request())["late_inputs"]
    assert late.value == 1
    assert late.note == "2 of 2 inputs hold times; x: later than the decision"
    assert found(frame(), frame(1), request())["late_inputs"].value == 0
    bare = frame().assign(**{EVENT_AT: pd.NaT})
    assert found(bare, frame(1), request())["late_inputs"].value is None


@pytest.mark.parametrize("condition", [Condition.OUT_OF_RANGE, Condition.TYPOS])
def test_one_value_in_twenty_is_spoilt_and_nothing_else(condition: Condition) -> None:
    table, asked = frame(), request()
    changed = spoilt(table, condition, asked, default_rng(1))
    own, other = ("x", "kind") if condition is Condition.OUT_OF_RANGE else ("kind", "x")
    hit = table[own] != changed[own]
    assert 0.02 < hit.mean() < 0.09
    assert (table[other] == changed[other]).all()
    if condition is Condition.OUT_OF_RANGE:
        low, high = table["x"].min(), table["x"].max()
        assert set(changed["x"][hit]) <= {low - 3 * (high - low), high + 3 * (high - low)}
    else:
        assert not set(changed["kind"][hit]) & set(table["kind"])


def test_the_worst_segment_is_named_with_its_shortfall() -> None:
    rows, asked = answers(Task.BINARY)
    n = rows.n
    kind = np.where(np.arange(n) < 150, "web", "branch").astype(object)
    score = np.array(rows.scores["1"])
    label = rows.label.copy()
    # In the web half of the answers the score says nothing.
    label[:150] = default_rng(4).choice(["0", "1"], 150)
    table = pd.DataFrame({"kind": kind, "x": score})
    cuts = ((SegmentColumn(column="kind"),), (SegmentColumn(column="x", at=(0.5,)),))
    asked = replace(asked, cuts=cuts, categorical=("kind",), numeric=("x",))
    facts = list(of_segments(table, replace(rows, label=label), _spec(asked), asked))
    names = {one.segment for one in facts if one.segment}
    assert names == {"kind = web", "kind = branch", "x = below 0.5", "x = from 0.5"}
    (worst,) = [one for one in facts if one.metric == "segment_shortfall"]
    web = next(one for one in facts if one.segment == "kind = web")
    assert web.value == pytest.approx(roc_auc_score(label[:150] == "1", score[:150]))
    assert worst.note.startswith("kind = web: roc_auc 0.")
    assert worst.low < worst.value < worst.high
    assert worst.value == pytest.approx(worst.beside - web.value)


def test_small_segments_give_no_shortfall() -> None:
    rows, asked = answers(Task.BINARY)
    asked = replace(asked, cuts=((SegmentColumn(column="kind"),),), categorical=("kind",))
    table = pd.DataFrame({"kind": [str(at % 50) for at in range(rows.n)]})
    (only,) = of_segments(table, rows, _spec(asked), asked)
    assert (only.value, "no segment of 100 rows" in only.reason) == (None, True)


def test_the_live_population_is_held_against_the_reference(tmp_path) -> None:
    asked = request()
    before, now = frame(0).drop(columns=[LABEL, EVENT_AT]), frame(1).drop(columns=[LABEL, EVENT_AT])
    now["x"] += 4
    for name, table in (("reference", before), ("live", now), ("none", now.iloc[:0])):
        pq.write_table(pa.Table.from_pandas(table, preserve_index=False), tmp_path / name)
    facts = {
        one.feature: one for one in drift(tmp_path / "live", tmp_path / "reference", _spec(asked), asked)
    }
    assert facts["x"].value > 0.5
    assert facts["kind"].value < 0.1
    assert {one.baseline for one in facts.values()} == {Baseline.REFERENCE}
    assert list(drift(tmp_path / "none", tmp_path / "reference", _spec(asked), asked)) == []

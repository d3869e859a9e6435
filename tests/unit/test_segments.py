"""Segments through the whole product: judged apart, named in incidents, selected by the reader."""

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pytest

from core.domain import ALL_ROWS, Role, Segment, Status
from core.errors import InvalidInput
from core.logs.upload import Upload
from core.trimtab import Trimtab
from tests.judged import judged
from tests.loans import SPEC, rows

SEGMENTED = SPEC + "segments: [channel, {column: income, at: [0]}, sex]\n"
WEB, PHONE = Segment.of({"channel": "web"}), Segment.of({"channel": "phone"})
HIGH = Segment.of({"income": "from 0"})
File = Callable[[pa.Table], Upload]
Change = Callable[[np.ndarray], np.ndarray]


def changed(
    table: pa.Table, channel: str, column: str, change: Callable[[np.ndarray], np.ndarray]
) -> pa.Table:
    """The same rows with one numeric column changed where the channel is this one."""
    values = table.column(column).to_numpy().copy()
    chosen = np.asarray(table.column("channel").to_pylist()) == channel
    values[chosen] = change(values[chosen])
    return table.set_column(table.schema.get_field_index(column), column, pa.array(values))


@pytest.fixture
def segmented(trimtab: Trimtab, file: File) -> Trimtab:
    trimtab.watch(SEGMENTED, reference=file(rows(-28, 28)))
    return trimtab


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trimtab]:
    """Two days on which nothing happens: read by some, changed by none."""
    with judged(tmp_path_factory.mktemp("quiet"), SEGMENTED, rows(-28, 28), rows(0, 2)) as trimtab:
        yield trimtab


def judge(trimtab: Trimtab, file: File, table: pa.Table) -> Trimtab:
    trimtab.ingest("loans", file(table), kind="predictions")
    trimtab.monitor("loans")
    return trimtab


def test_every_segment_has_its_own_measurements_and_verdicts(quiet):
    measured, verdicts = quiet.measurements("loans"), quiet.verdicts("loans")
    expected = {WEB, PHONE, HIGH, ALL_ROWS, Segment.of({"sex": "F"}), Segment.of({"income": "below 0"})}
    assert expected <= {one.segment for one in measured}
    of_web = [one for one in verdicts if one.measurement.segment == WEB]
    judged = {(one.rule, one.measurement.metric, one.measurement.estimated) for one in of_web}
    assert {rule for rule, _, _ in judged} >= {"drift", "quality", "performance", "no_traffic"}
    assert ("performance", "roc_auc", True) in judged
    assert {one.status for one in verdicts} == {Status.PASS}
    counts = {
        one.segment: one.value for one in measured if one.metric == "row_count" and one.window.index == 0
    }
    channels = [Segment.of({"channel": name}) for name in ("web", "phone", "branch")]
    assert sum(counts[one] for one in channels) == counts[ALL_ROWS] == 400


def test_one_object_for_each_thing_measured(quiet):
    """Sex is a segment and a sensitive column: what both would measure comes once."""
    keys = [
        (one.version, one.metric, one.feature, one.segment, one.window.index, one.estimated)
        for one in quiet.measurements("loans")
    ]
    assert len(set(keys)) == len(keys)
    fair = [one for one in quiet.measurements("loans") if one.role is Role.FAIRNESS]
    assert {one.segment for one in fair if one.metric == "selection_rate"} == {
        Segment.of({"sex": "F"}), Segment.of({"sex": "M"}),
    }  # fmt: skip


def test_a_shift_in_one_segment_is_found_there_and_named(trimtab, file):
    segmented = trimtab
    segmented.watch(SPEC + "segments: [channel]\n", reference=file(rows(-28, 28)))
    judge(segmented, file, changed(rows(0, 3), "phone", "income", lambda values: values + 0.8))
    failed = {
        (one.measurement.segment, one.measurement.feature)
        for one in segmented.verdicts("loans")
        if one.status is Status.FAIL and one.measurement.role is Role.FEATURE
    }
    assert (PHONE, "income") in failed
    assert not {segment for segment, _ in failed} & {WEB, Segment.of({"channel": "branch"})}
    (incident,) = [one for one in segmented.incidents() if one.rule == "drift"]
    assert "channel = phone" in incident.cause
    assert incident.features == ("income",)


def test_performance_falls_in_one_segment_alone(segmented, file):
    table = changed(
        rows(0, 3), "web", "repaid", lambda labels: np.where(np.arange(len(labels)) % 3, labels, 1 - labels)
    )
    judge(segmented, file, table)
    statuses = {
        one.measurement.segment: one.status
        for one in segmented.verdicts("loans")
        if one.measurement.metric == "accuracy" and not one.measurement.estimated
    }
    assert statuses[WEB] is Status.FAIL
    assert statuses[PHONE] is Status.PASS


def test_a_segment_that_falls_silent_fails_and_is_named(segmented, file):
    table = rows(0, 1)
    kept = np.asarray(table.column("channel").to_pylist()) != "phone"
    judge(segmented, file, table.filter(pa.array(kept)))
    (silent,) = [
        one for one in segmented.verdicts("loans") if one.rule == "no_traffic" and one.status is Status.FAIL
    ]
    assert silent.measurement.segment == PHONE
    assert "No rows for channel = phone" in silent.sentence
    (incident,) = segmented.incidents()
    assert incident.cause == "No traffic for channel = phone since window 0"


def test_small_segments_are_not_judged(trimtab, file):
    trimtab.watch(SEGMENTED, reference=file(rows(-28, 28, n=60)))
    judge(trimtab, file, rows(0, 1, n=60))
    found = [one for one in trimtab.verdicts("loans") if one.measurement.segment == WEB]
    drift = [one for one in found if one.rule == "drift"]
    assert {(one.status, one.reason) for one in drift} == {(Status.UNKNOWN, "not enough data")}
    performance = [one for one in found if one.rule == "performance"]
    assert {(one.status, one.reason) for one in performance} == {(Status.UNKNOWN, "not enough data")}


def test_a_value_that_the_reference_never_had_is_other(segmented, file):
    table = rows(0, 1)
    moved = pa.array(["kiosk" if name == "phone" else name for name in table.column("channel").to_pylist()])
    judge(segmented, file, table.set_column(table.schema.get_field_index("channel"), "channel", moved))
    other = Segment.of({"channel": "(other)"})
    (count,) = segmented.measurements("loans", metric="row_count", segment=other)
    assert count.value > 100
    drift = [
        one for one in segmented.verdicts("loans") if one.measurement.segment == other and one.rule == "drift"
    ]
    assert {(one.status, one.reason) for one in drift} == {(Status.UNKNOWN, "no reference")}


def test_a_reader_selects_a_segment_and_recomputes_it_from_rows(quiet):
    binned = quiet.measurements("loans", segment=WEB, metric="ks")
    exact = quiet.measurements("loans", segment=WEB, metric="ks", exact=True)
    assert {one.segment for one in binned} == {WEB}
    assert [one.identity for one in binned] == [one.identity for one in exact]
    assert all(abs(a.value - b.value) < 0.02 for a, b in zip(binned, exact, strict=True) if a.value)
    assert any(a.value != b.value for a, b in zip(binned, exact, strict=True))
    before = quiet.measurements("loans", segment=WEB, metric="roc_auc", include_reference=True)
    assert len([one for one in before if one.window.index < 0 and not one.estimated]) == 28


def test_an_exact_segment_is_what_a_file_of_its_rows_gives(segmented, file):
    table = rows(0, 1)
    judge(segmented, file, table)
    only = pa.array([name == "web" for name in table.column("channel").to_pylist()])
    before = rows(-28, 28)
    before = before.filter(pa.array([name == "web" for name in before.column("channel").to_pylist()]))
    compared = segmented.compare(SPEC, file(before), file(table.filter(only)))
    of_file = {one.metric: one.value for one in compared.measurements if one.feature == "income"}
    (ks,) = segmented.measurements("loans", segment=WEB, metric="ks", feature="income", exact=True)
    assert ks.value == pytest.approx(of_file["ks"], abs=0.01)


def test_a_number_without_cut_points_is_refused_with_the_remedy(trimtab, file):
    with pytest.raises(InvalidInput, match="without cut points"):
        trimtab.watch(SPEC + "segments: [income]\n", reference=file(rows(-2, 2)))


def test_a_segment_of_a_column_that_the_model_does_not_read(trimtab, file):
    spec = SEGMENTED.replace("categorical: [channel]", "categorical: []")
    trimtab.watch(spec, reference=file(rows(-28, 28)))
    judge(trimtab, file, rows(0, 1))
    assert WEB in {one.segment for one in trimtab.measurements("loans", metric="ks", feature="income")}


def test_late_labels_reach_the_segments(segmented, file):
    judge(segmented, file, rows(0, 1, labels=False))
    before = segmented.measurements("loans", metric="accuracy", segment=WEB)
    assert [one.value for one in before if not one.estimated] == [None]
    labels = rows(0, 1).select(["id", "repaid"])
    segmented.ingest("loans", file(labels), kind="labels")
    segmented.monitor("loans")
    (now,) = [
        one for one in segmented.measurements("loans", metric="accuracy", segment=WEB) if not one.estimated
    ]
    assert now.value is not None
    (coverage,) = segmented.measurements("loans", metric="label_coverage", segment=WEB)
    assert coverage.value == 1


def test_a_reader_selects_the_verdicts_of_a_segment(quiet):
    found = quiet.verdicts("loans", segment=WEB)
    assert found
    assert {one.measurement.segment for one in found} == {WEB}

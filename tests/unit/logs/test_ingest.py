from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.errors import Conflict, InvalidInput
from core.receipts import IngestReceipt
from tests.ingest_desk import FORMATS, Desk, Row, naive

SPEC = """
{model: m, version: "1", task: binary,
 columns: {id: id, timestamp: at, version: v, prediction: yhat, score: p,
 label: y, latency_ms: ms, status: status}, features: {numeric: [age], categorical: [plan]}, sensitive: [sex],
 window: {every: 1d}}
"""
NO_ID = SPEC.replace("id: id, ", "")
NO_TIME = SPEC.replace("timestamp: at, ", "").replace("every: 1d", "rows: 10")
OpenDesk = Callable[[str], Desk]


def row(identity: int, **changes: object) -> Row:
    base: dict[str, object] = {
        "id": identity, "at": "2026-01-01T00:00:00", "v": "1", "yhat": 1, "p": 0.5, "y": 1, "ms": 3.5,
        "status": "ok", "age": 40.5, "plan": "gold", "sex": "f",
    }  # fmt: skip
    return {**base, **changes}


def counts(receipt: IngestReceipt) -> tuple[int, int, int]:
    return receipt.accepted, receipt.quarantined, receipt.duplicate


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_gives_the_same_rows(open_desk: OpenDesk, kind: str) -> None:
    desk = open_desk(SPEC)
    assert counts(desk.send([row(1), row(2, plan=None, sex="m", y=0)], f"rows.{kind}")) == (2, 0, 0)
    stored = desk.rows("row_id", "event_at", "arrival", "version", "prediction", "p", "latency_ms", "status")
    at = naive(2026, 1, 1)
    assert stored == [("1", at, 1, "1", "1", 0.5, 3.5, "ok"), ("2", at, 2, "1", "1", 0.5, 3.5, "ok")]
    assert desk.rows("age", "plan", "sex") == [(40.5, "gold", "f"), (40.5, None, "m")]
    assert desk.labels() == {"1": "1", "2": "0"}


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_file_twice_is_all_duplicates(open_desk: OpenDesk, kind: str) -> None:
    for document in (SPEC, NO_ID, NO_TIME):
        desk = open_desk(document)
        rows = [row(1), row(2), row(3)]
        assert counts(desk.send(rows, f"rows.{kind}")) == (3, 0, 0)
        assert counts(desk.send(rows, f"rows.{kind}")) == (0, 0, 3)
        assert desk.value("SELECT count(*) FROM {labels}") == 3


def test_equal_rows_without_id_are_all_kept_once(open_desk: OpenDesk) -> None:
    desk = open_desk(NO_ID)
    rows = [row(1), row(1), row(1), row(2)]
    assert counts(desk.send(rows)) == (4, 0, 0)
    assert counts(desk.send(rows)) == (0, 0, 4)
    assert desk.value("SELECT count(DISTINCT row_id) FROM {rows}") == 4


def test_the_first_of_an_id_wins(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    assert counts(desk.send([row(1, age=1, y=0), row(1, age=2, y=1), row(2)])) == (2, 0, 1)
    assert counts(desk.send([row(2, age=3, y=0), row(3)])) == (1, 0, 1)
    assert desk.rows("row_id", "age") == [("1", 1.0), ("2", 40.5), ("3", 40.5)]
    assert desk.labels() == {"1": "0", "2": "1", "3": "1"}


def test_arrival_follows_the_file_and_never_repeats(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(5), row(1, p=7), row(3)])
    desk.label([{"id": 5, "y": 0}])
    desk.send([row(2)])
    assert desk.rows("row_id", "arrival") == [("5", 1), ("3", 3), ("2", 5)]
    assert desk.value("SELECT max(arrival) FROM {labels} WHERE row_id = '5'") == 4
    assert desk.value("SELECT arrival FROM {state}") == 5
    assert desk.value("SELECT count(DISTINCT batch_id) FROM {rows}") == 2


def test_window_0_begins_with_the_first_batch(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, p=9)])
    assert desk.value("SELECT origin_set FROM {state}") is False
    desk.send([row(2, at="2026-01-05"), row(3, at="2026-01-04T12:00:00"), row(4, p=9, at="2020-01-01")])
    desk.send([row(5, at="2026-01-01")])
    assert desk.value("SELECT origin FROM {state}") == naive(2026, 1, 4, 12)


def test_without_times_window_0_needs_none(open_desk: OpenDesk) -> None:
    desk = open_desk(NO_TIME)
    desk.send([row(1)])
    assert desk.value("SELECT origin_set FROM {state}") is True
    assert desk.rows("event_at") == [(None,)]


def test_absent_columns_are_null_but_id_and_time_must_be_there(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    assert counts(desk.send([{"id": 1, "at": "2026-01-01"}])) == (1, 0, 0)
    assert desk.rows("prediction", "p", "age", "plan", "sex") == [(None,) * 5]
    with pytest.raises(InvalidInput) as caught:
        desk.send([{"Id": 1, "when": "2026-01-01"}])
    assert [problem.field for problem in caught.value.problems] == ["id", "at"]
    assert "did you mean Id?" in str(caught.value)


def test_a_batch_key_gives_the_first_receipt_back(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    first = desk.send([row(1), row(2, p=3)], batch_key="monday")
    assert counts(first) == (1, 1, 0)
    assert desk.send([row(1), row(2, p=3)], batch_key="monday") == first
    assert desk.value("SELECT arrival FROM {state}") == 2
    with pytest.raises(Conflict, match="monday"):
        desk.send([row(3)], batch_key="monday")


def test_a_lost_batch_key_makes_duplicates_not_rows(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1), row(2, p=3)])
    assert counts(desk.send([row(1), row(2, p=3)], batch_key="monday")) == (0, 1, 1)
    assert len(desk.waiting()) == 1


# ---------------------------------------------------------------------- labels


@pytest.mark.parametrize("kind", FORMATS)
def test_late_labels_join_by_id_in_any_order(open_desk: OpenDesk, kind: str) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, y=None), row(2, y=None)])
    assert counts(desk.label([{"id": 2, "y": 1}, {"id": 3, "y": 0}], f"labels.{kind}")) == (2, 0, 0)
    desk.send([row(3, y=None)])
    assert desk.labels() == {"2": "1", "3": "0"}


def test_an_equal_label_is_a_duplicate_and_another_a_correction(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, y=0)])
    assert counts(desk.label([{"id": 1, "y": 0}])) == (0, 0, 1)
    assert counts(desk.label([{"id": 1, "y": 1}, {"id": 1, "y": 0}])) == (1, 0, 1)
    assert counts(desk.label([{"id": 1, "y": True}])) == (0, 0, 1)
    assert desk.labels() == {"1": "1"}


def test_a_row_sent_again_fills_in_a_missing_label_only(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, y=None), row(2, y=0)])
    assert counts(desk.send([row(1, y=1), row(2, y=1)])) == (0, 0, 2)
    assert desk.labels() == {"1": "1", "2": "0"}


def test_a_label_needs_id_and_value(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    receipt = desk.label([{"id": 1, "y": None}, {"id": None, "y": 1}, {"id": 2, "y": 1}])
    assert counts(receipt) == (1, 2, 0)
    assert receipt.reasons == {"id": 1, "y": 1}
    with pytest.raises(InvalidInput, match="is not in the file"):
        desk.label([{"id": 1, "z": 1}])


def test_labels_need_an_id_in_the_spec(open_desk: OpenDesk) -> None:
    with pytest.raises(InvalidInput, match=r"columns\.id"):
        open_desk(NO_ID).label([{"id": 1, "y": 1}])


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_classes_are_the_same_in_any_type(open_desk: OpenDesk, kind: str) -> None:
    for number, label in enumerate((1, 1.0, True, "1", "1.0", "true")):
        desk = open_desk(SPEC.replace("model: m", f"model: m{number}"))
        desk.send([row(1, y=label, yhat=label)], f"rows.{kind}")
        assert desk.labels() == {"1": "1"}
        assert desk.rows("prediction") == [("1",)]


def test_regression_targets_are_numbers(open_desk: OpenDesk) -> None:
    desk = open_desk("{model: m, task: regression, columns: {id: id, prediction: yhat, label: y}}")
    rows = [
        {"id": "a", "yhat": 1.5, "y": 2.0},
        {"id": "b", "yhat": float("inf"), "y": 1.0},
        {"id": "c", "yhat": float("nan"), "y": float("nan")},
    ]
    for kind in ("parquet", "csv", "jsonl"):
        receipt = desk.send([{**one, "id": f"{one['id']}{kind}"} for one in rows], f"rows.{kind}")
        assert counts(receipt) == (2, 1, 0)
        assert receipt.reasons == {"yhat": 1}
    assert desk.rows("prediction")[:2] == [(1.5,), (None,)]
    assert set(desk.labels().values()) == {2.0}


def test_multiclass_scores_have_a_column_each(open_desk: OpenDesk) -> None:
    desk = open_desk("{model: m, task: multiclass, columns: {id: id, prediction: y, score: {a: pa, b: pb}}}")
    desk.send([{"id": 1, "y": "a", "pa": 0.7, "pb": 0.3}])
    assert desk.rows("prediction", "pa", "pb") == [("a", 0.7, 0.3)]


# ---------------------------------------------------------------------- times


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-01T02:00:00+02:00",
        "2026-01-01T00:00:00Z",
        "2026-01-01 00:00:00",
        "2026-01-01",
        " 2026-01-01 ",
        "1767225600",
        1767225600,
        1767225600.0,
        1767225600000,
        1767225600000000,
        1767225600000000000,
        naive(2026, 1, 1),
        datetime(2026, 1, 1, tzinfo=UTC),
        naive(2026, 1, 1).date(),
    ],
)
def test_times_in_any_form_are_utc(open_desk: OpenDesk, value: object) -> None:
    desk = open_desk(SPEC)
    assert counts(desk.send([row(1, at=value)])) == (1, 0, 0)
    assert desk.rows("event_at") == [(naive(2026, 1, 1),)]
    if isinstance(value, str | int | float):
        assert counts(desk.send([row(2, at=value)], "rows.csv")) == (1, 0, 0)
        assert counts(desk.send([row(3, at=value)], "rows.jsonl")) == (1, 0, 0)
        assert desk.value("SELECT count(DISTINCT event_at) FROM {rows}") == 1


@pytest.mark.parametrize(
    "value",
    ["yesterday", "epoch", "infinity", "2026-13-01", "", "20260101", "1200-01-01", "2199-01-01", "7", True],
)
def test_what_is_no_time_goes_to_quarantine(open_desk: OpenDesk, value: object) -> None:
    desk = open_desk(SPEC)
    for kind in ("parquet", "csv", "jsonl"):
        receipt = desk.send([row(1, at=value)], f"rows.{kind}")
        assert counts(receipt) == (0, 1, 0)
        assert receipt.reasons == {"at": 1}
    assert {found.field for found in desk.waiting()} == {"at"}

import json
from collections.abc import Callable

import pytest

from tests.ingest_desk import FORMATS, Desk
from tests.unit.logs.test_ingest import NO_ID, SPEC, counts, row

OpenDesk = Callable[[str], Desk]
NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("id", None, "is missing"),
        ("at", None, "is missing"),
        ("at", "soon", "is not a time"),
        ("p", 1.5, "is outside [0, 1]"),
        ("p", -0.1, "is outside [0, 1]"),
        ("p", INFINITY, "is outside [0, 1]"),
        ("p", "high", "is not a number"),
        ("ms", -1.0, "is no duration"),
        ("ms", INFINITY, "is no duration"),
        ("age", "old", "is not a number"),
    ],
)
def test_a_bad_value_is_told_by_field_reason_and_remedy(
    open_desk: OpenDesk, field: str, value: object, reason: str
) -> None:
    desk = open_desk(SPEC)
    for kind in FORMATS:
        receipt = desk.send([row(1, **{"sex": kind, field: value})], f"rows.{kind}")
        assert counts(receipt) == (0, 1, 0)
        assert receipt.reasons == {field: 1}
    waiting = desk.waiting()
    assert len(waiting) == len(FORMATS)
    for found in waiting:
        assert (found.field, found.reason, found.kind) == (field, reason, "predictions")
        assert found.remedy
        assert json.loads(found.row)["plan"] == "gold"
    assert desk.rows("row_id") == []
    assert desk.labels() == {}


@pytest.mark.parametrize("kind", FORMATS)
def test_odd_numbers_in_features_are_kept(open_desk: OpenDesk, kind: str) -> None:
    desk = open_desk(SPEC)
    for number, value in enumerate((None, NAN, INFINITY, -INFINITY, True, 3)):
        assert counts(desk.send([row(number, age=value)], f"rows.{kind}")) == (1, 0, 0)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_missing_score_is_no_fault(open_desk: OpenDesk, kind: str) -> None:
    desk = open_desk(SPEC)
    rows = [row(1, p=None, ms=None, yhat=None, y=None), row(2, p=NAN), row(3)]
    assert counts(desk.send(rows, f"rows.{kind}")) == (3, 0, 0)
    assert desk.rows("p", "latency_ms") == [(None, None), (None, 3.5), (0.5, 3.5)]


def test_bad_rows_sent_again_are_listed_once(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    for _ in range(2):
        assert counts(desk.send([row(1, p=2), row(1, p=2), row(2)])) in ((1, 2, 0), (0, 2, 1))
    assert len(desk.waiting()) == 2
    assert len({found.id for found in desk.waiting()}) == 2


def test_a_changed_spec_lets_rows_in(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1), row(2, p=55), row(3, age="young")], "rows.csv")
    desk.send([row(4, ms=-1)], "rows.jsonl")
    assert counts(desk.retry()) == (0, 3, 0)
    desk.rewatch(
        SPEC.replace("score: p,", "")
        .replace("numeric: [age]", "categorical: [age]")
        .replace("categorical: [plan]", "numeric: []")
    )
    assert counts(desk.retry()) == (2, 1, 0)
    assert [found.field for found in desk.waiting()] == ["ms"]
    assert sorted(desk.rows("row_id")) == [("1",), ("2",), ("3",)]
    assert counts(desk.retry()) == (0, 1, 0)


def test_a_row_corrected_by_its_sender_is_a_duplicate_at_retry(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, p=55)])
    desk.send([row(1, p=0.55)])
    desk.rewatch(SPEC.replace("score: p,", ""))
    assert counts(desk.retry()) == (0, 0, 1)
    assert desk.waiting() == []


def test_what_is_still_wrong_is_told_anew(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.send([row(1, p=55, ms=-2)])
    desk.rewatch(SPEC.replace("score: p,", ""))
    receipt = desk.retry()
    assert (counts(receipt), receipt.reasons) == ((0, 1, 0), {"ms": 1})
    assert [found.reason for found in desk.waiting()] == ["is no duration"]


@pytest.mark.parametrize("kind", FORMATS)
def test_rows_without_id_retried_and_sent_again_count_once(open_desk: OpenDesk, kind: str) -> None:
    desk = open_desk(NO_ID)
    rows = [row(1, p=55), row(1, p=55), row(2)]
    assert counts(desk.send(rows, f"rows.{kind}")) == (1, 2, 0)
    desk.rewatch(NO_ID.replace("score: p,", ""))
    assert counts(desk.retry()) == (2, 0, 0)
    assert counts(desk.send(rows, f"rows.{kind}")) == (0, 0, 3)


def test_labels_are_retried_too(open_desk: OpenDesk) -> None:
    desk = open_desk("{model: m, task: regression, columns: {id: id, label: y, prediction: p}}")
    desk.label([{"id": 1, "y": "n/a?"}], "labels.csv")
    receipt = desk.retry()
    assert (counts(receipt), receipt.reasons) == ((0, 1, 0), {"y": 1})


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"id,at,p\n1,2026-01-01,.5\n2,2026-01-01\n3,2026-01-01,.5,7\n", "rows.csv"),
        (b'{"id": 1, "at": "2026-01-01"}\n{"id": 2, \n[3]\n', "rows.jsonl"),
        (b'[{"id": 1, "at": "2026-01-01"}, 2, "three"]', "rows.json"),
        (b'{"id": 1, "at": "2026-01-01"}\n{"id": "\xff"}\nnull\n', "rows.jsonl"),
        (b"id,at,p\n1,2026-01-01,.5\n\xff,2026-01-01,1\n4,2026-01-01,\xc3\n", "rows.csv"),
        (b'{"id": 1, "at": "2026-01-01"}\na\x1eb\n\x1e\n', "rows.jsonl"),
    ],
)
def test_rows_that_are_no_rows_are_kept_as_they_are(open_desk: OpenDesk, content: bytes, name: str) -> None:
    desk = open_desk(SPEC)
    assert counts(desk.send(content, name)) == (1, 2, 0)
    assert counts(desk.send(content, name)) == (0, 2, 1)
    assert len(desk.waiting()) == 2
    assert all(json.loads(found.row) for found in desk.waiting())
    assert counts(desk.retry()) == (0, 2, 0)


def test_files_of_nothing_but_broken_rows_keep_their_rows_apart(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    for number in range(3):
        assert counts(desk.send(f"id,at,p\n{number}\n".encode(), "rows.csv")) == (0, 1, 0)
    assert len({found.id for found in desk.waiting()}) == 3

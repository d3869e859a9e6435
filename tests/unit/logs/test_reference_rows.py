from collections.abc import Callable

import pytest

from core.errors import InvalidInput
from tests.ingest_desk import FORMATS, Desk, naive
from tests.unit.logs.test_ingest import SPEC, counts, row

OpenDesk = Callable[[str], Desk]


def with_rule(rule: str) -> str:
    return SPEC.replace("window:", f"reference: {{{rule}}}, window:")


def test_the_whole_file_is_the_reference(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    assert desk.pin([row(1), row(2, y=0), row(2)]) == 3
    assert desk.reference("row_id", "arrival", "label", "age") == [
        ("1", 1, "1", 40.5), ("2", 2, "0", 40.5), ("2", 3, "1", 40.5),
    ]  # fmt: skip
    assert desk.rows("row_id") == []


def test_reference_ids_are_no_duplicates(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.pin([row(1), row(2)])
    assert counts(desk.send([row(1), row(2)])) == (2, 0, 0)
    assert desk.pin([row(3)]) == 1
    assert desk.value("SELECT count(*) FROM {rows}") == 2


def test_a_reference_may_lack_ids_and_times(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    assert desk.pin([{"age": 3, "y": 1}, {"age": 4, "y": 0}]) == 2


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("rule", "ids"),
    [
        ("where: \"period = 'reference'\"", ["1", "2"]),
        ("where: \"period != 'reference' and age > 40\"", ["4"]),
        ('where: "flag = true"', ["1", "3"]),
        ("where: \"at < '2026-01-02'\"", ["1"]),
        ("where: \"at >= '2026-01-03T01:00:00+01:00'\"", ["3", "4"]),
        ('where: "age <= 30"', ["1", "3"]),
        ("where: \"age = '30'\"", ["1"]),
        ("first: 2d", ["1", "2"]),
    ],
)
def test_a_rule_chooses_rows(open_desk: OpenDesk, kind: str, rule: str, ids: list[str]) -> None:
    rows = [
        row(1, at="2026-01-01T00:00:00", age=30, period="reference", flag=True),
        row(2, at="2026-01-02T00:00:00", age=50, period="reference", flag=False),
        row(3, at="2026-01-03T00:00:00", age=20, period="analysis", flag=True),
        row(4, at="2026-01-04T00:00:00", age=60, period="analysis", flag=None),
    ]
    desk = open_desk(with_rule(rule))
    assert desk.pin(rows, f"reference.{kind}") == len(ids)
    assert desk.reference("row_id") == [(identity,) for identity in ids]


@pytest.mark.parametrize(
    ("rule", "rows", "message"),
    [
        ("where: \"nowhere = 'x'\"", [row(1)], "nowhere: is not in the file"),
        ("where: \"plan = 'tin'\"", [row(1)], "matches no row"),
        ("first: 1d", [{"age": 1}], "no row has an event time"),
        ("", [row(1, p=4), row(2, p=5)], r"outside \[0, 1\], in 2 rows"),
    ],
)
def test_a_reference_without_rows_is_refused(
    open_desk: OpenDesk, rule: str, rows: list[dict[str, object]], message: str
) -> None:
    desk = open_desk(with_rule(rule))
    with pytest.raises(InvalidInput, match=message):
        desk.pin(rows)
    assert desk.reference("row_id") == []


def test_an_empty_reference_keeps_the_one_before(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    desk.pin([row(1)])
    with pytest.raises(InvalidInput):
        desk.pin(b"id,at\n", "reference.csv")
    assert desk.reference("row_id") == [("1",)]


def test_bad_reference_rows_are_listed_and_not_ingested_by_a_retry(open_desk: OpenDesk) -> None:
    desk = open_desk(SPEC)
    for _ in range(2):
        assert desk.pin([row(1), row(2, p=7)]) == 1
        assert [found.kind for found in desk.waiting()] == ["reference"]
    desk.rewatch(SPEC.replace("score: p,", ""))
    assert counts(desk.retry()) == (0, 0, 0)
    assert desk.rows("row_id") == []


def test_window_0_begins_where_a_first_period_ends(open_desk: OpenDesk) -> None:
    desk = open_desk(with_rule("first: 2d"))
    desk.pin([row(1, at="2026-01-01T06:00:00"), row(2, at="2026-01-09T00:00:00")])
    assert desk.value("SELECT origin FROM {state}") == naive(2026, 1, 3, 6)
    desk.send([row(1, at="2026-01-01T06:00:00"), row(2, at="2026-01-09T00:00:00")])
    assert desk.value("SELECT origin FROM {state}") == naive(2026, 1, 3, 6)
    assert desk.pin_first() == 0


def test_the_streams_own_first_period(open_desk: OpenDesk) -> None:
    desk = open_desk(with_rule("first: 2d"))
    assert desk.pin_first() == 0
    desk.send([row(1, at="2026-01-02", y=None), row(2, at="2026-01-02")])
    assert desk.pin_first() == 0
    desk.send([row(3, at="2026-01-01"), row(4, at="2026-01-03")])
    desk.label([{"id": 1, "y": 0}])
    assert desk.pin_first() == 3
    assert desk.reference("row_id", "label") == [("1", "0"), ("2", "1"), ("3", "1")]
    assert desk.value("SELECT origin FROM {state}") == naive(2026, 1, 3)
    assert desk.pin_first() == 0
    assert desk.value("SELECT count(*) FROM {rows}") == 4


def test_another_rule_places_window_0_anew(open_desk: OpenDesk) -> None:
    desk = open_desk(with_rule("first: 1d"))
    desk.pin([row(1)])
    desk.send([row(1, at="2026-01-05")])
    desk.send([row(2, at="2026-01-01")])
    desk.rewatch(SPEC)
    desk.pin([row(1)])
    assert desk.value("SELECT origin FROM {state}") == naive(2026, 1, 5)

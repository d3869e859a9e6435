"""Labels on their own schedule: nothing is judged too soon, and what was known when stays known."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from core.domain import Role, Status
from tests.loans import DAY_0, SPEC, rows

LATE = SPEC + "label_delay: 7d\n"


def labels_of(table: pa.Table) -> pa.Table:
    return table.select(["id", "repaid"])


@pytest.fixture
def watched(trimtab, file):
    trimtab.watch(LATE, reference=file(rows(-28, 28)))
    return trimtab


def send(trimtab, upload, kind="predictions"):
    trimtab.ingest("loans", upload, kind=kind)
    return trimtab.monitor("loans").windows


def realised(verdicts):
    return [
        one for one in verdicts if one.measurement.role is Role.PERFORMANCE and not one.measurement.estimated
    ]


def test_positives_that_are_labelled_first_raise_no_incident(watched, file):
    """Day by day: defaults of a day come at once, all others a week later. Nothing has changed."""
    for day in range(10):
        send(watched, file(rows(day, 1).drop_columns(["repaid"])))
        table = labels_of(rows(day, 1))
        send(watched, file(table.filter(pc.equal(table["repaid"], 1))), "labels")
        if day >= 7:
            earlier = labels_of(rows(day - 7, 1))
            send(watched, file(earlier.filter(pc.equal(earlier["repaid"], 0))), "labels")
        verdicts = realised(watched.verdicts("loans"))
        assert not [one.sentence for one in verdicts if one.status is Status.FAIL]
        assert not watched.incidents()
    ripe = [one for one in verdicts if one.measurement.window.index <= 2]
    assert {one.status for one in ripe} == {Status.PASS}
    young = [one for one in verdicts if 2 < one.measurement.window.index < 9]
    assert {(one.status, one.reason) for one in young} == {(Status.UNKNOWN, "labels immature")}


def test_late_labels_reopen_only_the_windows_that_they_touch(watched, file, monkeypatch):
    """And of these no row is counted again: their profiles follow the labels."""
    send(watched, file(rows(0, 12).drop_columns(["repaid"])))
    from core.profiles import build, late

    counted: list[int | None] = []
    followed: list[int | None] = []
    whole, carry_on = build.count_rows, late.carry_on

    def counting(cursor, layout, spec, job):
        counted.extend(window.index for window in job.windows)
        whole(cursor, layout, spec, job)

    def following(cursor, layout, spec, job, **more):
        carried = carry_on(cursor, layout, spec, job, **more)
        followed.extend(window.index for window in carried)
        return carried

    monkeypatch.setattr(build, "count_rows", counting)
    monkeypatch.setattr(late, "carry_on", following)
    table = labels_of(rows(0, 12))
    some = pa.concat_tables([table.slice(3 * 400, 50), table.slice(7 * 400 + 10, 50)])
    send(watched, file(some), "labels")
    assert (counted, followed) == ([], [3, 7])
    # New rows with their labels, and a label of a row that was there: the one is counted, the other followed.
    watched.ingest("loans", file(table.slice(5 * 400, 1)), kind="labels")
    send(watched, file(rows(12, 1)))
    assert (counted, followed) == ([12], [3, 7, 5])


def test_what_was_known_when_stays_on_record(watched, file, clock):
    send(watched, file(rows(0, 9).drop_columns(["repaid"])))
    first = clock.now()
    clock.at = first + timedelta(days=21)
    worse = labels_of(rows(0, 1))
    flipped = pa.array(1 - np.asarray(worse["repaid"]))
    send(watched, file(worse.set_column(1, "repaid", flipped)), "labels")
    history = [
        one
        for one in watched.verdict_history("loans")
        if one.verdict.measurement.metric == "accuracy"
        and not one.verdict.measurement.estimated
        and one.verdict.measurement.window.index == 0
    ]
    assert [(one.verdict.status, one.verdict.reason) for one in history] == [
        (Status.UNKNOWN, "no labels yet"),
        (Status.FAIL, "outside reference band"),
    ]
    assert (history[0].recorded_at, history[0].superseded_at) == (first, clock.now())
    assert history[1].superseded_at is None
    then = realised(watched.verdicts("loans", as_of=first + timedelta(days=1)))
    assert {one.status for one in then} == {Status.UNKNOWN}
    now = realised(watched.verdicts("loans", as_of=clock.now()))
    assert [one.id for one in now] == [one.id for one in realised(watched.verdicts("loans"))]
    assert Status.FAIL in {one.status for one in now}
    assert watched.verdicts("loans", as_of=DAY_0) == []

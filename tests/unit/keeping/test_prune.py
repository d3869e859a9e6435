"""Rows go by age and by whole windows; nothing that was judged of them changes."""

import json
import os
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.domain import Status
from core.lineage.events import MLFLOW_RUN, READ
from core.questions import ROWS_PRUNED
from tests.keeping_desk import BY_ROWS, DAY, NO_TIME, Place
from tests.loans import DAY_0, SPEC, rows
from tests.openlineage_events import spark_write, task_training

Make = Callable[..., Place]
SPECS = pytest.mark.parametrize("spec", [SPEC, BY_ROWS], ids=["time windows", "row windows"])


def filled(place: Place, spec: str = SPEC, n_days: int = 20) -> Place:
    place.watch(spec, rows(-8, 8, n=100))
    place.send(rows(0, n_days, n=100))
    place.trimtab.monitor()
    return place


@SPECS
def test_old_windows_lose_their_rows_and_keep_what_was_judged(place: Make, spec: str) -> None:
    made = filled(place(rows=30 * DAY), spec)
    before = made.on_record()
    said = made.rows_of(made.prune(dry_run=True))
    assert made.on_record() == before
    receipt = made.prune()
    went = made.rows_of(receipt)
    # The clock stands on day 40: days 0 to 9 are older than 30 days.
    assert (said.n, went.n, went.n_waiting) == (1000, 1000, 0)
    assert went.oldest_at == DAY_0 + 10 * DAY
    assert made.value("SELECT count(*) FROM {rows}") == 1000
    assert made.value("SELECT count(*) FROM {labels}") == 1000
    assert made.on_record() == before
    assert made.trimtab.monitor().windows == 0
    assert made.on_record() == before
    assert made.rows_of(made.prune()).n == 0


def test_only_whole_windows_go(place: Make) -> None:
    made = filled(place(rows=30 * DAY), SPEC.replace("every: 1d", "every: 3d"))
    went = made.rows_of(made.prune())
    assert (went.n, went.n_waiting) == (900, 100)
    by_rows = filled(place("other", rows=30 * DAY), SPEC.replace("{every: 1d}", "{rows: 300}"))
    went = by_rows.rows_of(by_rows.prune())
    assert (went.n, went.n_waiting) == (900, 100)


@SPECS
def test_what_comes_later_is_judged_as_if_nothing_had_gone(place: Make, spec: str) -> None:
    made, twin = filled(place(rows=30 * DAY), spec), filled(place("twin", rows=None), spec)
    assert made.rows_of(made.prune()).n == 1000
    late = rows(15, 1, n=7, seed=99)
    unlabelled = rows(20, 3, n=100, shift=1.0)
    for one in (made, twin):
        one.send(late)
        one.send(unlabelled.drop_columns(["repaid"]))
        one.trimtab.monitor()
        one.send(unlabelled.select(["id", "repaid"]), "labels")
        one.send(rows(23, 2, n=100))
        one.trimtab.monitor()
    assert made.on_record() == twin.on_record()
    for one in (made, twin):
        one.clock.at += 12 * DAY
        one.trimtab.monitor()
    assert made.rows_of(made.prune()).n > 1000
    assert made.on_record() == twin.on_record()


def test_rows_of_a_pruned_time_are_set_aside_and_say_why(place: Make) -> None:
    made = filled(place(rows=30 * DAY))
    made.prune()
    before = made.on_record()
    again = made.send(rows(0, 20, n=100))
    assert (again.accepted, again.quarantined, again.duplicate) == (0, 1000, 1000)
    (reason,) = {one.reason for one in made.trimtab.quarantine("loans")}
    assert reason == "is before 2026-09-11 00:00, up to where rows were pruned"
    made.trimtab.retry_quarantine("loans")
    assert made.trimtab.monitor().windows == 0
    assert made.on_record() == before


def test_labels_of_pruned_rows_change_nothing_and_go_in_their_turn(place: Make) -> None:
    made = place(rows=30 * DAY)
    made.watch(SPEC, rows(-8, 8, n=100))
    whole = rows(0, 20, n=100)
    made.send(whole.drop_columns(["repaid"]))
    made.prune()
    before = made.on_record()
    assert made.send(whole.select(["id", "repaid"]).slice(0, 500), "labels").accepted == 500
    assert made.trimtab.monitor().windows == 0
    assert made.on_record() == before
    made.clock.at += 31 * DAY
    made.prune()
    assert made.value("SELECT count(*) FROM {labels}") == 0


@SPECS
def test_watching_again_keeps_the_judgements_of_pruned_windows(place: Make, spec: str) -> None:
    made = filled(place(rows=30 * DAY), spec)
    made.prune()
    before = made.on_record()
    made.watch(spec + "owner: somebody\n", rows(-8, 8, n=100))
    made.trimtab.monitor()
    assert made.on_record() == before
    # Another reference: what can be judged again is, what cannot stays as it was.
    made.watch(spec, rows(-9, 9, n=100, seed=5))
    made.trimtab.monitor()
    after = made.on_record()
    per_day = 1 if "every" in spec else 2
    gone = 10 * per_day
    old, new = (
        {one.identity: one for one in record["measurements"] if one.window.index < gone}
        for record in (before, after)
    )
    assert old == new
    assert {one.window.index for one in after["measurements"]} == set(range(20 * per_day))
    assert made.trimtab.monitor().windows == 0


def test_other_windows_begin_where_the_rows_do(place: Make) -> None:
    made = filled(place(rows=30 * DAY), BY_ROWS)
    made.prune()
    made.watch(SPEC.replace("{every: 1d}", "{rows: 100}"), rows(-8, 8, n=100))
    made.trimtab.monitor()
    found = made.trimtab.measurements("loans", metric="row_count")
    assert [(one.window.index, one.n) for one in found] == [(i, 100) for i in range(10)]
    made.watch(SPEC.replace("1d", "4d"), rows(-8, 8, n=100))
    made.trimtab.monitor()
    found = made.trimtab.measurements("loans", metric="row_count")
    # Days 8 to 11 lost rows: that window is not judged.
    assert [(one.window.index, one.n) for one in found] == [(3, 400), (4, 400)]
    assert Status.FAIL not in {one.status for one in made.trimtab.verdicts("loans")}


def test_the_first_period_of_a_stream_stays_its_reference(place: Make) -> None:
    spec = SPEC + "reference: {first: 8d}\n"
    made = place(rows=25 * DAY)
    made.watch(spec)
    made.send(rows(0, 20, n=100))
    made.trimtab.monitor()
    before = made.on_record()
    assert made.rows_of(made.prune()).n == 1500
    assert made.on_record() == before
    made.watch(spec + "owner: somebody\n")
    made.trimtab.monitor()
    assert made.on_record() == before


def test_exact_numbers_and_fairness_say_what_they_leave_out(place: Make) -> None:
    made = filled(place(rows=30 * DAY))
    stored = made.trimtab.measurements("loans", metric="roc_auc")
    assert made.trimtab.fairness("loans", ("sex",)).note == ""
    made.prune()
    exact = made.trimtab.measurements("loans", metric="roc_auc", exact=True)
    assert [one.identity for one in exact] == [one.identity for one in stored]
    told = {one.window.index for one in exact if ROWS_PRUNED in one.method}
    assert told == set(range(10))
    assert all(
        one.value == old.value for one, old in zip(exact, stored, strict=True) if one.window.index < 10
    )
    fairness = made.trimtab.fairness("loans", ("sex",))
    assert fairness.note == "1,000 rows before 2026-09-11 00:00 UTC were pruned and are in no number here."
    assert made.trimtab.fairness("loans", ("sex",), since=DAY_0 + 12 * DAY).note == ""


def test_what_was_not_judged_waits(place: Make) -> None:
    made = place(rows=30 * DAY)
    made.watch(SPEC + "reference: {first: 28d}\n")
    made.send(rows(0, 20, n=100))
    went = made.rows_of(made.prune())
    assert (went.n, went.n_waiting) == (0, 1000)
    assert made.value("SELECT count(*) FROM {rows}") == 2000


def test_by_itself_rows_must_have_been_here_for_their_time_too(place: Make) -> None:
    made = filled(place(rows=30 * DAY))
    made.trimtab.keeping.prune_daily()
    assert made.value("SELECT count(*) FROM {rows}") == 2000
    made.clock.at += 20 * DAY
    made.trimtab.keeping.prune_daily()
    assert made.value("SELECT count(*) FROM {rows}") == 2000
    made.clock.at += 11 * DAY
    made.trimtab.keeping.prune_daily()
    assert made.value("SELECT count(*) FROM {rows}") == 0


def test_it_prunes_by_itself_once_a_day(place: Make) -> None:
    made = filled(place(rows=30 * DAY))
    keeping = made.trimtab.keeping
    keeping.prune_daily()
    last = made.trimtab._state.setting("keeping/pruned_at")
    made.clock.at += timedelta(hours=23)
    keeping.prune_daily()
    assert made.trimtab._state.setting("keeping/pruned_at") == last
    made.clock.at += timedelta(hours=1)
    keeping.prune_daily()
    assert made.trimtab._state.setting("keeping/pruned_at") != last


def test_rows_without_times_grow_old_from_when_they_came(place: Make) -> None:
    made, twin = (place(name, rows=30 * DAY) for name in ("made", "twin"))
    for one in (made, twin):
        one.watch(NO_TIME, rows(-8, 8, n=100))
        one.send(rows(0, 2, n=110))
        one.trimtab.monitor()
    made.prune()
    for one in (made, twin):
        one.clock.at += 20 * DAY
        one.send(rows(2, 2, n=110))
    made.clock.at += 11 * DAY
    # 220 rows are old enough: four windows of 50 rows.
    assert made.rows_of(made.prune()).n == 200
    for one in (made, twin):
        one.send(rows(4, 1, n=110))
        one.trimtab.monitor()
    assert made.on_record() == twin.on_record()


def test_for_good_is_for_good(place: Make) -> None:
    made = filled(place(rows=None, quarantine=None))
    made.clock.at += 10_000 * DAY
    assert not [one for one in made.prune().classes if one.kind in {"rows", "quarantine"}]
    assert made.value("SELECT count(*) FROM {rows}") == 2000


def test_quarantined_rows_go_by_when_they_came(place: Make) -> None:
    made = filled(place(quarantine=10 * DAY))
    bad = rows(20, 1, n=5)
    made.send(bad.set_column(bad.schema.get_field_index("at"), "at", [["never"] * 5]))
    assert len(made.trimtab.quarantine("loans")) == 5
    made.prune()
    assert len(made.trimtab.quarantine("loans")) == 5
    made.clock.at += 11 * DAY
    (went,) = [one for one in made.prune().classes if one.kind == "quarantine"]
    assert (went.n, went.n_bytes > 100) == (5, True)
    assert made.trimtab.quarantine("loans") == []


def test_lineage_events_go_as_they_came_and_what_is_read_of_them_stays(place: Make) -> None:
    made = place()
    intake, events = made.trimtab.lineage.intake, made.trimtab._state.lineage.events

    def read() -> tuple[object, object]:
        return set(events.said(READ, of_runs=[MLFLOW_RUN])), set(events.links())

    old = spark_write()
    intake.take(json.dumps([*old, {"eventTime": "never"}]).encode())
    made.clock.at += 89 * DAY
    intake.take(json.dumps(task_training("r1")).encode())
    assert [one.n for one in made.prune().classes if one.kind == "lineage"] == [0]
    before = read()
    assert len(events.said([], of_runs=["spark.logicalPlan"])) == 1
    made.clock.at += 2 * DAY
    (due,) = [one for one in made.prune(dry_run=True).classes if one.kind == "lineage"]
    (went,) = [one for one in made.prune().classes if one.kind == "lineage"]
    assert went == due
    assert (went.n, went.n_bytes > 500, went.oldest_at) == (len(old) + 1, True, made.clock.at - 2 * DAY)
    assert (events.count(), events.refused(), read()) == (1, [], before)
    assert events.said([], of_runs=["spark.logicalPlan"]) == [], "what nobody reads goes with it"
    # Sent again, it is taken in as if for the first time, and says nothing new.
    assert intake.take(json.dumps(old).encode()).accepted == len(old)
    assert read() == before


def test_files_go_by_age_and_a_log_in_use_is_emptied(place: Make) -> None:
    made = place()
    workspace = made.trimtab.settings.workspace
    old, young = made.clock.at - 100 * DAY, made.clock.at - timedelta(hours=1)
    files = {
        "spool": workspace.spool / "left.upload",
        "logs": workspace.logs / "pane.log.1",
        "copies": workspace.root / "analytics.duckdb.before-070",
        "exports": workspace.root / "reports" / "deep.html",
    }
    log = workspace.logs / "pane.log"
    for path in (*files.values(), log):
        for name, at in ((path, old), (path.with_name(f"young-{path.name}"), young)):
            name.parent.mkdir(exist_ok=True)
            name.write_text("something")
            os.utime(name, (at.timestamp(), at.timestamp()))
    went = {one.kind: one for one in made.prune().classes if one.model is None}
    assert {kind: one.n for kind, one in went.items() if one.n} == {
        "spool": 1, "logs": 2, "copies": 1, "exports": 1,
    }  # fmt: skip
    assert went["exports"].n_bytes == 9
    assert went["spool"].oldest_at == young
    assert not any(path.exists() for path in files.values())
    assert log.read_text() == ""
    assert files["copies"].with_name("young-analytics.duckdb.before-070").exists()


def test_the_doctor_tells_size_oldest_row_and_last_backup(place: Make) -> None:
    made = filled(place(), n_days=2)

    def told() -> str:
        (check,) = [one for one in made.trimtab.doctor() if one.name == "keeping"]
        return check.message

    assert told().endswith(" GB used; oldest row of 2026-09-01; last backup never")
    with made.trimtab.keeping.backup():
        pass
    assert "last backup today" in told()
    made.clock.at += 9 * DAY
    assert "last backup 9 days ago" in told()

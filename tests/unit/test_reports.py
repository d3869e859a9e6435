"""Asking for a report: which window, which rows, once while nothing changes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from core import reports
from core.config import Workspace, create_workspace
from core.errors import Conflict, NotFound
from core.job import Job, JobStatus
from core.logs.upload import sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.reports import ReportScope
from tests.fakes import FakeExecutor, FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows

SCOPE = ReportScope(model="loans")


class Desk:
    """A workspace with two judged days of loans, the second of which has no labels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.executor = FakeExecutor()
        self.trimtab = Trimtab(
            settings=create_workspace(Workspace(folder / "w"), {}),
            store=AnalyticsStore.open(None),
            state=StateStore.open(None),
            registries={"local": FakeRegistry()},
            clock=FixedClock(DAY_0 + timedelta(days=2)),
            executor=self.executor,
        )

    def file(self, name: str, **asked: object) -> Path:
        path = self.folder / name
        pq.write_table(rows(**asked), path)  # type: ignore[arg-type]
        return path

    def watch(self, text: str = SPEC) -> None:
        self.trimtab.watch(text, reference=sniff(self.file("reference.parquet", day=-4, n_days=4, n=60)))

    def send(self, name: str, **asked: object) -> None:
        self.trimtab.ingest("loans", sniff(self.file(name, **asked)), kind="predictions")
        self.trimtab.monitor()

    def ask(self, window: int | None = None, version: str | None = None) -> Job:
        return self.trimtab.reports.make("loans", window=window, version=version, actor="ann")

    def request(self, job: Job) -> dict[str, object]:
        (work, _) = self.executor.waiting[job.id]
        found: dict[str, object] = json.loads((work.folder / "request.json").read_text())
        return found

    def finish(self, job: Job) -> None:
        self.executor.begin(job.id)
        self.executor.finish(job.id, "report.html", b"<html>")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk(tmp_path)
    opened.watch()
    opened.send("0.parquet", day=0, n_days=1, n=80)
    opened.send("1.parquet", day=1, n_days=1, n=50, labels=False)
    yield opened
    opened.trimtab.close()


def test_the_child_gets_both_sides_under_the_models_own_names(desk: Desk) -> None:
    job = desk.ask(0)
    assert (job.kind, job.model, job.subject) == ("report", "loans", "window 0 (1 Sep 2026)")
    asked = desk.request(job)
    assert asked["reference"] == {"n_rows": 240, "n_sampled": 240, "n_labelled": 240}
    assert asked["current"] == {"n_rows": 80, "n_sampled": 80, "n_labelled": 80}
    assert (asked["task"], asked["positive"], asked["version"]) == ("binary", "1", None)
    assert asked["columns"] == [
        {"name": "income", "kind": "numeric", "role": "feature"},
        {"name": "channel", "kind": "categorical", "role": "feature"},
        {"name": "score", "kind": "numeric", "role": "score"},
        {"name": "decision", "kind": "categorical", "role": "prediction"},
        {"name": "repaid", "kind": "categorical", "role": "label"},
    ]
    folder = desk.executor.waiting[job.id][0].folder
    current = pq.read_table(folder / "current.parquet")
    assert current.column_names == ["income", "channel", "score", "decision", "repaid"]
    sent = pq.read_table(desk.folder / "0.parquet")
    assert sorted(current["income"].to_pylist()) == sorted(sent["income"].to_pylist())
    assert len(pq.read_table(folder / "reference.parquet")) == 240


def test_without_a_window_it_is_the_latest_closed_one(desk: Desk) -> None:
    job = desk.ask()
    assert job.about["window"] == "1"
    assert desk.request(job)["current"] == {"n_rows": 50, "n_sampled": 50, "n_labelled": 0}


def test_large_sides_are_sampled_and_say_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "SAMPLE", 30)
    job = desk.ask(0)
    asked = desk.request(job)
    assert asked["reference"] == {"n_rows": 240, "n_sampled": 30, "n_labelled": 30}
    folder = desk.executor.waiting[job.id][0].folder
    first = pq.read_table(folder / "current.parquet")["income"].to_pylist()
    assert len(first) == 30
    desk.trimtab.jobs.cancel(job.id, actor="ann")
    again = desk.executor.waiting[desk.ask(0).id][0].folder
    assert pq.read_table(again / "current.parquet")["income"].to_pylist() == first, (
        "the same sample each time"
    )


def test_what_a_report_may_use_is_set(tmp_path: Path, desk: Desk) -> None:
    (work, _) = desk.executor.waiting[desk.ask(0).id]
    assert (work.time_limit_s, work.memory_limit_mb) == (900, 2048)
    object.__setattr__(desk.trimtab.settings, "job_time_s", 30.0)
    (work, _) = desk.executor.waiting[desk.ask(1).id]
    assert work.time_limit_s == 30


def test_one_version_only(desk: Desk) -> None:
    job = desk.ask(0, "1")
    assert job.subject == "window 0 (1 Sep 2026), version 1"
    assert desk.request(job)["version"] == "1"
    with pytest.raises(NotFound, match="row of this version"):
        desk.ask(0, "2")
    assert [one.id for one in desk.trimtab.jobs.every()] == [job.id], "what is refused is not on record"


def test_the_same_report_is_made_once_until_something_changes(desk: Desk) -> None:
    first = desk.ask(1)
    assert desk.ask(1).id == first.id
    desk.finish(first)
    assert desk.ask(1).status is JobStatus.DONE
    assert [row.stale for row in desk.trimtab.reports.view(SCOPE).reports] == [False]
    labels = rows(1, 1, n=50).select(["id", "repaid"]).slice(0, 5)
    pq.write_table(labels, desk.folder / "labels.parquet")
    desk.trimtab.ingest("loans", sniff(desk.folder / "labels.parquet"), kind="labels")
    assert [row.stale for row in desk.trimtab.reports.view(SCOPE).reports] == [True]
    again = desk.ask(1)
    assert again.id != first.id
    assert desk.request(again)["current"] == {"n_rows": 50, "n_sampled": 50, "n_labelled": 5}


def test_what_comes_for_other_windows_changes_nothing(desk: Desk) -> None:
    desk.finish(first := desk.ask(0))
    desk.send("2.parquet", day=2, n_days=1, n=30)
    assert [row.stale for row in desk.trimtab.reports.view(SCOPE).reports] == [False]
    assert desk.ask(0).id == first.id
    desk.send("late.parquet", day=0, n_days=1, n=10, seed=8)
    assert [row.stale for row in desk.trimtab.reports.view(SCOPE).reports] == [True]


def test_another_spec_makes_it_stale(desk: Desk) -> None:
    desk.finish(desk.ask(0))
    desk.watch(SPEC.replace("risk: high", "risk: low"))
    desk.trimtab.monitor()
    assert [row.stale for row in desk.trimtab.reports.view(SCOPE).reports] == [True]


def test_what_there_is_no_report_on(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="judged window with rows '7'"):
        desk.ask(7)
    with pytest.raises(NotFound):
        desk.trimtab.reports.make("nope", window=None, version=None, actor="ann")
    (tmp_path / "other").mkdir()
    bare = Desk(tmp_path / "other")
    bare.trimtab.watch(SPEC + "reference: {first: 2d}\n")
    with pytest.raises(Conflict, match="has no reference"):
        bare.ask()
    bare.watch()
    bare.trimtab.monitor()
    with pytest.raises(Conflict, match="is judged yet"):
        bare.ask()
    bare.trimtab.close()


def test_the_view_tells_what_there_is(desk: Desk) -> None:
    empty = desk.trimtab.reports.view(SCOPE)
    assert [(one.index, one.n_rows, one.closed) for one in empty.windows] == [(1, 50, True), (0, 80, True)]
    assert empty.reports == ()
    assert not empty.running
    first = desk.ask(0)
    desk.executor.begin(first.id)
    desk.executor.progress(first.id, 0.4, "Comparing columns")
    (row,) = (view := desk.trimtab.reports.view(SCOPE)).reports
    assert view.running
    assert (row.running, row.share, row.step, row.stale) == (True, 0.4, "Comparing columns", None)
    desk.executor.finish(first.id, "report.html", b"<html>")
    (row,) = desk.trimtab.reports.view(SCOPE).reports
    assert (row.status, row.n_bytes, row.stale) == (JobStatus.DONE, 6, False)
    desk.trimtab.jobs.result(first.id).unlink()
    (row,) = desk.trimtab.reports.view(SCOPE).reports
    assert (row.status, row.error) == (JobStatus.FAILED, "Its page was removed from the workspace.")


def test_row_windows_have_reports_too(tmp_path: Path) -> None:
    opened = Desk(tmp_path)
    opened.watch(SPEC.replace("window: {every: 1d}", "window: {rows: 40}"))
    opened.send("0.parquet", day=0, n_days=1, n=100)
    job = opened.ask()
    assert job.about["window"] == "1", "the third is not full yet"
    asked = opened.request(job)
    assert asked["current"] == {"n_rows": 40, "n_sampled": 40, "n_labelled": 40}
    opened.finish(job)
    assert [row.stale for row in opened.trimtab.reports.view(SCOPE).reports] == [False]
    opened.send("1.parquet", day=1, n_days=1, n=40)
    assert [row.stale for row in opened.trimtab.reports.view(SCOPE).reports] == [False]
    opened.send("late.parquet", day=0, n_days=1, n=5, seed=8)
    assert [row.stale for row in opened.trimtab.reports.view(SCOPE).reports] == [True], "it was shifted"
    opened.trimtab.close()


def test_a_model_of_numbers(tmp_path: Path) -> None:
    opened = Desk(tmp_path)
    text = SPEC.replace("task: binary\npositive: 1", "task: regression").replace(", score: score", "")
    opened.watch(text)
    opened.send("0.parquet", day=0, n_days=1, n=40)
    asked = opened.request(opened.ask())
    kinds = {one["name"]: one["kind"] for one in asked["columns"]}  # type: ignore[attr-defined]
    assert kinds == {
        "income": "numeric",
        "channel": "categorical",
        "decision": "numeric",
        "repaid": "numeric",
    }
    opened.trimtab.close()


def test_reports_of_a_namesake_elsewhere_are_not_mixed_in(desk: Desk) -> None:
    job = desk.ask(0)
    wanted = replace(job, id="other", about={**job.about, "model_key": "f" * 12})
    plan = desk.trimtab._state.jobs.plan(job.id)
    desk.trimtab._state.jobs.add(wanted, plan=plan, key="other")
    assert [one.id for one in desk.trimtab.reports.of_model("loans")] == [job.id]

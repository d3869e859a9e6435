"""Jobs on record: asked for once, done once, never half done, whatever ends in the middle."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.job import Job, JobStatus, Plan
from core.jobs import JobDesk, Wanted, desk
from core.jobs.pause import Pause
from core.ports import Outcome
from core.store import StateStore
from tests.fakes import FakeExecutor, FixedClock

PLAN = Plan(
    task="test",
    output="made.html",
    place="artifacts/reports/{id}.html",
    time_limit_s=60,
    memory_limit_mb=2048,
)
WANTED = Wanted(
    kind="report", model="loans", subject="window 3", about={"window": "3"}, plan=PLAN, key="report/loans/3"
)


@dataclass
class Office:
    """A desk, what it stands on, and a way to begin anew as after a crash."""

    root: Path
    state: StateStore = field(default_factory=lambda: StateStore.open(None))
    executor: FakeExecutor = field(default_factory=FakeExecutor)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        self.desk = self.opened()

    def opened(self) -> JobDesk:
        return JobDesk(
            table=self.state.jobs,
            executor=self.executor,
            clock=self.clock,
            root=self.root,
            folder=self.root / "spool" / "jobs",
        )

    def begin_anew(self) -> None:
        """Open the desk as the next process does; the executor's memory is gone with the old one."""
        self.executor = FakeExecutor()
        self.desk = self.opened()
        self.desk.recover()

    def ask(self, wanted: Wanted = WANTED) -> Job:
        return self.desk.ask(wanted, actor="ann", prepare=lambda folder: put(folder / "request.json"))

    def begun(self) -> Job:
        job = self.ask()
        assert self.executor.begin(job.id)
        return self.desk.get(job.id)

    def folders(self) -> list[str]:
        return sorted(path.name for path in (self.root / "spool" / "jobs").glob("*"))


def put(file: Path) -> None:
    file.write_text("{}")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = Office(root=tmp_path)
    yield found
    found.state.close()


def test_a_job_is_on_record_before_anybody_does_it(office: Office) -> None:
    job = office.ask()
    assert office.desk.get(job.id) == job
    assert (job.status, job.actor, job.share, job.attempt) == (JobStatus.QUEUED, "ann", 0.0, 0)
    (work, _) = office.executor.waiting[job.id]
    assert work.folder.joinpath("request.json").read_text() == "{}"
    assert (work.task, work.time_limit_s, work.memory_limit_mb) == ("test", 60, 2048)


def test_from_asking_to_the_result(office: Office) -> None:
    job = office.begun()
    assert (job.status, job.step, job.attempt) == (JobStatus.RUNNING, "Starting", 1)
    office.executor.progress(job.id, 0.25, "Reading")
    office.executor.progress(job.id, 0.5, "Comparing")
    found = office.desk.get(job.id)
    assert (found.share, found.step) == (0.5, "Comparing"), "a new step is never left out"
    office.clock.at += timedelta(seconds=20)
    office.executor.finish(job.id, "made.html")
    done = office.desk.get(job.id)
    assert (done.status, done.share, done.error) == (JobStatus.DONE, 1.0, None)
    assert done.elapsed_s(office.clock.at + timedelta(hours=1)) == 20
    assert done.result == f"artifacts/reports/{job.id}.html"
    assert office.desk.result(job.id).read_bytes() == b"made"
    assert office.folders() == []


def test_asking_twice_is_asking_once(office: Office) -> None:
    first = office.ask()
    assert office.ask().id == first.id
    office.executor.begin(first.id)
    office.executor.finish(first.id, "made.html")
    assert office.ask().id == first.id, "what is made is made"
    assert len(office.desk.every()) == 1
    assert office.ask(replace(WANTED, key="report/loans/4")).id != first.id


@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.CANCELLED])
def test_what_came_to_nothing_can_be_asked_for_again(office: Office, status: JobStatus) -> None:
    first = office.begun()
    office.executor.end(first.id, Outcome(status=status, error="No." if status is JobStatus.FAILED else None))
    assert office.desk.get(first.id).status is status
    assert office.ask().id != first.id


def test_a_result_that_was_removed_is_made_again(office: Office) -> None:
    first = office.begun()
    office.executor.finish(first.id, "made.html")
    office.desk.result(first.id).unlink()
    assert office.ask().id != first.id
    assert office.desk.get(first.id).error == "Its result is gone."


def test_earlier_runs_say_how_long_it_will_take(office: Office) -> None:
    for i, seconds in enumerate((10, 30, 20)):
        job = office.ask(replace(WANTED, key=str(i)))
        assert job.expected_s == (None, 10, 30)[i]
        office.executor.begin(job.id)
        office.clock.at += timedelta(seconds=seconds)
        office.executor.finish(job.id, "made.html")
    assert office.ask(replace(WANTED, key="4")).expected_s == 20
    assert office.ask(replace(WANTED, key="5", model="other")).expected_s == 20, "of all, where it has none"
    assert office.ask(replace(WANTED, key="6", kind="retrain")).expected_s is None


def test_what_cannot_be_prepared_is_not_on_record(office: Office) -> None:
    def refuse(folder: Path) -> None:
        put(folder / "half")
        raise InvalidInput("The window", [])

    with pytest.raises(InvalidInput):
        office.desk.ask(WANTED, actor="ann", prepare=refuse)
    assert office.desk.every() == []
    assert office.folders() == []


def test_a_failure_is_a_sentence_and_leaves_nothing(office: Office) -> None:
    job = office.begun()
    office.executor.end(job.id, Outcome(status=JobStatus.FAILED, error="It took too long."))
    failed = office.desk.get(job.id)
    assert (failed.status, failed.error, failed.result) == (JobStatus.FAILED, "It took too long.", None)
    with pytest.raises(NotFound):
        office.desk.result(job.id)
    assert office.folders() == []


def test_done_without_an_output_has_failed(office: Office) -> None:
    job = office.begun()
    office.executor.end(job.id, Outcome(status=JobStatus.DONE))
    assert office.desk.get(job.id).error == "Its result could not be stored: No such file or directory."


def test_cancel_while_it_waits_and_while_it_runs(office: Office) -> None:
    for key, runs in (("1", False), ("2", True)):
        job = office.ask(replace(WANTED, key=key))
        if runs:
            office.executor.begin(job.id)
        cancelled = office.desk.cancel(job.id, actor="bea")
        assert (cancelled.status, cancelled.step) == (JobStatus.CANCELLED, "Cancelled by bea")
        assert office.desk.cancel(job.id, actor="bea").status is JobStatus.CANCELLED, "again is no error"
    assert office.folders() == []


class Busy(FakeExecutor):
    """An executor whose turn for what is ended has not come yet."""

    def cancel(self, name: str) -> bool:
        return name in self.waiting


@pytest.mark.parametrize("runs", [False, True])
def test_what_is_dropped_is_over_at_once_and_leaves_nothing(
    office: Office, runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "_CANCEL_S", 0.0)
    office.executor = Busy()
    office.desk = office.opened()
    job = office.ask()
    if runs:
        office.executor.begin(job.id)
    assert office.desk.drop(kind="report", actor="bea") == 1
    assert office.desk.get(job.id).status is JobStatus.CANCELLED
    assert office.folders() == []
    # Its child is done all the same, in the very moment before it is ended.
    folder = office.executor.waiting[job.id][0].folder
    folder.mkdir()
    office.executor.finish(job.id, "made.html")
    assert office.desk.get(job.id).status is JobStatus.CANCELLED
    assert not [path for path in office.root.rglob("*") if path.is_file()]
    assert office.desk.drop(kind="report", actor="bea") == 0


def test_who_holds_the_desk_waits_for_what_is_prepared_and_keeps_out_the_rest() -> None:
    pause, order = Pause(patience_s=0.0), list[str]()
    inside, go = threading.Event(), threading.Event()

    def prepare() -> None:
        with pause.preparing():
            inside.set()
            assert go.wait(10)
            order.append("prepared")

    def hold() -> None:
        with pause.held():
            order.append("held")

    threads = [threading.Thread(target=each) for each in (prepare, hold)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join(10)
    assert order == ["prepared", "held"]
    with pause.held(), pytest.raises(Unavailable, match="persons are being erased"), pause.preparing():
        raise AssertionError("nothing may be prepared")
    with pause.preparing(), pause.preparing():
        order.append("beside each other")
    assert order[-1] == "beside each other"


def test_what_is_over_cannot_be_cancelled(office: Office) -> None:
    job = office.begun()
    office.executor.finish(job.id, "made.html")
    with pytest.raises(Conflict, match="is over: it is done"):
        office.desk.cancel(job.id, actor="bea")
    with pytest.raises(NotFound):
        office.desk.cancel("nope", actor="bea")


def test_without_an_executor_jobs_wait(office: Office) -> None:
    idle = JobDesk(
        table=office.state.jobs, executor=None, clock=office.clock, root=office.root,
        folder=office.root / "spool" / "jobs",
    )  # fmt: skip
    job = idle.ask(WANTED, actor="ann", prepare=lambda folder: put(folder / "request.json"))
    idle.close()
    office.begin_anew()
    assert office.executor.waiting == {}, "it is not this process's to do until it starts"
    office.desk.start()
    assert list(office.executor.waiting) == [job.id]
    assert idle.cancel(job.id, actor="bea").status is JobStatus.CANCELLED
    assert not office.executor.begin(job.id), "nobody wants it any more"


def test_what_a_crash_cut_off_begins_again_once(office: Office) -> None:
    job = office.begun()
    office.begin_anew()
    again = office.desk.get(job.id)
    assert (again.status, again.step, again.share) == (JobStatus.QUEUED, "Begins again", 0.0)
    office.desk.start()
    assert office.executor.begin(job.id)
    office.begin_anew()
    office.desk.start()
    failed = office.desk.get(job.id)
    assert failed.status is JobStatus.FAILED
    assert failed.error == "It was cut off 2 times by the end of the process that did it."
    assert office.executor.waiting == {}
    assert office.folders() == []


def test_a_crash_between_the_move_and_the_record_does_it_again(office: Office) -> None:
    job = office.begun()
    place = office.root / "artifacts" / "reports" / f"{job.id}.html"
    place.parent.mkdir(parents=True)
    place.write_text("of the first attempt")
    office.begin_anew()
    office.desk.start()
    office.executor.begin(job.id)
    office.executor.finish(job.id, "made.html")
    assert office.desk.result(job.id).read_bytes() == b"made"


def test_a_crash_between_the_folder_and_the_record_leaves_no_folder(office: Office) -> None:
    (office.root / "spool" / "jobs" / "stray").mkdir(parents=True)
    office.begin_anew()
    assert office.folders() == []


def test_a_job_whose_input_is_gone_has_failed(office: Office) -> None:
    job = office.ask()
    (office.root / "spool" / "jobs" / job.id / "request.json").unlink()
    (office.root / "spool" / "jobs" / job.id).rmdir()
    office.begin_anew()
    assert office.desk.get(job.id).error == "Its input is gone."


def test_an_orderly_end_is_no_attempt(office: Office) -> None:
    job = office.begun()
    office.clock.at += timedelta(seconds=1)
    other = office.ask(replace(WANTED, key="other"))
    for _ in range(3):
        office.desk.close()
        assert office.executor.closed
        waiting = office.desk.get(job.id)
        assert (waiting.status, waiting.attempt, waiting.started_at) == (JobStatus.QUEUED, 0, None)
        office.begin_anew()
        office.desk.start()
        assert list(office.executor.waiting) == [job.id, other.id], "the oldest first"
        office.executor.begin(job.id)


def test_a_store_that_does_not_answer_ends_no_thread(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    job = office.ask()
    _, watcher = office.executor.waiting[job.id]

    def locked(*_: object, **__: object) -> bool:
        raise Unavailable("The state store", "database is locked")

    monkeypatch.setattr(office.state.jobs, "change", locked)
    assert not watcher.started()
    watcher.progressed(0.5, "Reading")
    watcher.ended(Outcome(status=JobStatus.CANCELLED))
    monkeypatch.undo()
    assert office.desk.get(job.id).status is JobStatus.QUEUED


def test_jobs_are_listed_latest_first_and_by_what_they_are(office: Office) -> None:
    first = office.ask()
    office.clock.at += timedelta(seconds=1)
    second = office.ask(replace(WANTED, key="2", model="churn"))
    office.clock.at += timedelta(seconds=1)
    third = office.ask(replace(WANTED, key="3", kind="retrain"))
    office.desk.cancel(second.id, actor="ann")
    assert [job.id for job in office.desk.every()] == [third.id, second.id, first.id]
    assert [job.id for job in office.desk.every(model="loans", kind="report")] == [first.id]
    assert [job.id for job in office.desk.every(open_only=True)] == [third.id, first.id]


def test_what_a_job_prints_is_there_while_it_runs(office: Office) -> None:
    job = office.begun()
    assert office.desk.log(job.id, n_lines=5) == []
    printed = office.executor.waiting[job.id][0].folder / "output.log"
    printed.write_bytes(b"x" * 100_000 + b"\nepoch 1\nepoch \xff2\n")
    assert office.desk.log(job.id, n_lines=2) == ["epoch 1", "epoch \ufffd2"]
    assert len(office.desk.log(job.id, n_lines=9)[0]) < 64_001, "only the end is read"
    office.executor.finish(job.id, "made.html")
    assert office.desk.log(job.id, n_lines=2) == []
    with pytest.raises(NotFound):
        office.desk.log("none", n_lines=1)

"""Real children: done, refused, crashed, cancelled, too slow, too large, orphaned."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from core.adapters.process_executor import ProcessExecutor
from core.job import JobStatus
from core.ports import Outcome, Work
from tests.conftest import ROOT

RUNNER = (sys.executable, "-P", str(ROOT / "tests" / "child_tasks.py"))
PATIENCE_S = 30


@dataclass
class Heard:
    """A watcher that remembers."""

    begun: threading.Event = field(default_factory=threading.Event)
    half_way: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    steps: list[tuple[float, str]] = field(default_factory=list)
    outcome: Outcome | None = None
    wanted: bool = True

    def started(self) -> bool:
        self.begun.set()
        return self.wanted

    def progressed(self, share: float, step: str) -> None:
        self.steps.append((share, step))
        if share >= 0.5:
            self.half_way.set()

    def ended(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.over.set()


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    opened = ProcessExecutor(n_children=1, runner=RUNNER)
    yield opened
    opened.close()


def work(folder: Path, do: str, *, name: str = "w", time_limit_s: float = 60, mb: float = 500) -> Work:
    own = folder / name
    own.mkdir()
    (own / "request.json").write_text(json.dumps({"do": do}))
    return Work(name=name, task="test", folder=own, time_limit_s=time_limit_s, memory_limit_mb=mb)


def done(executor: ProcessExecutor, asked: Work) -> tuple[Outcome, Heard]:
    heard = Heard()
    executor.submit(asked, heard)
    assert heard.over.wait(PATIENCE_S)
    assert heard.outcome is not None
    return heard.outcome, heard


def alive(*pids: int) -> list[int]:
    return [
        pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    ]


def gone_in_time(*pids: int) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while alive(*pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(*pids)


def test_a_child_tells_its_progress_and_leaves_its_output(executor: ProcessExecutor, tmp_path: Path) -> None:
    outcome, heard = done(executor, work(tmp_path, "well"))
    assert outcome == Outcome(status=JobStatus.DONE)
    assert heard.steps == [(0.25, "Beginning"), (1.0, "Done")]
    assert (tmp_path / "w" / "made.txt").read_text() == "made\n"


@pytest.mark.parametrize(
    ("do", "error"),
    [
        ("refuse", "The window is not available: it holds no rows"),
        ("raise", "Its process ended with code 1: ValueError: a column is empty"),
        ("crash", "Its process was ended by SIGSEGV."),
        ("leave_early", "Its process ended with code 0"),
        ("ask_for_everything", "It used more memory than there is for it; the limit is 500 MB."),
        ("call_out", "Its process ended with code 1: PermissionError: this process may not reach 192.0.2.1"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    executor: ProcessExecutor, tmp_path: Path, do: str, error: str
) -> None:
    outcome, _ = done(executor, work(tmp_path, do))
    assert outcome == Outcome(status=JobStatus.FAILED, error=error)


def test_a_child_that_takes_too_long_is_ended(executor: ProcessExecutor, tmp_path: Path) -> None:
    outcome, heard = done(executor, work(tmp_path, "slowly", time_limit_s=1.5))
    assert outcome.error == "It took longer than the 2 s that it may take."
    assert not alive(int(heard.steps[-1][1]))


@pytest.mark.parametrize("what", ["grow", "grow_elsewhere"])
def test_a_child_that_grows_too_large_is_ended(executor: ProcessExecutor, tmp_path: Path, what: str) -> None:
    """Itself, or a process that it started."""
    outcome, _ = done(executor, work(tmp_path, what, mb=120))
    assert outcome.status is JobStatus.FAILED
    assert outcome.error is not None
    assert outcome.error.endswith("the limit is 120 MB.")


def test_cancel_ends_a_running_child(executor: ProcessExecutor, tmp_path: Path) -> None:
    heard = Heard()
    executor.submit(work(tmp_path, "slowly"), heard)
    assert heard.half_way.wait(PATIENCE_S)
    assert executor.cancel("w")
    assert heard.over.wait(PATIENCE_S)
    assert heard.outcome == Outcome(status=JobStatus.CANCELLED)
    assert not alive(int(heard.steps[-1][1]))
    assert not executor.cancel("w")


def test_a_child_that_will_not_end_is_killed_with_its_children(
    executor: ProcessExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.adapters.child._GRACE_S", 0.5)
    heard = Heard()
    executor.submit(work(tmp_path, "stubbornly"), heard)
    assert heard.half_way.wait(PATIENCE_S)
    executor.cancel("w")
    assert heard.over.wait(PATIENCE_S)
    assert gone_in_time(*map(int, heard.steps[-1][1].split()))


def test_what_waits_in_the_queue_can_be_cancelled_too(executor: ProcessExecutor, tmp_path: Path) -> None:
    first, second, third = Heard(), Heard(), Heard()
    executor.submit(work(tmp_path, "slowly", name="1"), first)
    assert first.half_way.wait(PATIENCE_S)
    executor.submit(work(tmp_path, "well", name="2"), second)
    executor.submit(work(tmp_path, "well", name="3"), third)
    assert not second.begun.is_set(), "one at a time"
    executor.cancel("2")
    executor.cancel("1")
    assert third.over.wait(PATIENCE_S)
    assert second.outcome == Outcome(status=JobStatus.CANCELLED)
    assert not second.begun.is_set()
    assert third.outcome == Outcome(status=JobStatus.DONE)


def test_what_nobody_wants_any_more_does_not_begin(executor: ProcessExecutor, tmp_path: Path) -> None:
    unwanted = Heard(wanted=False)
    executor.submit(work(tmp_path, "well", name="1"), unwanted)
    assert done(executor, work(tmp_path, "well", name="2"))[0].status is JobStatus.DONE
    assert unwanted.outcome is None
    assert not (tmp_path / "1" / "made.txt").exists()


def test_closing_ends_everything_and_reports_nothing(tmp_path: Path) -> None:
    executor = ProcessExecutor(n_children=1, runner=RUNNER)
    running, waiting = Heard(), Heard()
    executor.submit(work(tmp_path, "slowly", name="1"), running)
    executor.submit(work(tmp_path, "well", name="2"), waiting)
    assert running.half_way.wait(PATIENCE_S)
    executor.close()
    assert not alive(int(running.steps[-1][1]))
    assert running.outcome is None
    assert waiting.outcome is None
    executor.submit(work(tmp_path, "well", name="3"), waiting)
    assert not waiting.begun.wait(0.3), "closed is closed"


def test_a_child_that_cannot_be_started_has_failed(tmp_path: Path) -> None:
    executor = ProcessExecutor(n_children=1, runner=(str(tmp_path / "no such program"),))
    outcome, _ = done(executor, work(tmp_path, "well"))
    assert outcome.error == "Its process could not be started: No such file or directory"
    executor.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the lifeline looks once a second")
def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    asked = work(tmp_path, "slowly")
    parent = (
        "import sys, time; from pathlib import Path\n"
        "from core.adapters.process_executor import ProcessExecutor\n"
        "from core.ports import Work\n"
        "class Loud:\n"
        "    def started(self): return True\n"
        "    def progressed(self, share, step): print(share, step, flush=True)\n"
        "    def ended(self, outcome): print(outcome, flush=True)\n"
        f"executor = ProcessExecutor(runner={RUNNER!r})\n"
        f"executor.submit(Work(name='w', task='test', folder=Path({str(asked.folder)!r}),\n"
        "    time_limit_s=60, memory_limit_mb=500), Loud())\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", parent], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        line = next(line for line in run.stdout if line.startswith("0.5 "))
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert gone_in_time(int(line.split()[1]))


def test_no_more_children_than_the_machine_bears() -> None:
    assert ProcessExecutor()._n_children == max(1, (os.cpu_count() or 1) - 1)

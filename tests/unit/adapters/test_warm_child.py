"""A child that stays: one process for what follows, for the same files only, ended when nothing comes."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.adapters.process_executor import ProcessExecutor
from core.job import KEEP, JobStatus
from core.ports import Outcome, Work
from tests.unit.adapters.test_process_executor import RUNNER, Heard, alive, done, gone_in_time


@pytest.fixture
def executor() -> Iterator[ProcessExecutor]:
    opened = ProcessExecutor(n_children=1, runner=RUNNER)
    yield opened
    opened.close()


def asked(folder: Path, do: str, name: str, *, kept: str | None = "v1", **limits: float) -> Work:
    own = folder / name
    own.mkdir()
    (own / "request.json").write_text(json.dumps({"do": do}))
    if kept is not None:
        (own / KEEP).write_text(kept)
    limits = {"time_limit_s": 60, "memory_limit_mb": 500, **limits}
    return Work(name=name, task="explain", folder=own, **limits)


def process_of(heard: Heard) -> int:
    return int(heard.steps[-1][1])


def test_what_follows_is_done_by_the_same_process(executor: ProcessExecutor, tmp_path: Path) -> None:
    pids = {}
    for name, kept in (("a", "v1"), ("b", "v1"), ("c", "v2"), ("d", None), ("e", None)):
        outcome, heard = done(executor, asked(tmp_path, "name_itself", name, kept=kept))
        assert outcome == Outcome(status=JobStatus.DONE)
        pids[name] = process_of(heard)
        assert (tmp_path / name / "made.txt").read_text() == "made\n"
    assert pids["a"] == pids["b"]
    assert len({*pids.values()}) == 4, "other files, or no name, another process"
    assert gone_in_time(*pids.values())


def test_it_does_not_wait_for_what_takes_long(executor: ProcessExecutor, tmp_path: Path) -> None:
    training = tmp_path / "t"
    training.mkdir()
    (training / "request.json").write_text(json.dumps({"do": "slowly"}))
    slow = Heard()
    executor.submit(Work(name="t", task="test", folder=training, time_limit_s=60, memory_limit_mb=500), slow)
    assert slow.half_way.wait(30)
    assert done(executor, asked(tmp_path, "well", "a"))[0].status is JobStatus.DONE
    assert not slow.over.is_set()


@pytest.mark.parametrize(
    ("do", "limits", "error"),
    [
        ("refuse", {}, "The window is not available: it holds no rows"),
        ("raise", {}, "Its process ended with code 1: ValueError: a column is empty"),
        ("slowly", {"time_limit_s": 0.5}, "It took longer than the 0 s that it may take."),
        ("ask_for_everything", {}, "It used more memory than there is for it; the limit is 500 MB."),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_the_next_is_done_anew(
    executor: ProcessExecutor, tmp_path: Path, do: str, limits: dict[str, float], error: str
) -> None:
    first = done(executor, asked(tmp_path, "name_itself", "a"))[1]
    outcome, _ = done(executor, asked(tmp_path, do, "b", **limits))
    assert outcome == Outcome(status=JobStatus.FAILED, error=error)
    assert gone_in_time(process_of(first)), "what went wrong in it may have left anything behind"
    again = done(executor, asked(tmp_path, "name_itself", "c"))
    assert again[0].status is JobStatus.DONE


def test_one_that_grows_is_ended(executor: ProcessExecutor, tmp_path: Path) -> None:
    outcome, _ = done(executor, asked(tmp_path, "grow", "a", memory_limit_mb=120))
    assert outcome.error is not None
    assert outcome.error.endswith("the limit is 120 MB.")


def test_when_nothing_comes_it_ends(tmp_path: Path) -> None:
    executor = ProcessExecutor(n_children=1, runner=RUNNER, idle_s=0.3)
    pid = process_of(done(executor, asked(tmp_path, "name_itself", "a"))[1])
    assert gone_in_time(pid)
    assert done(executor, asked(tmp_path, "name_itself", "b"))[0].status is JobStatus.DONE
    executor.close()


def test_closing_ends_it(tmp_path: Path) -> None:
    executor = ProcessExecutor(n_children=1, runner=RUNNER)
    pid = process_of(done(executor, asked(tmp_path, "name_itself", "a"))[1])
    assert alive(pid)
    begun = time.monotonic()
    executor.close()
    assert not alive(pid)
    assert time.monotonic() - begun < 30


def test_cancelling_ends_it(executor: ProcessExecutor, tmp_path: Path) -> None:
    heard = Heard()
    executor.submit(asked(tmp_path, "slowly", "a"), heard)
    assert heard.half_way.wait(30)
    assert executor.cancel("a")
    assert heard.over.wait(30)
    assert heard.outcome == Outcome(status=JobStatus.CANCELLED)
    assert gone_in_time(process_of(heard))

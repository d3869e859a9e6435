"""A repeated task goes on whatever happens in it, and says how it does."""

import queue
import threading
import time
from datetime import UTC, datetime, timedelta

from core.errors import Unavailable
from core.server.heartbeat import STUCK, Heartbeat, trouble


def beat_once(task: object) -> Heartbeat:
    ran = threading.Event()

    def run() -> None:
        ran.set()
        task()  # type: ignore[operator]

    beat = Heartbeat("monitor", run, every_s=60)
    beat.start()
    assert ran.wait(5)
    assert beat.stop(timeout_s=5)
    return beat


def test_it_runs_at_once_and_ends_between_runs() -> None:
    beat = beat_once(lambda: None)
    assert beat.pulse.n_runs == 1
    assert beat.pulse.problem is None
    assert beat.pulse.last_run_at is not None


def test_a_known_failure_is_its_problem() -> None:
    def fail() -> None:
        raise Unavailable("The registry", "no answer")

    assert beat_once(fail).pulse.problem == "The registry is not available: no answer"


def test_an_unknown_failure_ends_nothing_and_shows_no_inside() -> None:
    def fail() -> None:
        raise ZeroDivisionError("inside")

    problem = beat_once(fail).pulse.problem
    assert problem is not None
    assert "inside" not in problem


def test_it_runs_again_and_recovers() -> None:
    n_runs = 0
    third = threading.Event()

    def task() -> None:
        nonlocal n_runs
        n_runs += 1
        if n_runs == 3:
            third.set()
        if n_runs == 1:
            raise Unavailable("It", "down")

    beat = Heartbeat("monitor", task, every_s=0.01)
    beat.start()
    assert third.wait(5)
    assert beat.stop(timeout_s=5)
    assert beat.pulse.problem is None


def test_it_runs_at_once_when_it_is_poked_and_stops_without_waiting_for_its_time() -> None:
    runs: queue.Queue[None] = queue.Queue()
    beat = Heartbeat("lineage", lambda: runs.put(None), every_s=600)
    beat.start()
    runs.get(timeout=5)
    beat.poke()
    runs.get(timeout=5)
    assert beat.stop(timeout_s=5)
    assert runs.empty()


def test_it_says_when_a_run_does_not_end_in_time() -> None:
    free = threading.Event()
    started = threading.Event()

    def wait() -> None:
        started.set()
        free.wait(10)

    beat = Heartbeat("monitor", wait, every_s=60)
    beat.start()
    assert started.wait(5)
    before = time.monotonic()
    assert not beat.stop(timeout_s=0.05)
    assert time.monotonic() - before < 5
    free.set()
    assert beat.stop(timeout_s=5)


def test_trouble_is_what_failed_or_has_not_ended_a_run_for_long() -> None:
    def fail() -> None:
        raise Unavailable("The disk", "it is full")

    now = datetime.now(UTC)
    well, ill = beat_once(lambda: None), beat_once(fail)
    never = Heartbeat("alerts", lambda: None, every_s=5)
    assert trouble([well, never], now) is None
    assert trouble([well, ill], now) == "monitor: The disk is not available: it is full"
    late = now + STUCK + timedelta(minutes=2)
    assert (trouble([well], late) or "").startswith("monitor has not ended a run since")
    never.started_at = now
    assert trouble([never], now) is None
    assert (trouble([never], late) or "").startswith("alerts has not ended a run since")

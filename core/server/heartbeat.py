"""What control does by itself: judge what is due, read the registries."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.errors import TrimtabError

_log = logging.getLogger("trimtab.control")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How a repeated task does: its last run, how long that took, and what went wrong in it."""

    name: str
    n_runs: int = 0
    last_run_at: datetime | None = None
    last_run_s: float | None = None
    problem: str | None = None


STUCK = timedelta(minutes=15)
"""A task that has not ended a run for so long is in trouble."""


def trouble(beats: Iterable["Heartbeat"], now: datetime) -> str | None:
    """Say in one sentence which task does not do its work; None where all do."""
    for beat in beats:
        pulse = beat.pulse
        if pulse.problem is not None:
            return f"{pulse.name}: {pulse.problem}"
        since = pulse.last_run_at or beat.started_at
        if since is not None and now - since > STUCK + timedelta(seconds=beat.every_s):
            return f"{pulse.name} has not ended a run since {since:%H:%M} UTC"
    return None


class Heartbeat:
    """Runs one task again and again on a thread of its own, whatever happens in it.

    Parameters
    ----------
    name
        What the task is called in logs and in ``/readyz``.
    task
        What to do.
    every_s
        Seconds from the end of one run to the start of the next; after failures up to ten times that.
    """

    def __init__(self, name: str, task: Callable[[], object], *, every_s: float) -> None:
        self._task = task
        self.every_s = every_s
        self.started_at: datetime | None = None
        self._stop, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"trimtab-{name}", daemon=True)
        self.pulse = Pulse(name=name)

    def start(self) -> None:
        """Begin; the first run is at once."""
        self.started_at = datetime.now(UTC)
        self._thread.start()

    def poke(self) -> None:
        """Have the next run at once, or right after the one that goes on; returns without waiting."""
        self._wake.set()

    def stop(self, *, timeout_s: float) -> bool:
        """Let the current run end; return whether it did in time."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _beat(self) -> None:
        n_failures = 0
        while True:
            # In this order: whoever stops it sets the one and then the other.
            self._wake.clear()
            if self._stop.is_set():
                return
            n_failures = 0 if self._run() else n_failures + 1
            self._wake.wait(self.every_s * min(10, 2**n_failures if n_failures else 1))

    def _run(self) -> bool:
        started = time.monotonic()
        problem = None
        try:
            self._task()
        except TrimtabError as error:
            problem = str(error)
            _log.warning("%s.failed cause=%s", self.pulse.name, error)
        except Exception:  # noqa: BLE001 - the server's last resort: ingest goes on whatever this task meets
            problem = "Something unexpected went wrong; control's log says where."
            _log.exception("%s.crashed", self.pulse.name)
        self.pulse = replace(
            self.pulse,
            n_runs=self.pulse.n_runs + 1,
            last_run_at=datetime.now(UTC),
            last_run_s=time.monotonic() - started,
            problem=problem,
        )
        return problem is None

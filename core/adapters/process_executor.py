"""Heavy work in child processes of this machine; implements :class:`core.ports.Executor`.

A child is bounded in time and memory and ends with its parent. Its memory in use is looked at a few times
a second, which is what a limit in megabytes means to people; its address space, which libraries reserve
without using it, is bounded far above that, only so that one huge allocation fails before it is looked at.

Work for which somebody waits has a lane of its own, whose child stays for a while: so it neither waits for a
training nor for libraries to be imported again. There is one such child beside the others.
"""

import os
import queue
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from core.adapters.child import RUNNER, Asked, Child, failed
from core.children.runner import WARM
from core.job import KEEP, JobStatus
from core.ports import Outcome, Watcher, Work

IDLE_S = 120.0
"""How long a child that stays waits for the next piece of its work."""


class ProcessExecutor:
    """Runs work in child processes, at most one fewer than there are cores, first come first served.

    Parameters
    ----------
    n_children
        How many at a time; by default max(1, cores − 1). One that stays comes on top.
    runner
        The command that starts a child, without its arguments.
    idle_s
        How long a child that stays waits for more.
    """

    def __init__(
        self, *, n_children: int | None = None, runner: Sequence[str] = RUNNER, idle_s: float = IDLE_S
    ) -> None:
        self._n_children = n_children or max(1, (os.cpu_count() or 1) - 1)
        self._runner = tuple(runner)
        self._idle_s = idle_s
        self._queue: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._warm_queue: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._asked: dict[str, Asked] = {}
        self._threads: list[threading.Thread] = []
        self._warm_thread: threading.Thread | None = None
        self._closing = False

    def submit(self, work: Work, watcher: Watcher) -> None:
        """Take work into the queue; after :meth:`close` it is ignored."""
        asked = Asked(work=work, watcher=watcher)
        with self._lock:
            if self._closing:
                return
            self._asked[work.name] = asked
            # A child ends with the thread that started it, so these live as long as the executor.
            if work.task in WARM:
                if self._warm_thread is None:
                    room = _Staying(self._runner, idle_s=self._idle_s)
                    self._warm_thread = self._thread("trimtab-warm-child", self._warm_queue, room)
            elif len(self._threads) < min(self._n_children, len(self._asked)):
                name = f"trimtab-child-{len(self._threads) + 1}"
                self._threads.append(self._thread(name, self._queue, _Fresh(self._runner)))
        (self._warm_queue if work.task in WARM else self._queue).put(asked)

    def cancel(self, name: str) -> bool:
        """End some work, or take it out of the queue; False where there is none of that name."""
        with self._lock:
            asked = self._asked.get(name)
        if asked is None:
            return False
        asked.stop.set()
        return True

    def close(self) -> None:
        """End all work and wait until no child is left; what was cut off is not reported."""
        with self._lock:
            self._closing = True
            for asked in self._asked.values():
                asked.stop.set()
        for _ in self._threads:
            self._queue.put(None)
        self._warm_queue.put(None)
        for thread in (*self._threads, *([self._warm_thread] if self._warm_thread else [])):
            thread.join()

    def _thread(
        self, name: str, waiting: "queue.SimpleQueue[Asked | None]", room: "_Room"
    ) -> threading.Thread:
        thread = threading.Thread(target=self._serve, args=(waiting, room), name=name, daemon=True)
        thread.start()
        return thread

    def _serve(self, waiting: "queue.SimpleQueue[Asked | None]", room: "_Room") -> None:
        while True:
            try:
                asked = waiting.get(timeout=room.idle_s)
            except queue.Empty:
                room.leave()
                continue
            if asked is None:
                room.leave()
                return
            outcome: Outcome | None = Outcome(status=JobStatus.CANCELLED)
            if not asked.stop.is_set():
                outcome = room.run(asked) if asked.watcher.started() else None
            with self._lock:
                self._asked.pop(asked.work.name, None)
                if self._closing and outcome != Outcome(status=JobStatus.DONE):
                    outcome = None
            if outcome is not None:
                asked.watcher.ended(outcome)


class _Room(Protocol):
    """Where one piece of work after the other is done."""

    idle_s: float | None

    def run(self, asked: Asked) -> Outcome:
        """Do some work and say how it ended."""
        ...

    def leave(self) -> None:
        """Leave no child behind; called when nothing came for a while, and at the end."""
        ...


class _Fresh:
    """A child for every piece of work."""

    def __init__(self, runner: tuple[str, ...]) -> None:
        self._runner = runner
        self.idle_s: float | None = None

    def run(self, asked: Asked) -> Outcome:
        try:
            child = Child(self._runner, asked.work, home=asked.work.folder)
        except OSError as error:
            return _not_started(error)
        try:
            return child.follow(asked)
        finally:
            child.end()

    def leave(self) -> None:
        """Nothing is kept."""


class _Staying:
    """One child that stays while work of the same name and task comes: ``KEEP`` in its folder holds it."""

    def __init__(self, runner: tuple[str, ...], *, idle_s: float) -> None:
        self._runner = runner
        self.idle_s: float | None = idle_s
        self._child: Child | None = None
        self._held = ExitStack()
        self._kept = ""

    def run(self, asked: Asked) -> Outcome:
        kept = _kept(asked.work)
        try:
            child = self._of(asked.work, kept)
        except OSError as error:
            self.leave()
            return _not_started(error)
        outcome = child.follow(asked)
        # What was stopped in the middle, or is known to nobody by name, is not used again.
        if not (kept and child.lives and outcome.status is JobStatus.DONE):
            self.leave()
        return outcome

    def leave(self) -> None:
        self._held.close()
        self._child = None

    def _of(self, work: Work, kept: str) -> Child:
        if self._child is not None and self._child.lives and kept == self._kept:
            self._child.give(work)
            return self._child
        self.leave()
        home = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="trimtab-")))
        self._child = Child(self._runner, work, home=home, stays=True)
        self._held.callback(self._child.end)
        self._kept = kept
        return self._child


def _kept(work: Work) -> str:
    """Return what a child that stays must be of to do some work; empty where it shall not stay."""
    try:
        return f"{work.task} {(work.folder / KEEP).read_text(encoding='utf-8')} {work.memory_limit_mb}"
    except OSError:
        return ""


def _not_started(error: OSError) -> Outcome:
    return failed(f"Its process could not be started: {error.strerror or error}")

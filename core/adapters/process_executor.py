"""Heavy work in child processes of this machine; implements :class:`core.ports.Executor`.

A child is bounded in time and memory and ends with its parent. Its memory in use is looked at a few times
a second, which is what a limit in megabytes means to people; its address space, which libraries reserve
without using it, is bounded far above that, only so that one huge allocation fails before it is looked at.
"""

import json
import logging
import os
import queue
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from core.job import LOG, JobStatus
from core.ports import Outcome, Watcher, Work

RUNNER = (sys.executable, "-P", "-m", "core.children.runner")
_LOOK_S = 0.2
_GRACE_S = 5.0
_ADDRESS_SPACE = 4.0
_LAST_WORDS = 4096
_log = logging.getLogger("trimtab.executor")

# Children run side by side, one for each core: libraries that start a thread for each core as well would
# only get into each other's way, and reserve memory for every thread.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(slots=True, kw_only=True)
class _Asked:
    """Work in the queue or under way; ``stop`` is set when nobody wants it any more."""

    work: Work
    watcher: Watcher
    stop: threading.Event = field(default_factory=threading.Event)


class ProcessExecutor:
    """Runs work in child processes, at most one fewer than there are cores, first come first served.

    Parameters
    ----------
    n_children
        How many at a time; by default max(1, cores − 1).
    runner
        The command that starts a child, without its arguments.
    """

    def __init__(self, *, n_children: int | None = None, runner: Sequence[str] = RUNNER) -> None:
        self._n_children = n_children or max(1, (os.cpu_count() or 1) - 1)
        self._runner = tuple(runner)
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._asked: dict[str, _Asked] = {}
        self._threads: list[threading.Thread] = []
        self._closing = False

    def submit(self, work: Work, watcher: Watcher) -> None:
        """Take work into the queue; after :meth:`close` it is ignored."""
        asked = _Asked(work=work, watcher=watcher)
        with self._lock:
            if self._closing:
                return
            self._asked[work.name] = asked
            if len(self._threads) < min(self._n_children, len(self._asked)):
                # A child ends with the thread that started it, so these live as long as the executor.
                name = f"trimtab-child-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._serve, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        self._queue.put(asked)

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
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        while (asked := self._queue.get()) is not None:
            outcome: Outcome | None = Outcome(status=JobStatus.CANCELLED)
            if not asked.stop.is_set():
                outcome = self._run(asked) if asked.watcher.started() else None
            with self._lock:
                self._asked.pop(asked.work.name, None)
                if self._closing and outcome != Outcome(status=JobStatus.DONE):
                    outcome = None
            if outcome is not None:
                asked.watcher.ended(outcome)

    def _run(self, asked: _Asked) -> Outcome:
        reading, writing = os.pipe()
        try:
            try:
                child = self._start(asked.work, writing)
            finally:
                os.close(writing)
            try:
                return _Watch(child, asked).until_it_ends(reading)
            finally:
                _end(child)
        except OSError as error:
            return _failed(f"Its process could not be started: {error.strerror or error}")
        finally:
            os.close(reading)

    def _start(self, work: Work, pipe: int) -> "subprocess.Popen[bytes]":
        scratch = work.folder / "tmp"
        scratch.mkdir(exist_ok=True)
        arguments = {
            "--parent": os.getpid(),
            "--pipe": pipe,
            "--address-space-mb": work.memory_limit_mb * _ADDRESS_SPACE,
        }
        flags = [str(part) for pair in arguments.items() for part in pair]
        with _output(work).open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - our own module, no shell
                [*self._runner, work.task, str(work.folder), *flags],
                cwd=work.folder,
                env={**os.environ, **_ENVIRONMENT, "TMPDIR": str(scratch)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(pipe,),
                start_new_session=True,
            )


class _Watch:
    """Follows one child: passes its progress on and keeps it to its limits."""

    def __init__(self, child: "subprocess.Popen[bytes]", asked: _Asked) -> None:
        self._child = child
        self._asked = asked
        self._deadline = time.monotonic() + asked.work.time_limit_s
        self._pending = b""
        self._done = False
        self._refused: str | None = None

    def until_it_ends(self, pipe: int) -> Outcome:
        """Return how it ended: by itself, by a limit, or because nobody wants it any more."""
        os.set_blocking(pipe, False)
        is_open = True
        with selectors.DefaultSelector() as ready:
            ready.register(pipe, selectors.EVENT_READ)
            while self._child.poll() is None:
                if not is_open:
                    time.sleep(_LOOK_S)
                elif ready.select(_LOOK_S):
                    is_open = self._read(pipe)
                stopped = self._stopped()
                if stopped is not None:
                    return stopped
        while is_open and self._read(pipe):
            pass  # what it said last
        return self._outcome(self._child.wait())

    def _stopped(self) -> Outcome | None:
        work = self._asked.work
        if self._asked.stop.is_set():
            return Outcome(status=JobStatus.CANCELLED)
        if time.monotonic() > self._deadline:
            return _failed(f"It took longer than the {work.time_limit_s:,.0f} s that it may take.")
        used = memory_mb(self._child.pid, with_descendants=True)
        if used is not None and used > work.memory_limit_mb:
            return _failed(_too_much(work, f"{used:,.0f} MB"))
        return None

    def _read(self, pipe: int) -> bool:
        """Take in what has come; False where nothing more will, or is there yet."""
        try:
            found = os.read(pipe, 65_536)
        except BlockingIOError:
            return False
        lines = (self._pending + found).split(b"\n")
        self._pending = lines.pop()
        for line in lines:
            self._hear(line)
        return bool(found)

    def _hear(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            if "share" in message:
                share = min(1.0, max(0.0, float(message["share"])))
                self._asked.watcher.progressed(share, str(message["step"]))
            self._refused = message.get("refused", self._refused)
            self._done = self._done or message.get("done") is True
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            _log.warning("executor.unheard work=%s cause=%s", self._asked.work.name, type(error).__name__)

    def _outcome(self, code: int) -> Outcome:
        if self._asked.stop.is_set():
            return Outcome(status=JobStatus.CANCELLED)
        if code == 0 and self._done:
            return Outcome(status=JobStatus.DONE)
        if code == 0 and self._refused is not None:
            return _failed(self._refused)
        words = _last_words(self._asked.work)
        if "MemoryError" in words:
            return _failed(_too_much(self._asked.work, "more memory than there is for it"))
        if code < 0:
            return _failed(f"Its process was ended by {signal.Signals(-code).name}.")
        return _failed(f"Its process ended with code {code}{f': {words}' if words else ''}")


def memory_mb(pid: int, *, with_descendants: bool = False) -> float | None:
    """Return the memory that a process has in use, in megabytes; None where it has ended.

    On Linux that of the processes it started can be counted in, and of those that these started.

    Examples
    --------
    >>> 1 < memory_mb(os.getpid()) < 100_000
    True
    """
    try:
        if sys.platform == "linux":
            pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
            own = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
            others = _children(pid) if with_descendants else ()
            return own + sum(memory_mb(one, with_descendants=True) or 0.0 for one in others)
        asked = ("ps", "-o", "rss=", "-p", str(pid))
        return int(subprocess.run(asked, capture_output=True, check=True).stdout) * 1024 / 1e6  # noqa: S603
    except (OSError, ValueError, IndexError, subprocess.CalledProcessError):
        return None


def _children(pid: int) -> list[int]:
    """Return the processes that a process has started, of any of its threads; Linux only."""
    found: list[int] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return found


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Leave no process of the child's group behind: asked first, then killed."""
    if child.poll() is None:
        _signal(child, signal.SIGTERM)
        try:
            child.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            _log.warning("executor.killed pid=%d", child.pid)
    _signal(child, signal.SIGKILL)
    child.wait()


def _signal(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    # Where nobody of the group is left there is nothing to do.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)


def _failed(sentence: str) -> Outcome:
    return Outcome(status=JobStatus.FAILED, error=sentence)


def _too_much(work: Work, used: str) -> str:
    return f"It used {used}; the limit is {work.memory_limit_mb:,.0f} MB."


def _output(work: Work) -> Path:
    return work.folder / LOG


def _last_words(work: Work) -> str:
    """Return the last line that the child printed, which of an exception is its name and message."""
    try:
        with _output(work).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_WORDS))
            lines = file.read().decode("utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:300] if lines else ""

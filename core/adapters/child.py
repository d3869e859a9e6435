"""One child process: started, followed, kept to its limits, ended with all that it started."""

import json
import logging
import os
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
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(slots=True, kw_only=True)
class Asked:
    """Work in the queue or under way; ``stop`` is set when nobody wants it any more."""

    work: Work
    watcher: Watcher
    stop: threading.Event = field(default_factory=threading.Event)


class Child:
    """One child process, from its start to its end.

    Parameters
    ----------
    runner
        The command that starts a child, without its arguments.
    work
        What it begins with.
    home
        Its folder for what it prints and what it puts aside; the work's own, or one that outlives it.
    stays
        Whether it takes more work of the same kind afterwards.

    Raises
    ------
    OSError
        It cannot be started.
    """

    def __init__(self, runner: Sequence[str], work: Work, *, home: Path, stays: bool = False) -> None:
        scratch = home / "tmp"
        scratch.mkdir(exist_ok=True)
        self._log = home / LOG
        self._stays = stays
        self._pipe, writing = os.pipe()
        flags = {
            "--parent": os.getpid(),
            "--pipe": writing,
            "--address-space-mb": work.memory_limit_mb * _ADDRESS_SPACE,
        }
        listed = [str(part) for pair in flags.items() for part in pair]
        more = ["--more"] if stays else []
        try:
            with self._log.open("ab") as output:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                    [*runner, work.task, str(work.folder), *listed, *more],
                    cwd=home,
                    env={**os.environ, **ENVIRONMENT, "TMPDIR": str(scratch)},
                    stdin=subprocess.PIPE if stays else subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=(writing,),
                    start_new_session=True,
                )
        except BaseException:
            os.close(self._pipe)
            raise
        finally:
            os.close(writing)

    @property
    def lives(self) -> bool:
        """Whether its process has not ended."""
        return self._process.poll() is None

    def give(self, work: Work) -> None:
        """Give one that stays another piece of work; raises ``OSError`` where it has ended meanwhile."""
        # What it printed before is no last word about this.
        os.truncate(self._log, 0)
        if self._process.stdin is not None:
            self._process.stdin.write(f"{work.folder}\n".encode())
            self._process.stdin.flush()

    def follow(self, asked: Asked) -> Outcome:
        """Return how the work ended: by itself, by a limit, or because nobody wants it any more."""
        return _Watch(self._process, asked, log=self._log, stays=self._stays).until_it_ends(self._pipe)

    def end(self) -> None:
        """Leave no process of its group behind."""
        end(self._process)
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        os.close(self._pipe)


class _Watch:
    """Follows one child: passes its progress on and keeps it to its limits."""

    def __init__(self, child: "subprocess.Popen[bytes]", asked: Asked, *, log: Path, stays: bool) -> None:
        self._child = child
        self._log = log
        self._stays = stays
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
                if self._stays and (self._done or self._refused is not None):
                    return self._outcome(0)
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
            return failed(f"It took longer than the {work.time_limit_s:,.0f} s that it may take.")
        used = memory_mb(self._child.pid, with_descendants=True)
        if used is not None and used > work.memory_limit_mb:
            return failed(_too_much(work, f"{used:,.0f} MB"))
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
            return failed(self._refused)
        words = _last_words(self._log)
        if "MemoryError" in words:
            return failed(_too_much(self._asked.work, "more memory than there is for it"))
        if code < 0:
            return failed(f"Its process was ended by {signal.Signals(-code).name}.")
        return failed(f"Its process ended with code {code}{f': {words}' if words else ''}")


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


def end(child: "subprocess.Popen[bytes]") -> None:
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


def failed(sentence: str) -> Outcome:
    """Return the outcome of work that came to nothing, and why."""
    return Outcome(status=JobStatus.FAILED, error=sentence)


def _too_much(work: Work, used: str) -> str:
    return f"It used {used}; the limit is {work.memory_limit_mb:,.0f} MB."


def _last_words(log: Path) -> str:
    """Return the last line that the child printed, which of an exception is its name and message."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_WORDS))
            lines = file.read().decode("utf-8", errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1].strip()[:300] if lines else ""

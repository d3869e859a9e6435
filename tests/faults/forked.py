"""Processes to be killed, forked from one that has imported everything: a hundred of them in a minute."""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import TextIO

_PROGRAMS = (
    "tests.faults.acting",
    "tests.faults.appending",
    "tests.faults.erasing",
    "tests.faults.ingesting",
    "tests.faults.judging",
    "tests.faults.restoring",
    "tests.faults.retraining",
)
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(list(_PROGRAMS))


@dataclass(frozen=True)
class Forked:
    """A running program: what it prints, and how it ends."""

    process: ForkServerProcess
    stdout: TextIO

    @property
    def exit_code(self) -> int | None:
        """As ``multiprocessing`` gives it: minus the number of the signal that killed it."""
        return self.process.exitcode

    def kill(self) -> None:
        """Send SIGKILL and wait until it is gone."""
        self.process.kill()
        self.process.join()

    def wait(self) -> None:
        """Wait until it ends by itself."""
        self.process.join(120)


@contextmanager
def forked(program: str, *arguments: object) -> Iterator[Forked]:
    """Run ``main(*arguments)`` of a program in a process of its own; it is gone when the block ends."""
    reader, writer = _context.Pipe(duplex=False)
    process = _context.Process(target=_run, args=(program, arguments, writer))
    process.start()
    writer.close()
    with os.fdopen(os.dup(reader.fileno()), encoding="utf-8") as stdout:
        reader.close()
        try:
            yield Forked(process, stdout)
        finally:
            process.kill()
            process.join()


def _run(program: str, arguments: tuple[object, ...], writer: Connection) -> None:
    sys.stdout.flush()
    os.dup2(writer.fileno(), 1)
    writer.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    import_module(program).main(*arguments)
    sys.stdout.flush()

"""The start of every child process: ``python -P -m core.children.runner TASK FOLDER``.

What it says goes through a pipe, a JSON object a line: ``share`` and ``step`` on the way, at the end
``refused`` (a sentence) or ``done``. What libraries print is not part of it. With ``--more`` it stays: every
line that comes on stdin is the folder of another piece of the same work.
"""

import argparse
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from core.errors import TrimtabError
from core.lifeline import tie_to

TASKS: Mapping[str, str] = {
    "entry": "core.children.entry",
    "evidence": "core.children.evidence_zip",
    "evidently": "core.children.evidently_report",
    "explain": "core.children.explaining.task",
    "importance": "core.children.explaining.task",
    "mitigate": "core.training.mitigation_task",
    "project": "core.children.project",
    "refit": "core.children.refit",
    "reproduce": "core.children.reproduce",
    "validate": "core.validation.task",
}
"""Name of a task → the module whose ``run`` does it."""

WARM = frozenset({"explain"})
"""Tasks whose child stays for a while: somebody waits for a short answer, and starting takes seconds."""

_NICE = 5


class Say(Protocol):
    """Tells how far the work is."""

    def __call__(self, share: float, step: str) -> None:
        """Say the share done, in [0, 1], and what happens now, in a few words."""
        ...


class Task(Protocol):
    """A module that can be run."""

    def run(self, folder: Path, say: Say) -> None:
        """Read the inputs in ``folder`` and write the output there.

        Raises
        ------
        TrimtabError
            It cannot be done with these inputs; the sentence says why.
        """
        ...


class Pipe:
    """The way to the parent."""

    def __init__(self, descriptor: int) -> None:
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", buffering=1)

    def send(self, **message: object) -> None:
        """Send one message."""
        self._file.write(json.dumps(message, ensure_ascii=False) + "\n")

    def progress(self, share: float, step: str) -> None:
        """Send how far the work is."""
        self.send(share=share, step=step)


def main(arguments: Sequence[str], tasks: Mapping[str, str] = TASKS) -> None:
    """Run one task; what it raises ends the process with code 1 and a traceback on stderr."""
    parser = argparse.ArgumentParser(prog="python -m core.children.runner")
    parser.add_argument("task", choices=sorted(tasks))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--pipe", type=int, required=True)
    parser.add_argument("--address-space-mb", type=float, required=True)
    parser.add_argument("--more", action="store_true")
    asked = parser.parse_args(arguments)
    tie_to(asked.parent, ending=signal.SIGKILL)
    _bound(asked.address_space_mb)
    # Ingest and pages come first.
    os.nice(_NICE)
    pipe = Pipe(asked.pipe)
    task = cast("Task", import_module(tasks[asked.task]))
    for folder in _folders(asked.folder, more=asked.more):
        try:
            task.run(folder, pipe.progress)
        except TrimtabError as error:
            pipe.send(refused=error.message)
        else:
            pipe.send(done=True)


def _folders(first: Path, *, more: bool) -> Iterator[Path]:
    yield first
    if more:
        for line in sys.stdin:
            yield Path(line.rstrip("\n"))


def _bound(megabytes: float) -> None:
    """Let one huge allocation fail at once; macOS accepts the limit and does not keep to it."""
    n_bytes = int(megabytes * 1e6)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > n_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, hard))


if __name__ == "__main__":
    main(sys.argv[1:])

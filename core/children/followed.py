"""A program of users', run by a child and shown as it goes."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import Unavailable

if TYPE_CHECKING:
    from core.children.runner import Say

_LONGEST = 120
_SHARE = 0.3


def follow(
    command: Sequence[str], what: str, say: "Say", *, folder: Path, environment: Mapping[str, str]
) -> None:
    """Run a program to its end: every line that it prints is a step, and all of them are the job's log.

    Parameters
    ----------
    what
        What it is called in steps and errors.
    folder
        Where it runs.

    Raises
    ------
    Unavailable
        It ended with another code than 0; its last words say why.
    """
    last = ""
    with subprocess.Popen(  # noqa: S603 - which code may run, the settings say; no shell
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            last = line.strip() or last
            say(_SHARE, f"{what}: {last[:_LONGEST]}")
        code = process.wait()
    if code:
        raise Unavailable(f"The training by {what}", last[:300] or f"it ended with code {code}")

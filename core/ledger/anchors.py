"""Anchors: checkpoints kept outside of the database, best by somebody whom its owner cannot overrule.

An anchor is a file to which lines are appended, or a Git repository that gets a commit a checkpoint. In a
repository only a branch of its own is written, by plumbing: no work tree, no index, no hook, no other branch
is touched, so that people may work in it.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.chain.checkpoints import Checkpoint, read_anchor
from core.errors import Unavailable

BRANCHES = "refs/heads/trimtab-ledger"
_FILE = "checkpoint.json"
_TAIL_BYTES = 1 << 16
_TIME_LIMIT_S = 30.0
_PERSON = "Trimtab ledger"
_ADDRESS = "ledger@trimtab.invalid"


class Anchor(Protocol):
    """Where checkpoints are kept; each call raises ``Unavailable`` where that cannot be reached."""

    def read(self) -> list[Checkpoint]:
        """Return all checkpoints, oldest first; none where there is no anchor yet."""
        ...

    def last(self, ledger: str) -> Checkpoint | None:
        """Return the newest checkpoint of a ledger, None where there is none."""
        ...

    def write(self, checkpoint: Checkpoint) -> None:
        """Add a checkpoint; when this returns it is on disk."""
        ...


def anchor_at(path: Path) -> Anchor:
    """Return the anchor at a path: a Git repository where that is a folder, else a file."""
    return GitAnchor(path) if path.is_dir() else FileAnchor(path)


@dataclass(frozen=True, slots=True)
class FileAnchor:
    """A file that only grows, one checkpoint a line."""

    path: Path

    def read(self) -> list[Checkpoint]:
        """Return all checkpoints; raises ``InvalidInput`` where the file holds something else."""
        return self._read(0)

    def last(self, ledger: str) -> Checkpoint | None:
        """Return the newest checkpoint of a ledger."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unavailable(self.path, error) from error
        found = self._read(max(0, size - _TAIL_BYTES))
        return next((one for one in reversed(found) if one.ledger == ledger), None)

    def write(self, checkpoint: Checkpoint) -> None:
        """Append a checkpoint; nothing that is in the file is touched."""
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            with open(handle, "ab") as file:  # noqa: PTH123 - a descriptor, not a path
                # Half a line of a process that was killed stays what it is: the next one starts anew.
                start = b"" if self._ends_well() else b"\n"
                file.write(start + checkpoint.line().encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unavailable(self.path, error) from error

    def _ends_well(self) -> bool:
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == 0:
                return True
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _read(self, start: int) -> list[Checkpoint]:
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                text = file.read().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unavailable(self.path, error) from error
        lines = text.splitlines()
        return read_anchor(lines) if any(lines) else []


@dataclass(frozen=True, slots=True)
class GitAnchor:
    """A Git repository, bare or not: a branch for each ledger, the checkpoint in each commit's message."""

    path: Path

    def read(self) -> list[Checkpoint]:
        """Return the checkpoints of every ledger that is anchored here."""
        branches = self._git("for-each-ref", "--format=%(refname)", BRANCHES).splitlines()
        return [one for branch in branches for one in self._of(branch)]

    def last(self, ledger: str) -> Checkpoint | None:
        """Return the newest checkpoint of a ledger."""
        branch = f"{BRANCHES}/{ledger}"
        if not self._tip(branch):
            return None
        found = self._of(branch, "-1")
        return found[-1] if found else None

    def write(self, checkpoint: Checkpoint) -> None:
        """Commit a checkpoint; refused where the branch moved meanwhile."""
        branch, line = f"{BRANCHES}/{checkpoint.ledger}", checkpoint.line()
        tip = self._tip(branch)
        blob = self._git("hash-object", "-w", "--stdin", given=f"{line}\n")
        tree = self._git("mktree", given=f"100644 blob {blob}\t{_FILE}\n")
        title = f"Checkpoint {checkpoint.number}: {checkpoint.seq} entries"
        parents = ("-p", tip) if tip else ()
        commit = self._git("commit-tree", tree, *parents, given=f"{title}\n\n{line}\n")
        self._git("update-ref", branch, commit, tip or "0" * len(commit))

    def _of(self, branch: str, *options: str) -> list[Checkpoint]:
        lines = self._git("log", "--reverse", "--format=%B", *options, branch, "--").splitlines()
        return read_anchor(lines)

    def _tip(self, branch: str) -> str:
        return self._git("for-each-ref", "--format=%(objectname)", branch)

    def _git(self, *command: str, given: str = "") -> str:
        program = shutil.which("git")
        if program is None:
            raise Unavailable("The anchor", "there is no git on this machine", hint="Install git.")
        settings = ("-c", f"safe.directory={self.path}", "-c", "core.hooksPath=/dev/null")
        whole: Sequence[str] = (program, *settings, "-C", str(self.path), *command)
        try:
            done = subprocess.run(  # noqa: S603 - our own words and digests, no shell
                whole,
                input=given,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                env=_environment(),
                timeout=_TIME_LIMIT_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"The anchor {self.path}", str(error)) from error
        if done.returncode:
            said = (done.stderr.strip() or f"git ended with {done.returncode}").splitlines()[-1]
            hint = "The anchor is a folder, so it must be a Git repository that Trimtab may write to."
            raise Unavailable(f"The anchor {self.path}", said, hint=hint)
        return done.stdout.strip()


def _environment() -> dict[str, str]:
    """Return the environment without what would lead Git elsewhere, and with the program's own name."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    person = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", _PERSON), ("EMAIL", _ADDRESS))
    }
    return {**kept, **person, "LC_ALL": "C"}


def _unavailable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(f"The anchor {path}", error.strerror or str(error))

"""Who owns a workspace now: a lock that the operating system releases, and a note beside it.

The lock (``control.lock``) says that somebody owns the workspace; the note (``control.json``, readable
by its owner only) says who, and at which address and with which token to ask. A note without a lock
is stale. A process that owns the workspace without serving it leaves a note without an address.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Self

import httpx
from filelock import FileLock, Timeout

from core.config import Workspace
from core.errors import Conflict, Unavailable
from core.server.identity import READING

API_SCHEMA = 1
_ANSWER_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Who owns a workspace; ``address`` is None where the owner serves nobody."""

    pid: int
    started_at: str
    what: str
    address: str | None
    token: str | None = field(repr=False)
    schema: int = API_SCHEMA

    @classmethod
    def read(cls, workspace: Workspace) -> Self | None:
        """Return the note of a workspace, None where there is none that can be read.

        Raises
        ------
        Unavailable
            The note is another user's.
        """
        try:
            found = json.loads(workspace.control.read_text(encoding="utf-8"))
            return cls(**{each.name: found[each.name] for each in fields(cls)})
        except PermissionError as error:
            hint = "You may read through its dashboard's address: /api/v1 answers GET to all users here."
            raise Unavailable(f"The workspace {workspace.root}", "it is another user's", hint=hint) from error
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def answers(self) -> bool:
        """Ask the owner whether it serves the workspace now.

        Raises
        ------
        Conflict
            It speaks another version of the API.
        """
        if self.address is None:
            return False
        try:
            found = httpx.get(f"{self.address}/readyz", timeout=_ANSWER_S, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return False
        # Another program may have been given the port of an owner that is gone: no token for it.
        if not isinstance(found, dict) or found.get("pid") != self.pid:
            return False
        if found.get("schema") != API_SCHEMA:
            spoken = f"version {found.get('schema')} of the API; this command speaks {API_SCHEMA}"
            raise Conflict(f"{self} speaks {spoken}", hint="Restart it with the installed version.")
        return True

    def __str__(self) -> str:
        return f"process {self.pid} ({self.what}, since {self.started_at})"


def repeatable(error: httpx.TransportError, method: str) -> bool:
    """Tell whether a request that failed may be sent again: it never arrived, or it changes nothing."""
    return isinstance(error, httpx.ConnectError) or method in READING


class Ownership:
    """Holds a workspace's lock from :meth:`take` until :meth:`release`."""

    def __init__(self, workspace: Workspace, lock: FileLock, *, what: str) -> None:
        self._workspace = workspace
        self._lock = lock
        self._what = what
        self.token = secrets.token_urlsafe(32)
        self._write(address=None)

    @classmethod
    def take(cls, workspace: Workspace, *, what: str) -> Self | None:
        """Own a workspace, or return None at once where another process does.

        Parameters
        ----------
        workspace
            An existing workspace.
        what
            What this process does, for others to read: "trimtab up", "trimtab monitor".
        """
        lock = FileLock(workspace.lock, mode=0o600, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return None
        except OSError as error:
            cause = error.strerror or str(error)
            raise Unavailable(
                f"The workspace {workspace.root}", cause, hint="Check its owner and rights."
            ) from error
        return cls(workspace, lock, what=what)

    def publish(self, address: str) -> None:
        """Say at which address others may ask, with :attr:`token`."""
        self._write(address=address)

    def release(self) -> None:
        """Remove the note and give the workspace up."""
        self._workspace.control.unlink(missing_ok=True)
        self._lock.release()

    def _write(self, *, address: str | None) -> None:
        note = Note(
            pid=os.getpid(),
            started_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            what=self._what,
            address=address,
            token=self.token if address else None,
        )
        # Never half a note, never one that others can read: made aside with its rights, then moved.
        aside = self._workspace.control.with_suffix(f".{note.pid}")
        aside.unlink(missing_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, not a path
            json.dump(asdict(note), file)
        aside.replace(self._workspace.control)

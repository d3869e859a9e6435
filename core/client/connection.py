"""Find the way to a workspace: to its control process, or, where there is none, take it over."""

import os
import time

from core.client.api import Client
from core.client.transports import InProcess, Loopback
from core.config import Settings, Workspace, load_settings
from core.errors import Unavailable
from core.server.ownership import Note, Ownership

_PAUSE_S = 0.1
TOKEN_VARIABLE = "TRIMTAB_TOKEN"
"""Environment variable of a token to act by, instead of as the workspace's owner."""


def connect(workspace: Workspace, *, what: str, patience_s: float = 10.0) -> Client:
    """Return a client of a workspace.

    A control process that owns the workspace is asked over HTTP. A workspace that nobody owns is taken
    and the application runs inside this process. One that is owned by a process that does not answer
    is waited for.

    Parameters
    ----------
    workspace
        The workspace.
    what
        What this process does, for others to read while it owns the workspace.
    patience_s
        How long to wait for an owner that does not answer.

    Raises
    ------
    NotFound
        The folder is no workspace.
    InvalidInput
        Its settings cannot be used.
    Conflict
        Its control process speaks another version of the API.
    Unavailable
        Its owner is silent.
    """
    settings = load_settings(workspace)
    deadline = time.monotonic() + patience_s
    while True:
        owned = Ownership.take(workspace, what=what)
        if owned is not None:
            return _in_process(settings, owned)
        note = Note.read(workspace)
        if note is not None and note.answers():
            return Client(Loopback(workspace, patience_s=patience_s, token=os.environ.get(TOKEN_VARIABLE)))
        if time.monotonic() > deadline:
            raise Unavailable(
                f"The workspace {workspace.root}",
                f"{note or 'a process'} holds it and did not answer for {patience_s:g} s",
                hint="Wait until it is done, or end it; `trimtab doctor` says more.",
            )
        time.sleep(_PAUSE_S)


def _in_process(settings: Settings, owned: Ownership) -> Client:
    try:
        from core.bootstrap import build
        from core.server.app import create_app
        from core.server.spool import sweep

        sweep(settings.workspace.spool)
        trimtab = build(settings)
    except BaseException:
        owned.release()
        raise

    def closing() -> None:
        try:
            trimtab.close()
        finally:
            owned.release()

    app = create_app(trimtab, token=owned.token)
    return Client(InProcess(app, closing=closing), token=os.environ.get(TOKEN_VARIABLE) or owned.token)

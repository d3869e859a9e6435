"""One owner at a time; its note is private, truthful, and gone when it leaves."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.config import Workspace, create_workspace
from core.errors import Unavailable
from core.server.ownership import Note, Ownership


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "w")
    create_workspace(workspace, {})
    return workspace


def test_a_second_owner_is_turned_away_until_the_first_leaves(workspace: Workspace) -> None:
    first = Ownership.take(workspace, what="trimtab monitor")
    assert first is not None
    assert Ownership.take(workspace, what="trimtab up") is None
    first.release()
    second = Ownership.take(workspace, what="trimtab up")
    assert second is not None
    second.release()


def test_the_note_is_the_owners_alone_and_tells_who(workspace: Workspace) -> None:
    owned = Ownership.take(workspace, what="trimtab up")
    assert owned is not None
    assert Note.read(workspace) is not None
    before = Note.read(workspace)
    assert before is not None
    assert (before.address, before.token) == (None, None)
    owned.publish("http://127.0.0.1:1")
    note = Note.read(workspace)
    assert note is not None
    assert (note.pid, note.address, note.token) == (os.getpid(), "http://127.0.0.1:1", owned.token)
    assert stat.S_IMODE(workspace.control.stat().st_mode) == 0o600
    assert owned.token not in repr(note) + str(note)
    assert f"process {os.getpid()} (trimtab up" in str(note)
    assert not note.answers()
    owned.release()
    assert Note.read(workspace) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"pid": 1}'])
def test_a_note_that_says_nothing_is_no_note(workspace: Workspace, text: str) -> None:
    workspace.control.write_text(text)
    assert Note.read(workspace) is None


def test_a_note_of_a_later_version_can_still_be_read(workspace: Workspace) -> None:
    owned = Ownership.take(workspace, what="x")
    assert owned is not None
    later = json.loads(workspace.control.read_text()) | {"more": 1}
    workspace.control.write_text(json.dumps(later))
    note = Note.read(workspace)
    assert note is not None
    assert not note.answers()
    owned.release()


def test_a_killed_owner_leaves_a_stale_note_and_no_lock(workspace: Workspace) -> None:
    code = (
        "import os, sys; from pathlib import Path; from core.config import Workspace;"
        "from core.server.ownership import Ownership;"
        f"owned = Ownership.take(Workspace(Path({str(workspace.root)!r})), what='trimtab up');"
        "owned.publish('http://127.0.0.1:1'); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    stale = Note.read(workspace)
    assert stale is not None
    assert not stale.answers()
    owned = Ownership.take(workspace, what="trimtab models")
    assert owned is not None
    owned.release()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may open everything")
def test_another_users_workspace_is_told(workspace: Workspace) -> None:
    workspace.control.write_text("{}")
    workspace.control.chmod(0)
    with pytest.raises(Unavailable, match="another user"):
        Note.read(workspace)

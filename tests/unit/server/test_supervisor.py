"""The supervisor: what dies comes back with back-off, what refuses ends it all, nothing is left over."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import Workspace, create_workspace
from core.errors import Conflict, Unavailable
from core.server import supervisor
from core.server.ownership import Note
from core.server.supervisor import Child, Supervisor, serve


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "w")
    create_workspace(workspace, {})
    return workspace


def supervised(workspace: Workspace, said: list[str], *asked: str) -> Supervisor:
    watching = Supervisor(workspace, [], say=said.append)
    watching.children = [
        Child(
            name=f"child-{position}",
            arguments=("tests.fake_child", each),
            environment=dict(os.environ),
            output=workspace.logs / f"child-{position}.out",
        )
        for position, each in enumerate(asked)
    ]
    return watching


@pytest.fixture
def said() -> list[str]:
    return []


def wait_for(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_dies_is_started_again_later_and_later(workspace: Workspace, said: list[str]) -> None:
    watching = supervised(workspace, said, "live", "7")
    running = threading.Thread(target=watching.run, kwargs={"ready": lambda: None})
    running.start()
    wait_for(lambda: len(said) == 2)
    watching.stop()
    running.join(30)
    assert said == [
        "The child-1 process ended with code 7: its last words. It starts again in 0.5 s.",
        "The child-1 process ended with code 7: its last words. It starts again in 1 s.",
    ]
    assert all(child.process is None or child.process.returncode is not None for child in watching.children)


def test_a_killed_child_is_told_by_its_signal(workspace: Workspace, said: list[str]) -> None:
    watching = supervised(workspace, said, "live")
    running = threading.Thread(target=watching.run, kwargs={"ready": lambda: None})
    running.start()
    (child,) = watching.children
    wait_for(lambda: child.process)
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    wait_for(lambda: said)
    wait_for(lambda: child.process and child.process.poll() is None)
    watching.stop()
    running.join(30)
    assert said == ["The child-0 process was ended by SIGKILL. It starts again in 0.5 s."]


def test_a_refusal_ends_everything_with_its_reason(workspace: Workspace, said: list[str]) -> None:
    watching = supervised(workspace, said, "live", "3")
    with pytest.raises(Unavailable, match="its last words"):
        watching.run(ready=lambda: None)
    assert watching.children[0].process is not None
    assert watching.children[0].process.returncode == -signal.SIGTERM


def test_children_are_given_their_workspace_and_sockets(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        watching = Supervisor(workspace, [one, two], say=print)
        assert [child.name for child in watching.children] == ["control", "pane-1", "pane-2"]
        for child, listening in zip(watching.children[1:], (one, two), strict=True):
            assert child.descriptors == (listening.fileno(),)
            assert child.environment["TRIMTAB_WORKSPACE"] == str(workspace.root)


# -------------------------------------------------------------------- ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_chosen_port_that_is_taken_is_told(taken: int) -> None:
    with pytest.raises(Unavailable, match=f"port {taken}"):
        supervisor._listen("127.0.0.1", taken, 1)


def test_without_a_choice_the_next_free_port_is_used(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "DEFAULT_PORT", taken)
    (listening,) = supervisor._listen("127.0.0.1", None, 1)
    with listening:
        assert listening.getsockname()[1] > taken


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(Unavailable, match="The address 192"):
        supervisor._listen("192.0.2.1", None, 1)


def test_the_address_names_what_listens() -> None:
    (listening,) = supervisor._listen("127.0.0.1", 0, 1)
    with listening:
        port = listening.getsockname()[1]
        assert supervisor._address("127.0.0.1", listening) == f"http://127.0.0.1:{port}"
        assert supervisor._address("0.0.0.0", listening) == f"http://{socket.gethostname()}:{port}"


def test_a_workspace_that_is_served_is_not_served_twice(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = Note(pid=1, started_at="now", what="trimtab up", address="http://127.0.0.1:1", token="t")
    monkeypatch.setattr(Note, "read", lambda _: note)
    monkeypatch.setattr(Note, "answers", lambda _: True)
    with pytest.raises(Conflict, match="is served already by process 1"):
        serve(workspace, host="127.0.0.1", port=0, n_panes=1, open_browser=False, say=print, ready=print)

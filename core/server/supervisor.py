"""``trimtab up``: keeps one control process and the panes alive, and ends them all when it ends.

The supervisor holds the panes' listening sockets itself, so that a visitor who comes while a pane is
being started again waits instead of being turned away.
"""

import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from core.config import PROJECT_ROOT, Workspace, load_settings
from core.errors import Conflict, Unavailable
from core.server.identity import is_loopback
from core.server.ownership import Note

_log = logging.getLogger("trimtab.supervisor")

Say = Callable[[str], None]
DEFAULT_PORT = 8501
_LOOK_S = 0.1
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 30.0
_END_S = 30.0
_START_S = 90.0
_BACKLOG = 512
# Exit codes with which a child refuses on purpose: starting it again would not change its mind.
_REFUSALS = frozenset({2, 3})


@dataclass(slots=True, kw_only=True)
class Child:
    """One process that shall be alive: how to start it, and how it did so far."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    output: Path
    descriptors: tuple[int, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None
    n_deaths: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    was_steady: bool = False

    def start(self) -> None:
        """Start it, in a group of its own: a Ctrl-C at the terminal is the supervisor's to pass on."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own module, no shell
                [sys.executable, "-m", *self.arguments, "--parent", str(os.getpid())],
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=self.descriptors,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    def last_words(self) -> str:
        """Return the last line that it printed."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


class Supervisor:
    """Keeps children alive until it is told to stop.

    Parameters
    ----------
    workspace
        The workspace that is served.
    sockets
        Listening sockets, one for each pane.
    say
        Tells a person what happens.
    """

    def __init__(self, workspace: Workspace, sockets: Sequence[socket.socket], *, say: Say) -> None:
        self._workspace = workspace
        self._say = say
        self._stop = threading.Event()
        workspace.logs.mkdir(parents=True, exist_ok=True)
        self.children = [self._child("control", "core.server.control")]
        for position, listening in enumerate(sockets, start=1):
            name = "pane" if len(sockets) == 1 else f"pane-{position}"
            descriptor = listening.fileno()
            child = self._child(
                name,
                "core.server.pane",
                "--socket",
                str(descriptor),
                "--name",
                name,
                descriptors=(descriptor,),
            )
            self.children.append(child)

    def _child(self, name: str, module: str, *more: str, descriptors: tuple[int, ...] = ()) -> Child:
        arguments = (module, "--workspace", str(self._workspace.root), *more)
        output = self._workspace.logs / f"{name}.out"
        # The dashboard's pages find their workspace there; the folder is absolute, theirs is another.
        environment = {**os.environ, "TRIMTAB_WORKSPACE": str(self._workspace.root)}
        return Child(
            name=name, arguments=arguments, environment=environment, output=output, descriptors=descriptors
        )

    def stop(self) -> None:
        """Let :meth:`run` end; safe to call from a signal handler."""
        self._stop.set()

    def run(self, *, ready: Callable[[], None]) -> None:
        """Start all children, call ``ready`` once when they answer, and keep them alive until stopped.

        Raises
        ------
        Unavailable
            A child refused to start.
        """
        waiting = threading.Thread(target=self._await_ready, args=(ready,), daemon=True)
        try:
            for child in self.children:
                child.start()
            waiting.start()
            while not self._stop.wait(_LOOK_S):
                for child in self.children:
                    self._look_after(child)
        finally:
            self._end()

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.start_at:
                child.start()
            return
        code = child.process.poll()
        if code is None:
            child.was_steady = child.was_steady or now - child.started_at > _STEADY_S
            return
        if code in _REFUSALS and not child.was_steady:
            raise Unavailable(f"The {child.name} process", child.last_words() or f"it ended with code {code}")
        if now - child.started_at > _STEADY_S:
            child.n_deaths = 0
        pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**child.n_deaths)
        child.n_deaths += 1
        child.process = None
        child.start_at = now + pause
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        words = f": {child.last_words()}" if code > 0 and child.last_words() else ""
        self._say(f"The {child.name} process {how}{words}. It starts again in {pause:g} s.")
        _log.warning("supervisor.restart child=%s code=%d pause_s=%g", child.name, code, pause)

    def _await_ready(self, ready: Callable[[], None]) -> None:
        deadline = time.monotonic() + _START_S
        while not self._stop.is_set() and time.monotonic() < deadline:
            note = Note.read(self._workspace)
            control = self.children[0].process
            if note and control and note.pid == control.pid and note.answers():
                ready()
                return
            time.sleep(_LOOK_S)

    def _end(self) -> None:
        self._stop.set()
        alive = [child for child in self.children if child.process is not None]
        # Panes first: they ask control until they are gone.
        for child in reversed(alive):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + _END_S
        for child in alive:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(f"The {child.name} process does not end; it is killed.")
                child.process.kill()
                child.process.wait()


def serve(
    workspace: Workspace,
    *,
    host: str,
    port: int | None,
    n_panes: int,
    open_browser: bool,
    say: Say,
    ready: Callable[[str], None],
) -> None:
    """Serve a workspace until Ctrl-C or SIGTERM.

    Parameters
    ----------
    workspace
        An existing workspace.
    host, port
        Where the first pane listens, the others on the ports after it; without a port 8501, or the
        next free one.
    n_panes
        How many panes.
    open_browser
        Whether to show the dashboard once it answers, if there is a screen.
    say
        Tells a person what happens.
    ready
        Called with the dashboard's address once it answers.

    Raises
    ------
    Conflict
        The workspace is served already.
    Unavailable
        A port is taken, or a process refused to start.
    """
    note = Note.read(workspace)
    if note is not None and note.answers():
        raise Conflict(f"{workspace.root} is served already by {note}", hint="Use that one, or end it first.")
    if not is_loopback(host) and not load_settings(workspace).identity.team:
        say("Everyone who reaches this address may read, and change nothing; see docs/access.md.")
    with ExitStack() as open_sockets:
        sockets = _listen(host, port, n_panes)
        for listening in sockets:
            open_sockets.enter_context(listening)
        address = _address(host, sockets[0])
        supervisor = Supervisor(workspace, sockets, say=say)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: supervisor.stop())

        def answering() -> None:
            try:
                httpx.get(f"{address}/healthz", timeout=_START_S, trust_env=False)
            except httpx.HTTPError:
                return
            ready(address)
            if open_browser:
                _show(address)

        supervisor.run(ready=answering)


def _listen(host: str, port: int | None, n_panes: int) -> list[socket.socket]:
    first = DEFAULT_PORT if port is None else port
    for attempt in range(first, first + (1 if port is not None else 100)):
        taken: list[socket.socket] = []
        try:
            for position in range(n_panes):
                wanted = attempt + position if attempt else 0
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                taken.append(socket.create_server((host, wanted), family=family, backlog=_BACKLOG))
        except OSError as error:
            for listening in taken:
                listening.close()
            if port is not None or error.errno != errno.EADDRINUSE:
                cause = f"port {attempt}: {error.strerror or error}"
                hint = "Choose another with --port."
                raise Unavailable(f"The address {host}", cause, hint=hint) from error
        else:
            return taken
    raise Unavailable(f"The address {host}", f"ports {first} to {first + 99} are taken", hint="Use --port.")


def _address(host: str, listening: socket.socket) -> str:
    name = host if is_loopback(host) else socket.gethostname()
    shown = f"[{name}]" if ":" in name else name
    return f"http://{shown}:{listening.getsockname()[1]}"


def _show(address: str) -> None:
    # Without a screen the standard library would start a text browser in this very terminal.
    if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)

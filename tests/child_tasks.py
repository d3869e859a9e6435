"""Children for tests, run as a script: the real runner with tasks that do as their input says.

``request.json`` holds {"do": …}: what the task shall do.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from core.children import runner
from core.errors import Unavailable


def run(folder: Path, say: runner.Say) -> None:
    """Do what the request says; the output is one line."""
    do = json.loads((folder / "request.json").read_text())["do"]
    say(0.25, "Beginning")
    getattr(sys.modules[__name__], f"do_{do}")(folder, say)


def do_well(folder: Path, say: runner.Say) -> None:
    (folder / "made.txt").write_text("made\n")
    say(1.0, "Done")


def do_name_itself(folder: Path, say: runner.Say) -> None:
    (folder / "made.txt").write_text("made\n")
    say(1.0, str(os.getpid()))


def do_slowly(folder: Path, say: runner.Say) -> None:
    say(0.5, str(os.getpid()))
    time.sleep(60)


def do_stubbornly(folder: Path, say: runner.Say) -> None:
    """Ignore the polite signal, and have a child of its own that does, too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    own = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    say(0.5, f"{os.getpid()} {own.pid}")
    time.sleep(60)


def do_grow(folder: Path, say: runner.Say) -> None:
    held = []
    for _ in range(300):
        held.append(b"x" * 5_000_000)
        time.sleep(0.01)


def do_grow_elsewhere(folder: Path, say: runner.Say) -> None:
    """Let a child of its own grow, as users' training code does."""
    own = "import time; held = [b'x' * 5_000_000 for _ in range(120)]; time.sleep(60)"
    subprocess.run([sys.executable, "-c", own], check=True)


def do_ask_for_everything(folder: Path, say: runner.Say) -> None:
    bytearray(1 << 42)


def do_refuse(folder: Path, say: runner.Say) -> None:
    raise Unavailable("The window", "it holds no rows")


def do_raise(folder: Path, say: runner.Say) -> None:
    raise ValueError("a column is empty")


def do_crash(folder: Path, say: runner.Say) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def do_leave_early(folder: Path, say: runner.Say) -> None:
    sys.exit(0)


def do_call_out(folder: Path, say: runner.Say) -> None:
    from core.children.offline import stay_offline

    stay_offline()
    import socket

    socket.create_connection(("192.0.2.1", 80), timeout=1)


if __name__ == "__main__":
    # The runner finds its tasks as modules: this script is one.
    sys.modules["child_tasks"] = sys.modules["__main__"]
    runner.main(sys.argv[1:], {"test": "child_tasks", "explain": "child_tasks"})

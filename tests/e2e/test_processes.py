"""Real processes: `trimtab up`, its children, and commands beside it, from any folder."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

TRIMTAB = [sys.executable, "-m", "core.cli"]
SPEC = """
model: churn
task: binary
columns: {id: id, timestamp: at, prediction: y, label: z}
features: {numeric: [a]}
window: {every: 1d}
reference: {first: 2d}
"""


@dataclass
class Running:
    """A supervisor, its workspace and its address."""

    process: subprocess.Popen[str]
    workspace: Path
    address: str

    def child(self, module: str) -> psutil.Process:
        """The running child of that module, started again if it was killed."""
        found: list[psutil.Process] = []

        def appears() -> bool:
            children = psutil.Process(self.process.pid).children()
            found[:] = [each for each in children if module in command_of(each)]
            return bool(found)

        wait_for(appears)
        return found[0]

    @property
    def note(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.workspace / "control.json").read_text())
        return read


def command_of(process: psutil.Process) -> list[str]:
    """Return a process's command; nothing of one that has died and waits to be buried."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def wait_for(happened: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def trimtab(workspace: Path, *arguments: str | Path, folder: Path | None = None) -> Any:
    done = subprocess.run(
        [*TRIMTAB, *map(str, arguments), "--workspace", str(workspace), "--json"],
        cwd=folder or workspace.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def rows(file: Path, first: int, last: int) -> Path:
    lines = [
        f"{i},2026-01-{1 + i // 24:02d}T{i % 24:02d}:00,{i % 7},{i % 2},{i % 2}" for i in range(first, last)
    ]
    file.write_text("\n".join(["id,at,a,y,z", *lines]))
    return file


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "a workspace ü"
    trimtab(folder, "init", folder=tmp_path)
    return folder


@contextmanager
def up(workspace: Path, *arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [*TRIMTAB, "up", "--no-browser", "--port", "0", "--workspace", str(workspace), "--json", *arguments],
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        text = ""
        while "}" not in text:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            text += line
        yield Running(process=process, workspace=workspace, address=json.loads(text)["address"])
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_up_serves_survives_its_panes_death_and_ends_cleanly(workspace: Path, tmp_path: Path) -> None:
    with up(workspace) as running, httpx.Client(base_url=running.address, timeout=60) as visitor:
        assert visitor.get("/healthz").json() == {"status": "ok"}
        page = visitor.get("/")
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-content-type-options"] == "nosniff"
        assert visitor.get("/_stcore/agent/openapi.json").status_code == 404

        (tmp_path / "spec.yaml").write_text(SPEC)
        assert trimtab(workspace, "watch", tmp_path / "spec.yaml")["model"] == "churn"
        pane = running.child("core.server.pane")
        pane.kill()
        # Ingest goes on beside the dead pane, over control's own address.
        control = httpx.Client(
            base_url=running.note["address"], headers={"Authorization": f"Bearer {running.note['token']}"}
        )
        with control:
            sent = control.post(
                "/api/v1/models/churn/predictions", content=rows(tmp_path / "r.csv", 0, 96).read_bytes()
            )
        assert sent.status_code == 202
        taken = {"accepted": 96, "quarantined": 0, "duplicate": 0, "reasons": {}, "notices": []}
        assert sent.json() == taken
        assert running.child("core.server.pane").pid != pane.pid
        assert visitor.get("/healthz").status_code == 200
        assert visitor.get("/").status_code == 200

        children = psutil.Process(running.process.pid).children(recursive=True)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
        assert not [child for child in children if child.is_running()]
    assert not (workspace / "control.json").exists()
    assert trimtab(workspace, "ingest", "churn", tmp_path / "r.csv")["duplicate"] == 96


@pytest.mark.slow
def test_a_second_command_asks_the_process_that_serves(workspace: Path) -> None:
    with up(workspace) as running:
        before = running.note["pid"]
        assert trimtab(workspace, "models", folder=Path("/")) == []
        found = trimtab(workspace, "doctor")
        (owner,) = [check for check in found["checks"] if check["name"] == "owner"]
        assert running.note["address"] in owner["message"]
        assert running.note["pid"] == before
        second = subprocess.run(
            [*TRIMTAB, "up", "--workspace", str(workspace)], capture_output=True, text=True, check=False
        )
        assert second.returncode == 2
        assert "is served already" in second.stderr


@pytest.mark.slow
def test_control_comes_back_after_kill_and_windows_are_judged_by_themselves(
    workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC)
    with up(workspace) as running, httpx.Client(base_url=running.address, timeout=60) as visitor:
        trimtab(workspace, "watch", tmp_path / "spec.yaml")
        control = running.child("core.server.control")
        control.kill()

        def back() -> bool:
            # Until another control answers, the pane says that there is none.
            return visitor.get("/readyz").json().get("pid") not in {None, control.pid}

        wait_for(back, seconds=60)
        assert trimtab(workspace, "ingest", "churn", rows(tmp_path / "r.csv", 0, 24 * 6))["accepted"] == 144

        def judged() -> bool:
            return bool(visitor.get("/api/v1/models/churn/verdicts").json())

        wait_for(judged, seconds=60)


@pytest.mark.slow
def test_children_end_with_a_supervisor_that_is_killed(workspace: Path) -> None:
    with up(workspace) as running:
        children = psutil.Process(running.process.pid).children()
        assert len(children) == 2
        running.process.kill()
        _, alive = psutil.wait_procs(children, timeout=40)
        assert not alive
    assert trimtab(workspace, "models") == []


@pytest.mark.slow
def test_a_silent_owner_is_explained_after_ten_seconds(workspace: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from core.config import Workspace;"
        "from core.server.ownership import Ownership;"
        "held = Ownership.take(Workspace(Path(sys.argv[1])), what='trimtab monitor');"
        "print('held', flush=True); time.sleep(120)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, str(workspace)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        done = subprocess.run(
            [*TRIMTAB, "models", "--workspace", str(workspace)], capture_output=True, text=True, check=False
        )
        assert 10 <= time.monotonic() - began < 20
        assert done.returncode == 3
        assert f"process {holder.pid} (trimtab monitor" in done.stderr
        assert "Hint:" in done.stderr
    finally:
        holder.kill()
        holder.wait()
        if holder.stdout is not None:
            holder.stdout.close()


@pytest.mark.slow
def test_several_panes_serve_side_by_side(workspace: Path) -> None:
    with up(workspace, "--panes", "2") as running:
        children = [
            each
            for each in psutil.Process(running.process.pid).children()
            if "core.server.pane" in each.cmdline()
        ]
        ports = {
            connection.laddr.port
            for child in children
            for connection in child.net_connections(kind="tcp")
            if connection.status == psutil.CONN_LISTEN
        }
        assert len(children) == len(ports) == 2
        for port in ports:
            assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60).status_code == 200


@pytest.mark.slow
def test_a_taken_port_is_told(workspace: Path) -> None:
    with up(workspace) as running:
        port = running.address.rpartition(":")[2]
        other = workspace.with_name("other")
        trimtab(other, "init")
        done = subprocess.run(
            [*TRIMTAB, "up", "--port", port, "--workspace", str(other)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 3
        assert f"port {port}" in done.stderr


@pytest.mark.slow
def test_a_store_of_a_newer_trimtab_refuses_to_start_and_says_so(workspace: Path) -> None:
    assert trimtab(workspace, "models") == []
    import duckdb

    with duckdb.connect(str(workspace / "analytics.duckdb")) as store:
        store.execute("UPDATE schema_version SET number = number + 1000")
    done = subprocess.run(
        [*TRIMTAB, "up", "--no-browser", "--port", "0", "--workspace", str(workspace)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (2, 3)
    assert "newer" in done.stderr


@pytest.mark.slow
def test_the_dashboard_refuses_settings_that_are_not_its_own(
    workspace: Path, tmp_path: Path, root: Path
) -> None:
    code = "import app.pane"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "browser.gatherUsageStats is True, not False" in done.stderr


@pytest.mark.slow
def test_listing_the_fleet_loads_nothing_heavy(workspace: Path) -> None:
    trimtab(workspace, "models")
    code = (
        "import sys; from core.cli import main;"
        "main(['models', '--workspace', sys.argv[1]], standalone_mode=False);"
        "heavy = {'mlflow', 'sklearn', 'streamlit', 'plotly', 'shap'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(workspace)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"

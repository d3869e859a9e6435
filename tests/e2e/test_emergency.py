"""Production changed by real processes: promoted, control killed, rolled back in an emergency."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.adapters.mlflow_publisher import MlflowPublisher
from core.adapters.mlflow_registry import MlflowRegistry
from core.config import Workspace, load_settings
from tests.e2e.test_processes import Running, up, wait_for

TRIMTAB = [sys.executable, "-m", "core.cli"]


def run(workspace: Path, *arguments: str, ends: int = 0) -> Any:
    done = subprocess.run(
        [*TRIMTAB, *arguments, "--workspace", str(workspace), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == ends, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose own registry has a model with two versions, the first of them champion."""
    run(tmp_path / "w", "init")
    found = Workspace.at(tmp_path / "w")
    publisher = MlflowPublisher(load_settings(found).registry("local"), artifacts=found.artifacts)
    publisher.add_models(["loans"])
    publisher._door.models.create_model_version("loans", "external:/loans")
    publisher.set_alias("loans", "champion", "1")
    return found.root


def champion(workspace: Path) -> str | None:
    settings = load_settings(Workspace.at(workspace))
    registry = MlflowRegistry(settings.registry("local"), artifacts=settings.workspace.artifacts)
    return registry.model("loans").aliases.get("champion")


def kill_all(running: Running) -> None:
    """Kill the supervisor first, so that it starts nothing again, then what it had started."""
    children = psutil.Process(running.process.pid).children(recursive=True)
    os.kill(running.process.pid, signal.SIGKILL)
    for child in children:
        if child.is_running():
            child.kill()
    psutil.wait_procs(children, timeout=30)


@pytest.mark.slow
def test_with_control_killed_a_roll_back_works_and_is_in_the_ledger_after_the_restart(
    workspace: Path,
) -> None:
    with up(workspace) as running:
        done = run(workspace, "promote", "loans", "2", "--reason", "better")
        assert (done["status"], champion(workspace)) == ("unconfirmed", "2")
        kill_all(running)
    back = run(workspace, "rollback", "loans", "--emergency", "--reason", "it burns")
    assert (back["to_version"], champion(workspace)) == ("1", "1")
    with up(workspace):
        wait_for(lambda: [one["version"] for one in run(workspace, "history", "loans")] == ["1", "2", "1"])
        last = run(workspace, "history", "loans")[-1]
        assert (last["kind"], last["reason"]) == ("roll_back", "it burns")
        assert run(workspace, "ledger", "verify")["ok"]


@pytest.mark.slow
def test_an_alias_moved_in_mlflow_is_in_the_ledger_within_ten_seconds(workspace: Path) -> None:
    with up(workspace):
        assert len(run(workspace, "history", "loans")) == 1
        settings = load_settings(Workspace.at(workspace))
        MlflowRegistry(settings.registry("local"), artifacts=settings.workspace.artifacts).set_alias(
            "loans", "champion", "2"
        )
        wait_for(
            lambda: [one["kind"] for one in run(workspace, "history", "loans")] == ["initial", "external"],
            seconds=30,
        )
        assert champion(workspace) == "2"

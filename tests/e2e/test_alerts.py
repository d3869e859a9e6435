"""Somebody is called: a champion deleted in MLflow reaches a server of our own, by real processes."""

import json
from pathlib import Path
from threading import Thread

import pytest

from core.adapters.mlflow_publisher import MlflowPublisher
from core.config import Workspace, load_settings
from tests.e2e.test_emergency import run, workspace
from tests.e2e.test_processes import up, wait_for
from tests.receiver import Receiver

__all__ = ["workspace"]
ALERTS = """
[alerts]
link = "https://pane.example"
heartbeat_env = "TEST_ALIVE"
heartbeat_every = "1s"
[alerts.channels.chat]
url_env = "TEST_CHAT"
"""


@pytest.mark.slow
def test_a_champion_deleted_in_mlflow_calls_somebody(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Workspace.at(workspace)
    found.settings.write_text(found.settings.read_text() + ALERTS)
    receiver = Receiver()
    Thread(target=receiver.serve_forever, daemon=True).start()
    monkeypatch.setenv("TEST_CHAT", f"json://{receiver.address}/chat")
    monkeypatch.setenv("TEST_ALIVE", f"http://{receiver.address}/alive")
    with up(workspace):
        assert len(run(workspace, "history", "loans")) == 1
        run(workspace, "alerts", "--test", "chat")
        publisher = MlflowPublisher(load_settings(found).registry("local"), artifacts=found.artifacts)
        publisher._door.models.delete_model_version("loans", "1")
        wait_for(lambda: len(receiver.bodies("/chat")) == 2)
        (incident,) = run(workspace, "incidents", "--open")
        assert (incident["rule"], incident["severity"], incident["models"]) == (
            "registry",
            "critical",
            ["loans"],
        )
        told = json.loads(receiver.bodies("/chat")[1])
        assert told["title"] == "Critical: loans"
        link = f"https://pane.example/activity?model=loans&incident={incident['id']}"
        assert told["message"].splitlines() == [f"{incident['cause']}.", link]
        assert receiver.bodies("/alive")
        (alert,) = run(workspace, "alerts")
        assert (alert["status"], alert["incident"], alert["event"]) == ("sent", incident["id"], "opened")
    receiver.shutdown()
    receiver.server_close()

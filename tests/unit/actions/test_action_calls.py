"""Changes of production over the API: client and commands get the same receipts and exit codes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from core import cli
from core.action import ActionKind, ActionStatus
from core.client import Client
from core.client.transports import InProcess
from core.errors import InvalidInput, NotFound
from core.server.app import create_app
from core.server.identity import operating_user
from core.trimtab import Trimtab
from core.views.actions import ActionScope

FIELDS = {
    "action", "kind", "model", "from_version", "to_version", "generation", "status", "gates", "approvals",
    "ledger_seq", "sentence",
}  # fmt: skip
STAY = {"version", "alias", "from", "to", "actor", "reason", "kind", "evidence"}


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def client(loans: Trimtab) -> Iterator[Client]:
    with Client(InProcess(create_app(loans, token="t"), closing=lambda: None), token="t") as client:
        yield client


@pytest.fixture
def run(loans: Trimtab, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = create_app(loans, token="t")
    monkeypatch.setattr(
        "core.client.connect", lambda *_, **__: Client(InProcess(app, closing=lambda: None), token="t")
    )

    def called(*arguments: str) -> Result:
        root = str(loans.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*arguments, "--workspace", root], prog_name="trimtab")

    return called


def test_a_receipt_survives_the_wire(client: Client, loans: Trimtab) -> None:
    done = client.promote("loans", "2", reason="better", key="k")
    kept = loans.actions.get(done.id)
    assert done == replace(kept, from_arrival=None), "where rows began to count is nobody else's business"
    assert done.actor == operating_user()
    assert client.promote("loans", "3", reason="better", key="k") == done
    assert client.action(done.id) == done
    assert client.actions(model="loans") == [done]
    assert client.actions(open_only=True) == [done]


def test_history_and_the_view_survive_the_wire(client: Client, loans: Trimtab) -> None:
    client.promote("loans", "2", reason="better")
    assert client.history("loans") == loans.actions.history("loans")
    assert client.fleet_at("0d") == loans.actions.fleet_at(None)
    view = client.actions_view(ActionScope(model="loans"))
    assert [one.version for one in view.stays] == ["2", "1"]
    assert [(one.kind, one.version, one.allowed) for one in view.offers] == [
        (ActionKind.PROMOTE, "3", True),
        (ActionKind.ROLL_BACK, None, True),
        (ActionKind.RETIRE, None, True),
    ]
    assert view.open


def test_a_preview_changes_nothing_and_has_no_id(client: Client, loans: Trimtab) -> None:
    client.promote("loans", "2", reason="better")
    would = client.preview("loans", ActionKind.ROLL_BACK)
    assert (would.id, would.from_version, would.to_version) == ("", "2", "1")
    assert "nothing stands in its way" in would.sentence
    assert len(client.actions()) == 1


def test_the_command_prints_the_receipt_of_the_contract(run: Any) -> None:
    done = run("promote", "loans", "2", "--reason", "better on thin files", "--json")
    assert done.exit_code == 0
    receipt = json.loads(done.stdout)
    assert set(receipt) >= FIELDS
    assert (receipt["status"], receipt["from_version"], receipt["to_version"]) == ("unconfirmed", "1", "2")
    (told,) = receipt["approvals"]
    assert "four eyes are not enforceable here" in told["sentence"]
    stays = json.loads(run("history", "loans", "--json").stdout)
    assert set(stays[0]) >= STAY
    assert [(one["version"], one["kind"]) for one in stays] == [("1", "initial"), ("2", "promote")]
    back = json.loads(run("rollback", "loans", "--to", "1", "--reason", "worse", "--json").stdout)
    assert (back["kind"], back["to_version"]) == ("roll_back", "1")


def test_a_refusal_ends_with_1_and_wrong_use_with_2(run: Any) -> None:
    refused = run("promote", "loans", "9", "--reason", "r")
    assert refused.exit_code == 1
    assert "The registry has no v9" in refused.stdout
    assert run("promote", "loans", "9").exit_code == 2
    assert run("promote", "nobody", "1", "--reason", "r").exit_code == 2
    assert run("rollback", "loans").exit_code == 2
    assert run("history").exit_code == 2
    assert run("history", "nobody").exit_code == 2


def test_a_preview_on_the_command_line_needs_no_reason(run: Any) -> None:
    said = run("rollback", "loans", "--preview", "--json")
    assert said.exit_code == 0
    receipt = json.loads(said.stdout)
    assert receipt["action"] is None
    assert receipt["status"] is None
    assert [gate["rule"] for gate in receipt["gates"]] == ["earlier version"]


def test_waiting_ends_when_rows_show_the_version(
    run: Any, loans: Trimtab, send: Any, monkeypatch: Any
) -> None:
    def pause(_: float) -> None:
        send(1, "2")
        loans.runner.reconcile()

    monkeypatch.setattr("core.commands.actions.time.sleep", pause)
    said = json.loads(run("promote", "loans", "2", "--reason", "r", "--wait", "30", "--json").stdout)
    assert said["status"] == "done"
    assert said["sentence"].endswith("seen in traffic: v2 in 100 % of 400 rows.")


def test_the_api_says_what_is_wrong(client: Client, loans: Trimtab) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        client.promote("loans", "2", reason=" ")
    with pytest.raises(NotFound, match="nobody"):
        client.action("nobody")
    app = create_app(loans, token="t")
    with httpx.Client(
        transport=InProcess(app, closing=lambda: None), base_url="http://127.0.0.1"
    ) as stranger:
        answer = stranger.post("/api/v1/models/loans/promote", json={"version": "2", "reason": "r"})
    assert answer.status_code == 401
    assert loans.actions.every() == []


def test_a_fleet_as_it_was_is_told_by_model(run: Any) -> None:
    said = run("history", "--as-of", "0d")
    assert said.exit_code == 0
    assert "loans" in said.stdout


def test_a_running_action_is_accepted_not_done(client: Client, registry: Any) -> None:
    registry.broken_at = "set_alias"
    assert client.promote("loans", "2", reason="r").status is ActionStatus.RUNNING
    offers = client.actions_view(ActionScope(model="loans")).offers
    assert not any(one.allowed for one in offers)
    assert "is moving the alias now" in offers[0].why_not

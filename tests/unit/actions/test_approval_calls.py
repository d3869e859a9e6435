"""Approvals over the API: client and commands get the same answers and exit codes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.access.person import Person
from core.action import ActionStatus
from core.client import Client
from core.client.transports import InProcess
from core.errors import Refused
from core.server import identity
from core.server.app import create_app
from core.trimtab import Trimtab
from tests.unit.actions.test_approvals import ANN, BOB, person, risky, trimtab

__all__ = ["risky", "trimtab"]
As = Callable[[Person], Client]


@pytest.fixture
def state_file(tmp_path: Any) -> Any:
    return tmp_path / "state.db"


@pytest.fixture
def acting(risky: Trimtab, monkeypatch: pytest.MonkeyPatch) -> Iterator[As]:
    """Become somebody: what they ask goes over the API."""
    client = Client(InProcess(create_app(risky, token="t"), closing=lambda: None), token="t")

    def become(who: Person) -> Client:
        monkeypatch.setattr(identity, "owner", lambda: who)
        return client

    yield become
    client.close()


def test_what_waits_and_what_became_of_it_survive_the_wire(acting: As, risky: Trimtab) -> None:
    waits = acting(ANN).promote("loans", "2", reason="better")
    assert waits.status is ActionStatus.WAITING_APPROVAL
    (mine,) = acting(ANN).approvals()
    assert (mine.action, mine.allowed, mine.own) == (waits, False, True)
    assert mine.why_not == "ann may not approve (roles: model owner)."
    (theirs,) = acting(BOB).approvals()
    assert (theirs.allowed, theirs.own, theirs.needed, theirs.given) == (True, False, 1, 0)
    done = acting(BOB).approve(waits.id, reason="fine")
    assert done.status is ActionStatus.UNCONFIRMED
    assert acting(BOB).approvals() == []
    with pytest.raises(Refused, match="waits for no approval"):
        acting(BOB).reject(waits.id, reason="late")


def test_commands_end_as_the_contract_says(
    acting: As, risky: Trimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Kept:
        """The client of the test, which no command closes."""

        def __init__(self, client: Client) -> None:
            self.client = client

        def __enter__(self) -> Client:
            return self.client

        def __exit__(self, *_: object) -> None:
            return None

    def run(who: Person, *arguments: str) -> Result:
        monkeypatch.setattr("core.client.connect", lambda *_, **__: Kept(acting(who)))
        root = str(risky.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*arguments, "--workspace", root], prog_name="trimtab")

    asked = run(ANN, "promote", "loans", "2", "--reason", "better", "--json")
    assert asked.exit_code == 0, "waiting for approval is done, as far as the asker is concerned"
    identity = json.loads(asked.stdout)["action"]
    assert json.loads(asked.stdout)["status"] == "waiting_approval"
    (listed,) = json.loads(run(BOB, "approvals", "--json").stdout)
    assert (listed["id"], listed["needed"], listed["allowed"]) == (identity, 1, True)
    assert "0 of 1" in run(BOB, "approvals").stdout
    assert run(BOB, "approve", identity).exit_code == 2, "a reason is required"
    assert run(BOB, "approve", "nobody", "--reason", "r").exit_code == 2
    refused = run(person("ann", "admin"), "approve", identity, "--reason", "mine")
    assert refused.exit_code == 1
    assert "ann asked for this change" in refused.output
    assert run(person("vic", "viewer"), "reject", identity, "--reason", "r").exit_code == 3
    assert run(BOB, "reject", identity, "--reason", "the groups drift apart").exit_code == 0
    over = run(BOB, "approve", identity, "--reason", "after all", "--json")
    assert over.exit_code == 1
    assert json.loads(over.stdout)["error"]["code"] == "refused"
    assert run(BOB, "approvals").stdout.strip() == "Nothing waits for approval."
    may_not = run(person("vic", "viewer"), "promote", "loans", "2", "--reason", "r", "--json")
    assert may_not.exit_code == 1
    assert json.loads(may_not.stdout)["gates"][0]["rule"] == "role"

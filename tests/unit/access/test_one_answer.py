"""Every role, act and state gets the same answer from the page, the API and the command line."""

import json
from dataclasses import dataclass, replace

import httpx
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from app import deps
from core import cli
from core.access.roles import AccessRole, Decision, Right, allows, allows_act
from core.access.scopes import Scope
from core.action import Action, ActionKind, ActionStatus
from core.actions import Asked
from core.client import Client
from core.client.transports import InProcess
from core.server.app import create_app
from core.trimtab import Trimtab
from tests.app.test_pages import MAIN, ROOT
from tests.loans import rows
from tests.unit.actions.conftest import NAMED

STATES = tuple(ActionStatus)
STRICT = "{policy: strict, extends: default, gates: false, approvals: {high: {promote: 3}}}"


@dataclass
class Waysin:
    """One workspace with an action in every state, and three ways to it for a role."""

    trimtab: Trimtab
    app: object
    monkeypatch: pytest.MonkeyPatch

    def secret(self, role: AccessRole) -> str:
        name = role.value.replace(" ", "-")
        return self.trimtab.tokens.create(name, scopes=[Scope.ADMIN], roles=[role], actor="olga")

    def seed(self, template: Action, prefix: str) -> dict[ActionStatus, str]:
        """Put an action in every state on record, of which one waits; returns their ids."""
        found = {state: f"{prefix}-{state.value.replace('_', '-')}" for state in STATES}
        for state, identity in found.items():
            self.trimtab._state.pointers.add(replace(template, id=identity, status=state), key=None)
        return found

    # ------------------------------------------------------------ three ways

    def api(self, secret: str, method: str, path: str, body: object) -> httpx.Response:
        transport = InProcess(self.app, closing=lambda: None)
        with httpx.Client(transport=transport, base_url="http://127.0.0.1/api/v1/") as client:
            headers = {"Authorization": f"Bearer {secret}"}
            return client.request(method, path, json=body, headers=headers)

    def command(self, secret: str, *arguments: str) -> tuple[int, dict[str, object]]:
        self.monkeypatch.setattr("core.client.connect", lambda *_, **__: self.client(secret))
        root = str(self.trimtab.settings.workspace.root)
        done = CliRunner().invoke(cli.main, [*arguments, "--json", "--workspace", root], prog_name="trimtab")
        return done.exit_code, json.loads(done.stdout)

    def page(self, secret: str, name: str, **link: str) -> dict[str, bool]:
        """Return the buttons of a page: key → whether it may be pressed."""
        return {key: not why for key, why in self.why_not(secret, name, **link).items()}

    def why_not(self, secret: str, name: str, **link: str) -> dict[str, str]:
        """Return why the buttons of a page may not be pressed: key → reason, empty where they may."""
        with self.client(secret) as client:
            self.monkeypatch.setattr(deps, "client", lambda: client)
            test = AppTest.from_file(MAIN, default_timeout=30)
            test.run()
            test.switch_page(str(ROOT / "pages" / f"{name}.py"))
            for key, value in link.items():
                test.query_params[key] = value
            test.run()
            assert not test.exception
            return {str(one.key): (one.help or "disabled") if one.disabled else "" for one in test.button}

    def client(self, secret: str) -> Client:
        return Client(InProcess(self.app, closing=lambda: None), token=secret)


@pytest.fixture
def ways(loans: Trimtab, file, monkeypatch: pytest.MonkeyPatch) -> Waysin:
    loans.watch(NAMED + "policy: strict.yaml\n", policy=STRICT, reference=file(rows(-10, 10)), actor="edda")
    loans.actions.ask(wish("2", "tess", ActionKind.PROMOTE))
    return Waysin(loans, create_app(loans, token="own"), monkeypatch)


def wish(version: str | None, actor: str, kind: ActionKind) -> Asked:
    return Asked(kind=kind, model="loans", version=version, reason="r", actor=actor)


@pytest.mark.parametrize("role", list(AccessRole))
def test_decisions_in_every_state(ways: Waysin, role: AccessRole) -> None:
    (template,) = ways.trimtab.actions.every()
    secret = ways.secret(role)
    shown = ways.seed(template, "page")
    buttons = ways.page(secret, "activity")
    for decision in Decision:
        by_api = ways.seed(template, f"{decision.value}-api")
        by_command = ways.seed(template, f"{decision.value}-cli")
        for state in STATES:
            expected = allows_act({role}, decision, state)
            answer = ways.api(secret, "POST", f"approvals/{by_api[state]}/{decision.value}", {"reason": "r"})
            code, said = ways.command(secret, decision.value, by_command[state], "--reason", "r")
            pressed = buttons.get(f"{decision.value}_{shown[state]}", False)
            assert (answer.status_code == 200, code == 0, pressed) == (expected,) * 3
            if not expected:
                # The command line ends with 1 where the answer to a question is no: see docs/access.md.
                assert (answer.status_code, code) == (403, 1 if decision is Decision.APPROVE else 3)
                assert answer.json()["error"]["message"].replace(by_api[state], "") == said["error"][
                    "message"
                ].replace(by_command[state], "")


@pytest.mark.parametrize("role", list(AccessRole))
def test_requests(ways: Waysin, role: AccessRole, registry) -> None:
    # Something to go back to: version 2 was champion for a while.
    registry.set_alias("loans", "champion", "2")
    ways.trimtab.refresh_registry()
    secret = ways.secret(role)
    buttons = ways.page(secret, "model", model="loans")
    for kind, verb, version in (
        (ActionKind.PROMOTE, "promote", "3"),
        (ActionKind.ROLL_BACK, "rollback", "1"),
        (ActionKind.RETIRE, "retire", None),
    ):
        expected = allows_act({role}, kind, None)
        wish = {"reason": "r"} | ({} if version is None else {"version": version})
        by_api = ways.api(secret, "POST", f"models/loans/{verb}", wish).json()
        # What the API did must not stand in the command's way.
        registry.set_alias("loans", "champion", "2")
        ways.trimtab.refresh_registry()
        option = ["--to"] if kind is ActionKind.ROLL_BACK else []
        target = [] if version is None else [*option, version]
        code, by_command = ways.command(secret, verb, "loans", *target, "--reason", "r")
        registry.set_alias("loans", "champion", "2")
        ways.trimtab.refresh_registry()
        answers = (by_api["status"] != "refused", code == 0, buttons[f"offer_{kind.value}"])
        assert answers == (expected,) * 3
        if not expected:
            gates = [[gate["rule"] for gate in receipt["gates"]] for receipt in (by_api, by_command)]
            assert gates == [["role"], ["role"]]
            assert by_api["sentence"] == by_command["sentence"]


def test_asking_to_retrain(ways: Waysin) -> None:
    for role in AccessRole:
        secret = ways.secret(role)
        by_api = ways.api(secret, "POST", "models/loans/retrain", {"reason": "r"}).json()
        _, by_command = ways.command(secret, "retrain", "loans", "--reason", "r")
        by_page = ways.why_not(secret, "model", model="loans")["offer_retrain"]
        barred = ["role" in {gate["rule"] for gate in receipt["gates"]} for receipt in (by_api, by_command)]
        assert [*barred, "may not retrain" in by_page] == [not allows({role}, Right.RETRAIN)] * 3

"""Tokens: shown once, kept hashed, good for their scopes and roles, and for nothing once revoked."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import httpx
import pytest
from click.testing import CliRunner

from core import cli
from core.access.person import Person, Via
from core.access.roles import RIGHTS, AccessRole
from core.access.scopes import Scope
from core.access.tokens import MARK, digest_of
from core.client import Client
from core.client.transports import InProcess
from core.errors import Conflict, InvalidInput, NotFound
from core.server.app import create_app
from core.server.identity import ANYBODY, operating_user, owner
from core.server.scoping import NEEDS, refusal
from core.trimtab import Trimtab

Bearer = dict[str, str]


def made(trimtab: Trimtab, name: str = "ci", *, scopes: str = "read", roles: str = "service", **more) -> str:
    return trimtab.tokens.create(
        name,
        scopes=[Scope(one) for one in scopes.split(",")],
        roles=[AccessRole(one) for one in roles.split(",")],
        actor="ann",
        **more,
    )


def bearer(secret: str) -> Bearer:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def api(trimtab: Trimtab) -> Iterator[httpx.Client]:
    transport = InProcess(create_app(trimtab, token="own"), closing=lambda: None)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


# ---------------------------------------------------------------- the desk


def test_a_secret_is_long_by_chance_and_not_kept(trimtab: Trimtab, tmp_path) -> None:
    first, second = made(trimtab, "a"), made(trimtab, "b")
    assert first != second
    assert first.startswith(MARK)
    assert len(first) - len(MARK) == 43, "256 bits in base64"
    trimtab._state._engine.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
    assert first.removeprefix(MARK).encode() not in stored
    assert digest_of(first).encode() in stored


def test_who_shows_it_is_known_by_name_roles_and_scopes(trimtab: Trimtab) -> None:
    secret = made(trimtab, "ci", scopes="ingest,act", roles="service,viewer")
    assert trimtab.tokens.person(secret) == Person(
        name="token ci",
        roles=frozenset({AccessRole.SERVICE, AccessRole.VIEWER}),
        via=Via.TOKEN,
        scopes=frozenset({Scope.INGEST, Scope.ACT}),
    )
    assert trimtab.tokens.person(f"{secret}x") is None
    assert trimtab.tokens.person("") is None


def test_revoked_it_opens_nothing_from_then_on_and_its_name_is_not_given_again(
    trimtab: Trimtab, api: httpx.Client
) -> None:
    secret = made(trimtab)
    assert api.get("/api/v1/models", headers=bearer(secret)).status_code == 200
    gone = trimtab.tokens.revoke("ci", actor="bob")
    assert gone.revoked_by == "bob"
    answer = api.get("/api/v1/models", headers=bearer(secret))
    assert answer.status_code == 401
    assert "revoked" in answer.json()["error"]["hint"]
    assert trimtab.tokens.revoke("ci", actor="cleo") == gone
    with pytest.raises(Conflict, match="is, or was"):
        made(trimtab)
    kinds = [one.entry.kind for one in trimtab.ledger.records(limit=None)]
    assert kinds[-2:] == ["token.made", "token.revoked"]


def test_it_ends_when_it_was_to_end(trimtab: Trimtab, clock) -> None:
    secret = made(trimtab, until=clock.at + timedelta(hours=1))
    clock.at += timedelta(minutes=59)
    assert trimtab.tokens.person(secret)
    clock.at += timedelta(minutes=1)
    assert trimtab.tokens.person(secret) is None


def test_its_last_use_is_noted_once_a_minute(trimtab: Trimtab, clock) -> None:
    secret, first = made(trimtab), clock.at
    trimtab.tokens.person(secret)
    clock.at += timedelta(seconds=59)
    trimtab.tokens.person(secret)
    assert trimtab.tokens.every()[0].used_at == first
    clock.at += timedelta(seconds=1)
    trimtab.tokens.person(secret)
    assert trimtab.tokens.every()[0].used_at == clock.at


def test_all_that_is_wrong_is_told_at_once(trimtab: Trimtab, clock) -> None:
    with pytest.raises(InvalidInput) as told:
        trimtab.tokens.create("a b", scopes=[], roles=[], until=clock.at, actor="ann")
    assert [one.field for one in told.value.problems] == ["name", "scope", "role", "until"]
    with pytest.raises(NotFound):
        trimtab.tokens.revoke("nobody", actor="ann")


# ---------------------------------------------------------------- scopes and roles


@pytest.mark.parametrize("route", [route for route, need in NEEDS.items() if need is not None])
def test_every_route_asks_for_its_scope_and_its_right(route: str) -> None:
    need = NEEDS[route]
    assert need is not None
    for scope, role in product(Scope, AccessRole):
        somebody = Person(name="x", roles=frozenset({role}), scopes=frozenset({scope}))
        reached = scope in (need.scope, Scope.ADMIN)
        entitled = need.right is None or need.right in RIGHTS[role]
        assert (refusal(somebody, need) is None) == (reached and entitled)
    assert refusal(owner(), need) is None
    assert (refusal(ANYBODY, need) is None) == (need.scope is Scope.READ)


@pytest.mark.parametrize(
    ("scopes", "roles", "method", "path", "status"),
    [
        ("ingest", "service", "GET", "/api/v1/models", 403),
        ("read", "service", "POST", "/api/v1/monitor", 403),
        ("monitor", "viewer", "POST", "/api/v1/monitor", 403),
        ("monitor", "service", "POST", "/api/v1/monitor", 200),
        ("admin", "service", "POST", "/api/v1/prune", 403),
        ("admin", "service", "GET", "/api/v1/tokens", 403),
        ("admin", "admin", "GET", "/api/v1/tokens", 200),
        ("export", "auditor", "POST", "/api/v1/ledger/export", 200),
        ("read", "admin", "POST", "/api/v1/ledger/export", 403),
    ],
)
def test_the_api_refuses_what_a_token_is_not_for(trimtab, api, scopes, roles, method, path, status) -> None:
    answer = api.request(method, path, headers=bearer(made(trimtab, scopes=scopes, roles=roles)))
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "not_allowed"
        assert "token ci may not" in answer.json()["error"]["message"]


def test_what_a_token_asks_for_stands_under_its_name_and_its_maker_cannot_approve_it(loans, api) -> None:
    secret = made(loans, scopes="act", roles="service")
    wish = {"version": "2", "reason": "nightly"}
    waits = api.post("/api/v1/models/loans/promote", json=wish, headers=bearer(secret))
    assert waits.status_code == 202
    assert (waits.json()["actor"], waits.json()["status"]) == ("token ci", "waiting_approval")
    hers = made(loans, "hers", scopes="approve", roles="approver")
    path = f"/api/v1/approvals/{waits.json()['action']}/approve"
    refused = api.post(path, json={"reason": "fine"}, headers=bearer(hers))
    assert refused.status_code == 403
    assert "ann asked for this change" in refused.json()["error"]["message"]


# ---------------------------------------------------------------- client and commands


def test_commands_make_list_and_revoke_and_act_by_a_token(
    trimtab: Trimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, by = create_app(trimtab, token="own"), "own"

    def connect(*_: object, **__: object) -> Client:
        return Client(InProcess(app, closing=lambda: None), token=by)

    monkeypatch.setattr("core.client.connect", connect)

    def run(*arguments: str):
        root = str(trimtab.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*arguments, "--workspace", root], prog_name="trimtab")

    said = run("token", "create", "--name", "ci", "--scope", "read", "--scope", "act", "--json")
    assert said.exit_code == 0
    secret = json.loads(said.stdout)["token"]
    assert run("token", "create", "--name", "ci", "--scope", "read").exit_code == 2
    assert run("token", "create", "--name", "x", "--scope", "all").exit_code == 2
    plain = run(
        "token", "create", "--name", "viewer", "--scope", "read", "--role", "viewer", "--until", "90d"
    )
    assert plain.stdout.startswith(MARK)
    (one, other) = json.loads(run("token", "list", "--json").stdout)
    assert (one["name"], one["scopes"], one["roles"]) == ("ci", ["act", "read"], ["service"])
    assert one["made_by"] == operating_user()
    assert other["until"] is not None
    assert secret not in run("token", "list").stdout
    by = secret
    assert run("models").exit_code == 0
    assert run("token", "list").exit_code == 3
    by = "own"
    assert run("token", "revoke", "ci").exit_code == 0
    assert "revoked" in run("token", "list").stdout
    assert run("token", "revoke", "nobody").exit_code == 2
    by = secret
    assert run("models").exit_code == 3


def test_the_environment_names_the_token_that_commands_act_by(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.client import connect
    from core.config import Workspace, create_workspace

    workspace = Workspace(tmp_path / "w")
    create_workspace(workspace, {})
    with connect(workspace, what="a test") as client:
        secret = client.create_token("reader", scopes=["read"], roles=["viewer"])
    monkeypatch.setenv("TRIMTAB_TOKEN", secret)
    with connect(workspace, what="a test") as client:
        assert client.models() == []
        with pytest.raises(Exception, match="token reader may not use this part"):
            client.monitor()

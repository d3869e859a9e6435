"""Sign-ins: who is admitted in which roles, until when; and what control answers to panes in a team."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from core.access.person import Via
from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.access.sign_in import SignIn
from core.client.transports import InProcess
from core.config import Workspace, load_settings, parse_settings
from core.errors import InvalidInput, NotFound, Unauthorised
from core.identity.sessions import SessionDesk
from core.identity_settings import IdentityMode, IdentitySettings
from core.server.app import create_app
from core.server.identity import operating_user, pane_token
from core.trimtab import Trimtab
from core.wire import PERSON_HEADER, sign_in_text

SETTINGS = IdentitySettings(
    mode=IdentityMode.OIDC,
    groups={"risk": frozenset({AccessRole.APPROVER}), "ops": frozenset({AccessRole.ON_CALL})},
    people={"ann": frozenset({AccessRole.MODEL_OWNER})},
)


@pytest.fixture
def desk(trimtab: Trimtab, clock) -> SessionDesk:
    return SessionDesk(trimtab._state, trimtab.ledger, SETTINGS, clock)


def sign_in(clock, name: str = "ann", *, ago: timedelta = timedelta(0), key: str = "k1", **more) -> SignIn:
    return SignIn(name=name, key=key, at=clock.at - ago, **more)


# ---------------------------------------------------------------- sessions


def test_roles_come_from_everybodys_the_groups_and_the_persons_own(desk, clock) -> None:
    ann = desk.person(sign_in(clock, groups=("risk", "other")))
    assert ann.roles == {AccessRole.VIEWER, AccessRole.APPROVER, AccessRole.MODEL_OWNER}
    assert (ann.name, ann.via, ann.signed_in_at, ann.needs_fresh) == ("ann", Via.SIGNED_IN, clock.at, True)
    assert desk.person(sign_in(clock, "zoe", key="k2")).roles == {AccessRole.VIEWER}


def test_a_session_that_nobody_uses_ends_and_its_cookie_opens_nothing_again(desk, clock) -> None:
    first = sign_in(clock)
    desk.person(first)
    clock.at += timedelta(hours=8)
    desk.person(first)
    clock.at += timedelta(hours=8, seconds=1)
    with pytest.raises(Unauthorised, match="unused for 8 h"):
        desk.person(first)
    clock.at -= timedelta(hours=1)
    with pytest.raises(Unauthorised, match="has ended"):
        desk.person(first)
    assert desk.person(sign_in(clock, key="k2")).name == "ann"


def test_a_session_ends_at_last_however_much_it_is_used(desk, clock) -> None:
    first = sign_in(clock)
    for _ in range(24):
        desk.person(first)
        clock.at += timedelta(hours=1)
    desk.person(first)
    clock.at += timedelta(seconds=1)
    with pytest.raises(Unauthorised, match="24 h after the sign-in"):
        desk.person(first)


def test_a_sign_in_is_as_fresh_as_the_person_showed_who_they_are(desk, clock) -> None:
    ann = desk.person(sign_in(clock, shown_at=clock.at - timedelta(hours=30)))
    assert ann.signed_in_at == clock.at - timedelta(hours=30)


def test_an_old_cookie_begins_no_session_nor_one_from_the_future(desk, clock) -> None:
    with pytest.raises(Unauthorised, match="too old"):
        desk.person(sign_in(clock, ago=timedelta(hours=25)))
    with pytest.raises(Unauthorised, match="does not say when"):
        desk.person(sign_in(clock, ago=-timedelta(minutes=6)))
    with pytest.raises(Unauthorised, match="does not say when"):
        desk.person(SignIn(name="ann", key="k", at=None))


def test_a_revoked_session_is_over_at_once_and_that_is_on_record(desk, clock, trimtab) -> None:
    first = sign_in(clock, key="abcdef0123456789")
    desk.person(first)
    desk.person(sign_in(clock, "bob", key="f00"))
    assert {one.person for one in desk.every()} == {"ann", "bob"}
    gone = desk.revoke("abcdef", actor="olga")
    assert (gone.ended_by, gone.why) == ("olga", "ended by olga")
    with pytest.raises(Unauthorised, match="ended by olga"):
        desk.person(first)
    assert [one.person for one in desk.every()] == ["bob"]
    newest = trimtab.ledger.newest()
    assert (newest.kind, newest.facts["person"]) == ("session.ended", "ann")
    for unknown in ("abcdef", "", "zz"):
        with pytest.raises(NotFound):
            desk.revoke(unknown, actor="olga")


@pytest.mark.parametrize("name", ["", "  ", "trimtab", "token ci"])
def test_some_names_are_nobodys(desk, clock, name: str) -> None:
    with pytest.raises(Unauthorised, match="is no person's name"):
        desk.person(sign_in(clock, name))


def test_behind_a_proxy_no_session_is_kept(desk) -> None:
    ann = desk.person(SignIn(name="ann"))
    assert (ann.needs_fresh, ann.signed_in_at) == (False, None)
    assert desk.every() == []


# ---------------------------------------------------------------- the gate


@pytest.fixture
def api(trimtab: Trimtab) -> Iterator[httpx.Client]:
    transport = InProcess(create_app(trimtab, token="own"), closing=lambda: None)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1/api/v1/") as client:
        yield client


def of_pane(text: str | None) -> dict[str, str]:
    named = {} if text is None else {PERSON_HEADER: text}
    return {"Authorization": f"Bearer {pane_token('own')}", **named}


def test_in_a_team_a_pane_asks_for_who_is_signed_in_and_for_nobody_else(api: httpx.Client) -> None:
    ann = api.get("me", headers=of_pane(sign_in_text(SignIn(name="ann"))))
    assert ann.json() == {"mode": "proxy", "name": "ann", "roles": ["viewer"], "fresh": True}
    for text in (None, "-", "", "bm90IGpzb24=", sign_in_text(SignIn(name=""))):
        assert api.get("me", headers=of_pane(text)).status_code == 401
    viewer = of_pane(sign_in_text(SignIn(name="ann")))
    assert api.post("monitor", headers=viewer).status_code == 403


def test_the_name_is_believed_from_panes_only(trimtab: Trimtab, api: httpx.Client) -> None:
    claimed = {PERSON_HEADER: sign_in_text(SignIn(name="olga"))}
    assert api.get("me", headers=claimed).status_code == 401
    own = api.get("me", headers={"Authorization": "Bearer own", **claimed}).json()
    assert (own["name"], own["roles"]) == (operating_user(), ["admin"])
    secret = trimtab.tokens.create("ci", scopes=[Scope.READ], roles=[AccessRole.VIEWER], actor="olga")
    by_token = api.get("me", headers={"Authorization": f"Bearer {secret}", **claimed}).json()
    assert by_token["name"] == "token ci"


def test_in_a_team_nobody_reads_without_a_token_but_whether_it_lives(api: httpx.Client) -> None:
    root = "http://127.0.0.1"
    for path in ("models", "ledger", "views/fleet", "openapi.json", f"{root}/metrics"):
        assert api.get(path).status_code == 401
    assert api.get(f"{root}/healthz").status_code == 200
    assert api.get(f"{root}/readyz").status_code == 200


def test_alone_a_pane_asks_for_the_owner(trimtab: Trimtab) -> None:
    object.__setattr__(trimtab.settings, "identity", IdentitySettings())
    transport = InProcess(create_app(trimtab, token="own"), closing=lambda: None)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1/api/v1/") as client:
        assert client.get("me", headers=of_pane(None)).json()["name"] == operating_user()
        # A pane that is open to the network says that it asks for nobody: it may look.
        assert client.get("me", headers=of_pane("-")).json()["name"] == "anybody"
        assert client.get("views/activity", headers=of_pane("-")).status_code == 200
        assert client.post("monitor", headers=of_pane("-")).status_code == 403
        assert client.get("models").status_code == 200


def test_a_session_is_ended_over_the_api_by_its_person_or_an_admin(trimtab: Trimtab, clock) -> None:
    identity = replace(SETTINGS, people={"olga": frozenset({AccessRole.ADMIN})})
    object.__setattr__(trimtab.settings, "identity", identity)
    trimtab.sessions = SessionDesk(trimtab._state, trimtab.ledger, identity, clock)

    def text(name: str) -> str:
        return sign_in_text(SignIn(name=name, key=f"key of {name}", at=clock.at))

    transport = InProcess(create_app(trimtab, token="own"), closing=lambda: None)
    with httpx.Client(transport=transport, base_url="http://127.0.0.1/api/v1/") as client:
        ann, bob, olga = (of_pane(text(name)) for name in ("ann", "bob", "olga"))
        assert client.get("me", headers=ann).status_code == 200
        assert client.get("me", headers=bob).status_code == 200
        assert client.post("me/sign-out", headers=ann).status_code == 204
        assert client.get("me", headers=ann).status_code == 401
        assert client.get("sessions", headers=bob).status_code == 403
        listed = client.get("sessions", headers=olga).json()
        assert {one["person"] for one in listed} == {"bob", "olga"}
        bobs = next(one["session"] for one in listed if one["person"] == "bob")
        assert client.post(f"sessions/{bobs}/revoke", headers=olga).json()["ended_by"] == "olga"
        assert client.get("me", headers=bob).status_code == 401


@pytest.mark.parametrize(
    ("settings", "ok", "told"),
    [
        (IdentitySettings(), True, "four eyes are not enforceable"),
        (SETTINGS, True, "people sign in (oidc)"),
        (replace(SETTINGS, groups={}), False, "nobody may approve"),
        (replace(SETTINGS, people={}, groups={}), False, "nobody may promote, approve, roll back"),
        (replace(SETTINGS, mode=IdentityMode.PROXY), True, "known by address only"),
    ],
)
def test_doctor_says_who_people_are_and_what_nobody_may(trimtab: Trimtab, settings, ok, told) -> None:
    object.__setattr__(trimtab.settings, "identity", settings)
    check = next(one for one in trimtab.doctor() if one.name == "identity")
    assert check.ok is ok
    assert told in check.message
    assert bool(check.hint) == (not ok or "only" in told)


# ---------------------------------------------------------------- settings

OIDC = """
[identity]
mode = "oidc"
address = "https://trimtab.example.com/"
metadata_url = "https://id.example.com/.well-known/openid-configuration"
client_id = "trimtab"
client_secret_env = "TRIMTAB_CLIENT_SECRET"
idle_h = 1.5
default_roles = []
[identity.groups]
credit-risk = ["model owner", "data scientist"]
[identity.people]
"ann@example.com" = ["approver"]
"""


def test_the_settings_of_a_team_are_read(tmp_path: Path) -> None:
    found = parse_settings(OIDC, Workspace(tmp_path)).identity
    assert found.team
    assert (found.mode, found.host, found.idle) == ("oidc", "trimtab.example.com", timedelta(hours=1.5))
    assert found.roles_of("bob", ["credit-risk"]) == {AccessRole.MODEL_OWNER, AccessRole.DATA_SCIENTIST}
    assert found.roles_of("ann@example.com", []) == {AccessRole.APPROVER}
    assert found.roles_of("eve", []) == frozenset()


def test_a_workspace_that_says_nothing_is_one_persons(tmp_path: Path) -> None:
    (tmp_path / "trimtab.toml").write_text("")
    assert load_settings(Workspace(tmp_path)).identity == IdentitySettings()


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ('mode = "saml"', ["identity.mode"]),
        ('mode = "proxy"', ["identity.address", "identity.proxies"]),
        ('mode = "proxy"\naddress = "https://a"\nproxies = ["nowhere"]', ["identity.proxies"] * 2),
        (
            'mode = "oidc"',
            [f"identity.{key}" for key in ("address", "metadata_url", "client_id", "client_secret_env")],
        ),
        ('mode = "proxy"\nsecret_env = "S"\naddress = "trimtab"', ["identity.address"]),
        ('mode = "proxy"\nsecret_env = "S"\naddress = "https://a/b"', ["identity.address"]),
        (
            'idle_h = 0\nabsolute_h = "long"\nheadr = "x"',
            ["identity.headr", "identity.idle_h", "identity.absolute_h"],
        ),
        ('default_roles = ["vewer"]', ["identity.default_roles"]),
        ('default_roles = "viewer"', ["identity.default_roles"]),
        ('[identity.people]\nann = ["boss"]', ["identity.people.ann"]),
    ],
)
def test_what_is_wrong_with_them_is_told_at_once(tmp_path: Path, text: str, fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as told:
        parse_settings(f"[identity]\n{text}\n", Workspace(tmp_path))
    assert [one.field for one in told.value.problems] == fields

"""A proxy's word on who is signed in: believed from the proxy, from nobody else, and said by nobody else."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from ipaddress import ip_network

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from core.access.sign_in import SignIn
from core.client.transports import InProcess
from core.errors import Unavailable
from core.identity_settings import IdentityMode, IdentitySettings
from core.server.doorman import CookieDoorman, ProxyDoorman, open_door, provider_secrets
from core.server.passage import Passage
from core.wire import PERSON_HEADER, sign_in_of
from tests.fake_trimtab import FakeTrimtab
from tests.unit.server.test_passage import control

SETTINGS = IdentitySettings(
    mode=IdentityMode.PROXY,
    address="https://trimtab.example.com",
    proxies=(ip_network("10.0.0.0/8"),),
    secret_env="PROXY_SECRET",
)


def asked(headers: list[tuple[str, str]], client: str | None = "10.1.2.3") -> Scope:
    raw = [(key.lower().encode(), value.encode()) for key, value in headers]
    return {"type": "http", "headers": raw, "client": None if client is None else (client, 1)}


SECRET = ("X-Trimtab-Secret", "s3")
USER = ("X-Forwarded-User", "ann")


def test_a_name_and_groups_come_from_the_proxys_headers() -> None:
    door = ProxyDoorman(SETTINGS, "s3")
    told = door.signed_in(asked([SECRET, USER, ("X-Forwarded-Groups", "risk, ops,")]))
    found = sign_in_of(told or "")
    assert (found.name, found.groups, found.key) == ("ann", ("risk", "ops"), None)


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ([USER], "10.1.2.3"),
        ([("X-Trimtab-Secret", "s4"), USER], "10.1.2.3"),
        ([("X-Trimtab-Secret", ""), USER], "10.1.2.3"),
        ([SECRET, USER], "11.1.2.3"),
        ([SECRET, USER], None),
        ([SECRET, USER], "nonsense"),
        ([SECRET], "10.1.2.3"),
        ([SECRET, ("X-Forwarded-User", " ")], "10.1.2.3"),
        ([SECRET, USER, ("X-Forwarded-User", "olga")], "10.1.2.3"),
        ([SECRET, USER, ("X-Forwarded-Groups", "admins"), ("X-Forwarded-Groups", "ops")], "10.1.2.3"),
    ],
)
def test_anybody_else_is_nobody(headers: list[tuple[str, str]], client: str | None) -> None:
    assert ProxyDoorman(SETTINGS, "s3").signed_in(asked(headers, client)) is None


def test_who_stands_at_the_door_is_the_settings() -> None:
    assert open_door(IdentitySettings(), dict, {}) is None
    assert isinstance(open_door(SETTINGS, dict, {"PROXY_SECRET": "s3"}), ProxyDoorman)
    with pytest.raises(Unavailable, match="PROXY_SECRET is not set"):
        open_door(SETTINGS, dict, {})


# ---------------------------------------------------------------- a provider

OIDC = IdentitySettings(
    mode=IdentityMode.OIDC,
    address="https://trimtab.example.com",
    metadata_url="https://id.example.com/.well-known/openid-configuration",
    client_id="trimtab",
    client_secret_env="CLIENT_SECRET",
)
CLAIMS = {
    "iss": "https://id.example.com",
    "sub": "17",
    "iat": 1_790_000_000,
    "email": "ann@example.com",
    "email_verified": True,
    "groups": ["risk", "ops"],
    "origin": "https://trimtab.example.com",
}


def by_cookie(**changes: object) -> SignIn | None:
    told = CookieDoorman(OIDC, lambda _: CLAIMS | changes).signed_in(asked([]))
    return None if told is None else sign_in_of(told)


def test_a_provider_names_a_person_their_groups_and_the_moment() -> None:
    found = by_cookie()
    assert found is not None
    assert (found.name, found.groups) == ("ann@example.com", ("risk", "ops"))
    assert found.at == found.shown_at == datetime.fromtimestamp(1_790_000_000, UTC)
    remembered = by_cookie(auth_time=1_789_990_000)
    assert remembered is not None
    assert (remembered.at, remembered.key) == (found.at, found.key)
    assert remembered.shown_at == datetime.fromtimestamp(1_789_990_000, UTC)
    later = by_cookie(iat=1_790_000_001)
    assert later is not None
    assert later.key != found.key


@pytest.mark.parametrize(
    "changes",
    [
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
        {"email": None},
        {"email": ["ann"]},
        {"origin": "https://evil.example.com"},
    ],
)
def test_some_claims_name_nobody(changes: dict[str, object]) -> None:
    assert by_cookie(**changes) is None


@pytest.mark.parametrize("said", [True, "true"])
def test_a_verified_address_may_be_said_as_text(said: object) -> None:
    assert by_cookie(email_verified=said) == by_cookie()


@pytest.mark.parametrize(("groups", "expected"), [("risk", ("risk",)), (None, ()), (7, ()), ([1], ("1",))])
def test_groups_come_as_text_or_list(groups: object, expected: tuple[str, ...]) -> None:
    found = by_cookie(groups=groups)
    assert found is not None
    assert found.groups == expected


def test_a_moment_that_is_none_is_not_made_up() -> None:
    for iat in (None, "now", True, 1e30):
        found = by_cookie(iat=iat)
        assert found is not None
        assert found.at is None


def test_the_claims_are_those_of_the_cookie_that_the_dashboard_signed(monkeypatch) -> None:
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

    from app import identity

    monkeypatch.setattr(identity, "get_cookie_secret", lambda: "s" * 32)
    signed = create_signed_value("s" * 32, "_streamlit_user", json.dumps(CLAIMS)).decode()
    forged = create_signed_value("t" * 32, "_streamlit_user", json.dumps(CLAIMS)).decode()
    other = create_signed_value("s" * 32, "_streamlit_user_tokens", json.dumps(CLAIMS)).decode()
    assert identity.claims_of({"_streamlit_user": signed}) == CLAIMS
    for cookie in (forged, other, "", "nonsense", signed[:-2]):
        assert identity.claims_of({"_streamlit_user": cookie}) == {}
    assert identity.claims_of({}) == {}


def test_what_the_dashboard_needs_of_a_provider_is_complete_and_stays(tmp_path) -> None:
    trimtab = FakeTrimtab.at(tmp_path / "w")
    workspace = trimtab.settings.workspace
    first = provider_secrets(OIDC, workspace, {"CLIENT_SECRET": "c"})
    assert first == provider_secrets(OIDC, workspace, {"CLIENT_SECRET": "c"})
    assert first is not None
    assert first["redirect_uri"] == "https://trimtab.example.com/oauth2callback"
    assert first["client_kwargs"] == {"scope": "openid email profile", "prompt": "login"}
    assert len(str(first["cookie_secret"])) == 43
    assert (workspace.keys / "cookie").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in workspace.keys.iterdir() if "cookie" in file.name] == ["cookie"]
    with pytest.raises(Unavailable, match="CLIENT_SECRET is not set"):
        provider_secrets(OIDC, workspace, {})
    assert provider_secrets(SETTINGS, workspace, {}) is None
    assert isinstance(open_door(OIDC, dict, {}), CookieDoorman)


# ---------------------------------------------------------------- at the pane


async def dashboard(scope: Scope, receive: Receive, send: Send) -> None:
    named = dict(scope["headers"]).get(PERSON_HEADER.encode(), b"")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": named})


def name_in(text: str) -> str:
    return str(json.loads(urlsafe_b64decode(text))["name"])


@pytest.fixture
def trimtab(tmp_path) -> FakeTrimtab:
    return FakeTrimtab.at(tmp_path / "w")


@pytest.fixture
def front(trimtab: FakeTrimtab):
    # The transport says that every request comes from 127.0.0.1.
    settings = IdentitySettings(mode=IdentityMode.PROXY, proxies=(ip_network("127.0.0.1"),))
    passage = Passage(
        dashboard,
        workspace=trimtab.settings.workspace,
        loopback=True,
        public="trimtab.example.com",
        doorman=ProxyDoorman(settings, "s3"),
    )
    transport = InProcess(passage, closing=lambda: None)
    with httpx.Client(transport=transport, base_url="http://trimtab.example.com") as client:
        yield client
        transport._portal.call(passage.close)


def test_the_dashboard_hears_the_proxys_name_and_never_the_visitors(front: httpx.Client) -> None:
    claimed = {PERSON_HEADER: "b2xnYQ=="}
    by_proxy = dict([SECRET, USER])
    assert name_in(front.get("/", headers=by_proxy | claimed).text) == "ann"
    refused = front.get("/", headers=claimed)
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "unauthorised"
    assert front.get("/", headers=by_proxy | {"Host": "example.org"}).status_code == 403


def test_a_link_on_a_page_is_followed_by_who_looks_and_changes_take_a_token(
    front: httpx.Client, trimtab: FakeTrimtab
) -> None:
    with control(trimtab):
        by_proxy = dict([SECRET, USER])
        assert front.get("/api/v1/models", headers=by_proxy).status_code == 200
        assert front.post("/api/v1/monitor", headers=by_proxy).status_code == 401
        assert front.get("/healthz").status_code == 200


def test_a_stranger_opens_no_websocket(trimtab: FakeTrimtab) -> None:
    from anyio import from_thread

    passage = Passage(
        dashboard, workspace=trimtab.settings.workspace, loopback=True, doorman=ProxyDoorman(SETTINGS, "s3")
    )
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        headers = [(b"host", b"127.0.0.1"), (b"x-forwarded-user", b"ann")]
        await passage({"type": "websocket", "path": "/", "headers": headers}, receive, send)
        await passage.close()

    with from_thread.start_blocking_portal() as portal:
        portal.call(ask)
    assert [message["type"] for message in sent] == ["websocket.close"]

"""A team signs in at a provider, live: roles from its claims, and a session that can be ended."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from core.client import connect
from core.config import Workspace, create_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PROGRAM = Path(sys.executable).parent / "trimtab"
PERSON = {"sub": "17", "email": "ann@example.com", "email_verified": True, "groups": ["credit-risk"]}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def running(command: list[str], ready: str, **environment: str) -> Iterator[None]:
    """Run a program until the block ends, once it answers at an address."""
    started = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if httpx.get(ready, timeout=2, trust_env=False).is_success:
                    break
            except httpx.TransportError:
                pass
            assert started.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < deadline, f"{ready} does not answer"
            time.sleep(0.1)
        yield
    finally:
        started.terminate()
        started.wait(20)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[str, Workspace]]:
    """The address of a dashboard whose people sign in, and its workspace."""
    provider, port = free_port(), free_port()
    workspace = Workspace(tmp_path / "w")
    create_workspace(workspace, {})
    address = f"http://127.0.0.1:{port}"
    with workspace.settings.open("a") as file:
        file.write(
            f'\n[identity]\nmode = "oidc"\naddress = "{address}"\nclient_id = "trimtab"\n'
            f'metadata_url = "http://127.0.0.1:{provider}/.well-known/openid-configuration"\n'
            'client_secret_env = "CLIENT_SECRET"\n'
            '[identity.groups]\ncredit-risk = ["model owner"]\n'
        )
    mock = [sys.executable, "-m", "oidc_provider_mock", "--port", str(provider)]
    serve = [str(PROGRAM), "up", "--no-browser", "--port", str(port), "--workspace", str(workspace.root)]
    with (
        running([*mock, "--user-claims", json.dumps(PERSON)], f"http://127.0.0.1:{provider}/jwks"),
        running(serve, f"{address}/readyz", CLIENT_SECRET="secret"),
    ):
        yield address, workspace


def sign_in(page: "Page") -> None:
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/oauth2/authorize**")
    page.get_by_role("button", name="17").click()
    page.get_by_text("· model owner, viewer").wait_for(timeout=20_000)


@pytest.mark.slow
@pytest.mark.browser
def test_a_person_signs_in_is_known_everywhere_and_out_once_the_session_ends(
    team: tuple[str, Workspace], chromium: "Browser"
) -> None:
    address, workspace = team
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{address}/activity")
    page.get_by_text("Sign in to see what your models do.").wait_for(timeout=30_000)
    assert page.get_by_text("Incidents").count() == 0
    assert context.request.get(f"{address}/api/v1/me").status == 401
    sign_in(page)
    me = context.request.get(f"{address}/api/v1/me").json()
    assert (me["name"], me["roles"], me["fresh"]) == ("ann@example.com", ["model owner", "viewer"], True)
    assert context.request.post(f"{address}/api/v1/monitor").status == 401, "a cookie changes nothing"
    with connect(workspace, what="a test") as client:
        (session,) = client.sessions()
        assert session.person == "ann@example.com"
        client.revoke_session(session.key)
    assert context.request.get(f"{address}/api/v1/me").status == 401
    page.reload()
    page.get_by_text("has ended").wait_for(timeout=20_000)
    sign_in(page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/oauth2/end_session**", timeout=20_000)
    with connect(workspace, what="a test") as client:
        assert client.sessions() == []

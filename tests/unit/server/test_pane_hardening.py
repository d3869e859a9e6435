"""The pane's own protection: its content policy, its headers, its settings."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
import streamlit as st
from starlette.types import Message, Receive, Scope, Send

from app import pane
from core.errors import Conflict


def test_only_the_inline_scripts_of_the_page_may_run() -> None:
    policy = pane.content_policy("<script src='a.js'></script><script>let a = 1</script>")
    digest = b64encode(sha256(b"let a = 1").digest()).decode()
    assert policy.count("'sha256-") == 1
    assert f"'sha256-{digest}'" in policy
    for part in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "connect-src 'self'"):
        assert part in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts


def test_streamlits_page_has_inline_scripts_that_are_allowed_by_their_digest() -> None:
    page = (Path(st.__file__).parent / "static" / "index.html").read_text()
    assert "'sha256-" in pane.content_policy(page)


def test_settings_are_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    pane.check_settings()
    monkeypatch.setattr(pane, "HARDENING", {**pane.HARDENING, "browser.gatherUsageStats": True})
    with pytest.raises(Conflict, match=r"browser\.gatherUsageStats is False, not True"):
        pane.check_settings()


@pytest.mark.parametrize(
    ("path", "status"), [("/", 200), ("/_stcore/agent/interact", 404), ("/base/_stcore/agent", 404)]
)
def test_every_answer_is_hardened_and_agents_are_not_served(path: str, status: int) -> None:
    sent: list[Message] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    hardened = pane.Hardening(page, policy="default-src 'self'")
    asyncio.run(hardened({"type": "http", "path": path, "method": "GET", "headers": []}, receive, send))
    assert sent[0]["status"] == status
    headers = dict(sent[0]["headers"])
    assert headers[b"content-security-policy"] == b"default-src 'self'"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"x-frame-options"] == b"DENY"

"""The pane as an ASGI application: Streamlit around app/main.py, hardened, warmed before it answers."""

import gc
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.runtime.secrets import SecretsValue

from app import identity
from app.front_page import FrontPage, told
from core.errors import Conflict

MAIN = Path(__file__).resolve().parent / "main.py"
STATIC = Path(st.__file__).parent / "static"

# Options of .streamlit/config.toml on which privacy and safety rest. Streamlit reads that file from the
# current folder, beside the script, or the home, so what it found is read back before anything is served.
HARDENING: Mapping[str, object] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "none",
    "client.toolbarMode": "viewer",
    "global.developmentMode": False,
    "runner.magicEnabled": False,
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.runOnSave": False,
}
# First use of these costs a visitor seconds; the lifespan pays for it before the first visitor comes.
WARM = (
    "pandas",
    "pyarrow",
    "plotly.graph_objects",
    "plotly.io",
    "httpx",
    "app.deps",
    "app.scope",
    "app.components.drift",
    "app.components.fleet",
    "app.components.lineage",
    "app.components.model",
    "app.components.reports",
)
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def check_settings() -> None:
    """Refuse to start with settings other than the project's own."""
    wrong = {
        name: config.get_option(name) for name in HARDENING if config.get_option(name) != HARDENING[name]
    }
    if wrong:
        listed = ", ".join(f"{name} is {found!r}, not {HARDENING[name]!r}" for name, found in wrong.items())
        raise Conflict(
            f"The dashboard does not start with these Streamlit settings: {listed}",
            hint="Start it with `trimtab up`, and look into ~/.streamlit/config.toml.",
        )


def content_policy(page: str) -> str:
    """Return the Content-Security-Policy for Streamlit's page: nothing from elsewhere, nobody frames it."""
    hashes = " ".join(
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE_SCRIPT.findall(page)
    )
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes} blob:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Hardening:
    """ASGI middleware: headers on every answer, and no agent routes."""

    def __init__(self, app: ASGIApp, *, policy: str) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = self._policy
                headers["X-Content-Type-Options"] = "nosniff"
                headers["X-Frame-Options"] = "DENY"
                headers["Referrer-Policy"] = "no-referrer"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
            await send(message)

        if "/_stcore/agent" in scope["path"]:
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, hardened)
        else:
            await self._app(scope, receive, hardened)


@asynccontextmanager
async def _lifespan(_: st.App) -> AsyncIterator[None]:
    for name in WARM:
        await to_thread.run_sync(import_module, name)
    # Streamlit collects garbage after every run of a page, before what the run drew is all sent. With more
    # than a hundred thousand objects of imported modules to look through, that takes a tenth of a second.
    gc.collect()
    gc.freeze()
    yield


def make(mode: str, auth: Mapping[str, SecretsValue] | None) -> st.App:
    """Return the dashboard.

    Parameters
    ----------
    mode
        Where people's names come from: "local" is the operating system.
    auth
        What Streamlit needs to send people to their provider, where they sign in there. A secrets.toml that
        lies about says nothing here: this stands in its place.
    """
    identity.MODE = mode
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    policy = content_policy(told(page, ()))
    return st.App(
        MAIN,
        lifespan=_lifespan,
        middleware=[Middleware(Hardening, policy=policy), Middleware(FrontPage, static=STATIC)],
        secrets={"auth": dict(auth or {})},
    )


check_settings()

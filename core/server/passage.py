"""The dashboard's address serves all: the API's paths pass through to control, streaming both ways."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core import wire
from core.config import Workspace
from core.errors import TrimtabError, Unauthorised, Unavailable
from core.server.doorman import Doorman
from core.server.identity import READING, pane_token, refusal_of_page
from core.server.ownership import Note, repeatable

_PATIENCE_S = 5.0
_PAUSE_S = 0.1
_PATHS = frozenset({"/metrics", "/healthz", "/readyz"})
# Headers that speak of one connection, not of the message; and those that control must not see: it
# would compare a page's address with its own.
_OF_A_CONNECTION = frozenset(
    {
        "connection",
        "host",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class Passage:
    """ASGI middleware in front of the pane.

    Parameters
    ----------
    app
        What answers all other paths.
    workspace
        Whose control process answers the API's paths.
    loopback
        Whether the pane listens on the loopback only; then only the loopback's names are let in.
    public
        Host under which a proxy in front is known, where there is one.
    doorman
        Tells who is signed in; None where nobody does so by headers.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        workspace: Workspace,
        loopback: bool,
        public: str | None = None,
        doorman: Doorman | None = None,
    ) -> None:
        self._app = app
        self._workspace = workspace
        self._loopback = loopback
        self._public = public
        self._doorman = doorman
        self._http = httpx.AsyncClient(timeout=httpx.Timeout(None, connect=2.0), trust_env=False)

    async def close(self) -> None:
        """Close the connections to control."""
        await self._http.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse foreigners, pass the API's paths on, leave the rest to the pane."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                await self.close()
            return
        passes = scope["type"] == "http" and (scope["path"] in _PATHS or scope["path"].startswith("/api/"))
        refused: TrimtabError | None = refusal_of_page(
            Headers(scope=scope), loopback=self._loopback, own_pages_only=passes, public=self._public
        )
        scope, stranger = self._named(scope)
        if stranger and not passes:
            refused = refused or Unauthorised("Nobody is signed in", hint="Come through the proxy.")
        if refused is not None:
            await _refuse(refused, scope, receive, send)
        elif passes:
            answer = await self._pass(Request(scope, receive))
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _named(self, scope: Scope) -> tuple[Scope, bool]:
        """Return a request under the name that the doorman knows and no other, and whether he refuses it."""
        name = wire.PERSON_HEADER.encode()
        kept = [(key, value) for key, value in scope["headers"] if key.lower() != name]
        told = None if self._doorman is None else self._doorman.signed_in(scope)
        if told is not None:
            kept.append((name, told.encode()))
        stranger = self._doorman is not None and self._doorman.refuses_strangers and told is None
        return {**scope, "headers": kept}, stranger

    async def _pass(self, request: Request) -> Response:
        try:
            answer = await self._send(request)
        except Unavailable as error:
            return error_answer(error)
        except ClientDisconnect:
            return Response(status_code=499)
        headers = {
            name: value for name, value in answer.headers.items() if name.lower() not in _OF_A_CONNECTION
        }
        return StreamingResponse(_body(answer), status_code=answer.status_code, headers=headers)

    async def _send(self, request: Request) -> httpx.Response:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                return await self._try(request)
            except httpx.TransportError as error:
                if not repeatable(error, request.method):
                    hint = "Send it again: what was stored already is counted once."
                    raise Unavailable("The control process", str(error) or "it ended", hint=hint) from error
            if time.monotonic() > deadline:
                hint = "It is started again by itself; try again in a few seconds."
                raise Unavailable("The control process", "it does not answer", hint=hint)
            await asyncio.sleep(_PAUSE_S)

    async def _try(self, request: Request) -> httpx.Response:
        note = Note.read(self._workspace)
        if note is None or note.address is None:
            raise httpx.ConnectError("nobody serves the workspace")
        headers = [(k, v) for k, v in request.headers.raw if k.decode("latin-1") not in _OF_A_CONNECTION]
        named = wire.PERSON_HEADER in request.headers
        if named and request.method in READING and "authorization" not in request.headers:
            # A link on a page, followed by who looks at it. Changes take a token: a link is no decision.
            headers.append((b"authorization", f"Bearer {pane_token(note.token or '')}".encode()))
        has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
        asked = self._http.build_request(
            request.method,
            httpx.URL(note.address).copy_with(raw_path=_target(request)),
            headers=headers,
            content=request.stream() if has_body else None,
        )
        return await self._http.send(asked, stream=True)


def _target(request: Request) -> bytes:
    path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    query: bytes = request.scope["query_string"]
    return path + b"?" + query if query else path


async def _body(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    finally:
        await answer.aclose()


def error_answer(error: TrimtabError) -> Response:
    """Answer with an error as the API does."""
    body = wire.dumps(wire.error_object(error))
    return Response(body, status_code=error.http_status, media_type="application/json")


async def _refuse(error: TrimtabError, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": error.message[:100]})
    else:
        await error_answer(error)(scope, receive, send)

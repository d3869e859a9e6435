"""Two ways to the same application: over the loopback, and inside this process."""

import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack

import anyio
import anyio.to_thread
import httpx
from anyio.from_thread import start_blocking_portal
from starlette.types import ASGIApp, Message, Scope

from core.config import Workspace
from core.errors import Unavailable
from core.server.identity import pane_token
from core.server.ownership import Note, repeatable
from core.wire import PERSON_HEADER

_PAUSE_S = 0.1
STREAMED = "trimtab.streamed"
"""Extension of a request whose answer may be larger than memory."""


class Loopback(httpx.BaseTransport):
    """Sends requests to the control process that owns a workspace, wherever it is listening now.

    A control process that was restarted has another port and token: the note is read again for every
    request, so that a client lives longer than the process it talks to.

    Parameters
    ----------
    workspace
        Whose control process.
    patience_s
        How long a request waits for a control process to appear.
    token
        To be sent instead of the workspace's own.
    signed_in
        Of a pane: returns for whom it asks now, as a header's text, None for its own user. It asks by the
        panes' token.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        patience_s: float,
        token: str | None = None,
        signed_in: Callable[[], str | None] | None = None,
    ) -> None:
        self._workspace = workspace
        self._token = token
        self._signed_in = signed_in
        self._patience_s = patience_s
        self._http = httpx.HTTPTransport(limits=httpx.Limits(max_connections=64, keepalive_expiry=20))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; again, until patience ends, where it never arrived or changes nothing."""
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return self._try(request)
            except httpx.TransportError as error:
                if not repeatable(error, request.method):
                    raise
            if time.monotonic() > deadline:
                raise Unavailable(
                    "The control process",
                    f"none answers for {self._workspace.root}",
                    hint="Start it with: trimtab up",
                )
            time.sleep(_PAUSE_S)

    def _try(self, request: httpx.Request) -> httpx.Response:
        note = Note.read(self._workspace)
        if note is None or note.address is None:
            raise httpx.ConnectError("nobody serves the workspace")
        address = httpx.URL(note.address)
        request.url = request.url.copy_with(scheme=address.scheme, host=address.host, port=address.port)
        request.headers["Host"] = address.netloc.decode()
        token = self._token or note.token or ""
        if self._signed_in is not None:
            token = pane_token(token)
            told = self._signed_in()
            if told is not None:
                request.headers[PERSON_HEADER] = told
        request.headers["Authorization"] = f"Bearer {token}"
        return self._http.handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        self._http.close()


class _Body(httpx.AsyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


class _Answer(httpx.SyncByteStream):
    """What an application sends, piece by piece: it waits where nobody reads."""

    def __init__(self) -> None:
        self._messages: queue.Queue[Message | None] = queue.Queue(maxsize=4)
        self._left = threading.Event()

    def put(self, message: Message | None) -> None:
        """Hand one message over; raises ``ConnectionError`` once the reader has left."""
        while not self._left.is_set():
            try:
                self._messages.put(message, timeout=_PAUSE_S)
            except queue.Full:
                continue
            return
        raise ConnectionError("nobody reads the answer")

    def head(self) -> Message | None:
        """Return the first message, which has status and headers; None where the application sent none."""
        return self._messages.get()

    def __iter__(self) -> Iterator[bytes]:
        while (message := self._messages.get()) is not None:
            yield message.get("body", b"")

    def close(self) -> None:
        """Read no more."""
        self._left.set()


class InProcess(httpx.BaseTransport):
    """Calls an application inside this process, from any thread.

    Parameters
    ----------
    app
        The application.
    closing
        Called once when the transport is closed.
    """

    def __init__(self, app: ASGIApp, *, closing: Callable[[], None]) -> None:
        self._app = app
        self._asgi = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self._open = ExitStack()
        self._open.callback(closing)
        self._portal = self._open.enter_context(start_blocking_portal())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; its body is read piece by piece.

        So is the answer to a request with the extension :data:`STREAMED`, which must have no body.
        """
        if request.extensions.get(STREAMED):
            return self._streamed(request)
        return self._portal.call(self._ask, request)

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        body = request.stream
        asked = httpx.Request(
            request.method,
            request.url,
            headers=request.headers,
            stream=_Body(body) if isinstance(body, httpx.SyncByteStream) else body,
        )
        answer = await self._asgi.handle_async_request(asked)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    def _streamed(self, request: httpx.Request) -> httpx.Response:
        answer = _Answer()
        self._portal.start_task_soon(self._pour, request, answer)
        head = answer.head()
        if head is None:
            return httpx.Response(500, request=request)
        return httpx.Response(head["status"], headers=head["headers"], stream=answer)

    async def _pour(self, request: httpx.Request, answer: _Answer) -> None:
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "server": (request.url.host, request.url.port),
            "client": ("127.0.0.1", 0),
            "root_path": "",
        }
        asked = False

        async def receive() -> Message:
            nonlocal asked
            if asked:
                await anyio.sleep_forever()
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            await anyio.to_thread.run_sync(answer.put, message)

        try:
            await self._app(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_end, answer)

    def close(self) -> None:
        """End the application's loop, then call what was given to be called."""
        self._open.close()


def _end(answer: _Answer) -> None:
    try:
        answer.put(None)
    except ConnectionError:
        return

"""How the client asks: requests over a transport, errors raised as they were on the other side."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

import httpx

from core import wire
from core.client.transports import STREAMED
from core.errors import InvalidInput, Problem, TrimtabError, Unavailable

# Reading large files and judging many windows take what they take; only finding the server must be quick.
_TIMEOUT = httpx.Timeout(None, connect=5.0)


class Asker:
    """The wire beneath the calls of :class:`core.client.Client`.

    Parameters
    ----------
    transport
        How requests travel; it is closed with the client.
    token
        Allows to write, where the transport does not bring one itself.
    """

    def __init__(self, transport: httpx.BaseTransport, *, token: str | None = None) -> None:
        self._http = httpx.Client(
            transport=transport,
            base_url="http://127.0.0.1",
            headers={} if token is None else {"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the client."""
        self.close()

    def close(self) -> None:
        """Let connections go, or the workspace where this process owns it."""
        self._http.close()

    def _get(self, path: str, parameters: Mapping[str, str | list[str]] | None = None) -> object:
        found: object = self._send("GET", path, params=dict(parameters or {})).json()
        return found

    def _form(self, path: str, form: dict[str, str], files: dict[str, Path]) -> object:
        with ExitStack() as opened:
            parts = {
                name: (file.name, opened.enter_context(opened_file(file)), "application/octet-stream")
                for name, file in files.items()
            }
            # Text goes as parts too, so that the body is multipart with or without files.
            texts = {name: (None, text.encode()) for name, text in form.items()}
            found: object = self._send("POST", path, files={**texts, **parts}).json()
        return found

    @contextmanager
    def _stream(self, method: str, path: str) -> Iterator[httpx.Response]:
        """Ask for an answer that may be larger than memory."""
        with (
            _unreached_told(),
            self._http.stream(method, f"/api/v1/{path}", extensions={STREAMED: True}) as answer,
        ):
            if not answer.is_success:
                answer.read()
                raise _error_in(answer)
            yield answer

    def _send(self, method: str, path: str, **parts: object) -> httpx.Response:
        with _unreached_told():
            answer = self._http.request(method, f"/api/v1/{path}", **parts)  # type: ignore[arg-type]
        if answer.is_success:
            return answer
        raise _error_in(answer)


@contextmanager
def _unreached_told() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        hint = "Try again: what was stored already is counted once."
        raise Unavailable("The control process", str(error) or type(error).__name__, hint=hint) from error


def _error_in(answer: httpx.Response) -> TrimtabError:
    try:
        return wire.error_of(cast("wire.ErrorObject", answer.json()))
    except (ValueError, KeyError, TypeError):
        return wire.RemoteError(f"The server answered {answer.status_code} {answer.reason_phrase}")


def opened_file(file: Path) -> BinaryIO:
    """Open a file to be sent; raises ``InvalidInput`` where it cannot be read."""
    try:
        return file.open("rb")
    except OSError as error:
        problem = Problem(field="file", message=error.strerror or str(error), remedy="check the path")
        raise InvalidInput(str(file), [problem]) from error

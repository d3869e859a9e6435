"""Who asks: the owner by the workspace's own token, others by tokens of theirs; without one, a reader.

No cookie is ever read, so that a foreign page has nothing to borrow; requests under a foreign name or
from a foreign page are refused before any route sees them.
"""

import getpass
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core import wire
from core.access import scopes
from core.access.person import Person, Via
from core.access.roles import AccessRole
from core.access.sign_in import SignIn
from core.errors import TrimtabError, Unauthorised

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""What anybody may ask, so that those who watch the process need no token."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
ANYBODY = Person(
    name="anybody",
    roles=frozenset({AccessRole.VIEWER}),
    via=Via.NOBODY,
    scopes=frozenset({scopes.Scope.READ}),
)
"""Who brings no token: where nobody signs in, everybody on the machine may read."""


class Forbidden(TrimtabError):
    """The request comes under a foreign name or from a foreign page."""

    code = "forbidden"
    exit_code = 3
    http_status = 403


def host_of(header: str) -> str:
    """Return the name in a Host header without its port.

    Examples
    --------
    >>> host_of("[::1]:8501"), host_of("localhost:8501"), host_of("example.org")
    ('::1', 'localhost', 'example.org')
    """
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine and nothing else.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("localhost.example.org")
    (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def operating_user() -> str:
    """Return the name of the operating system's user who runs this process.

    Taken from the process, not from the environment, which anyone may set.
    """
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def owner() -> Person:
    """Return the person that holds the workspace's own token: the operating system's user, who may all."""
    return Person(name=operating_user(), roles=frozenset({AccessRole.ADMIN}), via=Via.WORKSPACE)


def refusal_of_page(
    headers: Headers, *, loopback: bool, own_pages_only: bool, public: str | None = None
) -> TrimtabError | None:
    """Return why a request is refused for where it comes from, None if it may pass.

    Parameters
    ----------
    headers
        The request's headers.
    loopback
        Whether this server listens on the loopback only: then a Host header that is no name of the
        loopback means that a foreign page pointed a name of its own at us.
    own_pages_only
        Whether an Origin other than this server's own is refused.
    public
        Host under which a proxy in front is known, where there is one.
    """
    host = headers.get("host", "")
    if loopback and host != public and not is_loopback(host_of(host)):
        return Forbidden(f"The host name {host!r} is not this machine's", hint="Use http://127.0.0.1.")
    origin = headers.get("origin")
    if own_pages_only and origin is not None and origin.partition("://")[2] != host:
        return Forbidden(f"Pages of {origin!r} may not ask Trimtab", hint="Call it without a browser.")
    return None


def bearer(headers: Headers) -> str | None:
    """Return the token that a request brings, None where it brings none.

    Examples
    --------
    >>> bearer(Headers({"Authorization": "Bearer abc"})), bearer(Headers({"Authorization": "Basic abc"}))
    ('abc', None)
    """
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else None


def pane_token(token: str) -> str:
    """Return the token by which panes ask, made of the workspace's own.

    Whoever asks by it asks for somebody else: in a team it opens nothing without their sign-in, so that a
    pane that forgot to say for whom it asks is refused instead of being taken for the owner.
    """
    return sha256(f"pane/{token}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How a gate tells who asks; both may take a moment.

    ``token`` returns who shows a token, None for one that opens nothing. ``sign_in`` returns who is signed
    in, and raises ``Unauthorised`` after their session's end. ``team``: whether people sign in.
    """

    token: Callable[[str], Person | None]
    sign_in: Callable[[SignIn], Person]
    team: bool


class Gate:
    """ASGI middleware that refuses foreigners, and tells who asks.

    Parameters
    ----------
    token
        The workspace's own.
    """

    def __init__(self, app: ASGIApp, *, token: str, known: Known) -> None:
        self._app = app
        self._own = token.encode()
        self._panes = pane_token(token).encode()
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, with the person who sent it, or refuse it."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            refused = refusal_of_page(headers, loopback=True, own_pages_only=True)
            try:
                if refused is not None:
                    raise refused
                person = await self._asking(scope, headers)
            except TrimtabError as error:
                await _answer(error)(scope, receive, send)
                return
            scope.setdefault("state", {})["person"] = person
        await self._app(scope, receive, send)

    async def _asking(self, scope: Scope, headers: Headers) -> Person:
        """Return who asks; raises ``Unauthorised``."""
        secret = bearer(headers)
        if secret is None:
            reads = scope["method"] in READING and not self._known.team
            if reads or scope["path"] in OPEN_PATHS:
                return ANYBODY
            what = "Reading takes" if scope["method"] in READING else "Changes need"
            hint = "Send 'Authorization: Bearer …', with one made by trimtab token create."
            raise Unauthorised(f"{what} a token", hint=hint)
        if secrets.compare_digest(secret.encode(), self._own):
            return owner()
        if secrets.compare_digest(secret.encode(), self._panes):
            return await self._of_pane(headers)
        found = await to_thread.run_sync(self._known.token, secret)
        if found is None:
            hint = "It is unknown, was revoked, or has ended."
            raise Unauthorised("This token opens nothing here", hint=hint)
        return found

    async def _of_pane(self, headers: Headers) -> Person:
        if not self._known.team:
            return ANYBODY if wire.PERSON_HEADER in headers else owner()
        signed_in = wire.sign_in_of(headers.get(wire.PERSON_HEADER, ""))
        return await to_thread.run_sync(self._known.sign_in, signed_in)


def _answer(refused: TrimtabError) -> Response:
    extra = {"WWW-Authenticate": "Bearer"} if isinstance(refused, Unauthorised) else None
    return Response(
        wire.dumps(wire.error_object(refused)),
        status_code=refused.http_status,
        headers=extra,
        media_type="application/json",
    )

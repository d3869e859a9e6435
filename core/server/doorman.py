"""Who is signed in at the pane's door: a trusted proxy says so, or the dashboard's own signed cookie."""

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from core import wire
from core.access.sign_in import SignIn
from core.config import Workspace
from core.errors import Unavailable
from core.identity_settings import SECRET_HEADER, IdentityMode, IdentitySettings


class Doorman(Protocol):
    """Tells for whom a request comes."""

    def signed_in(self, scope: Scope) -> str | None:
        """Return who is signed in, as a header's text; None for nobody."""
        ...

    @property
    def refuses_strangers(self) -> bool:
        """Whether a page is refused to nobody; else the page itself lets them sign in."""
        ...


class ProxyDoorman:
    """Believes a proxy's headers where they come from the proxy.

    Parameters
    ----------
    settings
        Which headers, from which addresses.
    secret
        What the proxy must send besides; None where its address is enough.
    """

    refuses_strangers = True

    def __init__(self, settings: IdentitySettings, secret: str | None) -> None:
        self._settings = settings
        self._secret = secret

    def signed_in(self, scope: Scope) -> str | None:
        """Return who is signed in; None where the request did not come through the proxy."""
        headers = Headers(scope=scope)
        if not self._from_proxy(scope, headers):
            return None
        # Twice the same header: one of them may be the visitor's own.
        names, listed = (
            headers.getlist(one) for one in (self._settings.header, self._settings.groups_header)
        )
        if len(names) != 1 or len(listed) > 1 or not names[0].strip():
            return None
        groups = tuple(group.strip() for group in "".join(listed).split(",") if group.strip())
        return wire.sign_in_text(SignIn(name=names[0].strip(), groups=groups))

    def _from_proxy(self, scope: Scope, headers: Headers) -> bool:
        if self._secret is not None:
            given = headers.get(SECRET_HEADER, "")
            if not secrets.compare_digest(given.encode(), self._secret.encode()):
                return False
        if not self._settings.proxies:
            return self._secret is not None
        client = scope.get("client")
        try:
            address = ip_address(client[0] if client else "")
        except ValueError:
            return False
        return any(address in network for network in self._settings.proxies)


class CookieDoorman:
    """Believes the cookie that the dashboard signed when the provider sent somebody back.

    Parameters
    ----------
    settings
        Which claims name a person and their groups.
    claims_of
        Returns the claims in a request's cookies, empty where none are signed by this dashboard.
    """

    refuses_strangers = False

    def __init__(
        self, settings: IdentitySettings, claims_of: Callable[[Mapping[str, str]], Mapping[str, object]]
    ) -> None:
        self._settings = settings
        self._claims_of = claims_of

    def signed_in(self, scope: Scope) -> str | None:
        """Return who is signed in; None for nobody, and for an address that the provider did not verify."""
        claims = self._claims_of(cookie_parser("; ".join(Headers(scope=scope).getlist("cookie"))))
        name = claims.get(self._settings.name_claim)
        if not isinstance(name, str) or claims.get("origin") != self._settings.address:
            return None
        # Some providers say it as a text, some say nothing.
        if self._settings.name_claim == "email" and claims.get("email_verified", True) not in (True, "true"):
            return None
        groups = claims.get(self._settings.groups_claim) or ()
        at = _moment(claims.get("iat"))
        told = "\n".join((str(claims.get("iss")), str(claims.get("sub")), str(claims.get("iat"))))
        return wire.sign_in_text(
            SignIn(
                name=name,
                groups=(groups,) if isinstance(groups, str) else tuple(map(str, _listed(groups))),
                key=sha256(told.encode()).hexdigest(),
                at=at,
                shown_at=_moment(claims.get("auth_time")) or at,
            )
        )


def _listed(groups: object) -> list[object]:
    return list(groups) if isinstance(groups, list | tuple) else []


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def open_door(
    settings: IdentitySettings,
    claims_of: Callable[[Mapping[str, str]], Mapping[str, object]],
    environment: Mapping[str, str] = os.environ,
) -> Doorman | None:
    """Return who stands at the pane's door; None where nobody signs in.

    Raises
    ------
    Unavailable
        An environment variable that the settings name is not set.
    """
    if settings.mode is IdentityMode.LOCAL:
        return None
    if settings.mode is IdentityMode.OIDC:
        return CookieDoorman(settings, claims_of)
    secret = None if settings.secret_env is None else _variable(settings.secret_env, environment)
    return ProxyDoorman(settings, secret)


def provider_secrets(
    settings: IdentitySettings, workspace: Workspace, environment: Mapping[str, str] = os.environ
) -> Mapping[str, object] | None:
    """Return what the dashboard needs to send people to their provider; None where nobody signs in so.

    Raises
    ------
    Unavailable
        The client's secret is not set, the library for it is not installed, or the keys' folder is closed.
    """
    if settings.mode is not IdentityMode.OIDC:
        return None
    if find_spec("authlib") is None:
        hint = "Install it: pip install 'trimtab[oidc]'."
        raise Unavailable("Signing in by OpenID Connect", "the package authlib is not installed", hint=hint)
    return {
        "redirect_uri": f"{settings.address}/oauth2callback",
        "cookie_secret": _cookie_secret(workspace.keys / "cookie"),
        "client_id": settings.client_id,
        "client_secret": _variable(settings.client_secret_env, environment),
        "server_metadata_url": settings.metadata_url,
        # A provider that remembers somebody asks them again: a fresh sign-in is one by the person.
        "client_kwargs": {"scope": settings.scope, "prompt": "login"},
    }


def _cookie_secret(file: Path) -> str:
    """Return the secret that signs the dashboard's cookies, made once for all panes and restarts."""
    try:
        if not file.exists():
            # Made aside and linked: another pane finds the whole secret, or none and makes the same step.
            aside = file.with_name(f".cookie.{os.getpid()}")
            with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as made:  # noqa: PTH123 - a descriptor, not a path
                made.write(secrets.token_urlsafe(32))
            with suppress(FileExistsError):
                os.link(aside, file)
            aside.unlink()
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise Unavailable(str(file), error.strerror or str(error)) from error


def _variable(name: str, environment: Mapping[str, str]) -> str:
    found = environment.get(name)
    if not found:
        cause = f"the environment variable {name} is not set"
        raise Unavailable("Signing in", cause, hint=f"Set {name} before starting Trimtab.")
    return found

"""Tokens as JSON, without their secrets, and back."""

from typing_extensions import TypedDict

from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.access.tokens import Token
from core.wire.moments import moment, moment_of, moment_or_none, moment_text


class NewTokenObject(TypedDict):
    """A token that was just made: ``token`` is its secret, shown this once."""

    token: str
    name: str


class TokenObject(TypedDict):
    """What is known of a token."""

    name: str
    scopes: list[str]
    roles: list[str]
    made_by: str
    made_at: str
    until: str | None
    used_at: str | None
    revoked_at: str | None
    revoked_by: str | None


def token_object(token: Token) -> TokenObject:
    """Return a token as JSON; not even its digest leaves the store."""
    return {
        "name": token.name,
        "scopes": sorted(token.scopes),
        "roles": sorted(token.roles),
        "made_by": token.made_by,
        "made_at": moment(token.made_at),
        "until": moment_text(token.until),
        "used_at": moment_text(token.used_at),
        "revoked_at": moment_text(token.revoked_at),
        "revoked_by": token.revoked_by,
    }


def token_of(document: TokenObject) -> Token:
    """Read a token; its digest is not told."""
    return Token(
        name=document["name"],
        digest="",
        scopes=frozenset(Scope(one) for one in document["scopes"]),
        roles=frozenset(AccessRole(one) for one in document["roles"]),
        made_by=document["made_by"],
        made_at=moment_of(document["made_at"]),
        until=moment_or_none(document["until"]),
        used_at=moment_or_none(document["used_at"]),
        revoked_at=moment_or_none(document["revoked_at"]),
        revoked_by=document["revoked_by"],
    )

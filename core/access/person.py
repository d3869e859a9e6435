"""Who asks: a name, roles, and how sure we are of both."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.access.roles import AccessRole
from core.access.scopes import EVERY, Scope


class Via(StrEnum):
    """How somebody is known: by the workspace's own token, by one of its API tokens, or signed in."""

    WORKSPACE = "workspace"
    TOKEN = "token"
    SIGNED_IN = "signed in"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks.

    Parameters
    ----------
    name
        As it stands in the ledger.
    signed_in_at
        When they last showed who they are; None where that is not known, or not asked for.
    needs_fresh
        Whether changes of production need a sign-in of a moment ago.
    session
        Key of the session that they are signed in by, None without one.
    scopes
        Which parts of the API they reach; of a person all that their roles allow.
    """

    name: str
    roles: frozenset[AccessRole]
    via: Via = Via.WORKSPACE
    signed_in_at: datetime | None = None
    needs_fresh: bool = False
    session: str | None = None
    scopes: frozenset[Scope] = EVERY


TOKEN = "token "
"""Begins the name of who is known by a token, so that it is nobody's own name."""


def shown_roles(person: Person) -> str:
    """Return somebody's roles as sentences name them.

    Examples
    --------
    >>> shown_roles(Person(name="ann", roles=frozenset({AccessRole.VIEWER, AccessRole.APPROVER})))
    'approver, viewer'
    >>> shown_roles(Person(name="ann", roles=frozenset()))
    'none'
    """
    return ", ".join(sorted(role.value for role in person.roles)) or "none"

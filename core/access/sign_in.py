"""What a pane says of who is signed in: a name, groups, and when they showed who they are."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Somebody who signed in, as the pane knows it.

    Parameters
    ----------
    key
        Names this sign-in and no other: a digest of provider, subject and moment. None where a proxy keeps
        the sessions.
    at
        When the provider said so; None where that is not told.
    shown_at
        When they last showed who they are, which a provider may remember for a while; None for ``at``.
    """

    name: str
    groups: tuple[str, ...] = ()
    key: str | None = None
    at: datetime | None = None
    shown_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in as control follows it: since when, when used last, and how it ended."""

    key: str
    person: str
    signed_in_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """Who asks, as control takes them: for a page's corner.

    ``mode`` is where people's names come from; ``fresh``: they signed in so recently that they may change
    production.
    """

    mode: str
    name: str
    roles: tuple[str, ...]
    fresh: bool

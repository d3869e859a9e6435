"""Who is signed in, as panes tell control in a header; sessions and people as JSON."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from typing_extensions import TypedDict

from core.access.sign_in import Me, Session, SignIn
from core.errors import Unauthorised
from core.wire.moments import moment, moment_of, moment_or_none, moment_text

PERSON_HEADER = "x-trimtab-person"
"""The header; control believes it from a pane only, and panes take it from nobody."""


class SessionObject(TypedDict):
    """One session; ``session`` is what ends it."""

    session: str
    person: str
    signed_in_at: str
    seen_at: str
    ended_at: str | None
    ended_by: str | None
    why: str | None


class MeObject(TypedDict):
    """Who asks, and what they are here."""

    mode: str
    name: str
    roles: list[str]
    fresh: bool


def sign_in_text(signed_in: SignIn) -> str:
    """Return a sign-in as a header's text, in letters that every header may have.

    Examples
    --------
    >>> sign_in_of(sign_in_text(SignIn(name="j\u00fcrgen", groups=("a, b",)))).name
    'j\u00fcrgen'
    """
    told = {
        "name": signed_in.name,
        "groups": list(signed_in.groups),
        "key": signed_in.key,
        "at": moment_text(signed_in.at),
        "shown_at": moment_text(signed_in.shown_at),
    }
    return urlsafe_b64encode(json.dumps(told).encode()).decode()


def sign_in_of(text: str) -> SignIn:
    """Read a sign-in; raises ``Unauthorised`` for a text that is none."""
    try:
        told = json.loads(urlsafe_b64decode(text.encode()))
        return SignIn(
            name=str(told["name"]),
            groups=tuple(str(group) for group in told["groups"]),
            key=None if told["key"] is None else str(told["key"]),
            at=moment_or_none(told["at"]),
            shown_at=moment_or_none(told["shown_at"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Unauthorised("Nobody is signed in", hint="Sign in first.") from error


def session_object(session: Session) -> SessionObject:
    """Return a session as JSON."""
    return {
        "session": session.key,
        "person": session.person,
        "signed_in_at": moment(session.signed_in_at),
        "seen_at": moment(session.seen_at),
        "ended_at": moment_text(session.ended_at),
        "ended_by": session.ended_by,
        "why": session.why,
    }


def session_of(document: SessionObject) -> Session:
    """Read a session."""
    return Session(
        key=document["session"],
        person=document["person"],
        signed_in_at=moment_of(document["signed_in_at"]),
        seen_at=moment_of(document["seen_at"]),
        ended_at=moment_or_none(document["ended_at"]),
        ended_by=document["ended_by"],
        why=document["why"],
    )


def me_object(me: Me) -> MeObject:
    """Return who asks as JSON."""
    return {"mode": me.mode, "name": me.name, "roles": list(me.roles), "fresh": me.fresh}


def me_of(document: MeObject) -> Me:
    """Read who asks."""
    return Me(
        mode=document["mode"],
        name=document["name"],
        roles=tuple(document["roles"]),
        fresh=document["fresh"],
    )

"""The desk of sessions: who is signed in, until when, and who ended it."""

import logging
from datetime import timedelta

from core.access.person import TOKEN, Person, Via
from core.access.sign_in import Session, SignIn
from core.chain.entries import Draft
from core.errors import NotFound, Unauthorised
from core.identity_settings import IdentitySettings
from core.ledger import Ledger
from core.ledger.desk import SYSTEM
from core.ports import Clock
from core.store import StateStore

_NOTED_EVERY = timedelta(minutes=1)
_SKEW = timedelta(minutes=5)
"""How far a provider's clock may be ahead of this machine's."""
_AGAIN = "Sign in again."
_log = logging.getLogger("trimtab.sessions")


class SessionDesk:
    """Admits who signed in, and nobody after their session's end. Safe between threads.

    A sign-in has a key of its own, so that its session begins once: a cookie that outlives it opens nothing.

    Parameters
    ----------
    state, ledger
        Where sessions are kept, and their revocation told.
    settings
        Roles, and how long a session lasts.
    clock
        Tells the time.
    """

    def __init__(self, state: StateStore, ledger: Ledger, settings: IdentitySettings, clock: Clock) -> None:
        self._state = state
        self._table = state.sessions
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    def person(self, signed_in: SignIn) -> Person:
        """Return who is signed in, with the roles that the settings give them.

        Raises
        ------
        Unauthorised
            The session has ended, or the name is nobody's.
        """
        name = signed_in.name.strip()
        # The ledger tells people from programs by the name.
        if not name or name == SYSTEM or name.startswith(TOKEN):
            raise Unauthorised(
                f"{signed_in.name!r} is no person's name", hint="Look at [identity] in trimtab.toml."
            )
        if signed_in.key is not None:
            self._follow(signed_in, name)
        return Person(
            name=name,
            roles=self._settings.roles_of(name, signed_in.groups),
            via=Via.SIGNED_IN,
            signed_in_at=signed_in.shown_at or signed_in.at,
            needs_fresh=signed_in.key is not None,
            session=signed_in.key,
        )

    def _follow(self, signed_in: SignIn, name: str) -> None:
        """Begin, go on with or end the session of a sign-in."""
        now, key, at = self._clock.now(), signed_in.key or "", signed_in.at
        if at is None or at > now + _SKEW:
            raise Unauthorised("The provider does not say when this sign-in was", hint=_AGAIN)
        known = self._table.get(key)
        if known is None:
            if now - at > self._settings.absolute:
                raise Unauthorised("This sign-in is too old", hint=_AGAIN)
            self._table.forget(now - 2 * self._settings.absolute)
            self._table.begin(Session(key=key, person=name, signed_in_at=at, seen_at=now))
            _log.info("session.began key=%s", key[:12])
            return
        why = self._ended(known)
        if why is not None:
            raise Unauthorised(f"The session of {known.person} has ended: {why}", hint=_AGAIN)
        if now - known.seen_at >= _NOTED_EVERY:
            self._table.seen(key, now)

    def _ended(self, session: Session) -> str | None:
        """Return why a session is over, and put that on record; None where it goes on."""
        if session.ended_at is not None:
            return session.why or "it was ended"
        now, why = self._clock.now(), None
        if now - session.signed_in_at > self._settings.absolute:
            why = f"{_shown(self._settings.absolute)} after the sign-in"
        elif now - session.seen_at > self._settings.idle:
            why = f"unused for {_shown(self._settings.idle)}"
        if why is not None:
            self._table.end(session.key, by=SYSTEM, why=why, at=now)
        return why

    def every(self) -> list[Session]:
        """Return the sessions that are open, the one used last first."""
        return [one for one in self._table.every(open_only=True) if self._ended(one) is None]

    def revoke(self, key: str, *, actor: str) -> Session:
        """End a session at once, by its key or the beginning of it.

        Raises
        ------
        NotFound
            No open session has this key.
        """
        found = [one for one in self._table.every(open_only=True) if one.key.startswith(key) and key]
        if len(found) != 1:
            raise NotFound("open session", key, hint="See trimtab session list.")
        (session,) = found
        why = "signed out" if actor == session.person else f"ended by {actor}"
        with self._state.together():
            if self._table.end(session.key, by=actor, why=why, at=self._clock.now()):
                facts = {"person": session.person, "session": session.key[:12]}
                self._ledger.append(Draft(kind="session.ended", actor=actor, facts={**facts}))
        return self._table.get(session.key) or session


def _shown(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:g} h"

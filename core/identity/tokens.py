"""The desk of tokens: made once, shown once, known again by their digest, revoked at once."""

import logging
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import compare_digest

from core.access.person import TOKEN, Person, Via
from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.access.tokens import Token, digest_of, new_secret
from core.chain.entries import Draft, moment
from core.errors import Conflict, InvalidInput, NotFound, Problem
from core.ledger import Ledger
from core.ports import Clock
from core.store import StateStore

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_NOTED_EVERY = timedelta(minutes=1)
_log = logging.getLogger("trimtab.tokens")


class TokenDesk:
    """Makes tokens and knows them again. Safe between threads.

    Parameters
    ----------
    state, ledger
        Where they are kept, and told.
    clock
        Tells the time.
    """

    def __init__(self, state: StateStore, ledger: Ledger, clock: Clock) -> None:
        self._state = state
        self._table = state.tokens
        self._ledger = ledger
        self._clock = clock

    def create(
        self,
        name: str,
        *,
        scopes: Sequence[Scope],
        roles: Sequence[AccessRole] = (AccessRole.SERVICE,),
        until: datetime | None = None,
        actor: str,
    ) -> str:
        """Make a token and return its secret, which is shown here and never again.

        Raises
        ------
        InvalidInput
            The name is none, there is no scope or role, or the end has passed; all problems are listed.
        Conflict
            There is, or was, a token of this name.
        """
        now = self._clock.now()
        _check(name, scopes, roles, until, now)
        secret = new_secret()
        token = Token(
            name=name,
            digest=digest_of(secret),
            scopes=frozenset(scopes),
            roles=frozenset(roles),
            made_by=actor,
            made_at=now,
            until=until,
        )
        with self._state.together():
            if self._table.get(name) is not None:
                raise Conflict(
                    f"There is, or was, a token '{name}'", hint="Names are given once: choose another."
                )
            self._table.add(token)
            facts = {
                "token": name,
                "scopes": ", ".join(sorted(token.scopes)),
                "roles": ", ".join(sorted(token.roles)),
                "until": None if until is None else moment(until),
            }
            self._ledger.append(Draft(kind="token.made", actor=actor, facts={**facts}))
        return secret

    def revoke(self, name: str, *, actor: str) -> Token:
        """Let a token open nothing from now on; one that is revoked stays so.

        Raises
        ------
        NotFound
            There never was such a token.
        """
        with self._state.together():
            if self._table.get(name) is None:
                raise NotFound("token", name, hint="See trimtab token list for those that exist.")
            if self._table.revoke(name, by=actor, at=self._clock.now()):
                self._ledger.append(Draft(kind="token.revoked", actor=actor, facts={"token": name}))
            found = self._table.get(name)
        if found is None:
            raise NotFound("token", name)
        return found

    def every(self) -> list[Token]:
        """Return all tokens that were ever made, by name, without their secrets."""
        return self._table.every()

    def person(self, secret: str) -> Person | None:
        """Return who shows a secret, None where it opens nothing: unknown, revoked or past its end."""
        digest, now = digest_of(secret), self._clock.now()
        token = self._table.by_digest(digest)
        if token is None or not compare_digest(token.digest, digest) or not token.valid(now):
            return None
        if token.used_at is None or not timedelta(0) <= now - token.used_at < _NOTED_EVERY:
            self._table.used(token.name, now)
        return Person(name=f"{TOKEN}{token.name}", roles=token.roles, via=Via.TOKEN, scopes=token.scopes)


def _check(
    name: str,
    scopes: Sequence[Scope],
    roles: Sequence[AccessRole],
    until: datetime | None,
    now: datetime,
) -> None:
    problems = []
    if not _NAME.fullmatch(name):
        remedy = "use up to 64 letters, digits, '.', '_', '@' and '-'"
        problems.append(Problem(field="name", message=f"{name!r} is no name for a token", remedy=remedy))
    if not scopes:
        problems.append(Problem(field="scope", message="is missing", remedy=f"one of {', '.join(Scope)}"))
    if not roles:
        problems.append(Problem(field="role", message="is missing", remedy=f"one of {', '.join(AccessRole)}"))
    if until is not None and until <= now:
        problems.append(Problem(field="until", message="has passed", remedy="name a time to come, or none"))
    if problems:
        raise InvalidInput("The token", problems)

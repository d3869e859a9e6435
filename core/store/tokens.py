"""Tokens: the state store's chapter on who may use the API by what."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.access.tokens import Token
from core.store import state_schema as tables
from core.store.ledger import Transaction

_BETWEEN = ","


class TokenTable:
    """Keeps tokens; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def every(self) -> list[Token]:
        """Return all tokens, revoked ones too, by name."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(tables.tokens).order_by(tables.tokens.c.name))
            return [_token(row) for row in rows.mappings()]

    def get(self, name: str) -> Token | None:
        """Return a token by its name, None where there never was one."""
        return self._one(tables.tokens.c.name == name)

    def by_digest(self, digest: str) -> Token | None:
        """Return a token by the digest of its secret."""
        return self._one(tables.tokens.c.digest == digest)

    def _one(self, where: sa.ColumnElement[bool]) -> Token | None:
        with self._reading() as connection:
            row = connection.execute(sa.select(tables.tokens).where(where)).mappings().one_or_none()
        return None if row is None else _token(row)

    def add(self, token: Token) -> None:
        """Keep a new token; its name must be new too."""
        row = {
            "name": token.name,
            "digest": token.digest,
            "scopes": _joined(token.scopes),
            "roles": _joined(token.roles),
            "made_by": token.made_by,
            "made_at": token.made_at,
            "until": token.until,
        }
        with self._writing() as connection:
            connection.execute(sa.insert(tables.tokens).values(row))

    def used(self, name: str, at: datetime) -> None:
        """Note when a token was used last."""
        table = tables.tokens
        with self._writing() as connection:
            connection.execute(sa.update(table).where(table.c.name == name).values(used_at=at))

    def revoke(self, name: str, *, by: str, at: datetime) -> bool:
        """Let a token open nothing any more; returns whether it still did."""
        table = tables.tokens
        still = (table.c.name == name, table.c.revoked_at.is_(None))
        with self._writing() as connection:
            changed = connection.execute(sa.update(table).where(*still).values(revoked_at=at, revoked_by=by))
            return bool(changed.rowcount)


def _joined(names: Collection[str]) -> str:
    return _BETWEEN.join(sorted(names))


def _token(row: sa.RowMapping) -> Token:
    return Token(
        name=row["name"],
        digest=row["digest"],
        scopes=frozenset(Scope(one) for one in row["scopes"].split(_BETWEEN) if one),
        roles=frozenset(AccessRole(one) for one in row["roles"].split(_BETWEEN) if one),
        made_by=row["made_by"],
        made_at=row["made_at"],
        until=row["until"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
        revoked_by=row["revoked_by"],
    )

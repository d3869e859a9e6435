"""Sessions: the state store's chapter on who is signed in."""

from datetime import datetime

import sqlalchemy as sa

from core.access.sign_in import Session
from core.store import state_schema as tables
from core.store.ledger import Transaction


class SessionTable:
    """Keeps sessions; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def every(self, *, open_only: bool) -> list[Session]:
        """Return sessions, the one used last first."""
        table = tables.sessions
        query = sa.select(table).order_by(table.c.seen_at.desc(), table.c.key)
        if open_only:
            query = query.where(table.c.ended_at.is_(None))
        with self._reading() as connection:
            return [Session(**row) for row in connection.execute(query).mappings()]

    def get(self, key: str) -> Session | None:
        """Return one session, None where there never was one."""
        with self._reading() as connection:
            row = connection.execute(sa.select(tables.sessions).where(tables.sessions.c.key == key))
            found = row.mappings().one_or_none()
        return None if found is None else Session(**found)

    def begin(self, session: Session) -> None:
        """Keep a new session; nothing happens where another request of it was quicker."""
        with self._writing() as connection:
            known = sa.select(tables.sessions.c.key).where(tables.sessions.c.key == session.key)
            if connection.execute(known).one_or_none() is None:
                row = {column.name: getattr(session, column.name) for column in tables.sessions.c}
                connection.execute(sa.insert(tables.sessions).values(row))

    def seen(self, key: str, at: datetime) -> None:
        """Note that a session was used."""
        table = tables.sessions
        with self._writing() as connection:
            connection.execute(sa.update(table).where(table.c.key == key).values(seen_at=at))

    def end(self, key: str, *, by: str, why: str, at: datetime) -> bool:
        """End a session; returns whether it still was open."""
        table = tables.sessions
        still = (table.c.key == key, table.c.ended_at.is_(None))
        with self._writing() as connection:
            changed = connection.execute(
                sa.update(table).where(*still).values(ended_at=at, ended_by=by, why=why)
            )
            return bool(changed.rowcount)

    def forget(self, before: datetime) -> None:
        """Let go of sessions that ended, or were used last, before a time: a sign-in that old is refused."""
        table = tables.sessions
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(table.c.signed_in_at < before))

"""Explanations that were kept with their decisions: the state store's chapter on reason codes."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from core.store import state_schema as tables
from core.store.ledger import Transaction


class ReasonTable:
    """Keeps explanations; see :class:`core.store.StateStore`, whose transactions it uses.

    A row is named by its digest (:func:`core.explain.place.row_digest`); the document names it by its id.
    """

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def get(self, model_key: str, row: str) -> str | None:
        """Return the document that was kept of a row, None where none was."""
        table = tables.reasons
        query = sa.select(table.c.document).where(table.c.model_key == model_key, table.c.row == row)
        with self._reading() as connection:
            found: str | None = connection.execute(query).scalar_one_or_none()
        return found

    def put(self, model_key: str, row: str, document: str, *, at: datetime) -> None:
        """Keep a document; one that is kept already stays as it is."""
        table = tables.reasons
        with self._writing() as connection:
            known = sa.select(table.c.row).where(table.c.model_key == model_key, table.c.row == row)
            if connection.execute(known).one_or_none() is None:
                values = {"model_key": model_key, "row": row, "kept_at": at, "document": document}
                connection.execute(sa.insert(table).values(values))

    def erase(self, model_key: str, rows: Collection[str]) -> int:
        """Remove what was kept of rows; return how many documents that were."""
        table = tables.reasons
        where = table.c.model_key == model_key, table.c.row.in_(list(rows))
        with self._writing() as connection:
            return int(connection.execute(sa.delete(table).where(*where)).rowcount)

    def older(self, before: datetime) -> tuple[int, int, datetime | None]:
        """Return how many were kept before a time, about their bytes, and when the oldest other was kept."""
        table = tables.reasons
        old = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(table.c.document)), 0))
        others = sa.select(sa.func.min(table.c.kept_at)).where(table.c.kept_at >= before)
        with self._reading() as connection:
            n, n_bytes = connection.execute(old.where(table.c.kept_at < before)).one()
            oldest: datetime | None = connection.execute(others).scalar_one()
        return int(n), int(n_bytes), oldest

    def prune(self, before: datetime) -> None:
        """Remove what was kept before a time."""
        table = tables.reasons
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(table.c.kept_at < before))

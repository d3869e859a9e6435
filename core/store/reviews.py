"""Reviews and what was decided in them: the state store's chapter on meetings."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.errors import Conflict, NotFound
from core.store import review_schema as tables
from core.store.ledger import Transaction

_NAMES = TypeAdapter(tuple[str, ...])
_PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReview:
    """A review as it is kept; ``agenda`` is JSON that never changes, ``minutes`` is set when it closes."""

    id: str
    title: str
    opened_at: datetime
    opened_by: str
    since: datetime
    head_seq: int
    head_hash: str
    agenda: str
    attendees: tuple[str, ...]
    closed_at: datetime | None = None
    closed_by: str | None = None
    minutes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision as it is kept; ``choice`` and ``outcome`` are words of the reviews' own."""

    id: str
    review: str
    item: str
    model: str
    choice: str
    actor: str
    at: datetime
    reason: str
    owner: str | None
    due_at: datetime | None
    until: datetime | None
    version: str | None
    outcome: str
    receipt: str | None
    sentence: str
    ledger_seq: int | None


class ReviewTable:
    """Keeps reviews and decisions; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    # ---------------------------------------------------------------- reviews

    def add(self, review: StoredReview, *, key: str | None) -> None:
        """Put a new review on record, under an idempotency key of its own."""
        values = {name: getattr(review, name) for name in StoredReview.__dataclass_fields__}
        values["attendees"] = _NAMES.dump_json(review.attendees).decode()
        with self._writing() as connection:
            connection.execute(sa.insert(tables.reviews).values(**values, idempotency_key=key))

    def get(self, identity: str) -> StoredReview:
        """Return one review; raises ``NotFound``."""
        found = self._first(tables.reviews.c.id == identity)
        if found is None:
            raise NotFound("review", identity, hint="See the Review page for those that exist.")
        return found

    def by_key(self, key: str) -> StoredReview | None:
        """Return the review that was opened under a key, or None."""
        return self._first(tables.reviews.c.idempotency_key == key)

    def every(self) -> list[StoredReview]:
        """Return all reviews, the latest first."""
        query = sa.select(tables.reviews).order_by(tables.reviews.c.opened_at.desc(), tables.reviews.c.id)
        with self._reading() as connection:
            return [_review(row) for row in connection.execute(query).mappings()]

    def attend(self, identity: str, names: tuple[str, ...]) -> None:
        """Say who is there; raises ``Conflict`` where the review is closed."""
        self._change(identity, {"attendees": _NAMES.dump_json(names).decode()})

    def close(self, identity: str, *, at: datetime, by: str, minutes: str) -> None:
        """Freeze the minutes; raises ``Conflict`` where the review is closed already."""
        self._change(identity, {"closed_at": at, "closed_by": by, "minutes": minutes})

    def _change(self, identity: str, values: dict[str, object]) -> None:
        table = tables.reviews
        where = table.c.id == identity, table.c.closed_at.is_(None)
        with self._writing() as connection:
            if not connection.execute(sa.update(table).where(*where).values(values)).rowcount:
                raise Conflict(f"Review {identity} is closed", hint="Its minutes stand; open another review.")

    def rewrite(
        self,
        *,
        text: Callable[[str], str],
        document: Callable[[str], str],
        page: Callable[[str], str],
    ) -> tuple[list[StoredReview], int]:
        """Change what was said in reviews; return the reviews that are others now, and how many decisions.

        ``text`` is for titles, names, reasons and sentences, ``document`` for agendas, ``page`` for minutes.
        """
        changed, n = [], 0
        with self._writing() as connection:
            for old in self.every():
                new = replace(
                    old,
                    title=text(old.title),
                    agenda=document(old.agenda),
                    attendees=tuple(text(one) for one in old.attendees),
                    minutes=None if old.minutes is None else page(old.minutes),
                )
                if new != old:
                    values = {"title": new.title, "agenda": new.agenda, "minutes": new.minutes}
                    names = _NAMES.dump_json(new.attendees).decode()
                    where = tables.reviews.c.id == old.id
                    connection.execute(
                        sa.update(tables.reviews).where(where).values(**values, attendees=names)
                    )
                    changed.append(new)
            for one in self.decisions():
                said = {"reason": text(one.reason), "sentence": text(one.sentence)}
                if said != {"reason": one.reason, "sentence": one.sentence}:
                    where = tables.decisions.c.id == one.id
                    connection.execute(sa.update(tables.decisions).where(where).values(said))
                    n += 1
        return changed, n

    def _first(self, condition: sa.ColumnElement[bool]) -> StoredReview | None:
        with self._reading() as connection:
            row = connection.execute(sa.select(tables.reviews).where(condition)).mappings().one_or_none()
        return None if row is None else _review(row)

    # ---------------------------------------------------------------- decisions

    def add_decision(self, decision: StoredDecision, *, key: str | None) -> None:
        """Put a decision on record, under an idempotency key of its own."""
        values = {name: getattr(decision, name) for name in StoredDecision.__dataclass_fields__}
        with self._writing() as connection:
            connection.execute(sa.insert(tables.decisions).values(**values, idempotency_key=key))

    def decision_by_key(self, key: str) -> StoredDecision | None:
        """Return the decision that was recorded under a key, or None."""
        found = self._decisions(tables.decisions.c.idempotency_key == key)
        return found[0] if found else None

    def decisions(self, review: str | None = None) -> list[StoredDecision]:
        """Return the decisions of one review, or all, in the order in which they were recorded."""
        return self._decisions() if review is None else self._decisions(tables.decisions.c.review == review)

    def pending(self) -> list[StoredDecision]:
        """Return the decisions whose action has not been answered for."""
        return self._decisions(tables.decisions.c.outcome == _PENDING)

    def settle(self, identity: str, *, outcome: str, receipt: str | None, sentence: str) -> bool:
        """Say what a pending decision came to; False, and nothing changes, where that was said already."""
        table = tables.decisions
        where = table.c.id == identity, table.c.outcome == _PENDING
        values = {"outcome": outcome, "receipt": receipt, "sentence": sentence}
        with self._writing() as connection:
            return bool(connection.execute(sa.update(table).where(*where).values(values)).rowcount)

    def _decisions(self, *conditions: sa.ColumnElement[bool]) -> list[StoredDecision]:
        table = tables.decisions
        query = sa.select(*(table.c[name] for name in StoredDecision.__dataclass_fields__))
        query = query.where(*conditions).order_by(table.c.at, table.c.id)
        with self._reading() as connection:
            return [StoredDecision(**row) for row in connection.execute(query).mappings()]


def _review(row: sa.RowMapping) -> StoredReview:
    values = {name: row[name] for name in StoredReview.__dataclass_fields__}
    return StoredReview(**{**values, "attendees": _NAMES.validate_json(row["attendees"])})

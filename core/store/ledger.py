"""The ledger in the state store: only ever one row more, each in one transaction with what it records."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.chain import entries
from core.chain.canonical import canonical
from core.chain.checkpoints import Checkpoint
from core.chain.entries import Draft, Entry, Private, Record
from core.errors import IntegrityError, NotFound
from core.store import state_schema as tables

Transaction: TypeAlias = Callable[[], AbstractContextManager[Connection]]
_AT_ONCE = 1000
_SALT_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that is on record at one moment; ``records`` is read while it is walked, once.

    ``strays`` are the numbers of private parts beside no entry: none, unless somebody tampered.
    """

    records: Iterator[Record]
    checkpoints: Sequence[Checkpoint]
    strays: Sequence[int]


class LedgerTable:
    """Keeps the ledger; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def append(self, draft: Draft, *, now: datetime) -> Entry:
        """Put one entry on record; see :func:`append`, which this calls in this thread's transaction."""
        with self._writing() as connection:
            return append(connection, draft, now=now)

    def newest(self) -> Entry | None:
        """Return the last entry, None before the first."""
        with self._reading() as connection:
            return _newest(connection)

    def entry(self, seq: int) -> Entry:
        """Return one entry; raises ``NotFound``."""
        with self._reading() as connection:
            found = connection.execute(sa.select(tables.ledger).where(tables.ledger.c.seq == seq))
            row = found.mappings().one_or_none()
        if row is None:
            raise NotFound("entry of the ledger", str(seq))
        return Entry(**row)

    def of_kind(self, kind: str) -> list[Entry]:
        """Return all entries of one kind, oldest first."""
        query = sa.select(tables.ledger).where(tables.ledger.c.kind == kind).order_by(tables.ledger.c.seq)
        with self._reading() as connection:
            return [Entry(**row) for row in connection.execute(query).mappings()]

    def records(
        self,
        *,
        model: str | None = None,
        since: datetime | None = None,
        kinds: Collection[str] = (),
        limit: int | None = 1000,
    ) -> list[Record]:
        """Return the latest entries of a model, or of all, with their private parts; oldest first.

        ``model`` is a full name, or a bare one, which means that model of every registry. ``kinds`` leaves
        out all others; ``limit`` None leaves out nothing.
        """
        table = tables.ledger
        query = _with_private().order_by(table.c.seq.desc()).limit(limit)
        if model is not None:
            query = query.where(
                (table.c.model == model) | table.c.model.endswith(f"/{model}", autoescape=True)
            )
        if since is not None:
            query = query.where(table.c.at >= entries.moment(since))
        if kinds:
            query = query.where(table.c.kind.in_(kinds))
        with self._reading() as connection:
            return [_record(row) for row in connection.execute(query).mappings()][::-1]

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Give all that is on record, as of one moment, for as long as the block lasts."""
        stray = sa.select(tables.ledger_payloads.c.seq).where(
            tables.ledger_payloads.c.seq.not_in(sa.select(tables.ledger.c.seq))
        )
        with self._reading() as connection:
            # Before the entries: a checkpoint that comes meanwhile must not name one that was not read.
            checkpoints = [_checkpoint(row) for row in connection.execute(_checkpoints()).mappings()]
            strays = list(connection.execute(stray).scalars())
            ordered = _with_private().order_by(tables.ledger.c.seq)
            rows = connection.execute(ordered, execution_options={"yield_per": _AT_ONCE}).mappings()
            yield Snapshot(records=map(_record, rows), checkpoints=checkpoints, strays=strays)

    # ------------------------------------------------------------------ checkpoints

    def newest_checkpoint(self) -> Checkpoint | None:
        """Return the last checkpoint, None before the first."""
        with self._reading() as connection:
            return _newest_checkpoint(connection)

    def add_checkpoint(self, make: Callable[[Entry, int], Checkpoint]) -> Checkpoint | None:
        """Put a checkpoint of the newest entry on record, or return the one that is; None without entries.

        Parameters
        ----------
        make
            Signs: given the newest entry and the checkpoint's number.

        Raises
        ------
        IntegrityError
            What was written since the last checkpoint does not hold: it is not signed.
        """
        with self._writing() as connection:
            entry, last = _newest(connection), _newest_checkpoint(connection)
            if entry is None or (last is not None and last.seq == entry.seq and last.head == entry.hash):
                return last
            _hold(connection, last, entry)
            made = make(entry, 1 if last is None else last.number + 1)
            values = {column.name: getattr(made, column.name) for column in tables.ledger_checkpoints.c}
            connection.execute(sa.insert(tables.ledger_checkpoints).values(values))
        return made

    # ------------------------------------------------------------------ private parts

    def private_parts(self, model: str, *, kinds: Sequence[str] = ()) -> list[tuple[int, str]]:
        """Return number and content of the private parts of a model's entries, and of all of these kinds."""
        ours = sa.or_(tables.ledger.c.model == model, tables.ledger.c.kind.in_(kinds))
        of_model = sa.select(tables.ledger.c.seq).where(ours)
        table = tables.ledger_payloads
        query = sa.select(table.c.seq, table.c.content).where(table.c.seq.in_(of_model)).order_by(table.c.seq)
        with self._reading() as connection:
            return [(row.seq, row.content) for row in connection.execute(query)]

    def erase(self, seqs: Sequence[int], *, actor: str, now: datetime) -> Entry | None:
        """Remove private parts, and put on record that they are gone; None where none of them is there.

        The chain holds as before: it has their salted digests only, and without the salt nobody can try out
        what a digest was of.
        """
        table = tables.ledger_payloads
        with self._writing() as connection:
            there = sa.select(table.c.seq).where(table.c.seq.in_(seqs)).order_by(table.c.seq)
            found = list(connection.execute(there).scalars())
            if not found:
                return None
            draft = Draft(kind=entries.ERASED, actor=actor, facts={"seqs": found})
            entry = append(connection, draft, now=now)
            connection.execute(sa.delete(table).where(table.c.seq.in_(found)))
        return entry


def append(connection: Connection, draft: Draft, *, now: datetime) -> Entry:
    """Put one entry on record, within the caller's transaction; it is there when that one ends well.

    Parameters
    ----------
    connection
        Of a transaction that began as a writer's: nobody else appends before it ends.
    now
        When it happened.

    Raises
    ------
    IntegrityError
        The last entry does not have the hash that it carries: nothing is built on it.
    InvalidInput
        The facts or the private part have no canonical form.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE")
    last = _newest(connection)
    if last is not None and entries.number_of(last, (last.seq,)) is None:
        raise _tampered(last.seq)
    private = None
    if draft.private is not None:
        content = canonical(draft.private).decode()
        private = Private(salt=token_hex(_SALT_BYTES), content=content)
    seq, prev = (1, entries.FIRST) if last is None else (last.seq + 1, last.hash)
    entry = entries.seal(draft, seq=seq, prev=prev, at=now, private=private)
    values = {column.name: getattr(entry, column.name) for column in tables.ledger.c}
    connection.execute(sa.insert(tables.ledger).values(values))
    if private is not None:
        row = {"seq": seq, "salt": private.salt, "content": private.content}
        connection.execute(sa.insert(tables.ledger_payloads).values(row))
    return entry


def _hold(connection: Connection, last: Checkpoint | None, newest: Entry) -> None:
    """Refuse to sign what does not follow from what was signed."""
    table = tables.ledger
    seq, prev = (1, entries.FIRST) if last is None else (last.seq + 1, last.head)
    ordered = sa.select(table).where(table.c.seq >= seq).order_by(table.c.seq)
    for row in connection.execute(ordered).mappings():
        entry = Entry(**row)
        if not entries.follows(entry, seq=seq, prev=prev):
            raise _tampered(seq)
        seq, prev = seq + 1, entry.hash
    if prev != newest.hash:
        raise _tampered(newest.seq)


def _tampered(seq: int) -> IntegrityError:
    return IntegrityError(
        f"Entry {seq} of the ledger was changed after it was written",
        hint="See trimtab ledger verify; nothing is signed or recorded until that is settled.",
    )


def _newest(connection: Connection) -> Entry | None:
    query = sa.select(tables.ledger).order_by(tables.ledger.c.seq.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Entry(**row)


def _checkpoints() -> sa.Select[tuple[object, ...]]:
    return sa.select(tables.ledger_checkpoints).order_by(tables.ledger_checkpoints.c.number)


def _newest_checkpoint(connection: Connection) -> Checkpoint | None:
    query = sa.select(tables.ledger_checkpoints).order_by(tables.ledger_checkpoints.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _checkpoint(row)


def _with_private() -> sa.Select[tuple[object, ...]]:
    table, private = tables.ledger, tables.ledger_payloads
    joined = table.outerjoin(private, private.c.seq == table.c.seq)
    return sa.select(table, private.c.salt, private.c.content).select_from(joined)


def _record(row: sa.RowMapping) -> Record:
    values = dict(row)
    salt, content = values.pop("salt"), values.pop("content")
    private = None if salt is None else Private(salt=salt, content=content)
    return Record(entry=Entry(**values), private=private)


def _checkpoint(row: sa.RowMapping) -> Checkpoint:
    return Checkpoint(**row)

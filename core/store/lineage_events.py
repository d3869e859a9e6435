"""OpenLineage events in the state store: as they came, and merged, so that nobody folds them all again.

Merging is a matter of keeping the greater: of what is said of one thing under one name, that of the later
event (of two at one time, that of the greater digest). It comes to the same in any order and however often.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.store import lineage_schema as tables
from core.store.ledger import Transaction

_AT_ONCE = 400
_AS_THEY_CAME = (tables.lineage_events, tables.lineage_refused)
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an event says of a thing under a name; ``value`` is JSON, ``at`` the event's time."""

    kind: str
    thing: str
    name: str
    at: str
    digest: str
    value: str

    @property
    def rank(self) -> tuple[str, str]:
        """What decides between two that speak of the same."""
        return self.at, self.digest


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Link:
    """That a run of a job read or wrote a data set (``way`` input or output); a job event names no run.

    A job that began another (``way`` began) is linked to that one instead.
    """

    job: str
    run: str
    data: str
    way: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, read; ``document`` is its canonical JSON, of which ``digest`` is the SHA-256."""

    digest: str
    at: str
    document: str
    said: tuple[Said, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What could not be used, and why."""

    digest: str
    reason: str
    document: str


class EventTable:
    """Keeps events; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def add(self, events: Sequence[Event], refused: Sequence[Refused] = (), *, at: datetime) -> int:
        """Keep events and what they say, all or none; return how many were not known before."""
        with self._writing() as connection:
            fresh = _unknown(connection, events)
            for part in _parts(fresh):
                rows = [
                    {"digest": one.digest, "event_time": one.at, "received_at": at, "document": one.document}
                    for one in part
                ]
                connection.execute(sa.insert(tables.lineage_events), rows)
            self._keep_greater(connection, newest(said for event in fresh for said in event.said))
            links = {link for event in fresh for link in event.links}
            for some in _parts(sorted(links)):
                insert = _insert(connection, tables.lineage_links).on_conflict_do_nothing()
                connection.execute(insert, [_row(one) for one in some])
            for wrong in _parts(refused):
                insert = _insert(connection, tables.lineage_refused).on_conflict_do_nothing()
                connection.execute(insert, [{**_row(one), "received_at": at} for one in wrong])
        return len(fresh)

    def _keep_greater(self, connection: sa.Connection, said: Sequence[Said]) -> None:
        table = tables.lineage_said
        for part in _parts(said):
            insert = _insert(connection, table)
            new = insert.excluded
            later = sa.or_(new.at > table.c.at, sa.and_(new.at == table.c.at, new.digest > table.c.digest))
            merged = insert.on_conflict_do_update(
                index_elements=[table.c.kind, table.c.thing, table.c.name],
                set_={"at": new.at, "digest": new.digest, "value": new.value},
                where=later,
            )
            connection.execute(merged, [_row(one) for one in part])

    def said(self, names: Collection[str], *, of_runs: Collection[str] = ()) -> list[Said]:
        """Return what is said under these names of data sets and jobs, and of runs under those ``of_runs``.

        In the order of kinds and things.
        """
        table = tables.lineage_said
        lasting = sa.and_(table.c.kind != "run", table.c.name.in_(list(names)))
        passing = sa.and_(table.c.kind == "run", table.c.name.in_(list(of_runs)))
        query = sa.select(table).where(sa.or_(lasting, passing))
        query = query.order_by(table.c.kind, table.c.thing, table.c.name)
        with self._reading() as connection:
            return [Said(**row) for row in connection.execute(query).mappings()]

    def links(self, *, runs: Collection[str] | None = None) -> list[Link]:
        """Return what jobs read and wrote, without their runs; or what these runs did, with them."""
        table = tables.lineage_links
        with self._reading() as connection:
            if runs is None:
                columns = table.c.job, sa.literal("").label("run"), table.c.data, table.c.way
                query = sa.select(*columns).distinct().order_by(table.c.job, table.c.data, table.c.way)
                return [Link(**row) for row in connection.execute(query).mappings()]
            found: list[Link] = []
            for part in _parts(sorted(runs)):
                named = sa.select(table).where(table.c.run.in_(part)).order_by(table.c.run, table.c.data)
                found += [Link(**row) for row in connection.execute(named).mappings()]
            return found

    def count(self) -> int:
        """Return how many different events came."""
        with self._reading() as connection:
            return int(
                connection.execute(sa.select(sa.func.count()).select_from(tables.lineage_events)).scalar_one()
            )

    def refused(self, *, limit: int = 1000) -> list[Refused]:
        """Return what could not be used, the newest first."""
        table = tables.lineage_refused
        query = sa.select(table.c.digest, table.c.reason, table.c.document)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(table.c.received_at.desc(), table.c.digest).limit(limit))
            return [Refused(**row) for row in rows.mappings()]

    def older(self, before: datetime) -> tuple[int, int, datetime | None]:
        """Return how many events came before a time, about their bytes, and when the oldest other came."""
        n, n_bytes, others = 0, 0, list[datetime]()
        with self._reading() as connection:
            for table in _AS_THEY_CAME:
                size = sa.func.coalesce(sa.func.sum(sa.func.length(table.c.document)), 0)
                old = sa.select(sa.func.count(), size).where(table.c.received_at < before)
                here, bytes_here = connection.execute(old).one()
                young = sa.select(sa.func.min(table.c.received_at)).where(table.c.received_at >= before)
                oldest = connection.execute(young).scalar_one()
                n, n_bytes = n + int(here), n_bytes + int(bytes_here)
                others += [] if oldest is None else [oldest]
        return n, n_bytes, min(others, default=None)

    def prune(self, before: datetime, *, lasting: Collection[str]) -> None:
        """Remove events as they came before a time; what they say under ``lasting`` names stays merged."""
        said, events = tables.lineage_said, tables.lineage_events
        passing = said.c.name.not_in(list(lasting)), said.c.digest.not_in(sa.select(events.c.digest))
        with self._writing() as connection:
            for table in _AS_THEY_CAME:
                connection.execute(sa.delete(table).where(table.c.received_at < before))
            connection.execute(sa.delete(said).where(*passing))


def newest(said: Iterable[Said]) -> list[Said]:
    """Return of what is said of one thing under one name the greatest, by time and digest."""
    kept: dict[tuple[str, str, str], Said] = {}
    for one in said:
        key = one.kind, one.thing, one.name
        known = kept.get(key)
        if known is None or one.rank > known.rank:
            kept[key] = one
    return list(kept.values())


def thing_of(namespace: str, name: str) -> str:
    """Return the key of a job or a data set: both parts, which can be told apart again.

    Examples
    --------
    >>> thing_of("postgres://dwh:5432", "core.payments")
    '["postgres://dwh:5432","core.payments"]'
    >>> parts_of(thing_of("a/b", "c"))
    ('a/b', 'c')
    """
    return json.dumps([namespace, name], separators=(",", ":"))


@lru_cache(maxsize=65_536)
def parts_of(thing: str) -> tuple[str, str]:
    """Return namespace and name of a job or a data set, by its key."""
    namespace, name = json.loads(thing)
    return str(namespace), str(name)


def _unknown(connection: sa.Connection, events: Sequence[Event]) -> list[Event]:
    """Return the events that are not kept yet, each once."""
    table, by_digest = tables.lineage_events, {one.digest: one for one in events}
    known = set[str]()
    for part in _parts(list(by_digest)):
        query = sa.select(table.c.digest).where(table.c.digest.in_(part))
        known |= set(connection.execute(query).scalars())
    return [one for digest, one in by_digest.items() if digest not in known]


def _parts(items: Sequence[Item]) -> Iterable[Sequence[Item]]:
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))


def _row(value: Said | Link | Refused) -> dict[str, object]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _insert(connection: sa.Connection, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert that can say what happens where a row is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)

"""The state store: monitors, batches received, incidents and the workspace's own settings.

Everything here is small and must never be lost or doubled: a transactional database with unique
keys, SQLite by default (write-ahead log, synchronous = FULL), PostgreSQL by URL.
"""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection, Engine

from core.domain import Incident, IncidentStatus
from core.errors import Conflict, NotFound, Unavailable
from core.receipts import IngestReceipt
from core.spec import Layout, MonitorSpec
from core.store import state_schema as tables
from core.store.alerts import AlertTable
from core.store.approvals import ApprovalTable
from core.store.candidates import CandidateTable
from core.store.evidence import EvidenceTable
from core.store.incident_rows import incident_of, row_of
from core.store.jobs import JobTable
from core.store.ledger import LedgerTable
from core.store.lineage import LineageTables
from core.store.monitors import MonitorTable, StoredMonitor
from core.store.pointers import PointerTable
from core.store.reasons import ReasonTable
from core.store.retrains import RetrainTable
from core.store.reviews import ReviewTable
from core.store.sessions import SessionTable
from core.store.sqlite_files import copy_database, scrub_database
from core.store.state_engine import make_engine, translated
from core.store.tokens import TokenTable
from core.store.validations import ValidationTable

_RECEIPT = TypeAdapter(IngestReceipt)


class StateStore:
    """Reads and writes the workspace's state; safe to use from several threads and processes.

    Its chapters are its attributes (``state.jobs``); each says what it is about.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._joined = threading.local()
        self._monitors = MonitorTable(self._reading, self._writing)
        self.jobs = JobTable(self._reading, self._writing)
        self.ledger = LedgerTable(self._reading, self._writing)
        self.pointers = PointerTable(self._reading, self._writing)
        self.approvals = ApprovalTable(self._reading, self._writing)
        self.validations = ValidationTable(self._reading, self._writing)
        self.tokens = TokenTable(self._reading, self._writing)
        self.sessions = SessionTable(self._reading, self._writing)
        self.retrains = RetrainTable(self._reading, self._writing)
        self.alerts = AlertTable(self._reading, self._writing)
        self.candidates = CandidateTable(self._reading, self._writing)
        self.reasons = ReasonTable(self._reading, self._writing)
        self.lineage = LineageTables(self._reading, self._writing)
        self.evidence = EvidenceTable(self._reading, self._writing)
        self.reviews = ReviewTable(self._reading, self._writing)

    @classmethod
    def open(cls, url: str | Path | None) -> "StateStore":
        """Open, or create, the store and bring its schema up to date.

        Parameters
        ----------
        url
            A database URL, or the path of an SQLite file; None for a store in memory.

        Raises
        ------
        Unavailable
            The database cannot be opened or is locked.
        Conflict
            A newer Trimtab wrote it.
        """
        engine = make_engine(url)
        store = cls(engine)
        with ExitStack() as undoing:
            undoing.callback(engine.dispose)
            with translated():
                tables.upgrade(engine, store._writable)
            undoing.pop_all()
        return store

    @classmethod
    def peek(cls, path: Path) -> "StateStore":
        """Open an SQLite store to be read only, whoever owns it; nothing is migrated.

        Raises
        ------
        Unavailable
            There is no such file.
        """
        if not path.is_file():
            raise Unavailable("The state store", f"there is no file {path}")
        return cls(make_engine(f"sqlite:///file:{quote(str(path))}?mode=ro&uri=true"))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def schema(self) -> str:
        """Return the store's Alembic revision."""
        return tables.HEAD

    def copy_to(self, target: Path) -> None:
        """Write a copy of the store, as it is now, to a new SQLite file.

        Raises
        ------
        Unavailable
            The store is not an SQLite file: its own database makes its backups.
        """
        copy_database(self._file(), target)

    def scrub(self) -> None:
        """Write the file anew, rid of what was deleted; other databases see to that themselves."""
        if self._engine.dialect.name == "sqlite" and self._engine.url.database:
            self._engine.dispose()
            scrub_database(self._file())

    def _file(self) -> Path:
        name = self._engine.url.database
        if self._engine.dialect.name != "sqlite" or name in {None, "", ":memory:"}:
            raise Unavailable("The state store", "it is not an SQLite file")
        return Path(str(name))

    # ------------------------------------------------------------------ monitors

    def save_monitor(self, spec: MonitorSpec, layout: Layout, *, now: datetime) -> StoredMonitor:
        """Store what to monitor of a model, replacing what was stored for it before."""
        return self._monitors.save(spec, layout, now=now)

    def monitor(self, model: str) -> StoredMonitor:
        """Return the monitor of a model, named bare or as registry/model.

        Raises
        ------
        NotFound
            No such model is monitored.
        Conflict
            The bare name is used in several registries.
        """
        return self._monitors.get(model)

    def list_monitors(self) -> list[StoredMonitor]:
        """Return all monitors, by registry and name."""
        return self._monitors.every()

    # ------------------------------------------------------------------ batches

    def batch(self, key: str, batch_key: str, *, digest: str) -> IngestReceipt | None:
        """Return the receipt of a batch that was acknowledged before, or None.

        Parameters
        ----------
        key
            The model's key.
        batch_key
            The sender's name of the batch.
        digest
            Digest of kind and content now sent under that name.

        Raises
        ------
        Conflict
            The name was used before for other content.
        """
        table = tables.batches
        query = sa.select(table.c.receipt, table.c.digest).where(
            table.c.model_key == key, table.c.batch_key == batch_key
        )
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.digest != digest:
            raise Conflict(
                f"The batch key '{batch_key}' was used before for other rows",
                hint="Give every batch a key of its own; send the same rows again under the same key.",
            )
        return _RECEIPT.validate_json(row.receipt)

    def record_batch(
        self, key: str, batch_key: str, receipt: IngestReceipt, *, kind: str, digest: str, now: datetime
    ) -> None:
        """Remember a batch's receipt; the first one recorded under a key stays."""
        table = tables.batches
        known = sa.select(table.c.batch_key).where(table.c.model_key == key, table.c.batch_key == batch_key)
        with self._writing() as connection:
            if connection.execute(known).one_or_none() is not None:
                return
            row = {
                "model_key": key,
                "batch_key": batch_key,
                "kind": kind,
                "digest": digest,
                "receipt": _RECEIPT.dump_json(receipt).decode(),
                "received_at": now,
            }
            connection.execute(sa.insert(table).values(row))

    # ------------------------------------------------------------------ incidents

    def incidents(self, model: str | None = None) -> list[Incident]:
        """Return the incidents of one model, or all, oldest first."""
        table = tables.incidents
        query = sa.select(table).order_by(table.c.opened_at, table.c.id)
        if model is not None:
            query = query.where(table.c.model == model)
        with self._reading() as connection:
            return [incident_of(row) for row in connection.execute(query).mappings()]

    def incidents_of_models(self, models: Collection[str]) -> dict[str, list[Incident]]:
        """Return the incidents of some models by name, oldest first; names without one are left out."""
        table = tables.incidents
        query = sa.select(table).where(table.c.model.in_(set(models))).order_by(table.c.opened_at, table.c.id)
        found: dict[str, list[Incident]] = defaultdict(list)
        with self._reading() as connection:
            for row in connection.execute(query).mappings():
                found[row["model"]].append(incident_of(row))
        return found

    def incidents_calling(self, known: Iterable[str] = ()) -> list[Incident]:
        """Return the incidents that are not resolved, or ``known`` by id, each with its lead and parts."""
        table = tables.incidents
        still = sa.select(table).where(table.c.status != IncidentStatus.RESOLVED.value)
        with self._reading() as connection:
            found = [incident_of(row) for row in connection.execute(still).mappings()]
            leads = list({one.part_of or one.id for one in found} | set(known))
            wanted = sa.or_(table.c.id.in_(leads), table.c.part_of.in_(leads))
            query = sa.select(table).where(wanted).order_by(table.c.opened_at, table.c.id)
            return [incident_of(row) for row in connection.execute(query).mappings()]

    def incidents_of(self, rule: str) -> list[Incident]:
        """Return all models' incidents of one kind, oldest first."""
        table = tables.incidents
        query = sa.select(table).where(table.c.rule == rule).order_by(table.c.opened_at, table.c.id)
        with self._reading() as connection:
            return [incident_of(row) for row in connection.execute(query).mappings()]

    def incidents_around(self, rule: str, since: datetime, until: datetime) -> list[Incident]:
        """Return all models' incidents of one kind that opened in a span of event time, and their leads.

        A lead is what others are part of; it is among them whenever it opened.
        """
        table = tables.incidents
        query = sa.select(table).where(table.c.rule == rule, table.c.opened_at.between(since, until))
        with self._reading() as connection:
            found = {row["id"]: incident_of(row) for row in connection.execute(query).mappings()}
            leads = {one.part_of for one in found.values() if one.part_of} - found.keys()
            wanted = sa.select(table).where(sa.or_(table.c.id.in_(leads), table.c.part_of.in_(leads)))
            found |= {row["id"]: incident_of(row) for row in connection.execute(wanted).mappings()}
        return list(found.values())

    def parts_of(self, identity: str) -> list[Incident]:
        """Return the incidents of other models that are part of one, oldest first."""
        table = tables.incidents
        query = sa.select(table).where(table.c.part_of == identity).order_by(table.c.opened_at, table.c.id)
        with self._reading() as connection:
            return [incident_of(row) for row in connection.execute(query).mappings()]

    def incident(self, identity: str) -> Incident:
        """Return one incident.

        Raises
        ------
        NotFound
            There is none with this id.
        """
        table = tables.incidents
        with self._reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == identity)).mappings().one_or_none()
        if row is None:
            raise NotFound("incident", identity)
        return incident_of(row)

    def save_incidents(self, incidents: Sequence[Incident]) -> None:
        """Store these incidents, all or none, replacing those with the same id."""
        table = tables.incidents
        with self._writing() as connection:
            for incident in incidents:
                connection.execute(sa.delete(table).where(table.c.id == incident.id))
                connection.execute(sa.insert(table).values(row_of(incident)))

    # ------------------------------------------------------------------ settings

    def setting(self, name: str) -> str | None:
        """Return a value of the workspace's own by name, or None."""
        query = sa.select(tables.meta.c.value).where(tables.meta.c.name == name)
        with self._reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    def settings(self, names: Sequence[str]) -> dict[str, str]:
        """Return values of the workspace's own by name; names that have none are left out."""
        query = sa.select(tables.meta.c.name, tables.meta.c.value).where(tables.meta.c.name.in_(names))
        with self._reading() as connection:
            return {row.name: row.value for row in connection.execute(query)}

    def save_setting(self, name: str, value: str) -> None:
        """Store a value of the workspace's own under a name."""
        table = tables.meta
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(table.c.name == name))
            connection.execute(sa.insert(table).values(name=name, value=value))

    # ------------------------------------------------------------------ transactions

    @contextmanager
    def together(self) -> Iterator[Connection]:
        """Make one transaction of all that this thread reads and writes in the block: all of it or nothing.

        It begins as a writer's, so that what is read in it cannot change before it ends. Within another
        such block it is a part of that one.
        """
        held: Connection | None = getattr(self._joined, "connection", None)
        if held is not None:
            yield held
            return
        with translated(), self._writable() as connection, connection.begin():
            self._joined.connection = connection
            try:
                yield connection
            finally:
                self._joined.connection = None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        held: Connection | None = getattr(self._joined, "connection", None)
        if held is not None:
            yield held
            return
        with translated(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.together() as connection:
            yield connection

    def _writable(self) -> Connection:
        return self._engine.connect().execution_options(trimtab_writes=True)

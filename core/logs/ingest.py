"""Predictions and labels in, each counted once, whatever is sent again and wherever it was cut off.

Everything that one file changes happens in one transaction of the analytics store: acknowledged means
committed. A batch key is remembered after that; a crash between the two makes a repeated batch come
out as duplicates, never as rows counted twice.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal

from core.logs.columns import names_in
from core.logs.contract import Contract, known_columns, labels_contract, predictions_contract
from core.logs.ids import HASH, arrivals_of, hash_of
from core.logs.layout import physical_columns
from core.logs.notices import absent_columns, filled, stored_names
from core.logs.relation import Source
from core.logs.source import open_source
from core.logs.staging import Staged, described_faults, stage
from core.logs.upload import Upload
from core.receipts import IngestReceipt, Notice
from core.spec import Layout
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, pruned, statement

Kind = Literal["predictions", "labels"]
# Rows of a JSON file whose keys are looked at; what has a value in a later row has come anyhow.
_KEYED_ROWS = 1_000
_log = logging.getLogger("trimtab.ingest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One file on its way in: whose, which kind, when, and the arrival number of its first row."""

    monitor: StoredMonitor
    kind: Kind
    now: datetime
    arrival: int
    first_rowid: int

    @property
    def id(self) -> str:
        """Return the batch's name in the store: the arrival number at which it begins."""
        return f"{self.monitor.key}.{self.arrival}"

    @property
    def parameters(self) -> dict[str, object]:
        """Return what the statements about this batch have in common."""
        return {"offset": self.arrival - self.first_rowid, "batch": self.id}


def ingest_predictions(
    store: AnalyticsStore,
    state: StateStore,
    monitor: StoredMonitor,
    upload: Upload,
    *,
    batch_key: str | None = None,
    now: datetime,
) -> IngestReceipt:
    """Store prediction rows, and the labels that stand beside them.

    A row is known by its id, else by its content and how often that came before in the file: a row
    whose id is already stored is a duplicate and changes nothing, but fills in a label that was still
    missing. The first of several rows with one id wins.

    Parameters
    ----------
    store, state
        The two stores.
    monitor
        The model; its tables exist and its features are known.
    upload
        The file.
    batch_key
        The sender's name of this batch: sent again, the first receipt is given back.
    now
        Aware UTC.

    Returns
    -------
    IngestReceipt
        accepted + quarantined + duplicate = rows sent; on disk when this returns.

    Raises
    ------
    InvalidInput
        The file cannot be read as a whole; nothing was stored.
    Conflict
        The batch key was used before for other content.
    """
    return _ingest(store, state, monitor, upload, "predictions", batch_key, now)


def ingest_labels(
    store: AnalyticsStore,
    state: StateStore,
    monitor: StoredMonitor,
    upload: Upload,
    *,
    batch_key: str | None = None,
    now: datetime,
) -> IngestReceipt:
    """Store late labels, which join their rows by id, now or when the row comes.

    A label equal to the one that holds is a duplicate; another value is a correction and holds from
    now on. The first of several labels with one id in a file wins. Parameters, result and errors as
    for :func:`ingest_predictions`; ``InvalidInput`` also where the spec has no id or label column.
    """
    return _ingest(store, state, monitor, upload, "labels", batch_key, now)


def _ingest(
    store: AnalyticsStore,
    state: StateStore,
    monitor: StoredMonitor,
    upload: Upload,
    kind: Kind,
    batch_key: str | None,
    now: datetime,
) -> IngestReceipt:
    digest = sha256(f"{kind}:{upload.digest()}".encode()).hexdigest()[:32] if batch_key else ""
    if batch_key:
        receipt = state.batch(monitor.key, batch_key, digest=digest)
        if receipt is not None:
            return receipt
    with store.writing() as cursor, open_source(cursor, upload, known_columns(monitor.spec)) as source:
        staged = stage(cursor, source, contract_for(cursor, kind, monitor, source, now))
        batch = begin(cursor, monitor, kind, staged, now)
        receipt = settle(cursor, batch, staged)
        names = filled(cursor, monitor, staged) if source.open_ended else set(source.columns)
        cursor.execute(
            statement("quarantine_staged"),
            {
                **described_faults(staged),
                "key": monitor.key,
                "kind": kind,
                "batch": batch.id,
                "now": naive(now),
            },
        )
    if kind == "predictions":
        receipt = replace(receipt, notices=_notices(store, monitor, upload, names))
    if batch_key:
        state.record_batch(monitor.key, batch_key, receipt, kind=kind, digest=digest, now=now)
    _log.info(
        "ingest.%s model=%s accepted=%d quarantined=%d duplicate=%d",
        kind, monitor.name, receipt.accepted, receipt.quarantined, receipt.duplicate,
    )  # fmt: skip
    return receipt


def _notices(
    store: AnalyticsStore, monitor: StoredMonitor, upload: Upload, names: set[str]
) -> tuple[Notice, ...]:
    """Say which columns of the spec are not in a file; a JSON file is asked for its keys where in doubt."""
    if upload.format in ("json", "jsonl") and not names.issuperset(stored_names(monitor)):
        with store.reading() as cursor:
            names = names | set(names_in(cursor, upload, at_most=_KEYED_ROWS))
    return absent_columns(monitor.spec, names, kind="rows") if names else ()


def contract_for(
    cursor: Cursor, kind: Kind, monitor: StoredMonitor, source: Source, now: datetime
) -> Contract:
    """Return the contract of one kind of rows.

    Raises
    ------
    InvalidInput
        The file lacks a column that every row needs.
    """
    if kind == "labels":
        return labels_contract(monitor.spec, monitor.layout, source, now=now)
    before = pruned.read(cursor, monitor.key).before
    return predictions_contract(monitor.spec, monitor.layout, source, now=now, pruned_before=before)


def begin(cursor: Cursor, monitor: StoredMonitor, kind: Kind, staged: Staged, now: datetime) -> Batch:
    """Reserve an arrival number for every row sent, so that no two batches begin with the same one."""
    found = cursor.execute("SELECT arrival FROM model_state WHERE model_key = ?", [monitor.key]).fetchone()
    last = 0 if found is None else int(found[0])
    cursor.execute(
        "UPDATE model_state SET arrival = ? WHERE model_key = ?", [last + staged.n_sent, monitor.key]
    )
    return Batch(monitor=monitor, kind=kind, now=now, arrival=last + 1, first_rowid=staged.first_rowid)


def settle(cursor: Cursor, batch: Batch, staged: Staged) -> IngestReceipt:
    """Move the usable staged rows to where they belong and count what became of all."""
    settlers: dict[Kind, Callable[[Cursor, Batch, Staged], int]] = {
        "predictions": _settle_predictions,
        "labels": _settle_labels,
    }
    accepted = settlers[batch.kind](cursor, batch, staged)
    return IngestReceipt(
        accepted=accepted,
        quarantined=staged.n_faulty,
        duplicate=staged.n_sent - staged.n_faulty - accepted,
        reasons=staged.reasons(),
    )


def _settle_predictions(cursor: Cursor, batch: Batch, staged: Staged) -> int:
    layout, spec = batch.monitor.layout, batch.monitor.spec
    if spec.columns.id is None:
        _number_equal_rows(cursor)
    conditions = usable(cursor, staged)
    known = _lines(
        cursor,
        "known",
        f"SELECT s.rowid AS line FROM staged s SEMI JOIN ({_held(cursor, layout.rows)}) r"
        f" ON r.row_id = s.row_id WHERE s.fault IS NULL",
    )
    fresh = [*conditions, "rowid NOT IN (FROM known)"] if known else conditions
    roles = ", ".join(stored_columns(layout, staged))
    (accepted,) = cursor.execute(
        f"INSERT INTO {layout.rows} (row_id, {HASH}, event_at, arrival, batch_id, {roles})"
        f" SELECT row_id, {hash_of('row_id')}, event_at, $offset + rowid, $batch, {roles} FROM staged"
        f" WHERE {_all(fresh)}",
        batch.parameters,
    ).fetchone() or (0,)
    if spec.columns.label is not None:
        wanted = [*conditions, "label IS NOT NULL"]
        if known:
            labelled = f"SELECT row_id FROM ({_held(cursor, layout.labels)})"
            wanted += [f"(rowid NOT IN (FROM known) OR row_id NOT IN ({labelled}))"]
        _insert_labels(cursor, batch, staged, wanted)
    if accepted and spec.reference.first is None:
        _set_origin(cursor, batch, _all(fresh))
    return int(accepted)


def stored_columns(layout: Layout, staged: Staged) -> list[str]:
    """Return the physical columns that are filled; those that only an earlier spec had stay null."""
    return [name for name in physical_columns(layout) if name in staged.contract.values]


def _settle_labels(cursor: Cursor, batch: Batch, staged: Staged) -> int:
    layout = batch.monitor.layout
    conditions = usable(cursor, staged)
    held = f"SELECT row_id, arg_max(label, arrival) AS label FROM ({_held(cursor, layout.labels)})"
    held += " GROUP BY row_id"
    known = _lines(
        cursor,
        "known",
        f"SELECT s.rowid AS line FROM staged s SEMI JOIN ({held}) held"
        f" ON held.row_id = s.row_id AND held.label = s.label WHERE s.fault IS NULL",
    )
    fresh = [*conditions, "rowid NOT IN (FROM known)"] if known else conditions
    return _insert_labels(cursor, batch, staged, fresh)


def _insert_labels(cursor: Cursor, batch: Batch, staged: Staged, conditions: list[str]) -> int:
    """Store the staged labels on which conditions hold; return how many they are."""
    # When a label came to be known: when its row says so, else when it was received.
    at = "coalesce(labelled_at, $now)" if "labelled_at" in staged.contract.values else "$now"
    (n,) = cursor.execute(
        f"INSERT INTO {batch.monitor.layout.labels} (row_id, {HASH}, label, arrival, batch_id, labelled_at)"
        f" SELECT row_id, {hash_of('row_id')}, label, $offset + rowid, $batch, {at} FROM staged"
        f" WHERE {_all(conditions)}",
        {**batch.parameters, "now": naive(batch.now)},
    ).fetchone() or (0,)
    return int(n)


def _held(cursor: Cursor, table: str) -> str:
    """Return the FROM of those stored rows or labels whose ids may be among the staged ones."""
    _lines(cursor, "candidates", arrivals_of(table, "FROM staged WHERE fault IS NULL"))
    # Which stretches of the table are read follows from the arrivals: mostly none.
    return f"FROM {table} WHERE arrival IN (FROM candidates)"


def usable(cursor: Cursor, staged: Staged) -> list[str]:
    """Return the conditions under which a staged row counts: no fault, first of its id in the file.

    Conditions that exclude nothing are left out: on the common, clean file they cost as much as all
    the rest.
    """
    several = "SELECT row_id FROM staged WHERE fault IS NULL GROUP BY row_id HAVING count(*) > 1"
    repeated = _lines(
        cursor,
        "repeated",
        f"SELECT line FROM (SELECT rowid AS line,"
        f" row_number() OVER (PARTITION BY row_id ORDER BY rowid) AS place FROM staged"
        f" WHERE fault IS NULL AND row_id IN ({several})) WHERE place > 1",
    )
    conditions = ["fault IS NULL"] if staged.faults else []
    return [*conditions, "rowid NOT IN (FROM repeated)"] if repeated else conditions


def _lines(cursor: Cursor, table: str, query: str) -> int:
    """Keep the lines that a query gives in a temporary table; return how many they are."""
    (n,) = cursor.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}").fetchone() or (0,)
    return int(n)


def _all(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "true"


def _number_equal_rows(cursor: Cursor) -> None:
    """Tell equal rows of one file apart by their occurrence: the first keeps the bare content hash."""
    several = "SELECT row_id FROM staged WHERE fault IS NULL GROUP BY row_id HAVING count(*) > 1"
    cursor.execute(
        f"UPDATE staged SET row_id = staged.row_id || '-' || later.occurrence"
        f" FROM (SELECT rowid AS line, row_number() OVER (PARTITION BY row_id ORDER BY rowid) AS occurrence"
        f" FROM staged WHERE fault IS NULL AND row_id IN ({several})) later"
        f" WHERE staged.rowid = later.line AND later.occurrence > 1"
    )


def _set_origin(cursor: Cursor, batch: Batch, fresh: str) -> None:
    """Let window 0 begin with the first ingested batch."""
    cursor.execute(
        f"UPDATE model_state SET origin = (SELECT min(event_at) FROM staged WHERE {fresh}), origin_set = true"
        f" WHERE model_key = $key AND NOT origin_set",
        {"key": batch.monitor.key},
    )


def naive(at: datetime) -> datetime:
    """Return a UTC time without its zone, as DuckDB's TIMESTAMP holds it."""
    return at.astimezone(UTC).replace(tzinfo=None)

"""Rows that could not be used: listed with field, reason and remedy, and tried again."""

from datetime import UTC, datetime

from core.logs.contract import known_columns
from core.logs.ingest import Kind, begin, contract_for, naive, settle
from core.logs.relation import json_source
from core.logs.staging import described_faults, stage
from core.receipts import IngestReceipt, QuarantinedRow
from core.store import AnalyticsStore, Cursor, StoredMonitor, statement

_EVERY = 1 << 62
_KINDS: tuple[Kind, ...] = ("predictions", "labels")


def quarantined(store: AnalyticsStore, key: str, limit: int | None = None) -> list[QuarantinedRow]:
    """Return the rows of a model that wait in quarantine, in the order in which they came.

    Parameters
    ----------
    store
        The analytics store.
    key
        The model's key.
    limit
        At most so many rows; all if not given.
    """
    with store.reading() as cursor:
        found = cursor.execute(
            statement("quarantine_open"), {"key": key, "limit": _EVERY if limit is None else limit}
        ).fetchall()
    return [
        QuarantinedRow(
            id=identity,
            kind=kind,
            received_at=received_at.replace(tzinfo=UTC),
            field=field,
            reason=reason,
            remedy=remedy,
            row=row,
        )
        for identity, kind, received_at, field, reason, remedy, row in found
    ]


def retry_quarantine(store: AnalyticsStore, monitor: StoredMonitor, *, now: datetime) -> IngestReceipt:
    """Try all quarantined predictions and labels of a model again, under its present spec.

    Rows that can be used now are ingested, and marked as resolved; so are those whose id has come in
    by another way meanwhile, which count as duplicates. The others stay, with what is wrong with them
    now. Rows that could not even be split into columns, and rows of reference files, stay as they are.

    Parameters
    ----------
    store
        The analytics store.
    monitor
        The model, with the spec and layout that now hold.
    now
        Aware UTC.

    Returns
    -------
    IngestReceipt
        accepted + quarantined + duplicate = the predictions and labels that were waiting.
    """
    with store.writing() as cursor:
        receipts = [_retry(cursor, monitor, kind, now) for kind in _KINDS]
    reasons: dict[str, int] = {}
    for receipt in receipts:
        for field, n in receipt.reasons.items():
            reasons[field] = reasons.get(field, 0) + n
    return IngestReceipt(
        accepted=sum(receipt.accepted for receipt in receipts),
        quarantined=sum(receipt.quarantined for receipt in receipts),
        duplicate=sum(receipt.duplicate for receipt in receipts),
        reasons=reasons,
    )


def _retry(cursor: Cursor, monitor: StoredMonitor, kind: Kind, now: datetime) -> IngestReceipt:
    of_model = {"key": monitor.key, "kind": kind}
    waiting = "model_key = $key AND kind = $kind AND resolved_at IS NULL"
    (hopeless,) = cursor.execute(
        f"SELECT count(*) FROM quarantine WHERE {waiting} AND field = 'row'", of_model
    ).fetchone() or (0,)
    (n,) = cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE retried AS"
        f" SELECT id, content, row_id, row_number() OVER (ORDER BY received_at, batch_id, line) - 1 AS place"
        f" FROM quarantine WHERE {waiting} AND field <> 'row'",
        of_model,
    ).fetchone() or (0,)
    still = {"row": hopeless} if hopeless else {}
    if not n:
        return IngestReceipt(accepted=0, quarantined=hopeless, duplicate=0, reasons=still)
    # What was not UTF-8 is still not the text that was meant, whatever the spec now says.
    source = json_source(
        "The quarantine",
        "SELECT content AS line, row_id AS known_as FROM retried ORDER BY place",
        known_columns(monitor.spec),
        identity="coalesce(known_as, md5(line))",
        repaired=True,
    )
    staged = stage(cursor, source, contract_for(cursor, kind, monitor, source, now))
    batch = begin(cursor, monitor, kind, staged, now)
    receipt = settle(cursor, batch, staged)
    faults = described_faults(staged)
    cursor.execute(
        statement("quarantine_retried"),
        {
            "now": naive(now),
            **{name: faults[name] for name in ("fields", "reasons", "remedies", "first_rowid")},
        },
    )
    return IngestReceipt(
        accepted=receipt.accepted,
        quarantined=receipt.quarantined + hopeless,
        duplicate=receipt.duplicate,
        reasons={**receipt.reasons, **still},
    )

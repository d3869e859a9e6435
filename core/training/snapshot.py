"""The rows that a training learns from, as one Parquet file: the reference's, and fresh labelled ones.

Fresh are ingested rows whose label is known and *mature*: their event lies at least the label delay before
the newest event. Where bad outcomes show first (a default comes before the last instalment), younger labels
would teach the model that most outcomes are bad.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.children.candidate import EVENT_AT, FRESH, GROUP
from core.errors import Conflict
from core.profiles.relation import (
    Relation,
    all_rows,
    has_time,
    labelled,
    reference_rows,
    stored,
    utc,
    watched,
)
from core.spec import MonitorSpec
from core.store import Cursor, StoredMonitor
from core.validation.rows import decides_from

MOST_ROWS = 1_000_000
"""Of more rows the newest are taken; the receipt says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Labelled rows that could be trained on: fresh ones, and of these those with the rarest label."""

    n_fresh: int
    n_rarest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What was written: rows by origin, whether older ones were left out, and the file's SHA-256."""

    n_reference: int
    n_fresh: int
    cut: bool
    digest: str


def data_name(model: str, retrain: str) -> str:
    """Return the name of the data set that a retraining's snapshot is, by the retraining's id."""
    return f"{model}-snapshot-{retrain}"


def counted(cursor: Cursor, monitor: StoredMonitor) -> Counted:
    """Return how many rows there are to train on."""
    _, fresh = _sides(cursor, monitor)
    counts = f"SELECT count(*) AS n FROM ({fresh.select(['label'])}) GROUP BY label"
    query = f"SELECT coalesce(sum(n), 0)::BIGINT, coalesce(min(n), 0) FROM ({counts})"
    ((n_fresh, n_rarest),) = cursor.execute(query, dict(fresh.parameters)).fetchall()
    return Counted(n_fresh=n_fresh, n_rarest=n_rarest)


def decided_from(cursor: Cursor, monitor: StoredMonitor) -> float | None:
    """Return the score from which production decides for the positive class, by its fresh labelled rows."""
    _, fresh = _sides(cursor, monitor)
    return decides_from(cursor, fresh, monitor.layout, monitor.spec)


def write(cursor: Cursor, monitor: StoredMonitor, file: Path, *, by: str | None = None) -> Snapshot:
    """Write the rows in order of their events, with the model's own column names; the file is there whole.

    Parameters
    ----------
    by
        A sensitive column that goes with them. What trains without looking at groups is not given any.

    Raises
    ------
    Conflict
        The spec names no label.
    """
    columns = _columns(monitor)
    if by is not None:
        columns |= {GROUP + by: watched(monitor.layout, monitor.spec).sensitive[by]}
    tables = []
    for side, is_fresh in zip(_sides(cursor, monitor), (False, True), strict=True):
        physical = list(dict.fromkeys(columns.values()))
        listed = ", ".join(["event_at", *physical])
        select = side.select(["event_at", "arrival", *physical])
        newest = f"SELECT * FROM ({select}) ORDER BY event_at DESC NULLS LAST, arrival DESC LIMIT {MOST_ROWS}"
        query = f"SELECT {listed} FROM ({newest}) ORDER BY event_at NULLS FIRST, arrival"
        table = cursor.execute(query, dict(side.parameters)).to_arrow_table()
        named = table.select(["event_at", *columns.values()]).rename_columns([EVENT_AT, *columns])
        tables.append(named.append_column(FRESH, pa.array([is_fresh] * len(named), pa.bool_())))
    reference, fresh = tables
    room = max(0, MOST_ROWS - len(fresh))
    cut = len(reference) > room or len(fresh) == MOST_ROWS
    whole = pa.concat_tables([reference.slice(max(0, len(reference) - room)), fresh])
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    pq.write_table(whole, part)
    with part.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    part.replace(file)
    return Snapshot(n_reference=len(whole) - len(fresh), n_fresh=len(fresh), cut=cut, digest=digest)


def _columns(monitor: StoredMonitor) -> dict[str, str]:
    """Return column name → physical column: the features and the label."""
    label = monitor.spec.columns.label
    if label is None:
        raise Conflict(f"The spec of {monitor.spec.model} names no label", hint="Name columns.label in it.")
    layout = watched(monitor.layout, monitor.spec)
    features = {**layout.numeric, **layout.categorical}
    return {**{name: at for name, at in features.items() if name != label}, label: "label"}


def _sides(cursor: Cursor, monitor: StoredMonitor) -> tuple[Relation, Relation]:
    """Return the labelled rows of the reference, and the fresh ones."""
    layout, spec = monitor.layout, monitor.spec
    reference = reference_rows(layout, spec, None)
    fresh = labelled(layout, all_rows(layout, spec), narrow=False)
    mature = _mature_until(cursor, monitor)
    if mature is not None:
        fresh = fresh.only("r.event_at <= $mature", mature=stored(mature))
    return reference.only(f"{reference.label} IS NOT NULL"), fresh.only(f"{fresh.label} IS NOT NULL")


def _mature_until(cursor: Cursor, monitor: StoredMonitor) -> datetime | None:
    """Return the latest event whose label must be known by now; None where rows carry no times."""
    spec: MonitorSpec = monitor.spec
    if not has_time(spec):
        return None
    (found,) = cursor.execute(f"SELECT max(event_at) FROM {monitor.layout.rows}").fetchall()
    newest = utc(found[0])
    return None if newest is None else newest - spec.label_delay

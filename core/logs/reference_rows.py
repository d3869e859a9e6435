"""The reference's rows: kept apart from ingested rows, from a file or from the stream's first period."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.errors import InvalidInput, Problem
from core.logs.conditions import matching
from core.logs.contract import known_columns, predictions_contract
from core.logs.ingest import naive, stored_columns
from core.logs.layout import physical_columns
from core.logs.relation import Source
from core.logs.source import open_source
from core.logs.staging import Staged, described_faults, stage
from core.logs.upload import Upload
from core.spec import MonitorSpec
from core.store import AnalyticsStore, Cursor, StoredMonitor, pruned, statement

_KIND = "reference"


def pin_reference_rows(cursor: Cursor, monitor: StoredMonitor, upload: Upload, *, now: datetime) -> int:
    """Make a file's rows, or those that the spec's reference rule chooses, the model's reference rows.

    They replace the reference rows so far and never touch ingested rows; ids and times may be absent
    and ids may repeat. Rows that cannot be used go to quarantine with the kind "reference". With
    ``first:`` window 0 begins where that stretch of the file ends.

    Parameters
    ----------
    cursor
        Inside a writing transaction; the model's tables exist.
    monitor
        The model.
    upload
        The file.
    now
        Aware UTC.

    Returns
    -------
    int
        Reference rows now stored, at least one.

    Raises
    ------
    InvalidInput
        The file cannot be read, lacks a column that the rule needs, or holds no usable row for it.
    """
    spec, layout = monitor.spec, monitor.layout
    with open_source(cursor, upload, known_columns(spec)) as source:
        chosen = chosen_rows(source, spec)
        contract = predictions_contract(spec, layout, chosen, now=now, strict=False)
        staged = stage(cursor, chosen, contract)
        end = first_end(cursor, spec.reference.first, source.name)
        roles = ", ".join([*stored_columns(layout, staged), "label"])
        inside = " AND ".join(
            ["fault IS NULL" if staged.faults else "true", "true" if end is None else "event_at < $end"]
        )
        cursor.execute(f"DELETE FROM {layout.reference}")
        (n,) = cursor.execute(
            f"INSERT INTO {layout.reference} (row_id, event_at, arrival, {roles})"
            f" SELECT row_id, event_at, 1 + rowid - $first_rowid, {roles} FROM staged WHERE {inside}",
            {"first_rowid": staged.first_rowid} | ({} if end is None else {"end": end}),
        ).fetchone() or (0,)
        if not n:
            raise refuse_no_rows(source.name, spec, staged)
        _quarantine(cursor, monitor, staged, now)
        _place_origin(cursor, monitor, end)
    return int(n)


def forget_reference_rows(cursor: Cursor, monitor: StoredMonitor) -> None:
    """Remove a model's reference rows: its stream's first period is to serve, counted from its beginning."""
    cursor.execute(f"DELETE FROM {monitor.layout.reference}")
    cursor.execute(
        "UPDATE model_state SET origin = NULL, origin_set = false WHERE model_key = ?", [monitor.key]
    )


def pin_first_period(store: AnalyticsStore, monitor: StoredMonitor) -> int:
    """Make the stream's own first period its reference, once the stream has passed its end.

    Does something once, where the spec says ``first:`` and no reference file was given: the rows of
    that period, with the labels known by then, are copied to the reference, and window 0 begins at its
    end. They stay ingested rows too, before window 0 and not judged.

    Returns
    -------
    int
        Reference rows now stored; 0 where nothing was due.
    """
    first, layout = monitor.spec.reference.first, monitor.layout
    if first is None:
        return 0
    with store.writing() as cursor:
        state = cursor.execute(
            f"SELECT any_value(origin_set), min(event_at), max(event_at) FROM {layout.rows},"
            f" (SELECT origin_set FROM model_state WHERE model_key = ?)",
            [monitor.key],
        ).fetchone()
        if state is None or state[0] or state[1] is None or state[2] < state[1] + first:
            return 0
        end = state[1] + first
        roles = ", ".join(physical_columns(layout))
        labels = f"SELECT row_id, arg_max(label, arrival) AS label FROM {layout.labels} GROUP BY row_id"
        cursor.execute(f"DELETE FROM {layout.reference}")
        (n,) = cursor.execute(
            f"INSERT INTO {layout.reference} (row_id, event_at, arrival, batch_id, {roles}, label)"
            f" SELECT row_id, event_at, arrival, batch_id, {roles}, label"
            f" FROM {layout.rows} LEFT JOIN ({labels}) USING (row_id) WHERE event_at < ?",
            [end],
        ).fetchone() or (0,)
        _place_origin(cursor, monitor, end)
    return int(n)


def chosen_rows(source: Source, spec: MonitorSpec) -> Source:
    """Return the source's rows that match the reference's ``where``."""
    if not spec.reference.where:
        return source
    inside, parameters = matching(spec.reference.where, source, spec, "reference.where")
    return replace(
        source,
        relation=f"(SELECT * FROM {source.relation} WHERE {inside})",
        parameters={**source.parameters, **parameters},
    )


def first_end(cursor: Cursor, first: timedelta | None, name: str) -> datetime | None:
    """Return where the staged rows' leading period ends, naive UTC; None where none is asked for."""
    if first is None:
        return None
    (start,) = cursor.execute("SELECT min(event_at) FROM staged WHERE fault IS NULL").fetchone() or (None,)
    if start is None:
        message = "no row has an event time"
        problem = Problem(
            field="reference.first", message=message, remedy="add columns.timestamp to the file"
        )
        raise InvalidInput(name, [problem])
    end: datetime = start + first
    return end


def refuse_no_rows(name: str, spec: MonitorSpec, staged: Staged) -> InvalidInput:
    """Return the error for a file that gives no reference rows: which of its rows cannot be used, and why."""
    return InvalidInput(name, _no_rows(spec, staged))


def _no_rows(spec: MonitorSpec, staged: Staged) -> list[Problem]:
    if not staged.n_sent:
        remedy = "it matches no row of the file" if spec.reference.where else "send at least one row"
        field = "reference.where" if spec.reference.where else "file"
        return [Problem(field=field, message="gives no reference rows", remedy=remedy)]
    faults = [(staged.contract.faults[number - 1], n) for number, n in staged.faults.items()]
    problems = [
        Problem(field=fault.field, message=f"{fault.reason}, in {n} rows", remedy=fault.remedy)
        for fault, n in faults
    ]
    if staged.malformed:
        message = f"{staged.malformed[0][1]}, in {len(staged.malformed)} rows"
        problems.append(Problem(field="row", message=message, remedy="check delimiters and quotes"))
    return problems


def _quarantine(cursor: Cursor, monitor: StoredMonitor, staged: Staged, now: datetime) -> None:
    """List the unusable rows of this reference file instead of those of the one before."""
    cursor.execute("DELETE FROM quarantine WHERE model_key = ? AND kind = ?", [monitor.key, _KIND])
    cursor.execute(
        statement("quarantine_staged"),
        {
            **described_faults(staged),
            "key": monitor.key,
            "kind": _KIND,
            "batch": f"{monitor.key}.{_KIND}",
            "now": naive(now),
        },
    )


def _place_origin(cursor: Cursor, monitor: StoredMonitor, end: datetime | None) -> None:
    """Let window 0 begin at the reference's end, else with the first ingested batch."""
    if end is not None:
        cursor.execute(
            "UPDATE model_state SET origin = $end, origin_set = true WHERE model_key = $key",
            {"end": end, "key": monitor.key},
        )
        return
    if pruned.read(cursor, monitor.key) != pruned.NOTHING:
        # The first batch is gone, or some of it: window 0 began where it is on record to have begun.
        return
    rows = monitor.layout.rows
    cursor.execute(
        f"UPDATE model_state SET origin_set = EXISTS (FROM {rows}), origin = (SELECT min(event_at)"
        f" FROM {rows} WHERE batch_id = (SELECT arg_min(batch_id, arrival) FROM {rows})) WHERE model_key = ?",
        [monitor.key],
    )

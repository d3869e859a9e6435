"""Usable rows of a file under the names of a model's tables, for questions that store nothing.

A Parquet file in which every row can be used becomes a view: each statement reads the columns that it
names from the file where it lies, so that a hundred times the memory can be looked at. Any other file
is staged once, and the view shows its usable rows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.logs.classes import canonical_sql
from core.logs.contract import Contract, known_columns, predictions_contract
from core.logs.ingest import naive, usable
from core.logs.layout import physical_columns
from core.logs.reference_rows import chosen_rows, first_end, refuse_no_rows
from core.logs.relation import Source
from core.logs.source import open_source
from core.logs.staging import Staged, described_faults, stage
from core.logs.upload import Upload
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement
from core.store.files import reading_file

_PARAMETER = re.compile(r"\$(\w+)")
_TEXTS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How many rows of a file can be used, and how many cannot, by the field at fault."""

    n: int
    reasons: Mapping[str, int]


def show_rows(cursor: Cursor, spec: MonitorSpec, layout: Layout, upload: Upload, *, now: datetime) -> Shown:
    """Show a file's rows as the model's ingested rows, their labels beside them, and no late labels.

    What counts as usable is the same as for :func:`core.logs.ingest.ingest_predictions`.

    Parameters
    ----------
    cursor
        Of a store that has no tables of this model; the view lives as long as the cursor.
    now
        Aware UTC; event times over a year later cannot be used.

    Raises
    ------
    InvalidInput
        The file cannot be read, or lacks the id or the timestamp.
    """
    with open_source(cursor, upload, known_columns(spec)) as source:
        contract = predictions_contract(spec, layout, source, now=now)
        if spec.columns.id is None:
            # Told apart by their content rows would all be kept, and nothing here asks which is which.
            contract.values["row_id"] = "NULL::VARCHAR"
        shown = _read_in_place(cursor, layout, layout.rows, upload, source, contract, unique=True)
        if shown is None:
            staged = stage(cursor, source, contract)
            conditions = usable(cursor, staged) if spec.columns.id is not None else _faultless(staged)
            shown = _show_staged(cursor, layout, layout.rows, staged, conditions, now)
    cursor.execute(f"CREATE TEMP TABLE {layout.labels} (row_id VARCHAR, label VARCHAR, arrival BIGINT)")
    return shown


def show_reference(
    cursor: Cursor, spec: MonitorSpec, layout: Layout, upload: Upload, *, now: datetime
) -> datetime | None:
    """Show a file's rows, or those that the spec's reference rule chooses, as the reference's rows.

    Returns
    -------
    datetime or None
        Where the reference ends, naive UTC; None but for a leading period (``first:``).

    Raises
    ------
    InvalidInput
        As for :func:`core.logs.reference_rows.pin_reference_rows`.
    """
    with open_source(cursor, upload, known_columns(spec)) as source:
        chosen = chosen_rows(source, spec)
        contract = predictions_contract(spec, layout, chosen, now=now, strict=False)
        rule = spec.reference
        if not rule.where and rule.first is None:
            shown = _read_in_place(cursor, layout, layout.reference, upload, chosen, contract, unique=False)
            if shown is not None and shown.n:
                return None
        staged = stage(cursor, chosen, contract)
        end = first_end(cursor, rule.first, source.name)
        conditions = [*_faultless(staged), *([] if end is None else [f"event_at < TIMESTAMP '{end}'"])]
        if not _show_staged(cursor, layout, layout.reference, staged, conditions, now).n:
            raise refuse_no_rows(source.name, spec, staged)
    return end


def _read_in_place(
    cursor: Cursor,
    layout: Layout,
    table: str,
    upload: Upload,
    source: Source,
    contract: Contract,
    *,
    unique: bool,
) -> Shown | None:
    """Show a Parquet file without a copy, or return None where that cannot be: some row is unusable."""
    if upload.format != "parquet":
        return None
    _plain_texts(cursor, upload, source, contract)
    wanted = (*physical_columns(layout), "row_id", "event_at", "label", "labelled_at")
    values = ", ".join(f"{contract.values[name]} AS {name}" for name in wanted if name in contract.values)
    # A view has no parameters: they become variables of this cursor.
    parameters = {**source.parameters, **contract.parameters}
    for name, value in parameters.items():
        cursor.execute(f"SET VARIABLE {table}_{name} = $value", {"value": value})
    rows = _PARAMETER.sub(
        lambda found: f"getvariable('{table}_{found[1]}')",
        f"SELECT {values}, 1 + file_row_number AS arrival"
        f" FROM (SELECT *, file_row_number FROM {source.relation})",
    )
    faulty = " OR ".join(f"({fault.condition})" for fault in contract.faults) or "false"
    repeated = "count(row_id) - count(DISTINCT row_id)" if unique and _has_id(contract) else "0"
    with reading_file(upload.name, str(upload.path)):
        n, n_unusable = cursor.execute(
            f"SELECT count(*), count(*) FILTER ({faulty}) + {repeated}"
            f" FROM (SELECT *, {values} FROM {source.relation})",
            parameters,
        ).fetchone() or (0, 0)
    if n_unusable:
        return None
    cursor.execute(f"CREATE TEMP VIEW {table} AS {rows}")
    return Shown(n=n, reasons={})


def _plain_texts(cursor: Cursor, upload: Upload, source: Source, contract: Contract) -> None:
    """Read texts as they stand where every one is its own canonical form: few are distinct, rows are many."""
    texts = {
        stored: column.expression
        for column in source.columns.values()
        for stored, expression in contract.values.items()
        if column.type == "VARCHAR" and expression == canonical_sql(column.expression, "text")
    }
    # All in one statement: its parts run side by side, and a plan for each column costs more than its rows.
    listed = list(texts.items())
    for some in (listed[i : i + _TEXTS_AT_ONCE] for i in range(0, len(listed), _TEXTS_AT_ONCE)):
        asked = " UNION ALL ".join(
            f"SELECT '{stored}', count(*) FROM (SELECT DISTINCT {x} FROM {source.relation})"
            f" WHERE {x} IS NOT NULL AND {x} IS DISTINCT FROM {contract.values[stored]}"
            for stored, x in some
        )
        with reading_file(upload.name, str(upload.path)):
            found = cursor.execute(asked, dict(source.parameters)).fetchall()
        contract.values |= {stored: texts[stored] for stored, others in found if not others}


def _has_id(contract: Contract) -> bool:
    return not contract.values["row_id"].startswith("NULL")


def _faultless(staged: Staged) -> list[str]:
    return ["fault IS NULL"] if staged.faults else []


def _show_staged(
    cursor: Cursor, layout: Layout, table: str, staged: Staged, conditions: list[str], now: datetime
) -> Shown:
    kind = "predictions" if table == layout.rows else "reference"
    cursor.execute(
        statement("quarantine_staged"),
        {
            **described_faults(staged),
            "key": layout.key,
            "kind": kind,
            "batch": f"{layout.key}.{kind}",
            "now": naive(now),
        },
    )
    cursor.execute(f"ALTER TABLE staged RENAME TO staged_{table}")
    arrival = f"rowid - {staged.first_rowid} + 1 AS arrival"
    cursor.execute(
        f"CREATE TEMP VIEW {table} AS SELECT *, {arrival} FROM staged_{table}"
        f" WHERE {' AND '.join(conditions) or 'true'}"
    )
    (n,) = cursor.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
    return Shown(n=n, reasons=staged.reasons())

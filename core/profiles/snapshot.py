"""Rows as they stand, for work outside this process: Parquet files with the model's own column names."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq

from core.domain import Window
from core.profiles.relation import Relation, current_rows, labelled, reference_rows, stored, watched
from core.profiles.windows import profiled, read_state
from core.spec import Layout, MonitorSpec
from core.store import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was written: all rows there are, those in the file, and those of these that have a label."""

    n_rows: int
    n_sampled: int
    n_labelled: int


def window_rows(cursor: Cursor, layout: Layout, spec: MonitorSpec, window: Window) -> Relation:
    """Return the ingested rows of one window, with their newest labels."""
    rows = current_rows(layout, spec, read_state(cursor, layout.key).origin, (window,))
    return rows if spec.columns.label is None else labelled(layout, rows, narrow=True)


def named_columns(layout: Layout, spec: MonitorSpec) -> Mapping[str, str]:
    """Return column name → physical column: features, scores, prediction, label, in this order."""
    layout = watched(layout, spec)
    named = {**layout.numeric, **layout.categorical}
    targets = {spec.columns.prediction: "prediction", spec.columns.label: "label"}
    more = {**layout.scores, **{name: at for name, at in targets.items() if name is not None}}
    # A column may be a feature and play a part as well: its part counts.
    return {**{name: at for name, at in named.items() if name not in more}, **more}


def write(cursor: Cursor, rows: Relation, columns: Mapping[str, str], file: Path, *, at_most: int) -> Written:
    """Write rows, or an even sample of them that is the same each time, in no particular order.

    Parameters
    ----------
    rows
        Which rows.
    columns
        Column name → physical column.
    file
        Where to; replaced.
    at_most
        How many rows at most.
    """
    physical = list(dict.fromkeys(columns.values()))
    select = rows.select(["arrival", *physical])
    (counted,) = cursor.execute(f"SELECT count(*) FROM ({select})", dict(rows.parameters)).fetchall()
    listed = ", ".join(physical)
    table = cursor.execute(
        f"SELECT {listed} FROM ({select}) ORDER BY hash(arrival) LIMIT {int(at_most)}", dict(rows.parameters)
    ).to_arrow_table()
    n_labelled = len(table) - table["label"].null_count if "label" in table.column_names else 0
    pq.write_table(table.select(list(columns.values())).rename_columns(list(columns)), file)
    return Written(n_rows=counted[0], n_sampled=len(table), n_labelled=n_labelled)


def all_reference_rows(layout: Layout, spec: MonitorSpec) -> Relation:
    """Return every reference row."""
    return reference_rows(layout, spec, None)


def content(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, window: Window, *, reference_digest: str
) -> str:
    """Return 16 hex digits that change when a window's rows, their labels, the reference or the spec do."""
    rows = current_rows(layout, spec, read_state(cursor, layout.key).origin, (window,))
    found = cursor.execute(
        f"WITH own AS ({rows.select(['row_id', 'arrival'])})"
        " SELECT count(*), max(arrival),"
        f" (SELECT max(l.arrival) FROM {layout.labels} l SEMI JOIN own USING (row_id)) FROM own",
        dict(rows.parameters),
    ).fetchall()
    return sha256(repr((found, reference_digest, spec.text)).encode()).hexdigest()[:16]


def arrived(cursor: Cursor, key: str) -> int:
    """Return a model's arrival counter: the number of its newest row or label, 0 before the first."""
    found = cursor.execute("SELECT arrival FROM model_state WHERE model_key = ?", [key]).fetchone()
    return 0 if found is None else int(found[0] or 0)


def touched(cursor: Cursor, layout: Layout, spec: MonitorSpec, window: Window, *, since: int) -> bool:
    """Say whether a window's rows or labels may have changed after an arrival; reads only what is newer.

    With row windows a late row shifts all later ones, so any newer row up to a window's end counts.
    """
    rows = current_rows(layout, spec, read_state(cursor, layout.key).origin, (window,))
    own = rows.only("r.arrival > $since", since=since).select(["row_id"])
    if spec.window.rows is not None and window.end is not None:
        own = f"SELECT row_id FROM {layout.rows} WHERE arrival > $since AND event_at <= $end"
    labels = (
        f"SELECT row_id FROM {layout.labels} WHERE arrival > $since"
        f" AND row_id IN (SELECT row_id FROM ({rows.select(['row_id'])}))"
    )
    for newer in (own, labels):
        given = {"since": since, "end": stored(window.end), **rows.parameters}
        used = {name: value for name, value in given.items() if f"${name}" in newer}
        if cursor.execute(f"SELECT 1 FROM ({newer}) LIMIT 1", used).fetchone() is not None:
            return True
    return False


def latest(cursor: Cursor, key: str) -> Window | None:
    """Return the last judged window that is closed and holds rows, else the last that holds any."""
    held = [window for window, n in profiled(cursor, key).values() if n]
    return max(held, key=lambda window: (window.closed, window.index or 0), default=None)


def at(cursor: Cursor, key: str, index: int) -> Window | None:
    """Return one judged window that holds rows, None where there is none."""
    window, n = profiled(cursor, key).get(index, (None, 0))
    return window if n else None

"""The rows on which a candidate is validated: labelled, mature, later than its training, and the newest."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

from core.domain import Task
from core.metrics.model_performance import positive_class
from core.profiles.relation import Relation, all_rows, labelled, reference_rows, stored, watched
from core.spec import Layout, MonitorSpec
from core.store import Cursor, StoredMonitor
from core.validation.request import EVENT_AT, GROUP, LABEL, LIVE, REFERENCE

MOST_ROWS = 10_000
LEAST_ROWS = 200
"""Under so many current rows the reference's are taken, if they are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What was chosen: how many rows, of what, from when to when, and how production decides by score.

    ``why_none`` is set exactly when there are none. ``newest_at`` is the greatest event time known of all
    ingested rows.
    """

    n: int
    of: str
    first_at: datetime | None = None
    last_at: datetime | None = None
    threshold: float | None = None
    negative: str | None = None
    why_none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """Up to when versions learned from rows, None where none says; ``problem``: one says what is no time."""

    until: datetime | None
    problem: str = ""


def newest_at(cursor: Cursor, layout: Layout, *, until: datetime | None = None) -> datetime | None:
    """Return the greatest event time of all ingested rows, up to a time if one is given; None without any."""
    (found,) = cursor.execute(
        f"SELECT max(event_at) FROM {layout.rows} WHERE $until IS NULL OR event_at <= $until",
        {"until": None if until is None else stored(until)},
    ).fetchall()
    return None if found[0] is None else found[0].replace(tzinfo=UTC)


def write_rows(cursor: Cursor, monitor: StoredMonitor, file: Path, *, learned: Learned) -> Chosen:
    """Write the rows to a Parquet file, oldest first, and say what they are.

    Parameters
    ----------
    learned
        What either version was trained on. Where that is told wrongly no row is used: it may be among it.
    """
    spec, layout, later_than = monitor.spec, monitor.layout, learned.until
    current, of_reference = _current(cursor, layout, spec), reference_rows(layout, spec, None)
    choices = [
        (name, _usable(rows, spec, later_than))
        for name, rows in (("current", current), ("reference", of_reference))
    ]
    counts = {name: _count(cursor, rows) for name, rows in choices}
    name = "current" if counts["current"] >= min(LEAST_ROWS, counts["reference"]) else "reference"
    rows = dict(choices)[name]
    if learned.problem:
        rows = rows.only("false")
    listed = _newest(rows, _columns(layout, spec), MOST_ROWS)
    table = cursor.execute(f"{listed[0]} ORDER BY event_at, arrival", dict(rows.parameters)).to_arrow_table()
    named = table.rename_columns(["event_at", "arrival", *listed[1]])
    times_kept = named.select(listed[1]).append_column(EVENT_AT, named["event_at"])
    pq.write_table(times_kept, file)
    if not len(table):
        return Chosen(n=0, of=name, why_none=learned.problem or _why_none(spec, later_than))
    times = [one for one in (table["event_at"][0].as_py(), table["event_at"][-1].as_py()) if one is not None]
    found = Chosen(
        n=len(table),
        of=name,
        first_at=times[0].replace(tzinfo=UTC) if times else None,
        last_at=times[-1].replace(tzinfo=UTC) if times else None,
    )
    return _with_decisions(cursor, found, rows, layout, spec)


def write_populations(cursor: Cursor, monitor: StoredMonitor, folder: Path) -> None:
    """Write the inputs of the newest live rows, labelled or not, and of the reference's, with labels."""
    spec, layout = monitor.spec, monitor.layout
    own = watched(layout, spec)
    inputs = {**own.numeric, **own.categorical}
    labels = {} if spec.columns.label is None else {LABEL: "label"}
    for name, rows, columns in (
        (LIVE, all_rows(layout, spec), inputs),
        (REFERENCE, reference_rows(layout, spec, None), {**inputs, **labels}),
    ):
        statement, names = _newest(rows, columns, MOST_ROWS)
        table = cursor.execute(statement, dict(rows.parameters)).to_arrow_table()
        pq.write_table(table.rename_columns(["event_at", "arrival", *names]).select(names), folder / name)


def _current(cursor: Cursor, layout: Layout, spec: MonitorSpec) -> Relation:
    rows = all_rows(layout, spec)
    if spec.columns.label is None:
        return rows
    rows = labelled(layout, rows, narrow=False)
    newest = newest_at(cursor, layout)
    if newest is None or not spec.label_delay:
        return rows
    # Labels that come early are not like those that come late: only rows whose time is up are used.
    return rows.only("r.event_at <= $mature", mature=stored(newest - spec.label_delay))


def _usable(rows: Relation, spec: MonitorSpec, later_than: datetime | None) -> Relation:
    if spec.columns.label is not None:
        rows = rows.only(f"{rows.label} IS NOT NULL")
    return rows if later_than is None else rows.only("r.event_at > $later", later=stored(later_than))


def _count(cursor: Cursor, rows: Relation) -> int:
    (found,) = cursor.execute(
        f"SELECT count(*) FROM ({rows.select(['arrival'])})", dict(rows.parameters)
    ).fetchall()
    return int(found[0])


def _columns(layout: Layout, spec: MonitorSpec) -> dict[str, str]:
    """Return name in the file → physical column."""
    own = watched(layout, spec)
    found = {**own.numeric, **own.categorical}
    found |= {GROUP + name: layout.sensitive[name] for name in spec.group_columns}
    return found if spec.columns.label is None else {**found, LABEL: "label"}


def _newest(rows: Relation, columns: dict[str, str], most: int) -> tuple[str, list[str]]:
    """Return the statement of the newest rows, its columns aliased c0, c1 … after event_at and arrival."""
    select = rows.select(["event_at", "arrival", *dict.fromkeys(columns.values())])
    listed = ", ".join(f"{at} AS c{i}" for i, at in enumerate(columns.values()))
    statement = (
        f"SELECT event_at, arrival, {listed} FROM ({select})"
        f" ORDER BY event_at DESC NULLS LAST, arrival DESC LIMIT {most}"
    )
    return f"SELECT * FROM ({statement})", list(columns)


def _with_decisions(
    cursor: Cursor, found: Chosen, rows: Relation, layout: Layout, spec: MonitorSpec
) -> Chosen:
    """Find the score from which production decides for the positive class, where its logs show one."""
    if spec.task is not Task.BINARY:
        return found
    if found.first_at is not None:
        # Where production decided otherwise before these rows is no matter of theirs.
        rows = rows.only("r.event_at >= $first", first=stored(found.first_at))
    positive = positive_class(spec)
    named = cursor.execute(
        f"WITH own AS ({rows.select(['label', 'prediction'])}), named AS"
        " (SELECT label AS value FROM own UNION ALL SELECT prediction FROM own)"
        " SELECT mode(value) FROM named WHERE value <> $positive",
        {**rows.parameters, "positive": positive},
    ).fetchone()
    negative = (named[0] if named else None) or "0"
    return replace(found, negative=negative, threshold=decides_from(cursor, rows, layout, spec))


def decides_from(cursor: Cursor, rows: Relation, layout: Layout, spec: MonitorSpec) -> float | None:
    """Return the score from which production decides for the positive class; None where none parts them."""
    score = next(iter(watched(layout, spec).scores.values()), None)
    if score is None or spec.columns.prediction is None:
        return None
    (ends,) = cursor.execute(
        f"SELECT min({score}) FILTER (prediction = $positive), max({score}) FILTER (prediction <> $positive)"
        f" FROM ({rows.select([score, 'prediction'])})",
        {**rows.parameters, "positive": positive_class(spec)},
    ).fetchall()
    lowest, highest = ends
    separable = lowest is not None and (highest is None or highest < lowest)
    return float(lowest) if separable else None


def _why_none(spec: MonitorSpec, later_than: datetime | None) -> str:
    what = "no labelled rows" if spec.columns.label is not None else "no rows"
    later = (
        "" if later_than is None else f" later than its training data, which ends {later_than:%Y-%m-%d %H:%M}"
    )
    delay = ", whose label delay is over" if spec.columns.label is not None and spec.label_delay else ""
    return f"there are {what}{later}{delay}"

"""The one place that says which rows belong to which window, as SQL that others count or read.

Statements built here contain physical column names of a :class:`core.spec.Layout` and numbers only;
no name or value from a file ever becomes part of a statement. Every SELECT over a relation gives ``w``
(window index), ``v`` (model version) and the columns asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core.domain import Window
from core.spec import Layout, MonitorSpec

MISSING_GROUP = "(missing)"
OTHER_GROUP = "(other)"
MAX_GROUPS = 20
UNKNOWN_VERSION = "unknown"
LABEL_DELAY = "label_delay_s"
"""Physical name of a column that no table has: the seconds from a row's event to its label."""

WHOLE = 0
"""Index under which the whole reference is kept in the tables; its own windows are negative."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Rows and what they belong to: all that a SELECT over them needs but its columns.

    ``tables`` and ``where`` are the texts behind FROM and WHERE, in which ``r`` is the table of rows;
    ``w``, ``v`` and ``label`` are the expressions of a row's window, version and label; ``g`` is that of
    its segment's number, None where all rows are counted together; ``delay`` that of the seconds from its
    event to its label, None where nothing tells them.
    """

    tables: str
    where: str
    w: str
    v: str
    label: str
    parameters: Mapping[str, object]
    g: str | None = None
    delay: str | None = None

    @property
    def by(self) -> str:
        """The columns by which what belongs together is told apart."""
        return "w, v" if self.g is None else "w, v, g"

    @property
    def owner(self) -> str:
        """The same columns, named as the tables of profiles name them."""
        return f"w AS window_index, v AS version{'' if self.g is None else ', g AS segment'}"

    def select(self, columns: Iterable[str]) -> str:
        """Return the SELECT of w, v (and g) and these columns; a wide table costs as many as are named."""
        made = {"label": self.label, LABEL_DELAY: self.delay or "NULL::DOUBLE"}
        listed = (f", {made.get(name, f'r.{name}')} AS {name}" for name in columns)
        segment = "" if self.g is None else f", {self.g} AS g"
        return (
            f"SELECT {self.w} AS w, {self.v} AS v{segment}{''.join(listed)}"
            f" FROM {self.tables} WHERE {self.where}"
        )

    def only(self, condition: str, **parameters: object) -> "Relation":
        """Return the rows on which a condition on ``r`` holds as well."""
        return replace(
            self, where=f"{self.where} AND {condition}", parameters={**self.parameters, **parameters}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How the reference is cut into its own windows: ``n_windows`` whole ones from ``start`` on."""

    start: datetime | None
    n_windows: int


def watched(layout: Layout, spec: MonitorSpec) -> Layout:
    """Return the part of a layout that the spec still names, in the spec's order.

    A layout keeps the places of columns that an earlier spec named and this one does not.
    """
    numeric = spec.features.numeric if spec.features else layout.numeric
    categorical = spec.features.categorical if spec.features else layout.categorical
    return replace(
        layout,
        numeric={name: layout.numeric[name] for name in numeric},
        categorical={name: layout.categorical[name] for name in categorical},
        sensitive={name: layout.sensitive[name] for name in spec.sensitive},
        scores={name: layout.scores[name] for name in spec.columns.scores.values()},
        attributions={name: layout.attributions[name] for name in spec.attributions.values()},
    )


def micros(moment: datetime) -> int:
    """Return microseconds since 1970 of an aware time.

    Examples
    --------
    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // _MICROSECOND


def utc(naive: datetime | None) -> datetime | None:
    """Give a stored (naive UTC) time its time zone."""
    return None if naive is None else naive.replace(tzinfo=UTC)


def stored(moment: datetime | None) -> datetime | None:
    """Turn an aware time into the naive UTC that tables hold."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def default_version(spec: MonitorSpec) -> str:
    """Return the version of rows that name none."""
    return spec.version or UNKNOWN_VERSION


def has_time(spec: MonitorSpec) -> bool:
    """Whether the model's rows carry event times."""
    return spec.columns.timestamp is not None


def time_index(origin: datetime, every: timedelta) -> str:
    """Return the expression of a row's time window; right for rows at or after ``origin`` only."""
    return f"((epoch_us(event_at) - ({micros(origin)})) // {every // _MICROSECOND})::INTEGER"


def judged_rows(spec: MonitorSpec, origin: datetime | None) -> str:
    """Return the condition under which a row lies in some window (at or after window 0's start)."""
    if not has_time(spec) or origin is None:
        return "true"
    return f"event_at >= make_timestamp({micros(origin)})"


def places(layout: Layout) -> str:
    """Return SELECT arrival, event_at of every place in a model's order: of its rows, and of erased ones."""
    return (
        f"SELECT arrival, event_at FROM {layout.rows} UNION ALL"
        f" SELECT arrival, event_at FROM erased_places WHERE model_key = '{layout.key}'"
    )


def positions(
    layout: Layout,
    spec: MonitorSpec,
    origin: datetime | None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """Return SELECT arrival, event_at, w for a model with row windows.

    Rows follow event time, then arrival; those that were pruned from the front, or erased, keep the places
    that they had. With ``since`` and ``until`` only that stretch of event time (both ends included) is
    sorted and the rows before it are counted, so that a late window costs no sort of the history; ``w`` is
    the same with or without them.
    """
    stretch = judged_rows(spec, origin)
    offset = f"(SELECT coalesce(sum(n_windowed), 0) FROM pruned WHERE model_key = '{layout.key}')"
    if since is not None:
        begin = f"make_timestamp({micros(since)})"
        offset += f" + (SELECT count(*) FROM ({places(layout)}) WHERE {stretch} AND event_at < {begin})"
        stretch += f" AND event_at >= {begin}"
    if until is not None:
        stretch += f" AND event_at <= make_timestamp({micros(until)})"
    order = "event_at NULLS FIRST, arrival" if has_time(spec) else "arrival"
    place = f"({offset} + row_number() OVER (ORDER BY {order}) - 1) // {spec.window.rows}"
    return f"SELECT arrival, event_at, ({place})::INTEGER AS w FROM ({places(layout)}) WHERE {stretch}"


def current_rows(
    layout: Layout, spec: MonitorSpec, origin: datetime | None, windows: Sequence[Window] | None
) -> Relation:
    """Return the ingested rows of the given windows (None: of every window), as yet without labels.

    Row windows without a start and an end are found by their index alone, at the price of a sort.
    """
    rows, every = all_rows(layout, spec), spec.window.every
    if spec.window.rows is not None:
        since, until = _stretch(windows)
        place = positions(layout, spec, origin, since=since, until=until)
        tables = f"{rows.tables} JOIN (SELECT arrival, w FROM ({place})) place USING (arrival)"
        return replace(rows, tables=tables, w="place.w", where=_among("place.w", windows))
    if origin is None or every is None:
        return rows.only("false")
    index = time_index(origin, every)
    found = replace(rows, w=index, where=judged_rows(spec, origin)).only(_among(index, windows))
    indexes = [window.index for window in windows or () if window.index is not None]
    if not indexes:
        return found
    # The index alone would not tell the store which stretches of the table it may skip.
    begin, end = (micros(origin + i * every) for i in (min(indexes), max(indexes) + 1))
    return found.only(f"event_at >= make_timestamp({begin}) AND event_at < make_timestamp({end})")


def all_rows(layout: Layout, spec: MonitorSpec) -> Relation:
    """Return every ingested row, those before window 0 included, as one window (``w`` is 0)."""
    return Relation(
        tables=f"{layout.rows} r",
        where="true",
        w="0",
        v="coalesce(r.version, $default_version)",
        label="NULL::DOUBLE" if layout.numeric_target else "NULL::VARCHAR",
        parameters={"default_version": default_version(spec)},
    )


def reference_rows(layout: Layout, spec: MonitorSpec, cut: Cut | None) -> Relation:
    """Return the reference's rows as one whole, or cut into its own windows (the rest left out).

    All rows carry one version: a reference is what "no change" looks like, whoever predicted it.
    """
    whole = Relation(
        tables=f"{layout.reference} r",
        where="true",
        w=str(WHOLE),
        v="$default_version",
        label="r.label",
        parameters={"default_version": default_version(spec)},
    )
    if cut is None:
        return whole
    every = spec.window.every
    if every is not None and cut.start is not None:
        index = f"({time_index(cut.start, every)} - {cut.n_windows})"
        begin = f"event_at >= make_timestamp({micros(cut.start)})"
        return replace(whole, w=index, where=f"{begin} AND {index} < 0")
    place = f"(row_number() OVER (ORDER BY event_at NULLS FIRST, arrival) - 1) // {spec.window.rows}"
    place = f"SELECT arrival, ({place})::INTEGER - {cut.n_windows} AS w FROM {layout.reference}"
    return replace(
        whole, tables=f"{whole.tables} JOIN ({place}) place USING (arrival)", w="place.w", where="place.w < 0"
    )


def labelled(layout: Layout, rows: Relation, *, narrow: bool, is_timed: bool = False) -> Relation:
    """Give ingested rows their newest label, NULL where none has arrived, and the delay of their first.

    A label that came in one batch with its row tells no delay, unless labels carry a time of their own
    (``is_timed``). ``narrow`` first drops the labels of other rows: worth its price where these are a
    small part.
    """
    only = f" WHERE row_id IN (SELECT row_id FROM ({rows.select(['row_id'])}))" if narrow else ""
    return replace(
        rows,
        tables=f"{rows.tables} LEFT JOIN ({newest(layout.labels + only)}) l ON l.row_id = r.row_id",
        label="l.label",
        delay=delay_of("l", is_timed=is_timed),
    )


def newest(labels: str) -> str:
    """Return SELECT row_id, label, labelled_at, batch_id: each row's newest label, and how its first came."""
    return (
        "SELECT row_id, arg_max(label, arrival) AS label, arg_min(labelled_at, arrival) AS labelled_at,"
        f" arg_min(batch_id, arrival) AS batch_id FROM {labels} GROUP BY row_id"
    )


def delay_of(labels: str, *, is_timed: bool) -> str:
    """Return the expression of the seconds from a row ``r`` to its first label; see :func:`labelled`."""
    later = "true" if is_timed else f"{labels}.batch_id IS DISTINCT FROM r.batch_id"
    delay = f"greatest(epoch_us({labels}.labelled_at) - epoch_us(r.event_at), 0) / 1e6"
    return f"CASE WHEN {labels}.labelled_at IS NOT NULL AND {later} THEN {delay} END"


def group_of(physical: str, *, full: bool) -> str:
    """Return the expression of a row's group in one sensitive column.

    ``full`` says that the column has more values than groups: then ``$groups_<physical>`` lists those
    with a group of their own and every other value is "(other)".
    """
    value = f"coalesce({physical}, '{MISSING_GROUP}')"
    if not full:
        return value
    own = f"{physical} IS NULL OR list_contains($groups_{physical}, {physical})"
    return f"CASE WHEN {own} THEN {value} ELSE '{OTHER_GROUP}' END"


def _stretch(windows: Sequence[Window] | None) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last event time of windows, or nothing where any of them is not known."""
    starts = [window.start for window in windows or () if window.start is not None]
    ends = [window.end for window in windows or () if window.end is not None]
    if windows is None or len(starts) < len(windows) or len(ends) < len(windows):
        return None, None
    return min(starts, default=None), max(ends, default=None)


def _among(index: str, windows: Sequence[Window] | None) -> str:
    """Return the condition on an index: a range where the windows follow each other, else a list."""
    if windows is None:
        return "true"
    indexes = sorted({window.index for window in windows if window.index is not None})
    if not indexes:
        return "false"
    if indexes[-1] - indexes[0] + 1 == len(indexes):
        return f"{index} BETWEEN {indexes[0]} AND {indexes[-1]}"
    return f"{index} IN ({', '.join(map(str, indexes))})"

"""Which windows exist, and which of them are due because rows, labels or time touched them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.domain import Window
from core.logs.ids import arrivals_of
from core.profiles.count import COUNTED_AS
from core.profiles.relation import has_time, judged_rows, micros, places, positions, stored, time_index, utc
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement
from core.store import pruned as pruning
from core.store.pruned import Pruned

SILENCE = 400
"""Of a gap in the traffic at most this many empty windows are listed: more of them say nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far a model has come: where window 0 starts, the last arrival that was judged, what is gone.

    ``counted_arrival`` is the last arrival that the profiles hold, None where that is what was judged.
    """

    origin: datetime | None
    judged_arrival: int
    counted_arrival: int | None = None
    pruned: Pruned = field(default=pruning.NOTHING)

    @property
    def held(self) -> int:
        """The last arrival that the profiles hold."""
        return self.judged_arrival if self.counted_arrival is None else self.counted_arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The windows to profile now, and all windows there are, both in order.

    ``relabelled`` are those among the due in which nothing is new but labels of rows that were there before.
    """

    due: tuple[Window, ...]
    everything: tuple[Window, ...]
    relabelled: tuple[Window, ...] = ()


def read_state(cursor: Cursor, key: str) -> State:
    """Return a model's state; of a model that never had rows, no origin and arrival 0."""
    found = cursor.execute(
        "SELECT origin, judged_arrival, counted_arrival FROM model_state WHERE model_key = ?", [key]
    ).fetchone()
    if found is None:
        return State(origin=None, judged_arrival=0)
    return State(
        origin=utc(found[0]),
        judged_arrival=found[1] or 0,
        counted_arrival=found[2],
        pruned=pruning.read(cursor, key),
    )


def unjudged_of_models(cursor: Cursor, keys: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return by key the windows of some models that were counted since they were last judged."""
    found = cursor.execute(
        "SELECT model_key, unjudged FROM model_state"
        " WHERE model_key IN (SELECT unnest(?::VARCHAR[])) AND unjudged IS NOT NULL",
        [list(keys)],
    ).fetchall()
    return {key: frozenset(indexes) for key, indexes in found}


def first_whole(spec: MonitorSpec, state: State) -> int:
    """Return the index of the first window that lost no row to pruning: earlier ones stay as they are.

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from core.spec import Columns, ReferenceRule, WindowRule
    >>> from core.domain import Task
    >>> def spec(**window):
    ...     return MonitorSpec(
    ...         model="m", registry="local", task=Task.BINARY, columns=Columns(timestamp="at"),
    ...         window=WindowRule(**window), reference=ReferenceRule(),
    ...     )
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> gone = Pruned(before=datetime(2026, 1, 4, tzinfo=UTC), n_windowed=30)
    >>> state = State(origin=start, judged_arrival=99, pruned=gone)
    >>> first_whole(spec(every=timedelta(days=1)), state), first_whole(spec(rows=10), state)
    (3, 3)
    """
    size, every, before = spec.window.rows, spec.window.every, state.pruned.before
    if size is not None:
        return -(-state.pruned.n_windowed // size)
    if every is None or state.origin is None or before is None:
        return 0
    return max(0, -((state.origin - before) // every))


def note_counted(cursor: Cursor, key: str, indexes: Iterable[int]) -> None:
    """Note that everything which has arrived is counted, and that these windows are to be judged.

    Belongs into the transaction that counted: rows and labels are counted once.
    """
    cursor.execute(statement("profiles_counted"), {"model_key": key, "indexes": sorted(indexes)})


def advance(cursor: Cursor, judged: Mapping[str, tuple[str, str]], *, now: datetime) -> None:
    """Note that everything which is counted of some models is judged, and against what.

    Belongs into the transaction that judged, so that an interrupted run leaves no trace.

    Parameters
    ----------
    judged
        The digests of reference and policy, by the model's key.
    """
    digests = list(judged.values())
    cursor.execute(
        statement("profiles_advance"),
        {
            "model_keys": list(judged),
            "reference_digests": [reference for reference, _ in digests],
            "policy_digests": [policy for _, policy in digests],
            "judged_at": stored(now),
        },
    )


def cut_of(spec: MonitorSpec, state: State) -> str:
    """Return what the numbers of a model's windows depend on: the same text, the same windows."""
    return f"{state.origin} {spec.window.every} {spec.window.rows}"


def keep_pruned(cursor: Cursor, key: str, spec: MonitorSpec, *, now: datetime) -> int:
    """Say how many leading windows keep their judgement although all others are to be judged anew.

    They are those whose rows were pruned, as long as windows are cut as they were then. Where the spec
    now cuts them otherwise, none is kept and row windows are counted from the first row that is left.
    """
    state = read_state(cursor, key)
    if state.pruned == pruning.NOTHING:
        return 0
    if state.pruned.cut != cut_of(spec, state):
        changed = replace(state.pruned, n_windowed=0, cut=cut_of(spec, state))
        pruning.write(cursor, key, changed, now=now)
        cursor.execute("DELETE FROM erased_places WHERE model_key = ?", [key])
        return 0
    return first_whole(spec, state)


def plan(cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, *, now: datetime) -> Plan:
    """Say which windows are due: touched by new rows or labels, never profiled, or closed since.

    Time windows run from the origin to the newest event; those without rows in between exist too
    (n = 0), at most ``SILENCE`` in a row. They close when the newest event or ``now`` passes their
    end. Row windows hold ``spec.window.rows`` rows each in order of event time, then arrival; a late row
    shifts all later ones; only the last, partial one is open. Windows whose rows were pruned stay as they
    were profiled and are never due.

    Parameters
    ----------
    now
        The wall clock, aware UTC.

    Returns
    -------
    Plan
        Empty for a model without rows, or with time windows but no timestamp.
    """
    counted = profiled(cursor, layout.key)
    known = {index: window for index, (window, _) in counted.items()}
    whole = first_whole(spec, state)
    if spec.window.every is not None:
        everything, touched = _time_windows(cursor, layout, spec, state, now)
    else:
        full = [known[i] for i in _full(counted, spec.window.rows, whole)]
        everything, touched = _row_windows(cursor, layout, spec, state, full)
    here = {w.index: w for w in everything if w.index is not None and w.index >= whole}
    changed = {index for index, window in here.items() if index in touched or known.get(index) != window}
    labelled = _labelled(cursor, layout, spec, state)
    followed = (labelled - changed) & _followed(cursor, layout.key)
    gone = tuple(known[i] for i in sorted(known) if i < whole)
    return Plan(
        due=tuple(window for index, window in here.items() if index in changed | labelled),
        everything=gone + everything,
        relabelled=tuple(window for index, window in here.items() if index in followed),
    )


def profiled(cursor: Cursor, key: str) -> Mapping[int, tuple[Window, int]]:
    """Return the windows that have profiles, by index, as they were when last profiled, and their rows."""
    return profiled_of_models(cursor, [key]).get(key, {})


def profiled_of_models(cursor: Cursor, keys: Sequence[str]) -> Mapping[str, Mapping[int, tuple[Window, int]]]:
    """Return by key what :func:`profiled` says of some models; those without a window are left out."""
    found: dict[str, dict[int, tuple[Window, int]]] = defaultdict(dict)
    for key, index, start, end, closed, n in cursor.execute(
        statement("profiles_windows"), {"model_keys": list(keys)}
    ).fetchall():
        found[key][index] = (Window(index=index, start=utc(start), end=utc(end), closed=closed), n)
    return found


def _time_windows(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, now: datetime
) -> tuple[tuple[Window, ...], frozenset[int]]:
    every, origin = spec.window.every, state.origin
    if origin is None or every is None or not has_time(spec):
        return (), frozenset()
    inside = judged_rows(spec, origin)
    newest = _instant(cursor, f"SELECT max(event_at) FROM {layout.rows} WHERE {inside}")
    if newest is None:
        return (), frozenset()
    index = time_index(origin, every)
    horizon = max(newest, now)
    everything = tuple(
        Window(index=i, start=start, end=start + every, closed=start + every <= horizon)
        for i in _listed(
            cursor, layout, inside, index, range(first_whole(spec, state), (newest - origin) // every + 1)
        )
        for start in (origin + i * every,)
    )
    touched = (
        f"SELECT DISTINCT {index} FROM {layout.rows}"
        f" WHERE {inside} AND arrival > {state.held}"
        # Refused rows change what a window says of its input. A batch is named by the arrival it begins with.
        f" UNION SELECT DISTINCT {index} FROM quarantine WHERE model_key = '{layout.key}' AND {inside}"
        f" AND kind = 'predictions' AND split_part(batch_id, '.', 2)::BIGINT > {state.held}"
    )
    return everything, _indexes(cursor, touched)


def _listed(cursor: Cursor, layout: Layout, inside: str, index: str, wanted: range) -> list[int]:
    """Return the wanted indexes, without the later part of every long gap in the traffic."""
    if len(wanted) <= SILENCE + 1:
        return list(wanted)
    busy = cursor.execute(f"SELECT DISTINCT {index} AS w FROM {layout.rows} WHERE {inside} ORDER BY w")
    listed: list[int] = []
    for (i,) in busy.fetchall():
        if i not in wanted:
            continue
        before = listed[-1] + 1 if listed else wanted.start
        listed.extend(range(before, min(i, before + SILENCE)))
        listed.append(i)
    return listed


def _row_windows(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, full: Sequence[Window]
) -> tuple[tuple[Window, ...], frozenset[int]]:
    size = spec.window.rows
    if size is None or (has_time(spec) and state.origin is None):
        return (), frozenset()
    inside = judged_rows(spec, state.origin)
    gone, whole = state.pruned.n_windowed, first_whole(spec, state)
    n_here = _count(cursor, f"SELECT count(*) FROM ({places(layout)}) WHERE {inside}")
    total = gone + n_here
    position = gone + _first_new_position(cursor, layout, spec, state, inside, n_here)
    # Full windows before the first new row are as they were.
    first = max(whole, min(whole + len(full), position // size))
    kept = tuple(full[: first - whole])
    if first * size >= total:
        fresh: tuple[Window, ...] = ()
    else:
        since = kept[-1].end if kept else None
        place = positions(layout, spec, state.origin, since=since)
        rows = cursor.execute(
            f"SELECT w, min(event_at), max(event_at), count(*) FROM ({place}) WHERE w >= {first}"
            " GROUP BY w ORDER BY w"
        ).fetchall()
        fresh = tuple(
            Window(index=w, start=utc(start), end=utc(end), closed=n == size) for w, start, end, n in rows
        )
    touched = frozenset(range(position // size, first + len(fresh)) if position < total else ())
    return kept + fresh, touched


def _labelled(cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State) -> frozenset[int]:
    """Return the windows of rows that were counted before and got a label since.

    Which rows these are, found by the numbers of their ids, stays in the temporary table ``got_label``:
    :mod:`core.profiles.late` need not look for them again.
    """
    judged, every, origin = state.held, spec.window.every, state.origin
    new = f"FROM {layout.labels} WHERE arrival > {judged}"
    if judged <= 0 or (every is not None and origin is None) or not _count(cursor, f"SELECT count(*) {new}"):
        return frozenset()
    came = arrivals_of(layout.rows, f"SELECT row_id {new}")
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE may_have_label AS {came} AND arrival <= {judged}")
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE got_label AS"
        f" SELECT arrival, event_at FROM {layout.rows} WHERE {judged_rows(spec, origin)}"
        f" AND arrival IN (FROM may_have_label) AND row_id IN (SELECT row_id {new})"
    )
    if not _count(cursor, "SELECT count(*) FROM got_label"):
        return frozenset()
    if every is not None and origin is not None:
        return _indexes(cursor, f"SELECT DISTINCT {time_index(origin, every)} FROM got_label")
    since, until = (_instant(cursor, f"SELECT {end}(event_at) FROM got_label") for end in ("min", "max"))
    place = positions(layout, spec, origin, since=since, until=until)
    return _indexes(cursor, f"SELECT DISTINCT w FROM ({place}) SEMI JOIN got_label USING (arrival)")


def _followed(cursor: Cursor, key: str) -> frozenset[int]:
    """Return the windows whose profiles can follow late labels: they hold all that is counted now."""
    return _indexes(
        cursor,
        f"SELECT window_index FROM profiles WHERE model_key = '{key}' AND NOT is_reference"
        f" GROUP BY window_index HAVING bool_and(coalesce(counted_as = {COUNTED_AS}, false))",
    )


def _full(counted: Mapping[int, tuple[Window, int]], size: int | None, first: int) -> range:
    """Return the indexes of the leading windows, from ``first`` on, that hold exactly ``size`` rows."""
    end = first
    while end in counted and counted[end][1] == size:
        end += 1
    return range(first, end)


def _first_new_position(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, inside: str, total: int
) -> int:
    """Return the place of the first row not yet judged among all rows in order; their number if none."""
    new = f"{inside} AND arrival > {state.held}"
    old = f"{inside} AND arrival <= {state.held}"
    if not has_time(spec):
        return _count(cursor, f"SELECT count(*) FROM ({places(layout)}) WHERE {old}")
    earliest = _instant(cursor, f"SELECT min(event_at) FROM {layout.rows} WHERE {new}")
    if earliest is None:
        return total
    before = f"{old} AND event_at <= make_timestamp({micros(earliest)})"
    return _count(cursor, f"SELECT count(*) FROM ({places(layout)}) WHERE {before}")


def _indexes(cursor: Cursor, sql: str) -> frozenset[int]:
    return frozenset(i for (i,) in cursor.execute(sql).fetchall())


def _instant(cursor: Cursor, sql: str) -> datetime | None:
    found = cursor.execute(sql).fetchone()
    return None if found is None else utc(found[0])


def _count(cursor: Cursor, sql: str) -> int:
    found = cursor.execute(sql).fetchone()
    return 0 if found is None else int(found[0])

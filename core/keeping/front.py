"""How far from its front a model's rows may go without changing what was judged of them.

Rows leave by whole windows: a window that lost some of its rows could no longer be judged, one that lost all
keeps its profile and its verdicts. So the end of what may go is where the first window begins that is too
young, still open, or holds a row or a label that has not been judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.profiles.relation import has_time, judged_rows, places, stored, utc
from core.profiles.windows import State, first_whole, profiled
from core.spec import Layout, MonitorSpec
from core.store import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What may go: rows for which ``condition`` holds, ``n_windowed`` places of row windows among them.

    ``before``: no row that stays has an earlier event time; None for rows without times.
    """

    condition: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    before: datetime | None = None
    n_windowed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """What counts as old: events before ``cutoff``, arrivals up to ``arrived``.

    ``arrived`` is None where the event's time alone decides. ``timeless`` is the last arrival that is old
    by itself: what decides for rows without an event time.
    """

    cutoff: datetime
    arrived: int | None
    timeless: int


def find_front(cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, age: Age) -> Front | None:
    """Say which rows of a model may go; None where none may.

    A model that has rows with times but no window 0 yet waits for its reference: nothing of it may go.
    """
    if not has_time(spec):
        if spec.window.rows is None:
            # Rows without times are in no time window: nothing was ever judged of them.
            return Front(condition="arrival <= $timeless", parameters={"timeless": age.timeless})
        return _numbered(cursor, layout, spec, state, age)
    if state.origin is None:
        return None
    settled = _settled(cursor, layout, state, age)
    if spec.window.rows is None:
        return _timed(cursor, layout, spec, state, age, settled)
    return _ordered(cursor, layout, spec, state, age, settled)


def of_retired(age: Age) -> Front:
    """Say which rows of a retired model may go: all that are old, since nothing waits to be judged."""
    arrived = "" if age.arrived is None else " AND arrival <= $arrived"
    return Front(
        condition=f"((event_at < $before{arrived}) OR (event_at IS NULL AND arrival <= $timeless))",
        parameters={
            "before": stored(age.cutoff),
            "timeless": age.timeless,
            **({} if age.arrived is None else {"arrived": age.arrived}),
        },
        before=age.cutoff if age.arrived is None else None,
    )


def _settled(cursor: Cursor, layout: Layout, state: State, age: Age) -> datetime:
    """Return the time before which all is old enough and judged, labels included."""
    arrived = state.judged_arrival if age.arrived is None else min(state.judged_arrival, age.arrived)
    unjudged = f"SELECT row_id FROM {layout.labels} WHERE arrival > $judged"
    (first,) = cursor.execute(
        f"SELECT min(event_at) FROM {layout.rows} WHERE arrival > $arrived OR row_id IN ({unjudged})",
        {"arrived": arrived, "judged": state.judged_arrival},
    ).fetchone() or (None,)
    return age.cutoff if first is None else min(age.cutoff, first.replace(tzinfo=age.cutoff.tzinfo))


def _timed(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, age: Age, settled: datetime
) -> Front:
    every, origin = spec.window.every, state.origin
    if every is not None and origin is not None and settled > origin:
        begun = [window.start for window, _ in profiled(cursor, layout.key).values() if not window.closed]
        settled = min([settled, *(start for start in begun if start is not None)])
        settled = origin + (settled - origin) // every * every
    return _earlier(settled, age)


def _ordered(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, age: Age, settled: datetime
) -> Front:
    origin = state.origin
    if origin is None or settled <= origin:
        return _earlier(settled, age)
    inside = f"{judged_rows(spec, origin)} AND event_at < $settled"
    size, n = _whole_windows(cursor, layout, spec, state, inside, {"settled": stored(settled)})
    if not n:
        return _earlier(origin, age)
    last = cursor.execute(
        f"SELECT event_at, arrival FROM ({places(layout)}) WHERE {inside}"
        f" ORDER BY event_at, arrival LIMIT 1 OFFSET {n * size - 1}",
        {"settled": stored(settled)},
    ).fetchone()
    event_at, arrival = last or (None, 0)
    return Front(
        condition="(event_at < $last OR (event_at = $last AND arrival <= $arrival)"
        " OR (event_at IS NULL AND arrival <= $timeless))",
        parameters={"last": event_at, "arrival": arrival, "timeless": age.timeless},
        before=utc(event_at),
        n_windowed=n * size,
    )


def _numbered(cursor: Cursor, layout: Layout, spec: MonitorSpec, state: State, age: Age) -> Front | None:
    inside, arrived = "arrival <= $arrived", {"arrived": min(state.judged_arrival, age.timeless)}
    size, n = _whole_windows(cursor, layout, spec, state, inside, arrived)
    if not n:
        return None
    (last,) = cursor.execute(
        f"SELECT arrival FROM ({places(layout)}) ORDER BY arrival LIMIT 1 OFFSET {n * size - 1}"
    ).fetchone() or (0,)
    return Front(condition="arrival <= $last", parameters={"last": last}, n_windowed=n * size)


def _whole_windows(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    state: State,
    inside: str,
    parameters: Mapping[str, object],
) -> tuple[int, int]:
    """Return a row window's size, and how many leading windows lie inside and are judged as full."""
    size = spec.window.rows or 1
    (n_places,) = cursor.execute(
        f"SELECT count(*) FROM ({places(layout)}) WHERE {inside}", dict(parameters)
    ).fetchone() or (0,)
    known, first = profiled(cursor, layout.key), first_whole(spec, state)
    n = 0
    while n < n_places // size and first + n in known and known[first + n][0].closed:
        n += 1
    return size, n


def _earlier(before: datetime, age: Age) -> Front:
    return Front(
        condition="(event_at < $before OR (event_at IS NULL AND arrival <= $timeless))",
        parameters={"before": stored(before), "timeless": age.timeless},
        before=before,
    )

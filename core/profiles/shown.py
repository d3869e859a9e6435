"""Profiles of rows that are shown and not stored, with their labels beside them (core.logs.unstored)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.domain import Profile, Reference, Window
from core.profiles import columns, windows
from core.profiles.build import count_rows
from core.profiles.count import Count
from core.profiles.load import load_profiles
from core.profiles.relation import Relation, all_rows, current_rows, stored, utc, watched
from core.profiles.segments import cuts_of
from core.spec import Layout, MonitorSpec
from core.store import Cursor


def profile_shown(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    reference: Reference,
    origin: datetime | None,
    *,
    now: datetime,
) -> list[Profile]:
    """Count all rows shown, window by window, on the reference's edges, and note where window 0 begins.

    Where the spec's window holds as many rows as there are, they are one closed window, whatever their
    order.

    Parameters
    ----------
    origin
        Where window 0 begins, naive UTC; None: with the first row.
    now
        Aware UTC; windows that end later than it and than the last row are open.

    Returns
    -------
    list of Profile
        One per window and model version, in that order.
    """
    cuts = cuts_of(cursor, layout, spec)
    layout = watched(layout, spec)
    first, last, n = cursor.execute(
        f"SELECT min(event_at), max(event_at), count(*) FROM {layout.rows}"
    ).fetchone() or (None, None, 0)
    state = windows.State(origin=utc(origin or first), judged_arrival=-1)
    cursor.execute(
        "INSERT INTO model_state (model_key, origin, origin_set, arrival, judged_arrival)"
        " VALUES (?, ?, true, ?, 0)",
        [layout.key, stored(state.origin), n],
    )
    chosen: Sequence[Window]
    if spec.window.rows == n:
        chosen = (Window(index=0, start=utc(first), end=utc(last), closed=True),)
        rows = all_rows(layout, spec)
    else:
        chosen = windows.plan(cursor, layout, spec, state, now=now).everything
        rows = current_rows(layout, spec, state.origin, chosen)
    job = Count(
        windows=tuple(chosen),
        rows=rows,
        with_label=_labelled(rows, spec),
        edges=columns.edges_of(layout, reference),
        is_reference=False,
        cuts=cuts,
        fitted=reference.fitted,
    )
    count_rows(cursor, layout, spec, job)
    return load_profiles(cursor, layout.key)


def _labelled(rows: Relation, spec: MonitorSpec) -> Relation:
    """Take the labels beside the rows; only where they carry a time of their own do they tell a delay."""
    if spec.columns.labelled_at is None:
        return replace(rows, label="r.label")
    later = "greatest(epoch_us(r.labelled_at) - epoch_us(r.event_at), 0) / 1e6"
    return replace(rows, label="r.label", delay=f"CASE WHEN r.label IS NOT NULL THEN {later} END")

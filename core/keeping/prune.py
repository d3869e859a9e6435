"""Let go what is older than the settings keep: rows by whole windows, quarantine by the row, files by age."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from core.keeping.front import Age, Front, find_front, of_retired
from core.profiles.relation import stored, utc
from core.profiles.windows import cut_of, read_state
from core.receipts import Pruning
from core.retention import span_text
from core.spec import Layout
from core.store import Cursor, StoredMonitor, pruned

_BLOCK_BYTES = 262_144
_MARKS = 50
"""About so many looks at a model's arrival counter are kept for the time that its rows are."""


def prune_rows(
    cursor: Cursor, monitor: StoredMonitor, keep: timedelta, *, now: datetime, by_itself: bool, dry_run: bool
) -> Pruning:
    """Remove a model's rows that are too old, with their labels; profiles, measurements, verdicts stay.

    Parameters
    ----------
    cursor
        Inside a writing transaction, unless ``dry_run``.
    keep
        How long a row is kept after its event.
    by_itself
        Nobody asked for it: then a row must also have been here for that long, so that a history loaded
        today is not gone tomorrow.
    dry_run
        Only say what would go.

    Returns
    -------
    Pruning
        ``n_waiting`` counts rows that are old enough but stand in a window that is too young, still open,
        or not judged.
    """
    layout, spec = monitor.layout, monitor.spec
    state = read_state(cursor, layout.key)
    marked = _arrived_by(cursor, layout.key, now - keep)
    age = Age(cutoff=now - keep, arrived=marked if by_itself else None, timeless=marked)
    if monitor.retired_at is not None and spec.window.rows is None:
        front: Front | None = of_retired(age)
    else:
        front = find_front(cursor, layout, spec, state, age)
    n, n_bytes = _weigh(cursor, layout, front)
    (n_old,) = cursor.execute(
        f"SELECT count(*) FROM {layout.rows} WHERE event_at < ?", [stored(now - keep)]
    ).fetchone() or (0,)
    if front is not None and not dry_run:
        n_orphans = _remove(cursor, layout, front, now - keep)
        if n or n_orphans or front.n_windowed:
            gone = replace(
                state.pruned,
                before=_later(state.pruned.before, front.before) if n else state.pruned.before,
                n_windowed=state.pruned.n_windowed + front.n_windowed,
                n_rows=state.pruned.n_rows + n,
                cut=cut_of(spec, state),
            )
            pruned.write(cursor, layout.key, gone, now=now)
    stays = f"NOT coalesce({front.condition}, false)" if front else "true"
    (oldest,) = cursor.execute(
        f"SELECT min(event_at) FROM {layout.rows} WHERE {stays}", dict(front.parameters) if front else {}
    ).fetchone() or (None,)
    return Pruning(
        kind="rows",
        model=monitor.name,
        keep=span_text(keep),
        n=n,
        n_bytes=n_bytes,
        oldest_at=utc(oldest),
        n_waiting=max(0, n_old - n),
    )


def note_arrival(cursor: Cursor, key: str, keep: timedelta, *, now: datetime) -> None:
    """Remember how far a model's arrival counter is now: what tells the age of rows without times later."""
    cursor.execute(
        "INSERT INTO arrival_marks SELECT model_key, $now, arrival FROM model_state WHERE model_key = $key"
        " AND NOT EXISTS (FROM arrival_marks WHERE model_key = $key AND noted_at > $since)",
        {"key": key, "now": stored(now), "since": stored(now - max(keep / _MARKS, timedelta(days=1)))},
    )
    cursor.execute(
        "DELETE FROM arrival_marks WHERE model_key = $key AND noted_at <"
        " (SELECT max(noted_at) FROM arrival_marks WHERE model_key = $key AND noted_at <= $cutoff)",
        {"key": key, "cutoff": stored(now - keep)},
    )


def prune_quarantine(
    cursor: Cursor, monitor: StoredMonitor, keep: timedelta, *, now: datetime, dry_run: bool
) -> Pruning:
    """Remove a model's quarantined rows, resolved or not, that came too long ago."""
    old: Mapping[str, object] = {"key": monitor.key, "cutoff": stored(now - keep)}
    n, n_bytes = cursor.execute(
        "SELECT count(*), coalesce(sum(strlen(content)), 0) FROM quarantine"
        " WHERE model_key = $key AND received_at < $cutoff",
        old,
    ).fetchone() or (0, 0)
    if n and not dry_run:
        cursor.execute("DELETE FROM quarantine WHERE model_key = $key AND received_at < $cutoff", old)
    (oldest,) = cursor.execute(
        "SELECT min(received_at) FROM quarantine WHERE model_key = $key AND received_at >= $cutoff", old
    ).fetchone() or (None,)
    return Pruning(
        kind="quarantine",
        model=monitor.name,
        keep=span_text(keep),
        n=int(n),
        n_bytes=int(n_bytes),
        oldest_at=utc(oldest),
    )


class Documents(Protocol):
    """Where documents are kept with the time at which they came."""

    def older(self, before: datetime) -> tuple[int, int, datetime | None]:
        """Return how many came before a time, about their bytes, and when the oldest other came."""
        ...

    def prune(self, before: datetime) -> None:
        """Remove what came before a time."""
        ...


def prune_documents(kind: str, table: Documents, keep: timedelta, *, now: datetime, dry_run: bool) -> Pruning:
    """Remove documents of the state store that came too long ago."""
    n, n_bytes, oldest = table.older(now - keep)
    if n and not dry_run:
        table.prune(now - keep)
    return Pruning(kind=kind, model=None, keep=span_text(keep), n=n, n_bytes=n_bytes, oldest_at=oldest)


def _remove(cursor: Cursor, layout: Layout, front: Front, cutoff: datetime) -> int:
    """Remove rows, their labels and the erased places among them; return how many labels had no row."""
    given = dict(front.parameters)
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE going AS SELECT row_id FROM {layout.rows} WHERE {front.condition}",
        given,
    )
    cursor.execute(f"DELETE FROM {layout.rows} WHERE {front.condition}", given)
    cursor.execute(f"DELETE FROM {layout.labels} WHERE row_id IN (SELECT row_id FROM going)")
    cursor.execute("DROP TABLE going")
    cursor.execute(
        f"DELETE FROM erased_places WHERE model_key = $model_key AND {front.condition}",
        {**given, "model_key": layout.key},
    )
    # A label whose row never came, or came to be pruned before it, waits for nothing any more.
    (n_orphans,) = cursor.execute(
        f"DELETE FROM {layout.labels} WHERE labelled_at < $cutoff"
        f" AND row_id NOT IN (SELECT row_id FROM {layout.rows})",
        {"cutoff": stored(cutoff)},
    ).fetchone() or (0,)
    return int(n_orphans)


def _weigh(cursor: Cursor, layout: Layout, front: Front | None) -> tuple[int, int]:
    """Return how many rows may go, and about how many bytes of the store's file they are."""
    if front is None:
        return 0, 0
    n, n_all = cursor.execute(
        f"SELECT count(*) FILTER ({front.condition}), count(*) FROM {layout.rows}", dict(front.parameters)
    ).fetchone() or (0, 0)
    if not n:
        return 0, 0
    (n_blocks,) = cursor.execute(
        f"SELECT count(DISTINCT block_id) FROM pragma_storage_info('{layout.rows}') WHERE persistent"
    ).fetchone() or (0,)
    return int(n), int(n_blocks * _BLOCK_BYTES * n / n_all)


def _arrived_by(cursor: Cursor, key: str, at: datetime) -> int:
    """Return the last arrival number that is known to have been given by a time; 0 where none is."""
    (found,) = cursor.execute(
        "SELECT coalesce(max(arrival), 0) FROM arrival_marks WHERE model_key = ? AND noted_at <= ?",
        [key, stored(at)],
    ).fetchone() or (0,)
    return int(found)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return other if one is None else one if other is None else max(one, other)

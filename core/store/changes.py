"""Explained changes on record: superseded when a window is judged again, never changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.change import ChangeExplained
from core.store.connection import Cursor, statement
from core.wire import value_json, value_of


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """An explanation as it was found when its window was judged."""

    window_index: int
    version: str
    explained: ChangeExplained
    recorded_at: datetime


def record(
    cursor: Cursor, key: str, windows: Iterable[int], found: Sequence[ChangeExplained], *, now: datetime
) -> None:
    """Make these the current explanations of the given windows of one model.

    Parameters
    ----------
    cursor
        Inside a writing transaction.
    windows
        Indexes of all windows that were judged; what was on record for them and does not come again is
        superseded, what comes again the same stays as it is.
    found
        Explanations of some of them, from the reference to the window.
    now
        Aware UTC time at which this became known.
    """
    incoming = {}
    for one in found:
        window = one.after.window
        if window is not None and window.index is not None:
            document = value_json(one).decode()
            incoming[window.index, one.after.version or "", one.estimated] = (
                one.metric,
                one.sentence,
                document,
            )
    current = cursor.execute(
        "SELECT window_index, version, estimated, sentence FROM changes"
        " WHERE model_key = ? AND superseded_at IS NULL AND list_contains(?::BIGINT[], window_index)",
        [key, sorted(windows)],
    ).fetchall()
    at = now.astimezone(UTC).replace(tzinfo=None)
    for index, version, estimated, sentence in current:
        # The last digits of sums depend on the threads; what a person reads does not.
        if incoming.get((index, version, estimated), ("", "", ""))[1] == sentence:
            del incoming[index, version, estimated]
            continue
        cursor.execute(
            "UPDATE changes SET superseded_at = ? WHERE model_key = ? AND superseded_at IS NULL"
            " AND window_index = ? AND version = ? AND estimated = ?",
            [at, key, index, version, estimated],
        )
    for (index, version, estimated), (metric, sentence, document) in incoming.items():
        cursor.execute(
            "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            [key, index, version, metric, estimated, sentence, document, at],
        )


def latest(
    cursor: Cursor, key: str, *, window: int | None = None, version: str | None = None
) -> StoredChange | None:
    """Return the explanation of a window, or of the last window that has one; None where there is none."""
    if window is None:
        (window,) = cursor.execute(
            "SELECT max(window_index) FROM changes WHERE model_key = $key AND superseded_at IS NULL"
            " AND ($version IS NULL OR version = $version)",
            {"key": key, "version": version},
        ).fetchone() or (None,)
    if window is None:
        return None
    found = cursor.execute(
        statement("changes_latest"), {"model_key": key, "window_index": window, "version": version}
    ).fetchall()
    if not found:
        return None
    # The latest of those from labels, before any of those from estimates.
    own_version, _, recorded_at, document = min(found, key=lambda row: (row[1], -row[2].timestamp()))
    return StoredChange(
        window_index=window,
        version=own_version,
        explained=value_of(ChangeExplained, document.encode()),
        recorded_at=recorded_at.replace(tzinfo=UTC),
    )


def sentences(cursor: Cursor, keys: Sequence[str]) -> Mapping[str, Mapping[tuple[str, int], str]]:
    """Return by key the sentence of each explained window, by version and window; measured goes first."""
    found: dict[str, dict[tuple[str, int], str]] = defaultdict(dict)
    for key, version, index, sentence in cursor.execute(
        "SELECT model_key, version, window_index, arg_min(sentence, estimated) FROM changes"
        " WHERE model_key IN (SELECT unnest(?::VARCHAR[])) AND superseded_at IS NULL"
        " GROUP BY model_key, version, window_index",
        [list(keys)],
    ).fetchall():
        found[key][version, index] = sentence
    return found


def explained(cursor: Cursor, keys: Sequence[str]) -> frozenset[str]:
    """Return those of some models of which an explanation is on record."""
    found = cursor.execute(
        "SELECT DISTINCT model_key FROM changes"
        " WHERE model_key IN (SELECT unnest(?::VARCHAR[])) AND superseded_at IS NULL",
        [list(keys)],
    ).fetchall()
    return frozenset(key for (key,) in found)

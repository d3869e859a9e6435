"""Putting measurements and verdicts on record, of many models at once.

A revision is never changed. Judging a window again ends the revisions that no longer hold
(``superseded_at``) and adds those that are new; what came out the same stays untouched, so that
sending the same rows twice leaves no trace.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import pyarrow as pa

from core.domain import Measurement, Verdict, Window
from core.store.connection import Cursor
from core.store.judgements import naive, segment_text

_TEXT, _WHOLE, _REAL, _TIME = pa.string(), pa.int64(), pa.float64(), pa.timestamp("us")
_MEASURED = {
    "model": _TEXT, "version": _TEXT, "metric": _TEXT, "role": _TEXT, "feature": _TEXT, "segment": _TEXT,
    "window_index": _WHOLE, "window_start": _TIME, "window_end": _TIME, "window_closed": pa.bool_(),
    "n": _WHOLE, "value": _REAL, "low": _REAL, "high": _REAL, "unit": _TEXT, "method": _TEXT,
    "estimated": pa.bool_(), "n_reference": _WHOLE, "p_value": _REAL, "baseline": _TEXT,
}  # fmt: skip
_MEASUREMENTS = pa.schema({"model_key": _TEXT, "identity": _TEXT, **_MEASURED, "reason": _TEXT})
_VERDICTS = pa.schema(
    {
        "model_key": _TEXT,
        "identity": _TEXT,
        **_MEASURED,
        "measurement_reason": _TEXT,
        "status": _TEXT,
        "rule": _TEXT,
        "limit_low": _REAL,
        "limit_high": _REAL,
        "reason": _TEXT,
        "sentence": _TEXT,
        "policy_digest": _TEXT,
        "judged_at": _TIME,
    }
)
# When a verdict was reached is not part of what it says: the same verdict reached again is no revision. The
# baseline is part of what it is, as is the model.
_NOT_CONTENT = {"judged_at", "baseline", "model_key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """All that now holds for the windows of one model that were judged.

    ``windows`` are their indexes: what was on record for them and does not come again is superseded.
    """

    key: str
    windows: frozenset[int]
    measurements: Sequence[Measurement]
    verdicts: Sequence[Verdict]


def record(cursor: Cursor, reached: Sequence[Reached], *, now: datetime) -> None:
    """Make these the current measurements and verdicts of the windows judged.

    Parameters
    ----------
    cursor
        Inside a writing transaction.
    reached
        Of each model once.
    now
        Aware UTC time at which this became known.
    """
    places = [(one.key, index) for one in reached for index in sorted(one.windows)]
    if not places:
        return
    keys, indexes = zip(*places, strict=True)
    windows = pa.table({"model_key": pa.array(keys, _TEXT), "window_index": pa.array(indexes, _WHOLE)})
    cursor.register("judged_windows", windows)
    try:
        _replace(cursor, "measurements", _table(_MEASUREMENTS, _measurements(reached)), places, now)
        _replace(cursor, "verdicts", _table(_VERDICTS, _verdicts(reached)), places, now)
    finally:
        cursor.unregister("judged_windows")


def _measurements(reached: Sequence[Reached]) -> Iterator[tuple[object, ...]]:
    for one in reached:
        for m in one.measurements:
            yield (one.key, m.identity, *_measured(m))


def _verdicts(reached: Sequence[Reached]) -> Iterator[tuple[object, ...]]:
    for one in reached:
        for v in one.verdicts:
            yield (
                one.key, v.id, *_measured(v.measurement), v.status.value, v.rule, v.limit.low, v.limit.high,
                v.reason, v.sentence, v.policy_digest, naive(v.judged_at),
            )  # fmt: skip


def _measured(m: Measurement) -> tuple[object, ...]:
    return (
        m.model, m.version, m.metric, m.role.value, m.feature, segment_text(m.segment),
        *_bounds(m.window),
        m.n, m.value, m.low, m.high, m.unit, m.method, m.estimated, m.n_reference, m.p_value,
        m.baseline, m.reason,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _bounds(window: Window) -> tuple[int | None, datetime | None, datetime | None, bool]:
    return window.index, naive(window.start), naive(window.end), window.closed


def _table(schema: pa.Schema, rows: Iterator[tuple[object, ...]]) -> pa.Table:
    columns: list[Sequence[object]] = list(zip(*rows, strict=True)) or [[] for _ in schema.names]
    return pa.table(
        [pa.array(values, type=kind) for values, kind in zip(columns, schema.types, strict=True)], schema
    )


def _replace(
    cursor: Cursor, table: str, incoming: pa.Table, places: Sequence[tuple[str, int]], now: datetime
) -> None:
    names = incoming.schema.names
    listed = ", ".join(names)
    content = ", ".join(f"{name} := {name}" for name in names if name not in _NOT_CONTENT)
    hashed = f"SELECT md5(struct_pack({content})::VARCHAR) AS content, {listed} FROM incoming"
    at = {"now": naive(now)}
    # Written out, they let blocks of other windows be skipped.
    around = ", ".join(str(index) for index in sorted({int(index) for _, index in places}))
    standing = (
        f"superseded_at IS NULL AND window_index IN ({around})"
        f" AND EXISTS (FROM judged_windows w WHERE w.model_key = {table}.model_key"
        f" AND w.window_index = {table}.window_index)"
    )
    (is_new,) = cursor.execute(f"SELECT NOT EXISTS (FROM {table} WHERE {standing})").fetchone() or (False,)
    cursor.register("incoming", incoming)
    try:
        if is_new:
            cursor.execute(
                f"INSERT INTO {table} (content, {listed}, recorded_at) SELECT *, $now FROM ({hashed})", at
            )
            return
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE incoming_revisions AS {hashed}")
    finally:
        cursor.unregister("incoming")
    cursor.execute(
        f"UPDATE {table} SET superseded_at = $now WHERE {standing}"
        f" AND NOT EXISTS (FROM incoming_revisions i WHERE i.model_key = {table}.model_key"
        f" AND i.identity = {table}.identity AND i.content = {table}.content)",
        at,
    )
    cursor.execute(
        f"INSERT INTO {table} (content, {listed}, recorded_at)"
        f" SELECT content, {listed}, $now FROM incoming_revisions i"
        f" WHERE NOT EXISTS (FROM {table} t WHERE t.model_key = i.model_key AND t.superseded_at IS NULL"
        f" AND t.identity = i.identity)",
        at,
    )
    cursor.execute("DROP TABLE incoming_revisions")

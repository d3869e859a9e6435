"""Measurements and verdicts on record: what holds now, and what was known when.

A revision is never changed. Judging a window again ends the revisions that no longer hold
(``superseded_at``) and adds those that are new; what came out the same stays untouched, so that
sending the same rows twice leaves no trace.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from core.domain import Baseline, Limit, Measurement, Role, Segment, Status, Verdict, Window
from core.receipts import Revision
from core.store.connection import Cursor, statement

_TEXT, _WHOLE, _REAL, _TIME = pa.string(), pa.int64(), pa.float64(), pa.timestamp("us")
_MEASURED = {
    "model": _TEXT, "version": _TEXT, "metric": _TEXT, "role": _TEXT, "feature": _TEXT, "segment": _TEXT,
    "window_index": _WHOLE, "window_start": _TIME, "window_end": _TIME, "window_closed": pa.bool_(),
    "n": _WHOLE, "value": _REAL, "low": _REAL, "high": _REAL, "unit": _TEXT, "method": _TEXT,
    "estimated": pa.bool_(), "n_reference": _WHOLE, "p_value": _REAL, "baseline": _TEXT,
}  # fmt: skip
_MEASUREMENTS = pa.schema({"identity": _TEXT, **_MEASURED, "reason": _TEXT})
_VERDICTS = pa.schema(
    {
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
# baseline is part of what it is.
_NOT_CONTENT = {"judged_at", "baseline"}


def segment_text(segment: Segment) -> str:
    """Return a segment as canonical JSON, the form in which it is stored and looked up."""
    return json.dumps(segment.as_dict(), sort_keys=True, ensure_ascii=False)


def naive(at: datetime | None) -> datetime | None:
    """Return a UTC time without its zone, as DuckDB's TIMESTAMP holds it."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


def aware(at: datetime | None) -> datetime | None:
    """Return a stored time with its zone."""
    return None if at is None else at.replace(tzinfo=UTC)


def _measured(m: Measurement) -> tuple[object, ...]:
    return (
        m.model, m.version, m.metric, m.role.value, m.feature, segment_text(m.segment),
        m.window.index, naive(m.window.start), naive(m.window.end), m.window.closed,
        m.n, m.value, m.low, m.high, m.unit, m.method, m.estimated, m.n_reference, m.p_value,
        m.baseline, m.reason,
    )  # fmt: skip


def record(
    cursor: Cursor,
    key: str,
    windows: Iterable[int],
    measurements: Sequence[Measurement],
    verdicts: Sequence[Verdict],
    *,
    now: datetime,
) -> None:
    """Make these the current measurements and verdicts of the given windows of one model.

    Parameters
    ----------
    cursor
        Inside a writing transaction.
    key
        The model's key (:attr:`core.spec.Layout.key`).
    windows
        Indexes of all windows that were judged; what was on record for them and does not come again
        is superseded.
    measurements, verdicts
        All that now holds for these windows.
    now
        Aware UTC time at which this became known.
    """
    indexes = sorted(windows)
    _replace(
        cursor,
        "measurements",
        _MEASUREMENTS,
        key,
        indexes,
        ((m.identity, *_measured(m)) for m in measurements),
        now,
    )
    rows = (
        (
            v.id, *_measured(v.measurement), v.status.value, v.rule, v.limit.low, v.limit.high, v.reason,
            v.sentence, v.policy_digest, naive(v.judged_at),
        )
        for v in verdicts
    )  # fmt: skip
    _replace(cursor, "verdicts", _VERDICTS, key, indexes, rows, now)


def _replace(
    cursor: Cursor,
    table: str,
    schema: pa.Schema,
    key: str,
    windows: list[int],
    rows: Iterable[tuple[object, ...]],
    now: datetime,
) -> None:
    columns: list[Sequence[object]] = list(zip(*rows, strict=True)) or [[] for _ in schema.names]
    incoming = pa.table(
        [pa.array(values, type=kind) for values, kind in zip(columns, schema.types, strict=True)], schema
    )
    listed = ", ".join(schema.names)
    content = ", ".join(f"{name} := {name}" for name in schema.names if name not in _NOT_CONTENT)
    hashed = f"SELECT md5(struct_pack({content})::VARCHAR) AS content, {listed} FROM incoming"
    parameters = {"key": key, "now": naive(now)}
    standing = f"model_key = $key AND superseded_at IS NULL AND window_index IN ({_listed(windows)})"
    (is_new,) = cursor.execute(
        f"SELECT NOT EXISTS (FROM {table} WHERE {standing})", {"key": key}
    ).fetchone() or (False,)
    cursor.register("incoming", incoming)
    try:
        if is_new:
            cursor.execute(
                f"INSERT INTO {table} (model_key, content, {listed}, recorded_at)"
                f" SELECT $key, *, $now FROM ({hashed})",
                parameters,
            )
            return
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE incoming_revisions AS {hashed}")
    finally:
        cursor.unregister("incoming")
    cursor.execute(
        f"UPDATE {table} SET superseded_at = $now WHERE {standing}"
        f" AND NOT EXISTS (FROM incoming_revisions i"
        f" WHERE i.identity = {table}.identity AND i.content = {table}.content)",
        parameters,
    )
    cursor.execute(
        f"INSERT INTO {table} (model_key, content, {listed}, recorded_at)"
        f" SELECT $key, content, {listed}, $now FROM incoming_revisions i"
        f" WHERE NOT EXISTS (FROM {table} t WHERE t.model_key = $key AND t.superseded_at IS NULL"
        f" AND t.identity = i.identity)",
        parameters,
    )
    cursor.execute("DROP TABLE incoming_revisions")


def _listed(windows: Sequence[int]) -> str:
    """Return window indexes as SQL; written out, they let blocks of other windows be skipped."""
    return ", ".join(str(int(index)) for index in windows) or "NULL"


def supersede_all(cursor: Cursor, key: str, *, now: datetime, keep_before: int = 0) -> None:
    """End the current revisions of one model: its reference or its windows are being cut anew.

    Windows before ``keep_before`` have lost their rows to pruning and cannot be judged anew: what is on
    record for them still holds.
    """
    for table in ("measurements", "verdicts", "changes"):
        cursor.execute(
            f"UPDATE {table} SET superseded_at = $now WHERE model_key = $key AND superseded_at IS NULL"
            " AND (window_index IS NULL OR window_index >= $keep_before)",
            {"key": key, "now": naive(now), "keep_before": keep_before},
        )


def measurements(
    cursor: Cursor,
    key: str,
    *,
    metric: str | None = None,
    feature: str | None = None,
    segment: Segment | None = None,
    since: datetime | None = None,
    baseline: Baseline = "fixed",
) -> list[Measurement]:
    """Return the current measurements of one model in window order, filtered where asked."""
    found = cursor.execute(
        statement("judgements_measurements"),
        {
            "model_key": key,
            "metric": metric,
            "feature": feature,
            "segment": None if segment is None else segment_text(segment),
            "since": naive(since),
            "baseline": baseline,
        },
    ).fetchall()
    return [_measurement(*row) for row in found]


def verdicts(
    cursor: Cursor,
    *,
    key: str | None = None,
    identity: str | None = None,
    identities: Sequence[str] | None = None,
    segment: Segment | None = None,
    since: datetime | None = None,
    statuses: Collection[Status] | None = None,
) -> list[Verdict]:
    """Return current verdicts in window order: of one model, or with one or several identities."""
    wanted = [identity] if identity is not None else None if identities is None else list(identities)
    asked = {
        "model_key": key,
        "identities": wanted,
        "segment": None if segment is None else segment_text(segment),
        "since": naive(since),
        "statuses": _texts(statuses),
    }
    return [one.verdict for one in _read(cursor, "judgements_verdicts", asked)]


def _texts(statuses: Collection[Status] | None) -> list[str] | None:
    return None if statuses is None else [status.value for status in statuses]


def failing(cursor: Cursor, key: str, *, unsure: str) -> list[Verdict]:
    """Return the judged verdicts of everything of a model that failed in some window, in window order.

    A warning whose reason ends with ``unsure`` counts as a failure.
    """
    asked = {"model_key": key, "unsure": unsure}
    return [one.verdict for one in _read(cursor, "judgements_failing", asked)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Windows of a model version with a verdict, those of them with rows, and the features judged."""

    judged: frozenset[int]
    busy: frozenset[int]
    features: frozenset[str]


def seen(cursor: Cursor, key: str) -> dict[str, Seen]:
    """Return what was judged at all, by model version; a window without an index counts as -1."""
    found = cursor.execute(statement("judgements_seen"), {"model_key": key}).fetchall()
    return {
        version: Seen(judged=frozenset(judged), busy=frozenset(busy), features=frozenset(features))
        for version, judged, busy, features in found
    }


def revisions(
    cursor: Cursor,
    key: str,
    *,
    segment: Segment | None = None,
    since: datetime | None = None,
    as_of: datetime | None = None,
    statuses: Collection[Status] | None = None,
) -> list[Revision]:
    """Return what was judged of a model and when it was known, in window order, oldest revision first.

    Parameters
    ----------
    as_of
        Only the revisions that stood at this time: at most one a verdict. None for all of them.
    statuses
        Only revisions with one of these; None for any.
    """
    asked = {
        "model_key": key,
        "segment": None if segment is None else segment_text(segment),
        "since": naive(since),
        "as_of": naive(as_of),
        "statuses": _texts(statuses),
    }
    return _read(cursor, "judgements_revisions", asked)


def as_of(
    cursor: Cursor,
    key: str,
    at: datetime,
    *,
    segment: Segment | None = None,
    since: datetime | None = None,
    statuses: Collection[Status] | None = None,
) -> list[Verdict]:
    """Return a model's verdicts as they stood at a time, in window order."""
    stood = revisions(cursor, key, segment=segment, since=since, as_of=at, statuses=statuses)
    return [one.verdict for one in stood]


def _read(cursor: Cursor, name: str, asked: Mapping[str, object]) -> list[Revision]:
    return [
        Revision(
            verdict=Verdict(
                id=identity,
                measurement=_measurement(*measured),
                status=Status(status),
                rule=rule,
                limit=Limit(low=low, high=high),
                reason=reason,
                sentence=sentence,
                policy_digest=policy_digest,
                judged_at=judged_at.replace(tzinfo=UTC),
            ),
            recorded_at=recorded_at.replace(tzinfo=UTC),
            superseded_at=aware(superseded_at),
        )
        for (
            identity, *measured, status, rule, low, high, reason, sentence, policy_digest, judged_at,
            recorded_at, superseded_at,
        ) in cursor.execute(statement(name), dict(asked)).fetchall()
    ]  # fmt: skip


def judged_at(cursor: Cursor, key: str) -> str:
    """Return when a model was last judged, as text; empty if never."""
    found = cursor.execute(
        "SELECT coalesce(judged_at::VARCHAR, '') FROM model_state WHERE model_key = ?", [key]
    ).fetchone()
    return "" if found is None else str(found[0])


def judged_up_to(cursor: Cursor, key: str) -> tuple[object, ...]:
    """Return what changes with every judgement of a model: when, and up to which row; empty if never."""
    found = cursor.execute(
        "SELECT judged_at, judged_arrival FROM model_state WHERE model_key = ?", [key]
    ).fetchone()
    return () if found is None else tuple(found)


def immature_windows(cursor: Cursor, key: str) -> frozenset[int]:
    """Return the windows that wait for labels: time alone can change their verdicts."""
    found = cursor.execute(
        "SELECT DISTINCT window_index FROM verdicts WHERE model_key = ? AND superseded_at IS NULL"
        " AND reason IN ('labels immature', 'no labels yet')",
        [key],
    ).fetchall()
    return frozenset(index for (index,) in found)


def _measurement(
    model: str,
    version: str,
    metric: str,
    role: str,
    feature: str | None,
    segment: str,
    index: int | None,
    start: datetime | None,
    end: datetime | None,
    closed: bool,
    n: int,
    value: float | None,
    low: float | None,
    high: float | None,
    unit: str,
    method: str,
    estimated: bool,
    n_reference: int | None,
    p_value: float | None,
    baseline: Baseline,
    reason: str | None,
) -> Measurement:
    return Measurement(
        model=model,
        version=version,
        metric=metric,
        role=Role(role),
        feature=feature,
        segment=Segment.of(json.loads(segment)),
        window=Window(index=index, start=aware(start), end=aware(end), closed=closed),
        n=n,
        value=value,
        low=low,
        high=high,
        unit=unit,
        method=method,
        estimated=estimated,
        n_reference=n_reference,
        p_value=p_value,
        reason=reason,
        baseline=baseline,
    )

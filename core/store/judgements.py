"""Measurements and verdicts on record: what holds now, and what was known when; written by ``recording``."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from core.domain import Baseline, Limit, Measurement, Role, Segment, Status, Verdict, Window
from core.receipts import Revision
from core.store.connection import Cursor, statement


@lru_cache(maxsize=4096)
def segment_text(segment: Segment) -> str:
    """Return a segment as canonical JSON, the form in which it is stored and looked up."""
    return json.dumps(segment.as_dict(), sort_keys=True, ensure_ascii=False)


def naive(at: datetime | None) -> datetime | None:
    """Return a UTC time without its zone, as DuckDB's TIMESTAMP holds it."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


def aware(at: datetime | None) -> datetime | None:
    """Return a stored time with its zone."""
    return None if at is None else at.replace(tzinfo=UTC)


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
    return [one.verdict for _, one in _read(cursor, "judgements_verdicts", asked)]


def _texts(statuses: Collection[Status] | None) -> list[str] | None:
    return None if statuses is None else [status.value for status in statuses]


def failing(cursor: Cursor, keys: Sequence[str], *, unsure: str) -> Mapping[str, Sequence[Verdict]]:
    """Return by key the judged verdicts of everything that failed in some window, in window order.

    A warning whose reason ends with ``unsure`` counts as a failure.
    """
    asked = {"model_keys": list(keys), "unsure": unsure}
    found: dict[str, list[Verdict]] = defaultdict(list)
    for key, one in _read(cursor, "judgements_failing", asked):
        found[key].append(one.verdict)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Windows of a model version with a verdict, those of them with rows, and the features judged."""

    judged: frozenset[int]
    busy: frozenset[int]
    features: frozenset[str]


def seen(cursor: Cursor, keys: Sequence[str]) -> Mapping[str, Mapping[str, Seen]]:
    """Return by key what was judged at all, by model version; a window without an index counts as -1."""
    found: dict[str, dict[str, Seen]] = defaultdict(dict)
    for key, version, judged, busy, features in cursor.execute(
        statement("judgements_seen"), {"model_keys": list(keys)}
    ).fetchall():
        found[key][version] = Seen(
            judged=frozenset(judged), busy=frozenset(busy), features=frozenset(features)
        )
    return found


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
    return [one for _, one in _read(cursor, "judgements_revisions", asked)]


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


def _read(cursor: Cursor, name: str, asked: Mapping[str, object]) -> list[tuple[str, Revision]]:
    return [
        (key, Revision(
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
        ))
        for (
            key, identity, *measured, status, rule, low, high, reason, sentence, policy_digest, judged_at,
            recorded_at, superseded_at,
        ) in cursor.execute(statement(name), dict(asked)).fetchall()
    ]  # fmt: skip


def judged_at(cursor: Cursor, keys: Sequence[str]) -> dict[str, str]:
    """Return by key when some models were last judged, as text; empty if never, nothing if never watched."""
    return dict(
        cursor.execute(
            "SELECT model_key, coalesce(judged_at::VARCHAR, '') FROM model_state"
            " WHERE model_key IN (SELECT unnest(?::VARCHAR[]))",
            [list(keys)],
        ).fetchall()
    )


def judged_up_to(cursor: Cursor, key: str) -> tuple[object, ...]:
    """Return what changes with every judgement of a model: when, and up to which row; empty if never."""
    found = cursor.execute(
        "SELECT judged_at, judged_arrival FROM model_state WHERE model_key = ?", [key]
    ).fetchone()
    return () if found is None else tuple(found)


def staleness_of_models(
    cursor: Cursor, keys: Sequence[str], *, since: int
) -> dict[str, dict[int, float | None]]:
    """Return by key the staleness on record of some models, by window, from a window on."""
    found: dict[str, dict[int, float | None]] = defaultdict(dict)
    for key, index, value in cursor.execute(
        "SELECT model_key, window_index, value FROM measurements"
        " WHERE model_key IN (SELECT unnest(?::VARCHAR[])) AND window_index >= ? AND superseded_at IS NULL"
        " AND metric = 'staleness' AND baseline = 'fixed' ORDER BY window_index, version",
        [list(keys), since],
    ).fetchall():
        found[key][index] = value
    return found


def immature_windows(cursor: Cursor, key: str) -> frozenset[int]:
    """Return the windows that wait for labels: time alone can change their verdicts."""
    return immature_of_models(cursor, [key]).get(key, frozenset())


def immature_of_models(cursor: Cursor, keys: Sequence[str]) -> dict[str, frozenset[int]]:
    """Return by key what :func:`immature_windows` says of some models; those without one are left out."""
    found = cursor.execute(
        "SELECT model_key, list(DISTINCT window_index) FROM verdicts"
        " WHERE model_key IN (SELECT unnest(?::VARCHAR[])) AND superseded_at IS NULL"
        " AND reason IN ('labels immature', 'no labels yet') GROUP BY model_key",
        [list(keys)],
    ).fetchall()
    return {key: frozenset(indexes) for key, indexes in found}


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

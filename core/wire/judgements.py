"""Windows, measurements and verdicts as the contract's JSON objects, and back."""

from collections.abc import Iterable

from core.domain import Limit, Measurement, Role, Segment, Status, Verdict, Window
from core.errors import InvalidInput, Problem
from core.receipts import Comparison, Revision
from core.wire.moments import moment, moment_of, moment_or_none, moment_text
from core.wire.objects import ComparisonObject, MeasurementObject, RevisionObject, VerdictObject, WindowObject


def window_object(window: Window) -> WindowObject:
    """Return a window as JSON."""
    return {
        "index": window.index,
        "start": moment_text(window.start),
        "end": moment_text(window.end),
        "closed": window.closed,
    }


def window_of(document: WindowObject) -> Window:
    """Read a window; one that does not say so is closed."""
    return Window(
        index=document["index"],
        start=moment_or_none(document["start"]),
        end=moment_or_none(document["end"]),
        closed=document.get("closed", True),
    )


def measurement_object(m: Measurement) -> MeasurementObject:
    """Return a measurement as JSON."""
    return {
        "model": m.model,
        "version": m.version,
        "metric": m.metric,
        "role": m.role.value,
        "feature": m.feature,
        "method": m.method,
        "window": window_object(m.window),
        "segment": m.segment.as_dict(),
        "n": m.n,
        "value": m.value,
        "low": m.low,
        "high": m.high,
        "unit": m.unit,
        "estimated": m.estimated,
        "n_reference": m.n_reference,
        "p_value": m.p_value,
        "baseline": m.baseline,
        "reason": m.reason,
    }


def measurement_of(document: MeasurementObject) -> Measurement:
    """Read a measurement."""
    return _measurement(document, document["reason"])


def _measurement(document: MeasurementObject, reason: str | None) -> Measurement:
    return Measurement(
        model=document["model"],
        version=document["version"],
        metric=document["metric"],
        role=Role(document["role"]),
        feature=document["feature"],
        method=document["method"],
        window=window_of(document["window"]),
        segment=Segment.of(document["segment"]),
        n=document["n"],
        value=document["value"],
        low=document["low"],
        high=document["high"],
        unit=document["unit"],
        estimated=document["estimated"],
        n_reference=document["n_reference"],
        p_value=document["p_value"],
        baseline=document.get("baseline", "fixed"),
        reason=reason,
    )


def verdict_object(verdict: Verdict) -> VerdictObject:
    """Return a verdict as JSON: its measurement's fields and its own."""
    m = measurement_object(verdict.measurement)
    return {
        **m,
        "id": verdict.id,
        "status": verdict.status.value,
        "rule": verdict.rule,
        "limit": {"low": verdict.limit.low, "high": verdict.limit.high},
        "reason": verdict.reason,
        "sentence": verdict.sentence,
        "policy_digest": verdict.policy_digest,
        "judged_at": moment(verdict.judged_at),
        "value_reason": m["reason"],
    }


def revision_object(revision: Revision) -> RevisionObject:
    """Return a revision as JSON: the verdict, since when it was known, and until when it stood."""
    return {
        **verdict_object(revision.verdict),
        "recorded_at": moment(revision.recorded_at),
        "superseded_at": moment_text(revision.superseded_at),
    }


def revision_of(document: RevisionObject) -> Revision:
    """Read a revision."""
    return Revision(
        verdict=verdict_of(document),
        recorded_at=moment_of(document["recorded_at"]),
        superseded_at=moment_or_none(document["superseded_at"]),
    )


def verdict_of(document: VerdictObject) -> Verdict:
    """Read a verdict."""
    return Verdict(
        id=document["id"],
        measurement=_measurement(document, document["value_reason"]),
        status=Status(document["status"]),
        rule=document["rule"],
        limit=Limit(low=document["limit"]["low"], high=document["limit"]["high"]),
        reason=document["reason"] or "",
        sentence=document["sentence"],
        policy_digest=document["policy_digest"],
        judged_at=moment_of(document["judged_at"]),
    )


def comparison_object(comparison: Comparison) -> ComparisonObject:
    """Return measurements and verdicts of an unstored question as JSON."""
    document: ComparisonObject = {
        "measurements": [measurement_object(each) for each in comparison.measurements],
        "verdicts": [verdict_object(each) for each in comparison.verdicts],
    }
    if comparison.note:
        document["note"] = comparison.note
    return document


def comparison_of(document: ComparisonObject) -> Comparison:
    """Read measurements and verdicts of an unstored question."""
    return Comparison(
        measurements=tuple(measurement_of(each) for each in document["measurements"]),
        verdicts=tuple(verdict_of(each) for each in document["verdicts"]),
        note=document.get("note", ""),
    )


def segment_texts(segment: Segment) -> list[str]:
    """Return a segment as ``column=value`` texts; :func:`segment_of` reads them."""
    return [f"{column}={value}" for column, value in segment.pairs]


def segment_of(texts: Iterable[str]) -> Segment:
    """Read ``column=value`` texts; raises ``InvalidInput`` with all that are none.

    Examples
    --------
    >>> segment_of(["sex=f", "race=Asian"]).as_dict()
    {'race': 'Asian', 'sex': 'f'}
    """
    pairs = [text.partition("=") for text in texts]
    problems = [
        Problem(field="segment", message=f"{column!r} names no value", remedy="write column=value")
        for column, equals, _ in pairs
        if not (column and equals)
    ]
    if problems:
        raise InvalidInput("The segment", problems)
    return Segment.of({column: value for column, _, value in pairs})

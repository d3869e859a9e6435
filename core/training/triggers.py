"""Which retrainings a spec asks for by itself, now. Pure.

Each has a key, under which it is asked for once: per period of a schedule, per incident. Whether it may begin
is for the guards to say, as for a person's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain import Incident, IncidentStatus
from core.policy.rules import Group
from core.retention import span_text
from core.spec import MonitorSpec

_ANSWERED = (Group.DRIFT.value, Group.PERFORMANCE.value)
"""Incidents that training may answer: not those about the rows themselves, fairness or the service."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A retraining that is due: why, and the key under which it is asked for once."""

    trigger: str
    key: str
    reason: str


def due(
    spec: MonitorSpec, *, key: str, last_at: datetime, incidents: Iterable[Incident], now: datetime
) -> Due | None:
    """Return what is due of a model; None where nothing is.

    Parameters
    ----------
    key
        The model's key.
    last_at
        When it was last trained anew, or first watched.
    incidents
        Its incidents.
    """
    rule = spec.training
    if rule.every is not None and now - last_at >= rule.every:
        period = (now - _EPOCH) // rule.every
        reason = f"every {span_text(rule.every)}, as the spec says"
        return Due(trigger="schedule", key=f"schedule/{key}/{period}", reason=reason)
    if rule.verdict is None:
        return None
    for incident in incidents:
        is_open = incident.status in (IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED)
        if is_open and incident.rule in _ANSWERED:
            reason = f"incident {incident.id}: {incident.cause}"
            return Due(trigger="verdict", key=f"verdict/{key}/{incident.id}", reason=reason)
    return None

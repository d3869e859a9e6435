"""Alerts and maintenance windows as JSON objects, and back."""

from typing_extensions import TypedDict

from core.alert import Alert, AlertEvent, AlertStatus, Maintenance
from core.wire.moments import moment, moment_of, moment_or_none, moment_text


class AlertObject(TypedDict):
    """One message to one channel about one turn of an incident, and what became of it."""

    key: str
    incident: str
    episode: int
    event: str
    channel: str
    status: str
    asked_at: str
    next_at: str
    n_attempts: int
    sent_at: str | None
    error: str | None


class MaintenanceObject(TypedDict):
    """A span in which nobody is called; ``model`` null is every model."""

    id: str
    model: str | None
    starts_at: str
    ends_at: str
    reason: str
    actor: str
    ended_by: str | None


def alert_object(alert: Alert) -> AlertObject:
    """Return an alert as JSON."""
    return {
        "key": alert.key,
        "incident": alert.incident,
        "episode": alert.episode,
        "event": alert.event.value,
        "channel": alert.channel,
        "status": alert.status.value,
        "asked_at": moment(alert.asked_at),
        "next_at": moment(alert.next_at),
        "n_attempts": alert.n_attempts,
        "sent_at": moment_text(alert.sent_at),
        "error": alert.error,
    }


def alert_of(document: AlertObject) -> Alert:
    """Read an alert."""
    return Alert(
        key=document["key"],
        incident=document["incident"],
        episode=document["episode"],
        event=AlertEvent(document["event"]),
        channel=document["channel"],
        status=AlertStatus(document["status"]),
        asked_at=moment_of(document["asked_at"]),
        next_at=moment_of(document["next_at"]),
        n_attempts=document["n_attempts"],
        sent_at=moment_or_none(document["sent_at"]),
        error=document["error"],
    )


def maintenance_object(span: Maintenance) -> MaintenanceObject:
    """Return a maintenance window as JSON."""
    return {
        "id": span.id,
        "model": span.model,
        "starts_at": moment(span.starts_at),
        "ends_at": moment(span.ends_at),
        "reason": span.reason,
        "actor": span.actor,
        "ended_by": span.ended_by,
    }


def maintenance_of(document: MaintenanceObject) -> Maintenance:
    """Read a maintenance window."""
    return Maintenance(
        id=document["id"],
        model=document["model"],
        starts_at=moment_of(document["starts_at"]),
        ends_at=moment_of(document["ends_at"]),
        reason=document["reason"],
        actor=document["actor"],
        ended_by=document["ended_by"],
    )

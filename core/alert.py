"""Alerts and maintenance windows: what goes out about incidents, and when nothing does. Frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain import Severity


class AlertEvent(StrEnum):
    """What is told of an incident."""

    OPENED = "opened"
    WORSENED = "worsened"
    ESCALATED = "escalated"
    CLOSED = "closed"


class AlertStatus(StrEnum):
    """What became of an alert: ``passed`` ones were no longer news when their turn came."""

    WAITING = "waiting"
    SENT = "sent"
    PASSED = "passed"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to one channel about one turn of an incident.

    ``key`` is the same whenever the same thing is to be told, so that it is on record once. ``episode``
    counts how often the incident opened. ``next_at`` is when to try (again), ``error`` what went wrong last.
    """

    key: str
    incident: str
    episode: int
    event: AlertEvent
    channel: str
    asked_at: datetime
    next_at: datetime
    status: AlertStatus = AlertStatus.WAITING
    n_attempts: int = 0
    sent_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How an incident stood when alerts last looked: open since ``seen_at`` (wall clock), or not any more."""

    incident: str
    episode: int
    is_open: bool
    severity: Severity
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A span in which incidents of a model (None: of all) are on record and nobody is called."""

    id: str
    model: str | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    actor: str
    ended_by: str | None = None

    def covers(self, model: str, at: datetime) -> bool:
        """Tell whether nobody is to be called about a model at a time."""
        return self.model in (None, model) and self.starts_at <= at < self.ends_at

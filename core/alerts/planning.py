"""What is to be told of an incident, to whom and when. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from core.alert import Alert, AlertEvent, AlertStatus, Told
from core.alert_settings import Route
from core.domain import Incident, IncidentStatus, Severity

SETTLE = timedelta(seconds=15)
"""An opening waits so long, so that the other models of one cause are in it when it is told."""
MOST_ATTEMPTS = 10
_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)
_CALLING = frozenset({IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED})
"""A snoozed incident calls nobody; when its snooze is over, it opens again."""


def plan(
    incident: Incident,
    told: Told | None,
    alerts: Sequence[Alert],
    routes: Callable[[], Sequence[Route]],
    now: datetime,
) -> tuple[Told | None, list[Alert]]:
    """Return how the incident stands for alerts from now on, and what is to be told that is not on record.

    Parameters
    ----------
    incident
        As people see it now.
    told
        How it stood at the last look; None if it was never looked at.
    alerts
        What is on record of it.
    routes
        Gives the routes for the models that it concerns, whatever its severity; asked for only where needed.
    now
        Wall clock: escalation runs on it, and so does everything else about people.
    """
    calling = incident.status in _CALLING
    known = {one.key for one in alerts}
    if told is None or not told.is_open:
        if not calling:
            return told, []
        episode = 1 if told is None else told.episode + 1
        told = Told(
            incident=incident.id, episode=episode, is_open=True, severity=incident.severity, seen_at=now
        )
        made = [_made(told, AlertEvent.OPENED, one, 0, now + SETTLE) for one in _taking(routes(), incident)]
        return told, _fresh(made, known)
    if not calling:
        told = replace(told, is_open=False)
        closed = incident.status is IncidentStatus.RESOLVED
        return told, _fresh(_closing(told, alerts, now) if closed else [], known)
    made = []
    if told.severity is not Severity.CRITICAL and incident.severity is Severity.CRITICAL:
        told = replace(told, severity=incident.severity)
        made += [_made(told, AlertEvent.WORSENED, one, 0, now) for one in _taking(routes(), incident)]
    if incident.status is IncidentStatus.OPEN:
        made += _escalating(told, incident, routes(), now)
    return told, _fresh(made, known)


def turn(
    alert: Alert, incident: Incident | None, last_sent_at: datetime | None, cooldown: timedelta, now: datetime
) -> Literal["send", "wait", "pass"]:
    """Say whether it is the turn of an alert that waits, or whether it is no news any more.

    Parameters
    ----------
    incident
        As it stands now; None if it is part of another by now.
    last_sent_at
        When the channel was last told of this incident.
    cooldown
        So long after that it is not told of another opening.
    """
    if incident is None or (alert.event is not AlertEvent.CLOSED and incident.status not in _CALLING):
        return "pass"
    if alert.event is AlertEvent.ESCALATED and incident.status is not IncidentStatus.OPEN:
        return "pass"
    quiet = alert.event is AlertEvent.OPENED and last_sent_at is not None and now < last_sent_at + cooldown
    return "wait" if quiet else "send"


def sent(alert: Alert, now: datetime) -> Alert:
    """Return an alert that its channel took."""
    return replace(
        alert, status=AlertStatus.SENT, n_attempts=alert.n_attempts + 1, sent_at=now, error=None, next_at=now
    )


def failed(alert: Alert, error: str, now: datetime) -> Alert:
    """Return an alert that its channel did not take: tried again later, or given up.

    Examples
    --------
    The pauses double from ten seconds to an hour; after ten attempts, some two hours, it is given up.
    """
    n = alert.n_attempts + 1
    pause = min(_FIRST_PAUSE * 2 ** (n - 1), _LONGEST_PAUSE)
    status = AlertStatus.GIVEN_UP if n >= MOST_ATTEMPTS else AlertStatus.WAITING
    return replace(alert, status=status, n_attempts=n, error=error, next_at=now + pause)


def _taking(routes: Sequence[Route], incident: Incident) -> list[Route]:
    return [one for one in routes if not one.severities or incident.severity in one.severities]


def _made(told: Told, event: AlertEvent, route: Route, level: int, at: datetime) -> Alert:
    parts = (told.incident, str(told.episode), event.value, route.name, str(level))
    return Alert(
        key="/".join(parts),
        incident=told.incident,
        episode=told.episode,
        event=event,
        channel=route.channels[level],
        asked_at=at if event is not AlertEvent.OPENED else told.seen_at,
        next_at=at,
    )


def _escalating(told: Told, incident: Incident, routes: Sequence[Route], now: datetime) -> list[Alert]:
    return [
        _made(told, AlertEvent.ESCALATED, route, level, now)
        for route in _taking(routes, incident)
        for level in range(1, len(route.channels))
        if now >= told.seen_at + level * route.escalate_after
    ]


def _closing(told: Told, alerts: Sequence[Alert], now: datetime) -> list[Alert]:
    """Tell those who were told that it opened, each channel once."""
    reached = dict.fromkeys(
        one.channel for one in alerts if one.episode == told.episode and one.status is AlertStatus.SENT
    )
    return [
        _made(told, AlertEvent.CLOSED, Route(name=channel, channels=(channel,)), 0, now)
        for channel in reached
    ]


def _fresh(made: Sequence[Alert], known: set[str]) -> list[Alert]:
    """Keep what is not on record; a channel on several routes is told once of one turn."""
    kept: dict[tuple[AlertEvent, str], Alert] = {}
    for one in made:
        if one.key not in known:
            kept.setdefault((one.event, one.channel), one)
    return list(kept.values())

"""What a person may do to an incident: acknowledge, snooze, resolve."""

from dataclasses import replace
from datetime import datetime

from core.domain import Incident, IncidentStatus
from core.errors import Conflict, InvalidInput, Problem

WITHDRAWN = "Closed by its rule: its windows were judged again and no longer fail often enough."
BACK_WITHIN = "Closed by its rule: fewer failures than it asks for up to window {index}."
RETIRED = "Closed by its rule: version {version} has had no rows since window {index}."
BY_RULE = "Closed by its rule:"
"""How every resolution begins that no person wrote."""


def acknowledge(incident: Incident, actor: str, at: datetime) -> Incident:
    """Say that ``actor`` looks after the incident from ``at`` on; ends a snooze.

    Raises
    ------
    Conflict
        If it is resolved already.
    """
    _refuse_resolved(incident)
    return replace(
        incident,
        status=IncidentStatus.ACKNOWLEDGED,
        acknowledged_by=actor,
        acknowledged_at=at,
        snoozed_until=None,
    )


def snooze(incident: Incident, until: datetime, actor: str, at: datetime) -> Incident:
    """Keep the incident out of sight until a time; it stays open underneath, and opens again then.

    Raises
    ------
    InvalidInput
        If that time is not after ``at``.
    Conflict
        If it is resolved already.
    """
    _refuse_resolved(incident)
    if until <= at:
        problem = Problem(field="until", message=f"{until:%d %b %Y %H:%M} UTC is not in the future")
        raise InvalidInput("The snooze", [problem])
    return replace(
        incident,
        status=IncidentStatus.SNOOZED,
        snoozed_until=until,
        acknowledged_by=actor,
        acknowledged_at=at,
    )


def resolve(incident: Incident, cause: str, actor: str, at: datetime) -> Incident:
    """Close the incident with what a person found to be its cause.

    The failures that it holds, and those within the policy's cooldown, open no other.

    Raises
    ------
    InvalidInput
        If the cause is blank, or reads as if no person had written it.
    Conflict
        If it is resolved already.
    """
    _refuse_resolved(incident)
    cause = cause.strip()
    if not cause or cause.startswith(BY_RULE):
        message = "must say what it was" if not cause else f"may not begin with '{BY_RULE}'"
        raise InvalidInput("The resolution", [Problem(field="cause", message=message)])
    return replace(
        incident,
        status=IncidentStatus.RESOLVED,
        resolution=cause,
        resolved_by=actor,
        resolved_at=at,
        snoozed_until=None,
    )


def awake(incident: Incident, now: datetime) -> Incident:
    """Return the incident as it stands at ``now``: open again where its snooze is over."""
    over = incident.snoozed_until is not None and now >= incident.snoozed_until
    if incident.status is not IncidentStatus.SNOOZED or not over:
        return incident
    return replace(incident, status=IncidentStatus.OPEN)


def resolved_by_person(incident: Incident) -> bool:
    """Return whether a person resolved the incident: then its failures are dealt with."""
    how = incident.resolution or ""
    return incident.status is IncidentStatus.RESOLVED and not how.startswith(BY_RULE)


def _refuse_resolved(incident: Incident) -> None:
    if incident.status is IncidentStatus.RESOLVED:
        how = incident.resolution or "without a cause"
        raise Conflict(f"Incident {incident.id} is resolved already: {how}")

"""An incident as pages show it."""

from core.domain import Incident
from core.views.series import IncidentNote


def note_of(incident: Incident) -> IncidentNote:
    """Return what a page needs of an incident."""
    return IncidentNote(
        id=incident.id,
        severity=incident.severity,
        status=incident.status,
        cause=incident.cause,
        rule=incident.rule,
        features=incident.features,
        opened_at=incident.opened_at,
        first_index=incident.first_window.index,
        last_index=incident.last_window.index,
        first_start=incident.first_window.start,
        last_end=incident.last_window.end,
        acknowledged_by=incident.acknowledged_by,
        snoozed_until=incident.snoozed_until,
        resolved_at=incident.resolved_at,
        resolution=incident.resolution,
    )

"""Incidents as rows of the state store, and back."""

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.domain import Incident, IncidentStatus, Severity, Window

_WINDOW = TypeAdapter(Window)
_TEXTS = TypeAdapter(tuple[str, ...])


def row_of(incident: Incident) -> dict[str, object]:
    """Return an incident as a row."""
    return {
        "id": incident.id,
        "model": incident.model,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "opened_at": incident.opened_at,
        "first_window": _WINDOW.dump_json(incident.first_window).decode(),
        "last_window": _WINDOW.dump_json(incident.last_window).decode(),
        "cause": incident.cause,
        "rule": incident.rule,
        "features": _TEXTS.dump_json(incident.features).decode(),
        "verdicts": _TEXTS.dump_json(incident.verdicts).decode(),
        "acknowledged_by": incident.acknowledged_by,
        "acknowledged_at": incident.acknowledged_at,
        "snoozed_until": incident.snoozed_until,
        "resolved_at": incident.resolved_at,
        "resolved_by": incident.resolved_by,
        "resolution": incident.resolution,
        "faults": _TEXTS.dump_json(incident.faults).decode(),
        "part_of": incident.part_of,
    }


def incident_of(row: sa.RowMapping) -> Incident:
    """Read an incident from its row."""
    return Incident(
        id=row["id"],
        model=row["model"],
        severity=Severity(row["severity"]),
        status=IncidentStatus(row["status"]),
        opened_at=row["opened_at"],
        first_window=_WINDOW.validate_json(row["first_window"]),
        last_window=_WINDOW.validate_json(row["last_window"]),
        cause=row["cause"],
        rule=row["rule"],
        features=_TEXTS.validate_json(row["features"]),
        verdicts=_TEXTS.validate_json(row["verdicts"]),
        acknowledged_by=row["acknowledged_by"],
        acknowledged_at=row["acknowledged_at"],
        snoozed_until=row["snoozed_until"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        resolution=row["resolution"],
        faults=_TEXTS.validate_json(row["faults"]),
        part_of=row["part_of"],
    )

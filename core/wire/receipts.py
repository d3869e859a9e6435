"""Models, incidents and receipts as the contract's JSON objects, and back."""

from core.domain import Health, Incident, IncidentStatus, Risk, Severity
from core.receipts import (
    Check,
    IngestReceipt,
    ModelSummary,
    MonitorReceipt,
    Notice,
    QuarantinedRow,
    WatchReceipt,
)
from core.wire.judgements import window_object, window_of
from core.wire.moments import moment, moment_of, moment_or_none, moment_text
from core.wire.objects import (
    CheckObject,
    IncidentObject,
    IngestObject,
    ModelObject,
    MonitorObject,
    NoticeObject,
    QuarantineObject,
    ReferenceObject,
    WatchObject,
)


def model_object(model: ModelSummary) -> ModelObject:
    """Return a line of the fleet as JSON."""
    return {
        "name": model.name,
        "registry": model.registry,
        "champion": model.champion,
        "challenger": model.challenger,
        "status": model.status.value,
        "why": model.why,
        "owner": model.owner,
        "unit": model.unit,
        "risk": None if model.risk is None else model.risk.value,
        "monitored": model.monitored,
    }


def model_of(document: ModelObject) -> ModelSummary:
    """Read a line of the fleet."""
    risk = document["risk"]
    return ModelSummary(
        name=document["name"],
        registry=document["registry"],
        champion=document["champion"],
        challenger=document["challenger"],
        status=Health(document["status"]),
        why=document["why"],
        owner=document["owner"],
        unit=document["unit"],
        risk=None if risk is None else Risk(risk),
        monitored=document["monitored"],
    )


def incident_object(incident: Incident) -> IncidentObject:
    """Return an incident as JSON."""
    return {
        "id": incident.id,
        "model": incident.model,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "opened_at": moment(incident.opened_at),
        "first_window": window_object(incident.first_window),
        "last_window": window_object(incident.last_window),
        "cause": incident.cause,
        "rule": incident.rule,
        "features": list(incident.features),
        "verdicts": list(incident.verdicts),
        "acknowledged_by": incident.acknowledged_by,
        "snoozed_until": moment_text(incident.snoozed_until),
        "resolved_at": moment_text(incident.resolved_at),
        "resolution": incident.resolution,
        "resolved_by": incident.resolved_by,
        "models": list(incident.names),
        "faults": list(incident.faults),
        "part_of": incident.part_of,
    }


def incident_of(document: IncidentObject) -> Incident:
    """Read an incident."""
    return Incident(
        id=document["id"],
        model=document["model"],
        severity=Severity(document["severity"]),
        status=IncidentStatus(document["status"]),
        opened_at=moment_of(document["opened_at"]),
        first_window=window_of(document["first_window"]),
        last_window=window_of(document["last_window"]),
        cause=document["cause"],
        rule=document["rule"],
        features=tuple(document["features"]),
        verdicts=tuple(document["verdicts"]),
        acknowledged_by=document["acknowledged_by"],
        snoozed_until=moment_or_none(document["snoozed_until"]),
        resolved_at=moment_or_none(document["resolved_at"]),
        resolution=document["resolution"],
        resolved_by=document["resolved_by"],
        models=tuple(document["models"]) if len(document["models"]) > 1 else (),
        faults=tuple(document["faults"]),
        part_of=document["part_of"],
    )


def notice_object(notice: Notice) -> NoticeObject:
    """Return a notice as JSON."""
    return {
        "field": notice.field,
        "column": notice.column,
        "message": notice.message,
        "remedy": notice.remedy,
    }


def notice_of(document: NoticeObject) -> Notice:
    """Read a notice."""
    return Notice(**document)


def watch_object(receipt: WatchReceipt) -> WatchObject:
    """Return a watch receipt as JSON."""
    pinned = ReferenceObject(rows=receipt.reference_rows, windows=receipt.reference_windows)
    notices = [notice_object(each) for each in receipt.notices]
    return {"model": receipt.model, "reference": pinned, "notices": notices}


def watch_of(document: WatchObject) -> WatchReceipt:
    """Read a watch receipt."""
    pinned = document["reference"]
    return WatchReceipt(
        model=document["model"],
        reference_rows=pinned["rows"],
        reference_windows=pinned["windows"],
        notices=tuple(notice_of(each) for each in document["notices"]),
    )


def ingest_object(receipt: IngestReceipt) -> IngestObject:
    """Return an ingest receipt as JSON."""
    return {
        "accepted": receipt.accepted,
        "quarantined": receipt.quarantined,
        "duplicate": receipt.duplicate,
        "reasons": dict(receipt.reasons),
        "notices": [notice_object(each) for each in receipt.notices],
    }


def ingest_of(document: IngestObject) -> IngestReceipt:
    """Read an ingest receipt."""
    return IngestReceipt(
        accepted=document["accepted"],
        quarantined=document["quarantined"],
        duplicate=document["duplicate"],
        reasons=document["reasons"],
        notices=tuple(notice_of(each) for each in document["notices"]),
    )


def monitor_object(receipt: MonitorReceipt) -> MonitorObject:
    """Return a monitor receipt as JSON."""
    return {
        "windows": receipt.windows,
        "verdicts": dict(receipt.verdicts),
        "incidents": receipt.incidents,
    }


def monitor_of(document: MonitorObject) -> MonitorReceipt:
    """Read a monitor receipt."""
    return MonitorReceipt(**document)


def quarantine_object(row: QuarantinedRow) -> QuarantineObject:
    """Return a quarantined row as JSON."""
    return {
        "id": row.id,
        "kind": row.kind,
        "received_at": moment(row.received_at),
        "field": row.field,
        "reason": row.reason,
        "remedy": row.remedy,
        "row": row.row,
    }


def quarantine_of(document: QuarantineObject) -> QuarantinedRow:
    """Read a quarantined row."""
    return QuarantinedRow(
        id=document["id"],
        kind=document["kind"],
        received_at=moment_of(document["received_at"]),
        field=document["field"],
        reason=document["reason"],
        remedy=document["remedy"],
        row=document["row"],
    )


def check_object(check: Check) -> CheckObject:
    """Return one of the doctor's findings as JSON."""
    return {"name": check.name, "ok": check.ok, "message": check.message, "hint": check.hint}


def check_of(document: CheckObject) -> Check:
    """Read one of the doctor's findings."""
    return Check(**document)

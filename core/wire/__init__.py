"""What travels between processes: domain values ↔ the contract's JSON, views, errors and moments.

Pure functions that server, client and command line share, so that they cannot differ. Field names are
the contract's (docs/API.md); fields may be added, never renamed.
"""

from core.wire.errors import ErrorObject, error_object, error_of
from core.wire.judgements import (
    comparison_object,
    comparison_of,
    measurement_object,
    measurement_of,
    verdict_object,
    verdict_of,
)
from core.wire.moments import moment, parse_moment
from core.wire.objects import (
    CheckObject,
    ComparisonObject,
    IncidentObject,
    IngestObject,
    InitObject,
    LimitObject,
    MeasurementObject,
    ModelObject,
    MonitorObject,
    QuarantineObject,
    VerdictObject,
    WatchObject,
    WindowObject,
)
from core.wire.receipts import (
    check_object,
    check_of,
    incident_object,
    incident_of,
    ingest_object,
    ingest_of,
    model_object,
    model_of,
    monitor_object,
    monitor_of,
    quarantine_object,
    quarantine_of,
    watch_object,
    watch_of,
)
from core.wire.values import dumps, parameters_of, read_value, value_json, value_of

__all__ = [
    "CheckObject",
    "ComparisonObject",
    "ErrorObject",
    "IncidentObject",
    "IngestObject",
    "InitObject",
    "LimitObject",
    "MeasurementObject",
    "ModelObject",
    "MonitorObject",
    "QuarantineObject",
    "VerdictObject",
    "WatchObject",
    "WindowObject",
    "check_object",
    "check_of",
    "comparison_object",
    "comparison_of",
    "dumps",
    "error_object",
    "error_of",
    "incident_object",
    "incident_of",
    "ingest_object",
    "ingest_of",
    "measurement_object",
    "measurement_of",
    "model_object",
    "model_of",
    "moment",
    "monitor_object",
    "monitor_of",
    "parameters_of",
    "parse_moment",
    "quarantine_object",
    "quarantine_of",
    "read_value",
    "value_json",
    "value_of",
    "verdict_object",
    "verdict_of",
    "watch_object",
    "watch_of",
]

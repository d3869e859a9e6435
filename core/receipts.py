"""What the product answers: receipts of what was done, and summaries of what is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.domain import Health, Measurement, Risk, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSummary:
    """One line of the fleet: what runs, how it does, and one sentence why.

    ``registry`` is the tracking URI without credentials; ``champion`` and ``challenger`` are versions.
    """

    name: str
    registry: str
    champion: str | None
    challenger: str | None
    status: Health
    why: str
    owner: str | None
    unit: str | None
    risk: Risk | None
    monitored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReceipt:
    """A model is being monitored: how many reference rows and windows were pinned."""

    model: str
    reference_rows: int
    reference_windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReceipt:
    """What became of the rows sent: ``accepted + quarantined + duplicate`` is their number.

    ``reasons`` counts the quarantined rows by the field that was at fault.
    """

    accepted: int
    quarantined: int
    duplicate: int
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that could not be used: which field, why, how to mend it, and the row itself as JSON."""

    id: str
    kind: str
    received_at: datetime
    field: str
    reason: str
    remedy: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorReceipt:
    """What one run of the monitor judged: windows, verdicts by status, incidents now open."""

    windows: int
    verdicts: Mapping[str, int]
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Measurements and verdicts of one question that is not stored."""

    measurements: tuple[Measurement, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding of the doctor: what was looked at, whether it is well, and what to do."""

    name: str
    ok: bool
    message: str
    hint: str = ""

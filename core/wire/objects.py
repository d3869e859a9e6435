"""The contract's JSON objects, as types: field names are fixed, fields may be added."""

from typing import NotRequired

from typing_extensions import TypedDict

from core.domain import Baseline


class WindowObject(TypedDict):
    """A stretch of rows; ``index`` is null for all rows of a file."""

    index: int | None
    start: str | None
    end: str | None
    closed: NotRequired[bool]


class LimitObject(TypedDict):
    """The allowed range; null leaves that side open."""

    low: float | None
    high: float | None


class MeasurementObject(TypedDict):
    """One number and how to read it; ``reason`` says why ``value`` is null."""

    model: str
    version: str
    metric: str
    role: str
    feature: str | None
    method: str
    window: WindowObject
    segment: dict[str, str]
    n: int
    value: float | None
    low: float | None
    high: float | None
    unit: str
    estimated: bool
    n_reference: int | None
    p_value: float | None
    baseline: Baseline
    reason: str | None


class VerdictObject(MeasurementObject):
    """A measurement judged; ``reason`` is the verdict's, ``value_reason`` says why ``value`` is null."""

    id: str
    status: str
    rule: str
    limit: LimitObject
    sentence: str
    policy_digest: str
    judged_at: str
    value_reason: str | None


class RevisionObject(VerdictObject):
    """A verdict as it stood: known from ``recorded_at``, until ``superseded_at`` (null: it stands)."""

    recorded_at: str
    superseded_at: str | None


class ModelObject(TypedDict):
    """One line of the fleet."""

    name: str
    registry: str
    champion: str | None
    challenger: str | None
    status: str
    why: str
    owner: str | None
    unit: str | None
    risk: str | None
    monitored: bool


class IncidentObject(TypedDict):
    """Verdicts that persisted, for a person to decide on."""

    id: str
    model: str
    severity: str
    status: str
    opened_at: str
    first_window: WindowObject
    last_window: WindowObject
    cause: str
    rule: str
    features: list[str]
    verdicts: list[str]
    acknowledged_by: str | None
    snoozed_until: str | None
    resolved_at: str | None
    resolution: str | None
    resolved_by: str | None
    models: list[str]
    faults: list[str]
    part_of: str | None


class InitObject(TypedDict):
    """A workspace was made."""

    workspace: str


class ReferenceObject(TypedDict):
    """What was pinned."""

    rows: int
    windows: int


class NoticeObject(TypedDict):
    """What is no error, but worth a look; the column is null where several are meant."""

    field: str
    column: str | None
    message: str
    remedy: str


class WatchObject(TypedDict):
    """A model is being monitored; the notices tell of columns that the reference lacks."""

    model: str
    reference: ReferenceObject
    notices: list[NoticeObject]


class IngestObject(TypedDict):
    """What became of the rows sent; the three counts add up to their number.

    The notices tell of columns that the model's spec names and the predictions lack.
    """

    accepted: int
    quarantined: int
    duplicate: int
    reasons: dict[str, int]
    notices: list[NoticeObject]


class MonitorObject(TypedDict):
    """What one run of the monitor judged."""

    windows: int
    verdicts: dict[str, int]
    incidents: int


class QuarantineObject(TypedDict):
    """A row that could not be used, why, and how to mend it."""

    id: str
    kind: str
    received_at: str
    field: str
    reason: str
    remedy: str
    row: str


class JobObject(TypedDict):
    """Long work: what it is, how far, and how it ended; ``progress`` is a share in [0, 1]."""

    id: str
    kind: str
    model: str
    subject: str
    about: dict[str, str]
    status: str
    progress: float
    step: str
    actor: str
    asked_at: str
    started_at: str | None
    ended_at: str | None
    elapsed_s: float | None
    expected_s: float | None
    attempt: int
    error: str | None
    result: str | None


class CheckObject(TypedDict):
    """One finding of the doctor."""

    name: str
    ok: bool
    message: str
    hint: str


class ComparisonObject(TypedDict):
    """Measurements and verdicts of one question that is not stored; ``note`` is there if something is not."""

    measurements: list[MeasurementObject]
    verdicts: list[VerdictObject]
    note: NotRequired[str]


class ChangeObject(TypedDict):
    """Why a number differs between two sets of rows; the parts are those of :mod:`core.change`."""

    model: str
    metric: str
    title: str
    unit: str
    estimated: bool
    method: str
    before: dict[str, object]
    after: dict[str, object]
    change: dict[str, float] | None
    harm: int
    story: list[dict[str, object]]
    split: dict[str, object] | None
    columns: list[dict[str, object]]
    found: list[dict[str, object]]
    shown: list[dict[str, object]]
    n_tested: int
    sentence: str
    notes: list[str]
    reason: str | None
    left_out: list[str]
    shifting: list[str]

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
class Notice:
    """What is no error, but worth a look: the spec's field, the column it names, what follows, what to do.

    ``column`` is None where several are meant.

    Examples
    --------
    >>> print(Notice(field="columns.label", column="y", message="is not there", remedy="add it"))
    columns.label: 'y' is not there (add it)
    """

    field: str
    column: str | None
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        subject = "" if self.column is None else f"'{self.column}' "
        return f"{self.field}: {subject}{self.message}" + (f" ({self.remedy})" if self.remedy else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchReceipt:
    """A model is being monitored: how many reference rows and windows were pinned.

    ``notices`` tell of columns that the spec names and the reference lacks.
    """

    model: str
    reference_rows: int
    reference_windows: int
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReceipt:
    """What became of the rows sent: ``accepted + quarantined + duplicate`` is their number.

    ``reasons`` counts the quarantined rows by the field that was at fault; ``notices`` tell of columns that
    the spec names and the predictions lack.
    """

    accepted: int
    quarantined: int
    duplicate: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()


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
    """Measurements and verdicts of one question that is not stored; ``note`` says what they leave out."""

    measurements: tuple[Measurement, ...]
    verdicts: tuple[Verdict, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding of the doctor: what was looked at, whether it is well, and what to do."""

    name: str
    ok: bool
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """What one class of data, of one model where it has any, lost by age, or would lose.

    ``kind`` is the class (:data:`core.retention.CLASSES`), ``keep`` how long it is kept, ``n`` the rows or
    files, ``n_bytes`` about how large they were, ``oldest_at`` the oldest that is left. ``n_waiting`` counts
    rows that are old enough but stay for now, with the window in which they stand.
    """

    kind: str
    model: str | None
    keep: str
    n: int
    n_bytes: int
    oldest_at: datetime | None
    n_waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PruneReceipt:
    """What was let go for its age; nothing was where ``dry_run`` is true."""

    dry_run: bool
    pruned_at: datetime
    classes: tuple[Pruning, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReceipt:
    """A backup was written and read back: where to, as of when, and what can read it."""

    file: str
    created_at: datetime
    n_files: int
    n_bytes: int
    analytics_schema: int
    state_schema: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseReceipt:
    """Persons were erased: how many rows, files and jobs went, by place; what was counted of them stays.

    ``copies`` are the files in the workspace that were made before upgrades and still hold their rows, as
    does every backup taken by ``backed_up_at``: neither can be rewritten. ``mentioned_in`` are the
    workspace's files in which an id still stands, by a search of their bytes.
    """

    model: str
    n_ids: int
    erased_at: datetime
    removed: Mapping[str, int]
    copies: tuple[str, ...]
    backed_up_at: datetime | None
    mentioned_in: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A verdict as it stood: known from ``recorded_at`` until ``superseded_at`` (None: it stands)."""

    verdict: Verdict
    recorded_at: datetime
    superseded_at: datetime | None

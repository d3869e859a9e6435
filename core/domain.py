"""The nouns: one page of frozen values that every layer shares (standard library only).

What flows: rows → :class:`Profile` → :class:`Measurement` → :class:`Verdict` → :class:`Incident`.
All times are timezone-aware UTC; counts are ``n_*``; rates lie in [0, 1].
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from math import isfinite
from typing import Literal, TypeAlias

from core.cells import NOTHING_FITTED, ClassCells, ErrorMoments, Fitted, LeafCells


class Task(StrEnum):
    """What the model predicts."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class Risk(StrEnum):
    """Risk tier of a use case; chooses the rules that apply."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Role(StrEnum):
    """Which part of a model's life a measurement speaks of."""

    FEATURE = "feature"
    SCORE = "score"
    PREDICTION = "prediction"
    LABEL = "label"
    PERFORMANCE = "performance"
    FAIRNESS = "fairness"
    OPERATIONS = "operations"


class Status(StrEnum):
    """Outcome of one judgement. ``WAIVED`` exists in a receipt's gates only."""

    PASS = "PASS"
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    WAIVED = "WAIVED"


class Health(StrEnum):
    """State of a model in the fleet, worst first."""

    CRITICAL = "critical"
    WATCH = "watch"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How urgent an incident is."""

    CRITICAL = "critical"
    WARNING = "warning"


class IncidentStatus(StrEnum):
    """Life cycle of an incident."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One version of a model in a registry.

    ``model`` is the registered name, ``registry`` the short name of the registry that holds it.
    """

    registry: str
    model: str
    version: str
    created_at: datetime | None = None
    run_id: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of rows that is judged as one.

    Time windows are half-open, ``start <= event < end``. Row windows carry the first and the last
    event time of their rows, or none where the model has no timestamp. ``index`` counts from the
    first window after the reference; it is negative for windows of the reference itself and None for
    all rows of a file or for rows before window 0. A window that is not ``closed`` still fills.
    """

    index: int | None
    start: datetime | None
    end: datetime | None
    closed: bool = True

    def __post_init__(self) -> None:
        for name, at in (("start", self.start), ("end", self.end)):
            if at is not None and at.utcoffset() != timedelta(0):
                raise ValueError(f"{name} must be in UTC, not {at!r}")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"a window cannot end ({self.end}) before it starts ({self.start})")


@dataclass(frozen=True, slots=True)
class Segment:
    """The rows on which the named columns have these values; no pairs means all rows.

    Examples
    --------
    >>> Segment.of({"race": "Asian"}).as_dict()
    {'race': 'Asian'}
    >>> str(Segment())
    'all rows'
    """

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Segment":
        """Build a segment from column → value, ordered by column so that equal segments are equal."""
        return cls(tuple(sorted(values.items())))

    def as_dict(self) -> dict[str, str]:
        """Return column → value; empty for all rows."""
        return dict(self.pairs)

    def __str__(self) -> str:
        return ", ".join(f"{column} = {value}" for column, value in self.pairs) or "all rows"


ALL_ROWS = Segment()


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericProfile:
    """Mergeable summary of one numeric column over one window.

    ``counts`` has ``len(edges) + 1`` bins on the reference's edges: bin i holds (edges[i-1], edges[i]],
    the outer two are open. ``n`` counts all rows, so the finite values are n − n_null − n_nonfinite;
    ``total`` and ``total_squares`` sum them, ``low`` and ``high`` bound them (None if there are none).
    """

    n: int
    n_null: int
    n_nonfinite: int
    total: float
    total_squares: float
    low: float | None
    high: float | None
    counts: tuple[int, ...]

    @property
    def n_finite(self) -> int:
        """Rows whose value is a finite number."""
        return self.n - self.n_null - self.n_nonfinite


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoricalProfile:
    """Mergeable summary of one categorical column over one window.

    ``counts`` follows the reference's categories; ``n_other`` rows hold a category that the reference
    never had, the commonest of which are in ``new`` (category → rows, at most 20).
    """

    n: int
    n_null: int
    counts: tuple[int, ...]
    n_other: int
    new: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCells:
    """Counts of what was predicted and what came true, as columns of equal length.

    One cell per combination of sensitive values, label, prediction and score bin that occurs.
    ``groups[i]`` follows the spec's sensitive columns; ``label`` and ``prediction`` are class texts,
    None where absent; ``score_bin`` counts on the reference's score edges, −1 where there is no score.
    For regression label and prediction are None and the error sums speak: e = prediction − label over
    the ``n_labelled`` rows that have both.
    """

    groups: Sequence[tuple[str, ...]]
    label: Sequence[str | None]
    prediction: Sequence[str | None]
    score_bin: Sequence[int]
    n: Sequence[int]
    n_labelled: Sequence[int]
    score_total: Sequence[float]
    score_squares: Sequence[float]
    error_total: Sequence[float]
    error_absolute: Sequence[float]
    error_squares: Sequence[float]
    label_total: Sequence[float]
    label_absolute: Sequence[float]
    label_squares: Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All that is kept of one model version's rows in one window: small, mergeable, enough.

    ``numeric`` and ``categorical`` are keyed by column name and hold the features; ``scores``,
    ``predictions`` and ``labels`` are the same summaries of what went out and came back (numeric for
    regression, categorical for classes). ``latency`` is a numeric profile on ``LATENCY_EDGES_MS``.
    ``class_scores`` is there for multiclass models with scores, ``errors`` and ``leaves`` for regression.
    ``attributions`` holds the absolute values of each feature's logged attributions, all in one bin.
    ``segment`` says which of the rows are meant; sensitive groups are told apart in all rows only.
    ``n_unlabellable`` rows have no label and can never have one. ``label_delay`` is in seconds, of the rows
    whose label came after them, on ``core.profiles.edges.LABEL_DELAY_EDGES_S``. ``refused`` counts the rows
    of the window's time in quarantine by the column at fault, under ``SENT`` with all that were sent.
    """

    version: str
    window: Window
    n: int
    n_labelled: int
    n_errors: int
    numeric: Mapping[str, NumericProfile]
    categorical: Mapping[str, CategoricalProfile]
    scores: Mapping[str, NumericProfile]
    predictions: NumericProfile | CategoricalProfile | None
    labels: NumericProfile | CategoricalProfile | None
    latency: NumericProfile | None
    outcomes: OutcomeCells | None
    class_scores: ClassCells | None = None
    attributions: Mapping[str, NumericProfile] = field(default_factory=dict)
    segment: Segment = ALL_ROWS
    errors: ErrorMoments | None = None
    leaves: LeafCells | None = None
    n_unlabellable: int = 0
    label_delay: NumericProfile | None = None
    refused: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A pinned profile: what "no change" looks like, and the edges on which everything is counted.

    ``edges`` and ``categories`` are keyed by column (features, score columns; ``"prediction"`` and
    ``"label"`` under ``PREDICTION_KEY`` and ``LABEL_KEY``). ``windows`` are the reference's own
    windows, profiled on the same edges: they say how much it differs from itself. ``segments`` are the
    same of the rows of each of the spec's segments alone. ``digest`` identifies the pinned content,
    ``fitted`` is what was learned from its rows.
    """

    digest: str
    pinned_at: datetime
    start: datetime | None
    end: datetime | None
    profile: Profile
    windows: tuple[Profile, ...]
    edges: Mapping[str, tuple[float, ...]]
    categories: Mapping[str, tuple[str, ...]]
    segments: Mapping[Segment, "Reference"] = field(default_factory=dict)
    fitted: Fitted = NOTHING_FITTED


PREDICTION_KEY = "\x00prediction"
LABEL_KEY = "\x00label"
SENT = "\x00sent"
Baseline: TypeAlias = Literal["fixed", "previous", "seasonal"]
LATENCY_EDGES_MS: tuple[float, ...] = tuple(round(10 ** (i / 40), 6) for i in range(-40, 241))


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One number with everything needed to read it, or the reason why there is none.

    ``value`` lies in [``low``, ``high``], its 95 % interval, where one is known. ``n`` counts the rows
    behind it, ``n_reference`` those of the reference (the ``baseline``), ``p_value`` is its raw test.
    ``reason`` is set exactly when ``value`` is None.
    """

    model: str
    version: str
    metric: str
    role: Role
    window: Window
    n: int
    value: float | None
    method: str
    unit: str = ""
    feature: str | None = None
    segment: Segment = ALL_ROWS
    low: float | None = None
    high: float | None = None
    estimated: bool = False
    n_reference: int | None = None
    p_value: float | None = None
    reason: str | None = None
    baseline: Baseline = "fixed"

    def __post_init__(self) -> None:
        for name, number in (("value", self.value), ("low", self.low), ("high", self.high)):
            if number is not None and not isfinite(number):
                raise ValueError(f"{self.metric}: {name} must be finite or None, not {number}")
        if (self.value is None) != (self.reason is not None):
            raise ValueError(f"{self.metric}: a missing value needs a reason, and only a missing value")

    @property
    def identity(self) -> str:
        """Return 16 hex digits that stay the same when the same thing is measured again."""
        parts = (
            self.model, self.version, self.metric, self.role, self.feature or "", repr(self.segment.pairs),
            str(self.window.index), str(self.estimated),
            *(() if self.baseline == "fixed" else (self.baseline,)),
        )  # fmt: skip
        return sha256("\x1f".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """How a number behaves over the reference's own windows: mean, population sd, and how many."""

    mean: float
    sd: float
    n_windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The allowed range; None leaves that side open."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One measurement judged by one rule. ``sentence`` reads value, limit and gap aloud.

    ``reason`` is the short machine-friendly cause ("labels immature", "not enough data", "outside
    reference band"); ``id`` is the measurement's identity: judging the same thing again keeps it.
    """

    id: str
    measurement: Measurement
    status: Status
    rule: str
    limit: Limit
    reason: str
    sentence: str
    policy_digest: str
    judged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Verdicts that persisted, grouped by their shared cause, for a person to decide on.

    ``rule`` is the group of rules that share the cause (drift, performance, …). ``resolved_by`` names
    the person who resolved it and is None while it is open or when it closed by its own rule. ``faults``
    says what is wrong with which column (``missing_rate:income``); one that shares them with another
    model's is ``part_of`` that one. ``models`` names all models of one that others are part of.
    """

    id: str
    model: str
    severity: Severity
    status: IncidentStatus
    opened_at: datetime
    first_window: Window
    last_window: Window
    cause: str
    rule: str
    features: tuple[str, ...]
    verdicts: tuple[str, ...]
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolution: str | None = None
    resolved_by: str | None = None
    faults: tuple[str, ...] = ()
    part_of: str | None = None
    models: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All models that it concerns."""
        return self.models or (self.model,)

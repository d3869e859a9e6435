"""Values that several pages share: a measurement over windows, an incident, a distribution."""

from dataclasses import dataclass
from datetime import datetime

from core.domain import IncidentStatus, Severity, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One window of a series: the number, what is known about it, and its verdict.

    ``value`` is None where nothing could be measured, and ``reason`` says why. ``status`` is None
    where no rule judged the number. ``verdict_id`` names the stored verdict that page, API and CLI
    share. ``limit_low`` and ``limit_high`` are the limits of that verdict.
    """

    index: int | None
    start: datetime | None
    end: datetime | None
    n: int
    value: float | None
    low: float | None = None
    high: float | None = None
    estimated: bool = False
    status: Status | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    reason: str | None = None
    sentence: str | None = None
    verdict_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric over the windows, oldest first: measured points and, apart from them, estimates.

    ``higher_is`` is "better", "worse" or "neither"; ``method`` says how the latest number was made.
    ``segment`` is the group it speaks of, "all rows" otherwise.
    """

    metric: str
    title: str
    unit: str
    higher_is: str
    method: str
    measured: tuple[Point, ...]
    estimated: tuple[Point, ...] = ()
    feature: str | None = None
    segment: str = "all rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessLink:
    """Where the Fairness page shows what a number between groups rests on."""

    model: str
    attribute: str
    measure: str
    window: int | None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNote:
    """An incident as a page shows it: what, since when, until when, who looks at it."""

    id: str
    severity: Severity
    status: IncidentStatus
    cause: str
    rule: str
    features: tuple[str, ...]
    opened_at: datetime
    first_index: int | None
    last_index: int | None
    first_start: datetime | None
    last_end: datetime | None
    acknowledged_by: str | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolution: str | None = None
    fairness: FairnessLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Shares of rows per bin or category, current beside the reference, or what ``beside`` names instead.

    ``labels`` names the bins in order; for numeric columns ``lows`` and ``highs`` bound them (None for
    an open end). Shares are of the rows that have a value, so that each column adds up to 1 (or 0
    where there are no rows). ``n_*`` count those rows, ``missing_*`` is the share of rows without one.
    """

    column: str
    role: str
    kind: str
    labels: tuple[str, ...]
    lows: tuple[float | None, ...]
    highs: tuple[float | None, ...]
    reference: tuple[float, ...]
    current: tuple[float, ...]
    n_reference: int
    n_current: int
    missing_reference: float | None
    missing_current: float | None
    beside: str = "Reference"

"""What the Fleet page shows: who needs a decision, where the trouble is, one page of all models."""

from dataclasses import dataclass
from datetime import datetime

from core.domain import Health, Risk

PAGE_SIZE = 25
ORDERS = ("worst", "name", "rows", "drift", "judged")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetScope:
    """Which part of the fleet is asked for. Empty fields filter nothing; pages count from 1.

    ``search`` matches model, owner or unit, whatever the case. ``order`` is one of :data:`ORDERS`.
    """

    search: str | None = None
    status: Health | None = None
    unit: str | None = None
    kind: str | None = None
    order: str = "worst"
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRow:
    """One model in the table. Every fact that is not known is None, never zero.

    ``value`` is the latest of the model's leading ``metric`` (``estimated`` where no labels were
    there), with its interval, rows and window end; ``sparkline`` its last 30 windows, oldest first.
    ``drift_feature`` is the column that comes first on the Drift page in the latest judged window (by
    verdict, then by drift × importance), ``drift`` its deciding distance relative to its limit (1 = at the
    limit). ``fairness_ratio`` is the smallest ratio between groups and ``fairness_by`` the attribute.
    ``rows_a_day`` is the mean over the last seven days.
    """

    name: str
    registry: str
    version: str | None
    challenger: str | None
    status: Health
    why: str
    owner: str | None
    unit: str | None
    kind: str | None
    risk: Risk | None
    monitored: bool
    metric: str | None = None
    metric_title: str | None = None
    metric_unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    estimated: bool = False
    window_end: datetime | None = None
    sparkline: tuple[float, ...] = ()
    drift: float | None = None
    drift_feature: str | None = None
    fairness_ratio: float | None = None
    fairness_by: str | None = None
    p95_ms: float | None = None
    rows_a_day: float | None = None
    judged_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    """How many models are in one state now, a week ago, and on each of the last 30 days."""

    status: Health
    n_models: int
    n_week_ago: int | None
    trend: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A model that needs a person, ranked by consequence = loss × traffic × risk tier."""

    name: str
    version: str | None
    status: Health
    why: str
    owner: str | None
    unit: str | None
    risk: Risk | None
    incident_id: str
    opened_at: datetime
    acknowledged_by: str | None
    n_incidents: int
    consequence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleCell:
    """Models of one unit and kind, and how many of them are in trouble."""

    unit: str
    kind: str
    n_models: int
    n_critical: int
    n_watch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """The Fleet page. ``n_models`` counts the fleet, ``n_matching`` what the scope leaves.

    ``registry_problem`` is one sentence when the registry could not be read last time: what is shown
    then is the mirror of ``registry_read_at``.
    """

    as_of: datetime
    scope: FleetScope
    n_models: int
    n_monitored: int
    n_matching: int
    page_size: int
    counts: tuple[StatusCount, ...]
    decisions: tuple[Decision, ...]
    n_decisions: int
    trouble: tuple[TroubleCell, ...]
    units: tuple[str, ...]
    rows: tuple[FleetRow, ...]
    judged_at: datetime | None
    registry_read_at: datetime | None = None
    registry_problem: str | None = None

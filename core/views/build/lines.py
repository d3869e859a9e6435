"""The fleet model by model, as the table, the decisions and the command line need it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain import Health, Incident, Risk, Severity
from core.store import Cursor, statement
from core.store.judgements import aware
from core.views.build.health import Tally, health_of, unresolved
from core.views.build.points import shown_unit, title
from core.views.fleet import FleetRow, FleetScope

_EVERYTHING = 2**31


@dataclass(frozen=True, slots=True)
class Line:
    """One row of views_fleet.sql: a registered or monitored model."""

    registry: str
    address: str | None
    name: str
    champion: str | None
    challenger: str | None
    model_key: str | None
    status: str
    owner: str | None
    unit: str | None
    kind: str | None
    risk: str | None
    version: str | None
    metric: str | None
    metric_unit: str | None
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    estimated: bool | None
    window_end: datetime | None
    sparkline: list[float] | None
    drift: float | None
    drift_feature: str | None
    fairness_ratio: float | None
    fairness_by: str | None
    p95_ms: float | None
    rows_a_day: float | None
    judged_index: int | None
    judged_start: datetime | None
    judged_end: datetime | None
    n_passed: int | None
    n_warned: int | None
    n_failed: int | None
    unknown_reason: str | None
    worst_warning: str | None
    judged_at: datetime | None
    n_matching: int

    def why(self, trouble: Mapping[str, Sequence[Incident]]) -> str:
        """Return one sentence: why the model is in the state that it is in."""
        return health_of(self._tally(), trouble.get(self.name, ()))[1]

    def row(self, trouble: Mapping[str, Sequence[Incident]]) -> FleetRow:
        """Return the model as a row of the table."""
        return FleetRow(
            name=self.name,
            registry=self.address or self.registry,
            version=self.champion or self.version,
            challenger=self.challenger,
            status=Health(self.status),
            why=self.why(trouble),
            owner=self.owner,
            unit=self.unit,
            kind=self.kind,
            risk=None if self.risk is None else Risk(self.risk),
            monitored=self.model_key is not None,
            metric=self.metric,
            metric_title=None if self.metric is None else title(self.metric),
            metric_unit=shown_unit(self.metric or "", self.metric_unit),
            value=self.value,
            low=self.low,
            high=self.high,
            n=self.n,
            estimated=bool(self.estimated),
            window_end=aware(self.window_end),
            sparkline=tuple(float(f"{value:.5g}") for value in self.sparkline or ()),
            drift=self.drift,
            drift_feature=self.drift_feature,
            fairness_ratio=self.fairness_ratio,
            fairness_by=self.fairness_by,
            p95_ms=self.p95_ms,
            rows_a_day=self.rows_a_day,
            judged_at=aware(self.judged_at),
        )

    def _tally(self) -> Tally | None:
        if self.model_key is None:
            return None
        return Tally(
            judged_index=self.judged_index,
            start=aware(self.judged_start),
            end=aware(self.judged_end),
            n_passed=self.n_passed or 0,
            n_warned=self.n_warned or 0,
            n_failed=self.n_failed or 0,
            unknown_reason=self.unknown_reason,
            worst=self.worst_warning,
            judged_at=aware(self.judged_at),
        )


def by_model(incidents: Iterable[Incident]) -> dict[str, list[Incident]]:
    """Return the unresolved incidents of each model, worst first."""
    found: dict[str, list[Incident]] = defaultdict(list)
    for incident in unresolved(incidents):
        found[incident.model].append(incident)
    return dict(found)


def trouble_lists(trouble: Mapping[str, Sequence[Incident]]) -> dict[str, list[str] | list[bool]]:
    """Return the models in trouble as the parameters of a statement."""
    return {
        "troubled": list(trouble),
        "critical": [found[0].severity is Severity.CRITICAL for found in trouble.values()],
    }


def lines_of(
    cursor: Cursor,
    trouble: Mapping[str, Sequence[Incident]],
    scope: FleetScope,
    *,
    n_skipped: int = 0,
    n_rows: int = _EVERYTHING,
) -> tuple[list[Line], int]:
    """Return the models that match, ``n_rows`` of them, and how many match."""
    found = cursor.execute(
        statement("views_fleet"),
        {
            **trouble_lists(trouble),
            "search": _pattern(scope.search),
            "status": None if scope.status is None else scope.status.value,
            "unit": scope.unit,
            "kind": scope.kind,
            "sorting": scope.order,
            "n_rows": n_rows,
            "n_skipped": n_skipped,
        },
    ).fetchall()
    lines = [Line(*row) for row in found]
    return lines, lines[0].n_matching if lines else 0


def _pattern(search: str | None) -> str | None:
    """Return a contains-style LIKE pattern in which what was typed stands for itself.

    Examples
    --------
    >>> _pattern("50%_A")
    '%50!%!_a%'
    """
    if not search:
        return None
    escaped = "".join(f"!{char}" if char in "!%_" else char for char in search.lower())
    return f"%{escaped}%"

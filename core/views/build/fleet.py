"""The Fleet view: counts, decisions, where the trouble is, and one page of all models."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain import Health, Incident, IncidentStatus, Risk, Severity, Verdict
from core.incidents.ranking import consequence
from core.store import Cursor, StateStore, judgements, statement
from core.store.judgements import aware
from core.views.build import registry
from core.views.build.health import health_of
from core.views.build.lines import Line, by_model, lines_of, trouble_lists
from core.views.fleet import PAGE_SIZE, Decision, FleetScope, FleetView, StatusCount, TroubleCell
from core.views.words import count

N_DECISIONS = 6
N_RANKED = 40
N_DAYS = 30
N_WEIGHED = 8
_NONE_SAID = "not said"
_ORDER = (Health.CRITICAL, Health.WATCH, Health.HEALTHY, Health.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """Models of one unit and kind in one state."""

    unit: str | None
    kind: str | None
    status: Health
    n_models: int
    n_monitored: int
    n_judged: int
    judged_at: datetime | None


def build_fleet(cursor: Cursor, state: StateStore, scope: FleetScope, *, now: datetime) -> FleetView:
    """Read one page of the fleet; filter, order and paging happen in SQL.

    Parameters
    ----------
    cursor, state
        The two stores.
    scope
        Filters, order and page. A page beyond the last is the last.
    now
        Aware UTC time.
    """
    incidents = state.incidents()
    trouble = by_model(incidents)
    counted = _count(cursor, trouble)
    lines, n_matching = _page(cursor, trouble, scope)
    decided = _decisions(cursor, trouble, now)
    mirror = registry.freshness(cursor)
    return FleetView(
        as_of=now,
        scope=scope,
        n_models=sum(one.n_models for one in counted),
        n_monitored=sum(one.n_monitored for one in counted),
        n_matching=n_matching,
        page_size=PAGE_SIZE,
        counts=_status_counts(counted, incidents, now),
        decisions=decided,
        n_decisions=len({_root(awake[0]) for found in trouble.values() if (awake := _awake(found, now))}),
        trouble=_cells(counted),
        units=tuple(sorted({one.unit for one in counted if one.unit})),
        rows=tuple(line.row(trouble) for line in lines),
        judged_at=max((one.judged_at for one in counted if one.judged_at), default=None),
        registry_read_at=mirror.read_at,
        registry_problem=mirror.problem,
    )


def _page(
    cursor: Cursor, trouble: Mapping[str, Sequence[Incident]], scope: FleetScope
) -> tuple[list[Line], int]:
    def page(number: int) -> tuple[list[Line], int]:
        return lines_of(cursor, trouble, scope, n_rows=PAGE_SIZE, n_skipped=(number - 1) * PAGE_SIZE)

    lines, n_matching = page(scope.page)
    if lines or scope.page == 1:
        return lines, n_matching
    _, n_matching = page(1)
    return page(max(1, -(-n_matching // PAGE_SIZE)))


def _count(cursor: Cursor, trouble: Mapping[str, Sequence[Incident]]) -> list[_Counted]:
    found = cursor.execute(statement("views_fleet_counts"), trouble_lists(trouble)).fetchall()
    return [
        _Counted(
            unit=unit,
            kind=kind,
            status=Health(status),
            n_models=n_models,
            n_monitored=n_monitored,
            n_judged=n_judged,
            judged_at=aware(judged_at),
        )
        for unit, kind, status, n_models, n_monitored, n_judged, judged_at in found
    ]


def _cells(counted: Sequence[_Counted]) -> tuple[TroubleCell, ...]:
    cells: dict[tuple[str, str], Counter[Health]] = defaultdict(Counter)
    for one in counted:
        if one.n_monitored:
            cells[one.unit or _NONE_SAID, one.kind or _NONE_SAID][one.status] += one.n_models
    return tuple(
        TroubleCell(
            unit=unit,
            kind=kind,
            n_models=states.total(),
            n_critical=states[Health.CRITICAL],
            n_watch=states[Health.WATCH],
        )
        for (unit, kind), states in sorted(cells.items())
    )


def _status_counts(
    counted: Sequence[_Counted], incidents: Sequence[Incident], now: datetime
) -> tuple[StatusCount, ...]:
    """Count the models by state, now and on each of the last days as the incidents tell it."""
    totals = Counter[Health]()
    for one in counted:
        totals[one.status] += one.n_models
    n_judged = totals.total() - totals[Health.UNKNOWN]
    days = [now - timedelta(days=back) for back in range(N_DAYS - 1, 0, -1)]
    past = [_troubled_at(incidents, day) for day in days]
    trends = {
        Health.CRITICAL: [critical for critical, _ in past],
        Health.WATCH: [watch for _, watch in past],
        Health.HEALTHY: [max(0, n_judged - critical - watch) for critical, watch in past],
    }
    return tuple(
        StatusCount(
            status=status,
            n_models=totals[status],
            n_week_ago=trends[status][-7] if status in trends else None,
            trend=(*trends[status], totals[status]) if status in trends else (),
        )
        for status in _ORDER
    )


def _troubled_at(incidents: Sequence[Incident], at: datetime) -> tuple[int, int]:
    """Return how many models had an open critical incident at a time, and how many only others."""
    there = [
        one for one in incidents if one.opened_at <= at and (one.resolved_at is None or one.resolved_at > at)
    ]
    critical = {one.model for one in there if one.severity is Severity.CRITICAL}
    return len(critical), len({one.model for one in there} - critical)


def _awake(found: Sequence[Incident], now: datetime) -> list[Incident]:
    return [
        one
        for one in found
        if one.status is not IncidentStatus.SNOOZED or one.snoozed_until is None or one.snoozed_until <= now
    ]


def _awake_first(found: Sequence[Incident], now: datetime) -> list[Incident]:
    """Return them all, as every page counts them; what was set aside comes last."""
    awake = _awake(found, now)
    return [*awake, *(one for one in found if one not in awake)]


def _decisions(
    cursor: Cursor, trouble: Mapping[str, Sequence[Incident]], now: datetime
) -> tuple[Decision, ...]:
    """Return the models that need a person now, by consequence = loss × traffic × risk tier.

    Only the worst incident of a model is weighed, and exactly only the forty that come first by
    severity and age: a fleet in flames has more of them than anybody reads.
    """
    awake = {model: _awake(found, now) for model, found in trouble.items()}
    first = [found[0] for found in awake.values() if found]
    first.sort(key=lambda one: (one.severity is not Severity.CRITICAL, -one.opened_at.timestamp()))
    ranked = first[:N_RANKED]
    if not ranked:
        return ()
    lines, _ = lines_of(
        cursor, {one.model: trouble[one.model] for one in ranked}, FleetScope(), n_rows=N_RANKED
    )
    about = {line.name: line for line in lines}
    held = judgements.verdicts(
        cursor, identities=[identity for one in ranked for identity in one.verdicts[-N_WEIGHED:]]
    )
    made = [
        _decision(one, about[one.model], _awake_first(trouble[one.model], now), held)
        for one in ranked
        if one.model in about
    ]
    made.sort(key=lambda one: (one.status is not Health.CRITICAL, -one.consequence))
    return tuple(_one_per_cause(made, first)[:N_DECISIONS])


def _root(incident: Incident) -> str:
    """Return what an incident is part of: one decision for all models that share its cause."""
    return incident.part_of or incident.id


def _one_per_cause(made: Sequence[Decision], worst: Sequence[Incident]) -> list[Decision]:
    """Keep of several models with one cause the one that it hurts most, and say how many more there are."""
    n_models = Counter(_root(one) for one in worst)
    roots = {one.id: _root(one) for one in worst}
    kept: dict[str, Decision] = {}
    for decision in made:
        kept.setdefault(roots[decision.incident_id], decision)
    return [
        decision
        if n_models[root] == 1
        else replace(decision, why=_and_others(decision.why, n_models[root] - 1))
        for root, decision in kept.items()
    ]


def _and_others(why: str, n: int) -> str:
    return f"{why} The same in {count(n, 'more model')}."


def _decision(incident: Incident, line: Line, found: Sequence[Incident], held: Sequence[Verdict]) -> Decision:
    health, why = health_of(None, found, in_full=True)
    return Decision(
        name=line.name,
        version=line.champion or line.version,
        status=health,
        why=why,
        owner=line.owner,
        unit=line.unit,
        risk=None if line.risk is None else Risk(line.risk),
        incident_id=incident.id,
        opened_at=incident.opened_at,
        acknowledged_by=incident.acknowledged_by,
        n_incidents=len(found),
        consequence=consequence(
            incident,
            held,
            rows_per_day=line.rows_a_day or 1.0,
            risk=Risk.MEDIUM if line.risk is None else Risk(line.risk),
        ),
    )

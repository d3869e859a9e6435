"""From the state store to the Activity page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from core.action import ActionStatus
from core.domain import Incident, Severity
from core.explain.place import ROW_KIND
from core.incidents.lifecycle import resolved_by_person
from core.store import StateStore, StoredMonitor
from core.views.activity import ActivityScope, ActivityView, Event, Past, Unresolved
from core.views.build.health import unresolved
from core.views.build.timeline import events
from core.views.series import FairnessLink

MOST_INCIDENTS = 50
MOST_EVENTS = 60
MOST_JOBS = 12
MOST_PAST = 3
# What waits for approval is listed on its own, with what the reader may do about it.
_UNDER_WAY = (ActionStatus.RUNNING, ActionStatus.UNCONFIRMED)


def build_activity(
    state: StateStore,
    scope: ActivityScope,
    incidents: Sequence[Incident],
    *,
    now: datetime,
    links: Mapping[str, FairnessLink] = MappingProxyType({}),
) -> ActivityView:
    """Return what the Activity page shows.

    Parameters
    ----------
    incidents
        All there are as people see them now: one per cause.
    links
        Incident → where the Fairness page shows what is behind it.
    """
    ours = [one for one in incidents if scope.model is None or scope.model in one.names]
    still = sorted(unresolved(ours), key=lambda one: not _named(one, scope.incident))
    monitors = {monitor.spec.model: monitor for monitor in state.list_monitors()}
    return ActivityView(
        as_of=now,
        scope=scope,
        unresolved=tuple(
            _shown(one, monitors, incidents, links.get(one.id)) for one in still[:MOST_INCIDENTS]
        ),
        n_more=max(0, len(still) - MOST_INCIDENTS),
        n_critical=sum(one.severity is Severity.CRITICAL for one in still),
        under_way=tuple(state.pointers.actions(model=scope.model, statuses=_UNDER_WAY)),
        # Rows that were explained are many, and each is nobody's but who asked.
        jobs=tuple(state.jobs.every(model=scope.model, over_but=ROW_KIND, limit=MOST_JOBS)),
        events=_events(state, scope),
        closed=next((one for one in ours if _named(one, scope.incident) and one not in still), None),
        maintenance=tuple(
            span
            for span in state.alerts.maintenance(until_after=now)
            if scope.model is None or span.model in (None, scope.model)
        ),
    )


def _named(incident: Incident, identity: str | None) -> bool:
    return identity is not None and incident.id == identity


def _events(state: StateStore, scope: ActivityScope) -> tuple[Event, ...]:
    records = state.ledger.records(model=scope.model, limit=MOST_EVENTS)
    return tuple(reversed(events(records)))


def _shown(
    incident: Incident,
    monitors: Mapping[str, StoredMonitor],
    incidents: Sequence[Incident],
    fairness: FairnessLink | None,
) -> Unresolved:
    specs = [monitors[name].spec for name in incident.names if name in monitors]
    return Unresolved(
        incident=incident,
        owner=_all_of(spec.owner for spec in specs),
        on_call=_all_of(spec.on_call for spec in specs),
        runbook=next((spec.runbook for spec in specs if spec.runbook), None),
        past=_like(incident, incidents),
        fairness=fairness,
    )


def _all_of(names: Iterable[str | None]) -> str | None:
    """Return the names that there are, each once; None where there is none."""
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def _like(incident: Incident, incidents: Sequence[Incident]) -> tuple[Past, ...]:
    """Return what like it persons resolved: the same rule, on the same model or a common column."""
    found = [
        one
        for one in incidents
        if resolved_by_person(one)
        and one.rule == incident.rule
        and (set(one.names) & set(incident.names) or set(one.features) & set(incident.features))
    ]
    found.sort(key=lambda one: (one.resolved_at or one.opened_at, one.id), reverse=True)
    return tuple(
        Past(
            id=one.id,
            model=one.model,
            opened_at=one.opened_at,
            resolved_at=one.resolved_at or one.opened_at,
            resolved_by=one.resolved_by or "",
            resolution=one.resolution or "",
        )
        for one in found[:MOST_PAST]
    )

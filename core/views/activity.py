"""What the Activity page shows: incidents to look after, work and changes under way, and what was decided."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.action import Action, ActionStatus
from core.alert import Maintenance
from core.domain import Incident
from core.job import Job
from core.views.series import FairnessLink

_SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityScope:
    """Whose activity, None for all models'; ``incident`` is one that a link names, to be shown first."""

    model: str | None = None
    incident: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An incident of the past that was like one of now, and what a person found to be its cause."""

    id: str
    model: str
    opened_at: datetime
    resolved_at: datetime
    resolved_by: str
    resolution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """An incident that is not resolved, whom it concerns, and what like it there was, the latest first."""

    incident: Incident
    owner: str | None
    on_call: str | None
    runbook: str | None
    past: tuple[Past, ...]
    fairness: FairnessLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was decided or seen, as the ledger has it: entry ``seq``, in one sentence."""

    seq: int
    at: datetime
    kind: str
    actor: str
    model: str | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityView:
    """The Activity page. ``n_more`` counts unresolved incidents that are not listed.

    ``closed`` is the incident that the scope names, where it is resolved by now. ``maintenance`` are the
    windows, running or planned, in which nobody is called.
    """

    as_of: datetime
    scope: ActivityScope
    unresolved: tuple[Unresolved, ...]
    n_more: int
    n_critical: int
    under_way: tuple[Action, ...]
    jobs: tuple[Job, ...]
    events: tuple[Event, ...]
    closed: Incident | None = None
    maintenance: tuple[Maintenance, ...] = ()

    def quiet(self, incident: Incident) -> Maintenance | None:
        """Return the maintenance for which nobody is called about an incident now; None if somebody is."""
        found = [
            next((span for span in self.maintenance if span.covers(name, self.as_of)), None)
            for name in incident.names
        ]
        return None if None in found else found[0]

    @property
    def busy(self) -> bool:
        """Whether anything may change soon, so that it is worth looking again.

        A change that rows have not shown for a while may wait for days.
        """
        moving = (
            action.status is ActionStatus.RUNNING or self.as_of - action.asked_at < _SOON
            for action in self.under_way
        )
        return any(moving) or any(not job.status.over for job in self.jobs)

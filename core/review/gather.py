"""From stores and ledger to the facts of an agenda."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core import watch
from core.action import CHAMPION, Move
from core.actions import past
from core.domain import Health, Incident, IncidentStatus, Risk, Severity, Verdict
from core.incidents.lifecycle import resolved_by_person
from core.incidents.ranking import consequence
from core.ledger import Ledger
from core.review import agenda
from core.review.advice import answers_since
from core.review.agenda import ENDING, Ranked, Stale, Subject, Trouble, Unvalidated
from core.review.concerns import Concerns
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, judgements
from core.views.build.lines import Line, by_model, lines_of
from core.views.build.validated import stands
from core.views.fleet import FleetScope
from core.views.review import Item
from core.views.validation import Verdict as Standing
from core.views.words import day

WEIGHED = 8
"""Latest verdicts of an incident by which it is weighed."""
Evidence = Callable[[], Sequence[Stale]]
"""Evidence that no longer holds, of all models."""


def no_evidence() -> Sequence[Stale]:
    """Return nothing: no chapter keeps evidence."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where an agenda comes from.

    Parameters
    ----------
    incidents
        Returns incidents as people see them now: one per cause.
    evidence
        Returns evidence that no longer holds.
    """

    store: AnalyticsStore
    state: StateStore
    ledger: Ledger
    incidents: Callable[[], Sequence[Incident]]
    evidence: Evidence = no_evidence


def gather(sources: Sources, *, since: datetime, now: datetime) -> tuple[Item, ...]:
    """Return all items since a time, the gravest first; choices are added later."""
    incidents = [one for one in sources.incidents() if _matters(one, since)]
    moves = _moves(sources.ledger, since)
    monitors = {one.spec.model: one for one in sources.state.list_monitors()}
    waivers = sources.state.candidates.waivers_ending(since, now + ENDING)
    with sources.store.reading() as cursor:
        concerns = Concerns(cursor)
        lines = _lines(cursor, sources.state)
        subjects = _Subjects(monitors, lines, concerns)
        ids = [each for one in incidents for each in one.verdicts[-WEIGHED:]]
        held = judgements.verdicts(cursor, identities=ids) if ids else []
        found = [
            agenda.of_incident(
                subjects.of(one.model),
                _trouble(one, held, subjects, monitors.get(one.model), concerns),
                since=since,
                now=now,
            )
            for one in incidents
        ]
        for (registry, model), moved in moves.items():
            found += agenda.of_moves(subjects.of(model, registry), moved)
        found += [agenda.of_waiver(subjects.of(one.model, one.registry), one, now=now) for one in waivers]
        for monitor in monitors.values():
            if monitor.retired_at is None:
                found += _of_duties(sources.state, monitor, subjects, now)
        found += [agenda.of_evidence(subjects.of(one.model), one) for one in sources.evidence()]
    return agenda.ordered(found)


class _Subjects:
    """Models as the agenda speaks of them; the series of each is read once."""

    def __init__(
        self, monitors: Mapping[str, StoredMonitor], lines: Mapping[str, Line], concerns: Concerns
    ) -> None:
        self._monitors = monitors
        self.lines = lines
        self._concerns = concerns
        self._known: dict[str, Subject] = {}

    def of(self, model: str, registry: str = "") -> Subject:
        if model not in self._known:
            self._known[model] = self._look(model, registry)
        return self._known[model]

    def _look(self, model: str, registry: str) -> Subject:
        line, monitor = self.lines.get(model), self._monitors.get(model)
        if monitor is None:
            return Subject(registry=registry or (line.registry if line else ""), model=model)
        return Subject(
            registry=monitor.spec.registry,
            model=model,
            owner=monitor.spec.owner,
            risk=monitor.spec.risk,
            status=Health.UNKNOWN if line is None else Health(line.status),
            rows_a_day=(line.rows_a_day if line else None) or 1.0,
            leading=self._concerns.leading(monitor),
        )


def _matters(one: Incident, since: datetime) -> bool:
    if one.status is not IncidentStatus.RESOLVED:
        return True
    lately = one.resolved_at is not None and one.resolved_at >= since
    return lately and (one.severity is Severity.CRITICAL or resolved_by_person(one))


def _moves(ledger: Ledger, since: datetime) -> dict[tuple[str, str], list[Move]]:
    """Return what champions did since a time, by registry and model; reasons may be older."""
    found: dict[tuple[str, str], list[Move]] = defaultdict(list)
    for move in past.moves(ledger.records(kinds=past.MOVING, limit=None)):
        if move.alias == CHAMPION and move.at >= since:
            found[move.registry, move.model].append(move)
    return found


def _lines(cursor: Cursor, state: StateStore) -> dict[str, Line]:
    trouble = by_model(state.incidents())
    return {line.name: line for line in lines_of(cursor, trouble, FleetScope())[0]}


def _trouble(
    one: Incident,
    held: Sequence[Verdict],
    subjects: _Subjects,
    monitor: StoredMonitor | None,
    concerns: Concerns,
) -> Trouble:
    about = subjects.of(one.model)
    return Trouble(
        incident=one,
        consequence=consequence(one, held, rows_per_day=about.rows_a_day, risk=about.risk or Risk.MEDIUM),
        series=about.leading if monitor is None else concerns.of_incident(monitor, one, held),
        answers=answers_since(one, about.leading),
    )


def _of_duties(state: StateStore, monitor: StoredMonitor, subjects: _Subjects, now: datetime) -> list[Ranked]:
    """Return what a model owes: a validation of its champion, an answer to its findings."""
    spec = monitor.spec
    about, line = subjects.of(spec.model), subjects.lines.get(spec.model)
    found = []
    if line is not None and line.champion is not None:
        lacks = _unvalidated(state, monitor, line.champion, now)
        found += [] if lacks is None else [agenda.of_validation(about, lacks)]
    waiting = [one for one in state.validations.findings(spec.registry, spec.model) if one.open]
    return [*found, agenda.of_findings(about, waiting, now=now)] if waiting else found


def _unvalidated(
    state: StateStore, monitor: StoredMonitor, champion: str, now: datetime
) -> Unvalidated | None:
    """Return what a champion lacks. One that never was validated is told at the high risk tier alone."""
    spec, every = monitor.spec, watch.policy_of(state, monitor).validation.every
    stand = stands(state, spec.registry, spec.model, every).get(champion)
    name = f"v{champion}" if champion.isdecimal() else champion
    if stand is None:
        if spec.risk is not Risk.HIGH:
            return None
        told = f"The champion {name} was never validated, and the model's risk tier is high."
        return Unvalidated(version=champion, failed=False, sentence=told)
    if stand.verdict is Standing.FAILS:
        told = f"The validation of the champion {name} fails: it does not load, or no row could be scored."
        return Unvalidated(version=champion, failed=True, sentence=told)
    if now > stand.due_at:
        told = f"The champion {name} was to be validated anew by {day(stand.due_at)}."
        return Unvalidated(version=champion, failed=False, sentence=told)
    return None

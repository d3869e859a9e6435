"""From ledger, stores and registries to figures."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from core import watch
from core.action import CHAMPION, Move, MoveKind
from core.actions import past
from core.chain.entries import BEGAN
from core.domain import Incident
from core.errors import InvalidInput, Problem
from core.kpis.facts import Facts, Model, Release
from core.kpis.figures import figures
from core.kpis.maturity import maturity
from core.ledger import Ledger
from core.ports import Clock
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, judgements, registry_mirror
from core.store.registry_mirror import MirroredModel
from core.views.build.validated import stands
from core.views.kpis import KpiGroup, KpiScope, KpiView
from core.views.validation import Verdict

SPAN = timedelta(days=365)
"""How far figures look back where nobody says."""
HELD = timedelta(days=90)
"""A review that was closed so long ago still counts as held."""
GROUPINGS: Mapping[str, Callable[[Model], str | None]] = {
    "unit": lambda one: one.unit,
    "region": lambda one: one.region,
    "owner": lambda one: one.owner,
}
"""What figures can be told of each of, and where the spec says it."""
Documented = Callable[[str], bool | None]
"""Full name of a model → whether no item of its evidence is missing or stale; None where none is asked."""


class KpiDesk:
    """Computes the figures of a workspace; nothing of them is stored.

    Parameters
    ----------
    store, state, ledger
        Where what they count is on record.
    incidents
        Returns incidents as people see them: one per cause.
    documented
        Tells how a model's evidence stands.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        ledger: Ledger,
        incidents: Callable[[], Sequence[Incident]],
        documented: Documented,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._ledger = ledger
        self._incidents = incidents
        self._documented = documented
        self._clock = clock

    def view(self, scope: KpiScope) -> KpiView:
        """Return all figures, of all models and by group.

        Raises
        ------
        InvalidInput
            ``since`` lies in the future, or there is no such grouping.
        """
        now = self._clock.now()
        since = scope.since or now - SPAN
        problems = []
        if since >= now:
            problems.append(Problem(field="since", message="lies in the future"))
        if scope.by is not None and scope.by not in GROUPINGS:
            known = ", ".join(GROUPINGS)
            problems.append(
                Problem(field="by", message=f"'{scope.by}' groups nothing", remedy=f"say one of {known}")
            )
        if problems:
            raise InvalidInput("The figures", problems)
        facts = self._facts(since, now)
        found = [KpiGroup(name="all models", n_models=len(facts.models), kpis=figures(facts))]
        found += [
            KpiGroup(name=name, n_models=len(models), kpis=figures(facts.of(models)))
            for name, models in _grouped(facts.models, scope.by)
        ]
        return KpiView(
            as_of=now,
            since=since,
            by=scope.by,
            groups=tuple(found),
            maturity=maturity(facts, found[0].kpis),
        )

    def _facts(self, since: datetime, now: datetime) -> Facts:
        every = past.moves(self._ledger.records(kinds=past.MOVING, limit=None))
        moves = [one for one in every if one.alias == CHAMPION and one.at >= since]
        monitors = {
            (one.spec.registry, one.spec.model): one
            for one in self._state.list_monitors()
            if one.retired_at is None
        }
        with self._store.reading() as cursor:
            mirrored = {(one.registry, one.name): one for one in registry_mirror.models(cursor)}
            delays = {one.key: _delay(cursor, one) for one in monitors.values()}
        models = [
            self._model(key, mirrored.get(key), monitors.get(key), delays, now)
            for key in sorted(mirrored.keys() | monitors.keys())
        ]
        closed = [one.closed_at for one in self._state.reviews.every() if one.closed_at is not None]
        return Facts(
            since=since,
            now=now,
            models=models,
            releases=[
                _release(one, mirrored.get((one.registry, one.model))) for one in moves if _counts(one)
            ],
            moves=moves,
            incidents=self._incidents(),
            n_reviews=sum(at >= now - HELD for at in closed),
            recorded_since=self._began(),
        )

    def _began(self) -> datetime | None:
        first = self._state.ledger.of_kind(BEGAN)
        return first[0].recorded_at if first else None

    def _model(
        self,
        key: tuple[str, str],
        mirrored: MirroredModel | None,
        monitor: StoredMonitor | None,
        delays: dict[str, float | None],
        now: datetime,
    ) -> Model:
        stay = None if mirrored is None else mirrored.aliases.get(CHAMPION)
        champion = None if stay is None else stay.version
        if monitor is None:
            return Model(registry=key[0], name=key[1], champion=champion)
        spec = monitor.spec
        findings = self._state.validations.findings(spec.registry, spec.model)
        return Model(
            registry=key[0],
            name=key[1],
            owner=spec.owner,
            unit=spec.unit,
            region=spec.region,
            champion=champion,
            monitored=True,
            validated=champion is not None and self._stands(monitor, champion, now),
            documented=self._documented(monitor.name),
            delay_s=delays[monitor.key],
            n_overdue_findings=sum(one.overdue(now) for one in findings),
        )

    def _stands(self, monitor: StoredMonitor, champion: str, now: datetime) -> bool:
        spec, every = monitor.spec, watch.policy_of(self._state, monitor).validation.every
        stand = stands(self._state, spec.registry, spec.model, every).get(champion)
        return stand is not None and stand.verdict is Verdict.PASSES and now <= stand.due_at


def _counts(move: Move) -> bool:
    return move.kind is MoveKind.PROMOTE and move.to_version is not None


def _release(move: Move, mirrored: MirroredModel | None) -> Release:
    versions = () if mirrored is None else mirrored.versions
    made = next((one.created_at for one in versions if one.version == move.to_version), None)
    # A clock of the registry that goes ahead must not make a span negative.
    return Release(
        registry=move.registry,
        model=move.model,
        version=move.to_version or "",
        made_at=None if made is None else min(made, move.at),
        at=move.at,
    )


def _delay(cursor: Cursor, monitor: StoredMonitor) -> float | None:
    """Return the latest median delay of a model's labels, in seconds."""
    found = judgements.measurements(cursor, monitor.key, metric="label_delay_p50")
    known = [one.value for one in found if one.value is not None]
    return known[-1] if known else None


def _grouped(models: Sequence[Model], by: str | None) -> list[tuple[str, list[Model]]]:
    """Return the groups by name; models of which it is not said come last, under "not said"."""
    if by is None:
        return []
    found: dict[str, list[Model]] = defaultdict(list)
    for one in models:
        found[GROUPINGS[by](one) or "not said"].append(one)
    return sorted(found.items(), key=lambda pair: (pair[0] == "not said", pair[0]))

"""The facade's chapters for people: incidents to look after, the fleet, and what the pages show."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from core import comparison, doctor, questions, watch
from core.alerts import AlertDesk
from core.basis import Bases
from core.chain.canonical import Json
from core.chain.entries import Draft, moment
from core.change import ChangeExplained
from core.config import Settings
from core.datasets import Datasets
from core.domain import ALL_ROWS, Baseline, Incident, IncidentStatus, Measurement, Segment, Status, Verdict
from core.errors import NotFound
from core.incidents import lifecycle, shared
from core.ledger import Ledger
from core.lineage.desk import Lineage
from core.logs.upload import Upload
from core.pooled import Stretch
from core.ports import Clock, Registry
from core.questions import Wanted
from core.receipts import Check, Comparison, ModelSummary, Revision
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, judgements
from core.views.activity import ActivityScope, ActivityView
from core.views.build import incident_notes
from core.views.build.activity import build_activity
from core.views.build.change import build_change
from core.views.build.datasets import build_datasets
from core.views.build.drift import build_drift
from core.views.build.fairness import build_fairness
from core.views.build.fleet import build_fleet
from core.views.build.health import unresolved
from core.views.build.lineage import build_lineage
from core.views.build.model import build_model
from core.views.build.runs import build_runs
from core.views.build.summaries import summaries
from core.views.change import ChangeScope, ChangeView
from core.views.datasets import DatasetScope, DatasetsView
from core.views.drift import DriftScope, DriftView
from core.views.fairness import FairnessScope, FairnessView
from core.views.fleet import FleetScope, FleetView
from core.views.lineage import LineageScope, LineageView
from core.views.model import ModelScope, ModelView
from core.views.runs import RunsScope, RunsView
from core.why import asked

MOST_SHOWN = 8
"""Models of which distances from another baseline are kept in memory, about 2 MB each."""


class FrontDesk:
    """What :class:`core.trimtab.Trimtab` answers from what is stored; it changes nothing but incidents."""

    settings: Settings
    _registries: Mapping[str, Registry]
    _store: AnalyticsStore
    _state: StateStore
    _clock: Clock
    _judging: threading.Lock
    _bases: Bases
    ledger: Ledger
    alerts: AlertDesk
    lineage: Lineage
    datasets: Datasets
    _shown: dict[tuple[str, Baseline], tuple[object, list[Measurement]]]

    # ---------------------------------------------------------------- incidents

    def incidents(self, *, open_only: bool = False) -> list[Incident]:
        """Return incidents, oldest first, one per cause; ``open_only`` leaves out those that are resolved.

        Incidents of other models that share the cause of one are in it; see :mod:`core.incidents.shared`.
        """
        found = shared.gather(self._state.incidents(), self._clock.now())
        return [one for one in found if not open_only or one.status is not IncidentStatus.RESOLVED]

    def acknowledge(self, identity: str, actor: str) -> Incident:
        """Say that somebody looks after an incident."""
        return self._changed(
            identity, lambda one: lifecycle.acknowledge(one, actor, self._clock.now()), actor=actor
        )

    def snooze(self, identity: str, until: datetime, actor: str) -> Incident:
        """Put an incident aside until a time."""
        return self._changed(
            identity, lambda one: lifecycle.snooze(one, until, actor, self._clock.now()), actor=actor
        )

    def resolve(self, identity: str, cause: str, actor: str) -> Incident:
        """Close an incident with what caused it."""
        return self._changed(
            identity, lambda one: lifecycle.resolve(one, cause, actor, self._clock.now()), actor=actor
        )

    def _changed(self, identity: str, change: Callable[[Incident], Incident], *, actor: str) -> Incident:
        # The monitor derives incidents from what is stored: neither may overwrite the other's change.
        with self._judging, self._state.together():
            incident, parts = self._state.incident(identity), self._state.parts_of(identity)
            whole, changed = shared.decide(incident, parts, change, self._clock.now())
            self._state.save_incidents(changed)
            self.ledger.append(self._recorded(whole, actor))
        return whole

    def _recorded(self, incident: Incident, actor: str) -> Draft:
        """Return what is put on record of a person's decision about an incident."""
        watched = (one.name for one in self._state.list_monitors() if one.spec.model == incident.model)
        facts: dict[str, Json] = {
            "first_window": incident.first_window.index,
            "incident": incident.id,
            "rule": incident.rule,
            "severity": incident.severity.value,
        }
        if incident.models:
            facts["models"] = list(incident.models)
        if incident.snoozed_until is not None:
            facts["until"] = moment(incident.snoozed_until)
        return Draft(
            kind=f"incident_{incident.status.value}",
            actor=actor,
            model=next(watched, incident.model),
            facts=facts,
            private=None if incident.resolution is None else {"cause": incident.resolution},
        )

    # ---------------------------------------------------------------- what was judged

    def verdicts(
        self,
        model: str,
        *,
        segment: Segment | None = None,
        since: datetime | None = None,
        as_of: datetime | None = None,
        statuses: Collection[Status] | None = None,
    ) -> list[Verdict]:
        """Return the verdicts of a model in window order: as they are, or as they stood at a time."""
        monitor = self._state.monitor(model)
        with self._store.reading() as cursor:
            if as_of is not None:
                return judgements.as_of(
                    cursor, monitor.key, as_of, segment=segment, since=since, statuses=statuses
                )
            return judgements.verdicts(
                cursor, key=monitor.key, segment=segment, since=since, statuses=statuses
            )

    def verdict_history(
        self,
        model: str,
        *,
        segment: Segment | None = None,
        since: datetime | None = None,
        statuses: Collection[Status] | None = None,
    ) -> list[Revision]:
        """Return every revision of a model's verdicts: what was known when, oldest first."""
        monitor = self._state.monitor(model)
        with self._store.reading() as cursor:
            return judgements.revisions(cursor, monitor.key, segment=segment, since=since, statuses=statuses)

    def verdict(self, identity: str) -> Verdict:
        """Return one current verdict by its id; raises ``NotFound``."""
        with self._store.reading() as cursor:
            found = judgements.verdicts(cursor, identity=identity)
        if not found:
            raise NotFound("verdict", identity)
        return found[0]

    # ---------------------------------------------------------------- fleet and views

    def models(self) -> list[ModelSummary]:
        """Return every registered or monitored model, the worst first; never asks a registry."""
        with self._store.reading() as cursor:
            return summaries(cursor, self._state)

    def fleet_view(self, scope: FleetScope) -> FleetView:
        """Return what the Fleet page shows."""
        with self._store.reading() as cursor:
            return build_fleet(cursor, self._state, scope, now=self._clock.now())

    def model_view(self, scope: ModelScope) -> ModelView:
        """Return what the Model page shows; raises ``NotFound``."""
        with self._store.reading() as cursor:
            policy_of = partial(watch.policy_of, self._state)
            return build_model(cursor, self._state, scope, now=self._clock.now(), policy_of=policy_of)

    def activity_view(self, scope: ActivityScope) -> ActivityView:
        """Return what the Activity page shows."""
        found = self.incidents()
        with self._store.reading() as cursor:
            links = incident_notes.links(cursor, unresolved(found))
        return build_activity(self._state, scope, found, now=self._clock.now(), links=links)

    def drift_view(self, scope: DriftScope) -> DriftView:
        """Return what the Drift page shows; raises ``NotFound``."""
        with self._store.reading() as cursor:
            compare = partial(self._remembered, cursor)
            return build_drift(cursor, self._state, scope, now=self._clock.now(), compare=compare)

    def runs_view(self, scope: RunsScope) -> RunsView:
        """Return what the Runs tab shows; raises ``NotFound``."""
        with self._store.reading() as cursor:
            return build_runs(cursor, self._state, scope, now=self._clock.now())

    def lineage_view(self, scope: LineageScope) -> LineageView:
        """Return what the Lineage page shows."""
        with self._store.reading() as cursor:
            graph = self.lineage.graph(cursor)
            return build_lineage(cursor, self._state, graph, scope, now=self._clock.now())

    def datasets_view(self, scope: DatasetScope) -> DatasetsView:
        """Return the data sets and features that are known, with who uses them."""
        with self._store.reading() as cursor:
            drawn = self.lineage.drawn(cursor)
            view = build_datasets(cursor, self._state, drawn, scope, now=self._clock.now())
        return replace(view, files=self.datasets.files(drawn, scope.model))

    def fairness_view(self, scope: FairnessScope) -> FairnessView:
        """Return what the Fairness page shows; raises ``NotFound``."""
        with self._store.reading() as cursor:
            return build_fairness(
                cursor,
                self._state,
                scope,
                now=self._clock.now(),
                policy_of=partial(watch.policy_of, self._state),
            )

    def _remembered(
        self, cursor: Cursor, monitor: StoredMonitor, baseline: Baseline, windows: Sequence[int]
    ) -> list[Measurement]:
        """Return distances that a page asks for again with every cell picked; kept until they may differ."""
        state = (monitor, windows, judgements.judged_up_to(cursor, monitor.key))
        known = self._shown.get((monitor.key, baseline))
        if known is None or known[0] != state:
            wanted = Wanted(segment=ALL_ROWS, windows=windows)
            known = state, self._distances(cursor, monitor, baseline, wanted)
            while len(self._shown) >= MOST_SHOWN:
                self._shown.pop(next(iter(self._shown)), None)
            self._shown[monitor.key, baseline] = known
        return known[1]

    def _distances(
        self, cursor: Cursor, monitor: StoredMonitor, baseline: Baseline, wanted: Wanted
    ) -> list[Measurement]:
        """Return how far a model's windows lie from another baseline than the pinned reference."""
        if baseline == "seasonal":
            return questions.in_season(cursor, monitor, wanted)
        basis = self._bases.of(cursor, monitor)
        if basis is None:
            return []
        return questions.against_previous(cursor, monitor, basis, wanted)

    # ---------------------------------------------------------------- questions

    def compare(
        self,
        document: str,
        reference: Upload,
        current: Upload,
        *,
        policy: str | None = None,
        by_window: bool = False,
    ) -> Comparison:
        """Measure and judge one file against another, whole or window by window; nothing is stored."""
        known, now = tuple(self._registries), self._clock.now()
        return comparison.compare(
            document, reference, current, registries=known, policy=policy, now=now, by_window=by_window
        )

    def fairness(
        self,
        model: str,
        by: Sequence[str],
        *,
        since: datetime | None = None,
        against: str | None = None,
        stretch: Stretch | None = None,
        of_class: str | None = None,
    ) -> Comparison:
        """Compare the groups of one sensitive column, or the intersections of several; see the question."""
        monitor = self._state.monitor(model)
        policy = watch.policy_of(self._state, monitor)
        with self._store.reading() as cursor:
            return questions.fairness(
                cursor,
                monitor,
                policy,
                tuple(by),
                since=since,
                against=against,
                now=self._clock.now(),
                stretch=stretch,
                of_class=of_class,
            )

    def change(
        self,
        model: str,
        *,
        before: str = "reference",
        after: str = "latest",
        metric: str | None = None,
        by: Sequence[str] = (),
    ) -> ChangeExplained:
        """Explain why a metric differs between two windows; see :func:`core.why.asked.change`."""
        monitor = self._state.monitor(model)
        with self._store.reading() as cursor:
            basis = self._bases.of(cursor, monitor)
            ground = None if basis is None else basis.ground(cursor, monitor.layout, monitor.spec)
            return asked.change(cursor, ground, before, after, metric=metric, by=by)

    def change_view(self, scope: ChangeScope) -> ChangeView:
        """Return what the Segments tab shows; see :func:`core.views.build.change.build_change`."""
        monitor = self._state.monitor(scope.model)
        with self._store.reading() as cursor:
            basis = self._bases.of(cursor, monitor)
            ground = None if basis is None else basis.ground(cursor, monitor.layout, monitor.spec)
            return build_change(cursor, monitor, ground, scope, now=self._clock.now())

    def doctor(self) -> list[Check]:
        """Check the stores, the registries and the monitors; see :func:`core.doctor.examine`."""
        return doctor.examine(
            self.settings,
            self._store,
            self._state,
            self._registries,
            self.ledger,
            self.alerts,
            now=self._clock.now(),
        )

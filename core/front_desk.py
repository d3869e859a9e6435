"""The facade's chapters for people: incidents to look after, the fleet, and what the pages show."""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial

from core import questions
from core.basis import Bases
from core.domain import ALL_ROWS, Baseline, Incident, IncidentStatus, Measurement
from core.incidents import lifecycle
from core.ports import Clock
from core.questions import Wanted
from core.receipts import ModelSummary
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor
from core.views.build.drift import build_drift
from core.views.build.fleet import build_fleet
from core.views.build.model import build_model
from core.views.build.summaries import summaries
from core.views.drift import DriftScope, DriftView
from core.views.fleet import FleetScope, FleetView
from core.views.model import ModelScope, ModelView

ALL_ROWS_WANTED = Wanted(segment=ALL_ROWS)


class FrontDesk:
    """What :class:`core.trimtab.Trimtab` answers from what is stored; it changes nothing but incidents."""

    _store: AnalyticsStore
    _state: StateStore
    _clock: Clock
    _judging: threading.Lock
    _bases: Bases

    # ---------------------------------------------------------------- incidents

    def incidents(self, *, open_only: bool = False) -> list[Incident]:
        """Return incidents, oldest first; ``open_only`` leaves out those that are resolved."""
        now = self._clock.now()
        found = [lifecycle.awake(one, now) for one in self._state.incidents()]
        return [one for one in found if not open_only or one.status is not IncidentStatus.RESOLVED]

    def acknowledge(self, identity: str, actor: str) -> Incident:
        """Say that somebody looks after an incident."""
        return self._changed(identity, lambda one: lifecycle.acknowledge(one, actor, self._clock.now()))

    def snooze(self, identity: str, until: datetime, actor: str) -> Incident:
        """Put an incident aside until a time."""
        return self._changed(identity, lambda one: lifecycle.snooze(one, until, actor, self._clock.now()))

    def resolve(self, identity: str, cause: str, actor: str) -> Incident:
        """Close an incident with what caused it."""
        return self._changed(identity, lambda one: lifecycle.resolve(one, cause, actor, self._clock.now()))

    def _changed(self, identity: str, change: Callable[[Incident], Incident]) -> Incident:
        # The monitor derives incidents from what is stored: neither may overwrite the other's change.
        with self._judging:
            changed = change(self._state.incident(identity))
            self._state.save_incidents([changed])
        return changed

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
            return build_model(cursor, self._state, scope, now=self._clock.now())

    def drift_view(self, scope: DriftScope) -> DriftView:
        """Return what the Drift page shows; raises ``NotFound``."""
        with self._store.reading() as cursor:
            compare = partial(self._distances, cursor)
            return build_drift(cursor, self._state, scope, now=self._clock.now(), compare=compare)

    def _distances(
        self, cursor: Cursor, monitor: StoredMonitor, baseline: Baseline, wanted: Wanted = ALL_ROWS_WANTED
    ) -> list[Measurement]:
        """Return how far a model's windows lie from another baseline than the pinned reference."""
        if baseline == "seasonal":
            return questions.in_season(cursor, monitor, wanted)
        basis = self._bases.of(cursor, monitor)
        if basis is None:
            return []
        return wanted.chosen(questions.against_previous(cursor, monitor, basis, segment=wanted.segment))

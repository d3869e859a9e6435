"""The cycle over many models: count what has come, judge it, put it on record, derive incidents.

Counting goes model by model, since every model's rows lie in tables of their own; everything after it goes by
blocks of models, because a statement costs about as much for fifty models as for one.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from types import MappingProxyType

from core import sourced, watch
from core.basis import Bases, Basis
from core.change import ChangeExplained
from core.domain import Window
from core.errors import TrimtabError
from core.incident_desk import IncidentDesk
from core.log_source import Sources
from core.logs import reference_rows
from core.metrics.fitting import is_learning
from core.monitor import Case, Due, Judged, count_due, latest_of, put_on_record, reach, read_due, sample
from core.policy.rules import Policy
from core.ports import Clock
from core.profiles.elsewhere import Counted
from core.sampled import NOTHING_SAMPLED, Sampled
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, changes
from core.store.standing import standing
from core.views.build import facts
from core.why.recorded import explain_failing, is_failing

BLOCK = 50
"""Models that are judged together: more make statements hardly cheaper, and writers wait for a block."""

_NOTHING: Mapping[str, Counted] = MappingProxyType({})
_log = logging.getLogger("trimtab.monitor")


@dataclass(slots=True)
class Done:
    """What a cycle came to: the windows judged, and the verdicts reached for them by status."""

    windows: list[Window] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    def add(self, judged: Sequence[Judged]) -> None:
        """Count what was reached for some models."""
        for one in judged:
            self.windows += one.windows
            self.statuses += one.by_status


class Cycle:
    """Judges what is due of many models; one that cannot be judged does not keep the others from it.

    Parameters
    ----------
    judging
        Held by whoever changes what is judged, or by what.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        bases: Bases,
        sources: Sources,
        clock: Clock,
        judging: Lock,
    ) -> None:
        self._store = store
        self._state = state
        self._bases = bases
        self._sources = sources
        self._clock = clock
        self._judging = judging
        self._incidents = IncidentDesk(store, state)

    def one(self, monitor: StoredMonitor) -> Done:
        """Count and judge one model; what is wrong with it is raised."""
        done = Done()
        counted = self._count(monitor)
        done.add(self._judge([monitor], {monitor.key: counted} if counted else _NOTHING))
        return done

    def every(self, monitors: Sequence[StoredMonitor]) -> Done:
        """Count and judge models; of one that cannot be judged it is logged what is wrong with it."""
        done = Done()
        here = [one for one in monitors if one.spec.source is None]
        for block in _blocks(here):
            done.add(self._block(self.count(block)))
        for monitor in monitors:
            if monitor.spec.source is not None:
                with _logged(monitor):
                    found = self.one(monitor)
                    done.windows += found.windows
                    done.statuses += found.statuses
        return done

    def count(self, monitors: Sequence[StoredMonitor]) -> list[StoredMonitor]:
        """Bring the profiles of models whose rows lie here up to their rows; return those that can be judged.

        Each is a transaction of its own. Nothing is asked of the rows of a model for which nothing came.
        """
        behind = self._behind(monitors)
        ready: list[StoredMonitor] = []
        for monitor in monitors:
            if monitor.key not in behind:
                ready.append(monitor)
                continue
            with _logged(monitor):
                self._count(monitor)
                ready.append(monitor)
        return ready

    def _block(self, monitors: Sequence[StoredMonitor]) -> list[Judged]:
        """Judge a block of models together or, where that does not go, one by one."""
        try:
            return self._judge(monitors)
        except Exception as error:  # noqa: BLE001 - whatever it was, going through one by one raises it again
            if len(monitors) > 1:
                _log.warning("monitor.block_failed models=%d cause=%s", len(monitors), error)
        found: list[Judged] = []
        for monitor in monitors:
            with _logged(monitor):
                found += self._judge([monitor])
        return found

    # ---------------------------------------------------------------- counting

    def _behind(self, monitors: Sequence[StoredMonitor]) -> frozenset[str]:
        """Return the models that must be looked at: something came, closed, or is still to be pinned."""
        now = self._clock.now()
        with self._store.reading() as cursor:
            known = standing(cursor, [one.key for one in monitors])
        return frozenset(
            one.key
            for one in monitors
            if (own := known.get(one.key)) is None
            or not own.is_counted
            or own.reference_digest is None
            or own.spec_digest != watch.spec_digest(one.spec)
            or (not own.is_fitted and is_learning(one.spec))
            or (one.spec.window.every is not None and own.open_end is not None and own.open_end <= now)
        )

    def _count(self, monitor: StoredMonitor) -> Counted | None:
        """Bring a model's profiles up to its rows; return what was counted where they lie, None for here."""
        now = self._clock.now()
        counted = sourced.count(self._store, monitor, self._pinned(monitor, now), self._sources, now=now)
        with self._judging:
            if self._state.pointers.is_retired(monitor.key):
                return None
            reference_rows.pin_first_period(self._store, monitor)
            with self._store.writing() as cursor:
                basis = self._pin(monitor, cursor, now)
                if basis is None or not sourced.fits(monitor, counted, basis):
                    return None
                count_due(cursor, monitor.layout, monitor.spec, basis.reference, now=now, counted=counted)
        return counted

    def _pinned(self, monitor: StoredMonitor, now: datetime) -> Basis | None:
        """Return what a model is compared with, for a count outside of the counting transaction."""
        if monitor.spec.source is None:
            return None
        with self._judging, self._store.writing() as cursor:
            return self._pin(monitor, cursor, now)

    def _pin(self, monitor: StoredMonitor, cursor: Cursor, now: datetime) -> Basis | None:
        if watch.needs_pinning(cursor, monitor):
            watch.pin(cursor, monitor, now=now)
        elif watch.needs_learning(cursor, monitor):
            watch.learn(cursor, monitor.layout, monitor.spec)
            self._bases.forget(monitor.key)
        return self._bases.of(cursor, monitor)

    # ---------------------------------------------------------------- judging

    def _judge(
        self, monitors: Sequence[StoredMonitor], counted: Mapping[str, Counted] = _NOTHING
    ) -> list[Judged]:
        """Judge what is counted of some models and derive their incidents."""
        with self._judging:
            now = self._clock.now()
            retired = self._state.pointers.retired([one.key for one in monitors])
            running = {one.key: one for one in monitors if one.key not in retired}
            policies = watch.policies_of(self._state, list(running.values()))
            dues = self._due(running, policies, counted, now)
            judged = [reach(due, self._sampled(due), now=now) for due in dues]
            if judged:
                self._put_on_record(judged, running, now)
            fresh = {one.case.layout.key for one in judged}
            fresh |= self._incidents.unfinished([key for key in running if key not in fresh])
            if fresh:
                self._incidents.derive([running[key] for key in running if key in fresh], policies, now=now)
        return judged

    def _due(
        self,
        running: Mapping[str, StoredMonitor],
        policies: Mapping[str, Policy],
        counted: Mapping[str, Counted],
        now: datetime,
    ) -> list[Due]:
        with self._store.reading() as cursor:
            known = standing(cursor, list(running))
            cases: list[Case] = []
            for key, monitor in running.items():
                own = counted.get(key)
                digest = known[key].reference_digest if key in known else None
                basis = self._bases.of_pinned(cursor, monitor, digest)
                if basis is None or (own is None and monitor.spec.source is not None):
                    continue
                latest = latest_of(cursor, monitor.layout) if own is None else own.latest
                cases.append(
                    Case(
                        layout=monitor.layout,
                        spec=monitor.spec,
                        policy=policies[key],
                        basis=basis,
                        latest=latest,
                    )
                )
            return read_due(cursor, cases, now=now)

    def _sampled(self, due: Due) -> Sampled:
        if not due.case.spec.multivariate or due.case.spec.source is not None:
            return NOTHING_SAMPLED
        with self._store.writing() as cursor:
            return sample(cursor, due)

    def _put_on_record(
        self, judged: Sequence[Judged], running: Mapping[str, StoredMonitor], now: datetime
    ) -> None:
        explained = self._explained(judged)
        with self._store.writing() as cursor:
            put_on_record(cursor, judged, now=now)
            for one in judged:
                key = one.case.layout.key
                if key in explained:
                    changes.record(cursor, key, one.indexes, explained[key], now=now)
            facts.refresh(cursor, [running[one.case.layout.key] for one in judged])

    def _explained(self, judged: Sequence[Judged]) -> Mapping[str, Sequence[ChangeExplained]]:
        """Explain what fails, by key; nothing of models that have and had nothing to explain."""
        here = [one for one in judged if one.case.spec.source is None]
        found: dict[str, Sequence[ChangeExplained]] = {}
        with self._store.reading() as cursor:
            before = changes.explained(cursor, [one.case.layout.key for one in here])
            for one in here:
                case, key = one.case, one.case.layout.key
                if is_failing(case.spec, one.verdicts):
                    ground = case.basis.ground(cursor, case.layout, case.spec)
                    found[key] = explain_failing(cursor, ground, one.verdicts)
                elif key in before:
                    found[key] = ()
        return found


def _blocks(monitors: Sequence[StoredMonitor]) -> Iterator[Sequence[StoredMonitor]]:
    for first in range(0, len(monitors), BLOCK):
        yield monitors[first : first + BLOCK]


@contextmanager
def _logged(monitor: StoredMonitor) -> Iterator[None]:
    """Say what is wrong with a model, and go on with the others."""
    try:
        yield
    except TrimtabError as error:
        _log.warning("monitor.failed model=%s cause=%s", monitor.name, error)

"""The facade: everything that a workspace can do. Server routes call this and nothing else."""

import logging
import threading
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from core import questions, sourced, watch
from core.basis import Bases, Basis
from core.chapters import Chapters, open_chapters
from core.config import Settings
from core.domain import Baseline, Incident, Measurement, Segment
from core.errors import TrimtabError
from core.front_desk import FrontDesk
from core.incidents import shared
from core.incidents.derive import derive
from core.incidents.series import History
from core.ledger.desk import SYSTEM
from core.log_source import Sources
from core.logs import ingest, quarantine, reference_rows
from core.logs.upload import Upload
from core.monitor import Judged, judge_due
from core.policy.rules import UNSURE, Policy
from core.ports import Channel, Clock, Deployment, Executor, Registry
from core.receipts import IngestReceipt, MonitorReceipt, QuarantinedRow, WatchReceipt
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, changes, judgements
from core.views.build import facts
from core.why.recorded import explain_failing

NOWHERE: Mapping[str, Deployment] = MappingProxyType({})
NOBODY: Mapping[str, Channel] = MappingProxyType({})
_log = logging.getLogger("trimtab.monitor")


class Trimtab(FrontDesk, Chapters):
    """One workspace, opened by the process that owns it; safe to call from several threads.

    Parameters
    ----------
    settings
        The workspace's settings.
    store, state
        The two stores, owned by this object from now on.
    registries
        Short name → registry; constructing them must be cheap, calling them may be slow.
    clock
        Tells the time.
    executor
        Does long work, also owned; without one, jobs wait for a process that has one.
    sources
        Opens the tables of models whose rows stay where they lie.
    deployments
        Name → what makes production run a version.
    channels, beacon
        Name → what reaches people; what is told regularly that all is well.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        store: AnalyticsStore,
        state: StateStore,
        registries: Mapping[str, Registry],
        clock: Clock,
        executor: Executor | None = None,
        sources: Sources = sourced.no_sources,
        deployments: Mapping[str, Deployment] = NOWHERE,
        channels: Mapping[str, Channel] = NOBODY,
        beacon: Channel | None = None,
    ) -> None:
        self.settings = settings
        self._store = store
        self._state = state
        self._registries = registries
        self._sources = sources
        self._clock = clock
        self._bases = Bases()
        self._shown = {}
        self._judging = threading.Lock()
        chapters = open_chapters(
            settings,
            store=store,
            state=state,
            registries=registries,
            deployments=deployments,
            channels=channels,
            beacon=beacon,
            executor=executor,
            clock=clock,
            judging=self._judging,
            judge=self.monitor,
            basis=self._bases.of,
            incidents=self.incidents,
            snooze=self.snooze,
        )
        self.take(chapters)

    def close(self) -> None:
        """End long work, and release both stores after the judgement that is running."""
        self.training.close()
        self.jobs.close()
        with self._judging:
            self._store.close()
            self.ledger.close()
            self._state.close()

    # ---------------------------------------------------------------- rows in

    def watch(
        self,
        document: str,
        *,
        reference: Upload | None = None,
        policy: str | None = None,
        create: bool = False,
        actor: str = SYSTEM,
        may_ease: bool = True,
    ) -> WatchReceipt:
        """Monitor a model, or change how it is monitored; see :func:`core.watch.watch`."""
        sought = watch.seek(
            document,
            store=self._store,
            state=self._state,
            registries=self._registries,
            reference=reference,
            policy=policy,
            create=create,
            sources=self._sources,
            spool=self.settings.workspace.spool,
            actor=actor,
            may_ease=may_ease,
        )
        with self._judging:
            receipt = watch.watch(
                sought,
                store=self._store,
                state=self._state,
                now=self._clock.now(),
                ledger=self.ledger,
                actor=actor,
                may_ease=may_ease,
            )
            monitor = self._state.monitor(receipt.model)
            with self._store.writing() as cursor:
                facts.refresh(cursor, monitor)
        return receipt

    def ingest(
        self,
        model: str,
        upload: Upload,
        *,
        kind: Literal["predictions", "labels"],
        batch_key: str | None = None,
    ) -> IngestReceipt:
        """Take in rows of a monitored model; when this returns they are on disk.

        Raises
        ------
        NotFound
            The model is not monitored.
        InvalidInput
            The file cannot be read at all.
        Conflict
            The batch key was used before for other rows, or the model is retired.
        """
        take = ingest.ingest_predictions if kind == "predictions" else ingest.ingest_labels
        monitor = self._state.monitor(model)
        watch.refuse_retired(monitor)
        sourced.refuse(monitor, "Ingest")
        return take(self._store, self._state, monitor, upload, batch_key=batch_key, now=self._clock.now())

    def quarantine(self, model: str, *, limit: int = 1000) -> list[QuarantinedRow]:
        """Return the rows of a model that could not be used, in the order in which they came."""
        return quarantine.quarantined(self._store, self._state.monitor(model).key, limit)

    def retry_quarantine(self, model: str) -> IngestReceipt:
        """Try the quarantined rows again, after the spec or the sender was mended."""
        return quarantine.retry_quarantine(self._store, self._state.monitor(model), now=self._clock.now())

    # ---------------------------------------------------------------- the loop

    def monitor(
        self, model: str | None = None, *, where: Literal["here", "elsewhere"] | None = None
    ) -> MonitorReceipt:
        """Judge what is due: of one model, or of all, or of those whose rows lie here or elsewhere.

        Of all, one model that cannot be judged does not keep the others from it: what is wrong with it
        is logged.
        """
        monitors = self._monitors(model)
        if where is not None:
            monitors = [one for one in monitors if (one.spec.source is None) == (where == "here")]
        n_windows, statuses = 0, Counter[str]()
        for monitor in monitors:
            try:
                judged = self._judge(monitor)
            except TrimtabError as error:
                if model is not None:
                    raise
                _log.warning("monitor.failed model=%s cause=%s", monitor.name, error)
                continue
            n_windows += len(judged.windows)
            statuses += judged.by_status
        names = {monitor.spec.model for monitor in monitors}
        n_open = sum(not names.isdisjoint(incident.names) for incident in self.incidents(open_only=True))
        return MonitorReceipt(windows=n_windows, verdicts=dict(statuses), incidents=n_open)

    def _monitors(self, model: str | None) -> list[StoredMonitor]:
        """Return the models to judge: one, or all that are not retired."""
        if model is None:
            return [one for one in self._state.list_monitors() if one.retired_at is None]
        monitor = self._state.monitor(model)
        watch.refuse_retired(monitor)
        return [monitor]

    def _judge(self, monitor: StoredMonitor) -> Judged:
        now = self._clock.now()
        policy = watch.policy_of(self._state, monitor)
        counted = sourced.count(self._store, monitor, self._pinned(monitor, now), self._sources, now=now)
        with self._judging:
            if self._state.pointers.is_retired(monitor.key):
                # It was judged until a moment ago.
                return Judged(windows=(), verdicts=())
            reference_rows.pin_first_period(self._store, monitor)
            with self._store.writing() as cursor:
                basis = self._pin(monitor, cursor, now)
                if basis is None or not sourced.fits(monitor, counted, basis):
                    return Judged(windows=(), verdicts=())
                judged = judge_due(
                    cursor, monitor.layout, monitor.spec, policy, basis, now=now, counted=counted
                )
                if judged.windows:
                    if counted is None:
                        ground = basis.ground(cursor, monitor.layout, monitor.spec)
                        explain_failing(cursor, ground, judged.verdicts, judged.indexes, now=now)
                    facts.refresh(cursor, monitor)
            if judged.windows or self._unfinished(monitor):
                self._derive_incidents(monitor, policy, now)
        return judged

    def _pinned(self, monitor: StoredMonitor, now: datetime) -> Basis | None:
        """Return what a model is compared with, for a count outside of the judging transaction."""
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

    def _unfinished(self, monitor: StoredMonitor) -> bool:
        """Say whether judgements are on record whose incidents are not: a run was cut off between."""
        return self._state.setting(_judged_setting(monitor.key)) != self._judged_at(monitor)

    def _judged_at(self, monitor: StoredMonitor) -> str:
        with self._store.reading() as cursor:
            return judgements.judged_at(cursor, monitor.key)

    def _derive_incidents(self, monitor: StoredMonitor, policy: Policy, now: datetime) -> None:
        with self._store.reading() as cursor:
            judged_at = judgements.judged_at(cursor, monitor.key)
            history = _history(cursor, monitor.key)
            why = changes.sentences(cursor, monitor.key)
        existing = {one.id: one for one in self._state.incidents(monitor.spec.model)}
        derived = derive(history, policy, list(existing.values()), now, why)
        changed = [one for one in derived if existing.get(one.id) != one]
        with self._state.together():
            self._state.save_incidents(changed)
            self._share(changed, existing)
            self._state.save_setting(_judged_setting(monitor.key), judged_at)

    def _share(self, changed: Sequence[Incident], existing: Mapping[str, Incident]) -> None:
        """Join incidents with those of other models that have the same cause."""
        fresh: dict[str, list[Incident]] = defaultdict(list)
        for one in changed:
            known = existing.get(one.id)
            if shared.can_share(one) and (known is None or known.faults != one.faults):
                fresh[one.rule].append(one)
        for rule, new in fresh.items():
            opened = [one.opened_at for one in new]
            around = self._state.incidents_around(
                rule, min(opened) - shared.REACH, max(opened) + shared.REACH
            )
            self._state.save_incidents(shared.join(around, {one.id for one in new}))

    # ---------------------------------------------------------------- answers

    def measurements(
        self,
        model: str,
        *,
        metric: str | None = None,
        feature: str | None = None,
        segment: Segment | None = None,
        since: datetime | None = None,
        exact: bool = False,
        include_reference: bool = False,
        baseline: Baseline = "fixed",
    ) -> list[Measurement]:
        """Return the current measurements of a model in window order.

        ``exact`` recomputes them from rows; ``include_reference`` puts those of the reference's own
        windows (negative indexes) before them. Another ``baseline`` than the pinned reference (the window
        before, or the reference's windows of the same season) gives the distances from it instead.
        """
        wanted = questions.Wanted(metric=metric, feature=feature, segment=segment, since=since)
        if baseline != "fixed":
            questions.refuse_baseline(baseline, exact=exact, include_reference=include_reference)
            return self._compared(model, wanted, baseline)
        monitor = self._state.monitor(model)
        if exact:
            sourced.refuse(monitor, "Recomputing from rows")
        with self._store.reading() as cursor:
            found = judgements.measurements(
                cursor, monitor.key, metric=metric, feature=feature, segment=segment, since=since
            )
            basis = self._bases.of(cursor, monitor) if exact or include_reference else None
            if basis is None:
                return found
            if exact:
                found = questions.exact(cursor, monitor, found)
            if include_reference:
                every = replace(wanted, since=None)
                found = [*every.chosen(questions.of_reference(cursor, monitor, basis)), *found]
        return found

    def _compared(self, model: str, wanted: questions.Wanted, baseline: Baseline) -> list[Measurement]:
        monitor = self._state.monitor(model)
        with self._store.reading() as cursor:
            return self._distances(cursor, monitor, baseline, wanted)

    # ---------------------------------------------------------------- registries and set-up

    def refresh_registry(self) -> None:
        """Read every registry into the mirror, with new versions' runs; who does not answer is noted."""
        self.mirroring.refresh()
        self.lineage.runs.take()


def _history(cursor: Cursor, key: str) -> History:
    """Read what incidents follow from: what never failed is only counted, however long it is on record."""
    seen = judgements.seen(cursor, key)
    return History(
        verdicts=tuple(judgements.failing(cursor, key, unsure=UNSURE)),
        judged=frozenset[int]().union(*(one.judged for one in seen.values())),
        busy={version: one.busy for version, one in seen.items()},
        n_features=len(frozenset[str]().union(*(one.features for one in seen.values()))),
    )


def _judged_setting(key: str) -> str:
    return f"incidents_derived/{key}"

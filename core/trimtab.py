"""The facade: everything that a workspace can do. Server routes call this and nothing else."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from core import questions, sourced, watch
from core.basis import Bases
from core.chapters import Chapters, open_chapters
from core.config import Settings
from core.cycle import Cycle
from core.domain import Baseline, Measurement, Segment
from core.front_desk import FrontDesk
from core.ledger.desk import SYSTEM
from core.log_source import Sources
from core.logs import ingest, quarantine
from core.logs.upload import Upload
from core.ports import Channel, Clock, Deployment, Executor, Registry
from core.receipts import IngestReceipt, MonitorReceipt, QuarantinedRow, WatchReceipt
from core.store import AnalyticsStore, StateStore, StoredMonitor, judgements
from core.views.build import facts

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
        self._cycle = Cycle(
            store=store,
            state=state,
            bases=self._bases,
            sources=sources,
            clock=clock,
            judging=self._judging,
        )
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
                facts.refresh(cursor, [monitor])
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
        done = self._cycle.every(monitors) if model is None else self._cycle.one(*monitors)
        names = {monitor.spec.model for monitor in monitors}
        n_open = sum(not names.isdisjoint(incident.names) for incident in self.incidents(open_only=True))
        return MonitorReceipt(windows=len(done.windows), verdicts=dict(done.statuses), incidents=n_open)

    def _monitors(self, model: str | None) -> list[StoredMonitor]:
        """Return the models to judge: one, or all that are not retired."""
        if model is None:
            return [one for one in self._state.list_monitors() if one.retired_at is None]
        monitor = self._state.monitor(model)
        watch.refuse_retired(monitor)
        return [monitor]

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

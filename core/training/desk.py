"""The desk of training: what is asked for is guarded, put on record, and handed to the runner."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from core import sourced
from core.access.person import Person
from core.action import CHAMPION, ActionStatus, Gate
from core.actions import ActionDesk
from core.basis import Basis
from core.children.candidate import SNAPSHOT
from core.config import Settings
from core.domain import Task
from core.errors import InvalidInput, NotFound, Problem, TrimtabError, Unavailable
from core.jobs import JobDesk
from core.keyed import OneAtATime
from core.ledger import Ledger
from core.ledger.desk import SYSTEM
from core.ports import Clock, Registry
from core.retrain import Advice, Retrain, RetrainKind
from core.spec import TrainingRule
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor
from core.training import advisor, code, evidence, guards, steps
from core.training.bench import Bench
from core.training.entitled import not_entitled
from core.training.judges import Judges
from core.training.orchestrators import Orchestrators
from core.training.runner import Runner
from core.training.triggers import due
from core.views.retrain import RetrainScope, RetrainView

_MONTH = timedelta(days=30)
_PAUSE_S = 0.5
_log = logging.getLogger("trimtab.training")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked for; the same ``key`` asked for again gives the same retraining.

    ``person`` is who asks, None where Trimtab itself does. ``recipe`` is set exactly for a mitigation: the
    key of a point on a bench.
    """

    model: str
    reason: str
    actor: str
    person: Person | None = None
    kind: RetrainKind = RetrainKind.RETRAIN
    recipe: str = ""
    trigger: str = "person"
    key: str | None = None


class Retraining:
    """Takes requests to train, and tells what became of them. Safe between threads.

    Parameters
    ----------
    store, state
        Rows and judgements; retrainings and pointers.
    ledger
        Is told every step.
    registries
        Short name → registry.
    jobs
        Where training is asked for.
    actions
        Knows what aliases show.
    judges
        Hold a candidate to its gates.
    orchestrators
        Train elsewhere, where a spec says so.
    basis
        Returns what a model's windows are compared with.
    clock
        Tells the time.
    settings
        The workspace's settings.
    by_itself
        Whether a thread takes further what was asked for here; else :meth:`reconcile` does.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        ledger: Ledger,
        registries: Mapping[str, Registry],
        jobs: JobDesk,
        actions: ActionDesk,
        judges: Judges,
        orchestrators: Orchestrators,
        basis: Callable[[Cursor, StoredMonitor], Basis | None],
        clock: Clock,
        settings: Settings,
        by_itself: bool,
    ) -> None:
        self._store = store
        self._state = state
        self._table = state.retrains
        self._registries = registries
        self._basis = basis
        self._settings = settings
        self._orchestrators = orchestrators
        self._jobs = jobs
        self._clock = clock
        self._by_itself = by_itself
        self.bench = Bench(
            store=store, state=state, jobs=jobs, registries=registries, settings=settings, clock=clock
        )
        self._asking = OneAtATime()
        self._waking = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self.runner = Runner(
            store=store,
            state=state,
            ledger=ledger,
            registries=registries,
            jobs=jobs,
            actions=actions,
            judges=judges,
            orchestrators=orchestrators,
            clock=clock,
            settings=settings,
        )

    # ---------------------------------------------------------------- asking

    def ask(self, wish: Wish) -> Retrain:
        """Ask for a retraining; it is under way when this returns, or refused, with all reasons.

        Raises
        ------
        InvalidInput
            There is no reason.
        NotFound
            The model is not monitored, or its registry does not have it.
        Conflict
            Its rows lie elsewhere.
        Unavailable
            The registry does not answer: nothing was put on record.
        """
        reason = wish.reason.strip()
        if not reason:
            problem = Problem(field="reason", message="is empty", remedy="say why, for those who come after")
            raise InvalidInput("The retraining", [problem])
        # A registry may take its time: only who asks for the same model, or the same again, waits for it.
        model = self._state.monitor(wish.model).key
        with self._asking.under(wish.key and f"key {wish.key}"), self._asking.under(f"model {model}"):
            known = None if wish.key is None else self._table.by_key(wish.key)
            if known is not None:
                return known
            taken = self._take(replace(wish, reason=reason))
        if not taken.status.over:
            _log.info("retrain.asked id=%s kind=%s model=%s", taken.id, taken.kind, taken.name)
            self._wake()
        return taken

    def _take(self, wish: Wish) -> Retrain:
        retrain, facts = self._draw_up(wish)
        refused = guards.refusals(facts)
        now = retrain.asked_at
        if not refused:
            return self.runner.recorder.write(steps.begin(retrain, now), key=wish.key)
        _log.info("retrain.refused id=%s guards=%s", retrain.id, ",".join(one.guard for one in refused))
        because = " ".join(one.sentence for one in refused)
        held = replace(
            retrain,
            status=ActionStatus.REFUSED,
            evidence={},
            gates=tuple(Gate(rule=one.guard, status="FAIL", sentence=one.sentence) for one in refused),
            sentence=f"{steps.said(retrain)} was refused: {because}",
        )
        return self.runner.recorder.write(steps.refuse(held, now), key=wish.key)

    def _draw_up(self, wish: Wish) -> tuple[Retrain, guards.Facts]:
        """Return the retraining as it would begin, and what its guards need to know."""
        monitor = self._state.monitor(wish.model)
        sourced.refuse(monitor, "Retraining")
        spec = monitor.spec
        registry = self._registry(monitor)
        champion = registry.model(spec.model).aliases.get(CHAMPION)
        pointer = self._state.pointers.get(spec.registry, spec.model, CHAMPION)
        now, advice = self._clock.now(), self._advice(monitor)
        chosen = self.bench.chosen(monitor, wish.recipe).evidence if wish.recipe else {}
        retrain = Retrain(
            id=token_hex(6),
            kind=wish.kind,
            registry=spec.registry,
            model=spec.model,
            from_version=champion,
            generation=pointer.generation if pointer else 0,
            status=ActionStatus.RUNNING,
            reason=wish.reason,
            actor=wish.actor,
            trigger=wish.trigger,
            asked_at=now,
            evidence={"advice": " ".join(advice.sentences), **chosen},
        )
        before = self.every(wish.model)
        facts = guards.Facts(
            kind=wish.kind,
            rule=spec.training,
            is_classifier=spec.task is not Task.REGRESSION,
            has_label=spec.columns.label is not None,
            registry=registry.name,
            writable=registry.writable,
            champion=champion,
            running=next((one for one in before if not one.status.over), None),
            n_lately=_lately(before, now),
            n_fresh=advice.n_fresh,
            harm=advice.why_not,
            not_entitled=not_entitled(wish.person),
            no_code=self._no_code(spec.training) if wish.kind is RetrainKind.RETRAIN else "",
        )
        return retrain, facts

    def _no_code(self, rule: TrainingRule) -> str:
        return code.problem(self._settings, rule) or self._orchestrators.problem(rule)

    def answered(self, identity: str, *, version: str | None, actor: str, failed: str = "") -> Retrain:
        """Take in what an orchestrator says: the version that it registered, or why there is none.

        Raises
        ------
        NotFound
            There is no such retraining, or its registry has no such version.
        Conflict
            Nobody waits for it.
        """
        retrain = self._table.get(identity)
        self._orchestrators.check(retrain, version)
        taken = self.runner.answered(retrain, version, failed, actor=actor)
        self._wake()
        return taken

    def snapshot_of(self, identity: str) -> Path:
        """Return where a retraining's rows lie; raises ``NotFound`` where they are not there (any more)."""
        file = self.runner.folder(self._table.get(identity)) / SNAPSHOT
        if not file.is_file():
            raise NotFound("snapshot of retraining", identity)
        return file

    def advise(self, model: str) -> Advice:
        """Say whether retraining is the answer, before anything is trained; see :mod:`core.training.advisor`.

        Raises
        ------
        NotFound
            The model is not monitored.
        Conflict
            Its rows lie elsewhere.
        """
        monitor = self._state.monitor(model)
        sourced.refuse(monitor, "Retraining")
        return self._advice(monitor)

    def _advice(self, monitor: StoredMonitor) -> Advice:
        with self._store.reading() as cursor:
            facts = evidence.gather(cursor, monitor, self._state, self._basis(cursor, monitor))
        return advisor.advise(facts)

    def _registry(self, monitor: StoredMonitor) -> Registry:
        name = monitor.spec.registry
        if name not in self._registries:
            raise Unavailable(f"Registry '{name}'", "the settings do not name it any more")
        return self._registries[name]

    def tend(self) -> None:
        """Ask for what specs ask for by themselves, each once; what may not begin is on record as refused.

        One model whose registry does not answer does not keep the others from it.
        """
        now = self._clock.now()
        for monitor in self._state.list_monitors():
            rule = monitor.spec.training
            if monitor.retired_at is not None or (rule.every is None and rule.verdict is None):
                continue
            before = self.every(monitor.name)
            begun = (one.asked_at for one in before if one.status is not ActionStatus.REFUSED)
            incidents = self._state.incidents(monitor.spec.model) if rule.verdict is not None else []
            found = due(
                monitor.spec,
                key=monitor.key,
                last_at=max(begun, default=monitor.watched_at),
                incidents=incidents,
                now=now,
            )
            if found is None or any(not one.status.over for one in before):
                continue
            wish = Wish(
                model=monitor.name, reason=found.reason, actor=SYSTEM, trigger=found.trigger, key=found.key
            )
            try:
                self.ask(wish)
            except TrimtabError as error:
                _log.warning("retrain.not_asked model=%s cause=%s", monitor.name, error)

    # ---------------------------------------------------------------- answers

    def get(self, identity: str) -> Retrain:
        """Return one retraining; raises ``NotFound``."""
        return self._table.get(identity)

    def every(self, model: str | None = None, *, open_only: bool = False) -> list[Retrain]:
        """Return retrainings, the latest first; of one model only where it is named."""
        statuses = (ActionStatus.RUNNING,) if open_only else ()
        if model is None:
            return self._table.every(statuses=statuses)
        spec = self._state.monitor(model).spec
        return self._table.every(registry=spec.registry, model=spec.model, statuses=statuses)

    def view(self, scope: RetrainScope, person: Person | None = None) -> RetrainView:
        """Return what a page shows somebody of a model's training; no registry is asked, no row read.

        Raises
        ------
        NotFound
            The model is not monitored.
        """
        monitor, now = self._state.monitor(scope.model), self._clock.now()
        before, spec = self.every(scope.model), monitor.spec
        name = spec.registry
        known = self._registries.get(name)
        facts = guards.Facts(
            kind=RetrainKind.RETRAIN,
            rule=spec.training,
            is_classifier=spec.task is not Task.REGRESSION,
            has_label=spec.columns.label is not None,
            registry=name,
            writable=known is not None and known.writable,
            champion="",
            running=next((one for one in before if not one.status.over), None),
            n_lately=_lately(before, now),
            n_fresh=guards.ENOUGH,
            harm="" if spec.source is None else "Its rows lie elsewhere, and training needs them here.",
            not_entitled=not_entitled(person),
            no_code=self._no_code(spec.training),
        )
        latest = next((one for one in before if one.status is not ActionStatus.REFUSED), None)
        job_id = latest.job_id if latest and not latest.status.over else None
        return RetrainView(
            as_of=now,
            name=spec.model,
            registry=name,
            why_not=" ".join(one.sentence for one in guards.refusals(facts)),
            can_recalibrate=spec.task is not Task.REGRESSION,
            latest=latest,
            job=None if job_id is None else self._jobs.get(job_id),
        )

    # ---------------------------------------------------------------- life

    def reconcile(self) -> bool:
        """Take further what is under way: at start, and every few seconds; returns whether any still is."""
        return self.runner.reconcile()

    def close(self) -> None:
        """Let the step that is being done end; what is left waits for the next process."""
        self._closing.set()
        thread = self._thread
        if thread is not None:
            thread.join()

    def _wake(self) -> None:
        """Have a thread take it further, unless one is awake."""
        if not self._by_itself or self._closing.is_set():
            return
        with self._waking:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="trimtab-retrain", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        try:
            while not self._closing.is_set() and self.runner.reconcile():
                self._closing.wait(_PAUSE_S)
        except TrimtabError as error:
            # What is on record is taken further by the next look, or the next process.
            _log.warning("retrain.unfinished cause=%s", error)


def _lately(before: Sequence[Retrain], now: datetime) -> int:
    """Return how many retrainings were begun in the last 30 days."""
    return sum(now - one.asked_at < _MONTH for one in before if one.status is not ActionStatus.REFUSED)

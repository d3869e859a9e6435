"""Retrainings are done step by step, whatever happens in between.

Every step is written before the next begins (:mod:`core.training.steps`), and every effect can be asked for
again: a snapshot is written anew until its digest is on record, a job is found by its key, a candidate by its
tag, an alias by what it shows. So who finds one running after a crash does what is left.
"""

import json
import logging
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from core.action import ActionStatus, Pointer, shown_version
from core.actions import ActionDesk
from core.children import candidate
from core.config import Settings
from core.errors import Conflict, NotFound, StalePointer, TrimtabError, Unavailable
from core.job import JobStatus, Plan
from core.jobs import JobDesk, Wanted
from core.ledger import Ledger
from core.ports import Candidate, Clock, DataFile, Registry
from core.retrain import CHALLENGER, Retrain, RetrainChange, RetrainKind, RetrainStep
from core.store import AnalyticsStore, StateStore, StoredMonitor, registry_mirror
from core.training import code, snapshot, steps
from core.training.child_request import column_of, request_of, task_of
from core.training.judges import Judges, registered
from core.training.orchestrators import Orchestrators, by_orchestrator
from core.training.recorder import Recorder

KIND = "training"
PLACE = "retrains"
"""Below the workspace: a folder for each retraining, with its snapshot and the rows that were held out."""
PATIENCE = timedelta(days=1)
"""How long after it was asked for a retraining may wait for something that does not answer."""
_PAUSES_S = (2.0, 5.0, 15.0, 60.0)
_log = logging.getLogger("trimtab.training")


class Runner:
    """Does what the desk took in, and finishes what was cut off. Safe between threads.

    Parameters
    ----------
    store, state
        Rows; retrainings and pointers.
    ledger
        Is told every step.
    registries
        Short name → registry.
    jobs
        Where training is asked for.
    actions
        Puts on record what aliases show that no action made them show.
    judges
        Validate the candidate and hold it to its gates.
    orchestrators
        Train elsewhere, where a spec says so.
    clock
        Tells the time.
    settings
        Where the workspace lies, and what a job may use.
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
        clock: Clock,
        settings: Settings,
    ) -> None:
        self._store = store
        self._state = state
        self._table = state.retrains
        self.recorder = Recorder(state, ledger)
        self._registries = registries
        self._jobs = jobs
        self._actions = actions
        self._judges = judges
        self._orchestrators = orchestrators
        self._clock = clock
        self._settings = settings
        self._door = threading.Lock()
        self._busy: set[str] = set()
        self._not_before: dict[str, datetime] = {}

    def reconcile(self) -> bool:
        """Take every running retraining as far as it goes now; return whether any still runs."""
        running = self._table.every(statuses=(ActionStatus.RUNNING,))
        over = [self.advance(one).status.over for one in running if self._due(one)]
        return len(over) < len(running) or not all(over)

    def advance(self, retrain: Retrain) -> Retrain:
        """Take a running retraining as far as it goes now; returns it as it is then."""
        with self._alone_on(retrain) as mine:
            if not mine:
                return self._table.get(retrain.id)
            retrain = self._table.get(retrain.id)
            while not retrain.status.over:
                before = retrain
                try:
                    retrain = self._step(retrain)
                except StalePointer:
                    return self._table.get(retrain.id)
                except TrimtabError as error:
                    return self._tried(retrain, error)
                if retrain == before:
                    break
        return retrain

    def folder(self, retrain: Retrain) -> Path:
        """Return where a retraining keeps what it is made of."""
        return self._settings.workspace.root / PLACE / retrain.id

    def answered(self, retrain: Retrain, version: str | None, failed: str, *, actor: str) -> Retrain:
        """Take in what an orchestrator says, under its own name: the version it registered, or why none."""
        with self._alone_on(retrain) as mine:
            if not mine:
                raise Unavailable(f"Retraining {retrain.id}", "it is being looked at")
            if version is None:
                why = failed.strip() or "the orchestrator gave no reason"
                return self._fail(retrain, f"{why}.", actor=actor)
            return self._write(steps.registered(retrain, self._clock.now(), version, actor=actor))

    def _step(self, retrain: Retrain) -> Retrain:
        take = {
            RetrainStep.ASKED: self._snapshot,
            RetrainStep.SNAPSHOT: self._ask_for_training,
            RetrainStep.TRAINING: self._look_at_training,
            RetrainStep.TRAINED: self._register,
            RetrainStep.REGISTERED: self._take_pointer,
            RetrainStep.PROPOSING: self._propose,
            RetrainStep.PROPOSED: self._validate,
            RetrainStep.VALIDATING: self._look_at_validation,
        }
        return take[retrain.step](retrain)

    # ---------------------------------------------------------------- steps

    def _snapshot(self, retrain: Retrain) -> Retrain:
        monitor = self._monitor(retrain)
        with self._store.reading() as cursor:
            file = self.folder(retrain) / candidate.SNAPSHOT
            made = snapshot.write(cursor, monitor, file, by=column_of(retrain))
        evidence = {
            "rows": f"{made.n_reference:,} of the reference, {made.n_fresh:,} fresh ones"
            + (f", the newest {snapshot.MOST_ROWS:,}" if made.cut else ""),
            "snapshot": f"sha256:{made.digest}",
        }
        return self._write(steps.snapshotted(retrain, self._clock.now(), evidence))

    def _ask_for_training(self, retrain: Retrain) -> Retrain:
        monitor, file = self._monitor(retrain), self.folder(retrain) / candidate.SNAPSHOT
        if not file.is_file():
            raise NotFound("snapshot of retraining", retrain.id)
        if by_orchestrator(monitor.spec.training, retrain):
            self._orchestrators.tell(monitor.spec.training, retrain)
            return self._write(steps.training(retrain, self._clock.now(), job_id=None))
        registry, version = self._registry(retrain), retrain.from_version or ""

        def prepare(folder: Path) -> None:
            shutil.copyfile(file, folder / candidate.SNAPSHOT)
            registry.download(retrain.model, version, folder / candidate.CHAMPION)
            # Putting scores right takes no code of theirs.
            is_theirs = retrain.kind is RetrainKind.RETRAIN
            own = code.of(self._settings, monitor.spec.training) if is_theirs else {}
            request = request_of(monitor.spec, retrain) | own
            (folder / candidate.REQUEST).write_text(json.dumps(request))

        job = self._jobs.ask(self._wanted(retrain, monitor), actor=retrain.actor, prepare=prepare)
        return self._write(steps.training(retrain, self._clock.now(), job_id=job.id))

    def _look_at_training(self, retrain: Retrain) -> Retrain:
        if retrain.job_id is None:
            late = self._orchestrators.overdue(self._monitor(retrain).spec.training, retrain)
            return self._fail(retrain, late) if late else retrain
        job = self._jobs.get(retrain.job_id or "")
        if not job.status.over:
            return retrain
        if job.status is not JobStatus.DONE:
            return self._fail(retrain, job.error or f"{job.step or 'it was cancelled'}.")
        report = candidate.read_report(self._jobs.result(job.id))
        evidence = {
            "trained on": f"{report.n_trained:,} rows{_span(report.trained_from, report.trained_until)}",
            "held out": f"the most recent {report.n_held_out:,} fresh rows",
            **{
                name: f"{value:.4g}, the champion {_number(report.champion.get(name))} on the same rows"
                for name, value in report.metrics.items()
            },
        }
        return self._write(steps.trained(retrain, self._clock.now(), evidence))

    def _register(self, retrain: Retrain) -> Retrain:
        archive = self._jobs.result(retrain.job_id or "")
        folder = self.folder(retrain)
        if not archive.is_file():
            raise NotFound("candidate of retraining", retrain.id)
        made = folder / "made"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        candidate.unpack(archive, made)
        (made / candidate.EVALUATION).replace(folder / candidate.EVALUATION)
        version = self._registry(retrain).register(retrain.model, self._candidate(retrain, archive, made))
        written = self._write(steps.registered(retrain, self._clock.now(), version))
        shutil.rmtree(made, ignore_errors=True)
        return written

    def _take_pointer(self, retrain: Retrain) -> Retrain:
        # Before the registry is asked: what was moved past Trimtab is told as that, not taken over.
        recorded = self._actions.recorded(retrain.registry)
        found = self._registry(retrain).model(retrain.model)
        self._actions.take_in(retrain.registry, [found], recorded, whole=False)
        pointer = self._state.pointers.get(retrain.registry, retrain.model, CHALLENGER)
        if pointer is not None and pointer.action_id is not None:
            raise Unavailable(f"The alias '{CHALLENGER}'", f"action {pointer.action_id} is moving it")
        shows = found.aliases.get(CHALLENGER)
        return self._write(steps.proposing(retrain, pointer, shows, self._clock.now()))

    def _propose(self, retrain: Retrain) -> Retrain:
        """Move the challenger to the candidate, unless somebody moved it meanwhile, and say what is next."""
        registry, held = self._registry(retrain), self._held(retrain)
        shows = registry.model(retrain.model).aliases.get(CHALLENGER)
        if shows == held.version != retrain.to_version:
            registry.set_alias(retrain.model, CHALLENGER, retrain.to_version or "")
            shows = registry.model(retrain.model).aliases.get(CHALLENGER)
        version = shown_version(retrain.to_version)
        if shows != retrain.to_version:
            what = f"it is registered as {version}, but somebody else moved '{CHALLENGER}' to"
            return self._fail(retrain, f"{what} {shown_version(shows)} meanwhile.", held=held)
        written = self._write(steps.proposed(retrain, held, self._clock.now()))
        with self._store.writing() as cursor:
            registry_mirror.point(
                cursor,
                retrain.registry,
                retrain.model,
                CHALLENGER,
                retrain.to_version,
                now=self._clock.now(),
            )
        return written

    def _validate(self, retrain: Retrain) -> Retrain:
        job = self._judges.validate(retrain)
        return self._write(steps.validating(retrain, self._clock.now(), job_id=job.id))

    def _look_at_validation(self, retrain: Retrain) -> Retrain:
        job = self._jobs.get(retrain.job_id or "")
        if not job.status.over:
            return retrain
        if job.status is not JobStatus.DONE:
            return self._unjudged(retrain, job.error or job.step or "it was cancelled")
        gates, sentence = self._judges.judge(retrain)
        return self._write(steps.done(retrain, self._clock.now(), sentence=sentence, gates=gates))

    def _unjudged(self, retrain: Retrain, why: str) -> Retrain:
        """The candidate is there and the challenger; only what it is worth is not known."""
        sentence = f"{registered(retrain)}, but it was not validated: {why.rstrip('.')}."
        return self._write(steps.done(retrain, self._clock.now(), sentence=sentence))

    # ---------------------------------------------------------------- parts

    def _wanted(self, retrain: Retrain, monitor: StoredMonitor) -> Wanted:
        rule = monitor.spec.training
        return Wanted(
            kind=KIND,
            model=monitor.spec.model,
            subject=f"{retrain.kind.verb} from {shown_version(retrain.from_version)}",
            about={"model_key": monitor.key, "retrain": retrain.id},
            plan=Plan(
                task=task_of(rule, retrain),
                output=candidate.OUTPUT,
                place=f"{PLACE}/{retrain.id}/{candidate.OUTPUT}",
                time_limit_s=rule.time_s or self._settings.job_time_s,
                memory_limit_mb=rule.memory_mb or self._settings.job_memory_mb,
            ),
            key=f"{KIND}/{retrain.id}",
        )

    def _candidate(self, retrain: Retrain, archive: Path, made: Path) -> Candidate:
        report = candidate.read_report(archive)
        digest = retrain.evidence.get("snapshot", "").removeprefix("sha256:")
        file = self.folder(retrain) / candidate.SNAPSHOT
        data = DataFile(
            name=snapshot.data_name(retrain.model, retrain.id),
            context="training",
            path=file,
            digest=digest[:36],
            n_rows=report.n_trained + report.n_held_out,
            copied=False,
        )
        tags = {
            "trimtab.from_version": retrain.from_version,
            "trimtab.snapshot": digest,
            "trimtab.trained_from": report.trained_from,
            "trimtab.trained_until": report.trained_until,
            "trimtab.asked_by": retrain.actor,
            "trimtab.kind": retrain.kind.value,
            "trimtab.recipe": retrain.evidence.get("recipe"),
            "trimtab.bench": retrain.evidence.get("bench"),
        }
        return Candidate(
            id=retrain.id,
            author=retrain.actor,
            folder=made / candidate.MODEL,
            data=(data,),
            params=report.params,
            metrics=report.metrics | {f"champion_{name}": value for name, value in report.champion.items()},
            tags={name: text for name, text in tags.items() if text is not None},
        )

    def _fail(
        self, retrain: Retrain, why: str, *, held: Pointer | None = None, actor: str | None = None
    ) -> Retrain:
        sentence, now = f"{steps.said(retrain)} failed: {why}", self._clock.now()
        return self._write(steps.failed(retrain, now, sentence=sentence, held=held, actor=actor))

    def _tried(self, retrain: Retrain, error: TrimtabError) -> Retrain:
        """Try again later what did not answer, for a while; what was refused is refused."""
        now = self._clock.now()
        _log.warning("retrain.tried id=%s step=%s cause=%s", retrain.id, retrain.step, error)
        try:
            is_over = not isinstance(error, Unavailable) or now - retrain.asked_at > PATIENCE
            if is_over and retrain.step in (RetrainStep.PROPOSED, RetrainStep.VALIDATING):
                return self._unjudged(retrain, error.message)
            if is_over:
                held = self._held(retrain) if retrain.step is RetrainStep.PROPOSING else None
                return self._fail(retrain, f"{error.message}.", held=held)
            pause = _PAUSES_S[min(retrain.attempt, len(_PAUSES_S) - 1)]
            self._not_before[retrain.id] = now + timedelta(seconds=pause)
            sentence = f"{steps.said(retrain)} goes on as soon as it can: {error.message}."
            return self._write(steps.tried(retrain, now, sentence=sentence))
        except StalePointer:
            return self._table.get(retrain.id)

    def _write(self, change: RetrainChange) -> Retrain:
        if change.after.status.over:
            # Before it is over: afterwards nobody would look.
            self._tidy(change.after)
        written = self.recorder.write(change)
        _log.info("retrain.step id=%s step=%s status=%s", written.id, written.step, written.status)
        return written

    def _tidy(self, retrain: Retrain) -> None:
        """Leave only what is kept: the snapshot and the rows that were held out."""
        folder = self.folder(retrain)
        shutil.rmtree(folder / "made", ignore_errors=True)
        (folder / candidate.OUTPUT).unlink(missing_ok=True)

    def _due(self, retrain: Retrain) -> bool:
        return self._clock.now() >= self._not_before.get(retrain.id, retrain.asked_at)

    @contextmanager
    def _alone_on(self, retrain: Retrain) -> Iterator[bool]:
        """Keep other threads of this process off a retraining; False where one is at it."""
        with self._door:
            mine = retrain.id not in self._busy
            self._busy.add(retrain.id)
        try:
            yield mine
        finally:
            if mine:
                with self._door:
                    self._busy.discard(retrain.id)

    def _held(self, retrain: Retrain) -> Pointer:
        found = self._state.pointers.get(retrain.registry, retrain.model, CHALLENGER)
        if found is None or found.action_id != retrain.id:
            raise Conflict(f"Retraining {retrain.id} no longer holds '{CHALLENGER}' of {retrain.name}")
        return found

    def _registry(self, retrain: Retrain) -> Registry:
        if retrain.registry not in self._registries:
            raise Unavailable(f"Registry '{retrain.registry}'", "the settings do not name it any more")
        return self._registries[retrain.registry]

    def _monitor(self, retrain: Retrain) -> StoredMonitor:
        return self._state.monitor(retrain.name)


def _span(first: str | None, last: str | None) -> str:
    return "" if first is None or last is None else f", {first[:10]} to {last[:10]}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"

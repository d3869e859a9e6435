"""Asking for explanations, and reading them: of one prediction, or of a version by many rows.

Each is a job on record, done by a child process within limits. What was explained once is not asked for again
while the version's files, the row and the reference are the same.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from core import sourced, wire
from core.action import CHAMPION
from core.chain.entries import Draft
from core.children.explaining.request import (
    BACKGROUND,
    LOCAL,
    MODEL,
    OUTPUT,
    OVERALL,
    REQUEST,
    REQUESTS,
    ROWS,
    Request,
)
from core.config import Settings
from core.domain import Task
from core.errors import Conflict, NotFound
from core.explain import Explained, GlobalExplanation, LocalExplanation, Value
from core.explain.place import PLACE, ROW_KIND, row_digest
from core.explaining import rows
from core.explaining.behind import behind
from core.explaining.files import VersionFiles
from core.explaining.rows import Logged
from core.job import KEEP, Job, JobStatus, Plan
from core.jobs import JobDesk, Wanted
from core.ledger import Ledger
from core.metrics.model_performance import positive_class
from core.ports import Clock, Registry
from core.profiles import reference as references
from core.profiles import snapshot
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, registry_mirror
from core.validation.rows import Learned, write_rows
from core.views.explain import ExplainScope, ExplainView

OVERALL_KIND = "importance"
ROW_TIME_S = 60.0
"""Most seconds that one row may take, where the settings do not allow less."""

_SAME = 1e-4


class Explaining:
    """A workspace's explanations.

    Parameters
    ----------
    store, state
        The two stores.
    jobs
        Where long work is asked for.
    registries
        Short name → registry.
    files
        Has the versions' files.
    ledger
        Says who put a version into production.
    settings
        What a job may use, and where the workspace lies.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        jobs: JobDesk,
        registries: Mapping[str, Registry],
        files: VersionFiles,
        ledger: Ledger,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._jobs = jobs
        self._registries = registries
        self._files = files
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    # ---------------------------------------------------------------- asking

    def ask(self, model: str, row: str, *, actor: str) -> Job:
        """Ask why a prediction came out as it did; what was explained is given again while it holds.

        Raises
        ------
        NotFound
            The model is not monitored, holds no such row (any more), or its version has no files.
        Conflict
            The model has no reference, its rows lie elsewhere, or the version's files were changed.
        Unavailable
            The registry does not answer.
        """
        monitor, now = self._state.monitor(model), self._clock.now()
        sourced.refuse(monitor, "An explanation")
        with self._store.reading() as cursor:
            logged = self._find(cursor, monitor, row)
            reference = _reference(cursor, monitor)
            negative, threshold = rows.decided(cursor, monitor)
        version = logged.version or self._champion(monitor)
        digest = self._files.digest(monitor.spec.registry, monitor.spec.model, version)
        request = replace(_request(monitor, version, digest, now), negative=negative, threshold=threshold)

        def prepare(folder: Path) -> None:
            with self._store.reading() as cursor:
                one = rows.of_row(monitor, row)
                snapshot.write(cursor, one, rows.features(monitor), folder / ROWS, at_most=1)
                rows.write_reference(cursor, monitor, folder / BACKGROUND)
            self._lay_down(folder, monitor, request)
            # The same files only: no version is asked in a process that has run another's code.
            (folder / KEEP).write_text(digest, encoding="utf-8")

        content = json.dumps([dict(logged.inputs), digest, reference, negative, threshold, request.immutable])
        wanted = Wanted(
            kind=ROW_KIND,
            model=monitor.spec.model,
            # Jobs are listed to more people than may see rows: the id is not among what they show.
            subject=f"one row, version {version}",
            about={"model_key": monitor.key, "version": version, "row": row_digest(row)},
            plan=Plan(
                task="explain",
                output=OUTPUT,
                place=f"{PLACE}/{monitor.key}/{row_digest(row)}-{{id}}.json",
                time_limit_s=min(ROW_TIME_S, self._settings.job_time_s),
                memory_limit_mb=self._settings.job_memory_mb,
            ),
            key=f"{ROW_KIND}/{monitor.key}/{row_digest(row)}/{sha256(content.encode()).hexdigest()[:32]}",
        )
        return self._jobs.ask(wanted, actor=actor, prepare=prepare)

    def ask_overall(self, model: str, version: str | None = None, *, actor: str) -> Job:
        """Ask what a version, the champion by default, leans on; once while no rows have come.

        Raises
        ------
        NotFound, Conflict, Unavailable
            As of :meth:`ask`; also where there are no rows that it could be asked about.
        """
        monitor, now = self._state.monitor(model), self._clock.now()
        sourced.refuse(monitor, "An explanation")
        version = version or self._champion(monitor)
        digest = self._files.digest(monitor.spec.registry, monitor.spec.model, version)
        with self._store.reading() as cursor:
            reference = _reference(cursor, monitor)
            arrived = snapshot.arrived(cursor, monitor.key)

        def prepare(folder: Path) -> None:
            with self._store.reading() as cursor:
                chosen = write_rows(cursor, monitor, folder / ROWS, learned=Learned(until=None))
                rows.write_reference(cursor, monitor, folder / BACKGROUND)
            if not chosen.n:
                raise Conflict(f"{monitor.spec.model} cannot be explained: {chosen.why_none}")
            request = replace(
                _request(monitor, version, digest, now),
                overall=True,
                negative=chosen.negative,
                threshold=chosen.threshold,
                rows_of=chosen.of,
                rows_from=chosen.first_at,
                rows_until=chosen.last_at,
            )
            self._lay_down(folder, monitor, request)

        wanted = Wanted(
            kind=OVERALL_KIND,
            model=monitor.spec.model,
            subject=f"version {version}",
            about={"model_key": monitor.key, "version": version, "arrived": str(arrived)},
            plan=Plan(
                task="importance",
                output=OUTPUT,
                place=f"{PLACE}/{monitor.key}/version-{{id}}.json",
                time_limit_s=self._settings.job_time_s,
                memory_limit_mb=self._settings.job_memory_mb,
            ),
            key=f"{OVERALL_KIND}/{monitor.key}/{version}/{digest[:32]}/{reference}/{arrived}",
        )
        return self._jobs.ask(wanted, actor=actor, prepare=prepare)

    def _lay_down(self, folder: Path, monitor: StoredMonitor, request: Request) -> None:
        self._files.put(monitor.spec.registry, monitor.spec.model, request.version, folder / MODEL)
        (folder / REQUEST).write_bytes(REQUESTS.dump_json(request))

    # ---------------------------------------------------------------- reading

    def explained(self, model: str, row: str) -> Explained:
        """Return the explanation that was kept of a prediction, else the latest, with who stands behind it.

        Raises
        ------
        NotFound
            The model is not monitored, the row is not there (any more), or nobody asked yet.
        """
        monitor = self._state.monitor(model)
        kept = self._state.reasons.get(monitor.key, row_digest(row))
        if kept is not None:
            return wire.value_of(Explained, kept.encode())
        with self._store.reading() as cursor:
            logged = self._find(cursor, monitor, row)
        folder = self._settings.workspace.root / PLACE / monitor.key
        made = sorted(folder.glob(f"{row_digest(row)}-*.json"), key=lambda path: path.stat().st_mtime)
        sound = [path for path in made if self._is_sound(path)]
        if not sound:
            raise NotFound("explanation of row", row, hint="Ask for it: trimtab explain MODEL --id ROW.")
        local = LOCAL.validate_json(sound[-1].read_bytes())
        return Explained(
            row=row,
            predicted_at=logged.at,
            inputs=dict(logged.inputs),
            logged=dict(logged.answers),
            agrees=_agrees(monitor, local, logged.answers),
            local=local,
            behind=behind(monitor, local.version, state=self._state, ledger=self._ledger),
            job=sound[-1].stem.partition("-")[2],
        )

    def keep(self, model: str, row: str, *, actor: str) -> Explained:
        """Keep the latest explanation of a prediction with the decision, as it is now.

        It outlives its row's time of keeping, and later references; an erasure removes it. That it was kept,
        and a digest of it, is in the ledger. One that is kept already stays as it is.

        Raises
        ------
        NotFound
            As of :meth:`explained`.
        """
        monitor, now = self._state.monitor(model), self._clock.now()
        found = self.explained(model, row)
        if found.kept_at is not None:
            return found
        found = replace(found, kept_at=now)
        document = wire.value_json(found)
        draft = Draft(
            kind="explanation.kept",
            actor=actor,
            model=monitor.name,
            facts={
                "version": found.local.version,
                "files_digest": found.local.digest,
                "job": found.job,
                "digest": sha256(document).hexdigest(),
            },
        )
        with self._state.together():
            self._state.reasons.put(monitor.key, row_digest(row), document.decode(), at=now)
            self._ledger.append(draft)
        return found

    def overall(self, model: str, version: str | None = None) -> list[GlobalExplanation]:
        """Return what versions of a model lean on, the latest first: of one version, or of all."""
        return [found for _, found in self._overall(self._state.monitor(model), version)]

    def view(self, scope: ExplainScope) -> ExplainView:
        """Return what a page shows of what a version leans on; raises ``NotFound``."""
        monitor = self._state.monitor(scope.model)
        with self._store.reading() as cursor:
            mirrored = registry_mirror.models(cursor, registry=monitor.spec.registry, name=monitor.spec.model)
            arrived = str(snapshot.arrived(cursor, monitor.key))
        champion = mirrored[0].aliases.get(CHAMPION) if mirrored else None
        version = scope.version or (None if champion is None else champion.version)
        found = self._overall(monitor, None)
        own = next(((job, one) for job, one in found if one.version == version), None)
        latest = next((job for job in self._jobs_of(monitor) if job.about.get("version") == version), None)
        return ExplainView(
            as_of=self._clock.now(),
            model=monitor.spec.model,
            version=version,
            overall=None if own is None else own[1],
            stale=own is not None and own[0].about.get("arrived") != arrived,
            others=tuple(one for _, one in found if own is None or one is not own[1]),
            job=None if latest is None or latest.status is JobStatus.DONE else latest,
            immutable=_immutable(monitor),
        )

    def _overall(self, monitor: StoredMonitor, version: str | None) -> list[tuple[Job, GlobalExplanation]]:
        root = self._settings.workspace.root
        done = [
            (job, root / job.result)
            for job in self._jobs_of(monitor)
            if job.result is not None and version in (None, job.about.get("version"))
        ]
        return [(job, OVERALL.validate_json(path.read_bytes())) for job, path in done if self._is_sound(path)]

    def _jobs_of(self, monitor: StoredMonitor) -> list[Job]:
        every = self._jobs.every(model=monitor.spec.model, kind=OVERALL_KIND)
        return [job for job in every if job.about.get("model_key") == monitor.key]

    # ---------------------------------------------------------------- parts

    def _is_sound(self, path: Path) -> bool:
        """Say whether a file is what a job made, and not what somebody wrote there."""
        try:
            job = self._jobs.get(path.stem.partition("-")[2])
        except NotFound:
            return False
        return job.status is JobStatus.DONE and self._jobs.is_as_made(job)

    def _find(self, cursor: Cursor, monitor: StoredMonitor, row: str) -> Logged:
        found = rows.find(cursor, monitor, row)
        if found is None:
            n = sum(one.model == monitor.name for one in self._state.ledger.of_kind("erased"))
            erased = f" (erasures of this model on record, without ids: {n})" if n else ""
            hint = (
                "A row that never came, was pruned for its age or was erased cannot be explained: nothing of"
                f" its inputs is left{erased}."
            )
            raise NotFound(f"row of {monitor.spec.model}", row, hint=hint)
        return found

    def _champion(self, monitor: StoredMonitor) -> str:
        found = self._registries[monitor.spec.registry].model(monitor.spec.model)
        if CHAMPION not in found.aliases:
            raise NotFound(
                f"champion of {monitor.spec.model}", CHAMPION, hint="Name versions in the rows or the spec."
            )
        return found.aliases[CHAMPION]


def _reference(cursor: Cursor, monitor: StoredMonitor) -> str:
    digest = references.digest(cursor, monitor.key)
    if digest is None:
        what = f"{monitor.spec.model} has no reference to explain against"
        raise Conflict(what, hint="Judge it first: trimtab monitor.")
    return digest


def _request(monitor: StoredMonitor, version: str, digest: str, now: datetime) -> Request:
    spec, names = monitor.spec, rows.features(monitor)
    numeric = tuple(name for name in names if name in monitor.layout.numeric)
    return Request(
        model=spec.model,
        version=version,
        digest=digest,
        task=spec.task,
        positive=positive_class(spec) if spec.task is Task.BINARY else None,
        numeric=numeric,
        categorical=tuple(name for name in names if name not in numeric),
        immutable=_immutable(monitor),
        has_labels=spec.columns.label is not None,
        made_at=now,
    )


def _immutable(monitor: StoredMonitor) -> tuple[str, ...]:
    """Return the features that no counterfactual changes: those that the spec names, and sensitive ones."""
    named = (*monitor.spec.immutable, *monitor.spec.sensitive)
    return tuple(name for name in dict.fromkeys(named) if name in rows.features(monitor))


def _agrees(monitor: StoredMonitor, local: LocalExplanation, logged: Mapping[str, Value]) -> bool | None:
    """Say whether a model answers what was logged; None where nothing comparable was."""
    columns = monitor.spec.columns
    target = local.output_of.removeprefix("score of ")
    score = logged.get(columns.scores.get(target, ""))
    if score is None and monitor.spec.task is Task.REGRESSION and columns.prediction is not None:
        score = logged.get(columns.prediction)
    if isinstance(score, float):
        return abs(score - local.output) <= _SAME * max(1.0, abs(score))
    said = None if columns.prediction is None else logged.get(columns.prediction)
    return None if said is None or local.decision is None else said == local.decision

"""The mitigation bench: what treating groups more alike would cost, tried before anything is registered.

A child process trains by every recipe and measures all on the same held-out rows. Nothing reaches the
registry: a point that is chosen is trained as a candidate of its own, by the ordinary way of a retraining.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core import sourced
from core.access.person import Person
from core.action import CHAMPION, shown_version
from core.children import candidate
from core.config import Settings
from core.domain import Task
from core.errors import Conflict, InvalidInput, NotFound, Problem
from core.job import Job, JobStatus, Plan
from core.jobs import JobDesk, Wanted
from core.metrics.model_performance import positive_class
from core.mitigation import MEASURES, Frontier, Point, Recipe
from core.ports import Clock, Registry
from core.profiles import snapshot as arrivals
from core.store import AnalyticsStore, StateStore, StoredMonitor
from core.training import snapshot
from core.training.entitled import not_entitled
from core.training.mitigation_task import FRONTIERS, OUTPUT, REQUEST, REQUESTS, Request
from core.views.mitigation import MitigationScope, MitigationView

KIND = "mitigation"
PLACE = "mitigations"
"""Below the workspace: what candidates were chosen from, kept as long as the workspace is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A point that is to become a candidate, and the bench that found it."""

    point: Point
    frontier: Frontier
    job: Job

    @property
    def evidence(self) -> Mapping[str, str]:
        """What is put on record of the choice, as names and texts."""
        ratio, cost = self.point.ratio, self.point.auc_cost
        found = {
            "recipe": self.point.recipe.key,
            "decides from": repr(self.frontier.threshold),
            "bench": self.job.id,
        }
        if ratio is not None and ratio.value is not None:
            found["on the bench"] = f"ratio {ratio.value:.3f} by {self.frontier.by}"
            if cost is not None and cost.value is not None:
                found["on the bench"] += f", ROC AUC {cost.value:+.4f} beside the champion".replace("-", "−")
        return found


class Bench:
    """A workspace's mitigation benches: asked for, and read.

    Parameters
    ----------
    store, state
        The two stores.
    jobs
        Where long work is asked for.
    registries
        Short name → registry.
    settings
        What a job may use, and where results lie.
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
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._jobs = jobs
        self._registries = registries
        self._settings = settings
        self._clock = clock

    def ask(self, model: str, by: str, measure: str, *, actor: str) -> Job:
        """Have all recipes tried; the job that is there is given again while no rows have come.

        Raises
        ------
        NotFound
            The model is not monitored, or has no champion.
        InvalidInput
            It has no such sensitive column, or there is no such measure.
        Conflict
            It is no binary classifier with labels, or its rows lie elsewhere.
        Unavailable
            The registry does not answer.
        """
        monitor = self._state.monitor(model)
        _refuse(monitor, by, measure)
        registry = self._registries[monitor.spec.registry]
        champion = registry.model(monitor.spec.model).aliases.get(CHAMPION)
        if champion is None:
            raise NotFound("champion of", monitor.spec.model, hint="Promote a version first.")
        with self._store.reading() as cursor:
            arrived = arrivals.arrived(cursor, monitor.key)
        wanted = self._wanted(monitor, champion, by, measure, arrived)

        def prepare(folder: Path) -> None:
            self._prepare(folder, monitor, registry, champion, by, measure)

        return self._jobs.ask(wanted, actor=actor, prepare=prepare)

    def frontier(self, job: Job) -> Frontier | None:
        """Return what a bench found, None before it is done."""
        if job.status is not JobStatus.DONE:
            return None
        try:
            return FRONTIERS.validate_json(self._jobs.result(job.id).read_bytes())
        except FileNotFoundError:
            return None

    def of(self, monitor: StoredMonitor, by: str, measure: str) -> list[Job]:
        """Return a model's benches for a column and a measure, the latest first."""
        every = self._jobs.every(model=monitor.spec.model, kind=KIND)
        about = {"model_key": monitor.key, "by": by, "measure": measure}
        return [job for job in every if about.items() <= job.about.items()]

    def chosen(self, monitor: StoredMonitor, key: str) -> Chosen:
        """Return the point of a recipe on the latest bench that tried it.

        Raises
        ------
        InvalidInput
            It is no recipe.
        NotFound
            No bench has tried it.
        Conflict
            No candidate can be made of it; the sentence says why.
        """
        recipe = Recipe.of(key)
        for job in self.of(monitor, recipe.by, recipe.measure):
            frontier = self.frontier(job)
            point = None if frontier is None else frontier.point(key)
            if frontier is None or point is None:
                continue
            if not point.can_be_chosen:
                raise Conflict(f"{recipe.words} cannot become a candidate: {point.problem or point.why_not}")
            return Chosen(point=point, frontier=frontier, job=job)
        hint = f"Try all recipes first: trimtab mitigate {monitor.spec.model} --by {recipe.by}"
        raise NotFound("bench that tried", key, hint=hint)

    def view(self, scope: MitigationScope, person: Person | None = None) -> MitigationView:
        """Return what a page shows of mitigation; no registry is asked and no row read.

        Raises
        ------
        NotFound
            The model is not monitored.
        """
        monitor = self._state.monitor(scope.model)
        spec, now = monitor.spec, self._clock.now()
        columns = spec.sensitive
        by = scope.by if scope.by in columns else next(iter(columns), "")
        measure = scope.measure if scope.measure in MEASURES else next(iter(MEASURES))
        jobs = self.of(monitor, by, measure)
        latest = jobs[0] if jobs else None
        return MitigationView(
            as_of=now,
            name=spec.model,
            registry=spec.registry,
            by=by,
            measure=measure,
            why_not=not_entitled(person) or _unfit(monitor, by),
            job=latest,
            frontier=next((found for job in jobs if (found := self.frontier(job))), None),
        )

    def _wanted(self, monitor: StoredMonitor, champion: str, by: str, measure: str, arrived: int) -> Wanted:
        return Wanted(
            kind=KIND,
            model=monitor.spec.model,
            subject=f"{measure.replace('_', ' ')} by {by}, from {shown_version(champion)}",
            about={"model_key": monitor.key, "by": by, "measure": measure, "version": champion},
            plan=Plan(
                task="mitigate",
                output=OUTPUT,
                place=f"{PLACE}/{monitor.key}/{{id}}.json",
                time_limit_s=self._settings.job_time_s,
                memory_limit_mb=self._settings.job_memory_mb,
            ),
            key="/".join([KIND, monitor.key, champion, by, measure, f"{arrived} {monitor.changed_at}"]),
        )

    def _prepare(
        self,
        folder: Path,
        monitor: StoredMonitor,
        registry: Registry,
        champion: str,
        by: str,
        measure: str,
    ) -> None:
        spec = monitor.spec
        with self._store.reading() as cursor:
            made = snapshot.write(cursor, monitor, folder / candidate.SNAPSHOT, by=by)
            threshold = snapshot.decided_from(cursor, monitor)
        shutil.rmtree(folder / candidate.CHAMPION, ignore_errors=True)
        registry.download(spec.model, champion, folder / candidate.CHAMPION)
        request = Request(
            model=spec.model,
            version=champion,
            by=by,
            measure=measure,
            snapshot=made.digest,
            made_at=self._clock.now(),
            training=candidate.Request(
                way="mitigate",
                task="binary",
                label=spec.columns.label or "",
                prediction=spec.columns.prediction,
                timestamp=spec.columns.timestamp,
                scores=dict(spec.columns.scores),
                positive=positive_class(spec),
                held_out=spec.training.held_out,
                threshold=threshold,
            ),
        )
        (folder / REQUEST).write_bytes(REQUESTS.dump_json(request))


def _refuse(monitor: StoredMonitor, by: str, measure: str) -> None:
    problems: list[Problem] = []
    if by not in monitor.spec.sensitive:
        known = ", ".join(monitor.spec.sensitive) or "none"
        problems.append(
            Problem(
                field="by", message=f"'{by}' is no sensitive column", remedy=f"those of the spec: {known}"
            )
        )
    if measure not in MEASURES:
        problems.append(
            Problem(
                field="measure", message=f"'{measure}' is no rate", remedy="take " + " or ".join(MEASURES)
            )
        )
    if problems:
        raise InvalidInput("The mitigation", problems)
    sourced.refuse(monitor, "A mitigation")
    why_not = _unfit(monitor, by)
    if why_not:
        raise Conflict(why_not.rstrip("."))


def _unfit(monitor: StoredMonitor, by: str) -> str:
    """Return why no recipe fits the model, as a sentence; empty where they do."""
    spec = monitor.spec
    if spec.task is not Task.BINARY:
        return "Recipes are for classifiers of two classes: this model is not one."
    if spec.columns.label is None:
        return "The spec names no label, so nothing can be trained: write columns.label."
    if spec.source is not None:
        return "Its rows lie elsewhere, and training needs them here."
    if not by:
        return "The spec names no sensitive column: write sensitive: [column]."
    return ""

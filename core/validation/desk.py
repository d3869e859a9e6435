"""Asking for a validation: rows and both versions' files are laid out, and a child process does the rest."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core import sourced, watch
from core.action import CHAMPION as CHAMPION_ALIAS
from core.candidate import Manifest
from core.config import Settings
from core.domain import Task
from core.errors import NotFound
from core.job import Job, JobStatus, Plan
from core.jobs import JobDesk, Wanted
from core.metrics.model_performance import positive_class
from core.ports import Clock, RegisteredModel, Registry
from core.profiles import snapshot
from core.profiles.relation import watched
from core.spec import MonitorSpec, SegmentColumn
from core.store import AnalyticsStore, StateStore, StoredMonitor
from core.validation.manifests import Manifests, manifest_of
from core.validation.request import CANDIDATE, CHAMPION, OUTPUT, REQUEST, REQUESTS, ROWS, Request
from core.validation.rows import Chosen, Learned, write_populations, write_rows

KIND = "validation"
MOST_CUTS = 6
"""Columns by which rows are cut where the spec names no segments."""

PLACE = "validations"
"""Below the workspace: what decisions rest on, kept as long as the workspace is."""

TRAINED_UNTIL = "trimtab.trained_until"
"""Tag of a version: the greatest event time of the rows that it learned from, ISO 8601."""


class Validations:
    """A workspace's validations: asked for, and listed.

    Parameters
    ----------
    store, state
        The two stores.
    jobs
        Where long work is asked for.
    registries
        Short name → registry.
    manifests
        Knows the versions' files as they were registered.
    settings
        What a job may use.
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
        manifests: Manifests,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._jobs = jobs
        self._registries = registries
        self._manifests = manifests
        self._settings = settings
        self._clock = clock

    def ask(self, model: str, version: str, *, actor: str) -> Job:
        """Ask for a validation; one made today, or under way, is given again while no rows have come.

        It is scored beside the champion, where that is another.

        Raises
        ------
        NotFound
            The model is not monitored, or has no such version.
        Conflict
            Its rows lie elsewhere.
        Unavailable
            The registry does not answer.
        """
        monitor, now = self._state.monitor(model), self._clock.now()
        sourced.refuse(monitor, "A validation")
        registry = self._registries[monitor.spec.registry]
        found = registry.model(monitor.spec.model)
        if version not in {one.version for one in found.versions}:
            raise NotFound(f"version of {monitor.spec.model}", version)
        champion = champion_of(found)
        other = None if champion == version else champion

        def prepare(folder: Path) -> None:
            self._prepare(folder, monitor, found, version, other, now=now)

        with self._store.reading() as cursor:
            arrived = snapshot.arrived(cursor, monitor.key)
        learned = " ".join(text for _, text in _tags(found, (version, other)))
        return self._jobs.ask(
            self._wanted(monitor, version, other, f"{arrived} {learned}", now), actor=actor, prepare=prepare
        )

    def of(self, monitor: StoredMonitor, version: str) -> list[Job]:
        """Return a version's validations, the latest first: made, under way, and those that failed."""
        every = self._jobs.every(model=monitor.spec.model, kind=KIND)
        return [
            job
            for job in every
            if job.about.get("model_key") == monitor.key and job.about.get("version") == version
        ]

    def latest(self, monitor: StoredMonitor, version: str) -> Job | None:
        """Return the latest validation of a version that was made, None without any."""
        return next((job for job in self.of(monitor, version) if job.status is JobStatus.DONE), None)

    def _wanted(
        self, monitor: StoredMonitor, version: str, against: str | None, rows: str, now: datetime
    ) -> Wanted:
        beside = "" if against is None else f" beside version {against}"
        return Wanted(
            kind=KIND,
            model=monitor.spec.model,
            subject=f"version {version}{beside}",
            about={
                "model_key": monitor.key,
                "version": version,
                "against": against or "",
            },
            plan=Plan(
                task="validate",
                output=OUTPUT,
                place=f"{PLACE}/{monitor.key}/{{id}}.json",
                time_limit_s=self._settings.job_time_s,
                memory_limit_mb=self._settings.job_memory_mb,
            ),
            # What it would find depends on these; and tomorrow its evidence would be a day old.
            key="/".join(
                [KIND, monitor.key, version, against or "", f"{rows} {monitor.changed_at} {now:%F}"]
            ),
        )

    def _prepare(
        self,
        folder: Path,
        monitor: StoredMonitor,
        found: RegisteredModel,
        version: str,
        against: str | None,
        *,
        now: datetime,
    ) -> None:
        own, problem = self._fetch(monitor, version, folder / CANDIDATE)
        other, other_problem = (None, None)
        if against is not None:
            other, other_problem = self._fetch(monitor, against, folder / CHAMPION)
        learned = trained_until(found, (version, against))
        with self._store.reading() as cursor:
            chosen = write_rows(cursor, monitor, folder / ROWS, learned=learned)
            write_populations(cursor, monitor, folder)
        request = _request(monitor, chosen, version=version, against=against, own=own, other=other, now=now)
        digest = watch.policy_of(self._state, monitor).digest
        request = replace(request, problem=problem, against_problem=other_problem, policy_digest=digest)
        (folder / REQUEST).write_bytes(REQUESTS.dump_json(request))

    def _fetch(
        self, monitor: StoredMonitor, version: str, folder: Path
    ) -> tuple[Manifest | None, str | None]:
        """Copy a version's files, and note what they are; a version without files is a finding."""
        registry, name = monitor.spec.registry, monitor.spec.model
        try:
            self._registries[registry].download(name, version, folder)
        except NotFound as error:
            shutil.rmtree(folder, ignore_errors=True)
            return None, error.hint or error.message
        found = manifest_of(folder)
        self._manifests.remember(registry, name, version, found)
        self._manifests.registered(registry, name, version, here=found)
        return found, None


def champion_of(found: RegisteredModel) -> str | None:
    """Return the version that the registry shows as champion now."""
    return found.aliases.get(CHAMPION_ALIAS)


def trained_until(found: RegisteredModel, versions: tuple[str | None, ...]) -> Learned:
    """Return the latest end of what the versions learned from; where one of them says no time, that."""
    ends = []
    for version, text in _tags(found, versions):
        try:
            end = datetime.fromisoformat(text)
        except ValueError:
            why = f"version {version}'s tag {TRAINED_UNTIL} is '{text[:40]}', which is no ISO time"
            return Learned(
                until=None, problem=f"{why}: which rows it learned from is not known; mend the tag"
            )
        # Retraining writes event times as they are stored: UTC, without saying so.
        ends.append(end if end.tzinfo else end.replace(tzinfo=UTC))
    return Learned(until=max(ends, default=None))


def _tags(found: RegisteredModel, versions: tuple[str | None, ...]) -> list[tuple[str, str]]:
    """Return the versions that say what they learned from, and what they say."""
    return [
        (one.version, text)
        for one in found.versions
        if one.version in versions and (text := one.tags.get(TRAINED_UNTIL))
    ]


def _request(
    monitor: StoredMonitor,
    chosen: Chosen,
    *,
    version: str,
    against: str | None,
    own: Manifest | None,
    other: Manifest | None,
    now: datetime,
) -> Request:
    spec, layout = monitor.spec, watched(monitor.layout, monitor.spec)
    is_binary = spec.task is Task.BINARY
    positive = positive_class(spec) if is_binary else None
    return Request(
        model=spec.model,
        version=version,
        against=against,
        digest="" if own is None else own.digest,
        against_digest=None if other is None else other.digest,
        size_bytes=0 if own is None else own.n_bytes,
        task=spec.task,
        positive=positive,
        negative=chosen.negative,
        classes=(positive,) if positive and spec.columns.scores else tuple(spec.columns.scores),
        threshold=chosen.threshold,
        numeric=tuple(layout.numeric),
        categorical=tuple(layout.categorical),
        sensitive=tuple(layout.sensitive),
        cuts=_cuts(spec),
        has_labels=spec.columns.label is not None,
        n_rows=chosen.n,
        rows_of=chosen.of,
        rows_from=chosen.first_at,
        rows_until=chosen.last_at,
        why_no_rows=chosen.why_none,
        made_at=now,
    )


def _cuts(spec: MonitorSpec) -> tuple[tuple[SegmentColumn, ...], ...]:
    """Return how a model's rows are cut into segments: as its spec says, else by each column of texts."""
    if spec.segments:
        return spec.segments
    texts = () if spec.features is None else spec.features.categorical
    return tuple((SegmentColumn(column=one),) for one in dict.fromkeys((*spec.sensitive, *texts)))[:MOST_CUTS]

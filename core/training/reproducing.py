"""Training a version again from what is on record of it, to see whether the same comes out.

Two kinds of versions can be. What Trimtab trained itself has its rows in a snapshot of known digest: it is
trained from the same champion, in the same way. Of a version that was trained elsewhere, the registered
pipeline is fitted anew on the training data that its run logged among its artifacts, and measured on the
evaluation data. Nothing is registered.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import file_digest
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core import sourced
from core.action import shown_version
from core.children import candidate, reproduce
from core.config import Settings
from core.domain import Task
from core.errors import Conflict, NotFound
from core.job import Job, JobStatus, Plan
from core.jobs import JobDesk, Wanted
from core.metrics.model_performance import positive_class
from core.ports import Registry, RunRecord
from core.reproduction import TOLERANCE, Reproduction, compare, pinned, told
from core.retrain import Retrain, RetrainKind
from core.store import StateStore, StoredMonitor
from core.training import code
from core.training.bundle import Known, bundle
from core.training.child_request import request_of

KIND = "reproduction"
PLACE = "reproductions"
"""Below the workspace: what came of training versions again; figures alone."""
_VERSION = "version"
"""Folder of a job's that holds the version's own files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How a version can be trained again: from which version's files, on which rows."""

    start: str
    retrain: Retrain | None
    request: Mapping[str, object]
    snapshot: Path | None


class _Lost(Exception):
    """It cannot be trained again; the argument says why, as a sentence."""


class Reproducing:
    """Asks for reproductions, tells what came of them, and packs what is on record of a version.

    Parameters
    ----------
    state
        Knows the monitors and the retrainings.
    jobs
        Where long work is asked for.
    registries
        Short name → registry.
    settings
        What a job may use, and where the workspace lies.
    """

    def __init__(
        self,
        *,
        state: StateStore,
        jobs: JobDesk,
        registries: Mapping[str, Registry],
        settings: Settings,
    ) -> None:
        self._state = state
        self._jobs = jobs
        self._registries = registries
        self._settings = settings

    def ask(self, model: str, version: str, *, actor: str, tolerance: float = TOLERANCE) -> Reproduction:
        """Have a version trained again; one that is under way, or done, is given again.

        Where something is missing without which it cannot be done, the answer says so at once.

        Raises
        ------
        NotFound
            The model is not monitored, or has no such version.
        Conflict
            Its rows lie elsewhere.
        Unavailable
            The registry does not answer.
        """
        monitor = self._state.monitor(model)
        sourced.refuse(monitor, "A reproduction")
        registry = self._registries[monitor.spec.registry]
        run = self._run(registry, monitor, version)
        try:
            way = self._way(monitor, version, run)
            job = self._jobs.ask(
                self._wanted(monitor, version),
                actor=actor,
                prepare=lambda folder: self._prepare(folder, monitor, registry, version, way, run),
            )
        except _Lost as lost:
            (why,) = lost.args
            return Reproduction(
                model=monitor.spec.model,
                version=version,
                reproduced=False,
                sentence=told(monitor.spec.model, version, (), (why,)),
                missing=(why,),
            )
        return self._found(monitor, version, job, tolerance)

    def found(self, model: str, version: str, *, tolerance: float = TOLERANCE) -> Reproduction:
        """Return what came of the latest reproduction of a version, or how it stands.

        Raises
        ------
        NotFound
            The model is not monitored, or nobody asked for one.
        """
        monitor = self._state.monitor(model)
        about = {"model_key": monitor.key, "version": version}
        for job in self._jobs.every(model=monitor.spec.model, kind=KIND):
            if about.items() <= job.about.items():
                return self._found(monitor, version, job, tolerance)
        hint = f"Ask for one: trimtab reproduce {monitor.spec.model} {version}"
        raise NotFound("reproduction of", f"{monitor.spec.model} {version}", hint=hint)

    def bundle(self, model: str, version: str) -> bytes:
        """Return all that is on record of how a version was made, as a ZIP file.

        Raises
        ------
        NotFound
            The model is not monitored, or has no such version.
        Unavailable
            The registry does not answer.
        """
        monitor = self._state.monitor(model)
        registry = self._registries[monitor.spec.registry]
        known = Known(
            model=monitor.spec.model,
            version=version,
            run=self._run(registry, monitor, version),
            environment=registry.environment(monitor.spec.model, version),
            retrain=self._retrain(monitor, version),
            rule=monitor.spec.training,
        )
        return bundle(known)

    # ---------------------------------------------------------------- what is on record

    def _run(self, registry: Registry, monitor: StoredMonitor, version: str) -> RunRecord | None:
        found = registry.model(monitor.spec.model)
        own = next((one for one in found.versions if one.version == version), None)
        if own is None:
            known = ", ".join(one.version for one in found.versions) or "none"
            raise NotFound("version", f"{monitor.spec.model} {version}", hint=f"It has: {known}.")
        return None if own.run_id is None else registry.run(own.run_id)

    def _retrain(self, monitor: StoredMonitor, version: str) -> Retrain | None:
        every = self._state.retrains.every(registry=monitor.spec.registry, model=monitor.spec.model)
        return next((one for one in every if one.to_version == version), None)

    def _way(self, monitor: StoredMonitor, version: str, run: RunRecord | None) -> _Way:
        retrain = self._retrain(monitor, version)
        if retrain is not None:
            return self._as_trained_here(monitor, retrain)
        spec = monitor.spec
        if run is None:
            raise _Lost(f"Which run made it is not known: {shown_version(version)} names none.")
        if spec.columns.label is None:
            raise _Lost("The spec names no label, so nothing can be trained: write columns.label.")
        request = {
            "way": "refit",
            "task": spec.task.value,
            "label": spec.columns.label,
            "prediction": spec.columns.prediction,
            "timestamp": None,
            "scores": dict(spec.columns.scores),
            "positive": positive_class(spec) if spec.task is Task.BINARY else None,
            # Fresh rows are those to measure with, all of them: see _rows.
            "held_out": 1.0,
        }
        return _Way(start=version, retrain=None, request=request, snapshot=None)

    def _as_trained_here(self, monitor: StoredMonitor, retrain: Retrain) -> _Way:
        file = self._settings.workspace.root / "retrains" / retrain.id / candidate.SNAPSHOT
        recorded = retrain.evidence.get("snapshot", "").removeprefix("sha256:")
        if not file.is_file():
            raise _Lost(f"Its rows are gone: the snapshot of SHA-256 {recorded or 'unknown'} is not there.")
        with file.open("rb") as content:
            digest = file_digest(content, "sha256").hexdigest()
        if digest != recorded:
            raise _Lost(
                f"Its rows are not what they were: the snapshot has SHA-256 {digest}, recorded is "
                f"{recorded or 'none'}. Rows of persons may have been erased from it."
            )
        if retrain.from_version is None:
            raise _Lost("Which version it was trained from is not known.")
        if monitor.spec.training.deployment is not None and retrain.kind is RetrainKind.RETRAIN:
            raise _Lost("An orchestrator trained it: what ran there is not on record here.")
        own: dict[str, object] = {}
        if retrain.kind is RetrainKind.RETRAIN:
            try:
                own = code.of(self._settings, monitor.spec.training)
            except Conflict as error:
                raise _Lost(f"Its code cannot be run: {error.message.rstrip('.')}.") from error
        request = request_of(monitor.spec, retrain) | own
        return _Way(start=retrain.from_version, retrain=retrain, request=request, snapshot=file)

    # ---------------------------------------------------------------- doing it

    def _wanted(self, monitor: StoredMonitor, version: str) -> Wanted:
        rule = monitor.spec.training
        return Wanted(
            kind=KIND,
            model=monitor.spec.model,
            subject=f"Train {shown_version(version)} again",
            about={"model_key": monitor.key, "version": version},
            plan=Plan(
                task="reproduce",
                output=reproduce.OUTPUT,
                place=f"{PLACE}/{monitor.key}/{{id}}.json",
                time_limit_s=rule.time_s or self._settings.job_time_s,
                memory_limit_mb=rule.memory_mb or self._settings.job_memory_mb,
            ),
            # Another spec, or other code, may come to something else.
            key=f"{KIND}/{monitor.key}/{version}/{monitor.changed_at.isoformat()}",
        )

    def _prepare(
        self,
        folder: Path,
        monitor: StoredMonitor,
        registry: Registry,
        version: str,
        way: _Way,
        run: RunRecord | None,
    ) -> None:
        name, notes = monitor.spec.model, list[str]()
        if way.snapshot is not None:
            shutil.copyfile(way.snapshot, folder / candidate.SNAPSHOT)
        else:
            label = monitor.spec.columns.label or ""
            notes += self._rows(folder, registry, name, version, run, label)
        registry.download(name, way.start, folder / candidate.CHAMPION)
        environment = registry.environment(name, version)
        differs = [*differing(environment.packages, environment.python)]
        if way.request.get("way") == "entry":
            registry.download(name, version, folder / _VERSION)
            differs += _other_code(Path(str(way.request["code"])), folder / _VERSION / "code")
        given = {
            "recorded": {} if run is None else dict(run.metrics),
            "is_own": way.snapshot is None,
            "differs": differs,
            "notes": notes,
        }
        (folder / reproduce.GIVEN).write_text(json.dumps(given), encoding="utf-8")
        (folder / candidate.REQUEST).write_text(json.dumps(way.request), encoding="utf-8")

    def _rows(
        self,
        folder: Path,
        registry: Registry,
        name: str,
        version: str,
        run: RunRecord | None,
        label: str,
    ) -> Iterator[str]:
        """Write the logged training and evaluation data as one snapshot; yield what could not be checked."""
        found = registry.logged_data(name, version, folder / "logged")
        training, evaluation = (found.get(context) for context in ("training", "evaluation"))
        if training is None:
            raise _Lost("Its training data is not among its run's artifacts.")
        if evaluation is None:
            raise _Lost("Its evaluation data is not among its run's artifacts: nothing can be compared.")
        digests = [one.digest for one in (run.inputs if run else ())]
        for context, file in (("training", training), ("evaluation", evaluation)):
            with file.open("rb") as content:
                digest = file_digest(content, "sha256").hexdigest()
            if not any(one and digest.startswith(one) for one in digests):
                yield f"The digest of the {context} data is not that of a file: it could not be checked."
        tables = [pq.read_table(file) for file in (training, evaluation)]
        columns = [one for one in tables[0].column_names if one in tables[1].column_names]
        if label not in columns:
            raise _Lost(f"Its training and evaluation data do not both hold the label {label}.")
        parts = [
            table.select(columns)
            .append_column(candidate.EVENT_AT, pa.nulls(len(table), pa.timestamp("us")))
            .append_column(candidate.FRESH, pa.array([is_held] * len(table), pa.bool_()))
            for table, is_held in zip(tables, (False, True), strict=True)
        ]
        pq.write_table(pa.concat_tables(parts, promote_options="permissive"), folder / candidate.SNAPSHOT)
        shutil.rmtree(folder / "logged", ignore_errors=True)

    # ---------------------------------------------------------------- what came of it

    def _found(self, monitor: StoredMonitor, version: str, job: Job, tolerance: float) -> Reproduction:
        model = monitor.spec.model
        under_way = Reproduction(
            model=model,
            version=version,
            reproduced=None,
            sentence=f"{model} v{version} is being trained again.",
            job=job.id,
        )
        if not job.status.over:
            return under_way
        if job.status is not JobStatus.DONE:
            why = job.error or f"{job.step or 'It was cancelled'}."
            return replace(
                under_way, reproduced=False, missing=(why,), sentence=told(model, version, (), (why,))
            )
        made = json.loads(self._jobs.result(job.id).read_text(encoding="utf-8"))
        report = made["report"]
        own = report["champion"] if made["is_own"] else {}
        recorded = {
            name: value for name, value in made["recorded"].items() if not name.startswith("champion_")
        }
        pairs, notes = compare(recorded, report["metrics"], own, tolerance=tolerance)
        missing = () if pairs else ("No logged metric can be measured again.",)
        return replace(
            under_way,
            reproduced=bool(pairs) and all(one.equal for one in pairs),
            sentence=told(model, version, pairs, missing),
            compared=pairs,
            missing=missing,
            differs=tuple(made["differs"]),
            notes=(*made["notes"], *notes),
        )


def differing(packages: tuple[str, ...], python: str) -> Iterator[str]:
    """Yield in what the environment that is installed here differs from the one that was logged."""
    if not packages and not python:
        yield "Which environment it was trained in is not on record."
        return
    here = ".".join(str(part) for part in sys.version_info[:3])
    if python and python.split(".")[:2] != here.split(".")[:2]:
        yield f"Python {python} was logged, {here} runs here."
    for name, logged in pinned(packages).items():
        try:
            own = installed(name)
        except PackageNotFoundError:
            yield f"{name} {logged} was logged, and is not installed here."
            continue
        if own != logged:
            yield f"{name} {logged} was logged, {own} is installed here."


def _other_code(now: Path, then: Path) -> Iterator[str]:
    """Yield which files of users' code are not those that were logged with the version."""
    if not then.is_dir():
        yield "Which code trained it is not on record: no code was logged with the version."
        return
    for file in sorted(one for one in then.rglob("*.py") if one.is_file()):
        name = file.relative_to(then)
        if not (now / name).is_file():
            yield f"{name} was logged with the version, and is not there any more."
        elif (now / name).read_bytes() != file.read_bytes():
            yield f"{name} is not what was logged with the version."

"""Fakes for the ports: a clock that stands still, a registry and an executor that do what they are told."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from core.domain import ModelVersion
from core.errors import Conflict, NotFound, Unavailable
from core.job import JobStatus
from core.ports import (
    Candidate,
    Environment,
    Order,
    Outcome,
    RegisteredModel,
    RunRecord,
    SignatureColumn,
    VersionRecord,
    Watcher,
    Work,
)
from core.retrain import TAG


@dataclass
class FixedClock:
    """Shows the time that it is set to."""

    at: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class FakeRegistry:
    """A registry in memory; ``down`` makes it unreachable, ``broken_at`` one of its calls."""

    name: str = "local"
    address: str = "sqlite:///mlflow.db"
    writable: bool = True
    down: bool = False
    broken_at: str | None = None
    registered: dict[str, RegisteredModel] = field(default_factory=dict)
    signatures: Mapping[tuple[str, str], Sequence[SignatureColumn]] = field(default_factory=dict)
    evaluation_files: Mapping[tuple[str, str], Path] = field(default_factory=dict)
    candidates: list[Candidate] = field(default_factory=list)
    model_folders: dict[tuple[str, str], Path] = field(default_factory=dict)
    trained_by: Mapping[tuple[str, str], str] = field(default_factory=dict)
    records: Mapping[tuple[str, str], VersionRecord] = field(default_factory=dict)
    runs: dict[str, RunRecord] = field(default_factory=dict)
    environments: dict[tuple[str, str], Environment] = field(default_factory=dict)
    data_files: dict[tuple[str, str], Mapping[str, Path]] = field(default_factory=dict)

    def state(self) -> str | None:
        return None

    def models(self) -> Sequence[RegisteredModel]:
        self._answer()
        return list(self.registered.values())

    def ensure_model(self, name: str) -> None:
        if not self.writable:
            raise Conflict(f"Registry '{self.name}' is read-only")
        self.registered.setdefault(
            name, RegisteredModel(registry=self.name, name=name, aliases={}, versions=())
        )

    def model(self, name: str) -> RegisteredModel:
        self._answer()
        if name not in self.registered:
            raise NotFound("registered model", name)
        return self.registered[name]

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self._answer("set_alias")
        found = self.model(name)
        if version not in {one.version for one in found.versions}:
            raise NotFound("model version", f"{name} {version}")
        self.registered[name] = replace(found, aliases={**found.aliases, alias: version})

    def drop_alias(self, name: str, alias: str) -> None:
        self._answer()
        found = self.model(name)
        left = {key: value for key, value in found.aliases.items() if key != alias}
        self.registered[name] = replace(found, aliases=left)

    def _answer(self, call: str = "") -> None:
        if self.down or (call and call == self.broken_at):
            raise Unavailable(f"Registry '{self.name}'", "it does not answer")

    def signature(self, name: str, version: str) -> Sequence[SignatureColumn] | None:
        return self.signatures.get((name, version))

    def authors(self, name: str, version: str) -> frozenset[str]:
        self._answer("authors")
        found = self.trained_by.get((name, version))
        return frozenset() if found is None else frozenset({found})

    def record(self, name: str, version: str) -> VersionRecord:
        self._answer()
        return self.records.get((name, version), VersionRecord())

    def run(self, run_id: str) -> RunRecord | None:
        self._answer("run")
        return self.runs.get(run_id)

    def experiment_runs(
        self, experiments: Sequence[str], *, since: datetime | None, most: int
    ) -> Sequence[RunRecord]:
        self._answer("experiment_runs")
        found = [one for one in self.runs.values() if one.experiment_id in experiments]
        found = [one for one in found if since is None or (one.started_at and one.started_at >= since)]
        return sorted(found, key=lambda one: str(one.started_at), reverse=True)[:most]

    def environment(self, name: str, version: str) -> Environment:
        self._answer("environment")
        return self.environments.get((name, version), Environment())

    def logged_data(self, name: str, version: str, folder: Path) -> Mapping[str, Path]:
        folder.mkdir(parents=True, exist_ok=True)
        given = self.data_files.get((name, version), {})
        return {
            context: Path(shutil.copy(file, folder / f"{context}.parquet")) for context, file in given.items()
        }

    def evaluation_data(self, name: str, version: str, folder: Path) -> Path | None:
        found = self.evaluation_files.get((name, version))
        if found is None:
            return None
        return Path(shutil.copy(found, folder / "evaluation.parquet"))

    def register(self, name: str, candidate: Candidate) -> str:
        self._answer("register")
        found = self.model(name)
        for one in found.versions:
            if one.tags.get(TAG) == candidate.id:
                return one.version
        version = str(len(found.versions) + 1)
        tags = {**candidate.tags, TAG: candidate.id}
        made = ModelVersion(registry=self.name, model=name, version=version, tags=tags)
        self.registered[name] = replace(found, versions=(*found.versions, made))
        self.candidates.append(candidate)
        return version

    def download(self, name: str, version: str, folder: Path) -> None:
        self._answer("download")
        if (name, version) not in self.model_folders:
            raise NotFound("model files of", f"{name} {version}")
        shutil.copytree(self.model_folders[name, version], folder, dirs_exist_ok=True)


@dataclass
class FakeExecutor:
    """Takes work in and does nothing until the test says what becomes of it."""

    waiting: dict[str, tuple[Work, Watcher]] = field(default_factory=dict)
    closed: bool = False

    def submit(self, work: Work, watcher: Watcher) -> None:
        self.waiting[work.name] = work, watcher

    def cancel(self, name: str) -> bool:
        if name not in self.waiting:
            return False
        self.end(name, Outcome(status=JobStatus.CANCELLED))
        return True

    def close(self) -> None:
        self.closed = True
        self.waiting.clear()

    def begin(self, name: str) -> bool:
        return self.waiting[name][1].started()

    def progress(self, name: str, share: float, step: str) -> None:
        self.waiting[name][1].progressed(share, step)

    def finish(self, name: str, output: str, content: bytes = b"made") -> None:
        """Let the work be done: its output is there."""
        (self.waiting[name][0].folder / output).write_bytes(content)
        self.end(name, Outcome(status=JobStatus.DONE))

    def end(self, name: str, outcome: Outcome) -> None:
        self.waiting.pop(name)[1].ended(outcome)


@dataclass
class FakeDeployment:
    """Takes orders and answers as it is told to: ``says`` is raised if it is an error."""

    name: str = "prod"
    says: str | Exception = "taken"
    orders: list[Order] = field(default_factory=list)

    def deploy(self, order: Order) -> str:
        self.orders.append(order)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@dataclass
class FakeChannel:
    """Takes messages; ``down`` makes it refuse them with that sentence."""

    name: str = "chat"
    down: str | None = None
    taken: list[tuple[str, str]] = field(default_factory=list)

    def problem(self) -> str | None:
        return None

    def send(self, title: str, text: str) -> None:
        if self.down is not None:
            raise Unavailable(f"The channel '{self.name}'", self.down)
        self.taken.append((title, text))

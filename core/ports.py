"""Ports: the few places where a fake earns its keep, because the real thing is slow, remote or random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from core.domain import ModelVersion
from core.job import JobStatus


class Clock(Protocol):
    """Tells the time, so that tests can choose it."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredModel:
    """A model as its registry knows it: alias → version, and the versions themselves."""

    registry: str
    name: str
    aliases: Mapping[str, str]
    versions: Sequence[ModelVersion]
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureColumn:
    """One input column of a logged signature: ``kind`` is numeric or categorical."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A data set in a Parquet file; ``context`` is training or evaluation, ``digest`` of its bytes.

    One that is not ``copied`` into the registry is named there by its place: rows of persons that are erased
    here must not live on in artifacts.
    """

    name: str
    context: str
    path: Path
    digest: str
    n_rows: int
    copied: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A trained model that a registry shall have as its next version.

    ``id`` is that of the retraining: the same again is the same candidate. ``author`` is who asked for it,
    ``folder`` holds its files.
    """

    id: str
    author: str
    folder: Path
    data: Sequence[DataFile]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """What was logged with a version's run; ``data`` is a data set's name and context → its digest."""

    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a version's files ask for: Python's version, and packages as requirements; empty if not said."""

    python: str = ""
    packages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInput:
    """A data set that a run read, as it was logged.

    ``source`` is where it lies, without credentials; empty where that was not said. ``columns`` are names and
    types of its schema, ``n_rows`` is None where no profile says it.
    """

    name: str
    digest: str
    context: str = ""
    source: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    n_rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run of a registry's tracking server: what was logged with it.

    ``models`` are the ids of the models that it logged. ``ended_at`` is None while it runs.
    """

    registry: str
    run_id: str
    name: str = ""
    experiment_id: str = ""
    status: str = ""
    user: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[RunInput, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def commit(self) -> str | None:
        """The commit of the code that ran, None where none was logged."""
        return self.tags.get("mlflow.source.git.commit")

    @property
    def parent(self) -> str | None:
        """The run that this one is a part of, by id; None where it is none's."""
        return self.tags.get("mlflow.parentRunId")


class Registry(Protocol):
    """A model registry; every call may take seconds and may raise ``Unavailable``."""

    @property
    def name(self) -> str:
        """Short name of the registry in this workspace."""
        ...

    @property
    def address(self) -> str:
        """Tracking URI without credentials, fit to be shown."""
        ...

    @property
    def writable(self) -> bool:
        """Whether Trimtab may change it."""
        ...

    def state(self) -> str | None:
        """Return a text that changes whenever anything in it does, quickly; None where there is none."""
        ...

    def models(self) -> Sequence[RegisteredModel]:
        """Return all registered models with their versions and aliases."""
        ...

    def ensure_model(self, name: str) -> None:
        """Register ``name`` if it is absent; raises ``Conflict`` where the registry is read-only."""
        ...

    def model(self, name: str) -> RegisteredModel:
        """Return one model as it is now; raises ``NotFound``."""
        ...

    def set_alias(self, name: str, alias: str, version: str) -> None:
        """Point an alias at a version; raises ``NotFound``, or ``Conflict`` where it is read-only."""
        ...

    def drop_alias(self, name: str, alias: str) -> None:
        """Take an alias away; nothing happens where there is none."""
        ...

    def signature(self, name: str, version: str) -> Sequence[SignatureColumn] | None:
        """Return the input columns logged with a version, or None if it has no signature."""
        ...

    def authors(self, name: str, version: str) -> frozenset[str]:
        """Return the accounts that trained or registered a version, empty where that is not known."""
        ...

    def record(self, name: str, version: str) -> VersionRecord:
        """Return what was logged with a version's run, empty where it has none."""
        ...

    def run(self, run_id: str) -> RunRecord | None:
        """Return a run with all that was logged, None where it was deleted."""
        ...

    def experiment_runs(
        self, experiments: Sequence[str], *, since: datetime | None, most: int
    ) -> Sequence[RunRecord]:
        """Return the newest runs of experiments that began at ``since`` or later, at most so many."""
        ...

    def environment(self, name: str, version: str) -> Environment:
        """Return what a version's files ask for; empty where it has none, or they do not say."""
        ...

    def logged_data(self, name: str, version: str, folder: Path) -> Mapping[str, Path]:
        """Copy the data sets logged with a version into ``folder``: "training", "evaluation" → file."""
        ...

    def evaluation_data(self, name: str, version: str, folder: Path) -> Path | None:
        """Copy the evaluation data set logged with a version into ``folder``; None if there is none."""
        ...

    def download(self, name: str, version: str, folder: Path) -> None:
        """Copy the model files of a version into ``folder``; raises ``NotFound`` where there are none."""
        ...

    def register(self, name: str, candidate: Candidate) -> str:
        """Make a candidate the next version and return that; the one it has already, where it has one.

        Raises ``Conflict`` where the registry is read-only.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a child process shall do: a task in a folder that holds its inputs and takes its output.

    ``memory_limit_mb`` bounds the memory in use, ``time_limit_s`` counts from the child's start.
    """

    name: str
    task: str
    folder: Path
    time_limit_s: float
    memory_limit_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a child's work ended: done, failed with a sentence, or cancelled."""

    status: JobStatus
    error: str | None = None


class Watcher(Protocol):
    """Is told what becomes of some work, on a thread of the executor's; must not raise."""

    def started(self) -> bool:
        """A child is about to begin; False where nobody wants it any more, and nothing more is told."""
        ...

    def progressed(self, share: float, step: str) -> None:
        """It has come this far: a share in [0, 1], and what it does now."""
        ...

    def ended(self, outcome: Outcome) -> None:
        """Nothing more comes; no process of this work is left."""
        ...


class Executor(Protocol):
    """Does heavy work outside this process, so much of it at a time as the machine bears."""

    def submit(self, work: Work, watcher: Watcher) -> None:
        """Take work into the queue; returns at once."""
        ...

    def cancel(self, name: str) -> bool:
        """End some work, or take it out of the queue; False where there is none of that name."""
        ...

    def close(self) -> None:
        """End all work and wait until no child is left; what was cut off is not reported."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a deployment is told: which version shall run; the same ``id`` again is the same order."""

    id: str
    kind: str
    registry: str
    model: str
    alias: str
    from_version: str | None
    to_version: str | None
    generation: int


class Deployment(Protocol):
    """What makes production run a version: a webhook, a command, an orchestrator."""

    @property
    def name(self) -> str:
        """Its name in this workspace's settings."""
        ...

    def deploy(self, order: Order) -> str:
        """Pass an order on and return in a few words what was answered.

        Raises ``Unavailable`` where it may help to try again, ``Conflict`` where the order was refused.
        """
        ...


class Channel(Protocol):
    """What reaches people: mail, chat, a pager, a webhook. Every call may take seconds."""

    @property
    def name(self) -> str:
        """Its name in this workspace's settings."""
        ...

    def problem(self) -> str | None:
        """Return what keeps it from being used, as far as that shows without sending; None for nothing."""
        ...

    def send(self, title: str, text: str) -> None:
        """Send a message; raises ``Unavailable`` where it was not taken, without telling the address."""
        ...

"""Fakes for the ports: a clock that stands still, a registry and an executor that do what they are told."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.errors import Conflict, Unavailable
from core.job import JobStatus
from core.ports import Outcome, RegisteredModel, SignatureColumn, Watcher, Work


@dataclass
class FixedClock:
    """Shows the time that it is set to."""

    at: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class FakeRegistry:
    """A registry in memory; ``down`` makes it unreachable."""

    name: str = "local"
    address: str = "sqlite:///mlflow.db"
    writable: bool = True
    down: bool = False
    registered: dict[str, RegisteredModel] = field(default_factory=dict)
    signatures: Mapping[tuple[str, str], Sequence[SignatureColumn]] = field(default_factory=dict)
    evaluation_files: Mapping[tuple[str, str], Path] = field(default_factory=dict)

    def models(self) -> Sequence[RegisteredModel]:
        if self.down:
            raise Unavailable(f"Registry '{self.name}'", "it does not answer")
        return list(self.registered.values())

    def ensure_model(self, name: str) -> None:
        if not self.writable:
            raise Conflict(f"Registry '{self.name}' is read-only")
        self.registered.setdefault(
            name, RegisteredModel(registry=self.name, name=name, aliases={}, versions=())
        )

    def signature(self, name: str, version: str) -> Sequence[SignatureColumn] | None:
        return self.signatures.get((name, version))

    def evaluation_data(self, name: str, version: str, folder: Path) -> Path | None:
        found = self.evaluation_files.get((name, version))
        if found is None:
            return None
        return Path(shutil.copy(found, folder / "evaluation.parquet"))


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

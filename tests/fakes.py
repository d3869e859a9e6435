"""Fakes for the ports: a clock that stands still, a registry that holds what it is told."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.errors import Conflict, Unavailable
from core.ports import RegisteredModel, SignatureColumn


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

"""Ports: the few places where a fake earns its keep, because the real thing is slow, remote or random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from core.domain import ModelVersion


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

    def models(self) -> Sequence[RegisteredModel]:
        """Return all registered models with their versions and aliases."""
        ...

    def ensure_model(self, name: str) -> None:
        """Register ``name`` if it is absent; raises ``Conflict`` where the registry is read-only."""
        ...

    def signature(self, name: str, version: str) -> Sequence[SignatureColumn] | None:
        """Return the input columns logged with a version, or None if it has no signature."""
        ...

    def evaluation_data(self, name: str, version: str, folder: Path) -> Path | None:
        """Copy the evaluation data set logged with a version into ``folder``; None if there is none."""
        ...

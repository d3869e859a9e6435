"""What the registries hold of a model, and how old that knowledge is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.domain import ModelVersion
from core.store import Cursor, registry_mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A registered model; ``address`` is its registry's tracking URI without credentials."""

    name: str
    address: str
    aliases: Mapping[str, registry_mirror.AliasStay]
    versions: Mapping[str, ModelVersion]

    def alias(self, name: str) -> str | None:
        """Return the version that an alias points to, None where there is no such alias."""
        stay = self.aliases.get(name)
        return None if stay is None else stay.version

    def since(self, name: str) -> datetime | None:
        """Return when an alias was first seen where it is."""
        stay = self.aliases.get(name)
        return None if stay is None else stay.first_seen_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """The oldest last reading of all registries, and what went wrong with the last attempts."""

    read_at: datetime | None
    problem: str | None


def registered(cursor: Cursor, model: str, *, registry: str | None = None) -> Registered | None:
    """Return a model as its registry was last read; ``model`` may be written registry/model."""
    found = registry_mirror.models(cursor, registry=registry, name=model)
    if not found and registry is None and "/" in model:
        short, _, bare = model.partition("/")
        found = registry_mirror.models(cursor, registry=short, name=bare)
    if not found:
        return None
    one = found[0]
    return Registered(
        name=one.name,
        address=one.address,
        aliases=one.aliases,
        versions={version.version: version for version in one.versions},
    )


def freshness(cursor: Cursor) -> Freshness:
    """Return how fresh the mirror is, and one sentence on each registry that did not answer."""
    readings = registry_mirror.readings(cursor)
    failed = [f"{reading.registry}: {reading.error}" for reading in readings if reading.error is not None]
    read = [reading.refreshed_at for reading in readings if reading.refreshed_at is not None]
    return Freshness(read_at=min(read, default=None), problem="; ".join(failed) or None)

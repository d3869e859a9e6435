"""What the registries hold, as last read: so that no page and no command waits for one.

A registry that cannot be read keeps what it was known to hold, with the time of the last success and
the reason of the failure beside it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain import ModelVersion
from core.errors import TrimtabError
from core.ports import RegisteredModel, Registry
from core.store.connection import AnalyticsStore, Cursor, statement


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasStay:
    """The version that an alias points to, and since when that has been seen.

    MLflow keeps no times of alias moves: ``first_seen_at`` is when it was first read, so the move lies
    before it, but not before the reading that came ahead of it.
    """

    version: str
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredModel:
    """A registered model as last read; ``address`` is its registry's, without credentials."""

    registry: str
    address: str
    name: str
    aliases: Mapping[str, AliasStay]
    versions: tuple[ModelVersion, ...]
    tags: Mapping[str, str]
    created_at: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the last attempt to read a registry went.

    ``refreshed_at`` is None until the first success; ``error`` is None unless the last attempt failed.
    """

    registry: str
    address: str
    writable: bool
    tried_at: datetime
    refreshed_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a registry answered: its models, or why there is no answer."""

    models: Sequence[RegisteredModel] = ()
    error: str | None = None


def refresh(store: AnalyticsStore, registry: Registry, *, now: datetime) -> Reading:
    """Read one registry and make the mirror equal to it, in one transaction.

    The registry is asked before the transaction begins, so that a slow one holds up no writer. When it
    does not answer, what was known stays and the error is recorded: nothing is raised for it.

    Parameters
    ----------
    store
        The analytics store.
    registry
        The registry to read.
    now
        Aware UTC time of the reading.
    """
    return keep(store, registry, look(registry), now=now)


def look(registry: Registry) -> Look:
    """Ask a registry for all that it holds; raises nothing for one that does not answer."""
    try:
        return Look(models=registry.models())
    except TrimtabError as failure:
        return Look(error=failure.message)


def keep(store: AnalyticsStore, registry: Registry, seen: Look, *, now: datetime) -> Reading:
    """Make the mirror equal to what was seen; where nothing was, what is known stays, with the reason."""
    with store.writing() as cursor:
        if seen.error is None:
            _put(cursor, registry.name, seen.models, now)
        return _note(cursor, registry, seen.error, now)


def point(
    cursor: Cursor, registry: str, model: str, alias: str, version: str | None, *, now: datetime
) -> None:
    """Let an alias show what it was just made to show, without waiting for the next reading."""
    where = "WHERE registry = ? AND model = ? AND alias = ? AND gone_at IS NULL"
    cursor.execute(f"UPDATE registry_aliases SET gone_at = ? {where}", [_naive(now), registry, model, alias])
    if version is not None:
        stay = [registry, model, alias, version, _naive(now)]
        cursor.execute("INSERT INTO registry_aliases VALUES (?, ?, ?, ?, ?, NULL)", stay)


def models(cursor: Cursor, *, registry: str | None = None, name: str | None = None) -> list[MirroredModel]:
    """Return the mirrored models, ordered by registry and name; filtered by either where given."""
    asked = {"registry": registry, "model": name}
    found = cursor.execute(statement("registry_models"), asked).fetchall()
    if not found:
        return []
    addresses = dict(cursor.execute("SELECT registry, address FROM registry_readings").fetchall())
    aliases, versions = _aliases(cursor, asked), _versions(cursor, asked)
    return [
        MirroredModel(
            registry=held_by,
            address=addresses.get(held_by) or "",
            name=model,
            aliases=dict(sorted(aliases[held_by, model].items())),
            versions=tuple(sorted(versions[held_by, model], key=_by_number)),
            tags=json.loads(tags),
            created_at=None if created is None else _aware(created),
            first_seen_at=_aware(seen_at),
        )
        for held_by, model, tags, created, seen_at in sorted(found, key=lambda row: (row[0], row[1]))
    ]


def _aliases(cursor: Cursor, asked: Mapping[str, str | None]) -> dict[tuple[str, str], dict[str, AliasStay]]:
    found: dict[tuple[str, str], dict[str, AliasStay]] = defaultdict(dict)
    rows = cursor.execute(statement("registry_aliases"), dict(asked)).fetchall()
    for held_by, model, alias, version, seen in rows:
        found[held_by, model][alias] = AliasStay(version=version, first_seen_at=_aware(seen))
    return found


def _versions(cursor: Cursor, asked: Mapping[str, str | None]) -> dict[tuple[str, str], list[ModelVersion]]:
    found: dict[tuple[str, str], list[ModelVersion]] = defaultdict(list)
    rows = cursor.execute(statement("registry_versions"), dict(asked)).fetchall()
    for held_by, model, version, run_id, tags, created in rows:
        found[held_by, model].append(
            ModelVersion(
                registry=held_by,
                model=model,
                version=version,
                run_id=run_id,
                tags=json.loads(tags),
                created_at=None if created is None else _aware(created),
            )
        )
    return found


def _by_number(one: ModelVersion) -> tuple[bool, int, str]:
    """Return what versions are ordered by: by number, those without one last."""
    is_number = one.version.isdecimal()
    return not is_number, int(one.version) if is_number else 0, one.version


def readings(cursor: Cursor) -> list[Reading]:
    """Return how each registry's last reading went, by name; empty before the first."""
    found = cursor.execute(
        "SELECT registry, address, writable, last_tried_at, last_refreshed_at, last_error"
        " FROM registry_readings ORDER BY registry"
    ).fetchall()
    return [
        Reading(
            registry=registry,
            address=address,
            writable=writable,
            tried_at=_aware(tried),
            refreshed_at=None if refreshed is None else _aware(refreshed),
            error=error,
        )
        for registry, address, writable, tried, refreshed, error in found
    ]


def _put(cursor: Cursor, registry: str, found: Sequence[RegisteredModel], now: datetime) -> None:
    here = {"registry": registry, "now": _naive(now)}
    versions = [version for model in found for version in model.versions]
    aliases = [(model.name, alias, version) for model in found for alias, version in model.aliases.items()]
    cursor.execute(
        statement("registry_put_models"),
        {
            **here,
            "models": [model.name for model in found],
            "tags": [_tags(model.tags) for model in found],
            "created": [_naive(model.created_at) for model in found],
        },
    )
    cursor.execute(
        statement("registry_put_versions"),
        {
            **here,
            "models": [version.model for version in versions],
            "versions": [version.version for version in versions],
            "runs": [version.run_id for version in versions],
            "tags": [_tags(version.tags) for version in versions],
            "created": [_naive(version.created_at) for version in versions],
        },
    )
    cursor.execute(
        statement("registry_put_aliases"),
        {
            **here,
            "models": [model for model, _, _ in aliases],
            "aliases": [alias for _, alias, _ in aliases],
            "versions": [version for _, _, version in aliases],
        },
    )


def _note(cursor: Cursor, registry: Registry, error: str | None, now: datetime) -> Reading:
    before = next((reading for reading in readings(cursor) if reading.registry == registry.name), None)
    last_success = None if before is None else before.refreshed_at
    refreshed_at = now if error is None else last_success
    cursor.execute("DELETE FROM registry_readings WHERE registry = ?", [registry.name])
    cursor.execute(
        "INSERT INTO registry_readings VALUES (?, ?, ?, ?, ?, ?)",
        [registry.name, registry.address, registry.writable, _naive(now), _naive(refreshed_at), error],
    )
    return Reading(
        registry=registry.name,
        address=registry.address,
        writable=registry.writable,
        tried_at=now,
        refreshed_at=refreshed_at,
        error=error,
    )


def _tags(tags: Mapping[str, str]) -> str:
    return json.dumps(dict(tags), sort_keys=True, ensure_ascii=False)


def _naive(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)

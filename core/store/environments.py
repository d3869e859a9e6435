"""Environments of versions as their files ask for them, read once each: files of a version do not change."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.ports import Environment
from core.store import lineage_schema as tables
from core.store.ledger import Transaction

_ENVIRONMENT = TypeAdapter(Environment)
VersionKey = tuple[str, str, str]
"""A version's registry, model and number."""


class EnvironmentTable:
    """Keeps environments; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def keys(self) -> frozenset[VersionKey]:
        """Return the versions whose environment was read."""
        table = tables.environments
        query = sa.select(table.c.registry, table.c.model, table.c.version)
        with self._reading() as connection:
            return frozenset((row.registry, row.model, row.version) for row in connection.execute(query))

    def of(self, registry: str, model: str) -> Mapping[str, Environment]:
        """Return version → environment of a model, of those that were read."""
        table = tables.environments
        query = sa.select(table.c.version, table.c.record).where(
            table.c.registry == registry, table.c.model == model
        )
        with self._reading() as connection:
            found = connection.execute(query).all()
        return {row.version: _ENVIRONMENT.validate_json(row.record) for row in found}

    def put(self, key: VersionKey, environment: Environment, *, at: datetime) -> None:
        """Keep an environment, in the place of what was known of that version."""
        table, (registry, model, version) = tables.environments, key
        same = (table.c.registry == registry) & (table.c.model == model) & (table.c.version == version)
        row = {
            "registry": registry,
            "model": model,
            "version": version,
            "read_at": at,
            "record": _ENVIRONMENT.dump_json(environment).decode(),
        }
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(same))
            connection.execute(sa.insert(table), [row])

"""Files of versions as they were first seen, and waivers: the state store's chapter on candidates."""

from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.candidate import Covered, Manifest, Waiver
from core.store import state_schema as tables
from core.store.ledger import Transaction

_FILES = TypeAdapter(dict[str, str])
_COVERS = TypeAdapter(tuple[Covered, ...])


class CandidateTable:
    """Keeps manifests and waivers; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def manifest(self, registry: str, model: str, version: str) -> Manifest | None:
        """Return a version's files as they were first seen, None where they never were."""
        table = tables.manifests
        query = sa.select(table).where(*_of(table, registry, model, version))
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _manifest(row)

    def with_manifest(self) -> frozenset[tuple[str, str, str]]:
        """Return registry, model and version of all whose files are on record."""
        table = tables.manifests
        query = sa.select(table.c.registry, table.c.model, table.c.version)
        with self._reading() as connection:
            return frozenset((row.registry, row.model, row.version) for row in connection.execute(query))

    def add_manifest(self, registry: str, model: str, version: str, manifest: Manifest) -> bool:
        """Put a version's files on record; False, and nothing changes, where they are already."""
        table = tables.manifests
        where = _of(table, registry, model, version)
        with self._writing() as connection:
            if connection.execute(sa.select(table.c.digest).where(*where)).one_or_none() is not None:
                return False
            connection.execute(
                sa.insert(table).values(
                    registry=registry,
                    model=model,
                    version=version,
                    digest=manifest.digest,
                    n_bytes=manifest.n_bytes,
                    files=_FILES.dump_json(dict(manifest.files)).decode(),
                )
            )
            return True

    def waivers(self, registry: str, model: str, version: str) -> list[Waiver]:
        """Return all waivers of a version, ended ones too, the oldest first."""
        table = tables.waivers
        query = sa.select(table).where(*_of(table, registry, model, version)).order_by(table.c.at, table.c.id)
        with self._reading() as connection:
            found = connection.execute(query).mappings().all()
        return [Waiver(**{**row, "covers": _COVERS.validate_json(row["covers"])}) for row in found]

    def waivers_ending(self, after: datetime, before: datetime) -> list[Waiver]:
        """Return waivers of all models that end in a half-open span and were not given anew, by their end."""
        table = tables.waivers
        query = sa.select(table).where(table.c.until >= after).order_by(table.c.until, table.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        found = [Waiver(**{**row, "covers": _COVERS.validate_json(row["covers"])}) for row in rows]
        latest = {(one.registry, one.model, one.version, one.gate): one for one in found}
        return [one for one in latest.values() if one.until < before]

    def add_waiver(self, waiver: Waiver) -> None:
        """Put a waiver on record."""
        table = tables.waivers
        values = {column.name: getattr(waiver, column.name) for column in table.c}
        values["covers"] = _COVERS.dump_json(waiver.covers).decode()
        with self._writing() as connection:
            connection.execute(sa.insert(table).values(values))


def _of(table: sa.Table, registry: str, model: str, version: str) -> tuple[sa.ColumnElement[bool], ...]:
    return table.c.registry == registry, table.c.model == model, table.c.version == version


def _manifest(row: sa.RowMapping) -> Manifest:
    return Manifest(files=_FILES.validate_json(row["files"]), n_bytes=row["n_bytes"])

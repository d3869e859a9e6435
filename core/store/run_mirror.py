"""Runs as last read from the registries: so that no page waits for a registry to say what was logged.

What is kept is what people and programs logged: parameters, metrics, tags and which data sets were read,
never a row of them. It can be read anew from the registries.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.ports import RunRecord
from core.store import lineage_schema as tables
from core.store.ledger import Transaction

_RECORD = TypeAdapter(RunRecord)
_AT_ONCE = 500
RunKey = tuple[str, str]
"""A run's registry and its id there."""


class RunTable:
    """Keeps runs; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def get(self, registry: str, run_id: str) -> RunRecord | None:
        """Return one run, None where it was never read."""
        table = tables.runs
        query = sa.select(table.c.record).where(table.c.registry == registry, table.c.run_id == run_id)
        with self._reading() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else _RECORD.validate_json(found)

    def every(
        self,
        registry: str | None = None,
        *,
        experiment: str | None = None,
        read_since: datetime | None = None,
    ) -> list[RunRecord]:
        """Return the runs of a registry, or of one of its experiments, or all; the oldest first.

        With ``read_since`` those alone that were read then or later.
        """
        table = tables.runs
        query = sa.select(table.c.record).order_by(table.c.started_at, table.c.registry, table.c.run_id)
        if registry is not None:
            query = query.where(table.c.registry == registry)
        if experiment is not None:
            query = query.where(table.c.experiment_id == experiment)
        if read_since is not None:
            query = query.where(table.c.read_at >= read_since)
        with self._reading() as connection:
            return [_RECORD.validate_json(text) for text in connection.execute(query).scalars()]

    def stamp(self) -> tuple[int, datetime | None]:
        """Return how many runs are known, and when one was last read; None without any."""
        table = tables.runs
        with self._reading() as connection:
            n, read_at = connection.execute(sa.select(sa.func.count(), sa.func.max(table.c.read_at))).one()
        return int(n), read_at

    def keys(self, *, ended: bool = False) -> frozenset[RunKey]:
        """Return which runs are known; with ``ended``, those only that can change no more."""
        table = tables.runs
        query = sa.select(table.c.registry, table.c.run_id)
        if ended:
            query = query.where(table.c.ended_at.is_not(None))
        with self._reading() as connection:
            return frozenset((row.registry, row.run_id) for row in connection.execute(query))

    def of_versions(self, runs: Collection[RunKey]) -> list[tuple[str, str]]:
        """Return registry and id of the experiments that hold any of these runs, each once, in order."""
        table = tables.runs
        query = sa.select(table.c.registry, table.c.run_id, table.c.experiment_id)
        with self._reading() as connection:
            found = connection.execute(query).all()
        wanted = frozenset(runs)
        held = {(row.registry, row.experiment_id) for row in found if (row.registry, row.run_id) in wanted}
        return sorted(one for one in held if one[1])

    def began_unended(self, registry: str, experiments: Sequence[str]) -> datetime | None:
        """Return when the oldest run of these experiments began that had not ended; None without any."""
        table = tables.runs
        query = sa.select(sa.func.min(table.c.started_at)).where(
            table.c.registry == registry,
            table.c.experiment_id.in_(experiments),
            table.c.ended_at.is_(None),
        )
        with self._reading() as connection:
            began: datetime | None = connection.execute(query).scalar_one()
        return began

    def put(self, records: Iterable[RunRecord], *, at: datetime) -> None:
        """Keep runs as they were read now, all or none, replacing what was known of them."""
        table = tables.runs
        rows = [
            {
                "registry": one.registry,
                "run_id": one.run_id,
                "experiment_id": one.experiment_id,
                "started_at": one.started_at,
                "ended_at": one.ended_at,
                "read_at": at,
                "record": _RECORD.dump_json(one).decode(),
            }
            for one in records
        ]
        if not rows:
            return
        with self._writing() as connection:
            self._delete(connection, [(str(row["registry"]), str(row["run_id"])) for row in rows])
            connection.execute(sa.insert(table), rows)

    def _delete(self, connection: sa.Connection, keys: Collection[RunKey]) -> None:
        table, by_registry = tables.runs, dict[str, list[str]]()
        for registry, run_id in keys:
            by_registry.setdefault(registry, []).append(run_id)
        for registry, ids in by_registry.items():
            for first in range(0, len(ids), _AT_ONCE):
                some = table.c.run_id.in_(ids[first : first + _AT_ONCE])
                connection.execute(sa.delete(table).where(table.c.registry == registry, some))

"""What is monitored, kept as it was parsed: thousands of specs are read once, not at every question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.errors import Conflict, NotFound
from core.spec import Layout, MonitorSpec
from core.store import state_schema as tables
from core.store.ledger import Transaction

_SPEC = TypeAdapter(MonitorSpec)
_LAYOUT = TypeAdapter(Layout)
_NAMED_IN_HINT = 20
_AT_HAND = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMonitor:
    """A model being monitored: its spec, where its columns lie, and since when; until ``retired_at``."""

    spec: MonitorSpec
    layout: Layout
    watched_at: datetime
    changed_at: datetime
    retired_at: datetime | None = None

    @property
    def key(self) -> str:
        """Return the model's key: the suffix of its tables' names."""
        return self.layout.key

    @property
    def name(self) -> str:
        """Return the model's full name, registry first."""
        return f"{self.spec.registry}/{self.spec.model}"


@lru_cache(maxsize=_AT_HAND)
def _parsed(
    spec: str, layout: str, watched_at: datetime, changed_at: datetime, retired_at: datetime | None
) -> StoredMonitor:
    return StoredMonitor(
        spec=_SPEC.validate_json(spec),
        layout=_LAYOUT.validate_json(layout),
        watched_at=watched_at,
        changed_at=changed_at,
        retired_at=retired_at,
    )


class MonitorTable:
    """Keeps monitors; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def save(self, spec: MonitorSpec, layout: Layout, *, now: datetime) -> StoredMonitor:
        """Store what to monitor of a model, replacing what was stored for it before."""
        content = {
            "registry": spec.registry,
            "model": spec.model,
            "spec": _SPEC.dump_json(spec).decode(),
            "layout": _LAYOUT.dump_json(layout).decode(),
            "changed_at": now,
            "retired_at": None,
        }
        table = tables.monitors
        with self._writing() as connection:
            changed = connection.execute(
                sa.update(table).where(table.c.model_key == layout.key).values(content)
            ).rowcount
            if not changed:
                row = {"model_key": layout.key, "watched_at": now, **content}
                connection.execute(sa.insert(table).values(row))
        (stored,) = self._where(table.c.model_key == layout.key)
        return stored

    def get(self, model: str) -> StoredMonitor:
        """Return the monitor of a model, named bare or as registry/model.

        Raises
        ------
        NotFound
            No such model is monitored.
        Conflict
            The bare name is used in several registries.
        """
        table = tables.monitors
        registry, _, name = model.partition("/")
        found = self._where((table.c.registry == registry) & (table.c.model == name))
        # A model's own name may hold a stroke too.
        found = found or self._where(table.c.model == model)
        if not found:
            raise NotFound("monitored model", model, hint=self._hint(model))
        if len(found) > 1:
            names = ", ".join(sorted(entry.name for entry in found))
            raise Conflict(
                f"'{model}' names several models: {names}", hint="Write the registry's name before it."
            )
        return found[0]

    def every(self) -> list[StoredMonitor]:
        """Return all monitors, by registry and name."""
        return self._where(sa.true())

    def _where(self, condition: sa.ColumnElement[bool]) -> list[StoredMonitor]:
        t = tables.monitors.c
        query = sa.select(t.spec, t.layout, t.watched_at, t.changed_at, t.retired_at)
        with self._reading() as connection:
            rows = connection.execute(query.where(condition).order_by(t.registry, t.model)).all()
        return [_parsed(*row) for row in rows]

    def _hint(self, model: str) -> str:
        with self._reading() as connection:
            names: Sequence[str] = connection.scalars(sa.select(tables.monitors.c.model)).all()
        if not names:
            return "Nothing is monitored yet: use trimtab watch."
        if len(names) <= _NAMED_IN_HINT:
            return f"Monitored: {', '.join(sorted(names))}."
        close = get_close_matches(model.rpartition("/")[2], names, n=3)
        meant = f"Did you mean {', '.join(close)}? " if close else ""
        return f"{meant}trimtab models lists the {len(names):,} models that are monitored."

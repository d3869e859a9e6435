"""What people wrote and accepted as evidence, packs as last seen, and models that no registry holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.form import Form, Inventoried
from core.store import evidence_schema as tables
from core.store.ledger import Transaction

_DIGESTS = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPack:
    """A rule pack as it was when this workspace last saw it.

    ``items`` is item → digest; ``changed`` is item → "new" or "changed", against the version before.
    """

    pack: str
    version: str
    items: Mapping[str, str]
    changed: Mapping[str, str]
    seen_at: datetime


class EvidenceTable:
    """Keeps forms, packs, the inventory; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def forms(self, model: str | None = None) -> list[Form]:
        """Return the forms of one model by its full name, or all, by model, pack and item."""
        table = tables.forms
        query = sa.select(table).order_by(table.c.model, table.c.pack, table.c.item)
        if model is not None:
            query = query.where(table.c.model == model)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [Form(**{**row, "rests": _DIGESTS.validate_json(row["rests"])}) for row in rows]

    def put(self, form: Form) -> None:
        """Store a form, replacing what was there for its item; the ledger keeps what was."""
        table = tables.forms
        values = {**asdict(form), "rests": _DIGESTS.dump_json(dict(form.rests)).decode()}
        where = table.c.model == form.model, table.c.pack == form.pack, table.c.item == form.item
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(*where))
            connection.execute(sa.insert(table).values(values))

    def seen(self) -> dict[str, SeenPack]:
        """Return the packs as they were last seen, by name."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(tables.packs)).mappings().all()
        digests = ("items", "changed")
        made = (
            SeenPack(**{**row, **{one: _DIGESTS.validate_json(row[one]) for one in digests}}) for row in rows
        )
        return {one.pack: one for one in made}

    def see(self, seen: SeenPack) -> None:
        """Note how a pack is now."""
        table = tables.packs
        values = {
            **asdict(seen),
            "items": _DIGESTS.dump_json(dict(seen.items)).decode(),
            "changed": _DIGESTS.dump_json(dict(seen.changed)).decode(),
        }
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(table.c.pack == seen.pack))
            connection.execute(sa.insert(table).values(values))

    def inventory(self) -> list[Inventoried]:
        """Return the models that no registry holds, by name."""
        query = sa.select(tables.inventory).order_by(tables.inventory.c.name)
        with self._reading() as connection:
            return [Inventoried(**row) for row in connection.execute(query).mappings()]

    def take_in(self, one: Inventoried) -> None:
        """Put a model into the inventory, replacing one of its name."""
        table = tables.inventory
        with self._writing() as connection:
            connection.execute(sa.delete(table).where(table.c.name == one.name))
            connection.execute(sa.insert(table).values(asdict(one)))

    def take_out(self, name: str) -> bool:
        """Take a model out of the inventory; False where it is not in it."""
        table = tables.inventory
        with self._writing() as connection:
            return connection.execute(sa.delete(table).where(table.c.name == name)).rowcount > 0

"""Lineage in the state store: runs as last read, events, and whether the graph may be another now."""

import sqlalchemy as sa

from core.store import lineage_schema as tables
from core.store import state_schema, validation_schema
from core.store.environments import EnvironmentTable
from core.store.ledger import Transaction
from core.store.lineage_events import EventTable
from core.store.run_mirror import RunTable


class LineageTables:
    """The chapters on lineage; see :class:`core.store.StateStore`, whose transactions they use."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self.runs = RunTable(reading, writing)
        self.events = EventTable(reading, writing)
        self.environments = EnvironmentTable(reading, writing)

    def stamp(self) -> tuple[object, ...]:
        """Return what differs whenever something that the graph is made of does, at the price of counting.

        Incidents change in place: their states are summed up, and so are the ends of monitors.
        """
        ledger, incidents = state_schema.ledger, state_schema.incidents
        monitors, runs = state_schema.monitors, tables.runs
        made = validation_schema.validations
        query = sa.select(
            sa.select(sa.func.max(ledger.c.seq)).scalar_subquery(),
            sa.select(sa.func.count()).select_from(incidents).scalar_subquery(),
            sa.select(sa.func.max(incidents.c.resolved_at)).scalar_subquery(),
            sa.select(sa.func.count()).where(incidents.c.status == "resolved").scalar_subquery(),
            sa.select(sa.func.count()).where(incidents.c.severity == "critical").scalar_subquery(),
            sa.select(sa.func.count()).select_from(monitors).scalar_subquery(),
            sa.select(sa.func.max(monitors.c.changed_at)).scalar_subquery(),
            sa.select(sa.func.max(monitors.c.retired_at)).scalar_subquery(),
            sa.select(sa.func.count()).select_from(made).scalar_subquery(),
            sa.select(sa.func.count()).select_from(runs).scalar_subquery(),
            sa.select(sa.func.max(runs.c.read_at)).scalar_subquery(),
            # Events that came and those that went for their age may be as many.
            sa.select(sa.func.count()).select_from(tables.lineage_events).scalar_subquery(),
            sa.select(sa.func.max(tables.lineage_events.c.received_at)).scalar_subquery(),
        )
        with self._reading() as connection:
            return tuple(connection.execute(query).one())

"""Alerts and maintenance windows: the state store's chapter on whom to call, and when not."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from core.alert import Alert, AlertEvent, AlertStatus, Maintenance, Told
from core.domain import Severity
from core.errors import NotFound
from core.store import state_schema as tables
from core.store.ledger import Transaction


class AlertTable:
    """Keeps the outbox, what was told, and maintenance windows; see :class:`core.store.StateStore`."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    # ---------------------------------------------------------------- the outbox

    def told(self) -> list[Told]:
        """Return how every incident stood when alerts last looked."""
        with self._reading() as connection:
            return [_told(row) for row in connection.execute(sa.select(tables.alert_states)).mappings()]

    def tell(self, news: Sequence[tuple[Told, Sequence[Alert]]]) -> None:
        """Note how incidents stand, together with what is to be told; what is on record stays as it is."""
        if not news:
            return
        states, outbox = tables.alert_states, tables.alerts
        with self._writing() as connection:
            for told, alerts in news:
                connection.execute(sa.delete(states).where(states.c.incident == told.incident))
                connection.execute(sa.insert(states).values(_told_row(told)))
                for alert in alerts:
                    known = sa.select(outbox.c.key).where(outbox.c.key == alert.key)
                    if connection.execute(known).one_or_none() is None:
                        connection.execute(sa.insert(outbox).values(_row(alert)))

    def change(self, alert: Alert) -> None:
        """Store what became of an alert; one that is no longer waiting stays as it is."""
        table = tables.alerts
        waiting = table.c.status == AlertStatus.WAITING.value
        with self._writing() as connection:
            connection.execute(sa.update(table).where(table.c.key == alert.key, waiting).values(_row(alert)))

    def of(self, incidents: Iterable[str]) -> list[Alert]:
        """Return all alerts about these incidents, oldest first."""
        table = tables.alerts
        return self._alerts(sa.select(table).where(table.c.incident.in_(list(incidents))))

    def waiting(self) -> list[Alert]:
        """Return what is still to be told, oldest first."""
        table = tables.alerts
        return self._alerts(sa.select(table).where(table.c.status == AlertStatus.WAITING.value))

    def latest(self, limit: int) -> list[Alert]:
        """Return the latest alerts, the latest first."""
        table = tables.alerts
        query = sa.select(table).order_by(table.c.asked_at.desc(), table.c.key).limit(limit)
        with self._reading() as connection:
            return [_alert(row) for row in connection.execute(query).mappings()]

    def last(self, channel: str, statuses: Collection[AlertStatus]) -> Alert | None:
        """Return the alert of a channel that was tried last, of those that came to this; None for none."""
        table = tables.alerts
        wanted = (table.c.channel == channel, table.c.status.in_([one.value for one in statuses]))
        query = sa.select(table).where(*wanted).order_by(table.c.next_at.desc(), table.c.key).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _alert(row)

    def counts(self) -> dict[AlertStatus, int]:
        """Count the alerts by what became of them; 0 for what there is none of."""
        table = tables.alerts
        query = sa.select(table.c.status, sa.func.count()).group_by(table.c.status)
        with self._reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(query)}
        return {status: found.get(status.value, 0) for status in AlertStatus}

    def _alerts(self, query: "sa.Select[tuple[object, ...]]") -> list[Alert]:
        ordered = query.order_by(tables.alerts.c.asked_at, tables.alerts.c.key)
        with self._reading() as connection:
            return [_alert(row) for row in connection.execute(ordered).mappings()]

    # ---------------------------------------------------------------- maintenance

    def add_maintenance(self, span: Maintenance) -> None:
        """Put a maintenance window on record."""
        with self._writing() as connection:
            row = {column.name: getattr(span, column.name) for column in tables.maintenance.c}
            connection.execute(sa.insert(tables.maintenance).values(row))

    def maintenance(self, *, until_after: datetime | None = None) -> list[Maintenance]:
        """Return maintenance windows by their start: all, or those that are not over at a time."""
        table = tables.maintenance
        query = sa.select(table).order_by(table.c.starts_at, table.c.id)
        if until_after is not None:
            query = query.where(table.c.ends_at > until_after)
        with self._reading() as connection:
            return [Maintenance(**row) for row in connection.execute(query).mappings()]

    def end_maintenance(self, identity: str, at: datetime, actor: str) -> Maintenance:
        """End a maintenance window at a time; one that is over stays as it is.

        Raises
        ------
        NotFound
            There is none with this id.
        """
        table = tables.maintenance
        with self._writing() as connection:
            running = (table.c.id == identity, table.c.ends_at > at)
            connection.execute(sa.update(table).where(*running).values(ends_at=at, ended_by=actor))
            found = (
                connection.execute(sa.select(table).where(table.c.id == identity)).mappings().one_or_none()
            )
        if found is None:
            raise NotFound("maintenance window", identity)
        return Maintenance(**found)


def _row(alert: Alert) -> dict[str, object]:
    row = {column.name: getattr(alert, column.name) for column in tables.alerts.c}
    return {**row, "event": alert.event.value, "status": alert.status.value}


def _alert(row: sa.RowMapping) -> Alert:
    given = dict(row)
    return Alert(
        **{**given, "event": AlertEvent(given["event"]), "status": AlertStatus(given["status"])},
    )


def _told_row(told: Told) -> dict[str, object]:
    row = {column.name: getattr(told, column.name) for column in tables.alert_states.c}
    return {**row, "severity": told.severity.value}


def _told(row: sa.RowMapping) -> Told:
    return Told(**{**dict(row), "severity": Severity(row["severity"])})

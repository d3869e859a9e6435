"""Validations that were made, and their findings: the state store's chapter on them."""

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from core.errors import Conflict, NotFound
from core.finding import Finding, Severity, Validated
from core.store import validation_schema as tables
from core.store.ledger import Transaction


class ValidationTable:
    """Keeps validations and findings; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def add(self, made: Validated) -> bool:
        """Put a validation on record; False, and nothing changes, where it is already."""
        table = tables.validations
        with self._writing() as connection:
            query = sa.select(table.c.job).where(table.c.job == made.job)
            if connection.execute(query).one_or_none() is not None:
                return False
            connection.execute(sa.insert(table).values(asdict(made)))
            return True

    def jobs(self) -> frozenset[str]:
        """Return the jobs whose validations are on record."""
        with self._reading() as connection:
            return frozenset(connection.execute(sa.select(tables.validations.c.job)).scalars())

    def latest(self, registry: str, model: str) -> dict[str, Validated]:
        """Return the latest validation of each version of a model that has one."""
        table = tables.validations
        query = sa.select(table).where(table.c.registry == registry, table.c.model == model)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(table.c.made_at, table.c.job)).mappings().all()
        return {row["version"]: Validated(**row) for row in rows}

    def every(self, *, limit: int = 1000) -> list[Validated]:
        """Return the validations of all versions, the latest first."""
        table = tables.validations
        query = sa.select(table).order_by(table.c.made_at.desc(), table.c.job).limit(limit)
        with self._reading() as connection:
            return [Validated(**row) for row in connection.execute(query).mappings()]

    def add_finding(self, finding: Finding) -> None:
        """Put a finding on record."""
        with self._writing() as connection:
            connection.execute(sa.insert(tables.findings).values(_row(finding)))

    def finding(self, identity: str) -> Finding:
        """Return one finding; raises ``NotFound``."""
        query = sa.select(tables.findings).where(tables.findings.c.id == identity)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound("finding", identity, hint="See trimtab finding list for those that exist.")
        return _finding(row)

    def findings(self, registry: str, model: str, version: str | None = None) -> list[Finding]:
        """Return a model's findings, the open ones first, then by their day."""
        table = tables.findings
        query = sa.select(table).where(table.c.registry == registry, table.c.model == model)
        if version is not None:
            query = query.where(table.c.version == version)
        with self._reading() as connection:
            found = [_finding(row) for row in connection.execute(query).mappings()]
        return sorted(found, key=lambda one: (not one.open, one.due_at, one.id))

    def close(self, identity: str, *, at: datetime, by: str, why: str) -> Finding:
        """Close a finding; raises ``NotFound``, or ``Conflict`` where it is closed already."""
        table = tables.findings
        values = {"closed_at": at, "closed_by": by, "closed_why": why}
        where = table.c.id == identity, table.c.closed_at.is_(None)
        with self._writing() as connection:
            if connection.execute(sa.update(table).where(*where).values(values)).rowcount:
                row = connection.execute(sa.select(table).where(table.c.id == identity)).mappings().one()
                return _finding(row)
        known = self.finding(identity)
        raise Conflict(f"Finding {identity} was closed by {known.closed_by}", hint="Nothing was changed.")


def _row(finding: Finding) -> dict[str, object]:
    return {**asdict(finding), "severity": finding.severity.value}


def _finding(row: sa.RowMapping) -> Finding:
    return Finding(**{**row, "severity": Severity(row["severity"])})

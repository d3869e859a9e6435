"""Approvals: the state store's chapter on who agreed to which change, or did not, and why."""

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.action import Approval, Binding
from core.store import state_schema as tables
from core.store.ledger import Transaction

_BINDING = TypeAdapter(Binding)
_TEXTS = TypeAdapter(tuple[str, ...])


class ApprovalTable:
    """Keeps decisions about changes; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def of(self, action_id: str) -> list[Approval]:
        """Return what was decided about a change, in the order of the decisions."""
        table = tables.approvals
        query = sa.select(table).where(table.c.action_id == action_id).order_by(table.c.at, table.c.id)
        with self._reading() as connection:
            return [_approval(row) for row in connection.execute(query).mappings()]

    def every(self) -> list[Approval]:
        """Return what was decided about all changes, in the order of the decisions."""
        table = tables.approvals
        with self._reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.at, table.c.id)).mappings()
            return [_approval(row) for row in rows]

    def add(self, approval: Approval) -> None:
        """Put a decision on record; nobody decides twice about one change."""
        row = {
            "id": approval.id,
            "action_id": approval.action_id,
            "given": approval.given,
            "actor": approval.actor,
            "roles": _TEXTS.dump_json(approval.roles).decode(),
            "reason": approval.reason,
            "at": approval.at,
            "binding": _BINDING.dump_json(approval.binding).decode(),
        }
        with self._writing() as connection:
            connection.execute(sa.insert(tables.approvals).values(row))


def _approval(row: sa.RowMapping) -> Approval:
    return Approval(
        id=row["id"],
        action_id=row["action_id"],
        given=row["given"],
        actor=row["actor"],
        roles=_TEXTS.validate_json(row["roles"]),
        reason=row["reason"],
        at=row["at"],
        binding=_BINDING.validate_json(row["binding"]),
    )

"""Pointers and actions: the state store's chapter on what production runs, and what changes it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.action import Action, ActionKind, ActionStatus, ApprovalNote, Binding, Gate, Pointer, Step
from core.errors import NotFound, StalePointer
from core.store import state_schema as tables
from core.store.ledger import Transaction

_GATES = TypeAdapter(tuple[Gate, ...])
_APPROVALS = TypeAdapter(tuple[ApprovalNote, ...])
_EVIDENCE = TypeAdapter(dict[str, str])
_BINDING = TypeAdapter(Binding | None)
_OPEN = (ActionStatus.RUNNING.value, ActionStatus.UNCONFIRMED.value, ActionStatus.WAITING_APPROVAL.value)


class PointerTable:
    """Keeps pointers and actions; see :class:`core.store.StateStore`, whose transactions it uses.

    Nothing is changed but by who knows what it was: see :class:`core.actions.recorder.Recorder`.
    """

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    # ---------------------------------------------------------------- reading

    def every(self, registry: str | None = None, model: str | None = None) -> list[Pointer]:
        """Return the pointers of one registry or model, or all, by registry, model and alias."""
        table = tables.pointers
        query = sa.select(table).order_by(table.c.registry, table.c.model, table.c.alias)
        if registry is not None:
            query = query.where(table.c.registry == registry)
        if model is not None:
            query = query.where(table.c.model == model)
        with self._reading() as connection:
            return [Pointer(**row) for row in connection.execute(query).mappings()]

    def get(self, registry: str, model: str, alias: str) -> Pointer | None:
        """Return one pointer, None where the alias was never seen."""
        with self._reading() as connection:
            row = connection.execute(sa.select(tables.pointers).where(*_key(registry, model, alias)))
            found = row.mappings().one_or_none()
        return None if found is None else Pointer(**found)

    def action(self, identity: str) -> Action:
        """Return one action; raises ``NotFound``."""
        query = sa.select(tables.actions).where(tables.actions.c.id == identity)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound("action", identity)
        return _action(row)

    def by_key(self, key: str) -> Action | None:
        """Return the action that was asked for under a key, or None."""
        query = sa.select(tables.actions).where(tables.actions.c.idempotency_key == key)
        with self._reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _action(row)

    def actions(
        self,
        *,
        registry: str | None = None,
        model: str | None = None,
        statuses: Iterable[ActionStatus] = (),
        limit: int = 200,
    ) -> list[Action]:
        """Return actions, the latest first; of one model, or in some of the states only."""
        table = tables.actions
        query = sa.select(table).order_by(table.c.asked_at.desc(), table.c.id).limit(limit)
        if registry is not None:
            query = query.where(table.c.registry == registry)
        if model is not None:
            query = query.where(table.c.model == model)
        wanted = [status.value for status in statuses]
        if wanted:
            query = query.where(table.c.status.in_(wanted))
        with self._reading() as connection:
            return [_action(row) for row in connection.execute(query).mappings()]

    def is_retired(self, key: str) -> bool:
        """Tell whether a model, by its key, was taken out of use and not been watched since."""
        query = sa.select(tables.monitors.c.retired_at).where(tables.monitors.c.model_key == key)
        with self._reading() as connection:
            return connection.execute(query).scalar_one_or_none() is not None

    def retired(self, keys: Sequence[str]) -> frozenset[str]:
        """Return those of some models, by key, that were taken out of use and not been watched since."""
        t = tables.monitors.c
        query = sa.select(t.model_key).where(t.model_key.in_(keys), t.retired_at.is_not(None))
        with self._reading() as connection:
            return frozenset(connection.scalars(query))

    # ---------------------------------------------------------------- writing

    def retire(self, registry: str, model: str, at: datetime) -> None:
        """Let nothing judge a model any more; what is known of it stays. Of one never watched, nothing."""
        table = tables.monitors
        running = (table.c.registry == registry, table.c.model == model, table.c.retired_at.is_(None))
        with self._writing() as connection:
            connection.execute(sa.update(table).where(*running).values(retired_at=at))

    def put(self, before: Pointer | None, after: Pointer) -> None:
        """Change a pointer, or add one (``before`` None).

        Raises
        ------
        StalePointer
            It is not what ``before`` says; nothing was changed.
        """
        table, where = tables.pointers, _key(after.registry, after.model, after.alias)
        row = {column.name: getattr(after, column.name) for column in table.c}
        with self._writing() as connection:
            if before is None:
                if connection.execute(sa.select(table.c.generation).where(*where)).one_or_none() is not None:
                    raise StalePointer(after.model, after.alias)
                connection.execute(sa.insert(table).values(row))
                return
            # SQL's = knows no null.
            same = (
                table.c.generation == before.generation,
                table.c.version.is_not_distinct_from(before.version),
                table.c.action_id.is_not_distinct_from(before.action_id),
            )
            if not connection.execute(sa.update(table).where(*where, *same).values(row)).rowcount:
                raise StalePointer(after.model, after.alias)

    def add(self, action: Action, *, key: str | None) -> None:
        """Put a new action on record, under an idempotency key of its own."""
        with self._writing() as connection:
            connection.execute(sa.insert(tables.actions).values({**_row(action), "idempotency_key": key}))

    def change(self, before: Action, after: Action) -> None:
        """Change an action.

        Raises
        ------
        StalePointer
            It is not as far as ``before`` says; nothing was changed.
        """
        table = tables.actions
        same = (
            table.c.id == before.id,
            table.c.status == before.status.value,
            table.c.step == before.step.value,
            table.c.attempt == before.attempt,
        )
        with self._writing() as connection:
            if not connection.execute(sa.update(table).where(*same).values(_row(after))).rowcount:
                raise StalePointer(after.model, after.alias)


def _key(registry: str, model: str, alias: str) -> tuple[sa.ColumnElement[bool], ...]:
    table = tables.pointers
    return table.c.registry == registry, table.c.model == model, table.c.alias == alias


def _row(action: Action) -> dict[str, object]:
    return {
        "id": action.id,
        "kind": action.kind.value,
        "registry": action.registry,
        "model": action.model,
        "alias": action.alias,
        "from_version": action.from_version,
        "to_version": action.to_version,
        "generation": action.generation,
        "status": action.status.value,
        "step": action.step.value,
        "reason": action.reason,
        "actor": action.actor,
        "asked_at": action.asked_at,
        "ended_at": action.ended_at,
        "sentence": action.sentence,
        "gates": _GATES.dump_json(action.gates).decode(),
        "approvals": _APPROVALS.dump_json(action.approvals).decode(),
        "evidence": _EVIDENCE.dump_json(dict(action.evidence)).decode(),
        "from_arrival": action.from_arrival,
        "attempt": action.attempt,
        "ledger_seq": action.ledger_seq,
        "binding": None if action.binding is None else _BINDING.dump_json(action.binding).decode(),
        "begun_at": action.begun_at,
    }


def _action(row: sa.RowMapping) -> Action:
    return Action(
        id=row["id"],
        kind=ActionKind(row["kind"]),
        registry=row["registry"],
        model=row["model"],
        alias=row["alias"],
        from_version=row["from_version"],
        to_version=row["to_version"],
        generation=row["generation"],
        status=ActionStatus(row["status"]),
        step=Step(row["step"]),
        reason=row["reason"],
        actor=row["actor"],
        asked_at=row["asked_at"],
        ended_at=row["ended_at"],
        sentence=row["sentence"],
        gates=_GATES.validate_json(row["gates"]),
        approvals=_APPROVALS.validate_json(row["approvals"]),
        evidence=_EVIDENCE.validate_json(row["evidence"]),
        from_arrival=row["from_arrival"],
        attempt=row["attempt"],
        ledger_seq=row["ledger_seq"],
        binding=None if row["binding"] is None else _BINDING.validate_json(row["binding"]),
        begun_at=row["begun_at"],
    )

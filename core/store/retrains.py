"""Retrainings in the state store: every change is one statement that names the state it starts from."""

from collections.abc import Iterable

import sqlalchemy as sa
from pydantic import TypeAdapter

from core.action import ActionStatus, ApprovalNote, Gate
from core.errors import Conflict, NotFound, StalePointer
from core.retrain import Retrain, RetrainKind, RetrainStep
from core.store import state_schema as tables
from core.store.ledger import Transaction

_GATES = TypeAdapter(tuple[Gate, ...])
_APPROVALS = TypeAdapter(tuple[ApprovalNote, ...])
_EVIDENCE = TypeAdapter(dict[str, str])


class RetrainTable:
    """Keeps retrainings; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def get(self, identity: str) -> Retrain:
        """Return one retraining; raises ``NotFound``."""
        found = self._one(tables.retrains.c.id == identity)
        if found is None:
            raise NotFound("retraining", identity)
        return found

    def by_key(self, key: str) -> Retrain | None:
        """Return the retraining that was asked for under a key, or None."""
        return self._one(tables.retrains.c.idempotency_key == key)

    def every(
        self,
        *,
        registry: str | None = None,
        model: str | None = None,
        statuses: Iterable[ActionStatus] = (),
        limit: int = 200,
    ) -> list[Retrain]:
        """Return retrainings, the latest first; of one model, or in some of the states only."""
        table = tables.retrains
        query = sa.select(table).order_by(table.c.asked_at.desc(), table.c.id).limit(limit)
        if registry is not None:
            query = query.where(table.c.registry == registry)
        if model is not None:
            query = query.where(table.c.model == model)
        wanted = [status.value for status in statuses]
        if wanted:
            query = query.where(table.c.status.in_(wanted))
        with self._reading() as connection:
            return [_retrain(row) for row in connection.execute(query).mappings()]

    def add(self, retrain: Retrain, *, key: str | None) -> None:
        """Put a new retraining on record, under an idempotency key of its own.

        Raises
        ------
        Conflict
            It runs, and another one of the model does.
        """
        table = tables.retrains
        running = sa.select(table.c.id).where(
            table.c.registry == retrain.registry,
            table.c.model == retrain.model,
            table.c.status == ActionStatus.RUNNING.value,
        )
        with self._writing() as connection:
            other = connection.execute(running).scalar()
            if other is not None and retrain.status is ActionStatus.RUNNING:
                raise Conflict(f"Retraining {other} of {retrain.model} is under way")
            connection.execute(sa.insert(table).values({**_row(retrain), "idempotency_key": key}))

    def change(self, before: Retrain, after: Retrain) -> None:
        """Change a retraining.

        Raises
        ------
        StalePointer
            It is not as far as ``before`` says; nothing was changed.
        """
        table = tables.retrains
        same = (
            table.c.id == before.id,
            table.c.status == before.status.value,
            table.c.step == before.step.value,
            table.c.attempt == before.attempt,
        )
        with self._writing() as connection:
            if not connection.execute(sa.update(table).where(*same).values(_row(after))).rowcount:
                raise StalePointer(after.model, f"retraining {after.id}")

    def _one(self, condition: sa.ColumnElement[bool]) -> Retrain | None:
        with self._reading() as connection:
            row = connection.execute(sa.select(tables.retrains).where(condition)).mappings().one_or_none()
        return None if row is None else _retrain(row)


def _row(retrain: Retrain) -> dict[str, object]:
    return {
        "id": retrain.id,
        "kind": retrain.kind.value,
        "registry": retrain.registry,
        "model": retrain.model,
        "from_version": retrain.from_version,
        "to_version": retrain.to_version,
        "generation": retrain.generation,
        "status": retrain.status.value,
        "step": retrain.step.value,
        "reason": retrain.reason,
        "actor": retrain.actor,
        "asked_by": retrain.trigger,
        "asked_at": retrain.asked_at,
        "ended_at": retrain.ended_at,
        "sentence": retrain.sentence,
        "gates": _GATES.dump_json(retrain.gates).decode(),
        "approvals": _APPROVALS.dump_json(retrain.approvals).decode(),
        "evidence": _EVIDENCE.dump_json(dict(retrain.evidence)).decode(),
        "job_id": retrain.job_id,
        "attempt": retrain.attempt,
        "ledger_seq": retrain.ledger_seq,
    }


def _retrain(row: sa.RowMapping) -> Retrain:
    return Retrain(
        id=row["id"],
        kind=RetrainKind(row["kind"]),
        registry=row["registry"],
        model=row["model"],
        from_version=row["from_version"],
        to_version=row["to_version"],
        generation=row["generation"],
        status=ActionStatus(row["status"]),
        step=RetrainStep(row["step"]),
        reason=row["reason"],
        actor=row["actor"],
        trigger=row["asked_by"],
        asked_at=row["asked_at"],
        ended_at=row["ended_at"],
        sentence=row["sentence"],
        gates=_GATES.validate_json(row["gates"]),
        approvals=_APPROVALS.validate_json(row["approvals"]),
        evidence=_EVIDENCE.validate_json(row["evidence"]),
        job_id=row["job_id"],
        attempt=row["attempt"],
        ledger_seq=row["ledger_seq"],
    )

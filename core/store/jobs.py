"""Jobs in the state store: every change of state is one statement that names the state it starts from."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from core.errors import NotFound
from core.job import Job, JobStatus, Plan
from core.store import state_schema as tables

Transaction: TypeAlias = Callable[[], AbstractContextManager[Connection]]

_PLAN = TypeAdapter(Plan)
_ABOUT = TypeAdapter(dict[str, str])
_RECENT = 5
_OPEN = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)


class JobTable:
    """Keeps jobs; see :class:`core.store.StateStore`, whose transactions it uses."""

    def __init__(self, reading: Transaction, writing: Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def add(self, job: Job, *, plan: Plan, key: str) -> Job:
        """Put a new job on record, or return the one that was asked for under the same key.

        A key is given up by a job that fails or is cancelled; one that is done keeps it.
        """
        table = tables.jobs
        with self._writing() as connection:
            known = connection.execute(sa.select(table).where(table.c.idempotency_key == key))
            if row := known.mappings().one_or_none():
                return _job(row)
            expected = _expected_s(connection, job.kind, job.model)
            added = replace(job, expected_s=expected)
            more = {"plan": _PLAN.dump_json(plan).decode(), "idempotency_key": key}
            connection.execute(sa.insert(table).values({**_row(added), **more}))
        return added

    def by_key(self, key: str) -> Job | None:
        """Return the job that holds a key, or None."""
        table = tables.jobs
        with self._reading() as connection:
            found = connection.execute(sa.select(table).where(table.c.idempotency_key == key))
            row = found.mappings().one_or_none()
        return None if row is None else _job(row)

    def get(self, identity: str) -> Job:
        """Return one job; raises ``NotFound``."""
        table = tables.jobs
        with self._reading() as connection:
            row = connection.execute(sa.select(table).where(table.c.id == identity)).mappings().one_or_none()
        if row is None:
            raise NotFound("job", identity, hint="See trimtab jobs for those that exist.")
        return _job(row)

    def plan(self, identity: str) -> Plan:
        """Return how a job is done; raises ``NotFound``."""
        query = sa.select(tables.jobs.c.plan).where(tables.jobs.c.id == identity)
        with self._reading() as connection:
            found = connection.execute(query).scalar_one_or_none()
        if found is None:
            raise NotFound("job", identity)
        return _PLAN.validate_json(found)

    def every(
        self,
        *,
        model: str | None = None,
        kind: str | None = None,
        open_only: bool = False,
        over_but: str | None = None,
        limit: int = 200,
    ) -> list[Job]:
        """Return jobs, the latest first; ``over_but`` leaves out those of a kind that are over."""
        table = tables.jobs
        query = sa.select(table).order_by(table.c.asked_at.desc(), table.c.id).limit(limit)
        if model is not None:
            query = query.where(table.c.model == model)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        if over_but is not None:
            query = query.where((table.c.kind != over_but) | table.c.status.in_(_OPEN))
        if open_only:
            query = query.where(table.c.status.in_(_OPEN))
        with self._reading() as connection:
            return [_job(row) for row in connection.execute(query).mappings()]

    def change(
        self, identity: str, *, out_of: Collection[JobStatus], **values: str | float | datetime | None
    ) -> bool:
        """Set fields of a job that is in one of these states; False, and nothing done, where it is not."""
        table = tables.jobs
        given = {
            name: str(value) if isinstance(value, JobStatus) else value for name, value in values.items()
        }
        if values.get("status") in {JobStatus.FAILED, JobStatus.CANCELLED}:
            given["idempotency_key"] = None
        where = table.c.id == identity, table.c.status.in_([status.value for status in out_of])
        with self._writing() as connection:
            return connection.execute(sa.update(table).where(*where).values(given)).rowcount > 0


def _expected_s(connection: Connection, kind: str, model: str) -> float | None:
    """Return the median duration of the latest runs of this model's, else of all, None before the first."""
    table = tables.jobs
    ended = sa.select(table.c.started_at, table.c.ended_at).where(
        table.c.kind == kind, table.c.status == JobStatus.DONE.value, table.c.started_at.is_not(None)
    )
    latest = ended.order_by(table.c.ended_at.desc()).limit(_RECENT)
    rows = connection.execute(latest.where(table.c.model == model)).all() or connection.execute(latest).all()
    spans = sorted((row.ended_at - row.started_at).total_seconds() for row in rows)
    return spans[len(spans) // 2] if spans else None


def _row(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "kind": job.kind,
        "model": job.model,
        "subject": job.subject,
        "about": _ABOUT.dump_json(dict(job.about)).decode(),
        "status": job.status.value,
        "actor": job.actor,
        "asked_at": job.asked_at,
        "share": job.share,
        "step": job.step,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "expected_s": job.expected_s,
        "attempt": job.attempt,
        "error": job.error,
        "result": job.result,
        "digest": job.digest,
    }


def _job(row: sa.RowMapping) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        model=row["model"],
        subject=row["subject"],
        about=_ABOUT.validate_json(row["about"]),
        status=JobStatus(row["status"]),
        actor=row["actor"],
        asked_at=row["asked_at"],
        share=row["share"],
        step=row["step"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        expected_s=row["expected_s"],
        attempt=row["attempt"],
        error=row["error"],
        result=row["result"],
        digest=row["digest"],
    )

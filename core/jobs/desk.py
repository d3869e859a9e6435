"""The desk of long work: what is asked for is on record first, then handed to the executor.

A job's folder (``spool/jobs/<id>``) holds all its child needs; only what is complete is moved out of it, in
one step, and only then is the job done. So a crash at any moment leaves a job that can begin again, or
begins never, and no half result.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path
from secrets import token_hex

from core.errors import Conflict, NotFound, TrimtabError
from core.job import LOG, Job, JobStatus, Plan
from core.jobs.pause import Pause
from core.keyed import OneAtATime
from core.ports import Clock, Executor, Outcome, Work
from core.store.jobs import JobTable

MAX_ATTEMPTS = 2
"""Work that was cut off begins anew once; work that takes its process down with it must not forever."""

_LOG_TAIL = 64_000
_PROGRESS_S = 0.5
_CANCEL_S = 3.0
_PAUSE_S = 0.05
_QUEUED = (JobStatus.QUEUED,)
_RUNNING = (JobStatus.RUNNING,)
_OPEN = (JobStatus.QUEUED, JobStatus.RUNNING)
_log = logging.getLogger("trimtab.jobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: of which kind, of which model, of what of it, and how it is done.

    The same ``key`` asked for again gives the same job, until that fails or is cancelled.
    """

    kind: str
    model: str
    subject: str
    about: Mapping[str, str]
    plan: Plan
    key: str


class JobDesk:
    """Takes jobs, has them done, and tells how they are; safe to use from several threads.

    Parameters
    ----------
    table
        Where jobs are on record.
    executor
        What does them; without one they wait for a process that has one.
    clock
        Tells the time.
    root
        The workspace's folder: results lie below it.
    folder
        Where each job has its own folder, on the same file system as ``root``.
    """

    def __init__(
        self, *, table: JobTable, executor: Executor | None, clock: Clock, root: Path, folder: Path
    ) -> None:
        self._table = table
        self._executor = executor
        self._clock = clock
        self._root = root
        self._folder = folder
        self._asking = OneAtATime()
        self.pause = Pause()
        self._handed: set[str] = set()
        self._cancelled_by: dict[str, str] = {}

    # ---------------------------------------------------------------- asking

    def ask(self, wanted: Wanted, *, actor: str, prepare: Callable[[Path], None]) -> Job:
        """Put a job on record and into the queue; the job that is there already if it was asked for before.

        Parameters
        ----------
        wanted
            What is asked for.
        actor
            Who asks.
        prepare
            Writes the inputs into the job's folder; what it raises is raised, and nothing is on record. It
            may take its time: only who asks for the same waits for it, and who erases persons.

        Raises
        ------
        Unavailable
            Persons are being erased, and that takes longer than one waits.
        """
        with self.pause.preparing(), self._asking.under(wanted.key):
            known = self._known(wanted.key)
            if known is not None:
                return known
            job = Job(
                id=token_hex(6),
                kind=wanted.kind,
                model=wanted.model,
                subject=wanted.subject,
                about=wanted.about,
                status=JobStatus.QUEUED,
                actor=actor,
                asked_at=self._clock.now(),
            )
            folder = self._folder / job.id
            try:
                folder.mkdir(parents=True)
                prepare(folder)
                plan = replace(wanted.plan, place=wanted.plan.place.replace("{id}", job.id))
                job = self._table.add(job, plan=plan, key=wanted.key)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        _log.info("job.asked id=%s kind=%s model=%s", job.id, job.kind, job.model)
        self._hand_over(job)
        return job

    def _known(self, key: str) -> Job | None:
        known = self._table.by_key(key)
        if known is None or known.result is None:
            return known
        error = ""
        if not self.result(known.id).is_file():
            error = "Its result is gone."
        elif not self.is_as_made(known):
            error = "Its result is not what was made."
        if not error:
            return known
        self._table.change(
            known.id, out_of=(JobStatus.DONE,), status=JobStatus.FAILED, result=None, error=error
        )
        return None

    def is_as_made(self, job: Job) -> bool:
        """Tell whether a job's result is what its child made; one made before digests were kept is."""
        try:
            return job.digest is None or job.digest == _digest(self.result(job.id))
        except (NotFound, OSError):
            return False

    def _hand_over(self, job: Job) -> None:
        if self._executor is None:
            return
        plan = self._table.plan(job.id)
        self._handed.add(job.id)
        work = Work(
            name=job.id,
            task=plan.task,
            folder=self._folder / job.id,
            time_limit_s=plan.time_limit_s,
            memory_limit_mb=plan.memory_limit_mb,
        )
        self._executor.submit(work, _Watcher(self, job.id))

    # ---------------------------------------------------------------- answers

    def get(self, identity: str) -> Job:
        """Return one job; raises ``NotFound``."""
        return self._table.get(identity)

    def every(
        self, *, model: str | None = None, kind: str | None = None, open_only: bool = False
    ) -> list[Job]:
        """Return jobs, the latest first."""
        return self._table.every(model=model, kind=kind, open_only=open_only)

    def result(self, identity: str) -> Path:
        """Return where the result of a job lies.

        Raises
        ------
        NotFound
            There is no such job, or it has no result.
        """
        job = self._table.get(identity)
        if job.result is None:
            raise NotFound("result of job", identity, hint=f"The job is {job.status.value}.")
        return self._root / job.result

    def log(self, identity: str, *, n_lines: int) -> list[str]:
        """Return the last lines that a job printed, while it waits or runs; empty afterwards.

        Raises
        ------
        NotFound
            There is no such job.
        """
        self._table.get(identity)
        try:
            with (self._folder / identity / LOG).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_TAIL))
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return []
        return text.splitlines()[-n_lines:]

    def cancel(self, identity: str, *, actor: str) -> Job:
        """End a job that waits, at once, or that runs, within seconds; one that is cancelled stays so.

        Raises
        ------
        NotFound
            There is no such job.
        Conflict
            It is done or has failed.
        """
        job = self._table.get(identity)
        if job.status in {JobStatus.DONE, JobStatus.FAILED}:
            raise Conflict(f"Job {identity} is over: it {_HOW[job.status]}", hint="Nothing was changed.")
        self._cancelled_by[identity] = actor
        handed = self._executor is not None and self._executor.cancel(identity)
        # What waits behind other work is not there for the executor to end before its turn comes.
        if not handed or job.status is JobStatus.QUEUED:
            self.end(identity, Outcome(status=JobStatus.CANCELLED))
        deadline = time.monotonic() + _CANCEL_S
        while not (job := self._table.get(identity)).status.over and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
        return job

    def drop(self, *, model: str | None = None, kind: str | None = None, actor: str) -> int:
        """End all work of a model or a kind, and have nothing left of it; return how much there was.

        A child that does not end within seconds is not waited for: what it makes is thrown away.
        """
        n = 0
        for job in self._table.every(model=model, kind=kind, open_only=True):
            try:
                over = self.cancel(job.id, actor=actor).status.over
            except Conflict:
                continue  # it has just ended
            if not over:
                self.end(job.id, Outcome(status=JobStatus.CANCELLED))
            n += 1
        return n

    # ---------------------------------------------------------------- life

    def recover(self) -> None:
        """Put right what a process left behind that owned the workspace before and ended in the middle.

        What ran waits again, or has failed where it was cut off too often; folders of jobs that are over,
        or never were on record, go.
        """
        waiting = set()
        for job in self._table.every(open_only=True):
            if job.status is JobStatus.RUNNING and job.attempt >= MAX_ATTEMPTS:
                self._fail(
                    job.id, f"It was cut off {job.attempt} times by the end of the process that did it."
                )
            elif not (self._folder / job.id).is_dir():
                self._fail(job.id, "Its input is gone.")
            else:
                waiting.add(job.id)
                self._requeue(job, attempt=job.attempt)
        for folder in self._folder.glob("*"):
            if folder.name not in waiting:
                shutil.rmtree(folder, ignore_errors=True)

    def start(self) -> None:
        """Hand everything that waits to the executor, the oldest first."""
        for job in reversed(self._table.every(open_only=True)):
            if job.status is JobStatus.QUEUED and job.id not in self._handed:
                self._hand_over(job)

    def close(self) -> None:
        """End all children; what they were doing waits for the next process, as if it had not begun."""
        if self._executor is None:
            return
        self._executor.close()
        for identity in sorted(self._handed):
            job = self._table.get(identity)
            if not job.status.over:
                self._requeue(job, attempt=max(0, job.attempt - 1))
        self._handed.clear()

    def _requeue(self, job: Job, *, attempt: int) -> None:
        if job.status is JobStatus.RUNNING:
            self._table.change(
                job.id,
                out_of=_RUNNING,
                status=JobStatus.QUEUED,
                share=0.0,
                step="Begins again",
                started_at=None,
                attempt=attempt,
            )

    def _fail(self, identity: str, sentence: str) -> None:
        self.end(identity, Outcome(status=JobStatus.FAILED, error=sentence))

    # ---------------------------------------------------------------- what the executor tells

    def begin(self, identity: str) -> bool:
        """Note that a child is about to begin; False where the job is no longer wanted."""
        job = self._table.get(identity)
        return self._table.change(
            identity,
            out_of=_QUEUED,
            status=JobStatus.RUNNING,
            started_at=self._clock.now(),
            attempt=job.attempt + 1,
            step="Starting",
        )

    def advance(self, identity: str, share: float, step: str) -> None:
        """Note how far a job is."""
        self._table.change(identity, out_of=_RUNNING, share=share, step=step)

    def end(self, identity: str, outcome: Outcome) -> None:
        """Put the end on record, after the result is in its place."""
        values: dict[str, str | float | None] = {"step": "", "error": outcome.error}
        status, plan = outcome.status, self._table.plan(identity)
        if status is JobStatus.DONE:
            try:
                values["digest"] = self._take(identity, plan)
                values |= {"result": plan.place, "share": 1.0}
            except OSError as error:
                status = JobStatus.FAILED
                values["error"] = f"Its result could not be stored: {error.strerror or error}."
        if status is JobStatus.CANCELLED:
            values["step"] = f"Cancelled by {self._cancelled_by.pop(identity, 'its owner')}"
        if status is not JobStatus.DONE:
            # An earlier attempt may have come as far as this and no further.
            (self._root / plan.place).unlink(missing_ok=True)
        changed = self._table.change(
            identity, out_of=_OPEN, status=status, ended_at=self._clock.now(), **values
        )
        if not changed and status is JobStatus.DONE and self._table.get(identity).status is not status:
            # It was cancelled while its result came to its place.
            (self._root / plan.place).unlink(missing_ok=True)
        self._handed.discard(identity)
        shutil.rmtree(self._folder / identity, ignore_errors=True)
        _log.info("job.ended id=%s status=%s", identity, status.value)

    def _take(self, identity: str, plan: Plan) -> str:
        """Move the output to its place, whole and on disk, and return its digest."""
        made, place = self._folder / identity / plan.output, self._root / plan.place
        with made.open("rb") as file:
            os.fsync(file.fileno())
        place.parent.mkdir(parents=True, exist_ok=True)
        digest = _digest(made)
        made.replace(place)
        return digest


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


_HOW = {JobStatus.DONE: "is done", JobStatus.FAILED: "failed"}


class _Watcher:
    """Puts on record what the executor tells of one job; where that fails, the next start puts it right."""

    def __init__(self, desk: JobDesk, identity: str) -> None:
        self._desk = desk
        self._identity = identity
        self._told_at = 0.0
        self._step = ""

    def started(self) -> bool:
        try:
            return self._desk.begin(self._identity)
        except TrimtabError as error:
            _log.warning("job.unrecorded id=%s cause=%s", self._identity, error)
            return False

    def progressed(self, share: float, step: str) -> None:
        now = time.monotonic()
        if step != self._step or now - self._told_at >= _PROGRESS_S:
            self._told_at, self._step = now, step
            self._try(lambda: self._desk.advance(self._identity, share, step))

    def ended(self, outcome: Outcome) -> None:
        self._try(lambda: self._desk.end(self._identity, outcome))

    def _try(self, put_down: Callable[[], None]) -> None:
        try:
            put_down()
        except TrimtabError as error:
            _log.warning("job.unrecorded id=%s cause=%s", self._identity, error)

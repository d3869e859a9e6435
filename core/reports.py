"""The deep report on demand: Evidently's page about one window and the reference, made as a job.

Control writes samples of both sides as Parquet files and loads neither Evidently nor pandas: the child does.
"""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from core import sourced
from core.children.evidently_report import CURRENT, OUTPUT, REFERENCE, REQUEST, Column, Kind, Request, Side
from core.config import Settings
from core.domain import Window
from core.errors import Conflict, NotFound
from core.job import Job, Plan
from core.jobs import JobDesk, Wanted
from core.ports import Clock
from core.profiles import reference as references
from core.profiles import snapshot
from core.profiles.relation import watched
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor
from core.views import words
from core.views.build.reports import basis_of, build_reports
from core.views.reports import ReportScope, ReportsView
from core.wire import moment

KIND = "report"
SAMPLE = 20_000
"""Rows of each side that a report looks at, at most; it says so on its first page."""

PLACE = "reports"
"""Below the workspace; `trimtab prune` keeps this folder small."""

_REQUEST = TypeAdapter(Request)


class Reports:
    """A workspace's deep reports: asked for, listed, shown.

    Parameters
    ----------
    store, state
        The two stores.
    jobs
        Where long work is asked for.
    clock
        Tells the time.
    settings
        The workspace's settings: what a job may use, and where the workspace lies.
    """

    def __init__(
        self, store: AnalyticsStore, state: StateStore, jobs: JobDesk, *, clock: Clock, settings: Settings
    ) -> None:
        self._store = store
        self._state = state
        self._jobs = jobs
        self._clock = clock
        self._settings = settings

    def make(self, model: str, *, window: int | None, version: str | None, actor: str) -> Job:
        """Ask for a report; the one that there is, made or under way, while nothing has changed since.

        Parameters
        ----------
        window
            Index of a judged window; None for the latest closed one.
        version
            Of this version's rows only; None for all.
        actor
            Who asks.

        Raises
        ------
        NotFound
            The model is not monitored, or there is no such window, or it holds no rows (of that version).
        Conflict
            The model has no reference, or no judged window, yet; or its rows lie elsewhere.
        """
        monitor, now = self._state.monitor(model), self._clock.now()
        sourced.refuse(monitor, "A report")
        with self._store.reading() as cursor:
            digest = references.digest(cursor, monitor.key)
            if digest is None:
                what = f"{monitor.spec.model} has no reference to compare with"
                raise Conflict(what, hint="Judge it first: trimtab monitor.")
            chosen = _window(cursor, monitor, window)
            wanted = _wanted(cursor, monitor, chosen, version, digest, self._settings)

            def prepare(folder: Path) -> None:
                _prepare(folder, cursor, monitor, chosen, version=version, now=now)

            return self._jobs.ask(wanted, actor=actor, prepare=prepare)

    def of_model(self, model: str) -> list[Job]:
        """Return a model's reports, the latest first: made, under way, and those that came to nothing."""
        monitor = self._state.monitor(model)
        every = self._jobs.every(model=monitor.spec.model, kind=KIND)
        return [job for job in every if job.about.get("model_key") == monitor.key]

    def view(self, scope: ReportScope) -> ReportsView:
        """Return what a page shows of a model's reports; raises ``NotFound``."""
        monitor, jobs = self._state.monitor(scope.model), self.of_model(scope.model)
        with self._store.reading() as cursor:
            return build_reports(
                cursor, monitor, jobs, root=self._settings.workspace.root, now=self._clock.now()
            )


def _wanted(
    cursor: Cursor,
    monitor: StoredMonitor,
    window: Window,
    version: str | None,
    digest: str,
    settings: Settings,
) -> Wanted:
    content = snapshot.content(cursor, monitor.layout, monitor.spec, window, reference_digest=digest)
    return Wanted(
        kind=KIND,
        model=monitor.spec.model,
        subject=_subject(window, version),
        about={
            "model_key": monitor.key,
            "window": str(window.index),
            "version": version or "",
            "arrived": str(snapshot.arrived(cursor, monitor.key)),
            "basis": basis_of(monitor, digest),
        },
        plan=Plan(
            task="evidently",
            output=OUTPUT,
            place=f"{PLACE}/{monitor.key}/{{id}}.html",
            time_limit_s=settings.job_time_s,
            memory_limit_mb=settings.job_memory_mb,
        ),
        key=f"{KIND}/{monitor.key}/{window.index}/{version or ''}/{content}",
    )


def _window(cursor: Cursor, monitor: StoredMonitor, index: int | None) -> Window:
    hint = "Windows are judged by trimtab monitor; trimtab verdicts lists them."
    if index is not None:
        found = snapshot.at(cursor, monitor.key, index)
        if found is None:
            raise NotFound("judged window with rows", str(index), hint=hint)
        return found
    found = snapshot.latest(cursor, monitor.key)
    if found is None:
        raise Conflict(f"No window of {monitor.spec.model} that holds rows is judged yet", hint=hint)
    return found


def _subject(window: Window, version: str | None) -> str:
    """Return a window in words.

    Examples
    --------
    >>> _subject(Window(index=7, start=None, end=None), "3")
    'window 7, version 3'
    """
    name = words.window(window.start, window.end, window.index)
    own = f"window {window.index}"
    return ", ".join(
        [own if name == own else f"{own} ({name})", *([f"version {version}"] if version else [])]
    )


def _prepare(
    folder: Path,
    cursor: Cursor,
    monitor: StoredMonitor,
    window: Window,
    *,
    version: str | None,
    now: datetime,
) -> None:
    layout, spec = monitor.layout, monitor.spec
    current = snapshot.window_rows(cursor, layout, spec, window)
    if version is not None:
        current = current.only(f"{current.v} = $version", version=version)
    columns = snapshot.named_columns(layout, spec)
    sides = {
        file: snapshot.write(cursor, rows, columns, folder / file, at_most=SAMPLE)
        for file, rows in ((REFERENCE, snapshot.all_reference_rows(layout, spec)), (CURRENT, current))
    }
    if not sides[CURRENT].n_rows:
        raise NotFound("row of this version in window", str(window.index), hint=f"Version: {version}.")
    request = Request(
        model=spec.model,
        version=version,
        window=words.window(window.start, window.end, window.index),
        task=spec.task.value,
        positive=spec.positive,
        scores=dict(spec.columns.scores),
        columns=_columns(monitor, tuple(columns)),
        reference=Side(**asdict(sides[REFERENCE])),
        current=Side(**asdict(sides[CURRENT])),
        made_at=moment(now.replace(microsecond=0)),
    )
    (folder / REQUEST).write_bytes(_REQUEST.dump_json(request))


def _columns(monitor: StoredMonitor, names: tuple[str, ...]) -> tuple[Column, ...]:
    layout, columns = watched(monitor.layout, monitor.spec), monitor.spec.columns
    targets: Kind = "numeric" if layout.numeric_target else "categorical"

    def column(name: str) -> Column:
        if name == columns.label:
            return Column(name=name, kind=targets, role="label")
        if name == columns.prediction:
            return Column(name=name, kind=targets, role="prediction")
        if name in layout.scores:
            return Column(name=name, kind="numeric", role="score")
        kind: Kind = "numeric" if name in layout.numeric else "categorical"
        return Column(name=name, kind=kind, role="feature")

    return tuple(column(name) for name in names)

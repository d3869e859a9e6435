"""A process that trains a model anew and kills itself at a chosen boundary: before or after an effect.

A boundary is a call that changes something: a transaction of the state store, the snapshot's file, the job on
record, the training child, its end, the registry's version and its alias. The child is a fast one that trains
nothing, and the registry a file, so that it outlives the process as a real one does.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

import pyarrow.parquet as pq

from core.action import Pointer
from core.config import Workspace, create_workspace, load_settings
from core.domain import ModelVersion
from core.job import JobStatus
from core.logs.upload import sniff
from core.ports import Candidate, Outcome, RegisteredModel, Watcher, Work
from core.retrain import TAG, Retrain
from core.store import AnalyticsStore, StateStore
from core.training import Wish, snapshot
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.faults.acting import KEY, NOW, Boundaries, Plan
from tests.loans import rows
from tests.made_candidate import TRAINED, done


class FileRegistry(FakeRegistry):
    """A registry whose versions and aliases lie in a file."""

    def __init__(self, folder: Path, boundaries: Boundaries) -> None:
        super().__init__()
        self._file, self._boundaries = folder / "registry.json", boundaries
        held = json.loads(self._file.read_text()) if self._file.exists() else {"aliases": {"champion": "1"}}
        versions = tuple(
            ModelVersion(registry="local", model="loans", version=version, tags=tags)
            for version, tags in held.get("versions", {"1": {}}).items()
        )
        self.registered["loans"] = RegisteredModel(
            registry="local", name="loans", aliases=held["aliases"], versions=versions
        )
        self.model_folders["loans", "1"] = folder / "files"

    def register(self, name: str, candidate: Candidate) -> str:
        found: list[str] = []
        self._boundaries.around(
            "version",
            lambda: found.append(super(FileRegistry, self).register(name, candidate)) or self._keep(),
        )
        return found[0]

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self._boundaries.around(
            "alias", lambda: (super(FileRegistry, self).set_alias(name, alias, version), self._keep())
        )

    def _keep(self) -> None:
        found = self.registered["loans"]
        held = {
            "aliases": dict(found.aliases),
            "versions": {one.version: dict(one.tags) for one in found.versions},
        }
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(held))
        part.replace(self._file)


class FastChild:
    """An executor whose children are done at once."""

    def __init__(self, boundaries: Boundaries) -> None:
        self._boundaries = boundaries

    def submit(self, work: Work, watcher: Watcher) -> None:
        if watcher.started():
            self._boundaries.around("child", lambda: done(work))
            self._boundaries.around("job over", lambda: watcher.ended(Outcome(status=JobStatus.DONE)))

    def cancel(self, name: str) -> bool:
        return False

    def close(self) -> None: ...


def make(folder: Path) -> None:
    """Make a workspace with a champion and fresh labelled rows."""
    (folder / "files").mkdir()
    (folder / "files" / "MLmodel").write_text("flavors: {}")
    pq.write_table(rows(-10, 10, n=30), folder / "reference.parquet")
    pq.write_table(rows(0, 4, n=60), folder / "rows.parquet")
    trimtab, _ = opened(folder, Plan())
    trimtab.refresh_registry()
    trimtab.watch(TRAINED, reference=sniff(folder / "reference.parquet"))
    trimtab.ingest("loans", sniff(folder / "rows.parquet"), kind="predictions")
    trimtab.close()


def opened(folder: Path, plan: Plan, *, at: datetime = NOW) -> tuple[Trimtab, Boundaries]:
    """Open the workspace as control does after a crash."""
    workspace = Workspace(folder / "workspace")
    settings = load_settings(workspace) if workspace.exists else create_workspace(workspace, {})
    boundaries = Boundaries(plan.at, when=plan.when)
    trimtab = Trimtab(
        settings=settings,
        store=AnalyticsStore.open(workspace.analytics),
        state=StateStore.open(workspace.state),
        registries={"local": FileRegistry(folder, boundaries)},
        clock=FixedClock(at),
        executor=FastChild(boundaries),
    )
    # The process goes on by itself at the moments that the test chooses.
    trimtab.training._by_itself = False
    bounded(trimtab.training.runner.recorder, "write", "record", boundaries)
    bounded(trimtab.jobs, "ask", "job", boundaries)
    trimtab.jobs.recover()
    return trimtab, boundaries


def bounded(owner: object, name: str, boundary: str, boundaries: Boundaries) -> None:
    """Make a method of an object a boundary."""
    whole: Callable[..., object] = getattr(owner, name)
    setattr(owner, name, lambda *args, **kw: boundaries.around(boundary, lambda: whole(*args, **kw)))


def retrain(folder: Path, plan: Plan) -> list[str]:
    """Train anew, up to the challenger; returns the boundaries passed."""
    trimtab, boundaries = opened(folder, plan)
    write = snapshot.write
    with mock.patch.object(
        snapshot, "write", lambda *args, **kw: boundaries.around("snapshot", lambda: write(*args, **kw))
    ):
        trimtab.training.ask(wish())
        trimtab.training.reconcile()
    trimtab.close()
    return boundaries.names


def wish() -> Wish:
    return Wish(model="loans", reason="because", actor="ann", key=KEY)


def recovered(folder: Path, plan: Plan) -> None:
    """Start again after a crash and do what is left; dies where the plan says so."""
    trimtab, _ = opened(folder, plan, at=NOW + timedelta(minutes=1))
    go_on(trimtab)
    trimtab.close()


def go_on(trimtab: Trimtab) -> None:
    """Do what control does at its start, and every few seconds."""
    trimtab.jobs.start()
    trimtab.runner.reconcile()
    trimtab.training.reconcile()
    trimtab.refresh_registry()


def last(trimtab: Trimtab) -> Retrain | None:
    return trimtab._state.retrains.by_key(KEY)


def challenger(trimtab: Trimtab) -> Pointer | None:
    return trimtab._state.pointers.get("local", "loans", "challenger")


def candidates(folder: Path) -> dict[str, str]:
    """Version → id of the retraining, of all that the registry's file holds."""
    file = folder / "registry.json"
    held = json.loads(file.read_text()) if file.exists() else {"versions": {}}
    return {version: tags[TAG] for version, tags in held["versions"].items() if TAG in tags}


def main(target: Callable[[Path, Plan], object], folder: Path, plan: Plan) -> None:
    target(folder, plan)

"""A process that changes production and kills itself at a chosen boundary: before or after a step's effect.

A boundary is a call that changes something: a transaction of the state store, the registry's alias, the
deployment. The registry and the deployment are files, so that they outlive the process as real ones do.
"""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.action import Action, ActionKind, Transition
from core.actions import Asked
from core.actions.recorder import Recorder
from core.config import Workspace, create_workspace, load_settings
from core.domain import ModelVersion
from core.errors import Conflict
from core.logs.upload import sniff
from core.ports import Order, RegisteredModel
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, UNGATED, rows

KEY = "the-click"
NOW = DAY_0 + timedelta(days=30)
NAMED = SPEC.replace("label: repaid", "label: repaid, version: served_by") + "deployment: prod\n"


class Boundaries:
    """Counts the calls that change something, and kills this process at one of them."""

    def __init__(self, at: int | None = None, *, when: str = "before") -> None:
        self.names: list[str] = []
        self._at = at
        self._when = when

    def around(self, name: str, effect: Callable[[], object]) -> object:
        """Make one effect; die before or after it where that is the chosen one."""
        number = len(self.names)
        self.names.append(name)
        if number == self._at and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        done = effect()
        if number == self._at and self._when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return done


class FileRegistry(FakeRegistry):
    """A registry whose aliases lie in a file."""

    def __init__(self, file: Path, boundaries: Boundaries) -> None:
        super().__init__()
        self._file, self._boundaries = file, boundaries
        aliases = json.loads(file.read_text()) if file.exists() else {"champion": "1"}
        versions = tuple(ModelVersion(registry="local", model="loans", version=str(i)) for i in (1, 2, 3))
        self.registered["loans"] = RegisteredModel(
            registry="local", name="loans", aliases=aliases, versions=versions
        )

    def set_alias(self, name: str, alias: str, version: str) -> None:
        self._boundaries.around("alias", lambda: self._put(name, alias, version))

    def drop_alias(self, name: str, alias: str) -> None:
        self._boundaries.around("alias", lambda: self._drop(name, alias))

    def _drop(self, name: str, alias: str) -> None:
        super().drop_alias(name, alias)
        self._keep(name)

    def _put(self, name: str, alias: str, version: str) -> None:
        super().set_alias(name, alias, version)
        self._keep(name)

    def _keep(self, name: str) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(dict(self.registered[name].aliases)))
        part.replace(self._file)


@dataclass
class FileDeployment:
    """A deployment that keeps the orders it took, and takes each id once; ``refuses`` takes none."""

    file: Path
    boundaries: Boundaries
    refuses: bool
    name: str = "prod"

    def deploy(self, order: Order) -> str:
        self.boundaries.around("deployment", lambda: self._take(order))
        if self.refuses:
            raise Conflict("it answered 422: no capacity")
        return "taken"

    def _take(self, order: Order) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps([order.id, order.to_version]) + "\n")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the process does: which change, whether the deployment refuses it, and where it dies."""

    kind: ActionKind = ActionKind.PROMOTE
    refuses: bool = False
    at: int | None = None
    when: str = "before"


def make(folder: Path) -> None:
    """Make a workspace in which v2 follows v1 as champion, with rows of both."""
    for day, version in ((-10, "1"), (0, "1"), (1, "2"), (2, "3")):
        table = rows(day, 10 if day < 0 else 1, n=60)
        named = table.append_column("served_by", pa.array([version] * len(table)))
        pq.write_table(named, folder / f"{day}.parquet")
    trimtab, _ = opened(folder, Plan())
    trimtab.refresh_registry()
    trimtab.watch(NAMED, reference=sniff(folder / "-10.parquet"), policy=UNGATED)
    trimtab.ingest("loans", sniff(folder / "0.parquet"), kind="predictions")
    trimtab.actions.ask(asked(ActionKind.PROMOTE, "2", key="before"))
    trimtab.ingest("loans", sniff(folder / "1.parquet"), kind="predictions")
    trimtab.runner.reconcile()
    trimtab.close()


def opened(folder: Path, plan: Plan, *, at: datetime = NOW) -> tuple[Trimtab, Boundaries]:
    """Open the workspace as control does after a crash, without any repair."""
    workspace = Workspace(folder / "workspace")
    settings = load_settings(workspace) if workspace.exists else create_workspace(workspace, {})
    boundaries = Boundaries(plan.at, when=plan.when)
    trimtab = Trimtab(
        settings=settings,
        store=AnalyticsStore.open(workspace.analytics),
        state=StateStore.open(workspace.state),
        registries={"local": FileRegistry(folder / "aliases.json", boundaries)},
        deployments={
            "prod": FileDeployment(file=folder / "orders.jsonl", boundaries=boundaries, refuses=plan.refuses)
        },
        clock=FixedClock(at),
    )
    for recorder in (trimtab.actions._recorder, trimtab.runner._recorder):
        _bound(recorder, boundaries)
    retiring = trimtab.runner._retiring
    archive = retiring.archive
    retiring.archive = lambda action: boundaries.around("archive", lambda: archive(action))  # type: ignore[method-assign,assignment,return-value]
    return trimtab, boundaries


def _bound(recorder: Recorder, boundaries: Boundaries) -> None:
    write = recorder.write

    def bounded(transition: Transition, *, key: str | None = None) -> object:
        return boundaries.around("record", lambda: write(transition, key=key))

    recorder.write = bounded  # type: ignore[method-assign,assignment]


def asked(kind: ActionKind, version: str | None, *, key: str = KEY) -> Asked:
    return Asked(kind=kind, model="loans", version=version, reason="because", actor="ann", key=key)


def act(folder: Path, plan: Plan) -> list[str]:
    """Change production, send rows of the new version, look at them; returns the boundaries passed."""
    trimtab, boundaries = opened(folder, plan)
    version = "3" if plan.kind is ActionKind.PROMOTE else "1"
    trimtab.actions.ask(asked(plan.kind, version))
    day = "2" if version == "3" else "0"
    if not plan.refuses:
        serve(trimtab, folder, day)
    trimtab.runner.reconcile()
    trimtab.close()
    return boundaries.names


def retire(folder: Path, plan: Plan) -> list[str]:
    """Take the model out of use; returns the boundaries passed."""
    trimtab, boundaries = opened(folder, plan)
    trimtab.actions.ask(asked(ActionKind.RETIRE, None))
    trimtab.runner.reconcile()
    trimtab.close()
    return boundaries.names


def serve(trimtab: Trimtab, folder: Path, day: str) -> None:
    """Let production serve the version of a day's rows, under ids that were never seen."""
    table = pq.read_table(folder / f"{day}.parquet")
    fresh = [f"{identity}-again" for identity in table["id"].to_pylist()]
    path = folder / "served.parquet"
    pq.write_table(table.set_column(table.column_names.index("id"), "id", [fresh]), path)
    trimtab.ingest("loans", sniff(path), kind="predictions")


def recovered(folder: Path, plan: Plan) -> None:
    """Start again after a crash and let the runner do what is left; dies where the plan says so."""
    trimtab, _ = opened(folder, plan, at=NOW + timedelta(minutes=1))
    trimtab.runner.reconcile()
    trimtab.close()


def last_action(trimtab: Trimtab) -> Action | None:
    return trimtab._state.pointers.by_key(KEY)


def main(target: Callable[[Path, Plan], object], folder: Path, plan: Plan) -> None:
    target(folder, plan)

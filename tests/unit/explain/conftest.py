"""A monitored model with rows; explanations are computed in this process, of a model made of one function."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.children.explaining import task
from core.children.explaining.request import OUTPUT
from core.children.model_files import ModelFiles
from core.config import Workspace, create_workspace
from core.domain import ModelVersion
from core.job import Job
from core.ports import RegisteredModel
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor, FakeRegistry, FixedClock
from tests.loans import SPEC, UNGATED, rows
from tests.unit.explain.made import Scored


def by_income(frame: pd.DataFrame) -> np.ndarray:
    """What production answered in the rows of :mod:`tests.loans`."""
    return 1 / (1 + np.exp(-2 * frame["income"].to_numpy(dtype=float)))


@dataclass
class Desk:
    """A workspace, and the hand that does the children's work."""

    trimtab: Trimtab
    registry: FakeRegistry
    executor: FakeExecutor
    clock: FixedClock
    files: Path
    steps: list[str] = field(default_factory=list)

    def do(self, job: Job) -> Job:
        if not job.status.over:
            assert self.executor.begin(job.id)
            folder = self.executor.waiting[job.id][0].folder
            task.run(folder, lambda _, step: self.steps.append(step))
            self.executor.finish(job.id, OUTPUT, (folder / OUTPUT).read_bytes())
        return self.trimtab.jobs.get(job.id)

    def row(self, row: str) -> Job:
        return self.do(self.trimtab.explaining.ask("loans", row, actor="ann"))

    def overall(self, version: str | None = None) -> Job:
        return self.do(self.trimtab.explaining.ask_overall("loans", version, actor="ann"))


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def trimtab(
    tmp_path: Path, registry: FakeRegistry, clock: FixedClock, executor: FakeExecutor, state_file: Path
) -> Iterator[Trimtab]:
    opened = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(state_file),
        registries={"local": registry},
        executor=executor,
        clock=clock,
    )
    yield opened
    opened.close()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Folders from which a model was loaded; what is loaded here is always the same function."""
    folders: list[str] = []

    def load(folder: Path) -> ModelFiles:
        assert (folder / "MLmodel").is_file()
        folders.append(str(folder))
        return ModelFiles(flavour="sklearn", model=Scored(by_income), inputs={})

    monkeypatch.setattr(task, "load", load)
    monkeypatch.setattr(task, "stay_offline", lambda: None)
    monkeypatch.setattr(task, "_loaded", {})
    return folders


@pytest.fixture
def desk(
    tmp_path: Path,
    trimtab: Trimtab,
    registry: FakeRegistry,
    clock: FixedClock,
    executor: FakeExecutor,
    file: Callable,
    loaded: list[str],
) -> Desk:
    files = tmp_path / "files"
    files.mkdir()
    (files / "MLmodel").write_text("flavors: {}")
    registry.registered["loans"] = RegisteredModel(
        registry="local",
        name="loans",
        aliases={"champion": "1"},
        versions=tuple(ModelVersion(registry="local", model="loans", version=one) for one in "12"),
    )
    registry.model_folders["loans", "1"] = registry.model_folders["loans", "2"] = files
    trimtab.refresh_registry()
    trimtab.watch(
        SPEC + "immutable: [channel]\npolicy: ungated.yaml\n", reference=file(rows(-2, 2)), policy=UNGATED
    )
    trimtab.ingest("loans", file(rows(0, 1)), kind="predictions")
    return Desk(trimtab, registry, executor, clock, files)

"""A monitored model with a champion, fresh labelled rows, and an executor that does what the test says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import Workspace, create_workspace
from core.domain import ModelVersion
from core.job import JobStatus
from core.ports import Outcome, RegisteredModel
from core.retrain import Retrain
from core.store import AnalyticsStore, StateStore
from core.training import Wish
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor, FakeRegistry, FixedClock
from tests.loans import rows
from tests.made_candidate import TRAINED, done


@pytest.fixture
def executor() -> FakeExecutor:
    return FakeExecutor()


@pytest.fixture
def registry(tmp_path: Path) -> FakeRegistry:
    made = FakeRegistry()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "MLmodel").write_text("flavors: {}")
    made.model_folders["loans", "1"] = tmp_path / "files"
    made.registered["loans"] = RegisteredModel(
        registry="local",
        name="loans",
        aliases={"champion": "1"},
        versions=(ModelVersion(registry="local", model="loans", version="1"),),
    )
    return made


@pytest.fixture
def trimtab(
    tmp_path: Path, registry: FakeRegistry, clock: FixedClock, executor: FakeExecutor
) -> Iterator[Trimtab]:
    opened = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(tmp_path / "state.db"),
        registries={"local": registry, "prod": FakeRegistry(name="prod", writable=False)},
        clock=clock,
        executor=executor,
    )
    # The tests say when it goes on.
    opened.training._by_itself = False
    yield opened
    opened.close()


@pytest.fixture
def loans(trimtab: Trimtab, file) -> Trimtab:
    trimtab.refresh_registry()
    trimtab.watch(TRAINED, reference=file(rows(-10, 10, n=40)))
    trimtab.ingest("loans", file(rows(0, 5, n=80)), kind="predictions")
    return trimtab


@pytest.fixture
def ask(loans: Trimtab) -> Callable[..., Retrain]:
    def asked(**how: object) -> Retrain:
        wish = {"model": "loans", "reason": "because", "actor": "ann", **how}
        return loans.training.ask(Wish(**wish))

    return asked


@pytest.fixture
def go_on(loans: Trimtab, executor: FakeExecutor) -> Callable[[], Retrain]:
    """Let everything be done that can be: the children hand back a candidate, and what is found of it."""

    def on() -> Retrain:
        loans.training.reconcile()
        while executor.waiting:
            for name in list(executor.waiting):
                executor.begin(name)
                done(executor.waiting[name][0])
                executor.end(name, Outcome(status=JobStatus.DONE))
            loans.training.reconcile()
        return loans.training.every("loans")[0]

    return on

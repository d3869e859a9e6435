"""One watched and judged model with a promoted champion, and the API and commands over it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.action import ActionKind
from core.actions import Asked
from core.children import evidence_zip
from core.client import Client
from core.client.transports import InProcess
from core.config import Workspace, create_workspace
from core.domain import ModelVersion
from core.job import JobStatus
from core.ports import Outcome, RegisteredModel, VersionRecord, Watcher, Work
from core.server.app import create_app
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor, FakeRegistry, FixedClock
from tests.loans import SPEC, UNGATED, rows


class AtOnce(FakeExecutor):
    """Does evidence's work as it comes, in this process; whatever else there is waits."""

    def submit(self, work: Work, watcher: Watcher) -> None:
        super().submit(work, watcher)
        if work.task == "evidence" and not self.closed:
            self.begin(work.name)
            evidence_zip.run(work.folder, watcher.progressed)
            self.end(work.name, Outcome(status=JobStatus.DONE))


OWNED = f"{SPEC}\nowner: credit-risk\nunit: lending\nuse_case: credit\n"


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def executor() -> FakeExecutor:
    return AtOnce()


@pytest.fixture
def trimtab(
    tmp_path: Path,
    registry: FakeRegistry,
    clock: FixedClock,
    state_file: Path,
    executor: FakeExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Trimtab]:
    # It holds for a process and for good: this one has other tests to run.
    monkeypatch.setattr(evidence_zip, "stay_offline", lambda: None)
    opened = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(state_file),
        registries={"local": registry, "prod": FakeRegistry(name="prod", writable=False)},
        executor=executor,
        clock=clock,
    )
    yield opened
    opened.close()


@pytest.fixture
def loans(trimtab: Trimtab, registry: FakeRegistry, file: Callable) -> Trimtab:
    versions = tuple(
        ModelVersion(registry="local", model="loans", version=name, run_id=f"r{name}") for name in "12"
    )
    registry.registered["loans"] = RegisteredModel(
        registry="local", name="loans", aliases={"champion": "1"}, versions=versions
    )
    registry.registered["bare"] = RegisteredModel(registry="local", name="bare", aliases={}, versions=())
    registry.records = {("loans", "2"): VersionRecord(params={"c": "1"}, data={"train/training": "d9"})}
    trimtab.refresh_registry()
    policied = f"{OWNED}policy: ungated\n"
    trimtab.watch(policied, reference=file(rows(-3, 3, n=100)), policy=UNGATED)
    trimtab.ingest("loans", file(rows(0, 3, n=100)), kind="predictions")
    trimtab.monitor()
    trimtab.actions.ask(
        Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="better", actor="ann")
    )
    trimtab.refresh_registry()
    return trimtab


@pytest.fixture
def client(loans: Trimtab) -> Iterator[Client]:
    with Client(InProcess(create_app(loans, token="t"), closing=lambda: None), token="t") as client:
        yield client


@pytest.fixture
def run(loans: Trimtab, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    app = create_app(loans, token="t")

    def connected(*_: Any, **__: Any) -> Client:
        return Client(InProcess(app, closing=lambda: None), token="t")

    monkeypatch.setattr("core.client.connect", connected)

    def called(*arguments: str | Path) -> Result:
        root = str(loans.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*map(str, arguments), "--workspace", root], prog_name="trimtab")

    return called

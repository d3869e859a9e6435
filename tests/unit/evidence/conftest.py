"""One watched and judged model with a promoted champion, and the API and commands over it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.action import ActionKind
from core.actions import Asked
from core.client import Client
from core.client.transports import InProcess
from core.domain import ModelVersion
from core.ports import RegisteredModel, VersionRecord
from core.server.app import create_app
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry
from tests.loans import SPEC, UNGATED, rows

OWNED = f"{SPEC}\nowner: credit-risk\nunit: lending\nuse_case: credit\n"


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


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

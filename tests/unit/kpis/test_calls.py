"""Figures of a workspace, over the wire and on the command line."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from core import cli
from core.client import Client
from core.client.transports import InProcess
from core.domain import ModelVersion
from core.errors import InvalidInput
from core.ports import RegisteredModel
from core.server.app import create_app
from core.trimtab import Trimtab
from core.views.kpis import KpiScope
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import SPEC, UNGATED, rows


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def client(trimtab: Trimtab, registry: FakeRegistry, clock: FixedClock, file: Callable) -> Iterator[Client]:
    for name in ("loans", "bare"):
        versions = [
            ModelVersion(registry="local", model=name, version=str(i), created_at=clock.now()) for i in (1, 2)
        ]
        registry.registered[name] = RegisteredModel(
            registry="local", name=name, aliases={"champion": "1"}, versions=tuple(versions)
        )
    trimtab.refresh_registry()
    spec = SPEC + "owner: credit\nunit: lending\nregion: north\n"
    trimtab.watch(spec, reference=file(rows(-3, 3, n=60)), policy=UNGATED)
    clock.at += timedelta(days=3)
    app = create_app(trimtab, token="t")
    with Client(InProcess(app, closing=lambda: None), token="t") as client:
        client.promote("bare", "2", reason="better")
        clock.at += timedelta(days=1)
        yield client


def test_figures_of_all_and_of_each_group(client: Client, trimtab: Trimtab) -> None:
    view = client.kpis(by="owner", since="3650d")
    assert [(one.name, one.n_models) for one in view.groups] == [
        ("all models", 2), ("credit", 1), ("not said", 1)
    ]  # fmt: skip
    for by, name in (("unit", "lending"), ("region", "north")):
        groups = client.kpis(by=by, since="3650d").groups
        assert [one.name for one in groups] == ["all models", name, "not said"]
    known = {one.name: one for one in view.groups[0].kpis}
    assert (known["monitored"].value, known["validated"].value) == (0.5, 0.0)
    assert known["deployment_frequency"].reason == "4 days on record; a frequency needs 30"
    assert (known["deployment_frequency"].n, known["lead_time"].n) == (1, 1)
    assert known["lead_time"].reason == "1 promotion; a median needs 5"
    assert all((one.value is None) == bool(one.reason) for group in view.groups for one in group.kpis)
    assert view.maturity[0].level == 2
    with pytest.raises(InvalidInput, match=r"by.*groups nothing"):
        client.kpis(by="mood")
    with pytest.raises(InvalidInput, match="future"):
        trimtab.kpis.view(KpiScope(since=trimtab._clock.now() + timedelta(days=1)))


def test_the_command_prints_figures_and_what_would_raise_the_level(
    client: Client, trimtab: Trimtab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.client.connect", lambda *_, **__: client)
    monkeypatch.setattr(client, "close", lambda: None)

    def run(*arguments: str) -> Any:
        root = str(trimtab.settings.workspace.root)
        said = CliRunner().invoke(cli.main, ["kpis", *arguments, "--workspace", root], prog_name="trimtab")
        assert said.exit_code == 0, said.output
        return said

    text = run("--by", "region").stdout
    assert "Fleet monitored" in text
    assert "north (1)" in text
    assert "Maturity of model: 1 of 5" in text
    assert "to raise it: Validate champions" in text
    assert len(json.loads(run("--json").stdout)["maturity"]) == 3

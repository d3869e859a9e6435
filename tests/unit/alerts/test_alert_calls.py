"""Alerts and maintenance over the API: client and commands get the same, on a whole workspace."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.alert_settings import AlertSettings, ChannelSettings
from core.client import Client
from core.client.transports import InProcess
from core.config import Workspace, create_workspace
from core.errors import NotFound, Unavailable
from core.server.app import create_app
from core.server.exposition import Figures
from core.server.identity import operating_user
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.activity import ActivityScope
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import SPEC, rows


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def trimtab(tmp_path, chat, beacon, clock) -> Iterator[Trimtab]:
    settings = create_workspace(Workspace(tmp_path / "workspace"), {})
    alerts = AlertSettings(channels=(ChannelSettings(name="chat", url_env="CHAT"),))
    opened = Trimtab(
        settings=replace(settings, alerts=alerts),
        store=AnalyticsStore.open(None),
        state=StateStore.open(tmp_path / "state.db"),
        registries={"local": FakeRegistry()},
        channels={"chat": chat},
        beacon=beacon,
        clock=clock,
    )
    yield opened
    opened.close()


@pytest.fixture
def drifted(trimtab, file) -> Trimtab:
    trimtab.watch(SPEC + "runbook: wiki/loans\n", reference=file(rows(-10, 10)))
    trimtab.ingest("loans", file(rows(0, 3)), kind="predictions")
    trimtab.ingest("loans", file(rows(3, 3, shift=3.0, labels=False)), kind="predictions")
    trimtab.monitor()
    return trimtab


@pytest.fixture
def client(trimtab: Trimtab) -> Iterator[Client]:
    with Client(InProcess(create_app(trimtab, token="t"), closing=lambda: None), token="t") as client:
        yield client


@pytest.fixture
def run(trimtab: Trimtab, monkeypatch: pytest.MonkeyPatch) -> Any:
    app = create_app(trimtab, token="t")
    monkeypatch.setattr(
        "core.client.connect", lambda *_, **__: Client(InProcess(app, closing=lambda: None), token="t")
    )

    def called(*arguments: str) -> Result:
        root = str(trimtab.settings.workspace.root)
        return CliRunner().invoke(cli.main, [*arguments, "--workspace", root], prog_name="trimtab")

    return called


def tended(trimtab: Trimtab, clock: FixedClock) -> None:
    trimtab.alerts.tend()
    clock.at += timedelta(seconds=20)
    trimtab.alerts.tend()


def test_an_incident_of_the_loop_is_told_and_its_alert_survives_the_wire(drifted, client, clock, chat):
    tended(drifted, clock)
    by_rule = {one.rule: one for one in drifted.incidents()}
    assert len(chat.taken) == len(by_rule)
    assert any(text.startswith(by_rule["drift"].cause) for _, text in chat.taken)
    assert all("Runbook: wiki/loans" in text for _, text in chat.taken)
    assert client.alerts() == drifted.alerts.latest()
    assert {one.status.value for one in client.alerts()} == {"sent"}


def test_a_channel_is_tried(client, chat, run):
    client.test_alert("chat")
    assert run("alerts", "--test", "chat").exit_code == 0
    assert len(chat.taken) == 2
    with pytest.raises(NotFound, match="fax"):
        client.test_alert("fax")
    chat.down = "it answered 401"
    with pytest.raises(Unavailable, match="401"):
        client.test_alert("chat")
    assert run("alerts", "--test", "chat").exit_code == 3


def test_maintenance_by_command(drifted, run, client):
    asked = ("maintenance", "add", "loans", "--until", "2h", "--reason", "new feed", "--json")
    planned = json.loads(run(*asked).stdout)
    assert set(planned) == {"id", "model", "starts_at", "ends_at", "reason", "actor", "ended_by"}
    assert (planned["model"], planned["actor"], planned["ended_by"]) == ("loans", operating_user(), None)
    (listed,) = json.loads(run("maintenance", "list", "--json").stdout)
    assert listed == planned
    assert "loans" in run("maintenance", "list").stdout
    ended = json.loads(run("maintenance", "end", planned["id"], "--json").stdout)
    assert ended["ended_by"] == operating_user()
    assert run("maintenance", "list").stdout.strip() == "No maintenance runs or is planned."
    assert [one.id for one in client.maintenance(over=True)] == [planned["id"]]
    assert run("maintenance", "end", "nothing").exit_code == 2
    assert run("alerts").stdout.strip() == "Nothing was told yet."


def test_maintenance_of_every_model_is_asked_for_in_so_many_words(run, client):
    assert run("maintenance", "add", "--until", "2h", "--reason", "r").exit_code == 2
    assert run("maintenance", "add", "loans", "--all", "--until", "2h", "--reason", "r").exit_code == 2
    done = run("maintenance", "add", "--all", "--from", "1h", "--until", "2h", "--reason", "r")
    assert "nobody is called about any model from" in done.stdout
    (span,) = client.maintenance()
    assert span.ends_at - span.starts_at < timedelta(hours=1, seconds=5)


def test_pages_show_maintenance_and_the_incident_of_a_link(drifted, client, clock):
    quiet = client.plan_maintenance("loans", until="2h", reason="new feed")
    (first, *_) = drifted.incidents()
    clock.at += timedelta(seconds=5)
    view = client.activity_view(ActivityScope(model="loans", incident=first.id))
    assert view.unresolved[0].incident.id == first.id
    assert view.maintenance == (quiet,)
    assert view.quiet(first) == quiet
    assert view.closed is None
    assert "Maintenance from" in view.events[0].sentence
    assert view.events[0].sentence.endswith("nobody is called: new feed.")
    drifted.resolve(first.id, "a typing error", "ann")
    clock.at += timedelta(hours=3)
    view = client.activity_view(ActivityScope(incident=first.id))
    assert view.closed is not None
    assert (view.closed.id, view.closed.resolution) == (first.id, "a typing error")
    assert view.maintenance == ()


def test_doctor_and_figures_tell_how_alerts_do(drifted, client, clock, beacon):
    tended(drifted, clock)
    drifted.alerts.ping(None)
    checks = {one.name: one for one in client.doctor()}
    assert checks["channel chat"].ok
    assert checks["heartbeat"].ok
    text = Figures(drifted, ()).text().decode()
    n_sent = len(drifted.incidents())
    assert f'trimtab_alerts{{status="sent"}} {float(n_sent)}' in text
    assert 'trimtab_alerts{status="given_up"} 0.0' in text
    (pinged,) = [line for line in text.splitlines() if line.startswith("trimtab_heartbeat_last_ping")]
    assert float(pinged.split()[1]) == pytest.approx(clock.at.timestamp())

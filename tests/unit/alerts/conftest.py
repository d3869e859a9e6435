"""A desk over a real state store, with channels and a clock of our own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from core.alert_settings import AlertSettings, ChannelSettings, Route
from core.alerts import AlertDesk, MaintenanceDesk
from core.domain import Incident, IncidentStatus, Severity, Task
from core.ledger import Ledger
from core.spec import Columns, Layout, MonitorSpec, ReferenceRule, WindowRule
from core.store import StateStore
from tests.fakes import FakeChannel, FixedClock
from tests.unit.policy.builders import DAY, START, window

SETTINGS = AlertSettings(
    channels=(ChannelSettings(name="chat", url_env="CHAT"), ChannelSettings(name="pager", url_env="PAGER")),
    routes=(Route(name="all", channels=("chat", "pager")),),
    link="https://pane.example",
)


def made(model: str = "loan", **more: object) -> Incident:
    given = {
        "id": f"i-{model}",
        "model": model,
        "severity": Severity.WARNING,
        "status": IncidentStatus.OPEN,
        "opened_at": START + 2 * DAY,
        "first_window": window(0),
        "last_window": window(1),
        "cause": "Drift on age since window 0",
        "rule": "drift",
        "features": ("age",),
        "verdicts": (f"v-{model}",),
        "faults": ("drift:age",),
        **more,
    }
    return Incident(**given)  # type: ignore[arg-type]


def closed(incident: Incident) -> Incident:
    return replace(
        incident, status=IncidentStatus.RESOLVED, resolution="Closed by its rule: x.", resolved_at=START
    )


@pytest.fixture
def state() -> Iterator[StateStore]:
    opened = StateStore.open(None)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def chat() -> FakeChannel:
    return FakeChannel("chat")


@pytest.fixture
def pager() -> FakeChannel:
    return FakeChannel("pager")


@pytest.fixture
def beacon() -> FakeChannel:
    return FakeChannel("heartbeat")


@pytest.fixture
def settings() -> AlertSettings:
    return SETTINGS


@pytest.fixture
def desk(state, clock, chat, pager, beacon, settings) -> AlertDesk:
    return AlertDesk(
        settings, state=state, channels={"chat": chat, "pager": pager}, beacon=beacon, clock=clock
    )


@pytest.fixture
def ledger(state, clock, tmp_path) -> Ledger:
    return Ledger(state, keys=tmp_path, clock=clock)


@pytest.fixture
def maintenance(state, ledger, clock) -> MaintenanceDesk:
    return MaintenanceDesk(state, ledger, clock)


@pytest.fixture
def watched(state, clock) -> Callable[..., None]:
    """Monitor a model as a spec says."""

    def watch(model: str = "loan", **of_spec: object) -> None:
        spec = MonitorSpec(
            model=model,
            registry="local",
            task=Task.BINARY,
            columns=Columns(prediction="y"),
            window=WindowRule(every=DAY),
            reference=ReferenceRule(),
            **of_spec,  # type: ignore[arg-type]
        )
        layout = Layout(
            key=model.ljust(12, "0"),
            numeric={},
            categorical={},
            sensitive={},
            scores={},
            numeric_target=False,
        )
        state.save_monitor(spec, layout, now=clock.at)

    return watch


@pytest.fixture
def pass_by(desk, clock) -> Callable[..., None]:
    """Let some time go by, then let the desk look, and look again once openings had time to settle."""

    def later(**span: float) -> None:
        clock.at += timedelta(**span)
        desk.tend()
        clock.at += timedelta(seconds=20)
        desk.tend()

    return later

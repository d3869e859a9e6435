"""What a spec asks for by itself: once a period, once an incident, and never past a guard."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from core.action import ActionKind, ActionStatus
from core.actions import Asked
from core.domain import Incident, IncidentStatus, Severity, Window
from core.errors import Unavailable
from core.training import Wish
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import rows
from tests.made_candidate import TRAINED


def incident(rule: str = "drift", status: IncidentStatus = IncidentStatus.OPEN, name: str = "i1") -> Incident:
    window = Window(index=3, start=None, end=None)
    return Incident(
        id=name,
        model="loans",
        severity=Severity.WARNING,
        status=status,
        opened_at=FixedClock().now(),
        first_window=window,
        last_window=window,
        cause="Drift on 1 of 2 features",
        rule=rule,
        features=(),
        verdicts=(),
    )


@pytest.fixture
def by_itself(loans: Trimtab, file):
    def watched(trigger: str) -> Trimtab:
        text = TRAINED.replace("registry}", f"registry, {trigger}}}")
        loans.watch(text, reference=file(rows(-10, 10, n=40)))
        return loans

    return watched


def test_nothing_asks_where_no_spec_does(loans: Trimtab, clock: FixedClock) -> None:
    loans._state.save_incidents([incident()])
    clock.at += timedelta(days=400)
    loans.training.tend()
    assert loans.training.every() == []


def test_a_schedule_asks_once_a_period(by_itself, go_on, clock: FixedClock) -> None:
    trimtab = by_itself("trigger: {every: 30d}")
    trimtab.training.tend()
    assert trimtab.training.every() == [], "it was watched a moment ago"
    clock.at += timedelta(days=30)
    for _ in range(3):
        trimtab.training.tend()
    (asked,) = trimtab.training.every()
    assert (asked.actor, asked.trigger, asked.reason) == (
        "trimtab",
        "schedule",
        "every 30d, as the spec says",
    )
    assert go_on().status is ActionStatus.DONE
    trimtab.training.tend()
    assert len(trimtab.training.every()) == 1
    clock.at += timedelta(days=30)
    trimtab.training.tend()
    assert len(trimtab.training.every()) == 2


@pytest.mark.parametrize(
    ("found", "n"),
    [
        (incident(), 1),
        (incident("performance", IncidentStatus.ACKNOWLEDGED), 1),
        (incident("quality"), 0),
        (incident("fairness"), 0),
        (incident(status=IncidentStatus.SNOOZED), 0),
        (incident(status=IncidentStatus.RESOLVED), 0),
    ],
)
def test_an_incident_asks_once(by_itself, go_on, found: Incident, n: int) -> None:
    trimtab = by_itself("trigger: {verdict: FAIL}")
    trimtab._state.save_incidents([found])
    trimtab.training.tend()
    assert len(trimtab.training.every()) == n
    if n:
        assert go_on().reason == "incident i1: Drift on 1 of 2 features"
        trimtab.training.tend()
        assert len(trimtab.training.every()) == 1


def test_the_budget_holds_for_it_too(by_itself, go_on, clock: FixedClock) -> None:
    trimtab = by_itself("trigger: {verdict: FAIL}, budget: {per_month: 1}")
    trimtab.training.ask(Wish(model="loans", reason="because", actor="ann"))
    go_on()
    trimtab._state.save_incidents([incident()])
    for _ in range(3):
        trimtab.training.tend()
    refused, _ = sorted(trimtab.training.every(), key=lambda one: one.status is not ActionStatus.REFUSED)
    assert [gate.rule for gate in refused.gates] == ["within budget"]
    assert len(trimtab.training.every()) == 2, "refused once"


def test_a_registry_that_is_away_is_asked_again(by_itself, registry: FakeRegistry) -> None:
    trimtab = by_itself("trigger: {verdict: FAIL}")
    trimtab._state.save_incidents([incident()])
    registry.down = True
    trimtab.training.tend()
    with pytest.raises(Unavailable):
        trimtab.training.ask(Wish(model="loans", reason="because", actor="ann"))
    assert trimtab.training.every() == []
    registry.down = False
    trimtab.training.tend()
    assert len(trimtab.training.every()) == 1


def test_a_retired_model_is_left_alone(by_itself, clock: FixedClock) -> None:
    trimtab = by_itself("trigger: {every: 30d}")
    asked = Asked(kind=ActionKind.RETIRE, model="loans", version=None, reason="over", actor="ann")
    trimtab.actions.ask(asked)
    clock.at += timedelta(days=60)
    trimtab.training.tend()
    assert trimtab.training.every() == []


def test_a_slow_registry_keeps_only_its_model_waiting(
    loans: Trimtab, registry: FakeRegistry, file, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, begun = threading.Event(), threading.Event()
    asked = registry.model

    def stuck(name: str):
        if name == "loans":
            begun.set()
            assert slow.wait(30)
        return asked(name)

    other = replace(registry.registered["loans"], name="others")
    registry.registered["others"] = other
    loans.watch(TRAINED.replace("model: loans", "model: others"), reference=file(rows(-10, 10, n=40)))
    monkeypatch.setattr(registry, "model", stuck)
    wish = Wish(model="loans", reason="because", actor="ann")
    waiting = threading.Thread(target=lambda: loans.training.ask(wish))
    waiting.start()
    assert begun.wait(30)
    assert loans.training.ask(replace(wish, model="others")).model == "others"
    slow.set()
    waiting.join(30)
    assert [one.model for one in loans.training.every("loans")] == ["loans"]

"""What is told of an incident: each turn once per channel, escalated while nobody looks after it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.alert import Alert, AlertEvent, AlertStatus, Told
from core.alert_settings import Route
from core.alerts import planning
from core.domain import Incident, IncidentStatus, Severity
from tests.unit.policy.builders import NOW, window

MINUTE = timedelta(minutes=1)
ROUTE = Route(name="all", channels=("chat", "pager", "boss"), escalate_after=15 * MINUTE)
INCIDENT = Incident(
    id="i1",
    model="loan",
    severity=Severity.WARNING,
    status=IncidentStatus.OPEN,
    opened_at=NOW,
    first_window=window(0),
    last_window=window(1),
    cause="Drift on age",
    rule="drift",
    features=("age",),
    verdicts=("v",),
)
CLOSED = replace(
    INCIDENT, status=IncidentStatus.RESOLVED, resolution="Closed by its rule: x", resolved_at=NOW
)


class Outbox:
    """Looks again and again, and lets every channel take what it is sent."""

    def __init__(self, *routes: Route) -> None:
        self.routes = routes or (ROUTE,)
        self.told: Told | None = None
        self.alerts: list[Alert] = []

    def look(self, incident: Incident, at: datetime, *, taken: bool = True) -> list[tuple[str, str]]:
        """Return what is new, as event and channel."""
        self.told, made = planning.plan(incident, self.told, self.alerts, lambda: self.routes, at)
        self.alerts += [planning.sent(one, at) if taken else one for one in made]
        return [(one.event.value, one.channel) for one in made]


def test_an_opening_is_told_once_after_the_others_had_time_to_join():
    box = Outbox()
    assert box.look(INCIDENT, NOW) == [("opened", "chat")]
    _, (alert,) = planning.plan(INCIDENT, None, [], lambda: [ROUTE], NOW)
    assert alert.next_at == NOW + planning.SETTLE
    assert box.look(INCIDENT, NOW + MINUTE) == []


def test_nobody_acknowledging_calls_the_next_channel_and_then_the_next():
    box = Outbox()
    box.look(INCIDENT, NOW)
    assert box.look(INCIDENT, NOW + 14 * MINUTE) == []
    assert box.look(INCIDENT, NOW + 15 * MINUTE) == [("escalated", "pager")]
    assert box.look(INCIDENT, NOW + 29 * MINUTE) == []
    assert box.look(INCIDENT, NOW + 30 * MINUTE) == [("escalated", "boss")]
    assert box.look(INCIDENT, NOW + 300 * MINUTE) == []


@pytest.mark.parametrize("status", [IncidentStatus.ACKNOWLEDGED, IncidentStatus.SNOOZED])
def test_who_is_looked_after_escalates_no_further(status):
    box = Outbox()
    box.look(INCIDENT, NOW)
    assert box.look(replace(INCIDENT, status=status), NOW + 60 * MINUTE) == []


def test_a_snooze_that_is_over_opens_it_again():
    box = Outbox()
    box.look(INCIDENT, NOW)
    box.look(replace(INCIDENT, status=IncidentStatus.SNOOZED), NOW + MINUTE)
    assert box.look(INCIDENT, NOW + 60 * MINUTE) == [("opened", "chat")]


def test_closing_is_told_to_those_who_were_told_that_it_opened():
    box = Outbox()
    box.look(INCIDENT, NOW)
    box.look(INCIDENT, NOW + 15 * MINUTE)
    assert box.look(CLOSED, NOW + 20 * MINUTE) == [("closed", "chat"), ("closed", "pager")]
    assert box.look(CLOSED, NOW + 21 * MINUTE) == []
    assert box.look(INCIDENT, NOW + 22 * MINUTE) == [("opened", "chat")]


def test_what_was_never_told_is_not_told_to_be_over():
    box = Outbox()
    box.look(INCIDENT, NOW, taken=False)
    assert box.look(CLOSED, NOW + MINUTE) == []
    assert Outbox().look(CLOSED, NOW) == []


def test_routes_by_severity_and_what_becomes_critical():
    calm = Route(name="calm", channels=("chat",), severities=frozenset({Severity.WARNING}))
    loud = Route(name="loud", channels=("pager",), severities=frozenset({Severity.CRITICAL}))
    box = Outbox(calm, loud)
    assert box.look(INCIDENT, NOW) == [("opened", "chat")]
    worse = replace(INCIDENT, severity=Severity.CRITICAL)
    assert box.look(worse, NOW + MINUTE) == [("worsened", "pager")]
    assert box.look(INCIDENT, NOW + 2 * MINUTE) == []
    assert box.look(worse, NOW + 3 * MINUTE) == []


def test_a_channel_on_two_routes_is_told_once():
    box = Outbox(Route(name="a", channels=("chat",)), Route(name="b", channels=("chat",)))
    assert box.look(INCIDENT, NOW) == [("opened", "chat")]


def test_where_no_route_leads_nobody_is_told():
    box = Outbox(Route(name="loud", channels=("pager",), severities=frozenset({Severity.CRITICAL})))
    assert box.look(INCIDENT, NOW) == []
    assert box.look(CLOSED, NOW + MINUTE) == []


# ---------------------------------------------------------------- whose turn it is


def alert(event: str) -> Alert:
    return Alert(
        key=event,
        incident="i1",
        episode=1,
        event=AlertEvent(event),
        channel="chat",
        asked_at=NOW,
        next_at=NOW,
    )


@pytest.mark.parametrize(
    ("event", "status", "minutes_ago", "turn"),
    [
        ("opened", "open", None, "send"),
        ("opened", "acknowledged", None, "send"),
        ("opened", "open", 29, "wait"),
        ("opened", "open", 30, "send"),
        ("opened", "resolved", 29, "pass"),
        ("opened", "snoozed", None, "pass"),
        ("worsened", "open", 1, "send"),
        ("escalated", "open", 1, "send"),
        ("escalated", "acknowledged", None, "pass"),
        ("escalated", "resolved", None, "pass"),
        ("closed", "resolved", 1, "send"),
    ],
)
def test_whose_turn_it_is(event, status, minutes_ago, turn):
    now = replace(INCIDENT, status=IncidentStatus(status))
    last = None if minutes_ago is None else NOW - minutes_ago * MINUTE
    assert planning.turn(alert(event), now, last, 30 * MINUTE, NOW) == turn


def test_what_became_part_of_another_is_told_there():
    assert planning.turn(alert("opened"), None, None, MINUTE, NOW) == "pass"


def test_trying_again_takes_longer_each_time_and_ends():
    one, pauses = alert("opened"), []
    at = NOW
    while one.status is AlertStatus.WAITING:
        one = planning.failed(one, "it answered 500", at)
        pauses.append((one.next_at - at).total_seconds())
        at = one.next_at
    assert pauses == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600]
    assert (one.status, one.n_attempts, one.error) == (AlertStatus.GIVEN_UP, 10, "it answered 500")


STATES = st.sampled_from(
    [
        INCIDENT,
        CLOSED,
        replace(INCIDENT, severity=Severity.CRITICAL),
        replace(INCIDENT, status=IncidentStatus.ACKNOWLEDGED),
        replace(INCIDENT, status=IncidentStatus.SNOOZED),
    ]
)


@given(st.lists(st.tuples(STATES, st.integers(0, 20)), max_size=25))
def test_whatever_happens_each_turn_is_told_once_and_every_closing_follows_an_opening(story):
    box, at = Outbox(), NOW
    for incident, minutes in story:
        at += minutes * MINUTE
        box.look(incident, at)
        assert box.look(incident, at) == []  # looking again tells nothing new
    keys = [one.key for one in box.alerts]
    assert len(set(keys)) == len(keys)
    turns = [(one.episode, one.event, one.channel) for one in box.alerts]
    assert len(set(turns)) == len(turns)
    openings = [one.episode for one in box.alerts if one.event is AlertEvent.OPENED]
    assert openings == sorted(set(openings))
    for one in box.alerts:
        assert one.episode in openings

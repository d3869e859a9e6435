"""Alerts from noticing to sending, on a real state store: nothing lost, nothing told that is no news."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.alert import AlertStatus
from core.alert_settings import AlertSettings, Route
from core.alerts import AlertDesk
from core.domain import IncidentStatus, Severity
from core.errors import InvalidInput, NotFound, Unavailable
from core.incidents import lifecycle, shared
from tests.fakes import FakeChannel

from .conftest import SETTINGS, closed, made


def statuses(state) -> list[str]:
    return [one.status.value for one in reversed(state.alerts.latest(100))]


# ---------------------------------------------------------------- what is said


def test_a_message_has_one_sentence_a_link_whom_it_concerns_and_a_runbook(state, watched, chat, pass_by):
    watched(owner="credit-risk", on_call="#credit", runbook="wiki/loan", unit="lending")
    state.save_incidents([made()])
    pass_by()
    assert chat.taken == [
        (
            "Warning: loan",
            (
                "Drift on age since window 0.\n"
                "https://pane.example/activity?model=loan&incident=i-loan\n"
                "Owner credit-risk, on call #credit.\n"
                "Runbook: wiki/loan"
            ),
        )
    ]


def test_one_cause_of_many_models_is_one_message_with_their_names(state, chat, pass_by):
    members = [made(f"m{i:02d}") for i in range(14)]
    joined = {one.id: one for one in shared.join(members, {one.id for one in members})}
    state.save_incidents([joined.get(one.id, one) for one in members])
    pass_by()
    ((title, text),) = chat.taken
    assert title == "Warning: m00 and 13 more models"
    assert text.startswith("Drift on age in 14 models since 01 Jan 2026: m00, m01, m02, m03 and 10 more.")


def test_who_joins_before_it_is_told_is_in_it(state, chat, desk, clock, pass_by):
    state.save_incidents([made("a")])
    desk.tend()
    assert chat.taken == []
    state.save_incidents([replace(made("b"), part_of="i-a")])
    pass_by()
    ((title, _),) = chat.taken
    assert title == "Warning: a and 1 more model"


def test_closing_says_how_and_by_whom(state, clock, chat, pass_by):
    state.save_incidents([made()])
    pass_by()
    state.save_incidents([lifecycle.resolve(made(), "the feed is back", "ann", clock.at)])
    pass_by(minutes=1)
    assert chat.taken[1][0] == "Closed: loan"
    assert chat.taken[1][1].startswith("the feed is back (ann).")


def test_many_at_once_are_one_message(state, chat, pass_by):
    found = [made(f"m{i}", faults=(f"drift:c{i}",)) for i in range(12)]
    found[3] = replace(found[3], severity=Severity.CRITICAL)
    state.save_incidents(found)
    pass_by()
    ((title, text),) = chat.taken
    assert title == "12 incidents, 1 of them critical"
    assert text.splitlines()[0] == "Critical: m3. Drift on age since window 0."
    assert text.splitlines()[-2:] == ["And 2 more.", "https://pane.example/activity"]
    assert statuses(state) == ["sent"] * 12


# ---------------------------------------------------------------- once, and until somebody looks


def test_it_is_told_once_and_escalated_until_somebody_acknowledges(state, clock, chat, pager, pass_by):
    state.save_incidents([made()])
    for _ in range(5):
        pass_by(minutes=2)
    assert (len(chat.taken), pager.taken) == (1, [])
    pass_by(minutes=6)
    assert [title for title, _ in pager.taken] == ["Nobody looks after it (warning): loan"]
    state.save_incidents([lifecycle.acknowledge(made(), "ann", clock.at)])
    pass_by(hours=9)
    assert (len(chat.taken), len(pager.taken)) == (1, 1)


def test_acknowledging_in_time_calls_nobody_else(state, clock, pager, pass_by):
    state.save_incidents([made()])
    pass_by()
    state.save_incidents([lifecycle.acknowledge(made(), "ann", clock.at)])
    pass_by(hours=1)
    assert pager.taken == []


def test_what_comes_and_goes_within_the_cooldown_is_told_once(state, clock, chat, pass_by):
    state.save_incidents([made()])
    pass_by()
    for _ in range(5):
        state.save_incidents([closed(made())])
        pass_by(minutes=1)
        state.save_incidents([made()])
        pass_by(minutes=1)
    assert [title for title, _ in chat.taken] == ["Warning: loan", "Closed: loan"]
    pass_by(minutes=30)
    assert [title for title, _ in chat.taken][2:] == ["Warning: loan"]  # still open, and told again


def test_routes_lead_by_unit_and_owner(state, watched, clock, chat, pager):
    routes = (
        Route(name="lending", channels=("chat",), units=frozenset({"lending"})),
        Route(name="ann", channels=("pager",), owners=frozenset({"ann"})),
    )
    desk = AlertDesk(
        replace(SETTINGS, routes=routes),
        state=state,
        channels={"chat": chat, "pager": pager},
        beacon=None,
        clock=clock,
    )
    watched("a", unit="lending")
    watched("b", unit="care", owner="ann")
    watched("c", unit="care")
    state.save_incidents([made("a"), made("b", faults=()), made("c", faults=())])
    desk.tend()
    clock.at = clock.at.replace(minute=1)
    desk.tend()
    assert [title for title, _ in chat.taken] == ["Warning: a"]
    assert [title for title, _ in pager.taken] == ["Warning: b"]


def test_an_incident_that_another_takes_in_is_told_no_more(state, chat, pass_by):
    state.save_incidents([made("a"), made("b", faults=())])
    pass_by()
    state.save_incidents([replace(made("b"), part_of="i-a")])
    pass_by(hours=1)
    assert len(chat.taken) == 2
    assert {one.incident for one in state.alerts.told() if one.is_open} == {"i-a"}


# ---------------------------------------------------------------- what may go wrong


def test_what_a_channel_does_not_take_is_tried_again_and_then_told_once(state, chat, pass_by):
    state.save_incidents([made()])
    chat.down = "it answered 503"
    pass_by()
    assert statuses(state) == ["waiting"]
    chat.down = None
    pass_by(minutes=1)
    assert len(chat.taken) == 1
    assert statuses(state) == ["sent"]


def test_what_nobody_takes_is_given_up_on_record_and_doctor_says_so(state, chat, desk, pass_by):
    state.save_incidents([lifecycle.acknowledge(made(), "ann", made().opened_at)])
    chat.down = "it answered 500"
    for _ in range(10):
        pass_by(hours=1)
    assert statuses(state) == ["given_up"]
    assert desk.counts()[AlertStatus.GIVEN_UP] == 1
    checks = {one.name: one for one in desk.checks()}
    assert not checks["channel chat"].ok
    assert "given up after 10 attempts" in checks["channel chat"].message
    assert checks["channel pager"].ok
    chat.down = None
    state.save_incidents([made("other", faults=())])
    pass_by()
    assert {one.name: one.ok for one in desk.checks()}["channel chat"]


def test_one_channel_that_is_down_keeps_no_other_from_hearing(state, clock, chat, pager):
    both = (Route(name="a", channels=("chat",)), Route(name="b", channels=("pager",)))
    desk = AlertDesk(
        replace(SETTINGS, routes=both),
        state=state,
        channels={"chat": chat, "pager": pager},
        beacon=None,
        clock=clock,
    )
    chat.down = "it answered 500"
    state.save_incidents([made()])
    desk.tend()
    clock.at = clock.at.replace(minute=1)
    desk.tend()
    assert len(pager.taken) == 1


class Dying(FakeChannel):
    """Takes a message, and the process ends before that is on record."""

    def send(self, title: str, text: str) -> None:
        super().send(title, text)
        if len(self.taken) == 1:
            raise KeyboardInterrupt


def test_a_crash_after_sending_tells_it_twice_rather_than_not_at_all(state, clock):
    dying = Dying("chat")
    desk = AlertDesk(SETTINGS, state=state, channels={"chat": dying}, beacon=None, clock=clock)
    state.save_incidents([made()])
    desk.tend()
    clock.at = clock.at.replace(minute=1)
    with pytest.raises(KeyboardInterrupt):
        desk.tend()
    desk.tend()
    desk.tend()
    assert len(dying.taken) == 2


def test_a_channel_that_the_settings_lost_is_told_as_such(state, clock, chat):
    desk = AlertDesk(SETTINGS, state=state, channels={"pager": chat}, beacon=None, clock=clock)
    state.save_incidents([made()])
    desk.tend()
    clock.at = clock.at.replace(minute=1)
    desk.tend()
    (alert,) = state.alerts.latest(5)
    assert alert.error == "no channel is called 'chat' any more"


def test_without_channels_nothing_is_noticed(state, clock):
    desk = AlertDesk(AlertSettings(), state=state, channels={}, beacon=None, clock=clock)
    state.save_incidents([made()])
    desk.tend()
    assert state.alerts.told() == []
    (check,) = desk.checks()
    assert check.ok
    assert "nobody is told" in check.message


def test_a_channel_can_be_tried(desk, chat):
    desk.test("chat")
    assert chat.taken[0][0] == "Trimtab: a test"
    with pytest.raises(NotFound, match="fax"):
        desk.test("fax")
    chat.down = "it answered 401"
    with pytest.raises(Unavailable, match="401"):
        desk.test("chat")


# ---------------------------------------------------------------- the dead man's switch


def test_the_switch_hears_while_all_is_well_and_nothing_where_it_is_not(desk, beacon, clock):
    desk.ping(None)
    assert (len(beacon.taken), desk.last_ping()) == (1, clock.at)
    before, clock.at = clock.at, clock.at.replace(minute=5)
    desk.ping("monitor: the disk is full")
    assert (len(beacon.taken), desk.last_ping()) == (1, before)
    (check,) = [one for one in desk.checks() if one.name == "heartbeat"]
    assert not check.ok
    assert "the disk is full" in check.message
    desk.ping(None)
    assert [one.ok for one in desk.checks() if one.name == "heartbeat"] == [True]


def test_a_switch_that_does_not_answer_or_was_not_pinged_for_long_shows(desk, beacon, clock):
    assert [one.message for one in desk.checks() if one.name == "heartbeat"] == ["never pinged"]
    beacon.down = "it answered 404"
    desk.ping(None)
    (check,) = [one for one in desk.checks() if one.name == "heartbeat"]
    assert "404" in check.message
    beacon.down = None
    desk.ping(None)
    clock.at = clock.at.replace(hour=1)
    assert [one.ok for one in desk.checks() if one.name == "heartbeat"] == [False]


# ---------------------------------------------------------------- maintenance


def test_during_maintenance_nobody_is_called_and_after_it_what_is_still_open_is_told(
    state, clock, chat, pager, watched, maintenance, pass_by
):
    watched()
    span = maintenance.plan(
        "loan", starts_at=None, ends_at=clock.at.replace(hour=2), reason="a new feed", actor="ann"
    )
    state.save_incidents([made(), made("other", faults=())])
    pass_by(minutes=30)
    assert [title for title, _ in chat.taken] == ["Warning: other"]
    assert maintenance.every() == [span]
    pass_by(hours=2)
    assert "Warning: loan" in [title for title, _ in chat.taken]


def test_what_closes_during_maintenance_was_nobodys_business(
    state, clock, chat, watched, maintenance, pass_by
):
    watched()
    maintenance.plan(None, starts_at=None, ends_at=clock.at.replace(hour=2), reason="r", actor="ann")
    state.save_incidents([made()])
    pass_by(minutes=1)
    state.save_incidents([closed(made())])
    pass_by(hours=3)
    assert chat.taken == []


def test_an_escalation_waits_for_the_end_of_maintenance(state, clock, pager, watched, maintenance, pass_by):
    watched()
    state.save_incidents([made()])
    pass_by()
    span = maintenance.plan("loan", starts_at=None, ends_at=clock.at.replace(hour=5), reason="r", actor="ann")
    pass_by(hours=1)
    assert pager.taken == []
    ended = maintenance.end(span.id, "bob")
    assert (ended.ends_at, ended.ended_by) == (clock.at, "bob")
    pass_by(seconds=1)
    assert len(pager.taken) == 1


def test_a_shared_incident_is_quiet_only_where_all_its_models_are(
    state, clock, chat, watched, maintenance, pass_by
):
    watched("a")
    watched("b")
    maintenance.plan("a", starts_at=None, ends_at=clock.at.replace(hour=2), reason="r", actor="ann")
    state.save_incidents([made("a"), replace(made("b"), part_of="i-a")])
    pass_by()
    assert [title for title, _ in chat.taken] == ["Warning: a and 1 more model"]


def test_planning_and_ending_are_on_record(clock, watched, maintenance, ledger):
    watched()
    span = maintenance.plan(
        "local/loan", starts_at=None, ends_at=clock.at.replace(hour=2), reason=" r ", actor="ann"
    )
    assert (span.model, span.reason) == ("loan", "r")
    maintenance.end(span.id, "bob")
    maintenance.end(span.id, "eve")  # over already: nothing to record
    told = [(one.entry.kind, one.entry.actor, one.entry.model) for one in ledger.records()]
    assert told[1:] == [
        ("maintenance_planned", "ann", "local/loan"),
        ("maintenance_ended", "bob", "local/loan"),
    ]
    assert maintenance.every() == []
    assert [one.ended_by for one in maintenance.every(over=True)] == ["bob"]


@pytest.mark.parametrize(
    ("days", "reason", "told"),
    [
        (0, "r", "is over already"),
        (-1, "r", "is over already"),
        (91, "r", "90 days"),
        (1, " ", "reason: is empty"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(clock, maintenance, days, reason, told):

    with pytest.raises(InvalidInput) as caught:
        maintenance.plan(
            None, starts_at=None, ends_at=clock.at + timedelta(days=days), reason=reason, actor="ann"
        )
    assert told in str(caught.value)


def test_a_model_that_nobody_monitors_has_no_maintenance(clock, maintenance):
    with pytest.raises(NotFound):
        maintenance.plan("nobody", starts_at=None, ends_at=clock.at.replace(hour=1), reason="r", actor="ann")
    with pytest.raises(NotFound):
        maintenance.end("nothing", "ann")


def test_one_that_is_planned_begins_when_it_is_said_to(state, clock, chat, watched, maintenance, pass_by):
    watched()
    maintenance.plan(
        "loan", starts_at=clock.at.replace(hour=3), ends_at=clock.at.replace(hour=4), reason="r", actor="ann"
    )
    state.save_incidents([made()])
    pass_by()
    assert len(chat.taken) == 1
    assert made().status is IncidentStatus.OPEN

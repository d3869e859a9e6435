"""The Activity page: incidents with what can be done about them, work under way, what was decided."""

from datetime import UTC, date, datetime

import pytest

from core.errors import Conflict

from .fake_client import FakeClient
from .test_pages import Show, show, text

__all__ = ["show"]


def test_it_says_how_much_needs_somebody_and_what_was_like_it(show: Show) -> None:
    test = show("activity", FakeClient())
    assert not test.exception
    said = text(test)
    assert "5 incidents to look after, 1 of them critical" in said
    assert "Like it, 20 Aug 2026: the partner channel sent another currency (s.okafor)" in said
    assert "seen by maria.o" in said
    assert "2 more incidents: see trimtab incidents." in said
    assert "Runbook: wiki/lending" in said


def test_one_cause_of_fourteen_models_is_one_incident_with_all_their_names(show: Show) -> None:
    test = show("activity", FakeClient())
    assert "in 14 models since 16 Nov 2026" in text(test)
    links = {link.proto.label for link in test.get("page_link")}
    assert {f"model-{i:02d}" for i in range(2, 15)} <= {label.replace("\\", "") for label in links}
    assert len([button for button in test.button if button.key == "ack_1nc3"]) == 1


def test_maintenance_says_that_nobody_is_called_and_can_be_ended(show: Show) -> None:
    client = FakeClient()
    test = show("activity", client)
    said = text(test)
    assert "In maintenance until 18 Nov 2026 11:06 UTC: nobody is called." in said
    assert "readmission: nobody is called" in said
    assert "until 18 Nov 2026 11:06 UTC · maria.o · the laboratory moves" in said
    assert "○ Planned] every model: nobody is called" in said
    test.button(key="end_m1").click().run()
    assert ("end", "m1") in client.asked
    assert "In maintenance" not in text(test)


def test_a_link_to_an_incident_that_is_over_says_how_it_ended(show: Show) -> None:
    test = show("activity", FakeClient(), incident="1nc9")
    (told,) = test.info
    said = told.value.replace("\\", "")
    assert "Incident 1nc9 of lending was resolved 18 Nov 2026 05:06 UTC" in said
    assert "the bureau changed its currency (ann)" in said


def test_what_is_under_way_has_its_progress_and_can_be_cancelled(show: Show) -> None:
    client = FakeClient()
    test = show("activity", client)
    (bar,) = test.get("progress")
    assert bar.proto.text.replace("\\", "") == "Comparing columns · 12 of about 28\u2009s"
    assert "▲ Unconfirmed" in text(test)
    test.button(key="cancel_j0b").click().run()
    assert ("cancel", "j0b") in client.asked


def test_an_incident_is_acknowledged_snoozed_and_resolved_by_pressing(show: Show) -> None:
    client = FakeClient()
    test = show("activity", client)
    test.button(key="ack_1nc1").click().run()
    assert ("ack", "1nc1") in client.asked
    assert "ack_1nc1" not in {button.key for button in test.button}
    test.button(key="snooze_1d_1nc1").click().run()
    assert ("snooze", ("1nc1", "1d")) in client.asked
    assert test.button(key="resolve_1nc1").disabled
    test.text_area(key="cause_1nc1").set_value("another currency").run()
    test.button(key="resolve_1nc1").click().run()
    assert ("resolve", ("1nc1", "another currency")) in client.asked


def test_what_is_refused_says_so_and_changes_nothing(show: Show) -> None:
    test = show("activity", FakeClient(refuses=Conflict("Incident 1nc1 is resolved already: a typing error")))
    test.button(key="ack_1nc1").click().run()
    assert "Could not acknowledge it" in text(test)
    assert "Nothing was changed." in text(test)


@pytest.mark.parametrize("model", ["lending", "readmission"])
def test_a_link_narrows_it_to_one_model(show: Show, model: str) -> None:
    test = show("activity", FakeClient(), model=model)
    assert f"Incidents, work and decisions of {model}" in text(test)
    assert ("ack_1nc1" in {button.key for button in test.button}) == (model == "lending")


def test_the_timeline_is_the_ledger(show: Show) -> None:
    test = show("activity", FakeClient())
    (table,) = test.table
    assert list(table.value["Entry"]) == ["44", "43"]
    assert "trimtab ledger verify" in text(test)


def test_where_nothing_goes_on_it_says_that_this_is_good(show: Show) -> None:
    test = show("activity", FakeClient(n_models=0))
    said = text(test)
    assert "No incident needs anybody" in said
    assert "Nothing runs" in said
    assert "Nothing yet" in said


def test_a_day_can_be_picked_to_see_the_fleet_as_it_was(show: Show) -> None:
    client = FakeClient()
    test = show("activity", client)
    test.date_input(key="on").set_value(date(2026, 10, 1)).run()
    assert not test.exception
    ((_, at),) = [asked for asked in client.asked if asked[0] == "fleet_at"]
    assert at == datetime(2026, 10, 1, 23, 59, 59, 999999, tzinfo=UTC)
    (_, fleet) = test.table
    assert list(fleet.value["Version"]) == ["**v15**"]
    test.date_input(key="on").set_value(date(2025, 10, 1)).run()
    assert "The ledger knew of no champion on that day" in text(test)

"""The Review page: listed, opened, read, presented, decided, closed."""

from datetime import date, timedelta

import pytest

from core.action import ActionKind
from core.errors import Conflict
from core.views.review import Choice

from .fake_client import FakeClient
from .made_review import REVIEW
from .test_pages import Show, show, text

__all__ = ["show"]


def open_item(show: Show, client: FakeClient, place: int = 1):
    test = show("review", client, review="r1", item=str(place))
    assert not test.exception
    return test


def test_reviews_are_listed_with_how_far_they_are(show: Show) -> None:
    said = text(show("review", FakeClient()))
    assert "Model review, 18 November 2026" in said
    assert "0 of 3 items decided" in said


def test_a_review_is_opened_with_who_is_there(show: Show) -> None:
    client = FakeClient(n_models=0)
    test = show("review", client)
    test.text_input(key="attendees").set_value("ann, bob").run()
    test.button(key="open_review").click().run()
    assert client.asked[-1] == ("open", (None, ["ann", " bob"]))
    assert test.query_params["review"] in ("r1", ["r1"])


def test_what_is_picked_from_a_list_stays_in_the_link(show: Show) -> None:
    test = show("review", FakeClient())
    test.button(key="show_r1").click().run()
    assert test.query_params["review"] in ("r1", ["r1"])
    test.button(key="decide_item1").click().run()
    assert test.query_params["item"] in ("1", ["1"])
    test.button(key="leave").click().run()
    assert "There: ann, b_o_b" in text(test)
    test.button(key="all_reviews").click().run()
    assert "review" not in test.query_params
    assert "0 of 3 items decided" in text(test)


def test_an_unknown_review_is_explained(show: Show) -> None:
    test = show("review", FakeClient(), review="nope")
    assert "There is no review “nope” in this workspace" in text(test)


def test_reading_shows_what_became_of_earlier_decisions_and_every_item(show: Show) -> None:
    test = show("review", FakeClient(), review="r1")
    said = text(test)
    assert not test.exception
    assert "Overdue" in said
    assert "ROC AUC fell from 0.83 to 0.72" in said
    assert "Promoted from v16 to v17 by **ann**" in said, "what people wrote is no Markdown"
    assert "No number belongs to this." in said
    assert len(test.get("plotly_chart")) == 2
    assert "There: ann, b_o_b" in said


def test_presenting_goes_from_item_to_item_and_stays_in_the_link(show: Show) -> None:
    test = open_item(show, FakeClient())
    assert test.button(key="previous").disabled
    test.button(key="next").click().run()
    assert test.query_params["item"] in ("2", ["2"])
    assert "never validated" in text(test)
    test.button(key="leave").click().run()
    assert "item" not in test.query_params
    assert open_item(show, FakeClient(), 99).button(key="next").disabled, "beyond the last is the last"


def test_the_marks_below_an_item_tell_what_is_decided(show: Show) -> None:
    client = FakeClient()
    test = open_item(show, client)
    test.segmented_control(key="choice_item1_0").set_value(Choice.ACCEPT).run()
    assert test.date_input(key="due_accept_item1").label == "Until (required, within 90 days)"
    test.text_area(key="why_item1_0").set_value("small").run()
    test.date_input(key="due_accept_item1").set_value(date.today() + timedelta(days=7)).run()  # noqa: DTZ011
    test.button(key="record_item1").click().run()
    test.button(key="next").click().run()
    (marks,) = [one.proto.body for one in test.get("html") if 'role="img"' in one.proto.body]
    assert ">✓ ● ○<" in marks
    assert 'aria-label="Item 2 of 3. Decided: 1."' in marks


def test_a_decision_needs_a_reason_and_deferring_a_day(show: Show) -> None:
    client = FakeClient()
    test = open_item(show, client)
    record = test.button(key="record_item1")
    assert record.disabled
    test.segmented_control(key="choice_item1_0").set_value(Choice.DEFER).run()
    test.text_area(key="why_item1_0").set_value("wait for labels").run()
    assert test.button(key="record_item1").disabled
    day = date.today() + timedelta(days=7)  # noqa: DTZ011 - the widget's days have no zone
    test.date_input(key="due_defer_item1").set_value(day).run()
    test.button(key="record_item1").click().run()
    verb, (item, choice, reason, more) = client.asked[-1]  # type: ignore[misc]
    assert (verb, item, choice, reason) == ("decide", "item1", Choice.DEFER, "wait for labels")
    assert (more["due"].date(), more["until"], more["owner"]) == (day, None, "s.okafor")
    assert "It is done." in text(test)


def test_a_change_of_production_is_confirmed_before_it_is_recorded(show: Show) -> None:
    client = FakeClient()
    test = open_item(show, client)
    test.segmented_control(key="choice_item1_0").set_value(Choice.ROLL_BACK).run()
    test.text_area(key="why_item1_0").set_value("too many errors").run()
    test.button(key="record_item1").click().run()
    assert not [one for one in client.asked if one[0] in ("decide", ActionKind.ROLL_BACK.value)]
    assert test.button(key="confirm_action").disabled
    assert test.text_area(key="reason").value == "too many errors"
    test.text_input(key="typed_name").set_value("lending").run()
    test.button(key="confirm_action").click().run()
    verb, (item, choice, reason, more) = client.asked[-1]  # type: ignore[misc]
    assert (verb, item, choice, reason) == ("decide", "item1", Choice.ROLL_BACK, "too many errors")
    assert more["version"]
    assert more["generation"] is not None
    assert not [one for one in client.asked if one[0] == ActionKind.ROLL_BACK.value], "one way to production"


def test_what_guards_refused_says_why(show: Show) -> None:
    test = open_item(show, FakeClient(), 2)
    test.segmented_control(key="choice_item2_0").set_value(Choice.ROLL_BACK).run()
    assert "was refused: Registry 'local' is read-only here." in text(test)


def test_a_decision_that_could_not_be_recorded_says_so(show: Show) -> None:
    client = FakeClient(refuses=Conflict("The review is closed"))
    test = open_item(show, client)
    test.segmented_control(key="choice_item1_0").set_value(Choice.NOTE).run()
    test.text_area(key="why_item1_0").set_value("looked at").run()
    test.button(key="record_item1").click().run()
    assert "Could not record the decision" in test.error[0].value


def test_closing_says_who_was_there_and_ends_deciding(show: Show) -> None:
    client = FakeClient()
    test = show("review", client, review="r1")
    test.button(key="close_review").click().run()
    assert client.asked[-2:] == [("attend", ("r1", ["ann", " b_o_b"])), ("close_review", "r1")]
    said = text(test)
    assert "Closed 18 Nov 2026" in said
    closed = open_item(show, client)
    with pytest.raises(KeyError):
        closed.button(key="record_item1")
    assert len(REVIEW.items) == 3

"""The buttons of the Model page, its champions, and what was asked for."""

import pytest

from core.errors import Unavailable

from .fake_client import FakeClient
from .made_actions import pressed
from .test_pages import Show, show, text

__all__ = ["show"]


def test_champions_are_listed_with_who_put_them_there_and_why(show: Show) -> None:
    test = show("model", FakeClient(), model="lending", tab="Versions")
    assert not test.exception
    shown = text(test)
    assert "Champion from when to when" in shown
    assert "AUC 0.012 better on thin files" in shown
    assert "moved past Trimtab" in shown
    assert "ledger entry 41" in shown
    assert "■ Refused" in shown


def test_both_buttons_stand_in_the_header(show: Show) -> None:
    test = show("model", FakeClient(), model="lending")
    assert [test.button(key=f"offer_{kind}").label for kind in ("promote", "roll_back")] == [
        "Promote v18",
        "Roll back",
    ]
    assert not test.button(key="offer_promote").disabled


def test_a_model_is_retired_by_its_name_and_cannot_be_undone_by_a_press(show: Show) -> None:
    client = FakeClient()
    test = show("model", client, model="lending")
    assert test.button(key="offer_retire").label == "Retire the model"
    test.button(key="offer_retire").click().run()
    said = text(test)
    assert "nothing judges the model any more" in said
    test.text_area(key="reason").set_value("the product ended").run()
    assert test.button(key="confirm_action").disabled
    test.text_input(key="typed_name").set_value("lending").run()
    test.button(key="confirm_action").click().run()
    assert ("retire", ("local/lending", None, "the product ended", 3)) in client.asked
    assert "2 incidents closed" in text(test)
    assert "undo" not in {button.key for button in test.button}


@pytest.mark.parametrize("dismissed", [False, True])
def test_what_was_pressed_last_has_its_receipt_until_it_is_dismissed(show: Show, dismissed: bool) -> None:
    from core.action import ActionKind

    client = FakeClient(pressed=(pressed(ActionKind.ROLL_BACK, "lending", "14"),))
    test = show("model", client, model="lending")
    test.session_state["receipt"] = "fresh"
    test.run()
    assert "▲ Unconfirmed" in text(test)
    assert test.button(key="undo").label == "Undo: back to v17"
    if dismissed:
        test.button(key="dismiss").click().run()
        assert "▲ Unconfirmed" not in text(test)


def test_a_preview_that_cannot_be_made_says_so_and_opens_nothing(show: Show) -> None:
    client = FakeClient()
    test = show("model", client, model="lending")

    def silent(*_: object, **__: object) -> None:
        raise Unavailable("Registry 'local'", "it does not answer")

    client.preview = silent  # type: ignore[method-assign,assignment]
    test.button(key="offer_roll_back").click().run()
    assert "Could not read what this would do" in text(test)
    assert "confirming" not in test.session_state

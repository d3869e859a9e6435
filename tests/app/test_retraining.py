"""The Retrain button of the Model page: advice, dialog, progress and what became of it."""

from core.views.retrain import RetrainScope

from .fake_client import FakeClient
from .made_retraining import DONE, FAULTY, TRAINING, retrain_view
from .test_pages import Show, show, text

__all__ = ["show"]
LENDING = RetrainScope(model="lending")


def test_it_stands_beside_the_others(show: Show) -> None:
    test = show("model", FakeClient(), model="lending")
    assert not test.exception
    assert not test.button(key="offer_retrain").disabled


def test_where_it_may_not_be_pressed_it_says_why(show: Show) -> None:
    client = FakeClient(training=retrain_view(LENDING, why_not="Registry 'local' is read-only here."))
    button = show("model", client, model="lending").button(key="offer_retrain")
    assert button.disabled
    assert "only here" in button.help


def test_advice_reason_and_name_come_before_the_press(show: Show) -> None:
    client = FakeClient()
    test = show("model", client, model="lending")
    test.button(key="offer_retrain").click().run()
    assert "What the evidence speaks for: drift." in text(test)
    assert "Inputs moved away from the reference: channel." in text(test)
    assert test.button(key="confirm_retrain").disabled
    test.text_area(key="retrain_reason").set_value("the applicants changed")
    test.text_input(key="retrain_typed_name").set_value("lending").run()
    assert not test.button(key="confirm_retrain").disabled
    test.button(key="confirm_retrain").click().run()
    assert client.asked[-1] == ("retrain", ("local/lending", "the applicants changed"))
    assert "Fitting on 20,000 rows" in text(test) or test.get("progress")


def test_scores_alone_can_be_chosen(show: Show) -> None:
    client = FakeClient()
    test = show("model", client, model="lending")
    test.button(key="offer_retrain").click().run()
    test.radio(key="retrain_way").set_value("Recalibrate its scores only")
    test.text_area(key="retrain_reason").set_value("too sure of itself")
    test.text_input(key="retrain_typed_name").set_value("lending").run()
    test.button(key="confirm_retrain").click().run()
    assert client.asked[-1] == ("recalibrate", ("local/lending", "too sure of itself"))


def test_rows_at_fault_cannot_be_trained_on(show: Show) -> None:
    test = show("model", FakeClient(advice=FAULTY), model="lending")
    test.button(key="offer_retrain").click().run()
    test.text_area(key="retrain_reason").set_value("why not")
    test.text_input(key="retrain_typed_name").set_value("lending").run()
    assert "Missing values in income" in text(test)
    assert test.button(key="confirm_retrain").disabled


def test_what_is_under_way_is_shown_to_everybody_and_can_be_cancelled(show: Show) -> None:
    client = FakeClient(training=retrain_view(LENDING, TRAINING))
    test = show("model", client, model="lending")
    assert "▶ Running" in text(test)
    assert test.code[0].value == "epoch 1 of 20"
    test.button(key="cancel_training").click().run()
    assert ("cancel", "j1") in client.asked


def test_what_was_pressed_has_its_receipt_until_it_is_dismissed(show: Show) -> None:
    client = FakeClient(training=retrain_view(LENDING, DONE))
    test = show("model", client, model="lending")
    assert "v18 is registered" not in text(test)
    test.session_state["retrain_receipt"] = "r1"
    test.run()
    assert "v18 is registered as challenger of lending" in text(test)
    assert "roc_auc 0.81, the champion 0.79 on the same rows" in text(test)
    test.button(key="dismiss_retrain").click().run()
    assert "v18 is registered" not in text(test)

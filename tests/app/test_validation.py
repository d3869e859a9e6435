"""The validation on the Versions tab: not validated, under way, with findings, failing."""

from streamlit.testing.v1 import AppTest

from core.errors import Conflict, Unavailable

from .fake_client import FakeClient
from .test_pages import Show, show, text

__all__ = ["show"]


def tab(show: Show, **made: object) -> tuple[AppTest, FakeClient]:
    client = FakeClient(n_models=4, **made)
    test = show("model", client, model="lending", tab="Versions")
    assert not test.exception
    return test, client


def labels(test: AppTest) -> list[str]:
    return [one.label for one in test.button]


def test_a_version_without_one_is_not_validated_and_a_press_starts_it(show: Show) -> None:
    test, client = tab(show, validations="none")
    assert "○ Not validated" in text(test)
    assert "● Passes" not in text(test)
    test.button(key="validate_version").click().run()
    assert client.asked == [("validate", ("lending", "7"))]
    assert not test.exception
    (bar,) = [one for one in test.get("progress") if "Scoring rows" in one.proto.text]
    assert bar.proto.value == 40


def test_the_champion_is_shown_first_and_another_can_be_chosen(show: Show) -> None:
    test, _ = tab(show)
    chosen = test.selectbox(key="validated")
    assert (chosen.value, chosen.options) == ("7", ["v18", "v7"]), (
        "only what the registry has can be validated"
    )
    assert "▲ Open findings" in text(test)
    chosen.select("18").run()
    assert "lending v18 is not validated" in text(test).replace("\\", "")


def test_each_number_has_its_interval_n_limit_and_sentence(show: Show) -> None:
    test, _ = tab(show)
    said = [one.value.to_dict() for one in test.table if "What it says" in one.value.columns]
    assert len(said) == 3
    assert list(said[0]["Value"].values()) == ["0.792", "0.731"]
    assert list(said[0]["95 % interval"].values()) == ["0.781 to 0.803", "0.722 to 0.740"]
    assert list(said[0]["Limit"].values()) == ["≥ 0.500", "–"]
    assert [one.label for one in test.expander if "beyond" in one.label] == [
        "Leakage hints · ■ 1 beyond the limit"
    ]
    assert "names no sensitive feature" in text(test)


def test_a_finding_is_closed_with_a_reason(show: Show) -> None:
    test, client = tab(show)
    assert labels(test).count("Close finding") == 1, "what is closed stays so"
    assert "overdue since" in text(test)
    assert "closed" in text(test)
    test.button(key="close_f1nd").click().run()
    assert test.button(key="confirm_finding").disabled
    test.text_area(key="finding_reason").input("days_late is known before").run()
    test.button(key="confirm_finding").click().run()
    assert client.asked == [("close", ("f1nd", "days_late is known before"))]
    assert not test.exception


def test_who_may_not_close_it_is_told(show: Show) -> None:
    test, client = tab(show, refuses=Conflict("Finding f1nd was closed by dora"))
    test.button(key="close_f1nd").click().run()
    test.text_area(key="finding_reason").input("x").run()
    test.button(key="confirm_finding").click().run()
    assert client.asked
    assert "Finding f1nd was closed by dora" in text(test).replace("\\", "")


def test_a_model_that_cannot_be_loaded_fails(show: Show) -> None:
    test, _ = tab(show, validations="broken")
    assert "■ Fails" in text(test)
    assert "cannot be loaded" in text(test)


def test_a_press_that_is_refused_says_why(show: Show) -> None:
    refused = Unavailable("Registry 'prod'", "it does not answer")
    test, client = tab(show, validations="none", refuses=refused)
    test.button(key="validate_version").click().run()
    assert client.asked
    assert "it does not answer" in text(test).replace("\\", "")

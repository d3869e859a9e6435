"""The Model page's Explain tab in every state: not computed, running, failed, computed; one row, or none."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.components import explain_figures
from core.errors import NotFound, TrimtabError, Unavailable
from core.explain.sentences import NOT_LEGAL_ADVICE
from core.job import JobStatus
from core.views.explain import ExplainScope

from .fake_client import FakeClient
from .made_explanations import EXPLAINED, FAILED, LOCAL, OVERALL, ROW_DONE, RUNNING, explain_view
from .test_pages import Show, show, text

__all__ = ["show"]
SCOPE = ExplainScope(model="lending")


def tab(show: Show, client: FakeClient, **link: str) -> AppTest:
    test = show("model", client, model="lending", tab="Explain", **link)
    assert not test.exception
    return test


def test_what_was_not_computed_can_be_asked_for(show: Show) -> None:
    client = FakeClient(n_models=4, explaining=explain_view(SCOPE, overall=None))
    test = tab(show, client)
    assert "Not computed yet" in text(test)
    test.button(key="ask_importance").click().run()
    assert client.asked == [("importance", ("lending", "7"))]
    assert "▶ Running" in text(test)
    (bar,) = test.get("progress")
    assert bar.proto.value == 40
    test.button(key="cancel_importance").click().run()
    assert client.asked[-1] == ("cancel", RUNNING.id)


def test_what_failed_says_why_and_can_be_asked_again(show: Show) -> None:
    test = tab(show, FakeClient(n_models=4, explaining=explain_view(SCOPE, overall=None, job=FAILED)))
    assert "■ Failed" in text(test)
    assert "It took longer than the 900 s that it may take." in text(test)
    assert not test.button(key="ask_importance").disabled


def test_what_was_computed_is_shown_and_not_computed_again_for_nothing(show: Show) -> None:
    test = tab(show, FakeClient(n_models=4))
    assert len(test.get("plotly_chart")) == 2
    assert "with none shuffled: 0.811. 10,000 rows of the live traffic until " in text(test)
    assert test.button(key="ask_importance").disabled
    assert "Other versions, and earlier (1)" in [one.label for one in test.expander]
    fresh = tab(show, FakeClient(n_models=4, explaining=explain_view(SCOPE, stale=True)))
    assert "▲ Stale" in text(fresh)
    assert not fresh.button(key="ask_importance").disabled


def test_a_row_is_asked_for_by_its_id_and_told_in_sentences(show: Show) -> None:
    client = FakeClient(n_models=4)
    test = tab(show, client)
    test.text_input(key="row_id").set_value(" L-1 ").run()
    assert test.query_params["row"] == "L-1"
    test.button(key="explain_row").click().run()
    assert client.asked == [("explain", ("lending", "L-1"))]
    said = text(test)
    assert "The score of 1 is 0.45 and decided for 0 (the limit is 0.5)" in said
    assert "bureau_score (600) lowered the score of 1 by 0.2." in said
    assert "R² 0.93" in said
    assert "ann asked to promote it on 9 Nov 2026" in said
    assert "bob (approver) approved it: looked at" in said
    assert said.count(NOT_LEGAL_ADVICE) == 1
    assert "Never changed: age." in said
    assert len(test.get("plotly_chart")) == 3


def test_names_and_values_show_as_they_are(show: Show) -> None:
    test = tab(show, FakeClient(n_models=4), row="L-1")
    raw = "\n".join(str(one.value) for one in (*test.markdown, *test.caption))
    assert "**pay**" not in raw
    assert "<b>day" not in raw
    assert r"\*\*pay\*\*" in raw
    table = "\n".join(str(one.value) for one in test.table)
    assert "[y](z)" not in table


def test_a_row_that_takes_its_time_is_followed(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.components.explain_row._PATIENCE_S", 0.0)
    running = replace(ROW_DONE, status=JobStatus.RUNNING, share=0.3, step="Loading the model")
    client = FakeClient(n_models=4, row_job=running)
    test = tab(show, client, row="L-1")
    test.button(key="explain_row").click().run()
    assert test.get("progress")[0].proto.value == 30
    client.row_job = replace(
        running, status=JobStatus.FAILED, error="It used 2,100 MB; the limit is 2,048 MB."
    )
    test.run()
    assert "It used 2,100 MB; the limit is 2,048 MB." in text(test)
    assert not test.button(key="explain_row").disabled, "the page goes on"


@pytest.mark.parametrize(
    ("client", "row", "words"),
    [
        (
            FakeClient(n_models=4),
            "gone",
            "There is no row of lending 'gone'.** What was erased cannot be explained.",
        ),
        (FakeClient(n_models=4, explained=None), "L-1", "Not explained yet: press Explain."),
    ],
)
def test_a_row_without_an_explanation_says_why(show: Show, client: FakeClient, row: str, words: str) -> None:
    assert words in text(tab(show, client, row=row))


@pytest.mark.parametrize(
    "error",
    [
        NotFound("row of lending", "L-9", hint="It was erased."),
        Unavailable("The registry", "it does not answer"),
    ],
)
def test_what_cannot_be_asked_says_why_and_changes_nothing(show: Show, error: TrimtabError) -> None:
    client = FakeClient(n_models=4, refuses=error, explained=None)
    test = tab(show, client, row="L-9")
    test.button(key="explain_row").click().run()
    assert not test.exception
    assert test.error[0].value.replace("\\", "").startswith("**Could not explain it**")


def test_an_explanation_is_kept_on_request(show: Show) -> None:
    client = FakeClient(n_models=4)
    test = tab(show, client, row="L-1")
    test.button(key="keep_explanation").click().run()
    assert client.asked == [("keep", ("lending", "L-1"))]
    assert "● Kept" in text(test)
    assert "keep_explanation" not in {one.key for one in test.button}


def test_without_an_id_nothing_is_asked(show: Show) -> None:
    client = FakeClient(n_models=4)
    tab(show, client).button(key="explain_row").click().run()
    assert client.asked == []


def test_a_regression_and_a_row_without_surrogate_say_what_is_missing(show: Show) -> None:
    local = replace(
        LOCAL,
        decision=None,
        counterfactuals=(),
        why_no_counterfactuals="a number is no decision that could be turned",
        surrogate=None,
        why_no_surrogate="the model answers the same to all rows near this one",
    )
    test = tab(show, FakeClient(n_models=4, explained=replace(EXPLAINED, local=local, behind=())), row="L-1")
    said = text(test)
    assert "a number is no decision that could be turned" in said
    assert "the model answers the same to all rows near this one" in said
    assert "Nothing on record says who put version 7 there." in said


def test_the_way_adds_up_and_many_columns_are_drawn_together() -> None:
    many = replace(
        LOCAL, reasons=tuple(replace(LOCAL.reasons[0], feature=f"x{i}", contribution=0.1) for i in range(30))
    )
    figure = explain_figures.waterfall(replace(many, base=0.0, output=3.0), is_dark=True)
    (way,) = figure.data
    assert len(way.x) == explain_figures.MOST + 2
    assert sum(way.x[1:-1]) + way.x[0] == pytest.approx(way.x[-1])
    assert figure.layout.yaxis.ticktext[-2] == "19 others"
    bars = explain_figures.importance(OVERALL.permutation, "loss of AUC", is_dark=False).data[0]
    assert list(bars.error_x.array) == pytest.approx([one.high - one.value for one in OVERALL.permutation])

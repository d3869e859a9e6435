"""The Runs tab: what differs between runs, which became versions, and how one is made again."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.components import run_figures, runs
from core.errors import Unavailable
from core.views.runs import RunsScope, RunsView
from tests.app.test_pages import show, text  # noqa: F401 (a fixture)

from .fake_client import FakeClient
from .made_runs import runs_view

Show = Callable[..., AppTest]
VIEW = runs_view(RunsScope(model="lending"))


def shown(show: Show, view: RunsView = VIEW, **link: str) -> AppTest:  # noqa: F811
    test = show("model", FakeClient(runs=view), model="lending", tab="Runs", **link)
    assert not test.exception
    assert not test.error
    return test


def test_runs_that_cannot_be_read_say_so_under_the_models_own_title(show: Show) -> None:  # noqa: F811
    class Down(FakeClient):
        def runs_view(self, scope: RunsScope) -> RunsView:
            raise Unavailable("The registry", "it is slow")

    test = show("model", Down(), model="lending", tab="Runs")
    assert "Could not read the runs" in test.error[0].value
    assert [one.value for one in test.title] == ["lending"]


def test_runs_say_what_went_in_and_which_became_versions(show: Show) -> None:  # noqa: F811
    test = shown(show)
    said = text(test)
    assert "8 runs of 1 experiment; 3 became versions. The registry was read 18 Nov 2026 09:00 UTC." in said
    assert "The champion v17 logged roc_auc 0.7080; all 3 versions: 0.6980 to 0.7100." in said
    assert len(test.get("plotly_chart")) == 2
    table = test.dataframe[0].value
    assert table["Run"][1] == "v17 (champion) · lending-trial-6"
    assert table["Data"][0] == "lending-training 9f2c61aa"
    assert table["Code"][0] == "train.py 70d1e2f3"
    assert table["Environment"][1] == "Python 3.11.9, 3 packages"
    assert {"roc_auc", "log_loss", "C ", "threshold "} <= set(table)


def test_only_differences_leave_out_what_is_the_same_in_all(show: Show) -> None:  # noqa: F811
    test = shown(show)
    test.toggle(key="differences").set_value(True).run()
    assert not test.exception
    table = test.dataframe[0].value
    assert "threshold " not in table
    assert "Status" not in table
    assert {"Run", "C ", "inputs ", "solver ", "roc_auc"} <= set(table)


def test_the_champion_s_run_is_told_whole_with_the_way_to_make_it_again(show: Show) -> None:  # noqa: F811
    test = shown(show)
    assert test.selectbox(key="picked_run").value == "6f3c9a71e2"
    assert "trimtab reproduce lending 17" in [one.value for one in test.code]
    (button,) = [one.proto for one in test.get("link_button")]
    assert button.url == "/api/v1/models/local%2Flending/versions/17/bundle"
    told = [cell for table in test.table for cell in table.value.iloc[:, 1]]
    assert "6f3c9a71e2" in told
    assert any("9f2c61aa0b · s3" in cell.replace("\\", "") for cell in told)
    other = shown(show, run="0f3c9a71e2")
    assert other.selectbox(key="picked_run").value == "0f3c9a71e2"
    assert not any("reproduce" in one.value for one in other.code)


def test_a_metric_is_chosen_and_in_the_link(show: Show) -> None:  # noqa: F811
    test = shown(show)
    test.selectbox(key="runs_metric").set_value("log_loss").run()
    assert test.query_params["of"] in ("log_loss", ["log_loss"])
    assert "log_loss over versions" in text(test)


@pytest.mark.parametrize("n", [0, 1])
def test_with_nothing_to_compare_the_tab_says_so(show: Show, n: int) -> None:  # noqa: F811
    rows = VIEW.rows[:n]
    view = replace(VIEW, rows=rows, n_runs=n, n_experiments=n, champion=None)
    said = text(shown(show, view))
    assert ("No run on record" if n == 0 else "One run, or no metric") in said


def test_parameters_are_scales_or_texts_and_runs_without_one_lie_at_the_foot() -> None:
    lines = [run_figures._Line.of(row) for row in VIEW.rows]
    axes = {axis.name: axis for axis in run_figures.axes(lines, "roc_auc")}
    # What is the same in all runs is no axis; the metric comes last.
    assert list(axes) == ["C", "inputs", "solver", "log_loss", "roc_auc"]
    # 0.0001 to 1000: by its logarithm, so that the eight values stand evenly.
    assert sorted(axes["C"].places) == pytest.approx([at / 7 for at in range(8)])
    assert axes["inputs"].ticks == ((0.0, "full"), (1.0, "plain"))
    assert sorted(axes["solver"].places)[:7] == [run_figures._FOOT] * 7
    assert (min(axes["roc_auc"].places), max(axes["roc_auc"].places)) == (0, 1)
    lacking = replace(VIEW.rows[0], metrics={})
    low = run_figures.axes([run_figures._Line.of(lacking), *lines[1:]], "roc_auc")[-1]
    assert low.places[0] == run_figures._FOOT


def test_the_champion_is_drawn_over_the_others_and_no_name_is_markup() -> None:
    figure = run_figures.parallel(VIEW.rows, "roc_auc", is_dark=False)
    assert [trace.name for trace in figure.data] == list(run_figures._STANDINGS)
    assert figure.data[2].text[0] == "v17 lending-trial-6: C 100"
    evil = replace(VIEW.rows[1], name="<b>x</b>", params={**VIEW.rows[1].params, "<i>": "<u>"})
    drawn = run_figures.parallel((evil, *VIEW.rows[2:]), "roc_auc", is_dark=True).to_json()
    assert "<i>" not in drawn.replace("\\u003c", "<")
    assert run_figures.parallel(VIEW.rows, "roc_auc", is_dark=False) is figure


def test_a_parameter_that_some_runs_lack_differs() -> None:
    assert runs.differing_params(VIEW.rows) == ("C", "inputs", "solver")
    assert runs.differing_params(VIEW.rows[:1]) == ()

"""Every page in every state: empty, filled, an unknown object in the link, registry down, control down."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app import deps
from core.errors import Unavailable
from core.views.change import ChangeScope

from .fake_client import FakeClient
from .made_change_view import change_view

ROOT = Path(__file__).resolve().parents[2]
MAIN = str(ROOT / "app" / "main.py")
PAGES = ("fleet", "model", "drift", "fairness", "lineage", "activity", "governance", "review")
DOWN = Unavailable(
    "The control process", "nothing listens on 127.0.0.1:8601", hint="Start it with trimtab up."
)

Show = Callable[..., AppTest]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Open a page by a link, answered by a fake client."""

    def opened(name: str, client: FakeClient, **link: str) -> AppTest:
        monkeypatch.setattr(deps, "client", lambda: client)
        test = AppTest.from_file(MAIN, default_timeout=30)
        for key, value in link.items() if name == "fleet" else ():
            test.query_params[key] = value
        test.run()
        if name == "fleet":
            return test
        test.switch_page(str(ROOT / "pages" / f"{name}.py"))
        for key, value in link.items():
            test.query_params[key] = value
        return test.run()

    return opened


def text(test: AppTest) -> str:
    """Return all that a page says."""
    found = [
        *test.title,
        *test.header,
        *test.subheader,
        *test.markdown,
        *test.caption,
        *test.error,
        *test.warning,
    ]
    return "\n".join(str(element.value) for element in found).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_workspace_says_so_and_what_comes_next(show: Show, page: str) -> None:
    test = show(page, FakeClient(n_models=0))
    assert not test.exception
    assert not test.error
    nothing = (
        "No models yet",
        "No drift to show",
        "No groups to compare",
        "No lineage yet",
        "No incident needs anybody",
        "No model to ask about yet",
        "No review was held yet",
    )
    assert any(words in text(test) for words in nothing)
    if page in {"fleet", "model", "drift", "fairness", "lineage"}:
        assert "trimtab watch" in test.code[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_filled_workspace(show: Show, page: str) -> None:
    link = {} if page == "fleet" else {"model": "lending"}
    test = show(page, FakeClient(n_models=4), **link)
    assert not test.exception
    assert not test.error
    assert test.title[0].value in {
        "Fleet",
        "lending",
        "Drift",
        "Fairness",
        "Lineage",
        "Activity",
        "Governance",
        "Review",
    }


@pytest.mark.parametrize("page", ["model", "drift", "fairness", "governance"])
def test_an_unknown_model_is_explained_with_a_way_back(show: Show, page: str) -> None:
    test = show(page, FakeClient(n_models=4), model="nope")
    assert not test.exception
    assert "There is no model “nope” in this workspace" in text(test)
    assert test.button(key="back_to_fleet")


@pytest.mark.parametrize("page", PAGES)
def test_without_control_the_page_says_what_failed_and_offers_one_action(show: Show, page: str) -> None:
    link = {} if page == "fleet" else {"model": "lending"}
    test = show(page, FakeClient(error=DOWN), **link)
    assert not test.exception
    said = text(test)
    assert "Could not read" in said
    assert "nothing listens on 127.0.0.1:8601" in said
    assert "Nothing was changed." in said
    assert test.button(key="try_again")


def test_trying_again_works_when_control_is_back(show: Show) -> None:
    client = FakeClient(error=DOWN)
    test = show("fleet", client)
    client.error = None
    test.button(key="try_again").click().run()
    assert not test.error
    assert test.title[0].value == "Fleet"


def test_a_registry_that_is_down_leaves_the_fleet_readable(show: Show) -> None:
    test = show("fleet", FakeClient(n_models=4, registry_problem="team: connection refused"))
    assert "The registry could not be read" in test.warning[0].value
    assert len(test.metric) == 4
    assert len(test.dataframe[0].value) == 4


def test_a_model_page_without_a_model_lets_one_pick(show: Show) -> None:
    test = show("model", FakeClient(n_models=4))
    assert not test.exception
    assert len(test.page_link) == 4


@pytest.mark.parametrize("tab", ["Performance", "Drift", "Segments", "Versions"])
def test_each_tab_of_a_model_opens_by_its_link(show: Show, tab: str) -> None:
    test = show("model", FakeClient(), model="lending", tab=tab)
    assert not test.exception
    n_charts = {"Performance": 3, "Drift": 2, "Segments": 2, "Versions": 0}[tab]
    assert len(test.get("plotly_chart")) == n_charts


def test_a_model_that_is_not_healthy_says_why(show: Show) -> None:
    test = show("model", FakeClient(), model="lending")
    assert "fails by 0.024" in text(test)


def test_a_changed_performance_says_why_above_the_tabs(show: Show) -> None:
    said = text(show("model", FakeClient(), model="lending"))
    assert "Why, 2 Nov 2026 to 6 Nov 2026." in said
    assert "0.005 because more rows come from channel = partner" in said


def test_the_segments_tab_says_how_sure_it_is(show: Show) -> None:
    test = show("model", FakeClient(), model="lending", tab="Segments")
    said = text(test)
    assert "ROC AUC by segment, with 95 % interval" in said
    assert "This says where the number changed, not what caused it." in said
    assert "Segments of the spec" in said
    assert "explained when judged" in said
    assert {box.label for box in test.selectbox} >= {"From", "To", "Metric"}


def test_picking_a_window_is_part_of_the_link(show: Show) -> None:
    test = show("model", FakeClient(), model="lending", tab="Segments")
    test.selectbox(key="picked_from").set_value("6").run()
    assert not test.exception
    assert test.query_params["from"] in ("6", ["6"])


def test_without_an_explanation_the_tab_says_why(show: Show) -> None:
    view = change_view(ChangeScope(model="lending"))
    empty = replace(view, explained=None, named=(), empty_reason="ROC AUC has no value in window 7.")
    said = text(show("model", FakeClient(change=empty), model="lending", tab="Segments"))
    assert "Nothing to explain yet" in said
    assert "has no value in window 7" in said


def test_where_nothing_stands_out_the_tab_still_reads(show: Show) -> None:
    view = change_view(ChangeScope(model="lending"))
    assert view.explained is not None
    quiet = replace(view.explained, found=(), shown=(), columns=(), split=None)
    test = show("model", FakeClient(change=replace(view, explained=quiet)), model="lending", tab="Segments")
    assert not test.exception
    assert "No segment has enough rows" in text(test)


def test_estimates_say_what_they_do_not_see(show: Show) -> None:
    test = show("model", FakeClient(), model="lending")
    assert "not valid under concept drift" in test.warning[0].value


def test_the_performance_tab_says_what_was_known_when(show: Show) -> None:
    test = show("model", FakeClient(), model="lending")
    assert "What was known when: 2 verdicts on ROC AUC revised" in [
        each.label.replace("\\", "") for each in test.expander
    ]
    assert "hatched where 23 windows wait for more labels" in text(test)
    (told,) = [each.value for each in test.table if "Says now" in each.value]
    assert "labels immature" in told["Said"].iloc[0]
    assert "Pass" in told["Says now"].iloc[0]


def test_the_metric_in_the_link_is_the_one_whose_past_is_asked_for(show: Show) -> None:
    test = show("model", FakeClient(), model="lending", metric="accuracy")
    assert "What was known when: 2 verdicts on Accuracy revised" in [
        each.label.replace("\\", "") for each in test.expander
    ]


@pytest.mark.parametrize(("page", "prefix"), [("drift", "drift"), ("model", "model")])
def test_the_baseline_is_chosen_and_part_of_the_link(show: Show, page: str, prefix: str) -> None:
    link = {"model": "lending", "tab": "Drift"} if page == "model" else {"model": "lending"}
    test = show(page, FakeClient(), **link)
    assert test.segmented_control(key=f"{prefix}_baseline").value == "fixed"
    assert "Stored verdict" not in text(test)
    (style,) = [one.proto.body for one in test.get("html") if ".textpoint" in one.proto.body]
    assert f".st-key-{prefix}_heatmap .textpoint" in style
    assert "/ 40 - 2px" in style, "marks are as wide as the cells of 40 windows allow"
    test.segmented_control(key=f"{prefix}_baseline").set_value("previous").run()
    assert not test.exception
    assert test.query_params["baseline"] in ("previous", ["previous"])
    said = text(test)
    assert "Distances are from the window before." in said
    assert "Stored verdict: " in said


def test_the_fleet_s_filters_are_part_of_the_link(show: Show) -> None:
    test = show("fleet", FakeClient(), status="Watch", search="claims", order="Most rows a day")
    assert not test.exception
    assert test.text_input(key="search").value == "claims"
    assert {status[0] for status in test.dataframe[0].value["status"]} == {"▲ Watch"}


def test_another_filter_starts_at_the_first_page(show: Show) -> None:
    test = show("fleet", FakeClient(), page="3")
    test.text_input(key="search").set_value("x").run()
    assert not test.exception
    assert test.session_state["page"] == 1


def test_names_from_outside_show_as_they_are_written(show: Show) -> None:
    evil = "**a** :red[b] <b>c</b> $x$ [d](http://e)"
    test = show("model", FakeClient(), model=evil)
    assert not test.exception
    title = test.title[0].value
    assert "**a**" not in title
    assert title.replace("\\", "").replace("\u2060", "") == evil

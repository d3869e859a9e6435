"""The mitigation card of the Fairness page: try, follow, choose, confirm."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from app.components.frontier import frontier_figure
from core.errors import Unavailable
from core.job import JobStatus
from core.mitigation import Method
from core.views.mitigation import MitigationScope
from tests.made_frontier import frontier, number

from .fake_client import FakeClient
from .made_mitigation import TRIED, TRYING, mitigation_view
from .test_pages import Show, show, text

__all__ = ["show"]
LENDING = MitigationScope(model="lending")
TIGHTEST = "reduction:0.01:selection_rate:age_band"


def opened(show: Show, client: FakeClient) -> AppTest:
    test = show("fairness", client, model="lending")
    assert not test.exception
    return test


def test_before_anything_was_tried_it_says_what_would_be(show: Show) -> None:
    client = FakeClient()
    test = opened(show, client)
    assert "Nothing was tried yet." in text(test)
    test.button(key="try_mitigations").click().run()
    assert client.asked == [("mitigate", ("local/lending", "age_band", "selection_rate"))]
    assert test.button(key="cancel_mitigations")


def test_where_it_cannot_be_tried_it_says_why(show: Show) -> None:
    why_not = "The spec names no label, so nothing can be trained: write columns.label."
    test = opened(show, FakeClient(mitigation=mitigation_view(LENDING, why_not=why_not)))
    assert test.button(key="try_mitigations").disabled
    assert "The spec names no label" in text(test)


def test_a_failed_trial_says_so_and_can_be_tried_again(show: Show) -> None:
    failed = replace(TRYING, status=JobStatus.FAILED, error="It took longer than 600 s.")
    test = opened(show, FakeClient(mitigation=mitigation_view(LENDING, job=failed)))
    assert "The trial failed." in text(test)
    assert "Nothing was changed." in text(test)
    assert not test.button(key="try_mitigations").disabled


def test_what_control_refuses_is_told(show: Show) -> None:
    client = FakeClient(refuses=Unavailable("The registry", "it does not answer"))
    test = opened(show, client)
    test.button(key="try_mitigations").click().run()
    assert "it does not answer" in text(test)


def test_the_finding_names_the_best_recipe_over_the_screen_and_its_price(show: Show) -> None:
    """0.84 at least is wholly over 0.80 with intervals of ± 0.03: of those the one that ranks best."""
    test = opened(show, FakeClient(mitigation=mitigation_view(LENDING, frontier=TRIED)))
    said = text(test)
    assert "Now the ratio by age_band is 0.700 (0.670 to 0.730)." in said
    assert "Reduction ≤ 0.02 reaches 0.840 (0.810 to 0.870)" in said
    assert "0.030 less than fitting anew alone" in said
    assert test.selectbox(key="recipe_age_band_selection_rate").value.recipe.strength == 0.02


def test_without_any_over_the_screen_nothing_is_recommended(show: Show) -> None:
    low = replace(TRIED, points=tuple(replace(one, ratio=number("r", 0.7)) for one in TRIED.points))
    test = opened(show, FakeClient(mitigation=mitigation_view(LENDING, frontier=low)))
    assert "No recipe that can be chosen lies wholly over 0.80." in text(test)


def test_only_what_can_become_a_candidate_is_offered(show: Show) -> None:
    test = opened(show, FakeClient(mitigation=mitigation_view(LENDING, frontier=TRIED)))
    offered = test.selectbox(key="recipe_age_band_selection_rate").options
    assert len(offered) == 7
    assert not [one for one in offered if "Threshold" in one or "Champion" in one]


def test_a_recipe_that_failed_is_named(show: Show) -> None:
    points = tuple(
        replace(one, problem="KNeighborsClassifier takes no weights of rows", ratio=None, auc=None)
        if one.recipe.method is Method.REDUCTION
        else one
        for one in TRIED.points
    )
    shown = mitigation_view(LENDING, frontier=replace(TRIED, points=points))
    assert "takes no weights of rows" in text(opened(show, FakeClient(mitigation=shown)))


def test_reason_and_name_come_before_the_press(show: Show) -> None:
    client = FakeClient(mitigation=mitigation_view(LENDING, frontier=TRIED))
    test = opened(show, client)
    box = test.selectbox(key="recipe_age_band_selection_rate")
    box.select(next(one for one in TRIED.points if one.recipe.key == TIGHTEST)).run()
    test.button(key="train_recipe").click().run()
    assert "F: 0.300" in text(test)
    assert test.button(key="confirm_recipe").disabled
    test.text_area(key="recipe_reason").set_value("under 25 are approved too rarely")
    test.text_input(key="recipe_typed_name").set_value("lending").run()
    test.button(key="confirm_recipe").click().run()
    assert client.asked == [(TIGHTEST, ("local/lending", "under 25 are approved too rarely"))]


@pytest.mark.parametrize("is_dark", [False, True])
def test_points_without_a_ratio_are_left_out_of_the_figure(is_dark: bool) -> None:
    points = tuple(replace(one, ratio=None) for one in frontier().points[:1]) + frontier().points[1:]
    figure = frontier_figure(frontier(points=points), "", is_dark=is_dark)
    assert [trace.name for trace in figure.data] == [
        "Fitted anew",
        "Reweighing",
        "Reduction",
        "Threshold per group",
    ]
    assert figure.layout.shapes[0].y0 == 0.80

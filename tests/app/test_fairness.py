"""The Fairness page: its cards in every state, choices in the link, the verdict that the command prints."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from app import deps
from app.components import fairness_figures, fairness_history, fairness_planes
from core import cli
from core.client import connect
from core.config import Workspace
from core.views.fairness import FairnessScope, GroupLevel, LabelNote, Tradeoff
from tests.app.test_one_verdict import workspace  # noqa: F401 (a fixture)
from tests.app.test_pages import show, text  # noqa: F401 (a fixture)

from .fake_client import FakeClient
from .made_fairness import fairness_view

ROOT = Path(__file__).resolve().parents[2]
Show = Callable[..., AppTest]
VIEW = fairness_view(FairnessScope(model="lending"))


def test_every_card_has_its_finding_and_how_to_read_it(show: Show) -> None:  # noqa: F811
    test = show("fairness", FakeClient(), model="lending")
    assert not test.exception
    assert len(test.get("plotly_chart")) == 5
    said = text(test)
    for told in (
        "fails by 0.050. A screening band, not a legal verdict.",
        "trimtab fairness lending --by age_band --windows 50..89",
        "lowest for 18-25",
        "Withheld, with fewer than 30 rows: (missing).",
        "Outside the band: 18-25; on its edge: 66+.",
        "■ wholly outside 0.800 to 1.250",
        "At today's threshold of 0.50",
        "2 of 20 crossed groups lie wholly outside the band",
        "fails in 31 of 40 judged windows",
    ):
        assert told in said


@pytest.mark.parametrize(
    ("widget", "value", "name"),
    [
        ("fairness_measure", "false_negative_rate", "measure"),
        ("fairness_against", "51-65", "against"),
        ("fairness_group", "66+", "group"),
        ("fairness_cross", "sex", "cross"),
    ],
)
def test_what_is_chosen_is_in_the_link(show: Show, widget: str, value: str, name: str) -> None:  # noqa: F811
    test = show("fairness", FakeClient(), model="lending")
    test.selectbox(key=widget).set_value(value).run()
    assert not test.exception
    assert test.query_params[name] in (value, [value])


def test_another_column_forgets_the_groups_of_the_one_before(show: Show) -> None:  # noqa: F811
    link = {"model": "lending", "against": "51-65", "group": "66+", "cross": "region"}
    test = show("fairness", FakeClient(), **link)
    test.segmented_control(key="fairness_attribute").set_value("sex").run()
    assert not test.exception
    assert test.query_params["attribute"] in ("sex", ["sex"])
    assert not {"against", "group", "cross"} & set(test.query_params)


@pytest.mark.parametrize(
    ("picked", "expected"), [("last 7", {"last": "7"}), ("60", {"window": "60"}), ("all", {})]
)
def test_windows_are_chosen_together_or_one_by_one(
    show: Show,  # noqa: F811
    picked: str,
    expected: dict[str, str],
) -> None:
    test = show("fairness", FakeClient(), model="lending", window="55")
    assert test.selectbox(key="fairness_period").value == "55"
    test.selectbox(key="fairness_period").set_value(picked).run()
    assert not test.exception
    left = {name: test.query_params[name] for name in ("last", "window") if name in test.query_params}
    assert left in (expected, {name: [value] for name, value in expected.items()})


def test_where_there_is_nothing_to_compare_each_card_says_why(show: Show) -> None:  # noqa: F811
    small = GroupLevel(
        name="18-25", n=12, n_behind=12, value=None, low=None, high=None, note="fewer than 30 rows"
    )
    bare = replace(
        VIEW,
        verdict=None,
        levels=(small,),
        reference=None,
        contrasts=(),
        contrast_note="No group has the 100 rows that a comparison takes.",
        tradeoff=Tradeoff(missing="Accuracy needs labels."),
        crossing=None,
        history=replace(VIEW.history, groups=(), sentence="No closed window has a number yet."),
        labels=LabelNote(n=10, n_waiting=10, n_windows=1, text="10 of 10 rows wait for their labels."),
    )
    test = show("fairness", FakeClient(fairness=bare), model="lending")
    assert not test.exception
    said = text(test)
    for told in (
        "No rule of the policy judges this measure here.",
        "No group has the 100 rows",
        "Accuracy needs labels.",
        "One sensitive column only",
        "No closed window has a number yet.",
        "10 of 10 rows wait for their labels.",
    ):
        assert told in said


def test_tables_of_rules_are_chosen_and_never_a_legal_verdict(show: Show) -> None:  # noqa: F811
    test = show("fairness", FakeClient(), model="lending")
    assert "Not a legal verdict" in text(test)
    assert test.table[-1].value["Impact ratio"].tolist()[0].replace("\\", "") == "■ 0.750"
    test.segmented_control(key="fairness_preset").set_value("ll144").run()
    assert test.query_params["preset"] in ("ll144", ["ll144"])
    said = text(test)
    assert "Persons of an unknown category, in no number here: 1,045." in said
    assert "Left out, under 2 % of the data: 1 category." in said
    assert "The rule asks for race/ethnicity" in said
    assert test.table[-1].value["Selected"].tolist() == ["10,000", "11,180", "250"]
    assert "left out: under 2 %" in test.table[-1].value["Impact ratio"].tolist()[2].replace("\\", "")
    test.segmented_control(key="fairness_rate").set_value("scoring").run()
    assert not test.exception
    assert "Median score of the sample: 0.47." in text(test)


def links(test: AppTest) -> list[dict[str, str]]:
    """Where the page's links to groups lead."""
    found = [one.proto for one in test.get("page_link") if one.proto.label == "Show the groups"]
    return [dict(parse_qsl(one.query_string)) for one in found]


def test_fairness_verdicts_lead_to_their_groups(show: Show) -> None:  # noqa: F811
    """From the card of a ratio and from incidents, on the Model page and on the Activity page."""
    ratio = {"model": "lending", "attribute": "age_band", "measure": "selection_rate", "window": "89"}
    assert ratio in links(show("model", FakeClient(), model="lending"))
    rate = {**ratio, "measure": "false_negative_rate", "window": "88", "group": "18-25"}
    assert rate in links(show("activity", FakeClient()))


def test_a_model_with_classes_lets_one_be_picked(show: Show) -> None:  # noqa: F811
    several = replace(VIEW, classes=("basic", "gold", "plus"), of_class="basic")
    test = show("fairness", FakeClient(fairness=several), model="plans")
    test.segmented_control(key="fairness_class").set_value("gold").run()
    assert test.query_params["class"] in ("gold", ["gold"])


@pytest.mark.parametrize("is_dark", [False, True])
def test_marks_follow_intervals_and_withheld_groups_have_no_number(*, is_dark: bool) -> None:
    figure = fairness_figures.contrasts(VIEW.contrasts, 0.8, 1.25, "share", is_ratio=True, is_dark=is_dark)
    assert list(figure.data[-1].marker.symbol) == ["square", "circle", "diamond", "circle", "triangle-up"]
    bars = fairness_figures.levels(VIEW.levels, "share", is_dark=is_dark)
    assert bars.data[0].y[-1] is None
    assert bars.layout.annotations[-1].text == "withheld"
    assert VIEW.crossing is not None
    cells = fairness_planes.crossing(VIEW.crossing, "share", is_ratio=True, is_dark=is_dark)
    texts = [note.text for note in cells.layout.annotations]
    assert texts[3] == "n < 30"
    assert texts[0].startswith("■ 0.71")
    ring = fairness_planes.tradeoff(VIEW.tradeoff, 0.8, is_dark=is_dark).data[-1]
    assert (ring.x[0], ring.y[0]) == (VIEW.tradeoff.points[20].accuracy, VIEW.tradeoff.points[20].ratio)
    drawn = fairness_history.history(VIEW.history, "share", is_dark=is_dark)
    assert [one.name for one in drawn.data if one.name and one.yaxis != "y2"][-1] == "18-25"
    assert any(shape.y0 == 0.8 for shape in drawn.layout.shapes)


def test_differences_have_no_band() -> None:
    figure = fairness_figures.contrasts(VIEW.contrasts, 0.8, 1.25, "share", is_ratio=False, is_dark=False)
    assert [shape.type for shape in figure.layout.shapes] == ["line"]


def test_command_and_page_tell_the_same(
    workspace: Workspace,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stored verdict of a window, and the one over all windows together."""

    def printed(*words: str) -> dict[str, list[dict[str, object]]] | list[dict[str, object]]:
        ran = CliRunner().invoke(cli.main, [*words, "--json", "--workspace", str(workspace.root)])
        assert ran.exit_code == 0, ran.output
        found: dict[str, list[dict[str, object]]] | list[dict[str, object]] = json.loads(ran.stdout)
        return found

    verdicts = printed("verdicts", "loans")
    together = printed("fairness", "loans", "--by", "sex", "--windows", "0..2")
    assert isinstance(together, dict)
    (stored,) = (
        one
        for one in verdicts
        if isinstance(one, dict)
        and (one["metric"], one["window"]["index"]) == ("demographic_parity_ratio", 2)  # type: ignore[index]
    )
    for link, sentence in (
        ({"model": "loans", "window": "2"}, str(stored["sentence"])),
        ({"model": "loans"}, str(together["verdicts"][0]["sentence"])),
    ):
        with connect(workspace, what="test") as client:
            monkeypatch.setattr(deps, "client", lambda client=client: client)
            page = AppTest.from_file(str(ROOT / "app" / "main.py"), default_timeout=60).run()
            page.switch_page(str(ROOT / "pages" / "fairness.py"))
            for name, value in link.items():
                page.query_params[name] = value
            page.run()
        assert not page.exception
        assert sentence in text(page)

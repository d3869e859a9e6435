"""The Lineage page: what it says, what is in its link; and where the drawing puts things."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from app import scope
from app.components.lineage import drawing
from app.components.lineage.layout import (
    CARD_HEIGHT,
    GAP,
    MOST,
    Layout,
    fold_id,
    lay_out,
    spread,
    worst,
)
from core.domain import Health
from core.views.lineage import LineageCard, LineageLink, LineageScope
from tests.app.test_pages import show, text  # noqa: F401 (a fixture)

from .fake_client import FakeClient
from .made_lineage import EVIL, cards_of, lineage_view, links_of

Show = Callable[..., AppTest]


def card(layer: int, name: str, health: Health | None = None) -> LineageCard:
    return LineageCard(id=f"k:{name}", kind="source", layer=layer, name=name, detail="", health=health)


def link(source: str, target: str) -> LineageLink:
    return LineageLink(source=f"k:{source}", target=f"k:{target}", relation="feeds")


def shown(layout: Layout) -> set[str]:
    return {box.id for box in layout.boxes if box.card is not None}


# ---------------------------------------------------------------- where things stand


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[LineageCard], list[LineageLink]]:
    states = st.sampled_from([None, *Health])
    layers = draw(st.lists(st.integers(0, 6), min_size=1, max_size=40))
    cards = [card(layer, f"n{at}", draw(states)) for at, layer in enumerate(layers)]
    ends = st.sampled_from([one.id for one in cards])
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=60))
    return cards, [LineageLink(source=a, target=b, relation="feeds") for a, b in pairs]


@settings(max_examples=60, deadline=None)
@given(graphs(), st.sets(st.integers(0, 6)), st.randoms(use_true_random=False))
def test_every_card_has_one_place_and_none_lies_on_another(
    graph: tuple[list[LineageCard], list[LineageLink]], unfolded: set[int], chance: Random
) -> None:
    cards, links = graph
    layout = lay_out(cards, links, unfolded=unfolded)
    hidden = [one.id for box in layout.boxes for one in box.hidden]
    assert sorted([*shown(layout), *hidden]) == sorted(one.id for one in cards)
    assert set(layout.home) == set(hidden)
    for column, layer in enumerate(layout.layers):
        own = sorted((box for box in layout.boxes if box.column == column), key=lambda box: box.y)
        assert all(low.y + CARD_HEIGHT + GAP <= high.y + 0.11 for low, high in pairwise(own))
        assert len(own) <= MOST or layer in unfolded
        lanes = {y for path in layout.paths for at, y in path.via if at == column}
        assert not any(box.y < y < box.y + CARD_HEIGHT for box in own for y in lanes), "behind a card"
    assert min(box.y for box in layout.boxes) >= 0
    chance.shuffle(cards)
    chance.shuffle(links)
    assert lay_out(cards, links, unfolded=unfolded) == layout


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-500, 500), st.floats(1, 60)), min_size=1, max_size=12), st.floats(0, 300)
)
def test_spread_keeps_order_distance_and_room(wanted: list[tuple[float, float]], more: float) -> None:
    places, sizes = [one for one, _ in wanted], [size for _, size in wanted]
    room = sum(sizes) + more
    found = spread(places, sizes, room)
    assert all(b - a >= size - 1e-6 for (a, b), size in zip(pairwise(found), sizes, strict=False))
    assert found[0] >= 0
    assert found[-1] + sizes[-1] <= room + 1e-6


def test_links_that_need_not_cross_do_not() -> None:
    cards = [card(0, name) for name in "abc"] + [card(1, name) for name in "xyz"]
    assert lay_out(cards, [link("a", "z"), link("b", "y"), link("c", "x")]).n_crossings == 0
    # Two sources that feed the same two data sets cross once, whatever the order.
    both = [link(one, other) for one in "ab" for other in "xy"]
    assert lay_out([*cards[:2], *cards[3:5]], both).n_crossings == 1


def test_a_link_past_a_layer_runs_between_its_cards() -> None:
    cards = [card(0, "a"), card(1, "b"), card(2, "c")]
    layout = lay_out(cards, [link("a", "b"), link("b", "c"), link("a", "c")])
    (past,) = [path for path in layout.paths if path.via]
    assert (past.source, past.target) == ("k:a", "k:c")
    ((column, y),) = past.via
    (between,) = [box for box in layout.boxes if box.column == 1]
    assert column == 1
    assert not between.y <= y <= between.y + CARD_HEIGHT


def test_a_fold_tells_of_the_worst_inside_and_never_hides_what_is_looked_at() -> None:
    cards = [card(0, f"n{at:02}", Health.HEALTHY) for at in range(20)]
    cards[13] = replace(cards[13], health=Health.CRITICAL)
    layout = lay_out(cards, [])
    assert cards[13].id in shown(layout)
    (fold,) = [box for box in layout.boxes if box.hidden]
    assert (fold.id, len(fold.hidden), worst(fold.hidden)) == (fold_id(0), 14, Health.HEALTHY)
    hidden = fold.hidden[-1].id
    assert hidden in shown(lay_out(cards, [], focus=hidden))
    assert shown(lay_out(cards, [], unfolded={0})) == {one.id for one in cards}


def test_what_is_traced_is_shown_before_what_is_worse() -> None:
    cards = [card(0, f"n{at:02}", Health.CRITICAL) for at in range(20)] + [card(1, "x"), card(2, "y")]
    cards[17] = replace(cards[17], health=None)
    links = [link("n17", "x"), link("x", "y")]
    assert cards[17].id not in shown(lay_out(cards, links))
    assert cards[17].id in shown(lay_out(cards, links, focus="k:y"))


def test_what_the_browser_gets_changes_its_signature_with_what_is_drawn() -> None:
    view = lineage_view(LineageScope(model="lending", hops=None), n=120)
    sent = drawing.sent(view, unfolded=())
    picked = replace(view, focus=next(iter(drawing.lay_out(view.cards, view.links).home)))
    assert sent == drawing.sent(view, unfolded=())
    assert drawing.sent(view, unfolded={0})["signature"] != sent["signature"]
    assert drawing.sent(picked, unfolded=())["signature"] != sent["signature"]
    boxes = drawing.sent(view, unfolded={0})["boxes"]
    assert isinstance(boxes, list)
    assert {box["kind"] for box in boxes} == {"thing", "fold", "less"}
    told = {box["label"] for box in boxes}
    assert "Sources: show fewer" in told
    assert "Source core.accounts, 17 M rows" in told
    assert any(one.startswith("Features: 11 more cards. Show them.") for one in told)


def test_three_hundred_objects_are_laid_out_within_a_page() -> None:
    cards = cards_of(300)
    layout = lay_out(cards, links_of(cards))
    assert len(layout.boxes) == 7 * MOST
    assert layout.height < 700


# ---------------------------------------------------------------- the page


def test_a_link_says_how_far_and_what_is_open() -> None:
    assert scope.lineage_scope({"model": "lending"}) == LineageScope(model="lending")
    told = {"focus": "dataset:a", "hops": "all", "impact": "income"}
    assert scope.lineage_scope(told) == LineageScope(focus="dataset:a", hops=None, impact="income")
    assert scope.lineage_scope({"hops": "-3"}).hops == 1
    assert scope.lineage_scope({"hops": "2"}).hops == 2
    assert scope.unfolded_layers({"open": "0,3,9,x"}) == {0, 3}
    assert scope.unfolded_layers({}) == frozenset()


def test_what_is_picked_is_told_at_the_right_with_whom_it_concerns(show: Show) -> None:  # noqa: F811
    test = show("lineage", FakeClient(), model="lending", focus="dataset:train 2026-11")
    assert not test.exception
    said = text(test)
    for told in (
        "31 objects, 41 links on record",
        "Data set versions · dataset",
        "5.4 M rows",
        "1 live model comes of it: lending.",
        "■ Critical",
        "champion v16 · owned by credit-risk · high risk",
        "ROC AUC 0.706, limit 0.730",
        "Decided: promoted by ann, 2 Oct 2026",
    ):
        assert told in said or told in str([one.proto.body for one in test.get("badge")]), told
    assert "**Digest** 9f2c61" in said
    test.button(key="lineage_clear").click().run()
    assert "focus" not in test.query_params
    assert "1 live model comes of it" not in text(test)


def test_the_impact_query_answers_with_live_models_owners_and_decisions(show: Show) -> None:  # noqa: F811
    test = show("lineage", FakeClient(), model="lending")
    test.selectbox(key="lineage_impact").set_value("source:bureau.scores").run()
    assert not test.exception
    assert test.query_params["impact"] in ("source:bureau.scores", ["source:bureau.scores"])
    said = text(test)
    assert "What bureau.scores reaches" in said
    assert "owned by credit-risk" in said


def test_how_far_is_chosen_and_in_the_link(show: Show) -> None:  # noqa: F811
    test = show("lineage", FakeClient(), model="lending")
    assert test.segmented_control(key="lineage_hops").value == "1"
    assert "15 of them here" in text(test)
    test.segmented_control(key="lineage_hops").set_value("all").run()
    assert not test.exception
    assert test.query_params["hops"] in ("all", ["all"])
    assert "30 of them here" in text(test)


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ({"model": "nope"}, "No model is called nope"),
        ({"model": "lending", "focus": "dataset:gone"}, "That object is not known"),
        ({"model": "lending", "impact": "no_such_column"}, "There is no object no_such_column."),
    ],
)
def test_what_is_not_known_is_explained_with_a_way_back(
    show: Show,  # noqa: F811
    link: dict[str, str],
    told: str,
) -> None:
    test = show("lineage", FakeClient(), **link)
    assert not test.exception
    assert told in text(test)
    assert test.button(key="back_to_fleet")
    assert "Data whose checks failed" in text(test)
    assert "source · 2 of 3 checks failed · owned by warehouse" in text(test)
    # Another question can be asked from here.
    test.selectbox(key="lineage_impact").set_value("source:bureau.scores").run()
    if link == {"model": "lending", "impact": "no_such_column"}:
        assert "What bureau.scores reaches" in text(test)


def test_data_that_is_offered_is_looked_at_and_stays_in_the_link(show: Show) -> None:  # noqa: F811
    test = show("lineage", FakeClient(), model="nope")
    test.button(key="look_source:core.accounts").click().run()
    assert not test.exception
    assert test.query_params["focus"] in ("source:core.accounts", ["source:core.accounts"])
    assert test.query_params["hops"] in ("all", ["all"])


def test_names_from_outside_go_to_the_browser_as_text() -> None:
    view = lineage_view(LineageScope(model="lending", hops=None))
    evil = replace(view.cards[0], name=EVIL, detail=EVIL)
    sent = drawing.sent(replace(view, cards=(evil, *view.cards[1:])), unfolded=())
    assert isinstance(sent["boxes"], list)
    assert EVIL in {box["name"] for box in sent["boxes"]}
    script = (drawing._FOLDER / "lineage.js").read_text()
    assert not [
        way for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write") if way in script
    ]


def test_data_sets_and_features_are_listed_in_a_tab_that_a_link_names(show: Show) -> None:  # noqa: F811
    test = show("lineage", FakeClient(), model="lending", tab="Data sets and features")
    assert not test.exception
    assert not test.get("bidi_component"), "what is not looked at is not drawn"
    data, features = (one.value for one in test.dataframe)
    assert data["digest"].tolist() == ["9f2c61", "77aa10"]
    assert data["changed"].tolist() == ["age came", "–"]
    assert data["live"].tolist() == ["lending v16", "–"]
    assert features["value"].tolist() == ["psi 0.310, limit 0.200", "–"]
    assert features["drift"].tolist()[1] == "○ not judged"
    assert "Data sets of lending" in text(test)


def test_a_model_without_data_sets_says_where_they_come_from(show: Show) -> None:  # noqa: F811
    test = show("lineage", FakeClient(), model="readmission", tab="Data sets and features")
    assert not test.exception
    assert "Runs name them as their inputs" in text(test)


def test_two_versions_are_compared_when_that_is_asked_for(show: Show) -> None:  # noqa: F811
    test = show("lineage", FakeClient(), model="lending", tab="Data sets and features")
    assert "whose rows are not at hand" in str([one.label for one in test.expander])
    assert "it lies at s3" in text(test).replace("\\", "")
    assert test.selectbox(key="dataset_after").options == ["train@9f2c61"]
    assert len(test.dataframe) == 2
    test.button(key="dataset_compare").click().run()
    assert not test.exception
    told = test.dataframe[1].value
    assert told["drift"].tolist() == ["■ Fail", "○ not judged"]
    assert told["value"].tolist() == ["psi 0.310", "–"]
    assert told["limit"].tolist() == ["upper limit 0.200", "–"]
    assert told["after"].tolist() == ["mean 52,900, 2.0\u2009% missing", "–"]
    assert "not what was logged" in test.warning[0].value
    test.selectbox(key="dataset_before").set_value("train@9f2c61").run()
    assert len(test.dataframe) == 2, "an answer about other versions stays away"

"""The page of a review and its charts: whole, escaped, without scripts or addresses."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.review import minutes, svg
from core.views.review import Choice, Earlier, Outcome, Since
from core.views.series import Point
from tests.unit.review.made import DAY, EVIL, ITEM, NOW, REVIEW, SERIES, TOLD, decision

SVG = "{http://www.w3.org/2000/svg}"
STAMP = minutes.Stamp(seq=9, head="cd" * 32, at=NOW)


def paths(text: str) -> list[str]:
    return [str(one.get("d")) for one in ET.fromstring(text).iter(f"{SVG}path")]


def test_a_chart_has_its_line_interval_limit_and_band() -> None:
    drawn = svg.chart(SERIES, since=NOW - 4 * DAY)
    interval, line = paths(drawn)
    assert interval.endswith("Z")
    assert len(line.split(" L")) == len(SERIES.measured)
    assert "lower limit 0.78" in drawn
    assert "since 14 Nov 2026" in drawn
    assert ET.fromstring(drawn).get("aria-label") == "ROC AUC, 0.74 in the last of 10 windows"


def test_a_value_lies_where_the_scale_says() -> None:
    (line,) = [one for one in paths(svg.chart(SERIES)) if not one.endswith("Z")]
    heights = [float(pair.split(",")[1]) for pair in line.removeprefix("M").split(" L")]
    steps = {round(after - before, 1) for before, after in pairwise(heights)}
    assert max(steps) - min(steps) <= 0.1 + 1e-9, "equal steps of the metric are equal steps on paper"
    assert heights == sorted(heights), "a falling metric goes down"


def test_estimates_are_dotted_and_stand_in_for_windows_without_labels_only() -> None:
    points = tuple(replace(one, estimated=True, value=0.7, low=None, high=None) for one in SERIES.measured)
    both = replace(SERIES, measured=SERIES.measured[:6], estimated=points)
    drawn = svg.chart(both)
    lines = [one for one in paths(drawn) if not one.endswith("Z")]
    assert [len(one.split(" L")) for one in lines] == [6, 4]
    assert "stroke-dasharray" in drawn


@pytest.mark.parametrize("n", [0, 1])
def test_few_windows_are_drawn_or_told(n: int) -> None:
    drawn = svg.chart(replace(SERIES, measured=SERIES.measured[:n]), since=NOW)
    assert ("no window has a value" in drawn) == (n == 0)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=20), st.booleans())
def test_every_series_is_drawn_on_the_paper(values: list[float], timed: bool) -> None:
    points = tuple(
        Point(index=i, start=None, end=NOW + i * DAY if timed else None, n=1, value=value)
        for i, value in enumerate(values)
    )
    drawn = svg.chart(replace(SERIES, measured=points))
    numbers = [float(one) for path in paths(drawn) for one in re.findall(r"-?\d+\.\d", path)]
    assert all(-0.1 <= one <= svg.WIDTH + 0.1 for one in numbers)


def test_the_minutes_say_all_and_rest_on_the_ledger() -> None:
    closed = replace(
        REVIEW, decisions=(decision(Choice.ROLL_BACK, due_at=NOW + DAY),), closed_at=NOW, closed_by="ann"
    )
    page = minutes.html(closed, STAMP)
    for words in (
        "Minutes, closed 18 Nov 2026 09:00 UTC by ann", "1 of 2 items decided", "ann, bob", "Roll back.",
        "because", "owner bob", "due 19 Nov 2026", "Done: Rolled back.", "<h2>Not decided</h2>",
        "ledger entry 9", "cd" * 32, "ab" * 32,
    ):  # fmt: skip
        assert words in page, words
    assert page.count("<svg") == 2
    assert "break-inside:avoid" in page


def test_what_was_decided_comes_first_with_its_number_of_the_agenda() -> None:
    asked = replace(ITEM, id="item3")
    one = decision(Choice.DEFER, Outcome.RECORDED, item="item3")
    review = replace(REVIEW, items=(ITEM, TOLD, asked), decisions=(one,))
    closed = minutes.html(replace(review, closed_at=NOW), STAMP)
    assert re.findall(r"<h2>[^<]+</h2>|Item \d of 3", closed) == [
        "<h2>What was decided</h2>", "Item 3 of 3", "<h2>Not decided</h2>", "Item 1 of 3", "Item 2 of 3",
    ]  # fmt: skip
    pre_read = minutes.html(review, STAMP)
    assert re.findall(r"<h2>[^<]+</h2>|Item \d of 3", pre_read) == [
        "<h2>Agenda</h2>", "Item 1 of 3", "Item 2 of 3", "Item 3 of 3",
    ]  # fmt: skip
    none = minutes.html(replace(review, decisions=(), closed_at=NOW), STAMP)
    assert "<h2>What was decided</h2><p>Nothing was decided.</p><h2>Not decided</h2>" in none


@pytest.mark.parametrize("said", ["The risk is accepted until 19 Nov 2026.", "Not possible."])
def test_the_end_of_an_accepted_risk_is_said_once(said: str) -> None:
    one = decision(Choice.ACCEPT, until=NOW + DAY, sentence=said)
    page = minutes.html(replace(REVIEW, decisions=(one,), closed_at=NOW), STAMP)
    assert page.count("until 19 Nov 2026") == 1


def test_nothing_that_people_wrote_is_markup_and_nothing_is_asked_for() -> None:
    item = replace(ITEM, model=EVIL, models=(EVIL,), sentence=EVIL, owner=EVIL, detail=EVIL)
    item = replace(item, series=replace(SERIES, title=EVIL, feature=EVIL, segment=EVIL))
    one = decision(Choice.DEFER, Outcome.RECORDED, reason=EVIL, owner=EVIL, actor=EVIL, sentence=EVIL)
    before = Earlier(decision=one, review_title=EVIL, item_title=EVIL, state=Since.OVERDUE, sentence=EVIL)
    evil = replace(
        REVIEW, title=EVIL, items=(item,), decisions=(one,), attendees=(EVIL,), earlier=(before,),
        opened_by=EVIL, closed_by=EVIL, closed_at=NOW,
    )  # fmt: skip
    page = minutes.html(evil, STAMP)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") > 10
    addresses = set(re.findall(r"https?://[^\"' ]+|\b(?:src|href)=", page))
    assert addresses == {"http://www.w3.org/2000/svg"}, "a namespace is no address that is asked for"


def test_an_open_review_is_a_pre_read_and_an_empty_one_says_so() -> None:
    assert "Pre-read: nothing is final yet" in minutes.html(REVIEW, STAMP)
    assert "there is nothing to decide" in minutes.html(replace(REVIEW, items=()), STAMP)

"""Rows depend on seed and day and on nothing else, and become files that a service could have written."""

from datetime import UTC, datetime

import numpy as np
import pytest

from core.demo.rows import DAY_S, Rows, draw_days
from core.demo.stories import CONTROL, LENDING, REORDER, STORIES, Story
from core.demo.training import Scored

DAY_0 = datetime(2026, 7, 1, tzinfo=UTC)
BY_NAME = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)


def rows_of(story: Story, days: range, seed: int = 7) -> Rows:
    return draw_days(story.draw, seed=seed, stream=story.stream, days=days)


def answers(rows: Rows, *, score: bool = True) -> Scored:
    return Scored(prediction=np.ones(len(rows)), score=np.full(len(rows), 0.5) if score else None)


@BY_NAME
def test_a_seed_gives_the_same_rows_again(story):
    a, b = (
        story.predictions(r, answers(r), day_0=DAY_0, with_labels=True)
        for r in (rows_of(story, range(3)),) * 2
    )
    assert a.equals(b)
    again = rows_of(story, range(3))
    assert story.predictions(again, answers(again), day_0=DAY_0, with_labels=True).equals(a)


@BY_NAME
def test_a_day_drawn_alone_is_the_day_in_a_stretch(story):
    alone, stretch = rows_of(story, range(2, 3)), rows_of(story, range(4))
    part = stretch.event_s // DAY_S == 2
    assert np.array_equal(stretch.ids[part], alone.ids)
    for name, values in alone.numeric.items():
        assert np.array_equal(stretch.numeric[name][part], values, equal_nan=True)


@BY_NAME
def test_another_seed_gives_other_rows(story):
    name = story.features.numeric[0]
    a, b = rows_of(story, range(1), seed=1), rows_of(story, range(1), seed=2)
    assert not np.array_equal(a.numeric[name], b.numeric[name])


@BY_NAME
def test_the_first_row_of_a_day_comes_at_midnight_and_ids_are_unique(story):
    rows = rows_of(story, range(-2, 2))
    assert rows.event_s[0] == -2 * DAY_S
    assert np.all(np.diff(rows.event_s) >= 0)
    assert len(set(rows.ids)) == len(rows)


@BY_NAME
def test_all_columns_have_one_length_and_the_features_their_names(story):
    rows = rows_of(story, range(1))
    assert tuple(rows.numeric) == story.features.numeric
    assert tuple(rows.text) == story.features.categorical
    columns = [*rows.numeric.values(), *rows.text.values(), *rows.sensitive.values(), rows.label, rows.status]
    assert {len(column) for column in columns} == {len(rows)}


def test_the_calendar_enters_with_the_file_only():
    rows = rows_of(LENDING, range(1))
    for day_0 in (DAY_0, datetime(2020, 1, 1, tzinfo=UTC)):
        table = LENDING.predictions(rows, answers(rows), day_0=day_0, with_labels=False)
        assert table["requested_at"][0].as_py() == day_0
        assert table.drop_columns("requested_at").equals(
            LENDING.predictions(rows, answers(rows), day_0=DAY_0, with_labels=False).drop_columns(
                "requested_at"
            )
        )


def test_a_day_0_without_a_zone_is_refused():
    rows = rows_of(CONTROL, range(1))
    with pytest.raises(ValueError, match="UTC"):
        CONTROL.predictions(rows, answers(rows), day_0=DAY_0.replace(tzinfo=None), with_labels=True)


def test_the_log_has_a_score_where_there_is_one_and_labels_where_they_are_inline():
    rows = rows_of(REORDER, range(1))
    table = REORDER.predictions(rows, answers(rows, score=False), day_0=DAY_0, with_labels=False)
    assert "score" not in table.column_names
    assert "units" not in table.column_names
    rows = rows_of(CONTROL, range(1))
    assert "escalated" in CONTROL.predictions(rows, answers(rows), day_0=DAY_0, with_labels=True).column_names


def test_labels_come_in_the_order_in_which_they_are_known():
    rows = rows_of(LENDING, range(20))
    first = LENDING.labels(rows, known_after=0, known_by=15 * DAY_S)
    rest = LENDING.labels(rows, known_after=15 * DAY_S, known_by=50 * DAY_S)
    assert set(first["repaid"].to_pylist()) == {0}
    assert first.num_rows + rest.num_rows == len(rows)
    assert set(first["application_id"].to_pylist()).isdisjoint(rest["application_id"].to_pylist())

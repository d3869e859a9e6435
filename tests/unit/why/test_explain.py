"""Why a number changed, on simulated rows whose cause is known: rows in, sentence out, on the real store."""

import numpy as np
import pytest

from core.change import ChangeExplained, segment_text
from core.errors import InvalidInput, NotFound
from tests.claims import AMOUNTS, N


def shares(found: ChangeExplained) -> dict[str, float]:
    return {one.kind: one.value for one in found.story}


def test_one_segment_that_breaks_is_named(explained) -> None:
    found = explained(fault=lambda row: row["region"] == "north")
    assert [segment_text(one.segment) for one in found.found] == ["region = north"]
    assert "within region = north" in found.sentence
    assert found.sentence.startswith("ROC AUC fell by 0.0")
    assert sum(one.value for one in found.story) == pytest.approx(found.change.value, abs=1e-9)
    assert shares(found)["within"] < 0.7 * found.change.value
    assert "mix" not in shares(found)
    assert found.split.by == ("region",)
    assert found.split.mix.value + found.split.within.value == pytest.approx(found.change.value, abs=1e-9)
    worst = found.found[0]
    assert worst.gap.high < 0
    assert worst.q_value <= 0.05
    assert worst.after.low < worst.after.value < worst.after.high


def test_a_shift_of_the_mix_is_named_and_blames_no_segment(explained) -> None:
    found = explained(online=0.9, metric="accuracy")
    assert found.found == ()
    (clause, rest) = found.story
    assert (clause.kind, segment_text(clause.segment)) == ("mix", "channel = online")
    assert clause.share_after > 0.8
    assert clause.share_before < 0.5
    assert "because more rows come from channel = online" in found.sentence
    assert clause.value < 0.6 * found.change.value
    assert abs(rest.value) < 0.4 * abs(found.change.value)
    effect = found.columns[0]
    assert effect.column == "channel"
    assert not effect.mix.may_be_chance
    assert abs(effect.within) < 0.02


def test_two_columns_that_break_where_they_meet_are_named_together(explained) -> None:
    found = explained(
        fault=lambda row: (row["region"] == "east") & (row["channel"] == "phone"), metric="accuracy"
    )
    assert segment_text(found.found[0].segment) == "channel = phone and region = east"
    assert len(found.found) == 1


def test_where_nothing_changed_chance_is_named(explained) -> None:
    found = explained()
    assert found.found == ()
    assert found.change.may_be_chance
    assert found.sentence.endswith("chance may explain it.")


def test_a_change_everywhere_is_spread(explained) -> None:
    found = explained(fault=lambda row: np.arange(N) % 3 == 0)
    assert found.found == ()
    assert "no segment stands out" in found.sentence


def test_a_new_segment_is_mix(explained) -> None:
    def rename(row: dict[str, np.ndarray]) -> np.ndarray:
        there = np.arange(N) % 4 == 0
        row["channel"] = np.where(there, "partner", row["channel"])
        return there

    found = explained(fault=rename, metric="accuracy")
    clause = found.story[0]
    assert (clause.kind, segment_text(clause.segment)) == ("mix", "channel = partner")
    assert found.found[0].is_new
    assert found.found[0].before.value is None


def test_without_labels_the_estimate_is_explained_and_says_so(explained) -> None:
    found = explained(online=0.9, without=("repaid",))
    assert found.estimated
    assert found.title == "Estimated ROC AUC"
    assert any("No label is used" in note for note in found.notes)
    assert "channel = online" in found.sentence


def test_a_regression_s_error_is_explained(explained) -> None:
    found = explained(spec=AMOUNTS, fault=lambda row: row["years"] == 2)
    assert found.metric == "mae"
    assert [segment_text(one.segment) for one in found.found] == ["years = 2"]
    assert found.change.value > 0
    assert "rose by" in found.sentence


def test_without_labels_or_estimate_the_output_is_compared(explained) -> None:
    found = explained(spec=AMOUNTS, without=("amount",))
    assert found.metric == "mean_prediction"
    assert any("not how well" in note for note in found.notes)


def test_columns_can_be_asked_for(explained) -> None:
    found = explained(fault=lambda row: row["region"] == "north", by=("sex",), metric="recall")
    assert found.split.by == ("sex",)
    assert {segment_text(part.segment) for part in found.split.parts} == {"sex = F", "sex = M"}


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"by": ("shoe_size",)}, InvalidInput),
        ({"metric": "mcc"}, InvalidInput),
        ({"after": "7"}, NotFound),
        ({"before": "yesterday"}, InvalidInput),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_remedy(explained, asked, error) -> None:
    with pytest.raises(error) as refused:
        explained(**asked)
    assert refused.value.message

"""What may stand under a spec's ``segments``, and what is said about what may not."""

import pytest

from core.errors import InvalidInput
from core.logs.columns import infer_features
from core.logs.contract import known_columns
from core.logs.layout import lay_out
from core.logs.segment_rules import checked
from core.logs.spec_file import parse_spec
from core.spec import SegmentColumn

HEAD = "{model: m, window: {rows: 10}, features: {numeric: [income], categorical: [region]}, segments: "


def spec_with(segments: str):
    return parse_spec(f"{HEAD}{segments}}}")


def test_columns_ranges_and_crossed_pairs():
    spec = spec_with("[region, {column: income, at: [20000, 50000]}, [region, channel]]")
    assert spec.segments == (
        (SegmentColumn(column="region"),),
        (SegmentColumn(column="income", at=(20000.0, 50000.0)),),
        (SegmentColumn(column="region"), SegmentColumn(column="channel")),
    )
    assert checked(spec) is spec


@pytest.mark.parametrize(
    ("segments", "field", "said"),
    [
        ("region", "segments", "not a list"),
        ("[3]", "segments[0]", "not a column's name"),
        ("[[a, b, c]]", "segments[0]", "more than two"),
        ("[[a, a]]", "segments[0]", "with itself"),
        ("[a, a]", "segments", "listed twice"),
        ("[[a, b], [b, a]]", "segments", "listed twice"),
        ("[{column: a, cuts: [1]}]", "segments[0].cuts", "not a key"),
        ("[{at: [1]}]", "segments[0].column", "not a column's name"),
        ("[{column: a, at: [2, 1]}]", "segments[0].at", "does not ascend"),
        ("[{column: a, at: [.inf]}]", "segments[0].at", "not a list of numbers"),
        ("[a, b, c, d, e, f, g, h, i, j, k]", "segments", "more than 10"),
    ],
)
def test_what_is_wrong_is_named_with_its_field(segments, field, said):
    with pytest.raises(InvalidInput) as caught:
        spec_with(segments)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert said in problem.message
    assert problem.remedy


@pytest.mark.parametrize(
    ("segments", "said"),
    [("[income]", "without cut points"), ("[{column: region, at: [1]}]", "is a category")],
)
def test_cut_points_go_with_numbers_only(segments, said):
    with pytest.raises(InvalidInput, match=said):
        checked(spec_with(segments))


def test_a_column_that_only_cuts_segments_is_kept_as_a_text():
    spec = spec_with("[region, branch, {column: age, at: [30]}]")
    assert spec.group_columns == ("branch", "age")
    assert {"branch", "age"} <= set(known_columns(spec))
    assert lay_out(spec).sensitive == {"branch": "s0", "age": "s1"}


def test_a_feature_that_is_inferred_is_not_kept_twice():
    spec = parse_spec("{model: m, window: {rows: 10}, segments: [region]}")
    assert spec.group_columns == ("region",)
    assert infer_features(spec, [("region", "VARCHAR")]).group_columns == ()

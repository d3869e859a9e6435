"""The order of features by importance: when it changes, when it cannot be told, how seldom it cries wolf."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import NumericProfile, Role
from core.metrics.attribution import attribution_importance, attribution_ndcg
from core.metrics.measure import measure
from core.profiles.merge import merge_numeric
from tests.builders import Table, numeric_of, profile_of, reference_of, spec_of

NOTHING = NumericProfile(
    n=5, n_null=5, n_nonfinite=0, total=0.0, total_squares=0.0, low=None, high=None, counts=(0,)
)
EMPTY = replace(NOTHING, n=0, n_null=0)


def of(values: np.ndarray) -> NumericProfile:
    """What a profile keeps of attributions: their magnitudes, in one bin."""
    return numeric_of(np.abs(np.asarray(values, dtype=float)), ())


def model(rng: np.random.Generator, n: int, worth: list[float]) -> dict[str, NumericProfile]:
    return {f"x{i}": of(rng.normal(0, one, n)) for i, one in enumerate(worth)}


def test_the_order_turned_round_loses_and_the_same_order_is_one() -> None:
    rng = np.random.default_rng(0)
    before = model(rng, 2000, [8, 4, 2, 1])
    same, turned = model(rng, 500, [8, 4, 2, 1]), model(rng, 500, [1, 2, 4, 8])
    assert attribution_ndcg(same, before).value == 1.0
    reading = attribution_ndcg(turned, before)
    assert reading.high < 0.9
    assert (reading.n, reading.n_reference) == (500, 2000)


def test_scale_alone_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    before = model(rng, 2000, [8, 4, 2, 1])
    assert attribution_ndcg(model(rng, 500, [80, 40, 20, 10]), before).value == 1.0


def test_what_cannot_be_told_has_a_reason() -> None:
    some = {"a": of(np.ones(9)), "b": of(np.full(9, 2.0))}
    none, empty = {"a": NOTHING, "b": NOTHING}, {"a": EMPTY, "b": EMPTY}
    assert attribution_ndcg(some, {}).reason == attribution_ndcg(some, none).reason == "no reference"
    assert attribution_ndcg({}, some).reason == attribution_ndcg(empty, some).reason == "no traffic"
    assert attribution_ndcg(none, some).reason == "not enough data"
    assert attribution_ndcg({"a": some["a"], "b": NOTHING}, some).reason == "not enough data"
    zeros = {"a": of(np.zeros(9)), "b": of(np.zeros(9))}
    assert attribution_ndcg(some, zeros).reason == "constant"
    assert attribution_importance(NOTHING).reason == "not enough data"
    assert attribution_importance(EMPTY).reason == attribution_importance(None).reason == "no traffic"


def test_huge_attributions_overflow_into_a_reason_or_a_number() -> None:
    huge = {"a": of(np.full(9, 1e149)), "b": of(np.full(9, 1e148))}
    assert attribution_ndcg(huge, huge).value == 1.0
    over = replace(huge["a"], total=inf, total_squares=inf)
    with np.errstate(invalid="ignore"):
        assert attribution_importance(over).reason == "overflow"


@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), min_size=2, max_size=4))
def test_importance_of_merged_windows_is_that_of_their_rows(parts: list[list[float]]) -> None:
    merged = attribution_importance(merge_numeric([of(np.array(part)) for part in parts]))
    rows = np.abs(np.concatenate(parts))
    assert merged.value == pytest.approx(rows.mean(), abs=1e-9)
    assert merged.n == len(rows)


@given(
    st.lists(st.tuples(st.floats(0, 1e3), st.floats(0, 1e3)), min_size=2, max_size=6),
)
def test_it_lies_between_nothing_and_one(worths: list[tuple[float, float]]) -> None:
    before = {str(i): of(np.array([worth, worth])) for i, (worth, _) in enumerate(worths)}
    now = {str(i): of(np.array([worth, worth])) for i, (_, worth) in enumerate(worths)}
    reading = attribution_ndcg(now, before)
    if reading.value is not None:
        assert 0 <= reading.value <= 1 + 1e-12
        assert reading.low is not None
        assert reading.low <= reading.value <= reading.high


@pytest.mark.parametrize("n", [50, 200])
@pytest.mark.parametrize("worth", [[8, 4, 2, 1], [1] * 10, [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]])
def test_quiet_windows_stay_above_the_alert(n: int, worth: list[float]) -> None:
    rng = np.random.default_rng(n)
    before = model(rng, 2000, worth)
    values = [attribution_ndcg(model(rng, n, worth), before).value for _ in range(60)]
    assert min(values) > 0.9


def test_measured_where_the_spec_has_attributions() -> None:
    rng = np.random.default_rng(2)
    rows = Table(numeric={"x": rng.normal(size=100), "y": rng.normal(size=100)})
    spec = replace(spec_of(rows), attributions={"x": "shap_x", "y": "shap_y"})
    reference = reference_of(rows, spec)
    given = {"x": of(rng.normal(0, 2, 100)), "y": of(rng.normal(0, 1, 100))}
    reference = replace(reference, profile=replace(reference.profile, attributions=given))
    now = replace(profile_of(rows, reference, spec), attributions=given)
    found = {
        (one.metric, one.feature): one
        for one in measure(now, reference, spec, None)
        if one.metric.startswith("attribution")
    }
    assert list(found) == [
        ("attribution_ndcg", None), ("attribution_importance", "x"), ("attribution_importance", "y"),
    ]  # fmt: skip
    assert {one.role for one in found.values()} == {Role.FEATURE}
    assert found["attribution_ndcg", None].value == 1.0

"""Attributions are counted by magnitude, in a role of their own, and add up."""

from collections.abc import Callable
from dataclasses import replace
from math import inf, nan

import pytest

from core.domain import NumericProfile
from core.metrics.measure import measure
from core.profiles.merge import merge_all
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, START, Stream, a_spec

Make = Callable[[MonitorSpec], Stream]
SPEC = replace(a_spec(), attributions={"amount": "phi_amount", "plan": "phi_plan"})


def filled(stream: Make) -> Stream:
    made = stream(SPEC)
    made.start()
    made.add_reference(
        [START - DAY] * 4,
        amount=[1.0] * 4,
        plan=["a"] * 4,
        phi_amount=[3.0, -3.0, 5.0, -5.0],
        phi_plan=[1.0] * 4,
    )
    made.add(
        [START] * 4 + [START + DAY] * 2,
        amount=[1.0] * 6,
        plan=["a"] * 6,
        phi_amount=[-2.0, 4.0, nan, None, 0.0, -6.0],
        phi_plan=[inf, -9.0, 9.0, 9.0, None, None],
    )
    return made


def test_magnitudes_are_summed(stream: Make) -> None:
    made = filled(stream)
    first, second = made.run(made.pin())
    assert first.attributions["amount"] == NumericProfile(
        n=4, n_null=1, n_nonfinite=1, total=6.0, total_squares=20.0, low=2.0, high=4.0, counts=(2,)
    )
    assert (first.attributions["plan"].total, first.attributions["plan"].n_nonfinite) == (27.0, 1)
    assert second.attributions["plan"].n_finite == 0
    assert list(first.numeric) == ["amount"]  # no features themselves


def test_windows_add_up(stream: Make) -> None:
    made = filled(stream)
    both = merge_all(made.run(made.pin()))
    assert both.attributions["amount"].total == 12.0
    assert both.attributions["amount"].n_finite == 4


def test_the_reference_has_them_and_they_are_compared(stream: Make) -> None:
    made = filled(stream)
    pinned = made.pin()
    assert pinned.profile.attributions["amount"].total == 16.0
    first, second = made.run(pinned, now=START + 3 * DAY)
    found = {
        (one.metric, one.feature): one for one in measure(first, pinned, SPEC, None) if "attrib" in one.metric
    }
    assert found["attribution_importance", "amount"].value == 3.0
    # The reference ranks amount (4) before plan (1); now plan (9) comes before amount (3).
    turned = (1 + 4 / 1.584962500721156) / (4 + 1 / 1.584962500721156)
    assert found["attribution_ndcg", None].value == pytest.approx(turned)
    later = {
        one.metric: one for one in measure(second, pinned, SPEC, None) if one.metric == "attribution_ndcg"
    }
    assert later["attribution_ndcg"].reason == "not enough data"

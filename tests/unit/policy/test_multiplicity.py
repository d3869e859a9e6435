"""Adjusted p values against scipy's, and what they promise."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from core.policy.multiplicity import adjust

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(P_VALUES)
def test_equals_scipy(p_values: list[float]) -> None:
    np.testing.assert_allclose(adjust(p_values), false_discovery_control(p_values, method="bh"), atol=1e-12)


@given(P_VALUES)
def test_never_smaller_and_in_the_same_order(p_values: list[float]) -> None:
    adjusted = adjust(p_values)
    assert all(
        raw <= after <= 1 or np.isclose(raw, after) for raw, after in zip(p_values, adjusted, strict=True)
    )
    order = np.argsort(p_values, kind="stable")
    assert all(np.diff(np.array(adjusted)[order]) >= -1e-15)

"""The rising curve of a calibration is scipy's isotonic regression."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from core.metrics.estimation import _rising

bins = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=60)


@given(bins)
def test_pools_are_those_of_scipy(counts: list[tuple[int, int]]) -> None:
    rows = np.array([hits + misses for hits, misses in counts], dtype=np.float64)
    shares = np.array([hits for hits, _ in counts], dtype=np.float64) / rows
    expected = isotonic_regression(shares, weights=rows).x
    assert _rising(shares, rows) == pytest.approx(expected, rel=1e-9, abs=1e-12)

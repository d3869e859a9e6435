"""Labels as a stream of their own; rows refused; silence: every number has a value or a reason."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import NumericProfile
from core.metrics.labels import label_age, label_coverage, label_delay, unlabellable_rate
from core.metrics.quality import invalid_rate, staleness
from core.profiles.edges import LABEL_DELAY_EDGES_S
from core.profiles.merge import merge_numeric
from tests.builders import numeric_of

DAY = 86_400.0


def delays(*seconds: float) -> NumericProfile:
    return numeric_of(np.array(seconds, dtype=float), LABEL_DELAY_EDGES_S)


def test_coverage_is_of_the_rows_that_can_be_labelled() -> None:
    assert label_coverage(40, 100).value == 0.4
    reading = label_coverage(40, 100, 50)
    assert (reading.value, reading.n) == (0.8, 50)
    assert label_coverage(0, 0).reason == "no traffic"
    assert label_coverage(0, 100, 100).reason == "no labellable rows"


def test_rows_that_never_can_be_labelled_are_a_share_with_interval_and_test() -> None:
    reading = unlabellable_rate(30, 100, (100, 1000))
    assert (reading.value, reading.n, reading.n_reference) == (0.3, 100, 1000)
    assert reading.low < 0.3 < reading.high
    assert reading.p_value < 1e-6
    assert unlabellable_rate(0, 0, None).reason == "no traffic"


def test_refused_rows_are_a_share_of_those_sent() -> None:
    reading = invalid_rate(5, 100, (0, 1000))
    assert (reading.value, reading.n) == (0.05, 100)
    assert reading.p_value < 1e-6
    assert invalid_rate(0, 0, None).reason == "no traffic"
    assert invalid_rate(0, 10, None).value == 0.0


@pytest.mark.parametrize(("n", "n_labelled", "reason"), [
    (0, 0, "no traffic"), (9, 0, "no labels yet"), (9, 9, "labels came with their rows"),
])  # fmt: skip
def test_without_delays_there_is_a_reason(n: int, n_labelled: int, reason: str) -> None:
    assert label_delay(None, n, n_labelled, 0.5).reason == reason
    assert label_age(None, n, n_labelled).reason == reason
    none = NumericProfile(
        n=n, n_null=n, n_nonfinite=0, total=0.0, total_squares=0.0, low=None, high=None, counts=(0,) * 362
    )
    assert label_delay(none, n, n_labelled, 0.95).reason == reason


def test_labels_that_come_at_once_have_no_delay() -> None:
    at_once = delays(0.0, 0.0, 0.0)
    assert label_delay(at_once, 3, 3, 0.5).value == 0.0
    assert label_age(at_once, 3, 3).value == 0.0


@given(st.lists(st.floats(1, 1e8), min_size=1, max_size=90), st.sampled_from([0.5, 0.95]))
def test_the_quantile_is_off_by_less_than_a_bin(seconds: list[float], q: float) -> None:
    ordered = np.sort(seconds)
    rank = max(int(np.ceil(q * len(seconds) - 1e-9)), 1)
    reading = label_delay(delays(*seconds), len(seconds), len(seconds), q)
    assert reading.value == pytest.approx(ordered[rank - 1], rel=0.06)
    few = len(seconds) < {0.5: 6, 0.95: 72}[q]  # no two of so few rows hold the quantile between them
    assert (reading.low is None) == (reading.high is None) == few
    assert few or reading.low <= reading.value <= reading.high


@given(st.lists(st.lists(st.floats(0, 1e8), min_size=1, max_size=9), min_size=1, max_size=4))
def test_the_age_of_merged_windows_is_the_greatest(parts: list[list[float]]) -> None:
    merged = merge_numeric([delays(*part) for part in parts])
    assert label_age(merged, merged.n, merged.n).value == max(max(part) for part in parts)


@pytest.mark.parametrize(("silence", "expected"), [
    (0, 0), (DAY - 1, 0), (DAY, 1), (10.5 * DAY, 10),
])  # fmt: skip
def test_staleness_counts_whole_windows(silence: float, expected: int) -> None:
    reading = staleness(silence, DAY, 400)
    assert (reading.value, reading.n) == (expected, 400)

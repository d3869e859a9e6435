"""How often the default policy cries wolf, and whether it still sees the wolf.

Streams are drawn with fixed seeds and judged by the rules as they stand; rates are over hundreds of windows
here, over tens of thousands in the slow tests.
"""

import numpy as np
import pytest

from core.domain import Status
from tests.campaigns import more
from tests.unit.policy.streams import Stream, drift_stream, outcome_stream, wandering

REFERENCE = 10_000
DAYS = 7
BUDGET = 1.0
"""False incidents per 100 models a week."""


def share_failed(streams: list[Stream]) -> float:
    return float(np.mean([one.failed for one in streams]))


def per_100_model_weeks(streams: list[Stream]) -> float:
    weeks = sum(one.n_windows for one in streams) / DAYS
    return 100 * sum(one.n_incidents for one in streams) / weeks


@pytest.mark.parametrize("n", [50, 100, 200, 500])
def test_at_most_five_percent_of_quiet_windows_have_any_drift_fail(n: int) -> None:
    streams = [drift_stream(seed, n=n, n_windows=50, n_own=REFERENCE // n) for seed in range(4)]
    assert share_failed(streams) <= 0.05
    assert per_100_model_weeks(streams) == 0


@pytest.mark.parametrize(("n", "power"), [(200, 0.9), (500, 0.95), (501, 0.85)])
def test_half_a_standard_deviation_is_seen_in_the_same_window(n: int, power: float) -> None:
    stream = drift_stream(1, n=n, n_windows=40, n_own=REFERENCE // n, n_categorical=0, event=0.5)
    numeric = [one for one in stream.verdicts if one.status is Status.FAIL]
    assert len(numeric) / len(stream.verdicts) >= power
    assert stream.n_incidents == 1  # one cause: the columns share an incident


def test_a_drop_in_performance_opens_an_incident_within_two_windows() -> None:
    stream = outcome_stream(1, n=1000, n_windows=2, n_own=28, drop=0.06)
    assert stream.n_incidents == 1


@pytest.mark.parametrize(("n", "n_own"), [(100, 28), (400, 4)])
def test_segments_are_no_reason_to_cry_wolf(n: int, n_own: int) -> None:
    streams = [drift_stream(seed, n=n, n_windows=14, n_own=n_own, n_segments=12) for seed in range(3)]
    assert share_failed(streams) <= 0.05
    assert per_100_model_weeks(streams) == 0


@pytest.mark.parametrize(("n", "power"), [(200, 0.6), (500, 0.9)])
def test_half_a_standard_deviation_in_one_of_twelve_segments_is_seen(n: int, power: float) -> None:
    stream = drift_stream(1, n=n, n_windows=14, n_own=28, n_categorical=0, event=0.5, n_segments=12)
    of_segments = [one for one in stream.verdicts if one.measurement.segment.pairs]
    moved = [one for one in of_segments if one.measurement.segment.as_dict() == {"region": "0"}]
    still = [one for one in of_segments if one not in moved]
    assert np.mean([one.status is Status.FAIL for one in moved]) >= power
    assert np.mean([one.status is Status.FAIL for one in still]) <= 0.005
    assert stream.n_incidents == 1


@pytest.mark.slow
@pytest.mark.parametrize(("n", "n_own"), [(400, 28), *more((100, 28), (1000, 8), (400, 4))])
def test_the_budget_holds_over_all_segments(n: int, n_own: int) -> None:
    streams = [drift_stream(seed, n=n, n_windows=56, n_own=n_own, n_segments=12) for seed in range(15)]
    assert share_failed(streams) <= 0.05
    assert per_100_model_weeks(streams) <= BUDGET


@pytest.mark.slow
@pytest.mark.parametrize("n_own", [6, *more(10, 28)])
@pytest.mark.parametrize("noise", [0.02, *more(0.0)])
def test_the_budget_holds_for_the_performance_of_segments(n_own: int, noise: float) -> None:
    streams = [
        outcome_stream(seed, n=4000, n_windows=28, n_own=n_own, noise=noise, n_segments=12)
        for seed in range(150)
    ]
    assert per_100_model_weeks(streams) <= BUDGET


@pytest.mark.slow
@pytest.mark.parametrize("n", [50, 500, *more(100, 200, 2000)])
@pytest.mark.parametrize("n_own", [4, *more(None)])
def test_quiet_windows_many_times_over(n: int, n_own: int | None) -> None:
    own = n_own or max(REFERENCE // n, 5)
    streams = [drift_stream(seed, n=n, n_windows=280, n_own=own) for seed in range(10)]
    assert share_failed(streams) <= 0.02
    assert per_100_model_weeks(streams) <= BUDGET


@pytest.mark.slow
@pytest.mark.parametrize("n_own", [6, *more(10, 28)])
@pytest.mark.parametrize("noise", [0.02, *more(0.0)])
def test_the_budget_holds_for_performance_and_fairness(n_own: int, noise: float) -> None:
    streams = [outcome_stream(seed, n=1000, n_windows=28, n_own=n_own, noise=noise) for seed in range(250)]
    assert per_100_model_weeks(streams) <= BUDGET


@pytest.mark.slow
@pytest.mark.parametrize(("n_own", "rho", "sd"), [(28, 0.5, 0.1), *more((14, 0.0, 0.15), (28, 0.0, 0.15))])
def test_the_budget_holds_on_streams_that_wander(n_own: int, rho: float, sd: float) -> None:
    streams = [
        drift_stream(seed, n=500, n_windows=56, n_own=n_own, n_categorical=0, shifts=wandering(rho, sd))
        for seed in range(60)
    ]
    assert per_100_model_weeks(streams) <= BUDGET
    event = drift_stream(
        1, n=500, n_windows=7, n_own=n_own, n_categorical=0, shifts=wandering(rho, sd), event=1.0
    )
    assert event.n_incidents == 1

"""Prediction limits against simulation, and what a FAIL that chance may explain is called."""

import numpy as np
import pytest
from scipy.stats import t

from core.domain import Band, Risk, Role, Segment, Status
from core.incidents.derive import derive
from core.metrics.serial import Memory
from core.policy.chance import Usual, is_sure, reach
from core.policy.judge import judge
from core.policy.policy_file import default_policy
from core.policy.rules import UNSURE, SelfVariation
from tests.unit.policy.builders import NOW, column, context, measurement, verdict

BEYOND = SelfVariation(sds=3, min_windows=6, confidence=0.997)


@pytest.mark.parametrize("k", [6, 10, 28])
def test_a_new_window_passes_the_limit_as_often_as_it_says(k: int) -> None:
    windows = np.random.default_rng(k).normal(size=(200_000, k + 1))
    own, new = windows[:, :k], windows[:, k]
    beyond = new > own.mean(axis=1) + reach(Band(mean=0, sd=1, n_windows=k), BEYOND, 1) * own.std(axis=1)
    assert beyond.mean() == pytest.approx(0.003, abs=0.0006)
    naive = new > own.mean(axis=1) + 3 * own.std(axis=1)
    assert naive.mean() == pytest.approx(t.sf(3 * ((k - 1) / (k + 1)) ** 0.5, k - 1), abs=0.002)


def test_more_series_need_more() -> None:
    band = Band(mean=0, sd=1, n_windows=10)
    assert reach(band, BEYOND, 30) > reach(band, BEYOND, 4) > reach(band, BEYOND, 1)


@pytest.mark.parametrize("band", [Band(mean=m, sd=s, n_windows=k) for m in (0, 1e-300, 1, 1e300)
                                  for s in (0, 1e-300, 1, 1e300) for k in (0, 1, 2, 9)])  # fmt: skip
def test_no_band_is_too_odd(band: Band) -> None:
    for squared in (False, True):
        for memory in (None, Memory(correlation=0.9, share=1.0)):
            usual = Usual(band=band, memory=memory, squared=squared)
            assert usual.limit(0.001) >= 0
            assert 0 <= usual.chance(1.0) <= 1
    assert is_sure(measurement("mae", 2.0), band, BEYOND, 5) in {True, False}


def test_a_windows_own_noise_counts_too() -> None:
    narrow = Band(mean=0.9, sd=0.0, n_windows=6)
    assert is_sure(measurement("accuracy", 0.8, low=0.78, high=0.82), narrow, BEYOND, 1)
    assert not is_sure(measurement("accuracy", 0.8, low=0.70, high=0.90), narrow, BEYOND, 1)


@pytest.mark.parametrize(("n_windows", "sure"), [(6, False), (10, False), (28, True)])
def test_the_verdict_stays_and_says_that_few_windows_cannot_tell(n_windows: int, sure: bool) -> None:
    bands = {("roc_auc", Role.PERFORMANCE, None, Segment()): Band(mean=0.9, sd=0.01, n_windows=n_windows)}
    one = measurement("roc_auc", 0.867, Role.PERFORMANCE, low=0.86, high=0.874)
    (verdict,) = judge([one], context(bands=bands, n_windows=n_windows), default_policy(Risk.HIGH))
    assert verdict.status is Status.FAIL
    assert verdict.reason.endswith(UNSURE) is not sure
    assert ("so little that chance may explain it" in verdict.sentence) is not sure
    assert verdict.limit.low == pytest.approx(0.87)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize(
    "memory", [None, Memory(correlation=0.0, share=0.0), Memory(correlation=0.6, share=1.0)]
)
@pytest.mark.parametrize(
    ("mean", "sd", "k"), [(0.02, 0.006, 28), (0.02, 0.015, 28), (0.3, 0.4, 6), (1.0, 0.0, 10)]
)
def test_limits_are_the_distances_of_their_chance(
    mean: float, sd: float, k: int, memory: Memory | None, squared: bool
) -> None:
    usual = Usual(band=Band(mean=mean, sd=sd, n_windows=k), memory=memory, squared=squared)
    limits = [usual.limit(chance) for chance in (0.01, 0.001, 0.0001)]
    assert limits == sorted(limits)
    if sd:
        assert [usual.chance(one) for one in limits] == pytest.approx([0.01, 0.001, 0.0001], rel=1e-6)


def test_a_reference_of_few_independent_windows_allows_more() -> None:
    band = Band(mean=0.02, sd=0.01, n_windows=28)
    plain, kept = (
        Usual(band=band, memory=Memory(correlation=rho, share=1.0), squared=False) for rho in (0.0, 0.6)
    )
    # Windows worth 7: √(8/6); worth 28: √(29/27). The distances' mean is larger by as much.
    assert kept._nearer == pytest.approx((8 / 6) ** 0.5)
    assert plain._nearer == pytest.approx((29 / 27) ** 0.5)
    assert kept.limit(0.001) > plain.limit(0.001)


@pytest.mark.parametrize(("rho", "k"), [(0.0, 28), (0.6, 28), (0.6, 56)])
def test_a_wandering_mean_passes_its_limit_as_often_as_it_says(rho: float, k: int) -> None:
    # The heaviest case: only a mean moves, so the squared distance is a single square.
    rng = np.random.default_rng(k)
    path = np.empty((40_000, k + 10))
    path[:, 0] = rng.normal(size=len(path))
    for day in range(1, path.shape[1]):
        path[:, day] = rho * path[:, day - 1] + rng.normal(0, np.sqrt(1 - rho**2), len(path))
    off = np.abs(path - path[:, :k].mean(axis=1, keepdims=True))
    memory = Memory(correlation=rho, share=1.0)
    passed = []
    for own, new in zip(off[:, :k], off[:, -1], strict=True):
        usual = Usual(band=Band(mean=own.mean(), sd=own.std(), n_windows=k), memory=memory, squared=False)
        passed.append(usual.chance(new) < 0.01)
    assert np.mean(passed) <= 0.0125


def test_drift_that_few_windows_cannot_tell_from_chance() -> None:
    bands = {("psi", Role.FEATURE, "age", Segment()): Band(mean=0.2, sd=0.1, n_windows=6)}
    for psi, status, reason in (
        (0.6, Status.WARN, f"drift, {UNSURE}"),
        (5.0, Status.FAIL, "drift"),
    ):
        (verdict,) = judge(
            column(psi=psi, p=0.0), context(bands=bands, n_windows=6), default_policy(Risk.HIGH)
        )
        assert (verdict.status, verdict.reason) == (status, reason)
        assert ("so little that chance may explain it: warns" in verdict.sentence) is (psi < 1)
        assert verdict.limit.high is not None
        assert (psi > verdict.limit.high) is (psi > 1)


def test_what_chance_may_explain_calls_people_when_it_goes_on() -> None:
    policy = default_policy(Risk.HIGH)
    doubtful = [verdict(i, Status.WARN, reason=f"drift, {UNSURE}") for i in range(7)]
    assert not derive(doubtful[:5], policy, [], NOW)
    (incident,) = derive(doubtful, policy, [], NOW)
    assert incident.first_window.index == 0
    slight = [verdict(i, Status.WARN, reason="slight drift") for i in range(7)]
    assert not derive(slight, policy, [], NOW)

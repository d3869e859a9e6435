"""Prediction limits against simulation, and what a FAIL that chance may explain is called."""

import numpy as np
import pytest
from scipy.stats import t

from core.domain import Band, Risk, Role, Segment, Status
from core.policy.chance import is_sure, reach, sure_distance
from core.policy.judge import judge
from core.policy.policy_file import default_policy
from core.policy.rules import UNSURE, SelfVariation
from tests.unit.policy.builders import column, context, measurement

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
    assert sure_distance(band, BEYOND, 5) >= 0
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


def test_drift_that_few_windows_cannot_tell_from_chance() -> None:
    bands = {("psi", Role.FEATURE, "age", Segment()): Band(mean=0.2, sd=0.1, n_windows=6)}
    for psi, sure in ((0.6, False), (5.0, True)):
        (verdict,) = judge(
            column(psi=psi, p=0.0), context(bands=bands, n_windows=6), default_policy(Risk.HIGH)
        )
        assert verdict.status is Status.FAIL
        assert verdict.reason == ("drift" if sure else f"drift, {UNSURE}")

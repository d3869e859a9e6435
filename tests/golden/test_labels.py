"""Label delays, rates of refused and of never-labelled rows, beside NumPy, SciPy and counts by hand."""

from datetime import timedelta

import numpy as np
import pytest

from core.domain import NumericProfile
from core.metrics.labels import label_age, label_delay, unlabellable_rate
from core.metrics.quality import invalid_rate, staleness
from core.profiles.edges import LABEL_DELAY_EDGES_S
from tests.golden.provenance import golden


@golden("label_delay_p50", "label_delay_p95", "label_age", source="NumPy quantile (inverted_cdf) and max")
def test_delays_are_numpys_quantiles() -> None:
    seconds = np.random.default_rng(0).lognormal(13, 1, 5000)  # about five days
    edges = np.array(LABEL_DELAY_EDGES_S)
    counts = np.bincount(np.searchsorted(edges, seconds), minlength=len(edges) + 1)
    profile = NumericProfile(
        n=5000, n_null=0, n_nonfinite=0, total=float(seconds.sum()), total_squares=float((seconds**2).sum()),
        low=float(seconds.min()), high=float(seconds.max()), counts=tuple(counts.tolist()),
    )  # fmt: skip
    for q in (0.5, 0.95):
        expected = np.quantile(seconds, q, method="inverted_cdf")
        assert label_delay(profile, 5000, 5000, q).value == pytest.approx(expected, rel=0.06)
    assert label_age(profile, 5000, 5000).value == seconds.max()


@golden("invalid_rate", "unlabellable_rate", source="scipy.stats.binomtest (Wilson) and by hand")
def test_shares_have_scipys_interval() -> None:
    from scipy.stats import binomtest

    interval = binomtest(7, 60).proportion_ci(0.95, method="wilson")
    for reading in (invalid_rate(7, 60, (30, 900)), unlabellable_rate(7, 60, (30, 900))):
        assert reading.value == pytest.approx(7 / 60)
        assert (reading.low, reading.high) == pytest.approx((interval.low, interval.high), abs=1e-9)


@golden("staleness", source="datetime.timedelta's floor division")
def test_staleness_is_whole_windows() -> None:
    for silence, every in (
        (timedelta(days=3, hours=5), timedelta(days=1)),
        (timedelta(0), timedelta(hours=1)),
    ):
        reading = staleness(silence.total_seconds(), every.total_seconds(), 10)
        assert reading.value == silence // every

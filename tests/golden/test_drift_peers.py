"""Distances and tests against scipy, and against Evidently on the same bins; from profiles and from rows."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial import distance

from core.domain import Segment
from tests.golden.both_ways import Measured
from tests.golden.provenance import golden

POOLED_UNDER = 0.01


def present(values: np.ndarray) -> np.ndarray:
    return np.array(values[pd.notna(values)].tolist())


def decile_of(measured: Measured, feature: str) -> tuple[np.ndarray, np.ndarray]:
    """Each value's decile of the reference, from the rows."""
    before, now = present(measured.reference[feature]), present(measured.current[feature])
    cuts = np.quantile(before, np.arange(1, 10) / 10, method="inverted_cdf")
    return np.searchsorted(cuts, before), np.searchsorted(cuts, now)


def plan_of(measured: Measured, *, pooled: bool) -> tuple[np.ndarray, np.ndarray]:
    """Each value's category: those unknown to the reference are one, and pooled those under 1 % go to it."""
    before, now = present(measured.reference["plan"]), present(measured.current["plan"])
    shares = pd.Series(before).value_counts(normalize=True)
    own = set(shares.index[shares >= POOLED_UNDER] if pooled else shares.index)
    return tuple(np.array([v if v in own else "other" for v in values]) for values in (before, now))


def shares_of(before: np.ndarray, now: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    kinds = sorted({*before.tolist(), *now.tolist()})
    return tuple(np.array([(values == kind).mean() for kind in kinds]) for values in (before, now))


def numeric_bins(measured: Measured) -> tuple[np.ndarray, np.ndarray]:
    return shares_of(*decile_of(measured, "amount"))


def category_bins(measured: Measured) -> tuple[np.ndarray, np.ndarray]:
    return shares_of(*plan_of(measured, pooled=False))


@golden("ks", source="scipy.stats.ks_2samp")
def test_ks_is_scipys(binary: Measured) -> None:
    for feature, bound in (("steps", 1e-9), ("score", 1e-9), ("amount", 0.004)):
        before, now = present(binary.reference[feature]), present(binary.current[feature])
        expected = stats.ks_2samp(before, now, method="asymp")
        binned, exact = binary.ways("ks", feature)
        assert exact.value == pytest.approx(expected.statistic, abs=1e-9)
        assert binned.value == pytest.approx(expected.statistic, abs=bound)
        assert binned.value <= expected.statistic + 1e-12
        if feature == "amount":  # without ties both follow Kolmogorov's limit; ours has Stephens' correction
            assert np.log10(exact.p_value) == pytest.approx(np.log10(expected.pvalue), rel=0.05)


@golden("wasserstein", source="scipy.stats.wasserstein_distance")
def test_wasserstein_is_scipys(binary: Measured) -> None:
    for feature, bound in (("steps", 1e-3), ("score", 1e-3), ("amount", 0.02)):
        before, now = present(binary.reference[feature]), present(binary.current[feature])
        expected = stats.wasserstein_distance(before, now) / before.std()
        binned, exact = binary.values("wasserstein", feature)
        assert exact == pytest.approx(expected, abs=1e-9)
        assert binned == pytest.approx(expected, abs=bound)


@golden("chi_squared", source="scipy.stats.chi2_contingency")
def test_chi_squared_is_scipys(binary: Measured) -> None:
    before, now = plan_of(binary, pooled=False)
    kinds = sorted({*before.tolist(), *now.tolist()})
    table = [[(values == kind).sum() for kind in kinds] for values in (before, now)]
    expected = stats.chi2_contingency(table, correction=False)
    assert expected.expected_freq.min() >= 5  # nothing to pool
    for one in binary.ways("chi_squared", "plan"):
        assert one.value == pytest.approx(expected.statistic, rel=1e-9)
        assert one.p_value == pytest.approx(expected.pvalue, rel=1e-6)


@golden("chi_squared", source="scipy.stats.chi2_contingency")
def test_chi_squared_of_the_prediction_is_scipys(binary: Measured) -> None:
    table = [
        [(rows["prediction"] == kind).sum() for kind in "01"] for rows in (binary.reference, binary.current)
    ]
    expected = stats.chi2_contingency(table, correction=False)
    assert binary.values("chi_squared", "predicted") == pytest.approx([expected.statistic] * 2, rel=1e-9)


@golden("jensen_shannon", source="scipy.spatial.distance.jensenshannon")
@golden("total_variation", source="scipy.spatial.distance.cityblock")
@golden("l_infinity", source="scipy.spatial.distance.chebyshev")
@golden("hellinger", source="scipy.spatial.distance.euclidean of the roots")
@pytest.mark.parametrize(("feature", "bins"), [("amount", numeric_bins), ("plan", category_bins)])
def test_distances_of_shares_are_scipys(
    binary: Measured, feature: str, bins: Callable[[Measured], tuple[np.ndarray, np.ndarray]]
) -> None:
    p, q = bins(binary)
    expected = {
        "jensen_shannon": distance.jensenshannon(p, q, base=2),
        "total_variation": distance.cityblock(p, q) / 2,
        "l_infinity": distance.chebyshev(p, q),
        "hellinger": distance.euclidean(np.sqrt(p), np.sqrt(q)) / np.sqrt(2),
    }
    for metric, value in expected.items():
        assert binary.values(metric, feature) == pytest.approx([value] * 2, abs=1e-9), metric


@golden("psi", "jensen_shannon", source="Evidently 0.7.23, its own _psi and _jensenshannon")
@pytest.mark.slow
# Its import touches old interfaces of NumPy and Pydantic.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("feature", ["amount", "plan"])
def test_on_the_same_bins_they_are_evidentlys(binary: Measured, feature: str) -> None:
    from evidently.legacy.calculations.stattests.jensenshannon import _jensenshannon
    from evidently.legacy.calculations.stattests.psi import _psi
    from evidently.legacy.core import ColumnType

    kind = ColumnType.Categorical
    if feature == "amount":
        coarse = fine = decile_of(binary, feature)
    else:
        coarse, fine = plan_of(binary, pooled=True), plan_of(binary, pooled=False)
    series = [pd.Series(values).astype(str) for values in coarse]
    assert binary.values("psi", feature) == pytest.approx([_psi(*series, kind, 0.1)[0]] * 2, abs=1e-9)
    series = [pd.Series(values).astype(str) for values in fine]
    expected, _ = _jensenshannon(*series, kind, 0.1, base=2)
    assert binary.values("jensen_shannon", feature) == pytest.approx([expected] * 2, abs=1e-9)


@golden("label_rate", source="pandas value_counts; scipy.stats.binomtest, chi2_contingency")
def test_label_rate_is_pandas_share_with_scipys_interval(binary: Measured) -> None:
    before, now = present(binary.reference["label"]), present(binary.current["label"])
    share = pd.Series(now).value_counts(normalize=True)["1"]
    interval = stats.binomtest(int((now == "1").sum()), len(now)).proportion_ci(0.95, method="wilson")
    table = [[(values == kind).sum() for kind in "01"] for values in (before, now)]
    p = stats.chi2_contingency(table, correction=False).pvalue
    for one in binary.ways("label_rate", "came_true"):
        assert one.value == pytest.approx(share, abs=1e-9)
        assert (one.low, one.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
        assert one.p_value == pytest.approx(p, abs=1e-9)
        assert one.segment == Segment()

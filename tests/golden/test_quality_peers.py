"""Shares of rows against pandas with scipy's intervals; percentiles against NumPy; published intervals."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from core.metrics import intervals
from tests.golden.both_ways import Measured
from tests.golden.provenance import golden


def column(measured: Measured, name: str, *, of_reference: bool = False) -> pd.Series:
    return pd.Series((measured.reference if of_reference else measured.current)[name])


def check(
    measured: Measured, metric: str, feature: str | None, hits: pd.Series, before: pd.Series | None
) -> None:
    """Value, Wilson interval and two-proportion test of a share of rows, both ways."""
    interval = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(0.95, method="wilson")
    for one in measured.ways(metric, feature):
        assert one.value == pytest.approx(hits.mean(), abs=1e-9)
        assert one.n == len(hits)
        assert (one.low, one.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
        if before is not None:
            table = [[part.sum(), (~part).sum()] for part in (hits, before)]
            expected = stats.chi2_contingency(table, correction=False).pvalue
            assert one.p_value == pytest.approx(expected, abs=1e-9)


@golden("missing_rate", source="pandas isna; scipy.stats.binomtest, chi2_contingency")
@pytest.mark.parametrize("feature", ["amount", "plan"])
def test_missing_rate(binary: Measured, feature: str) -> None:
    before = column(binary, feature, of_reference=True).isna()
    check(binary, "missing_rate", feature, column(binary, feature).isna(), before)


@golden("new_category_rate", source="pandas isin; scipy.stats.binomtest")
def test_new_category_rate(binary: Measured) -> None:
    known = column(binary, "plan", of_reference=True).dropna().unique()
    hits = ~column(binary, "plan").dropna().isin(known)
    assert hits.any()
    check(binary, "new_category_rate", "plan", hits, None)


@golden("out_of_range_rate", source="pandas between; scipy.stats.binomtest")
@pytest.mark.parametrize("feature", ["amount", "steps"])
def test_out_of_range_rate(binary: Measured, feature: str) -> None:
    before = column(binary, feature, of_reference=True)
    hits = ~column(binary, feature).dropna().between(before.min(), before.max())
    check(binary, "out_of_range_rate", feature, hits, None)


@golden("error_rate", source="pandas comparison; scipy.stats.binomtest, chi2_contingency")
def test_error_rate(binary: Measured) -> None:
    before = column(binary, "status", of_reference=True) != "ok"
    check(binary, "error_rate", None, column(binary, "status") != "ok", before)


@golden("row_count", source="pandas len")
@golden("label_coverage", source="pandas notna")
def test_counts(binary: Measured) -> None:
    label = column(binary, "label")
    assert binary.values("row_count") == [len(label)] * 2
    assert binary.values("label_coverage") == pytest.approx([label.notna().mean()] * 2, abs=1e-12)


@golden("latency_p50", "latency_p95", "latency_p99", source="numpy.quantile, method='inverted_cdf'")
@pytest.mark.parametrize("q", [50, 95, 99])
def test_latency(binary: Measured, q: int) -> None:
    expected = np.quantile(binary.current["latency_ms"], q / 100, method="inverted_cdf")
    binned, exact = binary.values(f"latency_p{q}")
    assert exact == expected
    assert binned == pytest.approx(expected, rel=0.06)


@pytest.mark.parametrize(
    ("hits", "n", "published"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score, no correction).
    [
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
    ],
)
def test_published_intervals_of_proportions(hits: int, n: int, published: tuple[float, float]) -> None:
    assert intervals.wilson(hits, n) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "published"),
    # Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10, contrasts (a) to (d).
    [
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ],
)
def test_published_intervals_of_differences(
    counts: tuple[int, int, int, int], published: tuple[float, float]
) -> None:
    assert intervals.difference(*counts) == pytest.approx(published, abs=5e-5)

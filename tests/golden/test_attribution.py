"""The importance of features and its order, beside NumPy, scikit-learn and SageMaker's formula by hand."""

import numpy as np
import pytest

from core.domain import NumericProfile
from core.metrics.attribution import attribution_importance, attribution_ndcg
from tests.golden.provenance import golden


def of(values: np.ndarray) -> NumericProfile:
    sizes = np.abs(values)
    return NumericProfile(
        n=len(sizes), n_null=0, n_nonfinite=0, total=float(sizes.sum()),
        total_squares=float((sizes**2).sum()), low=float(sizes.min()), high=float(sizes.max()),
        counts=(len(sizes),),
    )  # fmt: skip


@golden("attribution_ndcg", source="scikit-learn ndcg_score, which SageMaker Clarify's monitor names")
@pytest.mark.parametrize("seed", range(5))
def test_ndcg_is_scikit_learns(seed: int) -> None:
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(seed)
    before, now = rng.normal(size=(7, 40)) * 3, rng.normal(size=(7, 30)) * rng.uniform(0, 3, (7, 1))
    now[3] = now[4]  # two features equally important now
    profiles = [{str(i): of(row) for i, row in enumerate(side)} for side in (now, before)]
    expected = ndcg_score([np.abs(before).mean(axis=1)], [np.abs(now).mean(axis=1)])
    assert attribution_ndcg(*profiles).value == pytest.approx(expected, abs=1e-12)


@golden("attribution_ndcg", source="the formula in Amazon SageMaker Clarify's documentation, by hand")
def test_ndcg_by_hand() -> None:
    before = {"a": of(np.full(4, 4.0)), "b": of(np.full(4, 2.0)), "c": of(np.full(4, 1.0))}
    now = {"a": of(np.full(4, 1.0)), "b": of(np.full(4, 3.0)), "c": of(np.full(4, 2.0))}
    dcg = 2 / np.log2(2) + 1 / np.log2(3) + 4 / np.log2(4)
    best = 4 / np.log2(2) + 2 / np.log2(3) + 1 / np.log2(4)
    assert attribution_ndcg(now, before).value == pytest.approx(dcg / best, abs=1e-12)


@golden("attribution_importance", source="NumPy, SciPy's t interval (scipy.stats.ttest_1samp)")
def test_importance_is_the_mean_magnitude() -> None:
    from scipy.stats import ttest_1samp

    values = np.random.default_rng(4).normal(0.2, 1, 60)
    reading = attribution_importance(of(values))
    interval = ttest_1samp(np.abs(values), 0).confidence_interval(0.95)
    assert reading.value == pytest.approx(np.abs(values).mean(), abs=1e-12)
    assert (reading.low, reading.high) == pytest.approx((interval.low, interval.high), abs=1e-9)

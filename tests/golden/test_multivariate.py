"""All inputs together, beside scikit-learn, a closed form, and the numbers that NannyML publishes.

Source of the published numbers: NannyML's documentation, the multivariate drift tutorial on its synthetic
car loan data (data reconstruction with PCA, chunks of 5,000 rows): errors, limits, and alerts in windows 5-9.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from core.metrics.multivariate import Fitted, domain_classifier, fit, pca_reconstruction
from core.profiles.rows import Rows
from tests.golden.provenance import golden

PUBLISHED = [
    1.141517, 1.130636, 1.138914, 1.145040, 1.137563, 1.249205, 1.243101, 1.258147, 1.228179, 1.259884,
]  # fmt: skip
PUBLISHED_LIMITS = (1.114261, 1.15404)
NUMERIC = ["car_value", "debt_to_income_ratio", "loan_length", "driver_tenure"]
CATEGORICAL = ["salary_range", "repaid_loan_on_prev_car", "size_of_downpayment"]
SIZE = 5000


def of_frame(frame: pd.DataFrame) -> Rows:
    return Rows(
        n=len(frame),
        numeric={name: frame[name].to_numpy(float) for name in NUMERIC},
        categorical={name: frame[name].astype(str).to_numpy(object) for name in CATEGORICAL},
        scores={},
        prediction=None,
        label=None,
        groups={},
        latency_ms=None,
    )


def of_numbers(values: np.ndarray) -> Rows:
    numeric = {f"x{i}": values[:, i] for i in range(values.shape[1])}
    return Rows(
        n=len(values), numeric=numeric, categorical={}, scores={}, prediction=None, label=None, groups={},
        latency_ms=None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def car_loan() -> tuple[Fitted, list[Rows], list[Rows]]:
    """The whole reference as sample, its ten windows, the ten later ones."""
    path = Path("/work/shared/data/nannyml_car_loan.parquet")
    if not path.exists():
        pytest.skip("the data are not here")
    frame = pd.read_parquet(path)
    before, later = (frame[frame["period"] == name] for name in ("reference", "analysis"))
    cut = [[of_frame(one[i * SIZE : (i + 1) * SIZE]) for i in range(10)] for one in (before, later)]
    return fit(of_frame(before)), cut[0], cut[1]


@golden("pca_reconstruction", source="NannyML's documentation, multivariate drift on the car loan data")
def test_reconstruction_errors_are_the_published_ones(
    car_loan: tuple[Fitted, list[Rows], list[Rows]],
) -> None:
    fitted, before, later = car_loan
    values = [pca_reconstruction(fitted, rows).value for rows in later]
    assert values == pytest.approx(PUBLISHED, abs=1e-6)
    own = np.array([pca_reconstruction(fitted, rows).value for rows in before])
    # NannyML takes the sample deviation, Trimtab the population's.
    reach = 3 * own.std(ddof=1)
    assert (own.mean() - reach, own.mean() + reach) == pytest.approx(PUBLISHED_LIMITS, abs=1e-5)
    high = own.mean() + 3 * own.std()
    assert [value > high for value in values] == [False] * 5 + [True] * 5


@golden("pca_reconstruction", source="scikit-learn PCA.inverse_transform after StandardScaler")
def test_reconstruction_is_scikit_learns() -> None:
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(3)
    mixing = rng.normal(size=(6, 6))
    before, now = rng.normal(size=(400, 6)) @ mixing, rng.normal(size=(150, 6)) @ mixing.T
    scaler = StandardScaler().fit(before)
    pca = PCA(0.65, svd_solver="full").fit(scaler.transform(before))
    scaled = scaler.transform(now)
    errors = np.linalg.norm(scaled - pca.inverse_transform(pca.transform(scaled)), axis=1)
    reading = pca_reconstruction(fit(of_numbers(before)), of_numbers(now))
    assert reading.value == pytest.approx(errors.mean(), rel=1e-10)
    spread = 1.976013 * errors.std(ddof=1) / np.sqrt(150)  # t quantile of 149 degrees of freedom
    assert (reading.low, reading.high) == pytest.approx(
        (errors.mean() - spread, errors.mean() + spread), rel=1e-6
    )


@golden("domain_classifier", source="closed form: two normals δ apart have an AUC of Φ(δ / √2)")
@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.0])
def test_a_shifted_normal_is_told_apart_as_well_as_can_be(shift: float) -> None:
    rng = np.random.default_rng(5)
    before, now = rng.normal(size=(1500, 2)), rng.normal(size=(1500, 2))
    now[:, 0] += shift
    reading = domain_classifier(fit(of_numbers(before)), of_numbers(now))
    # Nothing does better than the likelihood ratio; trees come near it.
    assert reading.value == pytest.approx(ndtr(shift / np.sqrt(2)), abs=0.03)
    if shift == 0:
        assert reading.low < 0.5 < reading.high


@golden("domain_classifier", source="scikit-learn cross_val_score of the same trees and folds")
def test_the_auc_is_scikit_learns_mean_over_folds() -> None:
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    rng = np.random.default_rng(6)
    before, now = rng.normal(size=(200, 3)), rng.normal(0.4, 1, size=(120, 3))
    matrix = (np.vstack([before, now]) - before.mean(axis=0)) / before.std(axis=0)
    expected = cross_val_score(
        ExtraTreesClassifier(60, min_samples_leaf=20, random_state=0),
        matrix,
        np.repeat([0, 1], [200, 120]),
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        scoring="roc_auc",
    )
    reading = domain_classifier(fit(of_numbers(before)), of_numbers(now))
    assert reading.value == pytest.approx(expected.mean(), abs=1e-12)


@golden("domain_classifier", source="NannyML's documentation: the car loan inputs drift in windows 5-9 only")
def test_the_drifted_windows_are_told_apart(car_loan: tuple[Fitted, list[Rows], list[Rows]]) -> None:
    _, before, later = car_loan
    reference = fit(before[0])
    quiet, moved = domain_classifier(reference, later[4]), domain_classifier(reference, later[5])
    assert quiet.value < 0.55  # NannyML alerts above .65
    assert moved.low > 0.65

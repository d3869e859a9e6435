"""The synthetic car loan data that NannyML publishes, with the numbers that it publishes for them.

Source: NannyML's documentation, quick start and binary classification tutorials (2022-2024). The numbers
of the profile path are held to the bound stated in docs/metrics.md, those from rows to 1e-6.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.domain import ALL_ROWS, Measurement, Profile, Reference, Role
from core.metrics.measure import bands, calibrate, measure_all
from core.spec import MonitorSpec
from tests.builders import Table, reference_of, spec_of, texts, windows_of
from tests.golden.provenance import golden

NANNYML = "NannyML's documentation, quick start and binary classification tutorials"

REALISED_AUC = [
    0.970962,
    0.970248,
    0.976282,
    0.967721,
    0.969886,
    0.960050,
    0.958530,
    0.959041,
    0.963094,
    0.957556,
]
ACCURACY = [0.9422, 0.9422, 0.9502, 0.9436, 0.9410, 0.9146, 0.9156, 0.9144, 0.9224, 0.9122]
ESTIMATED_AUC = [
    0.970744,
    0.971011,
    0.971407,
    0.971091,
    0.971123,
    0.961090,
    0.961825,
    0.961073,
    0.962533,
    0.961316,
]
KS_CAR_VALUE = [0.0131, 0.01124, 0.01674, 0.01436, 0.01116, 0.43548, 0.43032, 0.43784, 0.43606, 0.4385]
KS_LOAN_LENGTH = [0.00884, 0.01418, 0.0124, 0.01298, 0.01022, 0.17992, 0.18032, 0.19572, 0.18212, 0.19872]

NUMERIC = ["car_value", "debt_to_income_ratio", "loan_length", "driver_tenure"]
CATEGORICAL = ["salary_range", "repaid_loan_on_prev_car", "size_of_downpayment"]


@dataclass(frozen=True)
class CarLoan:
    spec: MonitorSpec
    reference: Reference
    windows: list[Profile]
    measurements: list[Measurement]

    def values(
        self, metric: str, *, role: Role, feature: str | None = None, estimated: bool = False
    ) -> list[float]:
        found = [
            one.value
            for one in self.measurements
            if (one.metric, one.role, one.feature, one.estimated) == (metric, role, feature, estimated)
        ]
        assert len(found) == 10
        return [value if value is not None else float("nan") for value in found]


def car_loan_table(rows: pd.DataFrame) -> Table:
    return Table(
        numeric={name: rows[name].to_numpy(float) for name in NUMERIC},
        categorical={name: rows[name].astype(str).to_numpy(object) for name in CATEGORICAL},
        scores={"y_pred_proba": rows["y_pred_proba"].to_numpy(float)},
        prediction=texts(rows["y_pred"]),
        label=texts(rows["repaid"]),
    )


@pytest.fixture(scope="module")
def car_loan(shared_data: Path) -> CarLoan:
    rows = pd.read_parquet(shared_data / "nannyml_car_loan.parquet").sort_values("timestamp", kind="stable")
    before = car_loan_table(rows[rows["period"] == "reference"])
    after = car_loan_table(rows[rows["period"] == "analysis"])
    spec = spec_of(before, rows=5000)
    reference = reference_of(before, spec)
    windows = windows_of(after, reference, spec)
    measurements = measure_all(windows, reference, spec, calibrate(reference, spec))
    return CarLoan(spec=spec, reference=reference, windows=windows, measurements=measurements)


@golden("roc_auc", "accuracy", source=NANNYML)
def test_realised_auc_and_accuracy(car_loan: CarLoan) -> None:
    # Scores have two decimals and every hundredth is an edge: the profile is exact here.
    assert car_loan.values("roc_auc", role=Role.PERFORMANCE) == pytest.approx(REALISED_AUC, abs=1e-6)
    assert car_loan.values("accuracy", role=Role.PERFORMANCE) == pytest.approx(ACCURACY, abs=1e-9)


@golden("roc_auc (estimated)", source=NANNYML)
def test_estimated_auc(car_loan: CarLoan) -> None:
    found = car_loan.values("roc_auc", role=Role.PERFORMANCE, estimated=True)
    assert found == pytest.approx(ESTIMATED_AUC, abs=1e-6)


def test_estimates_need_no_label(car_loan: CarLoan) -> None:
    calibration = calibrate(car_loan.reference, car_loan.spec)
    cells = car_loan.windows[5].outcomes
    assert cells is not None
    blind = replace(cells, label=(None,) * len(cells.label), n_labelled=(0,) * len(cells.label))
    window = replace(car_loan.windows[5], outcomes=blind, labels=None, n_labelled=0)
    found = measure_all([window], car_loan.reference, car_loan.spec, calibration)
    auc = [one for one in found if one.metric == "roc_auc"]
    assert [(one.estimated, one.reason) for one in auc] == [(False, "no labels yet"), (True, None)]
    assert auc[1].value == pytest.approx(ESTIMATED_AUC[5], abs=1e-6)


def test_limits_from_the_ten_reference_windows(car_loan: CarLoan) -> None:
    found = bands(car_loan.reference, car_loan.spec)
    auc = found["roc_auc", Role.PERFORMANCE, None, ALL_ROWS]
    accuracy = found["accuracy", Role.PERFORMANCE, None, ALL_ROWS]
    assert auc.n_windows == 10
    assert [auc.mean - 3 * auc.sd, auc.mean + 3 * auc.sd] == pytest.approx([0.963317, 0.978660], abs=1e-6)
    limits = [accuracy.mean - 3 * accuracy.sd, accuracy.mean + 3 * accuracy.sd]
    assert limits == pytest.approx([0.935859, 0.951421], abs=1e-6)


@golden("ks", source=NANNYML)
@pytest.mark.parametrize(
    ("feature", "published", "bound"),
    # loan_length has few values, so its bins are its values; car_value has the bins' error.
    [("car_value", KS_CAR_VALUE, 0.0025), ("loan_length", KS_LOAN_LENGTH, 1e-9)],
)
def test_ks(car_loan: CarLoan, feature: str, published: list[float], bound: float) -> None:
    found = np.array(car_loan.values("ks", role=Role.FEATURE, feature=feature))
    assert found == pytest.approx(published, abs=bound)
    assert (found <= np.array(published) + 1e-9).all()  # binned is never above exact


@golden("jensen_shannon", "psi", source=NANNYML)
def test_other_distances_of_what_drifted(car_loan: CarLoan) -> None:
    def later(metric: str, feature: str, role: Role = Role.FEATURE) -> list[float]:
        return car_loan.values(metric, role=role, feature=feature)[5:]

    assert min(later("jensen_shannon", "salary_range")) == pytest.approx(0.174, abs=5e-4)
    assert max(later("jensen_shannon", "salary_range")) == pytest.approx(0.190, abs=5e-4)
    assert np.mean(later("psi", "salary_range")) == pytest.approx(0.23, abs=0.01)
    assert np.mean(later("psi", "car_value")) == pytest.approx(1.85, abs=0.05)
    assert np.mean(later("psi", "loan_length")) == pytest.approx(0.32, abs=0.01)
    assert np.mean(later("psi", "repaid_loan_on_prev_car")) == pytest.approx(0.30, abs=0.01)
    score = later("psi", "y_pred_proba", Role.SCORE)
    assert (min(score) > 0.25, max(score) < 0.33) == (True, True)


def test_what_did_not_drift(car_loan: CarLoan) -> None:
    for feature in ("debt_to_income_ratio", "driver_tenure", "size_of_downpayment"):
        assert max(car_loan.values("psi", role=Role.FEATURE, feature=feature)) < 0.01
    assert max(car_loan.values("psi", role=Role.PREDICTION, feature="prediction")) < 0.01

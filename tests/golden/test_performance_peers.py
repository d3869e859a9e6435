"""Performance against scikit-learn, from profiles and from rows: equal to 1e-9 where bins hold one score."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression

from core.domain import Task
from tests.golden.both_ways import Measured, both_ways
from tests.golden.provenance import golden
from tests.unit.profiles.stream import a_spec

CLASSES = ["ant", "bee", "cat"]


def labelled(rows: dict[str, np.ndarray], *columns: str) -> list[np.ndarray]:
    """The columns of the rows whose label has come, numbers as floats."""
    known = pd.notna(rows["label"])
    return [rows[name][known] for name in columns]


def outcomes(measured: Measured) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label, prediction, score = labelled(measured.current, "label", "prediction", "score")
    return label.astype(int), prediction.astype(int), score


def expected_calibration_error(label: np.ndarray, score: np.ndarray) -> float:
    """By the definition of Naeini, Cooper & Hauskrecht (2015), row by row."""
    total = 0.0
    for b in range(10):
        inside = (score > b / 10 + 1e-9) & (score <= (b + 1) / 10 + 1e-9)
        if b == 0:
            inside |= score <= 1e-9
        total += abs(score[inside].sum() - label[inside].sum())
    return total / len(label)


SCORED: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "roc_auc": sk.roc_auc_score,
    "average_precision": sk.average_precision_score,
    "log_loss": sk.log_loss,
    "brier": sk.brier_score_loss,
    "calibration_error": expected_calibration_error,
}
CALLED: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": sk.accuracy_score,
    "precision": sk.precision_score,
    "recall": sk.recall_score,
    "specificity": lambda label, called: sk.recall_score(label, called, pos_label=0),
    "f1": sk.f1_score,
    "mcc": sk.matthews_corrcoef,
}
MACRO: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": sk.accuracy_score,
    "precision": lambda label, called: sk.precision_score(label, called, average="macro"),
    "recall": lambda label, called: sk.recall_score(label, called, average="macro"),
    "f1": lambda label, called: sk.f1_score(label, called, average="macro"),
    "mcc": sk.matthews_corrcoef,
}
ERRORS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "mae": sk.mean_absolute_error,
    "rmse": sk.root_mean_squared_error,
    "r2": sk.r2_score,
    "wape": lambda label, predicted: (
        sk.mean_absolute_error(label, predicted) / sk.mean_absolute_error(label, np.zeros_like(label))
    ),
    "bias": lambda label, predicted: float((predicted - label).mean()),
}


@golden("roc_auc", source="scikit-learn roc_auc_score")
@golden("average_precision", source="scikit-learn average_precision_score")
@golden("log_loss", source="scikit-learn log_loss")
@golden("brier", source="scikit-learn brier_score_loss")
@golden("calibration_error", source="Naeini, Cooper & Hauskrecht (2015), AAAI, its definition row by row")
@pytest.mark.parametrize("metric", SCORED)
def test_scores_are_scikit_learns(binary: Measured, metric: str) -> None:
    label, _, score = outcomes(binary)
    expected = SCORED[metric](label, score)
    assert binary.values(metric) == pytest.approx([expected] * 2, abs=1e-9)


@golden("accuracy", source="scikit-learn accuracy_score")
@golden("precision", source="scikit-learn precision_score")
@golden("recall", "specificity", source="scikit-learn recall_score")
@golden("f1", source="scikit-learn f1_score")
@golden("mcc", source="scikit-learn matthews_corrcoef")
@pytest.mark.parametrize("metric", CALLED)
def test_calls_are_scikit_learns(binary: Measured, metric: str) -> None:
    label, called, _ = outcomes(binary)
    expected = CALLED[metric](label, called)
    assert binary.values(metric) == pytest.approx([expected] * 2, abs=1e-9)


@golden("precision", "recall", "f1", source="scikit-learn, average='macro'")
@golden("accuracy", source="scikit-learn accuracy_score")
@golden("mcc", source="scikit-learn matthews_corrcoef")
@pytest.mark.parametrize("metric", MACRO)
def test_several_classes_are_scikit_learns(multiclass: Measured, metric: str) -> None:
    label, called = labelled(multiclass.current, "label", "prediction")
    expected = MACRO[metric](label.tolist(), called.tolist())
    assert multiclass.values(metric) == pytest.approx([expected] * 2, abs=1e-9)


@golden("mae", "wape", source="scikit-learn mean_absolute_error")
@golden("rmse", source="scikit-learn root_mean_squared_error")
@golden("r2", source="scikit-learn r2_score")
@pytest.mark.parametrize("metric", ERRORS)
def test_errors_are_scikit_learns(regression: Measured, metric: str) -> None:
    label, predicted = labelled(regression.current, "label", "prediction")
    expected = ERRORS[metric](label, predicted)
    assert regression.values(metric) == pytest.approx([expected] * 2, abs=1e-9)


def calibrated(measured: Measured) -> np.ndarray:
    """Chances of the current rows by scikit-learn's isotonic curve through the reference."""
    label, score = labelled(measured.reference, "label", "score")
    curve = IsotonicRegression(out_of_bounds="clip").fit(score, label.astype(int))
    return curve.predict(measured.current["score"])


@golden("accuracy (estimated)", source="scikit-learn IsotonicRegression, expected confusion by hand")
def test_estimated_accuracy_is_that_of_scikit_learns_curve(binary: Measured) -> None:
    chance = calibrated(binary)
    expected = np.where(binary.current["prediction"] == "1", chance, 1 - chance).mean()
    assert binary.values("accuracy", estimated=True) == pytest.approx([expected] * 2, abs=1e-9)


@golden("roc_auc (estimated)", source="scikit-learn IsotonicRegression and roc_auc_score with weights")
def test_estimated_auc_is_that_of_scikit_learns_curve(binary: Measured) -> None:
    chance, score = calibrated(binary), binary.current["score"]
    # Each row counts as a positive and as a negative, by its chance of being one.
    label = np.repeat([1, 0], len(score))
    expected = sk.roc_auc_score(
        label, np.concatenate([score, score]), sample_weight=np.concatenate([chance, 1 - chance])
    )
    assert binary.values("roc_auc", estimated=True) == pytest.approx([expected] * 2, abs=1e-9)


# Norris, of the Statistical Reference Datasets (NIST): an ozone monitor (y) against a standard (x).
NORRIS = (
    (0.2, 0.1), (337.4, 338.8), (118.2, 118.1), (884.6, 888.0), (10.1, 9.2), (226.5, 228.1), (666.3, 668.5),
    (996.3, 998.5), (448.6, 449.1), (777.0, 778.9), (558.2, 559.2), (0.4, 0.3), (0.6, 0.1), (775.5, 778.1),
    (666.9, 668.8), (338.0, 339.3), (447.5, 448.9), (11.6, 10.8), (556.0, 557.7), (228.1, 228.3),
    (995.8, 998.0), (887.6, 888.8), (120.2, 119.6), (0.3, 0.3), (0.3, 0.6), (556.8, 557.6), (339.1, 339.3),
    (887.2, 888.0), (999.0, 998.5), (779.0, 778.9), (11.1, 10.2), (118.3, 117.6), (229.2, 228.9),
    (669.1, 668.4), (448.9, 449.2), (0.5, 0.2),
)  # fmt: skip
INTERCEPT, SLOPE = -0.262323073774029, 1.00211681802045
RESIDUAL_SQUARES, R_SQUARED = 26.6173985294224, 0.999993745883712


@golden("rmse", "r2", "bias", source="NIST, Statistical Reference Datasets, Norris, certified values")
def test_norris_has_its_certified_values() -> None:
    x, y = np.array(NORRIS).T
    rows = {"prediction": INTERCEPT + SLOPE * x, "label": y}
    spec = a_spec(task=Task.REGRESSION, numeric=(), categorical=())
    measured = both_ways(rows, rows, spec)
    rmse = np.sqrt(RESIDUAL_SQUARES / len(NORRIS))
    assert measured.values("rmse") == pytest.approx([rmse] * 2, rel=1e-9)
    assert measured.values("r2") == pytest.approx([R_SQUARED] * 2, abs=1e-9)
    assert measured.values("bias") == pytest.approx([0.0] * 2, abs=1e-9)

"""Estimates of binary models against scikit-learn, each row counted by its chance as both outcomes."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression

from tests.golden.both_ways import Measured
from tests.golden.provenance import golden

SOURCE = "scikit-learn on rows that count as positive and negative by IsotonicRegression's chances"


@pytest.fixture(scope="module")
def doubled(binary: Measured) -> tuple[np.ndarray, ...]:
    """Label, prediction, score and weight of the current rows, each row once positive, once negative."""
    before, now = binary.reference, binary.current
    known = pd.notna(before["label"])
    fitted = IsotonicRegression(out_of_bounds="clip").fit(
        before["score"][known], before["label"][known].astype(int)
    )
    chance = fitted.predict(now["score"])
    n = len(chance)
    return (
        np.repeat([1, 0], n),
        np.tile(now["prediction"].astype(int), 2),
        np.tile(now["score"], 2),
        np.concatenate([chance, 1 - chance]),
    )


@golden(
    "accuracy (estimated)",
    "precision (estimated)",
    "recall (estimated)",
    "specificity (estimated)",
    "f1 (estimated)",
    source=SOURCE,
)
def test_expected_confusion(binary: Measured, doubled: tuple[np.ndarray, ...]) -> None:
    label, called, _, weight = doubled
    expected = {
        "accuracy": sk.accuracy_score(label, called, sample_weight=weight),
        "precision": sk.precision_score(label, called, sample_weight=weight),
        "recall": sk.recall_score(label, called, sample_weight=weight),
        "specificity": sk.recall_score(label, called, pos_label=0, sample_weight=weight),
        "f1": sk.f1_score(label, called, sample_weight=weight),
    }
    for metric, value in expected.items():
        assert binary.values(metric, estimated=True) == pytest.approx([value] * 2, abs=1e-9), metric


@golden("roc_auc (estimated)", "log_loss (estimated)", "brier (estimated)", source=SOURCE)
def test_expected_losses_and_ranking(binary: Measured, doubled: tuple[np.ndarray, ...]) -> None:
    label, _, score, weight = doubled
    expected = {
        "roc_auc": sk.roc_auc_score(label, score, sample_weight=weight),
        "log_loss": sk.log_loss(label, np.clip(score, 1e-15, 1 - 1e-15), sample_weight=weight),
        "brier": sk.brier_score_loss(label, score, sample_weight=weight),
    }
    for metric, value in expected.items():
        assert binary.values(metric, estimated=True) == pytest.approx([value] * 2, abs=1e-9), metric


@golden("average_precision (estimated)", source=SOURCE)
def test_expected_average_precision(binary: Measured, doubled: tuple[np.ndarray, ...]) -> None:
    label, _, score, weight = doubled
    expected = sk.average_precision_score(label, score, sample_weight=weight)
    assert binary.values("average_precision", estimated=True) == pytest.approx([expected] * 2, abs=1e-9)

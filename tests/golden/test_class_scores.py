"""Scores of several classes against scikit-learn, estimates against its isotonic regression row by row."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.isotonic import IsotonicRegression

from core.domain import Task
from tests.golden.both_ways import Measured, Table, both_ways
from tests.golden.provenance import golden
from tests.unit.profiles.stream import a_spec

CLASSES = ("ant", "bee", "cat")
SCORES = {name: f"p_{name}" for name in CLASSES}


def scored_rows(n: int, seed: int, shift: float) -> Table:
    """Overconfident scores of three classes with two decimals, so that each score has a bin of its own."""
    rng = np.random.default_rng(seed)
    raw = np.stack([rng.normal(shift, 1.2, n), rng.normal(0, 1.2, n), np.zeros(n)], axis=1)
    truth = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    told = np.exp(1.5 * raw) / np.exp(1.5 * raw).sum(axis=1, keepdims=True)
    told = np.round(np.clip(told, 0.01, 0.98), 2)
    told[:, 2] = np.round(1 - told[:, 0] - told[:, 1], 2)
    told = np.where((told[:, 2:] < 0.01), np.array([[0.98, 0.01, 0.01]]), told)
    names = np.array(CLASSES, dtype=object)
    label = names[(rng.random((n, 1)) > truth.cumsum(axis=1)).sum(axis=1).clip(0, 2)]
    return {
        **{column: told[:, k] for k, column in enumerate(SCORES.values())},
        "prediction": names[told.argmax(axis=1)],
        "label": np.where(rng.random(n) < 0.1, None, label),
    }


@pytest.fixture(scope="module")
def measured() -> Measured:
    spec = a_spec(task=Task.MULTICLASS, numeric=(), categorical=(), scores=SCORES)
    return both_ways(scored_rows(4_000, 1, 0.0), scored_rows(1_500, 2, 0.4), spec)


def matrix(rows: Table) -> np.ndarray:
    return np.stack([rows[column] for column in SCORES.values()], axis=1)


def truth(rows: Table) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores of the labelled rows."""
    known = pd.notna(rows["label"])
    return rows["label"][known].astype(str), matrix(rows)[known]


def classwise(label: np.ndarray, scores: np.ndarray) -> float:
    """The definition of Kull et al. (2019), row by row."""
    errors = []
    for k, name in enumerate(CLASSES):
        place = np.clip(np.ceil(scores[:, k] * 10 - 1e-9), 1, 10)
        gaps = [
            abs(scores[place == b, k].sum() - (label[place == b] == name).sum()) for b in np.unique(place)
        ]
        errors.append(sum(gaps) / len(label))
    return float(np.mean(errors))


OF_SCIKIT_LEARN: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "roc_auc": lambda label, scores: sk.roc_auc_score(label, scores, multi_class="ovr", labels=CLASSES),
    "average_precision": lambda label, scores: float(
        np.mean([sk.average_precision_score(label == name, scores[:, k]) for k, name in enumerate(CLASSES)])
    ),
    "log_loss": lambda label, scores: sk.log_loss(label, scores, labels=CLASSES),
    "brier": lambda label, scores: sk.brier_score_loss(label, scores, labels=CLASSES, scale_by_half=False),
    "calibration_error": classwise,
}


@golden(
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
    source="scikit-learn roc_auc_score (ovr, macro), average_precision_score, log_loss, brier_score_loss",
)
@golden("calibration_error", source="Kull et al. (2019), classwise ECE by its definition, row by row")
@pytest.mark.parametrize("metric", list(OF_SCIKIT_LEARN))
def test_scores_of_several_classes(measured: Measured, metric: str) -> None:
    expected = OF_SCIKIT_LEARN[metric](*truth(measured.current))
    assert measured.values(metric) == pytest.approx([expected] * 2, abs=1e-9)
    for one in measured.ways(metric):
        assert one.low is not None
        assert one.high is not None
        assert one.low < expected < one.high


def chances(measured: Measured) -> np.ndarray:
    """The chance of every class for each current row: isotonic, one against the rest."""
    before, now = measured.reference, matrix(measured.current)
    label, _ = truth(before)
    known = matrix(before)[pd.notna(before["label"])]
    fitted = [
        IsotonicRegression(out_of_bounds="clip").fit(known[:, k], label == name).predict(now[:, k])
        for k, name in enumerate(CLASSES)
    ]
    return np.stack(fitted, axis=1)


def expected_confusion(measured: Measured) -> np.ndarray:
    """Chances added up row by row: labels by predictions, each prediction's column scaled to its rows.

    The chance of a class comes from the reference rows with the same prediction.
    """
    before, now = measured.reference, matrix(measured.current)
    known, called = pd.notna(before["label"]), measured.current["prediction"]
    confusion = np.zeros((3, 3))
    for j, call in enumerate(CLASSES):
        own = known & (before["prediction"] == call)
        for k, name in enumerate(CLASSES):
            curve = IsotonicRegression(out_of_bounds="clip").fit(
                matrix(before)[own, k], before["label"][own] == name
            )
            confusion[k, j] = curve.predict(now[called == call, k]).sum()
    n_called = np.array([(called == name).sum() for name in CLASSES])
    return confusion * n_called / confusion.sum(axis=0)


@golden(
    "accuracy (estimated)",
    "precision (estimated)",
    "recall (estimated)",
    "f1 (estimated)",
    source="expected confusion by brute force over rows, chances of scikit-learn's IsotonicRegression",
)
def test_expected_confusion_of_several_classes(measured: Measured) -> None:
    confusion = expected_confusion(measured)
    right, called, real = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    expected = {
        "accuracy": right.sum() / confusion.sum(),
        "precision": (right / called).mean(),
        "recall": (right / real).mean(),
        "f1": (2 * right / (called + real)).mean(),
    }
    for metric, value in expected.items():
        assert measured.values(metric, estimated=True) == pytest.approx([value] * 2, abs=1e-9), metric


@golden(
    "roc_auc (estimated)",
    source="scikit-learn roc_auc_score on rows that count as positive and negative by their chances",
)
def test_expected_roc_of_several_classes(measured: Measured) -> None:
    chance, now = chances(measured), matrix(measured.current)
    areas = [
        sk.roc_auc_score(
            np.repeat([1, 0], len(now)),
            np.tile(now[:, k], 2),
            sample_weight=np.concatenate([chance[:, k], 1 - chance[:, k]]),
        )
        for k in range(3)
    ]
    assert measured.values("roc_auc", estimated=True) == pytest.approx([np.mean(areas)] * 2, abs=1e-9)

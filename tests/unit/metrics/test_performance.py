"""Performance against scikit-learn, on scores whose bins hold one value each."""

import numpy as np
import pytest
from sklearn import metrics as sk

from core.metrics import performance
from core.metrics.outcomes import Scored
from core.metrics.reading import Reading

rng = np.random.default_rng(5)
LABELS = (rng.random(700) < 0.3).astype(int)
SCORES = np.round(np.clip(rng.normal(0.3 + 0.25 * LABELS, 0.2), 0.001, 0.999), 3)
CALLED = (SCORES >= 0.5).astype(int)


def scored(scores: np.ndarray, labels: np.ndarray) -> Scored:
    values, place = np.unique(scores, return_inverse=True)

    def added(weights: np.ndarray) -> np.ndarray:
        return np.bincount(place, weights, minlength=len(values)).astype(float)

    return Scored(
        positives=added(labels),
        negatives=added(1 - labels),
        positives_total=added(labels * scores),
        negatives_total=added((1 - labels) * scores),
        positives_squares=added(labels * scores**2),
        negatives_squares=added((1 - labels) * scores**2),
    )


def confusion(labels: np.ndarray, called: np.ndarray) -> np.ndarray:
    return sk.confusion_matrix(labels, called).astype(float)


def value(reading: Reading) -> float:
    assert reading.value is not None
    assert reading.low is not None
    assert reading.high is not None
    assert reading.low <= reading.value <= reading.high
    return reading.value


def test_scores_are_scikit_learns() -> None:
    rows = scored(SCORES, LABELS)
    assert value(performance.roc_auc(rows)) == pytest.approx(sk.roc_auc_score(LABELS, SCORES), abs=1e-12)
    expected = sk.average_precision_score(LABELS, SCORES)
    assert value(performance.average_precision(rows)) == pytest.approx(expected, abs=1e-12)
    assert value(performance.log_loss(rows)) == pytest.approx(sk.log_loss(LABELS, SCORES), abs=1e-9)
    assert value(performance.brier(rows)) == pytest.approx(sk.brier_score_loss(LABELS, SCORES), abs=1e-12)


def test_confusion_scores_are_scikit_learns() -> None:
    table = confusion(LABELS, CALLED)
    assert value(performance.accuracy(table)) == pytest.approx(sk.accuracy_score(LABELS, CALLED))
    assert value(performance.precision(table, 1)) == pytest.approx(sk.precision_score(LABELS, CALLED))
    assert value(performance.recall(table, 1)) == pytest.approx(sk.recall_score(LABELS, CALLED))
    assert value(performance.f1(table, 1)) == pytest.approx(sk.f1_score(LABELS, CALLED))
    assert value(performance.matthews(table)) == pytest.approx(sk.matthews_corrcoef(LABELS, CALLED))
    expected = sk.recall_score(LABELS, CALLED, pos_label=0)
    assert value(performance.specificity(table, 1)) == pytest.approx(expected)


def test_several_classes_are_scikit_learns_macro_mean() -> None:
    labels = rng.integers(0, 4, size=500)
    called = np.where(rng.random(500) < 0.6, labels, rng.integers(0, 4, size=500))
    table = confusion(labels, called)
    for mine, theirs in (
        (performance.precision, sk.precision_score),
        (performance.recall, sk.recall_score),
        (performance.f1, sk.f1_score),
    ):
        assert value(mine(table, None)) == pytest.approx(theirs(labels, called, average="macro"), abs=1e-12)
    assert value(performance.matthews(table)) == pytest.approx(
        sk.matthews_corrcoef(labels, called), abs=1e-12
    )


def test_a_class_that_nobody_was_called_counts_as_missed() -> None:
    labels, called = np.array([0, 1, 2, 2]), np.array([0, 1, 1, 1])
    expected = sk.f1_score(labels, called, average="macro")
    assert value(performance.f1(confusion(labels, called), None)) == pytest.approx(expected)


def test_calibration_error_by_hand() -> None:
    # (0, .1]: one row, score .1, negative → .1; (.5, .6]: scores .6 .6, one positive → |.6 − .5|.
    rows = scored(np.array([0.1, 0.6, 0.6]), np.array([0, 1, 0]))
    assert performance.calibration_error(rows).value == pytest.approx((0.1 + 2 * 0.1) / 3)


def test_calibrated_scores_have_a_small_calibration_error() -> None:
    labels = (rng.random(20_000) < 0.5).astype(int)
    chances = np.full(20_000, 0.5)
    assert value(performance.calibration_error(scored(chances, labels))) < 0.01


def test_certain_and_wrong_is_finite() -> None:
    rows = scored(np.array([0.0, 1.0]), np.array([1, 0]))
    assert performance.log_loss(rows).value == pytest.approx(-np.log(1e-15), rel=1e-3)


def test_perfect_order_has_an_interval_that_is_not_a_point() -> None:
    found = performance.roc_auc(scored(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])))
    assert found.value == 1.0
    assert found.low is not None
    assert found.low < 0.6


NO_ROWS = scored(np.array([]), np.array([]))
POSITIVES = scored(np.array([0.2, 0.9]), np.array([1, 1]))


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision", "log_loss", "brier", "calibration_error"])
def test_no_labels_say_so(metric: str) -> None:
    assert getattr(performance, metric)(NO_ROWS).reason == "no labels yet"


def test_one_class_says_so() -> None:
    assert performance.roc_auc(POSITIVES).reason == "one class"
    negatives = scored(np.array([0.2, 0.9]), np.array([0, 0]))
    assert performance.average_precision(negatives).reason == "one class"
    assert performance.log_loss(POSITIVES).value is not None


def test_empty_and_lopsided_confusions_say_so() -> None:
    empty, lopsided = np.zeros((0, 0)), np.array([[10.0, 0.0], [0.0, 0.0]])
    for reading in (
        performance.accuracy(empty),
        performance.precision(empty, -2),
        performance.recall(empty, -2),
        performance.specificity(empty, -2),
        performance.f1(empty, -2),
        performance.f1(empty, None),
        performance.matthews(empty),
    ):
        assert (reading.value, reading.reason) == (None, "no labels yet")
    for reading in (
        performance.precision(lopsided, 1),
        performance.recall(lopsided, 1),
        performance.f1(lopsided, 1),
        performance.matthews(lopsided),
    ):
        assert (reading.value, reading.reason) == (None, "one class")
    assert performance.accuracy(lopsided).value == 1.0
    assert performance.specificity(lopsided, 1).value == 1.0


def test_a_positive_class_that_never_occurs() -> None:
    table = np.array([[7.0, 3.0], [2.0, 8.0]])
    assert performance.precision(table, -2).reason == "one class"
    assert performance.specificity(table, -2).value == 1.0


@pytest.mark.parametrize("metric", ["average_precision", "log_loss", "brier"])
def test_intervals_hold_the_truth(metric: str) -> None:
    """Against the value on very many rows: 95 of 100 intervals of small samples hold it."""
    draw = np.random.default_rng(17)

    def sample(n: int) -> Scored:
        labels = (draw.random(n) < 0.35).astype(int)
        scores = np.round(1 / (1 + np.exp(-draw.normal(2 * labels - 1, 1.0))), 2)
        return scored(np.clip(scores, 0.01, 0.99), labels)

    function = getattr(performance, metric)
    truth = function(sample(400_000)).value
    readings = [function(sample(300)) for _ in range(300)]
    held = [one.low <= truth <= one.high for one in readings]
    assert 0.91 <= np.mean(held) <= 0.985


@pytest.mark.parametrize("metric", ["f1", "mcc"])
def test_confusion_intervals_hold_the_truth(metric: str) -> None:
    draw = np.random.default_rng(18)
    chances = np.array([0.55, 0.1, 0.12, 0.23])

    def reading(table: np.ndarray) -> Reading:
        return performance.f1(table, 1) if metric == "f1" else performance.matthews(table)

    truth = reading((chances * 1e6).reshape(2, 2)).value
    readings = [
        reading(counts.reshape(2, 2)) for counts in draw.multinomial(250, chances, size=800).astype(float)
    ]
    held = [one.low <= truth <= one.high for one in readings]  # type: ignore[operator]
    assert 0.93 <= np.mean(held) <= 0.975

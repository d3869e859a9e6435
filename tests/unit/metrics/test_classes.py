"""Scores of several classes: what is left out, what a window without something says, how far to trust it."""

from dataclasses import replace

import numpy as np
import pytest

from core.domain import Measurement, Role, Task
from core.metrics import classes
from core.metrics.classes import ClassOutcomes, joined
from core.metrics.measure import calibrate, measure
from tests.builders import Table, profile_of, reference_of, spec_of


def drawn(n: int, seed: int, *, shift: float = 0.0, sharp: float = 1.0) -> Table:
    """Rows of a model with three classes whose log-odds are right up to a factor ``sharp``."""
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.2, size=(n, 2))
    raw = np.stack([x[:, 0], x[:, 1], np.zeros(n)], axis=1)
    truth = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    scores = np.exp(sharp * raw) / np.exp(sharp * raw).sum(axis=1, keepdims=True)
    label = (rng.random((n, 1)) > truth.cumsum(axis=1)).sum(axis=1) + 1
    return Table(
        scores={f"p{k + 1}": scores[:, k] for k in range(3)},
        prediction=np.array([str(k + 1) for k in scores.argmax(axis=1)], dtype=object),
        label=np.array([str(k) for k in label], dtype=object),
    )


def performance(rows: Table, before: Table) -> dict[tuple[str, bool], Measurement]:
    spec = spec_of(before, task=Task.MULTICLASS)
    reference = reference_of(before, spec)
    found = measure(profile_of(rows, reference, spec), reference, spec, calibrate(reference, spec))
    return {(one.metric, one.estimated): one for one in found if one.role is Role.PERFORMANCE}


def test_no_labels_and_no_rows_say_so() -> None:
    before = drawn(2000, 1)
    blind = replace(drawn(300, 2), label=np.array([None] * 300, dtype=object))
    found = performance(blind, before)
    for metric in ("roc_auc", "average_precision", "log_loss", "brier", "calibration_error", "accuracy"):
        assert found[metric, False].reason == "no labels yet"
    for metric in ("roc_auc", "accuracy", "precision", "recall", "f1"):
        assert found[metric, True].value is not None
        assert "not valid under concept drift" in found[metric, True].method
    empty = performance(drawn(300, 2).rows(0, 0), before)
    assert empty.keys() == found.keys()
    assert {one.reason for one in empty.values()} == {"no traffic"}


def test_one_class_has_no_ranking_but_losses() -> None:
    rows = drawn(200, 3)
    one = replace(rows, label=np.array(["2"] * 200, dtype=object))
    found = performance(one, drawn(2000, 1))
    assert found["roc_auc", False].reason == "one class"
    assert found["log_loss", False].value is not None
    assert found["brier", False].n == 200


def test_a_label_without_a_score_is_no_label_here() -> None:
    rows = drawn(200, 3)
    label = rows.label.copy() if rows.label is not None else np.array([])
    label[:50] = "unheard of"
    found = performance(replace(rows, label=label), drawn(2000, 1))
    assert found["log_loss", False].n == found["roc_auc", False].n == 150
    assert found["accuracy", False].n == 200


def test_rows_without_a_score_are_left_out() -> None:
    rows = drawn(200, 4)
    gone = rows.scores["p2"].copy()
    gone[:20] = np.nan
    found = performance(replace(rows, scores={**rows.scores, "p2": gone}), drawn(2000, 1))
    assert found["brier", False].n == found["roc_auc", True].n == found["accuracy", True].n == 180
    none = performance(replace(rows, scores={**rows.scores, "p2": np.full(200, np.nan)}), drawn(2000, 1))
    assert none["roc_auc", True].reason == none["accuracy", True].reason == "no score column"
    assert none["brier", False].reason == "no labels yet"


def test_without_a_prediction_only_scores_are_judged() -> None:
    found = performance(replace(drawn(200, 5), prediction=None), replace(drawn(2000, 1), prediction=None))
    assert found["accuracy", False].reason == "no prediction column"
    assert {metric for metric, estimated in found if estimated} == {"roc_auc"}


def test_an_unknown_prediction_is_never_expected_to_be_right() -> None:
    rows = drawn(200, 6)
    found = performance(replace(rows, prediction=np.array(["9"] * 200, dtype=object)), drawn(2000, 1))
    assert found["accuracy", True].value == 0.0
    assert found["accuracy", True].n == 200


@pytest.mark.parametrize("sharp", [0.6, 1.0, 2.0])
def test_estimates_come_true_under_covariate_shift(sharp: float) -> None:
    found = performance(drawn(20_000, 7, shift=0.7, sharp=sharp), drawn(20_000, 8, sharp=sharp))
    for metric in ("roc_auc", "accuracy", "precision", "recall", "f1"):
        estimated, realised = found[metric, True], found[metric, False]
        assert estimated.value == pytest.approx(realised.value, abs=0.02), metric
        assert estimated.n == realised.n == 20_000


@pytest.mark.parametrize("sharp", [0.5, 1.7])
def test_estimates_on_the_reference_are_what_it_measured(sharp: float) -> None:
    rows = drawn(10_000, 9, sharp=sharp)
    found = performance(rows, rows)
    for metric in ("accuracy", "precision", "recall", "f1"):
        assert found[metric, True].value == pytest.approx(found[metric, False].value, abs=1e-9), metric
    assert found["roc_auc", True].value == pytest.approx(found["roc_auc", False].value, abs=0.002)


def test_errors_that_do_not_go_together_cancel() -> None:
    errors = np.array([0.02, 0.02, 0.02])
    together, apart = joined(errors, np.ones((3, 3))), joined(errors, np.eye(3))
    assert (together, apart) == (pytest.approx(0.02), pytest.approx(0.02 / np.sqrt(3)))
    assert joined(errors, None) == pytest.approx(0.02)


def test_cells_of_other_classes_are_left_out() -> None:
    rows = drawn(50, 10)
    spec = spec_of(rows, task=Task.MULTICLASS)
    cells = profile_of(rows, reference_of(rows, spec), spec).class_scores
    assert cells is not None
    outcomes = ClassOutcomes.of(cells, ("1", "2"))
    assert float(outcomes.n.sum()) == 100
    assert classes.roc_auc(outcomes).value is not None

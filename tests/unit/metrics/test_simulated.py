"""Many draws of one world: intervals hold the truth as often as they say, tests of nothing find nothing."""

import numpy as np
import pytest

from core.domain import Role, Task
from core.metrics import classes
from core.metrics.class_cells import class_cells
from core.metrics.classes import ClassOutcomes
from core.metrics.fitting import class_correlations
from core.metrics.measure import calibrate, measure
from tests.builders import Table, profile_of, reference_of, spec_of
from tests.unit.metrics.test_classes import drawn as of_classes
from tests.unit.metrics.test_concept_drift import binary
from tests.unit.metrics.test_loss_estimation import drawn as of_numbers

pytestmark = pytest.mark.slow

CLASSES = ("1", "2", "3")
EDGES = np.arange(1, 200) / 200
METRICS = {
    "roc_auc": classes.roc_auc,
    "average_precision": classes.average_precision,
    "log_loss": lambda outcomes, _: classes.log_loss(outcomes),
    "brier": lambda outcomes, _: classes.brier(outcomes),
}


def outcomes_of(rows: Table) -> ClassOutcomes:
    scores = np.stack([rows.scores[f"p{name}"] for name in CLASSES], axis=1)
    assert rows.label is not None
    assert rows.prediction is not None
    cells = class_cells(
        scores, np.searchsorted(EDGES, scores), CLASSES, rows.label.tolist(), rows.prediction.tolist()
    )
    return ClassOutcomes.of(cells, CLASSES)


def correlations_of(rows: Table) -> dict[str, np.ndarray]:
    scores = np.stack([rows.scores[f"p{name}"] for name in CLASSES], axis=1)
    assert rows.label is not None
    found = class_correlations(scores, rows.label.astype(int) - 1)
    return {metric: np.array(rows) for metric, rows in found.items()}


@pytest.mark.parametrize("n", [100, 500, 2000])
def test_intervals_of_means_over_classes_hold_the_truth(n: int) -> None:
    world, known = outcomes_of(of_classes(200_000, 1)), correlations_of(of_classes(20_000, 2))
    truth = {metric: score(world, known).value for metric, score in METRICS.items()}
    draws = 600 if n < 1000 else 300
    held = dict.fromkeys(METRICS, 0)
    for seed in range(draws):
        outcomes = outcomes_of(of_classes(n, 1000 + seed))
        for metric, score in METRICS.items():
            found = score(outcomes, known)
            assert found.low is not None
            assert found.high is not None
            held[metric] += found.low <= (truth[metric] or 0.0) <= found.high
    for metric, count in held.items():
        assert 0.92 <= count / draws <= 0.98, (metric, count / draws)


def p_values(before: Table, task: Task, windows: list[Table]) -> np.ndarray:
    """What concept drift says of windows in which there is none."""
    spec = spec_of(before, task=task)
    reference = reference_of(before, spec)
    estimator = calibrate(reference, spec)
    found = []
    for rows in windows:
        measured = measure(profile_of(rows, reference, spec), reference, spec, estimator)
        found += [one.p_value for one in measured if one.metric == "concept_drift"]
    return np.array(found, dtype=float)


@pytest.mark.parametrize("task", list(Task))
def test_no_concept_drift_is_found_where_there_is_none(task: Task) -> None:
    draw = {Task.BINARY: binary, Task.MULTICLASS: of_classes, Task.REGRESSION: of_numbers}[task]
    found = [
        p_values(draw(6000, 10 + k), task, [draw(400, 100 * k + seed) for seed in range(60)])
        for k in range(1, 4)
    ]
    values = np.concatenate(found)
    # One reference errs for all of its windows: three of them, and room for chance.
    assert np.mean(values < 0.05) <= 0.10
    assert np.mean(values < 0.5) == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("shift", [-0.8, 0.8])
@pytest.mark.parametrize("task", list(Task))
def test_estimates_track_what_comes_true_under_covariate_shift(task: Task, shift: float) -> None:
    draw = {Task.BINARY: binary, Task.MULTICLASS: of_classes, Task.REGRESSION: of_numbers}[task]
    before = draw(10_000, 1)
    spec = spec_of(before, task=task)
    reference = reference_of(before, spec)
    estimator = calibrate(reference, spec)
    gaps: dict[str, list[float]] = {}
    for seed in range(8):
        profile = profile_of(draw(2000, 50 + seed, shift=shift), reference, spec)
        found = {
            (one.metric, one.estimated): one.value
            for one in measure(profile, reference, spec, estimator)
            if one.role is Role.PERFORMANCE
        }
        for metric, estimated in found:
            if estimated:
                realised = found[metric, False] or 0.0
                scale = abs(realised) if task is Task.REGRESSION else 1.0
                gaps.setdefault(metric, []).append(((found[metric, True] or 0.0) - realised) / scale)
    for metric, own in gaps.items():
        assert abs(np.mean(own)) <= (0.1 if metric == "mse" else 0.05), (metric, np.mean(own))

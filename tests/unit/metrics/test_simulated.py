"""Many draws of one world: estimates follow the inputs."""

import numpy as np
import pytest

from core.domain import Role, Task
from core.metrics.measure import calibrate, measure
from tests.builders import profile_of, reference_of, spec_of
from tests.unit.metrics.test_classes import drawn as of_classes
from tests.unit.metrics.test_concept_drift import binary
from tests.unit.metrics.test_loss_estimation import drawn as of_numbers

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("shift", [-0.8, 0.8])
@pytest.mark.parametrize("task", list(Task))
def test_estimates_track_what_comes_true_under_covariate_shift(task: Task, shift: float) -> None:
    draw = {Task.BINARY: binary, Task.MULTICLASS: of_classes, Task.REGRESSION: of_numbers}[task]
    before = draw(10_000, 1)
    spec = spec_of(before, task=task)
    reference = reference_of(before, spec)
    estimator = calibrate(reference, spec)
    gaps: dict[str, list[float]] = {}
    for seed in range(4):
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

"""Quiet streams of several classes and of numbers, from rows to incidents: estimates and all."""

from collections.abc import Callable

import pytest

from core.domain import Risk, Status, Task
from core.incidents.derive import derive
from core.monitor import Basis, assess
from core.policy.policy_file import default_policy
from tests.builders import Table, reference_of, spec_of, windows_of
from tests.unit.metrics.test_classes import drawn as of_classes
from tests.unit.metrics.test_loss_estimation import drawn as of_numbers
from tests.unit.policy.builders import NOW

POLICY = default_policy(Risk.HIGH)
N, N_OWN, N_WINDOWS = 400, 12, 28


def judged(draw: Callable[..., Table], task: Task, seed: int, **change: float) -> tuple[float, int, set[str]]:
    """Share of windows whose performance fails, incidents about it, and what was judged."""
    before = draw(N * N_OWN, seed)
    spec = spec_of(before, task=task, rows=N)
    basis = Basis.of(reference_of(before, spec), spec)
    profiles = windows_of(draw(N * N_WINDOWS, 1000 + seed, **change), basis.reference, spec)
    _, verdicts = assess(profiles, spec, POLICY, basis, clock=None, now=NOW)
    about = [one for one in verdicts if one.rule == "performance"]
    failed = {one.measurement.window.index for one in about if one.status is Status.FAIL}
    kinds = {f"{one.measurement.metric}{' est.' if one.measurement.estimated else ''}" for one in about}
    incidents = [one for one in derive(about, POLICY, [], NOW) if one.rule == "performance"]
    return len(failed) / N_WINDOWS, len(incidents), kinds


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "task", "kinds"),
    [
        (of_classes, Task.MULTICLASS, {"roc_auc", "accuracy", "roc_auc est.", "accuracy est."}),
        (of_numbers, Task.REGRESSION, {"mae", "bias", "mae est."}),
    ],
)
def test_quiet_streams_open_no_incident(draw: Callable[..., Table], task: Task, kinds: set[str]) -> None:
    found = [judged(draw, task, seed) for seed in range(3)]
    assert all(own[2] == kinds for own in found)
    assert sum(own[0] for own in found) / len(found) <= 0.05
    assert sum(own[1] for own in found) == 0


@pytest.mark.slow
def test_harder_inputs_alarm_before_labels() -> None:
    share, n_incidents, _ = judged(of_numbers, Task.REGRESSION, 5, shift=1.0)
    assert share >= 0.9
    assert n_incidents == 1

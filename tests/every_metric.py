"""Everything that is measured of one ordinary window of each kind of model, for tests that enumerate."""

from functools import cache

import numpy as np

from core.domain import Measurement, Task
from core.metrics.measure import calibrate, measure, measure_fairness
from tests.builders import Table, profile_of, reference_of, spec_of, texts


def rows_of(task: Task, n: int = 600, seed: int = 0) -> Table:
    """Rows with every column that a model of this kind may have."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    chance = np.round(1 / (1 + np.exp(-x)), 3)
    classes = np.array(["1", "2", "3"], dtype=object)
    kind = rng.choice(classes, n)
    prediction, label, scores = x, x + rng.normal(size=n), {}
    if task is Task.BINARY:
        prediction, label = texts(chance >= 0.5), texts(rng.random(n) < chance)
        scores = {"score": chance}
    if task is Task.MULTICLASS:
        prediction, label = kind, np.where(rng.random(n) < 0.3, rng.choice(classes, n), kind)
        parts = rng.dirichlet([1.0, 1.0, 1.0], n)
        scores = {f"score_{name}": parts[:, place] for place, name in enumerate(classes)}
    return Table(
        numeric={"x": x, "count": rng.poisson(4, n).astype(float)},
        categorical={"kind": rng.choice(classes, n)},
        scores=scores,
        prediction=prediction,
        label=label,
        groups={"sex": rng.choice(np.array(["f", "m"], dtype=object), n)},
        latency_ms=rng.lognormal(3, 0.5, n),
        failed=rng.random(n) < 0.02,
    )


@cache
def measured_of(task: Task) -> tuple[Measurement, ...]:
    """What is measured of such a window, estimates included, against a reference of the same kind."""
    before = rows_of(task, 2_000, seed=1)
    spec = spec_of(before, task=task, rows=500)
    reference = reference_of(before, spec)
    profile = profile_of(rows_of(task), reference, spec)
    found = measure(profile, reference, spec, calibrate(reference, spec))
    against = measure_fairness(profile, ("sex",), spec, against="f")
    return (*found, *(one for one in against if one.metric not in {known.metric for known in found}))

"""Class scores counted in SQL are the cells counted in NumPy, and survive the way through the store."""

from collections.abc import Callable

import numpy as np
import pytest

from core.cells import ClassCells
from core.domain import Task
from core.metrics.class_cells import class_cells
from core.spec import MonitorSpec
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]
CLASSES = ("cat", "dog", "it's")
SPEC = a_spec(
    task=Task.MULTICLASS, numeric=(), categorical=(), scores={name: f"p {name}" for name in CLASSES}
)


def drawn(n: int, seed: int) -> tuple[np.ndarray, list[str | None], list[str | None]]:
    rng = chance(seed)
    scores = rng.dirichlet((1.0, 0.7, 0.5), n)
    label = [CLASSES[rng.choice(3, p=own)] if rng.random() < 0.9 else None for own in scores]
    called: list[str | None] = [CLASSES[k] for k in scores.argmax(axis=1)]
    return scores, label, called


def columns(scores: np.ndarray) -> dict[str, list[float]]:
    return {f"p {name}": scores[:, k].tolist() for k, name in enumerate(CLASSES)}


def by_key(cells: ClassCells) -> dict[tuple[object, ...], tuple[object, ...]]:
    keys = zip(cells.scored, cells.score_bin, cells.is_label, cells.prediction, strict=True)
    sums = (cells.score_total, cells.score_squares, cells.brier_total, cells.log_total, cells.log_squares)
    return {
        key: (n, *(pytest.approx(one, rel=1e-9, abs=1e-12) for one in own))
        for key, n, *own in zip(keys, cells.n, *sums, strict=True)
    }


def test_sql_counts_as_numpy_does(stream: Make) -> None:
    made = stream(SPEC)
    before, label, called = drawn(500, 1)
    made.add_reference(
        moments(500, start=START - 5 * DAY, over=5 * DAY), **columns(before), prediction=called, label=label
    )
    pinned = made.pin()
    made.start()
    scores, label, called = drawn(400, 2)
    scores[3, 1] = np.nan
    ids = made.add(moments(400), **columns(scores), prediction=called)
    known = [(i, text) for i, text in zip(ids, label, strict=True) if text is not None]
    made.label([i for i, _ in known], [text for _, text in known])
    (profile,) = made.run(pinned)
    assert profile.class_scores is not None
    bins = np.stack(
        [np.searchsorted(pinned.edges[f"p {name}"], scores[:, k]) for k, name in enumerate(CLASSES)], axis=1
    )
    assert by_key(profile.class_scores) == by_key(class_cells(scores, bins, CLASSES, label, called))
    assert sum(profile.class_scores.n) == 399 * 3
    whole = pinned.profile.class_scores
    assert whole is not None
    assert sum(whole.n) == 500 * 3
    assert [sum(own.class_scores.n) for own in pinned.windows if own.class_scores] == [300] * 5


@pytest.mark.parametrize("spec", [a_spec(), a_spec(task=Task.REGRESSION), a_spec(task=Task.MULTICLASS)])
def test_other_models_have_none(stream: Make, spec: MonitorSpec) -> None:
    made = stream(spec)
    made.start()
    made.add(moments(3), amount=[1.0, 2.0, 3.0])
    (profile,) = made.run()
    assert profile.class_scores is None

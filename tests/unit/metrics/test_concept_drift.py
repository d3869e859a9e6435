"""Concept drift: quiet where only the inputs move, loud where the same inputs mean something else."""

from dataclasses import replace

import numpy as np
import pytest

from core.domain import Measurement, Role, Task
from core.metrics.concept_drift import Gap, concept_drift
from core.metrics.measure import calibrate, measure
from core.spec import MonitorSpec
from tests.builders import Table, profile_of, reference_of, spec_of, texts
from tests.unit.metrics.test_classes import drawn as of_classes


def binary(n: int, seed: int, *, shift: float = 0.0, flipped: float = 0.0) -> Table:
    """Rows of an overconfident model; ``flipped`` is the share of labels that turned round."""
    rng = np.random.default_rng(seed)
    x = rng.normal(shift, 1.5, n)
    label = (rng.random(n) < 1 / (1 + np.exp(-x))) ^ (rng.random(n) < flipped)
    scores = 1 / (1 + np.exp(-1.6 * x))
    return Table(scores={"score": scores}, prediction=texts(scores >= 0.5), label=texts(label))


def drift(rows: Table, before: Table, task: Task = Task.BINARY, **changes: object) -> Measurement:
    spec: MonitorSpec = spec_of(before, task=task, **changes)
    reference = reference_of(before, spec)
    found = measure(profile_of(rows, reference, spec), reference, spec, calibrate(reference, spec))
    (one,) = [one for one in found if one.metric == "concept_drift"]
    assert one.role is Role.PERFORMANCE
    assert not one.estimated
    return one


def test_the_reference_does_not_drift_from_itself() -> None:
    rows = binary(5000, 1)
    found = drift(rows, rows)
    assert found.value == pytest.approx(0.0, abs=0.005)
    assert (found.n, found.n_reference) == (5000, 5000)
    several = of_classes(5000, 1, sharp=1.5)
    assert drift(several, several, Task.MULTICLASS).value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.0])
def test_moving_inputs_are_no_concept_drift(shift: float) -> None:
    found = drift(binary(4000, 2, shift=shift), binary(20_000, 1))
    assert found.value == pytest.approx(0.0, abs=0.025)
    assert found.p_value is not None
    assert found.p_value > 0.01
    several = drift(of_classes(4000, 2, shift=shift / 2), of_classes(20_000, 1), Task.MULTICLASS)
    assert several.value == pytest.approx(0.0, abs=0.03)


def test_turned_labels_are_concept_drift_of_their_share() -> None:
    found = drift(binary(4000, 3, flipped=0.2), binary(20_000, 1))
    # One call in four is wrong; of the others a fifth turn wrong, of the wrong ones a fifth turn right.
    assert found.value == pytest.approx(0.2 * (1 - 2 * 0.25), abs=0.03)
    assert found.p_value is not None
    assert found.p_value < 1e-6
    assert found.low is not None
    assert found.low > 0.05


def test_several_classes_drift_too() -> None:
    rows = of_classes(3000, 4)
    label = rows.label.copy() if rows.label is not None else np.array([])
    label[:600] = np.roll(label[:600], 7)
    found = drift(replace(rows, label=label), of_classes(20_000, 1), Task.MULTICLASS)
    assert found.p_value is not None
    assert found.p_value < 0.01
    assert found.value is not None
    assert found.value > 0.02


def test_better_than_expected_is_below_zero() -> None:
    rows = binary(3000, 5)
    right = replace(rows, label=rows.prediction)
    found = drift(right, binary(20_000, 1))
    assert found.high is not None
    assert found.high < 0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"label": np.array([None] * 200, dtype=object)}, "no labels yet"),
        ({"scores": {}}, "no score column"),
        ({"prediction": None}, "no prediction column"),
    ],
)
def test_what_lacks_says_so(change: dict[str, object], reason: str) -> None:
    rows = binary(200, 6)
    lacking = replace(rows, **change)  # type: ignore[arg-type]
    before = replace(binary(2000, 1), **{name: value for name, value in change.items() if name != "label"})  # type: ignore[arg-type]
    assert drift(lacking, before).reason == reason


def test_no_rows_and_no_labels_in_the_reference() -> None:
    rows, before = binary(200, 7), binary(2000, 1)
    assert drift(rows.rows(0, 0), before).reason == "no traffic"
    blind = replace(before, label=np.array([None] * 2000, dtype=object))
    assert drift(rows, blind).reason == "no reference"


def test_without_chance_any_difference_tells() -> None:
    certain = Gap(n=10, observed=1.0, expected=0.0, variance=0.0, scatter=0.9, unsure=0.0, n_reference=5)
    assert concept_drift(certain).p_value == 0.0
    assert concept_drift(replace(certain, observed=0.0, scatter=0.0)).p_value == 1.0

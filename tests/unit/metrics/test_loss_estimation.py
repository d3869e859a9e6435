"""Errors estimated without labels: what the reference promises, and whether it comes true."""

from dataclasses import replace

import numpy as np
import pytest

from core.cells import LeafCells
from core.domain import Measurement, Role, Task
from core.metrics.loss_estimation import losses_of, readings
from core.metrics.measure import bands, calibrate, measure
from tests.builders import Table, profile_of, reference_of, spec_of

ESTIMATED = ("mae", "mse", "rmse")


def drawn(n: int, seed: int, *, shift: float = 0.0, concept: float = 0.0) -> Table:
    """Rows whose errors grow with x; ``concept`` makes them larger for the same x."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(shift, 1, n), rng.normal(0, 1, n)
    kind = rng.choice(np.array(["a", "b", "c"], dtype=object), n)
    sd = np.exp(0.5 * x) + (kind == "c") + concept * (x > 0)
    return Table(
        numeric={"x": x, "z": z},
        categorical={"kind": kind},
        prediction=3 * x + z,
        label=3 * x + z + rng.normal(size=n) * sd,
    )


class Pinned:
    def __init__(self) -> None:
        rows = drawn(8000, 1)
        self.spec = spec_of(rows, task=Task.REGRESSION, rows=1000)
        self.reference = reference_of(rows, self.spec)
        self.estimator = calibrate(self.reference, self.spec)

    def performance(self, rows: Table) -> dict[tuple[str, bool], Measurement]:
        profile = profile_of(rows, self.reference, self.spec)
        found = measure(profile, self.reference, self.spec, self.estimator)
        return {(one.metric, one.estimated): one for one in found if one.role is Role.PERFORMANCE}


@pytest.fixture(scope="module")
def pinned() -> Pinned:
    return Pinned()


def test_on_the_reference_the_estimate_is_what_was_measured(pinned: Pinned) -> None:
    found = pinned.performance(drawn(8000, 1))
    for metric in ESTIMATED:
        assert found[metric, True].value == pytest.approx(found[metric, False].value, rel=1e-9)
    assert found["concept_drift", False].value == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("shift", [-1.0, 0.5, 1.0])
def test_estimates_come_true_under_covariate_shift(pinned: Pinned, shift: float) -> None:
    found = pinned.performance(drawn(6000, 2, shift=shift))
    unmoved = pinned.performance(drawn(6000, 3))
    for metric, bound in (("mae", 0.05), ("rmse", 0.08)):
        estimated, realised = found[metric, True], found[metric, False]
        assert estimated.value == pytest.approx(realised.value, rel=bound), metric
        assert estimated.n == realised.n == 6000
        assert "not valid under concept drift" in estimated.method
        before = unmoved[metric, False].value
        assert before is not None
        assert abs((realised.value or 0) - before) > 3 * abs((realised.value or 0) - (estimated.value or 0))


def test_estimates_are_blind_to_concept_drift_which_is_measured_instead(pinned: Pinned) -> None:
    found = pinned.performance(drawn(4000, 4, concept=1.0))
    assert found["mae", False].value == pytest.approx(1.4 * (found["mae", True].value or 0), rel=0.1)
    drift = found["concept_drift", False]
    assert drift.value is not None
    assert drift.value == pytest.approx(
        (found["mae", False].value or 0) - (found["mae", True].value or 0), abs=0.02
    )
    assert drift.p_value is not None
    assert drift.p_value < 1e-6
    assert drift.low is not None
    assert drift.low > 0.2


def test_no_labels_are_needed(pinned: Pinned) -> None:
    rows = drawn(500, 5)
    blind = pinned.performance(replace(rows, label=np.full(500, np.nan)))
    seen = pinned.performance(rows)
    for metric in ESTIMATED:
        assert blind[metric, True].value == seen[metric, True].value
        assert blind[metric, False].reason == "no labels yet"
    assert blind["concept_drift", False].reason == "no labels yet"
    assert blind["concept_drift", False].n_reference == 8000


def test_empty_windows_say_so(pinned: Pinned) -> None:
    found = pinned.performance(drawn(5, 6).rows(0, 0))
    assert {found[metric, True].reason for metric in ESTIMATED} == {"no traffic"}
    assert found["concept_drift", False].reason == "no traffic"


def test_the_interval_holds_what_comes_true(pinned: Pinned) -> None:
    held = []
    for seed in range(60):
        found = pinned.performance(drawn(300, 100 + seed))
        estimate, truth = found["mae", True], found["mae", False].value
        assert estimate.low is not None
        assert estimate.high is not None
        assert truth is not None
        held.append(estimate.low <= truth <= estimate.high)
    assert np.mean(held) >= 0.88


def test_estimates_have_no_band_of_their_own(pinned: Pinned) -> None:
    found = bands(pinned.reference, pinned.spec)
    key = ("mae", Role.PERFORMANCE, None)
    (band,) = [band for (metric, role, feature, _), band in found.items() if (metric, role, feature) == key]
    assert band.n_windows == 8
    assert band.mean == pytest.approx(1.23, abs=0.1)


def cells(n: tuple[int, ...], labelled: tuple[int, ...], errors: tuple[float, ...]) -> LeafCells:
    """Leaves 1, 2, … of one tree, in each of which all errors are the same."""
    sums = [
        [count * error**power for count, error in zip(labelled, errors, strict=True)] for power in (1, 2, 4)
    ]
    return LeafCells(
        tree=(0,) * len(n),
        leaf=tuple(range(1, len(n) + 1)),
        n=n,
        n_labelled=labelled,
        error_absolute=tuple(sums[0]),
        error_squares=tuple(sums[1]),
        error_fourths=tuple(sums[2]),
    )


def test_a_leaf_without_labels_promises_what_its_tree_does() -> None:
    losses = losses_of(cells((3, 3, 2), (3, 3, 0), (1.0, 3.0, 0.0)))
    found = dict(readings(cells((0, 0, 4), (0, 0, 0), (0.0, 0.0, 0.0)), losses, n_rows=4))
    assert found["mae"].value == pytest.approx(2.0)
    assert found["mse"].value == pytest.approx(5.0)


def test_nothing_is_promised_without_labels() -> None:
    assert losses_of(None) is None
    assert losses_of(cells((3, 3), (0, 0), (1.0, 3.0))) is None
    found = dict(readings(None, None, n_rows=4))
    assert {one.reason for one in found.values()} == {"no error model"}

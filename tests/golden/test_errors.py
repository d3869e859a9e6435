"""Errors of numbers against scikit-learn: measured, and estimated by the leaves of its own forest."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.ensemble import RandomForestRegressor
from sklearn.isotonic import IsotonicRegression

from core.domain import Task
from tests.golden.both_ways import Measured, Table, both_ways
from tests.golden.provenance import golden
from tests.unit.profiles.stream import a_spec

INPUTS = ("x", "z", "prediction")


def rows(n: int, seed: int, shift: float) -> Table:
    """Errors that grow with x; a tenth of the labels has not come."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(shift, 1, n), rng.normal(0, 1, n)
    predicted = 20 + 3 * x + z
    label = predicted + 0.3 + rng.normal(size=n) * np.exp(0.5 * x)
    return {"x": x, "z": z, "prediction": predicted, "label": np.where(rng.random(n) < 0.1, np.nan, label)}


@pytest.fixture(scope="module")
def measured() -> Measured:
    spec = a_spec(task=Task.REGRESSION, numeric=("x", "z"), categorical=())
    return both_ways(rows(3000, 1, 0.0), rows(1200, 2, 0.6), spec)


def known(table: Table) -> Mapping[str, np.ndarray]:
    there = pd.notna(table["label"])
    return {name: values[there].astype(float) for name, values in table.items()}


@golden("mse", source="scikit-learn mean_squared_error")
@golden("mape", source="scikit-learn mean_absolute_percentage_error")
def test_errors_of_numbers(measured: Measured) -> None:
    now = known(measured.current)
    expected = {
        "mse": sk.mean_squared_error(now["label"], now["prediction"]),
        "mape": sk.mean_absolute_percentage_error(now["label"], now["prediction"]),
    }
    for metric, value in expected.items():
        assert measured.values(metric) == pytest.approx([value] * 2, rel=1e-9), metric
        for one in measured.ways(metric):
            assert one.low is not None
            assert one.high is not None
            assert one.low < value < one.high


def leaf_means(measured: Measured, power: int) -> np.ndarray:
    """Each row's expected |e|^power: the mean of the reference rows in its leaf of scikit-learn's forest."""
    before, now = known(measured.reference), measured.current
    forest = RandomForestRegressor(
        n_estimators=8,
        max_leaf_nodes=32,
        min_samples_leaf=max(30, len(before["label"]) // 200),
        random_state=0,
    )
    inputs = np.stack([before[name] for name in INPUTS], axis=1)
    error = np.abs(before["prediction"] - before["label"])
    forest.fit(inputs, error)
    own = forest.apply(inputs)
    current = forest.apply(np.stack([now[name] for name in INPUTS], axis=1))
    by_tree = [
        pd.Series(error**power).groupby(own[:, t]).mean().reindex(current[:, t]).to_numpy() for t in range(8)
    ]
    return np.asarray(np.mean(by_tree, axis=0))


@golden(
    "mae (estimated)",
    "mse (estimated)",
    "rmse (estimated)",
    source="scikit-learn RandomForestRegressor.apply, each row by the mean of its leaves' reference rows",
)
def test_estimated_errors_are_the_means_of_scikit_learns_leaves(measured: Measured) -> None:
    absolute, squares = (leaf_means(measured, power).mean() for power in (1, 2))
    for metric, value in (("mae", absolute), ("mse", squares), ("rmse", np.sqrt(squares))):
        found = measured.from_profile[metric, None, next(iter(measured.from_profile))[2], True]
        assert found.value == pytest.approx(value, rel=1e-6), metric


@golden(
    "concept_drift",
    source="its definition row by row: scikit-learn RandomForestRegressor.apply and IsotonicRegression",
)
def test_concept_drift_of_numbers_row_by_row(measured: Measured) -> None:
    expected = leaf_means(measured, 1)
    there = pd.notna(measured.current["label"])
    now = known(measured.current)
    value = np.abs(now["prediction"] - now["label"]).mean() - expected[there].mean()
    found = next(one for (metric, *_), one in measured.from_profile.items() if metric == "concept_drift")
    assert found.value == pytest.approx(value, rel=1e-6)
    assert found.n == there.sum()


@golden(
    "concept_drift",
    source="its definition row by row: scikit-learn RandomForestRegressor.apply and IsotonicRegression",
)
def test_concept_drift_of_calls_row_by_row(binary: Measured) -> None:
    before, now = binary.reference, binary.current
    there, here = pd.notna(before["label"]), pd.notna(now["label"])
    curve = IsotonicRegression(out_of_bounds="clip").fit(
        before["score"][there], before["label"][there].astype(int)
    )
    chance, called = curve.predict(now["score"][here]), now["prediction"][here] == "1"
    wrong = now["prediction"][here] != now["label"][here]
    value = wrong.mean() - np.where(called, 1 - chance, chance).mean()
    assert binary.values("concept_drift") == pytest.approx([value] * 2, abs=1e-9)

"""Shapley values equal shap's: of a curved function by its exact and kernel explainers, of a forest by trees.

The numbers were recorded with shap 0.51.0 (and scikit-learn 1.9.1): ``shap.explainers.Exact`` with
``shap.maskers.Independent`` over the same 40 background rows, ``shap.KernelExplainer`` with them, which
agreed to 1e-15, and ``shap.TreeExplainer(feature_perturbation="interventional")``. shap itself takes seconds
to import and brings a compiler; it is no part of this project.
"""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor

from core.children.explaining.shapley import plan_for, shapley_values

CURVED = [
    [-0.03633973644509356, -0.012942246880126157, 0.06290932732624713, -0.20526451873908644],
    [0.22171071671132242, 0.2198953820727329, 0.09669788461772733, 0.06018684467838748],
    [-0.046644027325748516, -0.02079705342617177, -0.07319838354502348, -0.021021162865070702],
]
CURVED_BASE = 0.36826848729450756
FOREST = [
    [0.005201062627020292, 0.0020266486855689434, 0.08516669305972754, -0.06262435945682228],
    [0.057625010749325155, 0.022090720606502145, 0.11016258322633803, 0.20165831367485226],
    [0.017273227171972393, -0.0035507778578903527, -0.0009161994326859713, -0.03997672598343342],
]
FOREST_BASE = 0.3783207953603731
CHANCE = np.random.default_rng(0)
EXACT = plan_for(4, 40, 150_000, CHANCE)


def made(seed: int, n: int) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(n, 4)).round(3)
    return pd.DataFrame(values, columns=list("abcd"))


def curved(frame: pd.DataFrame) -> np.ndarray:
    a, b, c, d = frame.to_numpy().T
    return 1 / (1 + np.exp(-(1.5 * a * b - c**2 + 0.5 * d)))


def test_a_curved_function_is_explained_as_by_shap() -> None:
    found = shapley_values(curved, made(2, 3), made(1, 40), EXACT)
    assert found.base == pytest.approx(CURVED_BASE, abs=1e-12)
    assert found.contributions == pytest.approx(np.array(CURVED), abs=1e-12)


def test_a_forest_is_explained_as_by_shap() -> None:
    learned = made(3, 200)
    forest = RandomForestRegressor(n_estimators=5, max_depth=4, random_state=0)
    forest.fit(learned.to_numpy(), curved(learned))
    found = shapley_values(lambda some: forest.predict(some.to_numpy()), made(2, 3), made(1, 40), EXACT)
    assert found.base == pytest.approx(FOREST_BASE, abs=1e-9)
    assert found.contributions == pytest.approx(np.array(FOREST), abs=1e-6)


def test_sampled_orders_come_close_to_shap_and_say_how_close() -> None:
    plan = plan_for(4, 40, 4000, np.random.default_rng(3))
    some = plan_for(4, 40, 600, np.random.default_rng(3))
    assert plan.is_exact, "all 16 coalitions are fewer questions than that"
    assert not some.is_exact
    found = shapley_values(curved, made(2, 3), made(1, 40), some)
    assert np.abs(found.contributions - np.array(CURVED)).max() < 0.05
    assert (np.abs(found.contributions - np.array(CURVED)) < 4 * found.errors + 0.02).all()

"""One window of each kind of model, measured once for all golden tests."""

import numpy as np
import pytest

from core.domain import Task
from tests.golden.both_ways import Measured, Table, both_ways
from tests.unit.profiles.stream import a_spec

N_REFERENCE, N = 4_000, 1_500


def _texts(values: np.ndarray) -> np.ndarray:
    return np.array([str(int(value)) for value in values], dtype=object)


def _with_gaps(values: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    gone = rng.random(len(values)) < share
    return np.where(gone, None if values.dtype == object else np.nan, values)


def binary_rows(n: int, seed: int, shift: float, new: float = 0.0) -> Table:
    """Scores with two decimals have bins of their own, so that profiles are exact for them too."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(np.array(["f", "m"], dtype=object), n, p=[0.45, 0.55])
    region = rng.choice(np.array(["north", "south", "west"], dtype=object), n, p=[0.5, 0.3, 0.2])
    logit = rng.normal(shift, 1.3, n) + 0.3 * (sex == "m") - 0.2 * (region == "west")
    score = np.round(1 / (1 + np.exp(-logit)), 2)
    kinds = np.array(["basic", "plus", "gold", "rare", "trial"], dtype=object)
    plan = rng.choice(kinds, n, p=[0.6 - new, 0.25, 0.14, 0.01, new])
    return {
        "amount": _with_gaps(rng.lognormal(shift, 1, n), rng, 0.05 + new),
        "steps": rng.poisson(4 + 2 * shift, n).astype(float),
        "plan": _with_gaps(plan, rng, 0.03),
        "score": score,
        "prediction": _texts(score >= 0.5),
        "label": _with_gaps(_texts(rng.random(n) < 1 / (1 + np.exp(-1.2 * logit))), rng, 0.1),
        "sex_group": sex,
        "region_group": region,
        "latency_ms": rng.lognormal(3, 0.6, n),
        "status": rng.choice(np.array(["ok", "failed"], dtype=object), n, p=[0.97 - new, 0.03 + new]),
    }


@pytest.fixture(scope="session")
def binary() -> Measured:
    spec = a_spec(numeric=("amount", "steps"), categorical=("plan",), sensitive=("sex", "region"))
    return both_ways(binary_rows(N_REFERENCE, 1, 0.0), binary_rows(N, 2, 0.3, new=0.02), spec)


def regression_rows(n: int, seed: int, shift: float) -> Table:
    rng = np.random.default_rng(seed)
    label = rng.gamma(3, 10, n)
    return {
        "prediction": label * 0.95 + rng.normal(1 + shift, 4, n),
        "label": _with_gaps(label, rng, 0.1),
        "sex_group": rng.choice(np.array(["f", "m"], dtype=object), n),
    }


@pytest.fixture(scope="session")
def regression() -> Measured:
    spec = a_spec(task=Task.REGRESSION, numeric=(), categorical=(), sensitive=("sex",))
    return both_ways(regression_rows(N_REFERENCE, 3, 0.0), regression_rows(N, 4, 1.5), spec)


def class_rows(n: int, seed: int, noise: float) -> Table:
    rng = np.random.default_rng(seed)
    classes = np.array(["ant", "bee", "cat"], dtype=object)
    label = rng.choice(classes, n, p=[0.5, 0.3, 0.2])
    other = rng.choice(classes, n)
    return {"prediction": np.where(rng.random(n) < noise, other, label), "label": _with_gaps(label, rng, 0.1)}


@pytest.fixture(scope="session")
def multiclass() -> Measured:
    spec = a_spec(task=Task.MULTICLASS, numeric=(), categorical=())
    return both_ways(class_rows(N_REFERENCE, 5, 0.3), class_rows(N, 6, 0.4), spec)

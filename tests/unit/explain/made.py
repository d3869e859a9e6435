"""Small models and rows of two numbers and a category, for explanations of any kind."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from core.children.explaining.asked import Asked
from core.children.explaining.request import Request
from core.children.model_files import ModelFiles
from core.domain import Task

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
REQUEST = Request(
    model="loans",
    version="1",
    digest="d",
    task=Task.BINARY,
    positive="1",
    negative="0",
    threshold=0.5,
    numeric=("income", "debt"),
    categorical=("channel",),
    made_at=AT,
)
CHANNELS = ("web", "branch", "phone")


def rows(n: int, seed: int = 0) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "income": chance.normal(size=n),
            "debt": chance.exponential(size=n),
            "channel": chance.choice(CHANNELS, n),
        }
    )


def score(frame: pd.DataFrame) -> np.ndarray:
    """Income speaks for, debt against, and the more so on the web."""
    web = (frame["channel"] == "web").to_numpy(dtype=float)
    return 1 / (1 + np.exp(-(2 * frame["income"].to_numpy() - frame["debt"].to_numpy() * (1 + web))))


class Scored:
    """A classifier as scikit-learn has them, of any function of rows."""

    classes_ = (0, 1)

    def __init__(self, of: Callable[[pd.DataFrame], np.ndarray] = score) -> None:
        self._of = of

    def predict(self, inputs: pd.DataFrame) -> np.ndarray:
        return (self._of(inputs) >= 0.5).astype(int)

    def predict_proba(self, inputs: pd.DataFrame) -> np.ndarray:
        found = self._of(inputs)
        return np.stack([1 - found, found], axis=1)


class Plain:
    """A model of any other flavour: it only answers."""

    def __init__(self, of: Callable[[pd.DataFrame], np.ndarray]) -> None:
        self._of = of

    def predict(self, inputs: pd.DataFrame) -> np.ndarray:
        return self._of(inputs)


def asked(model: object | None = None, **changes: object) -> Asked:
    files = ModelFiles(flavour="pyfunc", model=model or Scored(), inputs={})
    return Asked(files, replace(REQUEST, **changes))

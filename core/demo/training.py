"""Fits the demo's pipelines: a ColumnTransformer and a scikit-learn model, as an ordinary project would.

scikit-learn is imported inside the functions: it takes a second, and ``trimtab --help`` has none.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from core.demo.rows import FloatArray, Rows, rounded
from core.domain import Task

Kind: TypeAlias = Literal["plain", "linear", "boosted"]


class Pipeline(Protocol):
    """What is used of a fitted scikit-learn pipeline; it takes a data frame with named columns."""

    def fit(self, inputs: object, outcome: FloatArray) -> "Pipeline":
        """Fit all steps."""
        ...

    def predict(self, inputs: object) -> FloatArray:
        """Return classes or amounts."""
        ...

    def predict_proba(self, inputs: object) -> FloatArray:
        """Return one column of probabilities per class."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a model answered: the class at the story's threshold, or the amount, and the score behind it."""

    prediction: FloatArray
    score: FloatArray | None


def inputs_of(rows: Rows) -> pa.Table:
    """Return the input columns of ``rows`` as a table, in the order numeric, then text."""
    return pa.table({**rows.numeric, **{name: pa.array(values) for name, values in rows.text.items()}})


def unfitted(
    kind: Kind, task: Task, numeric: tuple[str, ...], categorical: tuple[str, ...], seed: int
) -> Pipeline:
    """Return the pipeline of one version.

    Parameters
    ----------
    kind
        ``plain``: the numeric inputs alone; ``linear``: all inputs; ``boosted``: gradient-boosted trees.
    task
        Binary models give probabilities; regression models give expected counts.
    numeric, categorical
        Names of the inputs. ``season_week`` is expanded into a periodic spline, because a week's number
        says nothing by its size.
    seed
        For what the trees leave to chance.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

    cyclic = [name for name in numeric if name == "season_week"]
    scaled = [name for name in numeric if name not in cyclic]
    steps: list[tuple[str, object, list[str]]] = [
        ("numeric", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), scaled)
    ]
    if kind != "plain":
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        steps.append(("categorical", encoder, list(categorical)))
        if cyclic:
            knots = np.linspace(0.5, 52.5, 9).reshape(-1, 1)
            steps.append(("season", SplineTransformer(knots=knots, extrapolation="periodic"), cyclic))
    pipeline: Pipeline = make_pipeline(ColumnTransformer(steps), _estimator(kind, task, seed))
    return pipeline


def _estimator(kind: Kind, task: Task, seed: int) -> object:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.linear_model import LogisticRegression, PoissonRegressor

    if task is Task.REGRESSION:
        if kind == "boosted":
            return HistGradientBoostingRegressor(loss="poisson", max_iter=40, random_state=seed)
        return PoissonRegressor(alpha=1e-6, max_iter=300)
    if kind == "boosted":
        return HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=8, random_state=seed)
    return LogisticRegression(C=10.0, max_iter=300)


def fitted(pipeline: Pipeline, rows: Rows) -> Pipeline:
    """Fit ``pipeline`` on rows whose label is known, and return it."""
    return pipeline.fit(inputs_of(rows).to_pandas(), rows.label)


def scored(pipeline: Pipeline, rows: Rows, *, threshold: float | None) -> Scored:
    """Answer ``rows``: with a threshold the class and its probability, without one the amount.

    Scores are rounded to six digits and amounts to three, as a service that logs them would.
    """
    frame = inputs_of(rows).to_pandas()
    if threshold is None:
        return Scored(prediction=rounded(pipeline.predict(frame), 3), score=None)
    score = rounded(pipeline.predict_proba(frame)[:, 1], 6)
    return Scored(prediction=(score >= threshold).astype(np.float64), score=score)

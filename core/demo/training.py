"""Fits the demo's pipelines: a ColumnTransformer and a scikit-learn model, as an ordinary project would.

scikit-learn is imported inside the functions: it takes a second, and ``trimtab --help`` has none.
"""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from core.demo.rows import FloatArray, Rows, rounded
from core.domain import Task
from core.spec import Features

Kind: TypeAlias = Literal["plain", "full", "recent"]


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


def unfitted(kind: Kind, task: Task, features: Features) -> Pipeline:
    """Return the pipeline of one version.

    Parameters
    ----------
    kind
        ``plain``: the numeric inputs alone; ``full`` and ``recent``: all inputs.
    task
        Binary models give probabilities; regression models give expected counts.
    features
        Names of the inputs. ``season_week`` is expanded into a periodic spline, because a week's number
        says nothing by its size.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, PoissonRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

    cyclic = [name for name in features.numeric if name == "season_week"]
    scaled = [name for name in features.numeric if name not in cyclic]
    prepared = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    steps: list[tuple[str, object, list[str]]] = [("numeric", prepared, scaled)]
    if kind != "plain":
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        steps.append(("categorical", encoder, list(features.categorical)))
        if cyclic:
            knots = np.linspace(0.5, 52.5, 9).reshape(-1, 1)
            steps.append(("season", SplineTransformer(knots=knots, extrapolation="periodic"), cyclic))
    if task is Task.REGRESSION:
        estimator: object = PoissonRegressor(alpha=1e-4, solver="newton-cholesky")
    else:
        estimator = LogisticRegression(C=10.0, solver="newton-cholesky")
    pipeline: Pipeline = make_pipeline(ColumnTransformer(steps), estimator)
    return pipeline


def fitted(kind: Kind, task: Task, features: Features, rows: Rows) -> Pipeline:
    """Fit one version on rows whose label is known; ``recent`` learns from the later half of them alone.

    One thread does it: the matrices are narrow, and several would mostly wait for each other.
    """
    from threadpoolctl import threadpool_limits

    frame, label = inputs_of(rows).to_pandas(), rows.label
    if kind == "recent":
        frame, label = frame.iloc[len(frame) // 2 :], label[len(label) // 2 :]
    with threadpool_limits(1):
        return unfitted(kind, task, features).fit(frame, label)


def scored(pipeline: Pipeline, rows: Rows, *, threshold: float | None) -> Scored:
    """Answer ``rows``: with a threshold the class and its probability, without one the amount.

    Scores are rounded to six digits and amounts to three, as a service that logs them would.
    """
    frame = inputs_of(rows).to_pandas()
    if threshold is None:
        return Scored(prediction=rounded(pipeline.predict(frame), 3), score=None)
    score = rounded(pipeline.predict_proba(frame)[:, 1], 6)
    return Scored(prediction=(score >= threshold).astype(np.float64), score=score)


def qualities(answers: Scored, rows: Rows) -> dict[str, float]:
    """Return how good answers were: ROC AUC, accuracy and log loss, or mean error, MAE and RMSE."""
    from sklearn.metrics import log_loss, roc_auc_score

    if answers.score is None:
        error = answers.prediction - rows.label
        return {
            "bias": float(np.mean(error)),
            "mae": float(np.mean(np.abs(error))),
            "rmse": float(np.sqrt(np.mean(error**2))),
        }
    return {
        "roc_auc": float(roc_auc_score(rows.label, answers.score)),
        "accuracy": float(np.mean(answers.prediction == rows.label)),
        "log_loss": float(log_loss(rows.label, answers.score)),
    }

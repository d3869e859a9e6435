"""What a model leans on over many rows: how much worse it gets without a column, how far each moves answers.

Source: Breiman (2001), Random Forests, Machine Learning 45; Fisher, Rudin & Dominici (2019), JMLR 20
(permutation importance of any model); Lundberg & Lee (2017), NeurIPS (mean |SHAP value|).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator
from scipy.stats import rankdata, t

from core.children.explaining.asked import MOST_ASKED, Asked, Floats, Texts, taken
from core.children.explaining.request import LABEL, Request
from core.children.explaining.shapley import plan_for, shapley_values
from core.children.model_files import class_text
from core.domain import Task
from core.explain import GlobalExplanation, Importance

if TYPE_CHECKING:
    import pandas as pd

    from core.children.runner import Say

N_REPEATS = 5
MOST_EXPLAINED = 400
N_BACKGROUND = 50
_ASKED_PER_ROW = 3_000
_LEVEL = 0.975
_EPSILON = 1e-15


def overall(
    asked: Asked, frame: "pd.DataFrame", background: "pd.DataFrame", request: Request, say: "Say"
) -> GlobalExplanation:
    """Return what a model leans on; ``frame`` has the rows, with labels where there are some."""
    chance = np.random.default_rng(request.seed)
    asked.aim_at(frame)
    pace = asked.pace(background)
    columns = [name for name in asked.columns if name in frame.columns]
    labels = _labels(frame, request)
    rows = frame[columns] if labels is None else frame.loc[labels.notna(), columns].reset_index(drop=True)
    known = None if labels is None else labels.dropna().to_numpy()
    name, loss = _loss(asked, rows, known, request)
    repeats, base = _shuffled(rows, loss, chance, say)
    say(0.5, "Asking what each column contributes")
    n = int(np.clip(4 * MOST_EXPLAINED * pace / MOST_ASKED, 20, MOST_EXPLAINED))
    some = rows.take(np.sort(chance.permutation(len(rows))[:n])).reset_index(drop=True)
    behind = background[columns].iloc[:N_BACKGROUND].reset_index(drop=True)
    plan = plan_for(len(columns), len(behind), min(_ASKED_PER_ROW, pace), chance)
    values = shapley_values(
        asked.outputs, some, behind, plan, lambda share: say(0.5 + 0.49 * share, f"Explaining {n:,} rows")
    )
    return GlobalExplanation(
        model=request.model,
        version=request.version,
        digest=request.digest,
        made_at=request.made_at,
        output_of=asked.output_of,
        n_rows=len(rows),
        rows_of=request.rows_of,
        rows_from=request.rows_from,
        rows_until=request.rows_until,
        permutation=_ranked(columns, repeats),
        measured_by=name,
        baseline=base,
        n_repeats=N_REPEATS,
        shap=_ranked(columns, np.abs(values.contributions)),
        n_shap=len(some),
        n_background=len(behind),
    )


def _labels(frame: "pd.DataFrame", request: Request) -> "pd.Series | None":
    return frame[LABEL] if request.has_labels and frame[LABEL].notna().any() else None


def _loss(
    asked: Asked, rows: "pd.DataFrame", labels: "np.ndarray[tuple[int], np.dtype] | None", request: Request
) -> tuple[str, Callable[["pd.DataFrame"], float]]:
    """Return the measure's name and a function of rows that grows as the model gets worse."""
    if labels is None:
        before = asked.outputs(rows)
        return "output", lambda some: float(np.mean(np.abs(asked.outputs(some) - before)))
    if request.task is Task.REGRESSION:
        actual = labels.astype(np.float64)
        return "mae", lambda some: float(np.mean(np.abs(asked.outputs(some) - actual)))
    texts = np.array([class_text(one) for one in labels], dtype=np.object_)
    is_positive = texts == request.positive
    if request.task is Task.BINARY and 0 < is_positive.sum() < len(texts):
        return "roc_auc", lambda some: -auc(asked.outputs(some), is_positive)
    if request.task is Task.MULTICLASS and asked.scores(rows.iloc[:1]) is not None:
        return "log_loss", lambda some: _log_loss(asked.scores(some) or {}, texts)
    return "accuracy", lambda some: -_accuracy(asked.predictions(some), texts)


def auc(scores: Floats, is_positive: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> float:
    """Return the share of pairs in the right order, ties counting half; both classes must be there.

    Examples
    --------
    >>> auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]))
    0.875
    """
    n_positive = int(is_positive.sum())
    n_negative = len(scores) - n_positive
    ranks = rankdata(scores)[is_positive].sum()
    return float((ranks - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def _log_loss(scores: Mapping[str, Floats], texts: Texts) -> float:
    chances = np.full(len(texts), _EPSILON)
    for name, values in scores.items():
        chances = np.where(texts == name, np.clip(values, _EPSILON, 1.0), chances)
    return float(-np.mean(np.log(chances)))


def _accuracy(predictions: Texts, texts: Texts) -> float:
    return float(np.mean([class_text(one) == other for one, other in zip(predictions, texts, strict=True)]))


def _shuffled(
    rows: "pd.DataFrame", loss: Callable[["pd.DataFrame"], float], chance: Generator, say: "Say"
) -> tuple[Floats, float]:
    """Return by how much shuffling each column costs, repeats × columns, and the measure without."""
    before = loss(rows)
    costs = np.empty((N_REPEATS, len(rows.columns)))
    own = np.arange(len(rows), dtype=np.intp)
    for at, name in enumerate(rows.columns):
        say(0.05 + 0.45 * at / len(rows.columns), "Shuffling one column after the other")
        for repeat in range(N_REPEATS):
            places = {**dict.fromkeys(rows.columns, own), name: chance.permutation(len(rows))}
            costs[repeat, at] = loss(taken(rows, places)) - before
    return costs, abs(before)


def _ranked(columns: list[str], draws: Floats) -> tuple[Importance, ...]:
    """Return means over draws (a line each) with their t intervals, the greatest first."""
    n = len(draws)
    means = draws.mean(axis=0)
    half = t.ppf(_LEVEL, n - 1) * draws.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.zeros(len(columns))
    listed = [
        Importance(feature=name, value=float(mean), low=float(mean - width), high=float(mean + width))
        for name, mean, width in zip(columns, means, half, strict=True)
    ]
    return tuple(sorted(listed, key=lambda one: -one.value))

"""What is learned from a reference's rows when it is pinned, so that profiles are enough afterwards.

For regression: a few shallow trees that part the inputs by how large the model's errors are. For several
classes: how a metric's errors in one class go with those in another. Both are the same for the same rows.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.cells import NOTHING_FITTED, Fitted, Tree
from core.domain import PREDICTION_KEY, Task
from core.metrics import slopes
from core.metrics.drift import Floats
from core.metrics.outcomes import Scored
from core.profiles.aggregates import LARGEST
from core.profiles.rows import Rows
from core.spec import Features, MonitorSpec

SAMPLE = 20_000
"""Reference rows that are looked at; all where there are fewer."""

N_TREES = 8
N_LEAVES = 32
LEAST_ROWS = 200
"""Labelled reference rows without which no trees are grown."""

MOST_CATEGORIES = 50
_SHRUNK_BY = 20.0

Texts = NDArray[np.object_]


def is_learning(spec: MonitorSpec) -> bool:
    """Whether there is anything to learn from the reference's rows for this kind of model."""
    both = spec.columns.prediction is not None and spec.columns.label is not None
    return (spec.columns.label is not None and spec.has_class_scores) or (
        both and spec.task is Task.REGRESSION
    )


def fit(rows: Rows, spec: MonitorSpec) -> Fitted:
    """Learn what the spec's kind of model needs; nothing for binary models, and without labels.

    Parameters
    ----------
    rows
        Labelled rows of the reference, or a sample of them.
    """
    if spec.task is Task.REGRESSION and rows.prediction is not None and rows.label is not None:
        return _trees(rows, spec)
    if spec.has_class_scores and rows.label is not None:
        columns = spec.columns.scores
        scores = np.stack([rows.scores[name] for name in columns.values()], axis=1)
        code: dict[str | None, int] = {text: k for k, text in enumerate(columns)}
        truth = np.array([code.get(text, -1) for text in rows.label.tolist()], dtype=np.intp)
        known = np.isfinite(scores).all(axis=1) & (truth >= 0)
        if known.any():
            return Fitted(correlations=class_correlations(scores[known], truth[known]))
    return NOTHING_FITTED


def class_correlations(
    scores: Floats, truth: NDArray[np.intp]
) -> Mapping[str, tuple[tuple[float, ...], ...]]:
    """Return, by metric, how each row's contributions to the errors of two classes correlate.

    A mean over classes has the variance Σₖₗ ρₖₗ eₖ eₗ / K² from the classes' standard errors e; ρ is the
    correlation of the rows' influences on the metric in class k and in class l.

    Parameters
    ----------
    scores
        One row a row, one column a class.
    truth
        The place of each row's label among the classes.

    Source: Hampel (1974), The influence curve, JASA 69; Efron (1982), The Jackknife, the Bootstrap and Other
    Resampling Plans.

    Examples
    --------
    >>> scores = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> class_correlations(scores, np.array([0, 1, 1, 0]))["roc_auc"]   # two classes mirror each other
    ((1.0, 1.0), (1.0, 1.0))
    """
    n_classes = scores.shape[1]
    influence = {
        metric: np.zeros((n_classes, len(scores)))
        for metric in ("roc_auc", "average_precision", "calibration_error")
    }
    for k in range(n_classes):
        hit = truth == k
        if not hit.any() or hit.all():
            continue
        values, place = np.unique(scores[:, k], return_inverse=True)
        scored = _scored(values, place, hit)
        for metric, (up, down) in (
            ("roc_auc", slopes.of_roc_auc(scored)),
            ("average_precision", slopes.of_average_precision(scored)[1]),
            ("calibration_error", slopes.of_calibration_error(scored)[1]),
        ):
            influence[metric][k] = np.where(hit, up[place], down[place])
    return {metric: _correlated(found) for metric, found in influence.items()}


def _scored(values: Floats, place: NDArray[np.intp], hit: NDArray[np.bool_]) -> Scored:
    positives = np.bincount(place[hit], minlength=len(values)).astype(np.float64)
    negatives = np.bincount(place[~hit], minlength=len(values)).astype(np.float64)
    return Scored(
        positives=positives,
        negatives=negatives,
        positives_total=positives * values,
        negatives_total=negatives * values,
        positives_squares=positives * values**2,
        negatives_squares=negatives * values**2,
    )


def _correlated(influence: Floats) -> tuple[tuple[float, ...], ...]:
    centred = influence - influence.mean(axis=1, keepdims=True)
    sizes = np.sqrt((centred**2).sum(axis=1))
    sizes = np.where(sizes > 0, sizes, 1.0)
    found = np.clip(centred @ centred.T / np.outer(sizes, sizes), -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return tuple(tuple(round(value, 6) for value in row) for row in found.tolist())


def _trees(rows: Rows, spec: MonitorSpec) -> Fitted:
    """Grow trees on the size of the error, given the features and the prediction."""
    predicted, came_true = (
        np.asarray(values, dtype=np.float64) for values in (rows.prediction, rows.label) if values is not None
    )
    known = (np.abs(predicted) <= LARGEST) & (np.abs(came_true) <= LARGEST)
    error = np.abs(np.where(known, predicted, 0.0) - np.where(known, came_true, 0.0))
    if known.sum() < LEAST_ROWS:
        return NOTHING_FITTED
    features = spec.features or Features()
    error = error[known]
    numbers = {name: rows.numeric[name][known] for name in features.numeric}
    numbers[PREDICTION_KEY] = predicted[known]
    fills = {name: _middle(values) for name, values in numbers.items()}
    columns = [np.where(np.abs(values) <= LARGEST, values, fills[name]) for name, values in numbers.items()]
    orders = {}
    for name in features.categorical:
        orders[name], fills[name] = _order(rows.categorical[name][known], error)
        place = {text: float(i) for i, text in enumerate(orders[name], start=1)}
        columns.append(
            np.array([place.get(text, fills[name]) for text in rows.categorical[name][known].tolist()])
        )
    return Fitted(
        trees=_grow(np.stack(columns, axis=1), error, [*numbers, *features.categorical]),
        fills=fills,
        orders=orders,
    )


def _middle(values: Floats) -> float:
    usable = values[np.abs(values) <= LARGEST]
    return float(np.median(usable)) if len(usable) else 0.0


def _order(values: Texts, error: Floats) -> tuple[tuple[str, ...], float]:
    """Return the commonest categories by rising mean error, and where any other one stands among them.

    Means of rare categories are drawn to the mean of all: by chance alone they would stand at the ends.
    """
    overall = float(error.mean())
    given = np.array([value is not None for value in values.tolist()], dtype=np.bool_)
    found, place = np.unique(values[given].astype(str), return_inverse=True)
    n = np.bincount(place, minlength=len(found)).astype(np.float64)
    total = np.bincount(place, error[given], minlength=len(found))
    mean = (total + _SHRUNK_BY * overall) / (n + _SHRUNK_BY)
    common = np.sort(np.argsort(-n, kind="stable")[:MOST_CATEGORIES])
    ordered = common[np.argsort(mean[common], kind="stable")]
    return tuple(found[ordered].tolist()), float((mean[ordered] <= overall).sum()) + 0.5


def _grow(inputs: Floats, error: Floats, names: Sequence[str]) -> tuple[Tree, ...]:
    from sklearn.ensemble import RandomForestRegressor  # late: takes a second to import

    forest = RandomForestRegressor(
        n_estimators=N_TREES,
        max_leaf_nodes=N_LEAVES,
        min_samples_leaf=max(30, len(error) // 200),
        random_state=0,
        n_jobs=1,
    )
    # The trees compare in single precision: nothing may overflow there.
    forest.fit(np.clip(inputs, -1e30, 1e30), error)
    return tuple(_tree(one.tree_, names) for one in forest.estimators_)


def _tree(grown: object, names: Sequence[str]) -> Tree:
    """Take a tree of scikit-learn apart."""
    column, threshold, below, above = (
        np.asarray(getattr(grown, name)).tolist()
        for name in ("feature", "threshold", "children_left", "children_right")
    )
    return Tree(
        column=tuple(names[place] if place >= 0 else "" for place in column),
        threshold=tuple(
            float(value) if place >= 0 else 0.0 for value, place in zip(threshold, column, strict=True)
        ),
        below=tuple(max(child, 0) for child in below),
        above=tuple(max(child, 0) for child in above),
    )

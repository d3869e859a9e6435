"""Have the inputs, taken together, moved? Two answers from a sample of rows; each column may look still.

Rows become a matrix by what the reference's sample says (:class:`Fitted`): numbers are centred and scaled by
its mean and standard deviation, a category becomes its share of the reference's rows (0 where the reference
never had it). What is missing gets the reference's mean or commonest category: missing values are quality,
not drift. Columns that do not vary in the reference are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.reading import CONSTANT, NO_REFERENCE, NO_TRAFFIC, NOT_ENOUGH, Reading
from core.profiles.rows import Rows

MIN_ROWS = 50
"""Fewer rows than this on either side say nothing about many columns at once."""

EXPLAINED = 0.65
"""Share of the reference's variance that the kept principal components hold."""

FOLDS = 5
_TREES = 60
_LEAF = 20
_LARGEST = 1e150


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """What the reference's sample teaches: how rows are encoded, its own matrix, its main directions.

    ``fills`` and ``shares`` are keyed by column: the stand-in of a missing number or category, and the
    share of every category. ``centre`` and ``scale`` follow the columns, ``kept`` says which of them vary.
    ``matrix`` holds the sample's rows, ``axes`` the kept principal components, one a row.
    """

    fills: Mapping[str, float | str]
    shares: Mapping[str, Mapping[str, float]]
    centre: Floats
    scale: Floats
    kept: NDArray[np.bool_]
    matrix: Floats
    axes: Floats

    @property
    def n(self) -> int:
        """Rows of the reference's sample."""
        return len(self.matrix)

    def encode(self, rows: Rows) -> Floats:
        """Return rows as a matrix of the columns that vary, in units of the reference's deviation."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (_numbers(rows, self.fills, self.shares) - self.centre) / self.scale
        return np.asarray(scaled[:, self.kept])


def fit(reference: Rows) -> Fitted:
    """Learn from the reference's sample how rows are encoded and in which directions they vary.

    The components are as many as it takes to hold more than 65 % of the variance of the scaled columns.

    Source: Jolliffe (2002), Principal Component Analysis, section 6.1.
    """
    fills: dict[str, float | str] = {}
    shares: dict[str, dict[str, float]] = {}
    for name, numbers in reference.numeric.items():
        usable = _usable(numbers)
        known = usable[~np.isnan(usable)]
        fills[name] = float(known.mean()) if len(known) else 0.0
    for name, texts in reference.categorical.items():
        present = np.array([text for text in texts.tolist() if text is not None], dtype=str)
        found, counts = np.unique(present, return_counts=True)
        commonest = found[np.argsort(-counts, kind="stable")][:1].tolist()
        fills[name] = str(commonest[0]) if commonest else ""
        known_shares = counts / max(counts.sum(), 1)
        shares[name] = dict(zip(found.tolist(), known_shares.tolist(), strict=True))
    raw = _numbers(reference, fills, shares)
    with np.errstate(over="ignore", invalid="ignore"):
        centre = raw.mean(axis=0) if len(raw) else np.zeros(raw.shape[1])
        scale = raw.std(axis=0) if len(raw) else np.zeros(raw.shape[1])
        # A column of one value has a deviation of rounding only.
        kept = np.isfinite(scale) & (scale > 1e-12 * np.maximum(np.abs(centre), 1e-300))
        scale = np.where(kept, scale, 1.0)
        matrix = ((raw - centre) / scale)[:, kept]
    return Fitted(
        fills=fills,
        shares=shares,
        centre=centre,
        scale=scale,
        kept=kept,
        matrix=matrix,
        axes=_axes(matrix),
    )


def pca_reconstruction(fitted: Fitted, rows: Rows) -> Reading:
    """How badly do the reference's principal components describe the window's rows?

    Mean Euclidean distance of a row from its projection on the components that hold 65 % of the
    reference's variance, columns in units of the reference's standard deviation. Range [0, ∞); no change
    is the error of the reference's own windows. Columns that come to be related in another way raise it,
    columns that come to be more closely related lower it. No rows: "no traffic"; under 50 rows on either
    side: "not enough data"; fewer than two columns that vary: "constant". Interval: t of the mean.

    Source: as in NannyML's data reconstruction with PCA; Jolliffe (2002), Principal Component Analysis.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 50)
    >>> line = Rows(n=50, numeric={"a": x, "b": 2 * x}, categorical={}, scores={}, prediction=None,
    ...     label=None, groups={}, latency_ms=None)
    >>> bent = Rows(n=50, numeric={"a": x, "b": -2 * x}, categorical={}, scores={}, prediction=None,
    ...     label=None, groups={}, latency_ms=None)
    >>> [round(abs(pca_reconstruction(fit(line), rows).value), 3) for rows in (line, bent)]
    [0.0, 1.225]
    """
    gap = _gap(fitted, rows)
    if gap is not None:
        return gap
    if fitted.matrix.shape[1] < 2:
        return Reading.nothing(CONSTANT, rows.n, n_reference=fitted.n)
    encoded = fitted.encode(rows)
    with np.errstate(over="ignore", invalid="ignore"):
        left = encoded - (encoded @ fitted.axes.T) @ fitted.axes
        squares = (left**2).sum(axis=1)
        errors = np.sqrt(squares)
        total, total_squares = float(errors.sum()), float(squares.sum())
    interval = intervals.mean(total, total_squares, rows.n)
    return Reading.of(total / rows.n, rows.n, interval, n_reference=fitted.n)


def domain_classifier(fitted: Fitted, rows: Rows) -> Reading:
    """How well can a classifier tell the window's rows from the reference's?

    ROC AUC of extremely randomised trees (60, at least 20 rows a leaf), cross-validated in five folds, mean
    over the folds. Range [0, 1]; no change is 0.5 give or take chance, 1 is told apart without fail. No
    rows: "no traffic"; under 50 rows on either side: "not enough data"; no column that varies:
    "constant". Interval: DeLong in each fold, combined, on the logit scale.

    Source: Lopez-Paz & Oquab (2017), Revisiting Classifier Two-Sample Tests, ICLR; Geurts, Ernst &
    Wehenkel (2006), Machine Learning 63.
    """
    gap = _gap(fitted, rows)
    if gap is not None:
        return gap
    if fitted.matrix.shape[1] < 1:
        return Reading.nothing(CONSTANT, rows.n, n_reference=fitted.n)
    # Late: they take over a second to import.
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.model_selection import StratifiedKFold

    # Trees ask only for the order of values; theirs are single precision, which far outliers overflow.
    both = np.clip(np.vstack([fitted.matrix, fitted.encode(rows)]), -1e30, 1e30)
    is_current = np.repeat([0, 1], [fitted.n, rows.n])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    found: list[tuple[float, float]] = []
    for learn, held_out in folds.split(both, is_current):
        trees = ExtraTreesClassifier(_TREES, min_samples_leaf=_LEAF, random_state=0)
        trees.fit(both[learn], is_current[learn])
        one = _auc(trees.predict_proba(both[held_out])[:, 1], is_current[held_out])
        if one is not None:
            found.append(one)
    auc = sum(value for value, _ in found) / len(found)
    error = sqrt(sum(error**2 for _, error in found)) / len(found)
    interval = intervals.on_logit_scale(auc, error, min(fitted.n, rows.n))
    return Reading.of(auc, rows.n, interval, n_reference=fitted.n)


def _gap(fitted: Fitted, rows: Rows) -> Reading | None:
    if fitted.n == 0:
        return Reading.nothing(NO_REFERENCE, rows.n)
    if rows.n == 0:
        return Reading.nothing(NO_TRAFFIC, n_reference=fitted.n)
    if min(fitted.n, rows.n) < MIN_ROWS:
        return Reading.nothing(NOT_ENOUGH, rows.n, n_reference=fitted.n)
    return None


def _auc(scores: Floats, is_current: NDArray[np.int_]) -> tuple[float, float] | None:
    """Return AUC and standard error of one fold from counts per distinct score."""
    _, place = np.unique(scores, return_inverse=True)
    size = int(place.max()) + 1
    counts = [np.bincount(place[is_current == side], minlength=size).astype(np.float64) for side in (1, 0)]
    return intervals.delong(counts[0], counts[1])


def _axes(matrix: Floats) -> Floats:
    """Return the leading principal components of a centred matrix, one a row."""
    if matrix.size == 0:
        return np.zeros((0, matrix.shape[1]))
    variances, vectors = np.linalg.eigh(matrix.T @ matrix / len(matrix))
    order = np.argsort(-variances, kind="stable")
    held = np.cumsum(variances[order]) / variances.sum()
    n_kept = min(int(np.searchsorted(held, EXPLAINED, side="right")) + 1, len(held))
    return np.asarray(vectors[:, order[:n_kept]].T)


def _numbers(
    rows: Rows, fills: Mapping[str, float | str], shares: Mapping[str, Mapping[str, float]]
) -> Floats:
    """Return the columns as numbers, with nothing missing, numeric ones first."""
    columns = []
    for name, numbers in rows.numeric.items():
        usable = _usable(numbers)
        columns.append(np.where(np.isnan(usable), fills[name], usable))
    for name, texts in rows.categorical.items():
        known, fill = shares[name], str(fills[name])
        values = [known.get(fill if text is None else text, 0.0) for text in texts.tolist()]
        columns.append(np.array(values, dtype=np.float64))
    return np.column_stack(columns) if columns else np.zeros((rows.n, 0))


def _usable(numbers: Floats) -> Floats:
    """Return numbers with NaN for infinities and magnitudes whose square overflows."""
    return np.where(np.abs(numbers) <= _LARGEST, numbers, np.nan)

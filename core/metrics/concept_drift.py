"""Concept drift P(Y|X): do the same inputs lead to other outcomes than they did in the reference?

Once labels are there, the window's error is compared with the error that the reference's relation between
input and outcome lets expect of these very rows. What moves with the inputs (mix, season, another group of
customers) is in both and cancels; what is left is that the same input has come to mean something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from core.cells import LeafCells
from core.metrics import intervals
from core.metrics.classes import ClassOutcomes
from core.metrics.drift import Floats
from core.metrics.estimation import Calibration, fit
from core.metrics.loss_estimation import LeafLosses, leaves_of, promised
from core.metrics.outcomes import Codes, Flags, Outcomes, Scored
from core.metrics.reading import NO_ERROR_MODEL, NO_LABELS, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What labelled rows showed against what they were expected to, as sums over ``n`` rows.

    ``variance`` is that of Σ observed if nothing but chance is at work, ``scatter`` that of the differences
    observed − expected as they are. ``unsure`` is the variance of the mean expectation itself, from the
    reference's ``n_reference`` rows.
    """

    n: int
    observed: float
    expected: float
    variance: float
    scatter: float
    unsure: float
    n_reference: int


def concept_drift(gap: Gap) -> Reading:
    """Realised error minus the error that the reference lets expect of the same inputs.

    mean(error) − mean(expected error). The error of classes is 0 or 1, so the value is a share of rows:
    +.03 means that 3 rows of 100 are wrong that would have been right. The error of numbers is |prediction
    − label|, in the label's unit. Range: [−1, 1], or (−∞, ∞); no change is 0, above it the model is worse
    than its inputs explain. No labels: no value. p: two-sided normal test of 0. Labels that have not all
    come may come in another order than the rest, and show a drift that is none.

    Source: the decomposition of performance change into input and relation, Cai, Namkoong & Yadlowsky (2023),
    Diagnosing Model Performance Under Distribution Shift; Widmer & Kubat (1996), Machine Learning 23.

    Examples
    --------
    >>> found = concept_drift(Gap(n=100, observed=13.0, expected=9.0, variance=8.0, scatter=10.0,
    ...     unsure=0.0001, n_reference=1000))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), round(found.p_value, 3)
    (0.04, -0.026, 0.106, 0.182)
    """
    if gap.n == 0:
        return Reading.nothing(NO_LABELS, n_reference=gap.n_reference)
    value = (gap.observed - gap.expected) / gap.n
    z = intervals.students(max(gap.n - 1, 1))
    half = z * sqrt(max(gap.scatter, 0.0) / gap.n**2 + gap.unsure)
    error = sqrt(max(gap.variance, 0.0) / gap.n**2 + gap.unsure)
    p_value = erfc(abs(value) / error / sqrt(2)) if error > 0 else (1.0 if abs(value) < 1e-12 else 0.0)
    bounds = (value - half, value + half)
    return Reading.of(value, gap.n, bounds, p_value=p_value, n_reference=gap.n_reference)


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Labelled rows of a classifier by what it called and how sure it was of that, as columns.

    ``kind`` is the class that was called, ``score_bin`` and ``score`` are those of the score that the
    relation is about, ``right`` says whether the call came true, ``n`` counts rows.
    """

    kind: Codes
    score_bin: Codes
    score: Floats
    right: Flags
    n: Floats

    @classmethod
    def of_binary(cls, outcomes: Outcomes, positive: str) -> "Calls":
        """Take the labelled rows of a binary model: kind 1 where it called the positive class, else 0."""
        used = (outcomes.score_bin >= 0) & (outcomes.prediction >= 0) & (outcomes.label >= 0)
        code, n = outcomes.code(positive), outcomes.n[used]
        called = outcomes.prediction[used] == code
        return cls(
            kind=called.astype(np.intp),
            score_bin=outcomes.score_bin[used],
            score=outcomes.score_total[used] / n,
            right=called == (outcomes.label[used] == code),
            n=n,
        )

    @classmethod
    def of_classes(cls, outcomes: ClassOutcomes) -> "Calls":
        """Take the labelled rows of a model of several classes by the score of the class it called."""
        own = np.array(
            [outcomes.calls.index(text) if text in outcomes.calls else -2 for text in outcomes.classes],
            dtype=np.intp,
        )
        used = (outcomes.is_label >= 0) & (outcomes.prediction == own[outcomes.scored])
        n = outcomes.n[used]
        return cls(
            kind=outcomes.scored[used],
            score_bin=outcomes.score_bin[used],
            score=outcomes.score_total[used] / n,
            right=outcomes.is_label[used] == 1,
            n=n,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Relation:
    """How often calls come true in the reference, by kind of call and score; and over how many rows.

    ``rows`` counts labelled rows by (kind, score bin).
    """

    right: Mapping[int, Calibration]
    rows: Mapping[tuple[int, int], float]


def relation_of(reference: Calls, right: Mapping[int, Calibration] | None = None) -> Relation | None:
    """Learn the relation from the reference's labelled rows; None without any.

    ``right`` are curves that are known already; else one is fitted to each kind of call (isotonic).
    """
    if not len(reference.n):
        return None
    rows: dict[tuple[int, int], float] = {}
    keys = zip(reference.kind.tolist(), reference.score_bin.tolist(), strict=True)
    for key, n in zip(keys, reference.n.tolist(), strict=True):
        rows[key] = rows.get(key, 0.0) + n
    kinds = np.unique(reference.kind).tolist()
    return Relation(right or {kind: _curve(reference, kind) for kind in kinds}, rows)


def _curve(reference: Calls, kind: int) -> Calibration:
    """Fit how often one kind of call comes true as its score rises."""
    used = reference.kind == kind
    bins, place = np.unique(reference.score_bin[used], return_inverse=True)
    n, right = reference.n[used], reference.right[used]

    def added(values: Floats) -> Floats:
        return np.bincount(place, values, minlength=len(bins)).astype(np.float64)

    hits, totals = added(n * right), added(n * reference.score[used])
    misses = added(n) - hits
    mean = totals / (hits + misses)
    scored = Scored(hits, misses, hits * mean, misses * mean, hits * mean**2, misses * mean**2)
    share = float(hits.sum() / (hits + misses).sum())
    return fit(scored) or Calibration(np.array([0.5]), np.array([share]))


def of_calls(calls: Calls, relation: Relation) -> Reading:
    """Compare a classifier's wrong calls with those that its scores let expect; see :func:`concept_drift`.

    Calls of a kind that the reference never made are left out.
    """
    known = np.isin(calls.kind, list(relation.right))
    kind, score_bin, rows = calls.kind[known], calls.score_bin[known], calls.n[known]
    cells, place = np.unique(np.stack([kind, score_bin], axis=1), axis=0, return_inverse=True)

    def added(values: Floats) -> Floats:
        return np.bincount(place.ravel(), values, minlength=len(cells)).astype(np.float64)

    n, wrong, score = added(rows), added(rows * ~calls.right[known]), added(rows * calls.score[known])
    chance = np.zeros(len(cells))
    for one, curve in relation.right.items():
        own = cells[:, 0] == one
        chance[own] = curve(score[own] / n[own])
    expected = np.clip(1 - chance, 0.0, 1.0)
    total = max(float(n.sum()), 1.0)
    behind = np.array([relation.rows.get((int(k), int(b)), 1.0) for k, b in cells])
    value = float((wrong - n * expected).sum()) / total
    scatter = wrong * (1 - expected - value) ** 2 + (n - wrong) * (expected + value) ** 2
    return concept_drift(
        Gap(
            n=round(float(n.sum())),
            observed=float(wrong.sum()),
            expected=float((n * expected).sum()),
            variance=float((n * expected * (1 - expected)).sum()),
            scatter=float(scatter.sum()),
            unsure=float(((n / total) ** 2 * expected * (1 - expected) / behind).sum()),
            n_reference=round(sum(relation.rows.values())),
        )
    )


def of_errors(cells: LeafCells | None, losses: LeafLosses | None) -> Reading:
    """Compare a regression model's absolute errors with those of the reference's leaves.

    See :func:`concept_drift`. No trees, or a window profiled before there were any: "no error model".
    """
    if cells is None or losses is None:
        return Reading.nothing(NO_ERROR_MODEL)
    leaves = leaves_of(cells, losses)
    total = float(leaves.n_labelled.sum()) / losses.n_trees
    if total == 0:
        return Reading.nothing(NO_LABELS, n_reference=losses.n)
    expected, unsure = promised(leaves.n_labelled, losses, losses.absolute, losses.squares)
    # Row by row |e| less what its leaf promises, squared; the trees' mean of that is what they share.
    off = leaves.squares - 2 * losses.absolute * leaves.absolute + leaves.n_labelled * losses.absolute**2
    value = float(leaves.absolute.sum()) / losses.n_trees / total - expected
    by_chance = leaves.n_labelled * np.maximum(losses.squares - losses.absolute**2, 0.0)
    return concept_drift(
        Gap(
            n=round(total),
            observed=float(leaves.absolute.sum()) / losses.n_trees,
            expected=expected * total,
            variance=float(by_chance.sum()) / losses.n_trees,
            scatter=max(float(off.sum()) / losses.n_trees - total * value**2, 0.0),
            unsure=unsure,
            n_reference=losses.n,
        )
    )

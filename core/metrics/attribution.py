"""Which inputs does the model lean on, and has their order changed? From logged attributions (SHAP, say).

A profile holds the absolute values of every feature's attributions, whose sum and sum of squares add up: so
the mean |attribution|, the usual global importance, is exact for any window and any merge of windows.
"""

from collections.abc import Mapping
from math import isfinite, sqrt

import numpy as np

from core.domain import NumericProfile
from core.metrics import intervals
from core.metrics.drift import Floats
from core.metrics.reading import CONSTANT, NO_REFERENCE, NO_TRAFFIC, NOT_ENOUGH, Reading

_DRAWS = 1000


def attribution_importance(profile: NumericProfile | None) -> Reading:
    """How much does a feature move the model's answer, on average?

    mean |attribution| over the rows that have one. Unit: that of the attributions; range [0, ∞); no
    change is the reference's value. No rows: "no traffic"; no attribution: "not enough data". Interval: t.

    Source: Lundberg & Lee (2017), A Unified Approach to Interpreting Model Predictions, NeurIPS.

    Examples
    --------
    >>> two = NumericProfile(n=3, n_null=1, n_nonfinite=0, total=4.0, total_squares=10.0, low=1.0, high=3.0,
    ...     counts=(2,))
    >>> attribution_importance(two).value
    2.0
    """
    if profile is None or profile.n == 0:
        return Reading.nothing(NO_TRAFFIC)
    n = profile.n_finite
    if n == 0:
        return Reading.nothing(NOT_ENOUGH)
    return Reading.of(profile.total / n, n, intervals.mean(profile.total, profile.total_squares, n))


def attribution_ndcg(now: Mapping[str, NumericProfile], before: Mapping[str, NumericProfile]) -> Reading:
    """Are the features that mattered most in the reference still those that matter most?

    Normalised discounted cumulative gain of the features in the window's order of importance, each worth
    its importance in the reference: Σ a(f′ᵢ) / log₂(i + 1) over Σ a(fᵢ) / log₂(i + 1), where f is the
    reference's order, f′ the window's and a the mean |attribution| in the reference. Features equally
    important now share their places. Range (0, 1]; no change is 1. Only features with attributions on
    both sides count. No rows: "no traffic"; nothing in the reference: "no reference"; fewer than two
    features to order: "not enough data"; all worth nothing: "constant". Interval: from draws in which every
    importance varies by its own standard error, their middle 95 % and its reflection in the value together:
    draws add chance to chance, and where features are about equally important lie below the value.

    Source: Amazon SageMaker Clarify, feature attribution drift; Järvelin & Kekäläinen (2002), ACM TOIS
    20; Efron & Tibshirani (1993), An Introduction to the Bootstrap, percentile and reflected intervals.

    Examples
    --------
    >>> def mean(total): return NumericProfile(n=10, n_null=0, n_nonfinite=0, total=total,
    ...     total_squares=total ** 2 / 10, low=total / 10, high=total / 10, counts=(10,))
    >>> before = {"a": mean(30.0), "b": mean(20.0), "c": mean(10.0)}
    >>> now = {"a": mean(10.0), "b": mean(20.0), "c": mean(30.0)}
    >>> round(attribution_ndcg(now, before).value, 4)   # (1 + 2/1.585 + 3/2) / (3 + 2/1.585 + 1/2)
    0.79
    """
    if not any(profile.n_finite for profile in before.values()):
        return Reading.nothing(NO_REFERENCE)
    if not any(profile.n for profile in now.values()):
        return Reading.nothing(NO_TRAFFIC)
    shared = [name for name, one in before.items() if one.n_finite and name in now and now[name].n_finite]
    n = min((now[name].n_finite for name in shared), default=0)
    n_reference = min((before[name].n_finite for name in shared), default=0)
    if len(shared) < 2:
        return Reading.nothing(NOT_ENOUGH, n, n_reference=n_reference)
    worth, worth_error = _importances([before[name] for name in shared])
    current, current_error = _importances([now[name] for name in shared])
    if not worth.any():
        return Reading.nothing(CONSTANT, n, n_reference=n_reference)
    value = float(_ndcg(worth[None], current[None])[0])
    rng = np.random.default_rng(0)
    shape = (_DRAWS, len(shared))
    drawn = _ndcg(
        np.abs(worth + worth_error * rng.standard_normal(shape)),
        np.abs(current + current_error * rng.standard_normal(shape)),
    )
    if not np.isfinite(drawn).all():
        return Reading.of(value, n, n_reference=n_reference)
    low, high = (float(bound) for bound in np.quantile(drawn, [0.025, 0.975]))
    bounds = min(low, 2 * value - high), min(max(high, 2 * value - low), 1.0)
    return Reading.of(value, n, bounds, n_reference=n_reference)


def _importances(profiles: list[NumericProfile]) -> tuple[Floats, Floats]:
    """Return means of |attribution| and their standard errors."""
    means = np.array([one.total / one.n_finite for one in profiles])
    errors = [
        sqrt(spread / one.n_finite) if isfinite(spread) else 0.0
        for one, mean in zip(profiles, means.tolist(), strict=True)
        for spread in (max(one.total_squares / one.n_finite - mean * mean, 0.0),)
    ]
    return means, np.array(errors)


def _ndcg(worth: Floats, order_by: Floats) -> Floats:
    """Return NDCG row by row: what the places of ``order_by`` gain, relative to those of ``worth``.

    Equal values of ``order_by`` share the mean worth of their places, as in scikit-learn.
    """
    discounts = 1 / np.log2(np.arange(worth.shape[1]) + 2)
    order = np.argsort(-order_by, axis=1, kind="stable")
    gains = np.take_along_axis(worth, order, axis=1)
    ranked = np.take_along_axis(order_by, order, axis=1)
    for row in np.flatnonzero((np.diff(ranked, axis=1) == 0).any(axis=1)):
        _, place = np.unique(-ranked[row], return_inverse=True)
        gains[row] = (np.bincount(place, gains[row]) / np.bincount(place))[place]
    best = -np.sort(-worth, axis=1)
    return np.asarray((gains @ discounts) / (best @ discounts))

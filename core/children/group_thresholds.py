"""A threshold of its own for each group, and a model whose scores are moved so that all share one.

Source: Hardt, Price & Srebro (2016), NeurIPS, without their randomisation.
"""

from typing import cast

import numpy as np

from core.children.lesson import (
    FARTHEST,
    TOGETHER,
    Classifier,
    Flags,
    Floats,
    Lesson,
    Made,
    Texts,
    labels,
    log_odds,
)
from core.children.model_files import class_text
from core.mitigation import Recipe

_N_RATES = 200


def moved(made: Made, lesson: Lesson, recipe: Recipe) -> Made:
    """Return a model with its scores moved by group, so that all decide from production's threshold."""
    found = thresholds(
        made.scores(lesson.inputs, lesson.groups),
        lesson.positive,
        lesson.groups,
        gap=recipe.strength or 0.0,
        threshold=lesson.threshold,
        measure=recipe.measure,
    )
    centre = log_odds(np.array([lesson.threshold]))[0]
    shifts = {name: float(centre - log_odds(np.array([at]))[0]) for name, at in found.items()}
    return Made(made.model, lesson.positive_class, shifts)


def thresholds(
    scores: Floats,
    positive: Flags,
    groups: Texts,
    *,
    gap: float,
    threshold: float,
    measure: str,
) -> dict[str, float]:
    """Return the score of each group from which to say yes, so that rates lie at most ``gap`` apart.

    Of all such choices, on a grid of 200 rates, the one with the greatest gain: 1 − t for a right yes and −t
    for a wrong one. One threshold for each group and nothing drawn by lot.

    Source: Hardt, Price & Srebro (2016), NeurIPS, without their randomisation.

    Examples
    --------
    >>> scores = np.array([.9, .8, .7, .6, .5, .4, .3, .2])
    >>> positive = np.array([True, True, True, False, True, False, False, False])
    >>> groups = np.array(["a"] * 4 + ["b"] * 4, dtype=object)
    >>> found = thresholds(scores, positive, groups, gap=0.0, threshold=.4, measure="selection_rate")
    >>> [float((scores[groups == one] >= found[one]).mean()) for one in "ab"]
    [0.75, 0.75]
    """
    rates = np.linspace(0.0, 1.0, _N_RATES + 1)
    names = list(np.unique(groups.astype(str)))
    gains, cuts = [], []
    for name in names:
        own = groups == name
        gain, cut = _gain_by_rate(scores[own], positive[own], rates, threshold, measure)
        gains.append(gain)
        cuts.append(cut)
    width = round(gap * _N_RATES)
    best, chosen = -np.inf, [0] * len(names)
    for low in range(len(rates) - width):
        places = [low + int(np.argmax(gain[low : low + width + 1])) for gain in gains]
        total = sum(gain[at] for gain, at in zip(gains, places, strict=True))
        if total > best:
            best, chosen = total, places
    return {name: float(cut[at]) for name, cut, at in zip(names, cuts, chosen, strict=True)}


def _gain_by_rate(
    scores: Floats, positive: Flags, rates: Floats, threshold: float, measure: str
) -> tuple[Floats, Floats]:
    """Return for each rate what a group gains by it, and the score from which it is reached."""
    order = np.argsort(-scores, kind="stable")
    ranked, outcome = scores[order], positive[order]
    gained = np.concatenate([[0.0], np.cumsum(np.where(outcome, 1.0 - threshold, -threshold))])
    if measure == "selection_rate":
        counts = np.round(rates * len(ranked)).astype(int)
    else:
        reached = np.concatenate([[0], np.cumsum(outcome)])
        counts = np.searchsorted(reached, np.round(rates * reached[-1]), side="left")
    # Between the last that is taken and the first that is not.
    edges = np.concatenate([[1.0], (ranked[:-1] + ranked[1:]) / 2, [0.0]])
    return gained[counts], np.clip(edges[counts], FARTHEST, 1.0 - FARTHEST)


def shifted(made: Made, lesson: Lesson, by: str) -> Classifier:
    """Return model and shifts as one: a logistic regression on the log-odds and the group's column."""
    import scipy.special
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import StackingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

    own = list(lesson.champion.inputs).index(by) + 1
    as_numbers = FunctionTransformer(np.asarray, kw_args={"dtype": "float64"})
    odds = make_pipeline(as_numbers, FunctionTransformer(scipy.special.logit))
    names = [name for name in (made.shifts or {}) if name != TOGETHER]
    encoded = OneHotEncoder(categories=[names], handle_unknown="ignore", sparse_output=False)
    parts = ColumnTransformer([("score", odds, [0]), ("group", encoded, [own])])
    firsts = [int(np.flatnonzero(lesson.positive == outcome)[0]) for outcome in (True, False)]
    stack = StackingClassifier(
        [("scored", made.model)],
        final_estimator=make_pipeline(parts, LogisticRegression()),
        cv="prefit",
        stack_method="predict_proba",
        passthrough=True,
    ).fit(lesson.inputs.iloc[firsts], labels(lesson)[firsts])
    last = stack.final_estimator_[-1]
    common = (made.shifts or {}).get(TOGETHER, 0.0)
    is_second = class_text(stack.classes_[1]) == lesson.positive_class
    moves = np.array([(made.shifts or {})[name] - common for name in names])
    # The stack's first column is the score of the second class, whichever of both is the positive one.
    last.coef_ = np.concatenate([[1.0], moves if is_second else -moves]).reshape(1, -1)
    last.intercept_ = np.array([common if is_second else -common])
    return cast("Classifier", stack)

"""Binary classifiers taught to treat groups alike: by weights, by a bound, or by a threshold for each group.

Everything made here consists of scikit-learn's own parts, so that it can be written and loaded like the model
that it was made from, by whoever has scikit-learn alone.
"""

from typing import cast

import numpy as np

from core.children import group_thresholds, reduction
from core.children.lesson import Classifier, Flags, Floats, Lesson, Made, Texts, labels, weight_name
from core.errors import Unavailable
from core.mitigation import Method, Recipe


def make(lesson: Lesson, recipe: Recipe) -> Made:
    """Train by a recipe.

    Raises
    ------
    Unavailable
        The champion is no scikit-learn classifier of two classes, or its learner takes no weights.
    """
    _check(lesson)
    if recipe.method is Method.CHAMPION:
        return Made(cast("Classifier", lesson.champion.model), lesson.positive_class)
    if recipe.method is Method.REDUCTION:
        return reduction.reduced(lesson, recipe)
    weights = None
    if recipe.method is Method.REWEIGHING:
        weights = reweighed(lesson.positive, lesson.groups, recipe.strength or 1.0)
    made = Made(_refit(lesson, weights), lesson.positive_class)
    if recipe.method is not Method.THRESHOLDS:
        return made
    return group_thresholds.moved(made, lesson, recipe)


def needs_column(made: Made, lesson: Lesson, by: str) -> str:
    """Return why it cannot be put into production: it asks for a column that the model does not get."""
    if made.shifts is None or by in lesson.champion.inputs:
        return ""
    return f"it decides by '{by}', which is no input of the model"


def whole(made: Made, lesson: Lesson, by: str) -> Classifier:
    """Return it as one scikit-learn model that answers rows as the champion does.

    Raises
    ------
    Unavailable
        Its groups' column is no input of the model.
    """
    if made.shifts is None:
        return made.model
    why_not = needs_column(made, lesson, by)
    if why_not:
        raise Unavailable("The mitigation", why_not)
    return group_thresholds.shifted(made, lesson, by)


def reweighed(positive: Flags, groups: Texts, exponent: float = 1.0) -> Floats:
    """Return the weight of each row that makes group and outcome independent: P(g) P(y) / P(g, y).

    Groups with one outcome only keep weight 1 where nothing can be balanced.

    Source: Kamiran & Calders (2012), Knowledge and Information Systems 33.

    Examples
    --------
    >>> positive = np.array([True, True, False, True, False, False])
    >>> groups = np.array(["a", "a", "a", "b", "b", "b"], dtype=object)
    >>> reweighed(positive, groups).round(2).tolist()
    [0.75, 0.75, 1.5, 1.5, 0.75, 0.75]
    """
    weights = np.ones(len(positive))
    for name in np.unique(groups.astype(str)):
        own = groups == name
        for outcome in (True, False):
            cell = own & (positive == outcome)
            if cell.any():
                expected = own.mean() * (positive == outcome).mean()
                weights[cell] = (expected / cell.mean()) ** exponent
    return weights


def _refit(lesson: Lesson, weights: "Floats | None") -> Classifier:
    from sklearn.base import clone

    fresh = cast("Classifier", clone(lesson.champion.model))
    outcomes = labels(lesson)
    if weights is None:
        return fresh.fit(lesson.inputs, outcomes)
    return fresh.fit(lesson.inputs, outcomes, **{weight_name(fresh): weights})


def _check(lesson: Lesson) -> None:
    model = lesson.champion.model
    if lesson.champion.flavour != "sklearn" or not hasattr(model, "predict_proba"):
        raise Unavailable("The mitigation", "the champion is not a scikit-learn classifier with scores")
    if len(getattr(model, "classes_", ())) != 2:
        raise Unavailable("The mitigation", "the champion does not know exactly two classes")
    if not 0.0 < lesson.threshold < 1.0:
        raise Unavailable("The mitigation", "production's threshold is no probability between 0 and 1")

"""The best classifier under a bound on the gap between groups, as a mixture of scikit-learn's own.

A wrong yes weighs production's threshold t and a wrong no 1 − t, which makes "yes from t on" the best there
is (Elkan 2001, IJCAI). The mixture's score is put so that it reaches t exactly where the members' weighted
mean reaches one half.

Source: Agarwal, Beygelzimer, Dudík, Langford & Wallach (2018), ICML; the search is fairlearn's.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np

from core.children.lesson import Classifier, Floats, Lesson, Made, labels, log_odds, weight_name
from core.children.model_files import class_text
from core.errors import Unavailable
from core.mitigation import Recipe

_MOST_ROUNDS = 20
_LEAST_WEIGHT = 1e-6
_STEEPEST = 100.0


def reduced(lesson: Lesson, recipe: Recipe) -> Made:
    """Search the best weighted mixture under the bound; what is prepared before the learner is kept fixed."""
    from fairlearn.reductions import (
        DemographicParity,
        ErrorRate,
        ExponentiatedGradient,
        TruePositiveRateParity,
    )
    from sklearn.base import clone
    from sklearn.pipeline import Pipeline

    model, bound = lesson.champion.model, recipe.strength or 0.01
    before, learner = None, clone(model)
    inputs: object = lesson.inputs
    if isinstance(model, Pipeline) and len(model.steps) > 1:
        before = clone(model[:-1]).fit(lesson.inputs, labels(lesson))
        learner, inputs = clone(model[-1]), before.transform(lesson.inputs)
    parity = DemographicParity if recipe.measure == "selection_rate" else TruePositiveRateParity
    search = ExponentiatedGradient(
        learner,
        parity(difference_bound=bound),
        objective=ErrorRate(costs={"fp": lesson.threshold, "fn": 1.0 - lesson.threshold}),
        eps=bound,
        max_iter=_MOST_ROUNDS,
        sample_weight_name=weight_name(learner),
    )
    search.fit(inputs, lesson.positive.astype(int), sensitive_features=lesson.groups.astype(str))
    members = [
        (float(search.weights_[at]), cast("Classifier", one))
        for at, one in search.predictors_.items()
        if search.weights_[at] > _LEAST_WEIGHT
    ]
    mixed = _mixed(lesson, inputs, members)
    return Made(
        cast("Classifier", mixed if before is None else Pipeline([*before.steps, ("mixture", mixed)])),
        lesson.positive_class,
    )


def _mixed(lesson: Lesson, inputs: object, members: Sequence[tuple[float, Classifier]]) -> object:
    """Return the members' weighted mean score as one classifier, which says yes from one half on.

    Its score is the sigmoid of a line through that point and production's threshold; the slope is the most
    likely one on the rows.
    """
    from scipy.optimize import minimize_scalar

    # Where one answer is best whatever the row says, the search keeps a constant: it has no score to weigh.
    telling = [(weight, one) for weight, one in members if len(one.classes_) > 1]
    constant = sum(weight * float(str(one.classes_[0])) for weight, one in members if len(one.classes_) == 1)
    if not telling:
        raise Unavailable("The reduction", "only one answer for all rows keeps groups that close")
    mean = constant + np.sum([weight * one.predict_proba(inputs)[:, 1] for weight, one in telling], axis=0)
    centre, sign = log_odds(np.array([lesson.threshold]))[0], np.where(lesson.positive, -1.0, 1.0)

    def misfit(slope: float) -> float:
        return float(np.mean(np.logaddexp(0.0, sign * (centre + slope * (mean - 0.5)))))

    slope = float(minimize_scalar(misfit, bounds=(0.1, _STEEPEST), method="bounded").x)
    coefficients = slope * np.array([weight for weight, _ in telling])
    intercept = centre + slope * (constant - 0.5)
    return _stacked(lesson, inputs, [one for _, one in telling], coefficients, intercept)


def _stacked(
    lesson: Lesson, inputs: object, members: Sequence[Classifier], coefficients: Floats, intercept: float
) -> object:
    """Return fitted members under a logistic regression whose coefficients are set, not learned."""
    from sklearn.ensemble import StackingClassifier
    from sklearn.linear_model import LogisticRegression

    outcomes = labels(lesson)
    # Two rows of either class are enough for it to learn what its parts are called.
    few = np.sort([*np.flatnonzero(lesson.positive)[:2], *np.flatnonzero(~lesson.positive)[:2]])
    rows = inputs.iloc[few] if hasattr(inputs, "iloc") else cast(Floats, inputs)[few]
    made = StackingClassifier(
        [(f"member_{at}", one) for at, one in enumerate(members)],
        final_estimator=LogisticRegression(),
        cv="prefit",
        stack_method="predict_proba",
    ).fit(rows, outcomes[few])
    sign = 1.0 if class_text(made.classes_[1]) == lesson.positive_class else -1.0
    made.final_estimator_.coef_ = sign * coefficients.reshape(1, -1)
    made.final_estimator_.intercept_ = np.array([sign * intercept])
    return made

"""What less unfairness would cost: recipes tried on the same rows, and the points they make, as values.

A *frontier* holds the points of one sensitive column and one measure: how good each recipe's model is, and
how far groups are apart in its decisions, on rows that none of them learned from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from core.candidate import Fact
from core.errors import InvalidInput, Problem


class Method(StrEnum):
    """How a model comes to be.

    ``champion``: as it is. ``refit``: fitted anew, and nothing else. ``reweighing``: fitted anew on rows that
    are weighted until group and outcome are independent (Kamiran & Calders 2012, Knowl. Inf. Syst. 33).
    ``reduction``: the best model under a bound on the gap between groups, found by weighting and relabelling
    rows many times (Agarwal et al. 2018, ICML). ``thresholds``: fitted anew, and each group decided from a
    score of its own (Hardt, Price & Srebro 2016, NeurIPS).
    """

    CHAMPION = "champion"
    REFIT = "refit"
    REWEIGHING = "reweighing"
    REDUCTION = "reduction"
    THRESHOLDS = "thresholds"


MEASURES: Mapping[str, str] = {
    "selection_rate": "demographic_parity_ratio",
    "true_positive_rate": "equal_opportunity_ratio",
}
"""Rate that is to be alike between groups → the ratio of the least to the greatest, 1 where it is."""

_STRENGTHS: Mapping[Method, tuple[float, ...]] = {
    Method.REWEIGHING: (0.5, 1.0, 2.0),
    Method.REDUCTION: (0.1, 0.05, 0.02, 0.01),
    Method.THRESHOLDS: (0.1, 0.05, 0.02, 0.0),
}
_WORDS = {
    Method.CHAMPION: "Champion as it is",
    Method.REFIT: "Fitted anew, nothing else",
    Method.REWEIGHING: "Reweighing",
    Method.REDUCTION: "Reduction",
    Method.THRESHOLDS: "Threshold per group",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One way to train.

    Parameters
    ----------
    by
        The sensitive column.
    measure
        A rate of :data:`MEASURES`.
    strength
        Reweighing: the exponent of the weights, 1 as published. Reduction: the bound on each group's distance
        from the whole. Thresholds: the greatest gap between two groups. None where the method has none.
    """

    method: Method
    by: str
    measure: str
    strength: float | None = None

    @property
    def key(self) -> str:
        """Its name in commands and links.

        Examples
        --------
        >>> one = Recipe(method=Method.REDUCTION, by="age_band", measure="selection_rate", strength=0.02)
        >>> one.key
        'reduction:0.02:selection_rate:age_band'
        >>> Recipe.of(one.key) == one
        True
        """
        strength = "" if self.strength is None else f"{self.strength:g}"
        return f"{self.method.value}:{strength}:{self.measure}:{self.by}"

    @property
    def words(self) -> str:
        """What it is called on a page."""
        if self.strength is None:
            return _WORDS[self.method]
        unit = "×" if self.method is Method.REWEIGHING else "≤ "
        return f"{_WORDS[self.method]} {unit}{self.strength:g}"

    @classmethod
    def of(cls, key: str) -> Self:
        """Read a key; raises ``InvalidInput`` where it is none."""
        parts = key.split(":", 3)
        try:
            method, strength, measure, by = parts
            found = cls(
                method=Method(method),
                by=by,
                measure=measure,
                strength=float(strength) if strength else None,
            )
        except ValueError:
            remedy = "take one of those that trimtab mitigate MODEL --by COLUMN prints"
            problem = Problem(field="choose", message=f"'{key}' is no recipe", remedy=remedy)
            raise InvalidInput("The mitigation", [problem]) from None
        return found


def recipes(by: str, measure: str) -> tuple[Recipe, ...]:
    """Return all recipes that are tried for a column and a measure, the champion first."""
    return tuple(
        Recipe(method=method, by=by, measure=measure, strength=strength)
        for method in Method
        for strength in _STRENGTHS.get(method, (None,))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRate:
    """A group's rate in a recipe's decisions, with its 95 % interval."""

    group: str
    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What became of one recipe on the held-out rows.

    Parameters
    ----------
    ratio
        Least rate over greatest, and its interval.
    auc, accuracy
        Of scores, and of decisions at production's threshold.
    auc_cost
        ROC AUC less the champion's on the same rows, with the interval of DeLong for correlated curves.
    problem
        Why it could not be tried; the facts are None exactly then.
    why_not
        Why it cannot become a candidate, though it could be tried; empty where it can.
    """

    recipe: Recipe
    ratio: Fact | None = None
    auc: Fact | None = None
    accuracy: Fact | None = None
    auc_cost: Fact | None = None
    rates: tuple[GroupRate, ...] = ()
    problem: str = ""
    why_not: str = ""

    @property
    def can_be_chosen(self) -> bool:
        """Whether a candidate can be made of it."""
        return not self.problem and not self.why_not


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """All points of one bench.

    Parameters
    ----------
    from_version
        The champion whose pipeline was fitted.
    threshold
        Score from which production decides for the positive class.
    snapshot
        SHA-256 of the rows that were trained on and measured with.
    held_from, held_until
        Event times of the held-out rows; None where rows have none.
    """

    model: str
    from_version: str
    by: str
    measure: str
    positive: str
    made_at: datetime
    threshold: float
    snapshot: str
    n_trained: int
    n_held_out: int
    held_from: datetime | None
    held_until: datetime | None
    small_groups: tuple[str, ...]
    points: tuple[Point, ...]

    def point(self, key: str) -> Point | None:
        """Return the point of a recipe, None where it was not tried."""
        return next((one for one in self.points if one.recipe.key == key), None)

"""What a mitigation bench hands back, without any training."""

from core.candidate import Fact
from core.mitigation import Frontier, GroupRate, Method, Point, recipes
from tests.loans import DAY_0


def number(metric: str, value: float) -> Fact:
    """A fact with an interval around it."""
    return Fact(metric=metric, value=value, n=400, low=value - 0.03, high=value + 0.03)


def frontier(**how: object) -> Frontier:
    """Every recipe tried; the champion's ratio is 0.70, and each later one's a little better and dearer."""
    by, measure = how.get("by", "sex"), how.get("measure", "selection_rate")
    points = []
    for at, recipe in enumerate(recipes(by, measure)):
        why_not = {Method.CHAMPION: "it is in production", Method.REFIT: "it is what a retraining makes"}
        if recipe.method is Method.THRESHOLDS:
            why_not[recipe.method] = f"it decides by '{by}', which is no input of the model"
        points.append(
            Point(
                recipe=recipe,
                ratio=number("demographic_parity_ratio", 0.70 + 0.02 * at),
                auc=number("roc_auc", 0.85 - 0.005 * at),
                accuracy=number("accuracy", 0.80),
                auc_cost=number("roc_auc", -0.005 * at),
                rates=(
                    GroupRate(group="F", value=0.3, low=0.27, high=0.33, n=200),
                    GroupRate(group="M", value=0.4, low=0.37, high=0.43, n=200),
                ),
                why_not=why_not.get(recipe.method, ""),
            )
        )
    return Frontier(
        **{
            "model": "loans",
            "from_version": "1",
            "by": by,
            "measure": measure,
            "positive": "1",
            "made_at": DAY_0,
            "threshold": 0.5,
            "snapshot": "ab" * 32,
            "n_trained": 1600,
            "n_held_out": 400,
            "held_from": DAY_0,
            "held_until": DAY_0,
            "small_groups": (),
            "points": tuple(points),
            **how,
        }
    )

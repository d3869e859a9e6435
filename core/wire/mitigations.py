"""A mitigation bench's frontier as JSON: one object a point, named by the key by which it is chosen."""

from typing_extensions import TypedDict

from core.candidate import Fact
from core.mitigation import Frontier, GroupRate, Point
from core.wire.moments import moment, moment_text


class NumberObject(TypedDict):
    """A value with its 95 % interval and its rows; ``reason`` says why there is no value."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    reason: str | None


class RateObject(TypedDict):
    """The rate of one group."""

    group: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class PointObject(TypedDict):
    """What became of one recipe; figures are null where it could not be tried, and ``problem`` says why."""

    recipe: str
    method: str
    strength: float | None
    ratio: NumberObject | None
    roc_auc: NumberObject | None
    roc_auc_beside_champion: NumberObject | None
    accuracy: NumberObject | None
    rates: list[RateObject]
    can_be_chosen: bool
    why_not: str
    problem: str


class FrontierObject(TypedDict):
    """What was tried for one sensitive column and one rate, on which rows."""

    model: str
    from_version: str
    by: str
    measure: str
    positive: str
    threshold: float
    made_at: str
    snapshot: str
    n_trained: int
    n_held_out: int
    held_from: str | None
    held_until: str | None
    small_groups: list[str]
    points: list[PointObject]


def frontier_object(frontier: Frontier) -> FrontierObject:
    """Return a frontier as JSON."""
    return {
        "model": frontier.model,
        "from_version": frontier.from_version,
        "by": frontier.by,
        "measure": frontier.measure,
        "positive": frontier.positive,
        "threshold": frontier.threshold,
        "made_at": moment(frontier.made_at),
        "snapshot": frontier.snapshot,
        "n_trained": frontier.n_trained,
        "n_held_out": frontier.n_held_out,
        "held_from": moment_text(frontier.held_from),
        "held_until": moment_text(frontier.held_until),
        "small_groups": list(frontier.small_groups),
        "points": [_point(one) for one in frontier.points],
    }


def _point(point: Point) -> PointObject:
    return {
        "recipe": point.recipe.key,
        "method": point.recipe.method.value,
        "strength": point.recipe.strength,
        "ratio": _number(point.ratio),
        "roc_auc": _number(point.auc),
        "roc_auc_beside_champion": _number(point.auc_cost),
        "accuracy": _number(point.accuracy),
        "rates": [_rate(one) for one in point.rates],
        "can_be_chosen": point.can_be_chosen,
        "why_not": point.why_not,
        "problem": point.problem,
    }


def _number(fact: Fact | None) -> NumberObject | None:
    if fact is None:
        return None
    return {"value": fact.value, "low": fact.low, "high": fact.high, "n": fact.n, "reason": fact.reason}


def _rate(rate: GroupRate) -> RateObject:
    return {"group": rate.group, "value": rate.value, "low": rate.low, "high": rate.high, "n": rate.n}

"""Which incident hurts most? consequence = loss × traffic × risk tier."""

from collections.abc import Mapping, Sequence

from core.domain import Incident, IncidentStatus, Risk, Verdict
from core.incidents.causes import excess
from core.policy.rules import Group

RISK_WEIGHT: Mapping[Risk, float] = {Risk.HIGH: 4.0, Risk.MEDIUM: 2.0, Risk.LOW: 1.0}
GROUP_WEIGHT: Mapping[str, float] = {
    Group.PERFORMANCE: 1.0,
    Group.FAIRNESS: 1.0,
    Group.OPERATIONS: 1.0,
    Group.QUALITY: 0.5,
    Group.DRIFT: 0.25,
}
"""How directly a kind of failure is harm: wrong answers are, a moved input only may become one."""


def loss(verdict: Verdict) -> float:
    """How much worse is it than allowed, in [0, 1]: 0 at the limit, 1 twice as far or no traffic at all.

    Relative to the limit, so that metrics of different units can stand in one list; for ranking only.
    """
    return 1.0 if verdict.reason in {"no traffic", "all missing"} else min(excess(verdict), 1.0)


def consequence(incident: Incident, verdicts: Sequence[Verdict], *, rows_per_day: float, risk: Risk) -> float:
    """How much does it matter? Loss of its worst latest failure × rows a day × weight of the risk tier.

    Parameters
    ----------
    incident
        Resolved ones matter no more: 0.
    verdicts
        Verdicts of the model; those that the incident does not hold are passed over.
    rows_per_day
        The model's usual traffic, not that of a window without any.
    risk
        Tier of the use case.

    Returns
    -------
    float
        At least 0, in affected rows a day weighted by risk; comparable between models, without a limit.
    """
    if incident.status is IncidentStatus.RESOLVED:
        return 0.0
    held = set(incident.verdicts)
    losses = [loss(one) for one in verdicts if one.id in held]
    worst = max(losses, default=1.0)
    return worst * GROUP_WEIGHT.get(incident.rule, 1.0) * max(rows_per_day, 0.0) * RISK_WEIGHT[risk]

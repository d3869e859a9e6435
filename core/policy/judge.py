"""Measurements → verdicts: every rule of the policy looks, the worst one decides."""

from collections.abc import Iterator, Sequence

from core.domain import Measurement, Role, Severity, Status, Verdict
from core.policy.band import judge_band
from core.policy.drift import judge_drift
from core.policy.evidence import Context, Evidence, Judgement, WindowFacts, facts_of
from core.policy.fixed import judge_limits, judge_traffic
from core.policy.own_range import judge_own_range
from core.policy.rates import judge_all_missing, judge_rates
from core.policy.ratios import judge_ratios
from core.policy.rules import (
    AllMissingRule,
    BandRule,
    DriftRule,
    LimitRule,
    OwnRangeRule,
    Policy,
    RateRule,
    RatioRule,
    Rule,
    TrafficRule,
)

__all__ = ["Context", "WindowFacts", "judge"]

BADNESS = {Status.FAIL: 3, Status.WARN: 2, Status.UNKNOWN: 1, Status.PASS: 0}


def judge(measurements: Sequence[Measurement], context: Context, policy: Policy) -> list[Verdict]:
    """Which measurements are as they should be, which are not, and which cannot be told?

    Parameters
    ----------
    measurements
        Of any number of windows and versions of one model. All columns of a window must come together,
        as p values are adjusted over them. Windows of the reference (negative index) are passed over.
    context
        What the verdicts depend on besides: the spec, how the reference behaves, labels, the time.
    policy
        The rules for the model's risk tier.

    Returns
    -------
    list of Verdict
        At most one a measurement, by the worst rule that judges it (FAIL, WARN, UNKNOWN, PASS; then the
        more severe rule), in the order of the measurements. What no rule judges has no verdict. A
        missing value is UNKNOWN with its reason; no input raises.
    """
    evidence = Evidence(measurements)
    worst: dict[str, Judgement] = {}
    for rule in policy.rules:
        for judgement in _judgements(rule, evidence, context):
            identity = judgement.measurement.identity
            known = worst.get(identity)
            if known is None or _rank(judgement) > _rank(known):
                worst[identity] = judgement
    in_order = dict.fromkeys(one.identity for one in evidence.measurements)
    return [_verdict(worst[identity], context, policy) for identity in in_order if identity in worst]


def _judgements(rule: Rule, evidence: Evidence, context: Context) -> Iterator[Judgement]:
    match rule:
        case DriftRule():
            yield from judge_drift(rule, evidence, context)
        case BandRule():
            yield from judge_band(rule, evidence, context)
        case OwnRangeRule():
            yield from judge_own_range(rule, evidence, context)
        case RateRule():
            yield from judge_rates(rule, evidence, context)
        case AllMissingRule():
            yield from judge_all_missing(rule, evidence, context)
        case RatioRule():
            yield from judge_ratios(rule, evidence, context)
        case TrafficRule():
            yield from judge_traffic(rule, evidence, context)
        case LimitRule():
            yield from judge_limits(rule, evidence, context)


def _rank(judgement: Judgement) -> tuple[int, bool, int]:
    rule = judgement.rule
    # Of two FAILs the one that calls people sooner decides: it must not be hidden by a patient rule.
    return (
        BADNESS[judgement.status],
        rule.severity is Severity.CRITICAL,
        -rule.persistence.windows,
    )


def _verdict(judgement: Judgement, context: Context, policy: Policy) -> Verdict:
    return Verdict(
        id=judgement.measurement.identity,
        measurement=judgement.measurement,
        status=judgement.status,
        rule=judgement.rule.id,
        limit=judgement.limit,
        reason=judgement.reason,
        sentence=judgement.sentence + _left_out(judgement.measurement, context),
        policy_digest=policy.digest,
        judged_at=context.now,
    )


def _left_out(one: Measurement, context: Context) -> str:
    """Name the rows that a number from labels can never speak of."""
    facts = facts_of(one, context)
    if facts is None or not facts.n_unlabellable or one.estimated:
        return ""
    if one.role not in {Role.PERFORMANCE, Role.LABEL}:
        return ""
    return f" {facts.n_unlabellable:,} rows can never be labelled and are left out."

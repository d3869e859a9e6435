"""May a candidate go into production? Facts held to a policy's gates, each with its sentence. Pure.

A fact that is missing, not a number, or stale is UNKNOWN, and that blocks like a failure, unless the policy
lets it pass or somebody stands for it by name, with a reason and an end (WAIVED).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite

from core.action import Gate
from core.candidate import OTHERS, YES_OR_NO, Baseline, Condition, Fact, Waiver
from core.domain import Role, Status
from core.errors import Conflict, InvalidInput, NotFound, Problem
from core.metrics.catalogue import BY_NAME
from core.policy import sentences
from core.policy.band import IN_LABEL_UNITS, harmful_side
from core.policy.gate_rules import Bound, GateRule, Needs, OnUnknown, Waivable
from core.policy.waivers import may_waive, unit_and_places, waived
from core.spec import MonitorSpec

_TITLES = {
    "loads": "Loads",
    "signature_compatible": "Inputs",
    "digest_unchanged": "Files",
    "evidence_age": "Age of the validation",
    "data_age": "Age of the validated rows",
    "latency_p95": "Latency of one row, p95",
    "size": "Size",
    "segment_shortfall": "The worst segment's shortfall",
    "label_alone": "The label from one input alone",
    "equal_rows": "Share of rows that the reference has too",
    "late_inputs": "Inputs later than the decision",
    "seed_spread": "Spread over seeds",
}
SPOILT = {
    Condition.NOISE: "under noise",
    Condition.MISSING_VALUES: "with values missing",
    Condition.OUT_OF_RANGE: "with values out of range",
    Condition.TYPOS: "with typos",
}


def judge_gates(
    rules: Sequence[GateRule],
    facts: Sequence[Fact],
    spec: MonitorSpec,
    *,
    champion: str | None,
    waivers: Sequence[Waiver],
    now: datetime,
) -> tuple[Gate, ...]:
    """Hold a candidate's facts to the gates that concern its model.

    Parameters
    ----------
    champion
        What the candidate would take the place of; None where there is none.
    waivers
        Those on record for this very version; only those that have not ended count.

    Returns
    -------
    tuple of Gate
        One a gate and fact, in the policy's order; of a gate without its fact one that is UNKNOWN.
    """
    standing = [one for one in waivers if one.until > now]
    return tuple(
        waived(gate, rule, [one for one in standing if one.gate == rule.id], now)
        for rule in rules
        if concerns(rule, spec, champion)
        for gate in _judge(rule, facts, spec)
    )


def check_waiver(rules: Sequence[GateRule], gates: Sequence[Gate], waiver: Waiver) -> None:
    """Refuse a waiver that the policy does not allow.

    Raises
    ------
    NotFound
        No gate of that name concerns the model.
    InvalidInput
        It has no reason, or ends before it begins, or later than the policy allows.
    Conflict
        Nobody may stand for this gate, or nothing is there to stand for.
    """
    rule = next((one for one in rules if one.id == waiver.gate), None)
    held = [gate for gate in gates if gate.rule == waiver.gate]
    if rule is None or not held:
        known = ", ".join(dict.fromkeys(gate.rule for gate in gates)) or "none"
        raise NotFound("gate", waiver.gate, hint=f"Gates of this model: {known}.")
    problems = []
    if not waiver.reason.strip():
        problems.append(Problem(field="reason", message="is empty", remedy="say why"))
    latest = waiver.at + timedelta(days=rule.max_waiver_days)
    if not waiver.at < waiver.until <= latest:
        problems.append(
            Problem(
                field="until",
                message=f"must lie within {rule.max_waiver_days:g} days from now",
                remedy=f"write a time up to {latest:%Y-%m-%d %H:%M} UTC",
            )
        )
    if problems:
        raise InvalidInput("The waiver", problems)
    if not any(may_waive(gate, rule) for gate in held):
        what = (
            "nobody may stand for it"
            if rule.waivable is Waivable.NEVER
            else "it may be waived only where its fact is missing"
            if any(gate.status == Status.FAIL for gate in held)
            else "it does not stand in the way"
        )
        raise Conflict(f"Gate {waiver.gate}: {what}", hint="The policy says so; see docs/gates.md.")


def concerns(rule: GateRule, spec: MonitorSpec, champion: str | None) -> bool:
    """Tell whether a rule asks anything of a model."""
    has = {
        Needs.LABELS: spec.columns.label is not None,
        Needs.SCORES: bool(spec.columns.scores),
        Needs.SENSITIVE: bool(spec.sensitive),
        Needs.CHAMPION: champion is not None,
        Needs.NO_CHAMPION: champion is None,
    }
    applies = rule.applies
    return (
        spec.task in rule.metric
        and (not applies.tasks or spec.task in applies.tasks)
        and (not applies.risks or spec.risk in applies.risks)
        and all(has[need] for need in applies.has)
        and (rule.baseline is not Baseline.CHAMPION or champion is not None)
    )


def _judge(rule: GateRule, facts: Sequence[Fact], spec: MonitorSpec) -> Iterator[Gate]:
    metric = rule.metric[spec.task]
    found = [
        fact
        for fact in facts
        if (fact.metric, fact.baseline, fact.condition, fact.segment)
        == (metric, rule.baseline, rule.condition, None)
    ]
    for fact in found:
        yield hold(rule, fact)
    known = {fact.feature for fact in found}
    of_inputs = bool(found) and rule.baseline is Baseline.REFERENCE
    for feature in () if of_inputs else _expected(metric, spec):
        if feature not in known:
            missing = Fact(
                metric=metric, value=None, baseline=rule.baseline, condition=rule.condition, feature=feature
            )
            yield _unknown(rule, missing, "it was not validated")


def hold(rule: GateRule, fact: Fact) -> Gate:
    """Hold one fact to a rule's limits; what cannot be judged is UNKNOWN, and says why."""
    why = _why_none(rule, fact)
    return _held(rule, fact) if why is None else _unknown(rule, fact, why)


def _expected(metric: str, spec: MonitorSpec) -> tuple[str | None, ...]:
    """Return of which columns there must be a fact: of a gap between groups, of every sensitive one."""
    info = BY_NAME.get(metric)
    is_gap = info is not None and Role.FAIRNESS in info.roles and metric.endswith(("_difference", "_ratio"))
    return (spec.sensitive if is_gap else ()) or (None,)


def _why_none(rule: GateRule, fact: Fact) -> str | None:
    """Return why a fact cannot be judged, None where it can."""
    if fact.value is None:
        return fact.reason or "there is no value"
    if not isfinite(fact.value):
        return "it is not a number"
    if fact.n < rule.min_n:
        return f"n = {fact.n:,}, {rule.min_n:,} needed"
    ends = (fact.low, fact.high)
    if rule.bound is not Bound.POINT and (None in ends or not all(isfinite(end or 0.0) for end in ends)):
        return "it has no interval"
    of_share = rule.max_drop is not None and fact.metric in IN_LABEL_UNITS
    if of_share and not (fact.beside and isfinite(fact.beside)):
        return "there is no value of the baseline to take a share of"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """What was held to which limit; ``margin`` below 0 fails, ``over``: the limit is an upper one."""

    margin: float
    end: float
    edge: float
    over: bool


def _limits(rule: GateRule, fact: Fact) -> tuple[float | None, float | None]:
    """Return the range allowed; a greatest drop limits the side on which the metric does harm."""
    if rule.max_drop is None:
        return rule.low, rule.high
    reach = rule.max_drop * (abs(fact.beside or 0.0) if fact.metric in IN_LABEL_UNITS else 1.0)
    if fact.metric in BY_NAME and harmful_side(fact.metric) == "low":
        return (-reach if rule.low is None else max(-reach, rule.low)), rule.high
    return rule.low, (reach if rule.high is None else min(reach, rule.high))


def _end(rule: GateRule, fact: Fact, *, worse: float | None, better: float | None) -> float:
    chosen = {Bound.POINT: fact.value, Bound.LOWER: worse, Bound.UPPER: better}[rule.bound]
    return 0.0 if chosen is None else chosen


def _held(rule: GateRule, fact: Fact) -> Gate:
    """Hold the value, or an end of its interval, to the limits; of two limits the tighter one is told."""
    low, high = _limits(rule, fact)
    checks = []
    if low is not None:
        end = _end(rule, fact, worse=fact.low, better=fact.high)
        checks.append(_Check(margin=end - low, end=end, edge=low, over=False))
    if high is not None:
        end = _end(rule, fact, worse=fact.high, better=fact.low)
        checks.append(_Check(margin=high - end, end=end, edge=high, over=True))
    tightest = min(checks, key=lambda check: check.margin)
    status = Status.FAIL if tightest.margin < 0 else Status.PASS
    said = _yes_or_no(fact, status) if fact.metric in YES_OR_NO else _sentence(rule, fact, tightest)
    return Gate(
        rule=rule.id,
        status=status.value,
        sentence=said,
        value=fact.value,
        limit_low=low,
        limit_high=high,
        blocks=status is Status.FAIL,
        held=tightest.end,
        feature=fact.feature,
    )


def _yes_or_no(fact: Fact, status: Status) -> str:
    return f"{_TITLES[fact.metric]}: {fact.note or ('yes' if fact.value else 'no')}: {_ends(status)}."


def _sentence(rule: GateRule, fact: Fact, check: _Check) -> str:
    value, failed = fact.value or 0.0, check.margin < 0
    unit, places = unit_and_places(fact.metric, (check.end, check.edge, value))

    def shown(number: float) -> str:
        return sentences.number(number, places) + unit

    sign = (">" if check.over else "<") if failed else ("≤" if check.over else "≥")
    gap = shown(abs(check.margin))
    ends = f"fails by {gap}" if failed else f"passes with {gap} to spare"
    said = shown(value)
    if rule.bound is not Bound.POINT:
        edge = "at worst" if rule.bound is Bound.LOWER else "at best"
        said = f"{said}, {edge} {shown(check.end)} (95 %)"
    told = [f"n = {fact.n:,}"] if fact.n else []
    told += [fact.note] if fact.metric in OTHERS and fact.note else []
    rows = f" ({'; '.join(told)})" if told else ""
    return f"{subject(fact, places)} {said} {sign} {shown(check.edge)}{rows}: {ends}."


def title_of(fact: Fact) -> str:
    """Return what a fact is called."""
    return _TITLES.get(fact.metric) or sentences.title(fact.metric)


def subject(fact: Fact, places: int) -> str:
    """Return what a fact speaks of: by which feature, on which rows, less what."""
    title = title_of(fact)
    if fact.feature:
        title += f" {'of' if fact.baseline is Baseline.REFERENCE else 'by'} {fact.feature}"
    if fact.condition in SPOILT:
        title += f" {SPOILT[fact.condition]}"
    if fact.baseline in (Baseline.NONE, Baseline.REFERENCE):
        return title
    whose = "the champion's" if fact.baseline is Baseline.CHAMPION else "its own on rows as logged"
    beside = "" if fact.beside is None else f" {sentences.number(fact.beside, places)}"
    return f"{title} less {whose}{beside}:"


def _unknown(rule: GateRule, fact: Fact, why: str) -> Gate:
    blocks = rule.on_unknown is OnUnknown.BLOCK
    ends = "blocks" if blocks else "the policy lets it pass"
    return Gate(
        rule=rule.id,
        status=Status.UNKNOWN.value,
        sentence=f"{subject(fact, 3).rstrip(':')} is not known: {why}: {ends}.",
        limit_low=rule.low,
        limit_high=rule.high,
        blocks=blocks,
        feature=fact.feature,
    )


def _ends(status: Status) -> str:
    return "passes" if status is Status.PASS else "fails"

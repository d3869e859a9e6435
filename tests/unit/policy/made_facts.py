"""Facts, gates and specs for tests of judging, with one line each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.action import Gate
from core.candidate import AGES, OTHERS, YES_OR_NO, Baseline, Condition, Covered, Fact, Waiver
from core.domain import Risk, Task
from core.policy.gate_rules import GateRule
from core.policy.gates import judge_gates
from core.spec import Columns, MonitorSpec, ReferenceRule, WindowRule

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def spec(
    task: Task = Task.BINARY,
    *,
    labels: bool = True,
    scores: bool = True,
    sensitive: tuple[str, ...] = ("sex",),
    risk: Risk = Risk.MEDIUM,
) -> MonitorSpec:
    return MonitorSpec(
        model="loans",
        registry="local",
        task=task,
        columns=Columns(prediction="p", scores={"1": "s"} if scores else {}, label="y" if labels else None),
        window=WindowRule(rows=100),
        reference=ReferenceRule(),
        positive="1" if task is Task.BINARY else None,
        sensitive=sensitive,
        risk=risk,
    )


def rule(metric: str = "accuracy", **more: Any) -> GateRule:
    return GateRule(**{"id": "held", "metric": dict.fromkeys(Task, metric), **more})


def fact(metric: str = "accuracy", value: float | None = 0.0, **more: Any) -> Fact:
    given = {"n": 1000, "reason": "it raises ValueError" if value is None else None, **more}
    return Fact(metric=metric, value=value, **given)


def held(one: GateRule, *facts: Fact, champion: str | None = "1", **more: Any) -> Gate:
    """The only gate of a rule on some facts."""
    (gate,) = judge(one, *facts, champion=champion, **more)
    return gate


def judge(*rules_and_facts: Any, champion: str | None = "1", **more: Any) -> tuple[Gate, ...]:
    rules = [one for one in rules_and_facts if isinstance(one, GateRule)]
    facts = [one for one in rules_and_facts if isinstance(one, Fact)]
    given = {"spec": spec(), "waivers": (), "now": NOW, **more}
    return judge_gates(rules, facts, given.pop("spec"), champion=champion, **given)


def waiver(
    gate: str = "held", *, days: float = 7, at: datetime = NOW, given: float | None = 0.4, reach: float = 0.39
) -> Waiver:
    """A waiver that was given for a number, or for a missing fact (None)."""
    covered = Covered(feature=None, held=given, reach=None if given is None else reach)
    return Waiver(
        id="w",
        registry="local",
        model="loans",
        version="2",
        gate=gate,
        stood_for="UNKNOWN" if given is None else "FAIL",
        covers=(covered,),
        reason="labels come on Monday",
        actor="ann",
        at=at,
        until=at + timedelta(days=days),
    )


def passing(one: GateRule, of: MonitorSpec) -> list[Fact]:
    """Facts with which a gate of the default policy passes for a model."""
    metric = one.metric[of.task]
    values = {"demographic_parity_ratio": 0.95, "roc_auc": 0.8} | dict.fromkeys(YES_OR_NO, 1.0)
    values |= dict.fromkeys(AGES, 0.5) | {"latency_p95": 3.0, "size": 1.0}
    value = values[metric] if one.baseline is Baseline.NONE else 0.0
    bare = metric in OTHERS
    features = of.sensitive if metric == "demographic_parity_ratio" else (None,)
    return [
        fact(
            metric,
            value,
            baseline=one.baseline,
            condition=one.condition,
            low=None if bare else value - 0.001,
            high=None if bare else value + 0.001,
            beside=None if one.baseline is Baseline.NONE else 0.8,
            feature=feature,
        )
        for feature in features
    ]


__all__ = ["NOW", "Baseline", "Condition", "fact", "held", "judge", "passing", "rule", "spec", "waiver"]

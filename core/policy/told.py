"""Facts as people read them: held to the rule that asks for them, if one does, and in a sentence. Pure."""

from collections.abc import Sequence

from core.action import Gate
from core.candidate import Fact
from core.domain import Status
from core.policy import sentences
from core.policy.gate_rules import GateRule
from core.policy.gates import concerns, hold, subject, title_of
from core.policy.waivers import unit_and_places
from core.spec import MonitorSpec


def rule_of(
    fact: Fact, rules: Sequence[GateRule], spec: MonitorSpec, champion: str | None
) -> GateRule | None:
    """Return the first rule that asks for a fact, None where none does; segments are held to nothing."""
    if fact.segment is not None:
        return None
    return next(
        (
            rule
            for rule in rules
            if concerns(rule, spec, champion)
            and (rule.metric[spec.task], rule.baseline, rule.condition)
            == (fact.metric, fact.baseline, fact.condition)
        ),
        None,
    )


def told(fact: Fact, rule: GateRule | None) -> tuple[str, Gate | None]:
    """Return the sentence of a fact, and how it stands where a rule asks for it."""
    if rule is not None:
        gate = hold(rule, fact)
        if gate.status != Status.UNKNOWN:
            return gate.sentence, gate
        # Whether what is not known blocks is a gate's affair, and told there.
        return f"{gate.sentence.rpartition(': ')[0]}.", gate
    about = subject(fact, 3)
    if fact.segment is not None:
        about = f"{title_of(fact)} of {fact.segment}"
    if fact.value is None:
        return f"{about.rstrip(':')} is not known: {fact.reason or 'there is no value'}.", None
    ends = [one for one in (fact.low, fact.high) if one is not None]
    unit, places = unit_and_places(fact.metric, [fact.value, *ends])
    said = f"{about} {sentences.number(fact.value, places)}{unit}"
    if len(ends) == 2:
        said += f", {sentences.number(ends[0], places)} to {sentences.number(ends[1], places)} (95 %)"
    said += f" (n = {fact.n:,})" if fact.n else ""
    return said + (f": {fact.note}." if fact.note else "."), None


def failed(gate: Gate | None) -> bool:
    """Tell whether a fact is on record that breaks its limit."""
    return gate is not None and gate.status == Status.FAIL

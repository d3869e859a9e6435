"""What a waiver covers: what its giver saw, a little worse than that at most, and nothing else. Pure.

A waiver is given for a number. Two samples of rows never give the same one, so it reaches a tenth of the
distance to the limit further; a number that is worse than that was stood for by nobody.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.action import Gate
from core.candidate import AGES, Covered, Waiver
from core.domain import Status
from core.policy import sentences
from core.policy.gate_rules import GateRule, Waivable

REACH = 0.1
"""How much further beyond its limit than when it was waived a number may lie, as a share of that distance."""

UNITS = {"latency_p95": " ms", "size": " MB", "evidence_age": " days", "data_age": " days"}


def may_waive(gate: Gate, rule: GateRule) -> bool:
    """Tell whether a person may stand for a gate as it stands, by the policy."""
    if not gate.blocks or rule.waivable is Waivable.NEVER:
        return False
    return rule.waivable is Waivable.ANY or gate.status == Status.UNKNOWN


def stood_for(gates: Sequence[Gate], name: str) -> Status:
    """Return what somebody stands for who waives a gate now: a failure, or the want of its fact."""
    failed = any(gate.rule == name and gate.status == Status.FAIL for gate in gates)
    return Status.FAIL if failed else Status.UNKNOWN


def covers(gates: Sequence[Gate], name: str) -> tuple[Covered, ...]:
    """Return what a waiver that is given now covers: each attribute of the gate that stands in the way."""
    return tuple(_covered(gate) for gate in gates if gate.rule == name and gate.blocks)


def waived(gate: Gate, rule: GateRule, waivers: Sequence[Waiver], now: datetime) -> Gate:
    """Return a gate with the waivers of it: WAIVED where one covers it, else with why the latest does not."""
    if not waivers or not may_waive(gate, rule):
        return gate
    covered, waiver = None, waivers[-1]
    for waiver in waivers:
        covered = next((one for one in waiver.covers if one.feature == gate.feature), None)
        if covered is not None and _is_within(gate, rule, covered, now - waiver.at):
            seen = "" if covered.held is None else f" for {_shown(covered.held, gate, rule)}"
            said = f", waived by {waiver.actor}{seen} until {waiver.until:%d %b %Y}: {waiver.reason}"
            sentence = f"{gate.sentence.rstrip('.')}{said}"
            return replace(gate, status=Status.WAIVED.value, sentence=sentence, blocks=False)
    now_is = "not known" if gate.held is None else _shown(gate.held, gate, rule)
    said = (
        f"Waived by {waiver.actor} {_for(covered, gate, rule)}; now {now_is}: the waiver does not cover it."
    )
    return replace(gate, sentence=f"{gate.sentence} {said}")


def not_counted(waivers: Sequence[Waiver], gates: Sequence[Gate], why: str) -> tuple[Gate, ...]:
    """Add to the gates in the way why waivers that are on record for them do not count."""
    by_gate = {one.gate: one for one in waivers}
    return tuple(
        replace(gate, sentence=f"{gate.sentence} Waived by {by_gate[gate.rule].actor}, {why}.")
        if gate.blocks and gate.rule in by_gate
        else gate
        for gate in gates
    )


def unit_and_places(metric: str, numbers: Sequence[float]) -> tuple[str, int]:
    """Return the unit that a fact's numbers are shown with, and to how many places."""
    unit = UNITS.get(metric, "")
    return unit, 1 if unit else sentences.places_for(list(numbers))


def _covered(gate: Gate) -> Covered:
    if gate.status != Status.FAIL or gate.held is None:
        return Covered(feature=gate.feature, held=None, reach=None)
    return Covered(feature=gate.feature, held=gate.held, reach=gate.held + REACH * (gate.held - _edge(gate)))


def _edge(gate: Gate) -> float:
    """Return the limit that a gate which fails has broken."""
    held = gate.held or 0.0
    if gate.limit_low is not None and held < gate.limit_low:
        return gate.limit_low
    return held if gate.limit_high is None else gate.limit_high


def _is_within(gate: Gate, rule: GateRule, covered: Covered, since: timedelta) -> bool:
    if covered.reach is None or gate.held is None:
        return covered.reach is None and gate.held is None
    # What grows old by itself is the same evidence a day later.
    days = since / timedelta(days=1) if set(rule.metric.values()) & set(AGES) else 0.0
    if gate.held > _edge(gate):
        return gate.held <= covered.reach + days
    return gate.held >= covered.reach - days


def _for(covered: Covered | None, gate: Gate, rule: GateRule) -> str:
    if covered is None:
        return "for what was seen then"
    return "for want of its fact" if covered.held is None else f"for {_shown(covered.held, gate, rule)}"


def _shown(number: float, gate: Gate, rule: GateRule) -> str:
    metric = next(iter(rule.metric.values()))
    beside = [one for one in (number, gate.held, _edge(gate)) if one is not None]
    unit, places = unit_and_places(metric, beside)
    return sentences.number(number, places) + unit

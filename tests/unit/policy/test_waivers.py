"""What a waiver covers: the number that was seen, and a tenth of its distance to the limit more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.action import Gate
from core.candidate import Covered, Waiver
from core.policy.gate_rules import Bound, GateRule
from core.policy.waivers import covers, not_counted
from tests.unit.policy.made_facts import NOW, fact, held, judge, rule, spec, waiver

LEAST = rule(low=0.8)
MOST = rule(high=0.2)


def given_for(one: GateRule, value: float) -> Waiver:
    """A waiver as it is given for a gate that stands at a value."""
    gates = judge(one, fact(value=value))
    return replace(waiver(), covers=covers(gates, "held"))


def test_a_worse_value_than_the_one_waived_is_not_covered() -> None:
    gate = held(LEAST, fact(value=0.66), waivers=[given_for(LEAST, 0.71)])
    assert (gate.status, gate.blocks) == ("FAIL", True)
    assert gate.sentence.endswith("Waived by ann for 0.710; now 0.660: the waiver does not cover it.")
    better = held(LEAST, fact(value=0.75), waivers=[given_for(LEAST, 0.71)])
    assert better.status == "WAIVED"
    assert "waived by ann for 0.710 until" in better.sentence


@given(st.floats(0.01, 0.79), st.floats(-0.5, 0.5), st.booleans())
def test_the_reach_is_a_tenth_of_the_distance_to_the_limit(value: float, more: float, upper: bool) -> None:
    """On either side: mirrored, the same gate."""
    one, sign, edge = (MOST, -1.0, 0.2) if upper else (LEAST, 1.0, 0.8)
    at = edge - sign * (0.8 - value)
    now = at - sign * (0.8 - value) * more
    gate = held(one, fact(value=now), waivers=[given_for(one, at)])
    if abs(more - 0.1) > 1e-6:
        assert gate.status == ("WAIVED" if more < 0.1 else "FAIL")


def test_what_failed_on_one_side_is_not_covered_on_the_other() -> None:
    both = rule(low=0.2, high=0.8)
    assert held(both, fact(value=0.9), waivers=[given_for(both, 0.1)]).status == "FAIL"
    assert held(both, fact(value=0.1), waivers=[given_for(both, 0.9)]).status == "FAIL"


def test_the_end_that_is_held_to_the_limit_is_what_is_covered() -> None:
    one = rule(low=0.8, bound=Bound.LOWER)
    stood = replace(waiver(), covers=covers(judge(one, fact(value=0.85, low=0.7, high=1.0)), "held"))
    assert stood.covers[0].held == 0.7
    assert held(one, fact(value=0.9, low=0.72, high=1.0), waivers=[stood]).status == "WAIVED"
    assert held(one, fact(value=0.99, low=0.6, high=1.0), waivers=[stood]).status == "FAIL"


def test_who_stood_for_a_missing_fact_stood_for_no_failure_and_the_other_way_round() -> None:
    missing = waiver(given=None)
    assert held(LEAST, waivers=[missing]).status == "WAIVED"
    failed = held(LEAST, fact(value=0.4), waivers=[missing])
    assert (failed.status, failed.blocks) == ("FAIL", True)
    assert "Waived by ann for want of its fact; now 0.400: the waiver does not cover it." in failed.sentence
    gone = held(LEAST, waivers=[given_for(LEAST, 0.71)])
    assert (gone.status, gone.blocks) == ("UNKNOWN", True)
    assert "now not known: the waiver does not cover it." in gone.sentence


def test_a_waiver_of_before_values_were_kept_covers_nothing() -> None:
    gate = held(LEAST, fact(value=0.71), waivers=[replace(waiver(), covers=())])
    assert gate.blocks
    assert "Waived by ann for what was seen then; now 0.710" in gate.sentence


def test_each_attribute_is_stood_for_by_itself() -> None:
    one, of = rule("demographic_parity_ratio", low=0.8), spec(sensitive=("sex", "age"))

    def facts(sex: float, age: float | None) -> list:
        found = [fact("demographic_parity_ratio", sex, feature="sex")]
        more = [] if age is None else [fact("demographic_parity_ratio", age, feature="age")]
        return [*found, *more]

    stood = replace(waiver(), covers=covers(judge(one, *facts(0.7, None), spec=of), "held"))
    assert stood.covers == (
        Covered(feature="sex", held=0.7, reach=pytest.approx(0.69)),
        Covered(feature="age", held=None, reach=None),
    )
    status = [gate.status for gate in judge(one, *facts(0.7, None), spec=of, waivers=[stood])]
    assert status == ["WAIVED", "WAIVED"]
    status = [gate.status for gate in judge(one, *facts(0.7, 0.7), spec=of, waivers=[stood])]
    assert status == ["WAIVED", "FAIL"]


def test_an_age_is_the_same_evidence_a_day_later() -> None:
    one = rule("evidence_age", high=7)
    stood = given_for(one, 8.0)
    stood = replace(stood, covers=covers(judge(one, fact("evidence_age", 8.0)), "held"))
    later = NOW + timedelta(days=2)
    assert held(one, fact("evidence_age", 10.0), waivers=[stood], now=later).status == "WAIVED"
    assert held(one, fact("evidence_age", 30.0), waivers=[stood], now=later).status == "FAIL"


def test_of_several_waivers_one_that_covers_is_enough() -> None:
    two = [given_for(LEAST, 0.6), waiver(given=None)]
    assert held(LEAST, fact(value=0.61), waivers=two).status == "WAIVED"


def test_what_does_not_count_is_told() -> None:
    open_gate = Gate(rule="held", status="FAIL", sentence="It fails.", blocks=True)
    (told,) = not_counted([waiver()], [open_gate], "who asked: it does not count")
    assert told.sentence == "It fails. Waived by ann, who asked: it does not count."
    passed = replace(open_gate, blocks=False)
    assert not_counted([waiver()], [passed], "x") == (passed,)

"""The gates of a policy document: what they ask, and every problem of a bad one at once."""

import pytest

from core.candidate import Baseline, Condition
from core.domain import Risk, Task
from core.errors import InvalidInput
from core.policy.gate_rules import Applies, Bound, Needs, OnUnknown, Waivable
from core.policy.policy_file import default_policy, load_policy

HEAD = "policy: mine\nextends: default\n"


def gates(text: str, risk: Risk = Risk.MEDIUM):
    return {one.id: one for one in load_policy(HEAD + text, "mine.yaml", risk=risk).gates}


def problems(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as raised:
        gates(text)
    found: dict[str, str] = {}
    for one in raised.value.problems:
        found[one.field] = f"{found.get(one.field, '')} {one.message}; {one.remedy}"
    return found


def test_every_word_of_a_gate_is_read() -> None:
    found = gates(
        """
gates:
  mine:
    metric: {binary: roc_auc, regression: mae}
    baseline: clean
    condition: noise
    min: -1
    max: 2
    bound: upper
    min_n: 50
    applies_when: {task: [binary], risk: [high, low], has: [labels, no_champion]}
    on_unknown: pass
    waiver: {of: unknown, max_days: 3}
"""
    )["mine"]
    assert found.metric == {Task.BINARY: "roc_auc", Task.REGRESSION: "mae"}
    assert (found.baseline, found.condition) == (Baseline.CLEAN, Condition.NOISE)
    assert (found.low, found.high, found.max_drop, found.bound, found.min_n) == (-1, 2, None, Bound.UPPER, 50)
    assert found.applies == Applies(
        tasks=(Task.BINARY,), risks=(Risk.HIGH, Risk.LOW), has=(Needs.LABELS, Needs.NO_CHAMPION)
    )
    assert (found.on_unknown, found.waivable, found.max_waiver_days) == (OnUnknown.PASS, Waivable.UNKNOWN, 3)


def test_what_is_not_said_of_a_gate_is_the_strict_thing() -> None:
    found = gates("gates: {mine: {metric: accuracy, min: 0.5}}")["mine"]
    assert found.metric == dict.fromkeys(Task, "accuracy")
    assert (found.on_unknown, found.applies, found.min_n) == (OnUnknown.BLOCK, Applies(), 0)
    assert (found.baseline, found.condition, found.bound) == (
        Baseline.NONE,
        Condition.AS_LOGGED,
        Bound.POINT,
    )
    assert (found.waivable, found.max_waiver_days) == (Waivable.ANY, 30)


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        """
gates:
  no_limit: {metric: accuracy}
  crossed: {metric: accuracy, min: 2, max: 1}
  falling: {metric: accuracy, max_drop: 0.1}
  negative: {metric: accuracy, baseline: champion, max_drop: -0.1}
  both_sides: {metric: bias, baseline: champion, max_drop: 0.1}
  spoilt: {metric: accuracy, baseline: clean, max_drop: 0.1}
  answered: {metric: loads, min: 1, bound: lower}
  unheard: {metric: {binary: roc_au}, min: 0.5}
  nobody: {metric: {}, min: 0.5}
  task: {metric: {ranking: roc_auc, binary: roc_auc}, min: 0.5}
  words: {metric: accuracy, min: 0.5, bound: sideways, on_unknown: maybe, baseline: best, condition: wet}
  numbers: {metric: accuracy, min: .nan, min_n: -1, waiver: {of: everything, max_days: -1, by: ann}}
  needs: {metric: accuracy, min: 0.5, applies_when: {has: [luck], task: [binary], when: noon}}
  typo: {metric: accuracy, minn: 0.5, min: 0.5}
  empty: {min: 0.5}
  text: yes please
"""
    )
    expected = {
        "gates.no_limit": "has no limit",
        "gates.crossed.min": "2 lies above max 1",
        "gates.falling.max_drop": "needs something to drop from",
        "gates.negative.max_drop": "at least 0",
        "gates.both_sides.max_drop": "harm on both sides",
        "gates.spoilt.baseline": "clean asks for a condition",
        "gates.answered.bound": "a yes or no has no interval",
        "gates.unheard.metric.metric": "'roc_au' is neither a metric nor a fact",
        "gates.nobody.metric": "names no task",
        "gates.task.metric.ranking": "is not a known setting",
        "gates.words.bound": "sideways",
        "gates.words.on_unknown": "maybe",
        "gates.words.baseline": "best",
        "gates.words.condition": "wet",
        "gates.numbers.min": "must be a number",
        "gates.numbers.min_n": "at least 0",
        "gates.numbers.waiver.of": "everything",
        "gates.numbers.waiver.max_days": "at least 0",
        "gates.numbers.waiver.by": "is not a known setting",
        "gates.needs.applies_when.has": "luck",
        "gates.needs.applies_when.when": "is not a known setting",
        "gates.typo.minn": "is not a known setting",
        "gates.empty.metric": "is missing",
        "gates.text": "must be a mapping",
    }
    said = {field: found.get(field, "") for field in expected}
    assert [field for field, text in expected.items() if text not in said[field]] == [], said


@pytest.mark.parametrize("risk", list(Risk))
def test_gates_are_the_same_in_every_tier(risk: Risk) -> None:
    assert gates("cooldown: 4", risk) == {one.id: one for one in default_policy(risk).gates}
    assert default_policy(risk).gates == default_policy(Risk.MEDIUM).gates


def test_one_gate_is_switched_off_and_the_others_stay() -> None:
    whole, without = gates("cooldown: 4"), gates("gates: {latency: false}")
    assert whole.keys() - without.keys() == {"latency"}
    assert without == {name: one for name, one in whole.items() if name != "latency"}


@pytest.mark.parametrize("text", ["gates: false"])
def test_all_gates_are_switched_off_by_name_only(text: str) -> None:
    assert gates(text) == {}


def test_a_document_of_its_own_without_gates_has_none() -> None:
    from core.policy.policy_file import DEFAULT_FILE

    whole = DEFAULT_FILE.read_text(encoding="utf-8")
    start, end = whole.index("\ngates:"), whole.index("\n# What each risk tier")
    assert load_policy(whole[:start] + whole[end:], "own.yaml").gates == ()


def test_what_differs_is_laid_over_the_default() -> None:
    before, after = gates("cooldown: 4"), gates("gates: {ranking_kept: {max_drop: 0.01, bound: point}}")
    assert (after["ranking_kept"].max_drop, after["ranking_kept"].bound) == (0.01, Bound.POINT)
    assert after["ranking_kept"].metric == before["ranking_kept"].metric
    assert after["ranking_kept"].min_n == 200
    assert {name: one for name, one in after.items() if name != "ranking_kept"} == {
        name: one for name, one in before.items() if name != "ranking_kept"
    }


def test_only_what_nobody_can_answer_for_is_beyond_waivers_in_the_default() -> None:
    never = {one.id for one in default_policy(Risk.MEDIUM).gates if one.waivable is Waivable.NEVER}
    assert never == {"loads", "files"}
    assert all(one.on_unknown is OnUnknown.BLOCK for one in default_policy(Risk.MEDIUM).gates)


def test_gates_are_part_of_the_digest() -> None:
    def digest(text: str) -> str:
        return load_policy(HEAD + text, "mine.yaml").digest

    assert digest("gates: {latency: {max: 250}}") == digest("")
    assert digest("gates: {latency: {max: 251}}") != digest("")

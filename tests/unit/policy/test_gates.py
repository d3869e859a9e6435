"""Facts held to gates: every limit, every reason why a fact is none, waivers, and what is said."""

from dataclasses import replace
from itertools import product
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.candidate import NOT_VALIDATED, Baseline, Condition, Fact, Findings, Standing
from core.domain import Risk, Task
from core.errors import Conflict, InvalidInput, NotFound
from core.policy.gate_rules import Applies, Bound, Needs, OnUnknown, Waivable
from core.policy.gates import check_waiver
from core.policy.policy_file import default_policy
from tests.unit.policy.made_facts import NOW, fact, held, judge, passing, rule, spec, waiver

CHAMPION = Baseline.CHAMPION
DEFAULT = default_policy(Risk.MEDIUM).gates

# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("bound", "low", "high", "status"),
    [
        # Held to at least 0.5: the worse end is the lower one.
        (Bound.POINT, 0.4, 0.7, "PASS"),
        (Bound.LOWER, 0.5, 0.7, "PASS"),
        (Bound.LOWER, 0.499, 0.7, "FAIL"),
        (Bound.UPPER, 0.4, 0.7, "PASS"),
    ],
)
def test_a_least_value(bound: Bound, low: float, high: float, status: str) -> None:
    gate = held(rule(low=0.5, bound=bound), fact(value=0.6, low=low, high=high))
    assert (gate.status, gate.blocks, gate.limit_low, gate.limit_high) == (
        status,
        status == "FAIL",
        0.5,
        None,
    )


@pytest.mark.parametrize(
    ("bound", "value", "low", "high", "status"),
    [
        (Bound.POINT, 0.4, 0.3, 0.6, "PASS"),
        (Bound.POINT, 0.51, 0.3, 0.6, "FAIL"),
        (Bound.LOWER, 0.4, 0.3, 0.5, "PASS"),
        (Bound.LOWER, 0.4, 0.3, 0.501, "FAIL"),
        (Bound.UPPER, 0.6, 0.499, 0.7, "PASS"),
        (Bound.UPPER, 0.6, 0.501, 0.7, "FAIL"),
    ],
)
def test_a_greatest_value(bound: Bound, value: float, low: float, high: float, status: str) -> None:
    assert held(rule(high=0.5, bound=bound), fact(value=value, low=low, high=high)).status == status


@pytest.mark.parametrize("bound", [Bound.LOWER, Bound.UPPER])
def test_only_the_worse_end_beyond_fails_lower_and_only_both_ends_beyond_fail_upper(bound: Bound) -> None:
    """Three intervals: within, across and beyond a least value of 0.5."""
    ends = [(0.55, 0.65), (0.45, 0.55), (0.35, 0.45)]
    found = [
        held(rule(low=0.5, bound=bound), fact(value=sum(pair) / 2, low=pair[0], high=pair[1])).status
        for pair in ends
    ]
    assert found == (["PASS", "FAIL", "FAIL"] if bound is Bound.LOWER else ["PASS", "PASS", "FAIL"])


def test_the_limit_itself_passes() -> None:
    assert held(rule(low=0.5), fact(value=0.5)).status == "PASS"
    assert held(rule(high=0.5), fact(value=0.5)).status == "PASS"
    assert held(rule(low=0.5), fact(value=0.5 - 1e-9)).status == "FAIL"
    assert held(rule(high=0.5), fact(value=0.5 + 1e-9)).status == "FAIL"


@pytest.mark.parametrize(("value", "sign"), [(0.1, "<"), (0.9, ">")])
def test_of_two_limits_the_one_that_is_broken_is_told(value: float, sign: str) -> None:
    gate = held(rule(low=0.2, high=0.8), fact(value=value))
    assert gate.status == "FAIL"
    assert f"{value:.3f} {sign} " in gate.sentence


@pytest.mark.parametrize(
    ("metric", "worse", "better"),
    [("roc_auc", -0.03, 0.03), ("accuracy", -0.03, 0.03), ("brier", 0.03, -0.03), ("log_loss", 0.03, -0.03),
     ("calibration_error", 0.03, -0.03), ("demographic_parity_ratio", -0.03, 0.03)],
)  # fmt: skip
def test_a_drop_is_on_the_side_where_the_metric_does_harm(metric: str, worse: float, better: float) -> None:
    one = rule(metric, baseline=CHAMPION, max_drop=0.02)
    feature = "sex" if metric == "demographic_parity_ratio" else None
    found = [
        held(one, fact(metric, value, baseline=CHAMPION, beside=0.8, feature=feature)).status
        for value in (worse, better, worse / 2)
    ]
    assert found == ["FAIL", "PASS", "PASS"]


@pytest.mark.parametrize("metric", ["mae", "rmse"])
@pytest.mark.parametrize(("value", "status"), [(5.0, "PASS"), (5.001, "FAIL"), (-50.0, "PASS")])
def test_a_drop_of_an_error_is_a_share_of_the_baselines(metric: str, value: float, status: str) -> None:
    one = rule(metric, baseline=CHAMPION, max_drop=0.05)
    of = spec(Task.REGRESSION, scores=False, sensitive=())
    gate = held(one, fact(metric, value, baseline=CHAMPION, beside=100.0), spec=of)
    assert (gate.status, gate.limit_high) == (status, 5.0)


@pytest.mark.parametrize("beside", [None, 0.0, nan, inf])
def test_without_a_baselines_value_there_is_no_share_of_it(beside: float | None) -> None:
    one = rule("mae", baseline=CHAMPION, max_drop=0.05)
    of = spec(Task.REGRESSION, scores=False, sensitive=())
    gate = held(one, fact("mae", 0.0, baseline=CHAMPION, beside=beside), spec=of)
    assert (gate.status, gate.blocks) == ("UNKNOWN", True)
    assert "no value of the baseline to take a share of" in gate.sentence


def test_a_drop_and_a_limit_together_are_the_tighter_of_both() -> None:
    loose = rule("roc_auc", baseline=CHAMPION, max_drop=0.05, low=-0.01)
    assert held(loose, fact("roc_auc", -0.02, baseline=CHAMPION)).limit_low == -0.01
    tight = rule("brier", baseline=CHAMPION, max_drop=0.01, high=0.05)
    assert held(tight, fact("brier", 0.02, baseline=CHAMPION)).limit_high == 0.01


# ---------------------------------------------------------------- what is no fact


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"value": None}, "it raises ValueError"),
        ({"value": None, "reason": None}, "there is no value"),
        ({"value": nan}, "it is not a number"),
        ({"value": inf}, "it is not a number"),
        ({"value": -inf}, "it is not a number"),
        ({"n": 199}, "n = 199, 200 needed"),
        ({"low": None}, "it has no interval"),
        ({"high": None}, "it has no interval"),
        ({"low": nan}, "it has no interval"),
        ({"high": inf}, "it has no interval"),
    ],
)
@pytest.mark.parametrize("on_unknown", list(OnUnknown))
def test_what_is_no_fact_is_unknown_and_says_why(found: dict, said: str, on_unknown: OnUnknown) -> None:
    one = rule(low=0.5, bound=Bound.LOWER, min_n=200, on_unknown=on_unknown)
    gate = held(one, fact(**{"value": 0.9, "low": 0.8, "high": 1.0, **found}))
    assert (gate.status, gate.value) == ("UNKNOWN", None)
    assert gate.blocks is (on_unknown is OnUnknown.BLOCK)
    assert said in gate.sentence
    assert gate.sentence.endswith(": blocks." if gate.blocks else ": the policy lets it pass.")


def test_an_interval_is_asked_for_only_where_its_end_is_held_to_the_limit() -> None:
    assert held(rule(low=0.5), fact(value=0.9)).status == "PASS"
    assert held(rule(low=0.5, bound=Bound.UPPER), fact(value=0.9)).status == "UNKNOWN"


@pytest.mark.parametrize(
    "other",
    [
        fact("roc_auc", 0.9),
        fact(value=0.9, baseline=Baseline.NONE),
        fact(value=0.9, baseline=Baseline.CLEAN, condition=Condition.MISSING_VALUES),
    ],
)
def test_another_fact_is_not_the_one_that_is_meant(other: Fact) -> None:
    one = rule(baseline=Baseline.CLEAN, condition=Condition.NOISE, low=0.5)
    gate = held(one, other)
    assert (gate.status, gate.blocks) == ("UNKNOWN", True)
    assert "was not validated" in gate.sentence


def test_a_gap_between_groups_is_asked_of_every_sensitive_column() -> None:
    """A validation that knows nothing of one of them must not pass on the strength of the other."""
    one = rule("demographic_parity_ratio", low=0.8)
    of = spec(sensitive=("sex", "age_band"))
    gates = judge(one, fact("demographic_parity_ratio", 0.95, feature="sex"), spec=of)
    assert [(gate.status, gate.blocks) for gate in gates] == [("PASS", False), ("UNKNOWN", True)]
    assert "by age_band" in gates[1].sentence
    neither = judge(one, fact("demographic_parity_ratio", 0.95), spec=spec(sensitive=()))
    assert [gate.status for gate in neither] == ["PASS"]


# ---------------------------------------------------------------- whom a gate concerns


@pytest.mark.parametrize("need", list(Needs))
def test_a_gate_concerns_models_that_have_what_it_needs(need: Needs) -> None:
    one = rule(low=0.5, applies=Applies(has=(need,)))
    bare = spec(labels=False, scores=False, sensitive=())
    has = {
        Needs.LABELS: replace(bare, columns=spec().columns),
        Needs.SCORES: spec(labels=False, sensitive=()),
        Needs.SENSITIVE: replace(bare, sensitive=("sex",)),
    }
    if need in has:
        assert judge(one, spec=has[need])
        assert not judge(one, spec=bare)
    else:
        with_champion = judge(one, champion="1"), judge(one, champion=None)
        assert [bool(found) for found in with_champion] == (
            [True, False] if need is Needs.CHAMPION else [False, True]
        )


def test_a_gate_concerns_its_tasks_and_risks_and_a_comparison_needs_a_champion() -> None:
    of_tasks = rule(low=0.5, applies=Applies(tasks=(Task.REGRESSION,)))
    assert not judge(of_tasks)
    assert judge(of_tasks, spec=spec(Task.REGRESSION, scores=False, sensitive=()))
    of_risks = rule(low=0.5, applies=Applies(risks=(Risk.HIGH,)))
    assert not judge(of_risks)
    assert judge(of_risks, spec=spec(risk=Risk.HIGH))
    assert not judge(rule(metric="accuracy", baseline=CHAMPION, low=0.5), champion=None)
    assert not judge(replace(rule(low=0.5), metric={Task.REGRESSION: "mae"}))


ALL_MODELS = [
    pytest.param(
        spec(task, labels=labels, scores=scores, sensitive=("sex",) if sensitive else ()),
        champion,
        id=f"{task}-{labels:d}{scores:d}{sensitive:d}-{champion}",
    )
    for task, labels, scores, sensitive, champion in product(
        Task, (True, False), (True, False), (True, False), ("1", None)
    )
]


def concerned(of, champion) -> set[str]:
    """The default policy's gates for a model, as its document reads aloud."""
    found = {"loads", "files", "inputs", "evidence_age", "latency", "size"}
    binary, labels, scores = of.task is Task.BINARY, of.columns.label, bool(of.columns.scores)
    if labels:
        found |= {"data_age", "noise", "missing_values"}
        if champion:
            found |= {"error_kept"} if of.task is Task.REGRESSION else {"accuracy_kept"}
    if labels and scores and binary:
        found |= {"ranking"} | ({"ranking_kept", "calibration_kept"} if champion else set())
    if of.sensitive and binary:
        found |= {"parity_kept"} if champion else {"parity"}
    return found


@pytest.mark.parametrize(("of", "champion"), ALL_MODELS)
def test_the_default_policy_asks_what_it_says_and_nothing_passes_without_its_fact(of, champion) -> None:
    assert {gate.rule for gate in judge(*DEFAULT, spec=of, champion=champion)} == concerned(of, champion)
    facts = [found for one in DEFAULT if of.task in one.metric for found in passing(one, of)]
    whole = judge(*DEFAULT, *facts, spec=of, champion=champion)
    assert {gate.status for gate in whole} == {"PASS"}
    for gone in facts:
        left = [one for one in facts if one is not gone]
        gates = judge(*DEFAULT, *left, spec=of, champion=champion)
        lost = {one.id for one in DEFAULT if of.task in one.metric and gone in passing(one, of)}
        blocked = {gate.rule for gate in gates if gate.blocks}
        assert blocked == lost & concerned(of, champion)
        assert all(gate.status == "UNKNOWN" for gate in gates if gate.blocks)


BINARY = spec(sensitive=("sex", "age_band"))
FACTS = [found for one in DEFAULT for found in (passing(one, BINARY) if Task.BINARY in one.metric else [])]
SPOILT = st.sampled_from(["whole", "gone", "nan", "infinite", "no rows", "none"])


@given(st.lists(SPOILT, min_size=len(FACTS), max_size=len(FACTS)), st.sampled_from(["1", None]))
def test_no_gate_passes_whose_fact_is_gone(how: list[str], champion: str | None) -> None:
    changes = {"nan": {"value": nan}, "infinite": {"value": inf}, "none": {"value": None}, "whole": {}}
    facts = [
        replace(one, **changes[spoilt]) for one, spoilt in zip(FACTS, how, strict=True) if spoilt in changes
    ]
    gates = judge(*DEFAULT, *facts, spec=BINARY, champion=champion)
    whole = {
        one.id
        for one in DEFAULT
        if Task.BINARY in one.metric and all(found in facts for found in passing(one, BINARY))
    }
    by_rule = {one: [gate for gate in gates if gate.rule == one] for one in {gate.rule for gate in gates}}
    for name, of_rule in by_rule.items():
        assert any(gate.blocks for gate in of_rule) is (name not in whole)
        assert all(gate.status in {"PASS", "UNKNOWN"} for gate in of_rule)
    assert standing(gates).passes is set(by_rule).issubset(whole)


def standing(gates) -> Standing:
    return Standing(model="loans", version="2", champion="1", policy="p", policy_digest="d", gates=gates)


def test_a_standing_without_findings_says_that_it_is_not_validated() -> None:
    found = standing(judge(*DEFAULT))
    assert not found.passes
    n = len(found.gates)
    assert found.sentence == f"loans 2 is not validated: {n} of {n} gates block."
    assert found.evidence == {"validation": NOT_VALIDATED, "policy digest": "d"}


# ---------------------------------------------------------------- waivers


@pytest.mark.parametrize(
    ("waivable", "of_fail", "of_unknown"),
    [
        (Waivable.ANY, "WAIVED", "WAIVED"),
        (Waivable.UNKNOWN, "FAIL", "WAIVED"),
        (Waivable.NEVER, "FAIL", "UNKNOWN"),
    ],
)
def test_what_a_waiver_covers_is_the_policys_affair(
    waivable: Waivable, of_fail: str, of_unknown: str
) -> None:
    one = rule(low=0.5, waivable=waivable)
    for found, stood, seen, status in (
        ((fact(value=0.4),), 0.4, " for 0.400", of_fail),
        ((), None, "", of_unknown),
    ):
        gate = held(one, *found, waivers=[waiver(given=stood)])
        assert (gate.status, gate.blocks) == (status, status != "WAIVED")
        said = f"waived by ann{seen} until 08 Nov 2026: labels come on Monday"
        assert (said in gate.sentence) is not gate.blocks, gate.sentence


@pytest.mark.parametrize(
    "other",
    [waiver("another"), waiver(days=-1), waiver(days=0)],
    ids=["of another gate", "ended", "ends now"],
)
def test_a_waiver_that_ended_or_is_of_another_gate_covers_nothing(other) -> None:
    assert held(rule(low=0.5), fact(value=0.4), waivers=[other]).status == "FAIL"


def test_a_gate_that_passes_stays_so_beside_a_waiver() -> None:
    gate = held(rule(low=0.5), fact(value=0.6), waivers=[waiver()])
    assert (gate.status, "waived" in gate.sentence) == ("PASS", False)
    let = held(rule(low=0.5, on_unknown=OnUnknown.PASS), waivers=[waiver()])
    assert let.status == "UNKNOWN"


@pytest.mark.parametrize(
    ("one", "facts", "given_waiver", "error", "said"),
    [
        (rule(low=0.5), [fact(value=0.4)], waiver("nowhere"), NotFound, "nowhere"),
        (rule(low=0.5), [fact(value=0.4)], replace(waiver(), reason="  "), InvalidInput, "is empty"),
        (rule(low=0.5), [fact(value=0.4)], waiver(days=31), InvalidInput, "within 30 days"),
        (rule(low=0.5), [fact(value=0.4)], waiver(days=0), InvalidInput, "within 30 days"),
        (rule(low=0.5, waivable=Waivable.NEVER), [fact(value=0.4)], waiver(), Conflict, "nobody may stand"),
        (rule(low=0.5, waivable=Waivable.UNKNOWN), [fact(value=0.4)], waiver(), Conflict, "only where its"),
        (rule(low=0.5), [fact(value=0.6)], waiver(), Conflict, "does not stand in the way"),
    ],
)  # fmt: skip
def test_a_waiver_that_the_policy_does_not_allow_is_refused(one, facts, given_waiver, error, said) -> None:
    gates = judge(one, *facts)
    with pytest.raises(error) as raised:
        check_waiver([one], gates, given_waiver)
    problems = getattr(raised.value, "problems", ())
    assert said in " ".join([raised.value.message, *map(str, problems)])


def test_a_waiver_that_the_policy_allows_is_not_refused() -> None:
    for one, facts in (
        (rule(low=0.5, max_waiver_days=7.0), [fact(value=0.4)]),
        (rule(low=0.5, waivable=Waivable.UNKNOWN), []),
    ):
        check_waiver([one], judge(one, *facts), waiver())


def test_now_is_what_a_waiver_is_held_to() -> None:
    long = waiver(days=7)
    found = [held(rule(low=0.5), fact(value=0.4), waivers=[long], now=at).blocks for at in (NOW, long.until)]
    assert found == [False, True]


def test_a_version_without_rows_to_score_says_why() -> None:
    why = "there are no labelled rows later than its training data"
    found = Findings(
        model="loans", version="2", against="1", made_at=NOW, n_rows=0, rows_of="current", digest="d",
        why_no_rows=why,
    )  # fmt: skip
    gates = judge(rule(low=0.5))
    standing = Standing(
        model="loans", version="2", champion="1", policy="p", policy_digest="d", gates=gates, findings=found
    )
    assert standing.sentence == f"loans 2 could not be scored: {why}; 1 of 1 gates block."

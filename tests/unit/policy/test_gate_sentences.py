"""How a gate reads aloud: value, limit, gap, or why nothing is known."""

import pytest

from core.candidate import Baseline, Condition
from core.policy.gate_rules import Bound
from tests.unit.policy.made_facts import fact, held, rule

CHAMPION = Baseline.CHAMPION


@pytest.mark.parametrize(
    ("one", "found", "sentence"),
    [
        (
            rule("roc_auc", low=0.5, bound=Bound.LOWER),
            fact("roc_auc", 0.61, low=0.52, high=0.7),
            "ROC AUC 0.610, at worst 0.520 (95 %) ≥ 0.500 (n = 1,000): passes with 0.020 to spare.",
        ),
        (
            rule("roc_auc", baseline=CHAMPION, max_drop=0.02, bound=Bound.LOWER),
            fact("roc_auc", -0.01, baseline=CHAMPION, low=-0.03, high=0.01, beside=0.8, n=0),
            "ROC AUC less the champion's 0.800: −0.010, at worst −0.030 (95 %) < −0.020: fails by 0.010.",
        ),
        (
            rule("demographic_parity_ratio", low=0.8, bound=Bound.UPPER),
            fact("demographic_parity_ratio", 0.7, low=0.6, high=0.79, feature="sex", n=9),
            "Demographic parity ratio by sex 0.700, at best 0.790 (95 %) < 0.800 (n = 9): fails by 0.010.",
        ),
        (
            rule(baseline=Baseline.CLEAN, condition=Condition.NOISE, max_drop=0.1),
            fact(value=-0.15, baseline=Baseline.CLEAN, condition=Condition.NOISE, beside=0.9, n=0),
            "Accuracy under noise less its own on rows as logged 0.900: −0.150 < −0.100: fails by 0.050.",
        ),
        (
            rule("latency_p95", high=250.0),
            fact("latency_p95", 300.0, n=200),
            "Latency of one row, p95 300.0 ms > 250.0 ms (n = 200): fails by 50.0 ms.",
        ),
        (
            rule("loads", low=1.0),
            fact("loads", 0.0, note="it raises ValueError: no"),
            "Loads: it raises ValueError: no: fails.",
        ),
        (rule("loads", low=1.0), fact("loads", 1.0), "Loads: yes: passes."),
        (
            rule("evidence_age", high=7.0),
            fact("evidence_age", 9.5, n=0),
            "Age of the validation 9.5 days > 7.0 days: fails by 2.5 days.",
        ),
        (
            rule(baseline=Baseline.CLEAN, condition=Condition.MISSING_VALUES, max_drop=0.1),
            fact(value=None, baseline=Baseline.CLEAN, condition=Condition.MISSING_VALUES, reason="why"),
            "Accuracy with values missing less its own on rows as logged is not known: why: blocks.",
        ),
    ],
)  # fmt: skip
def test_a_sentence_tells_value_limit_and_gap(one, found, sentence: str) -> None:
    assert held(one, found).sentence == sentence

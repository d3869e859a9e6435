"""Policy documents: what is read, what is refused, and that all problems come at once."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Risk, Severity
from core.errors import InvalidInput
from core.policy.policy_file import DEFAULT_FILE, LARGEST_DOCUMENT, default_policy, load_policy
from core.policy.rules import BandRule, DriftRule, Persistence

DEFAULT = DEFAULT_FILE.read_text(encoding="utf-8")


def problems(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        load_policy(text, "mine.yaml")
    return {one.field: f"{one.message} ({one.remedy})" for one in caught.value.problems}


def test_the_default_policy_is_what_the_reader_of_all_others_reads_in_its_file() -> None:
    for risk in Risk:
        text = DEFAULT_FILE.read_text(encoding="utf-8")
        assert load_policy(text, DEFAULT_FILE.name, risk=risk) == default_policy(risk)


def test_the_default_policy_says_what_the_documentation_says() -> None:
    policy = default_policy(Risk.MEDIUM)
    drift, performance = policy.rule("drift"), policy.rule("performance")
    assert isinstance(drift, DriftRule)
    assert isinstance(performance, BandRule)
    assert (drift.min_rows, drift.tested_up_to) == (50, 500)
    assert (drift.psi.warn, drift.psi.fail, drift.p.warn, drift.p.fail) == (0.1, 0.2, 0.05, 0.01)
    assert (drift.beyond.sds, drift.beyond.min_windows, drift.beyond.confidence) == (3, 6, 0.997)
    assert (performance.warn_margin, performance.min_coverage) == (0.02, 0.8)
    assert drift.persistence == Persistence(fails=2, windows=3)
    for at_once in ("no_traffic", "all_missing"):
        rule = policy.rule(at_once)
        assert rule is not None
        assert rule.persistence == Persistence(fails=1, windows=1)


def test_severity_depends_on_the_risk_tier_and_drift_never_is_critical() -> None:
    severities = {(risk, rule.id): rule.severity for risk in Risk for rule in default_policy(risk).rules}
    for rule in ("performance", "parity", "group_errors", "all_missing", "no_traffic"):
        assert severities[Risk.HIGH, rule] is Severity.CRITICAL
        assert severities[Risk.MEDIUM, rule] is Severity.WARNING
    assert {severities[risk, "drift"] for risk in Risk} == {Severity.WARNING}


def test_all_tiers_show_one_digest_and_every_change_another() -> None:
    digests = {default_policy(risk).digest for risk in Risk}
    assert len(digests) == 1
    assert load_policy(DEFAULT, "again").digest in digests
    assert load_policy(f"# a comment\n{DEFAULT}", "again").digest in digests
    assert load_policy(DEFAULT.replace("cooldown: 3", "cooldown: 4"), "other").digest not in digests


def test_extending_changes_what_it_names_and_nothing_else() -> None:
    text = "{policy: mine, extends: default, rules: {drift: {psi: {fail: 0.25}}, parity: false}}"
    mine, default = load_policy(text, "mine"), default_policy(Risk.MEDIUM)
    drift = mine.rule("drift")
    assert isinstance(drift, DriftRule)
    assert (drift.psi.warn, drift.psi.fail) == (0.1, 0.25)
    assert {rule.id for rule in default.rules} - {rule.id for rule in mine.rules} == {"parity"}
    assert mine.name == "mine"


def test_a_tier_may_switch_a_rule_off() -> None:
    text = "{policy: mine, extends: default, tiers: {low: {parity: false}}}"
    assert load_policy(text, "mine", risk=Risk.LOW).rule("parity") is None
    assert load_policy(text, "mine", risk=Risk.HIGH).rule("parity") is not None


def test_all_problems_come_at_once_with_a_remedy() -> None:
    found = problems(
        """
policy: x
extends: default
colldown: 3
persistence: {fails: 4}
rules:
  drift: {psi: {warn: .3}, p: {wran: 1}, roles: [features], min_rows: 1.5}
  latency: {kind: limt}
  performance: {min_coverage: 2, metrics: {binary: roc_auc}}
  quality: {counts_with: qualitty}
  parity: false
  mine: {kind: limit, role: performance, metrics: [f1], fail: {low: 2, high: 1}, severity: bad}
tiers: {high: {driff: {}, quality: {margin: {fail: nope}}}, hgh: {}}
"""
    )
    assert set(found) == {
        "colldown",
        "persistence.fails",
        "rules.drift.psi",
        "rules.drift.p.wran",
        "rules.drift.roles",
        "rules.drift.min_rows",
        "rules.latency.kind",
        "rules.performance.min_coverage",
        "rules.performance.metrics.binary",
        "rules.quality.counts_with",
        "rules.mine.fail",
        "rules.mine.severity",
        "rules.mine.min_rows",
        "tiers.high.driff",
        "tiers.high.quality.margin.fail",
        "tiers.hgh",
    }
    assert "did you mean 'cooldown'?" in found["colldown"]
    assert "did you mean 'drift'?" in found["tiers.high.driff"]
    assert "between 0 and 1" in found["rules.performance.min_coverage"]


def test_what_is_missing_is_named() -> None:
    assert {"policy", "persistence", "cooldown", "same_start", "rules", "tiers"} <= set(problems("{}"))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("- a list", "policy"),
        ("", "policy"),
        ("a: [unclosed", "line 1"),
        ("a: 1\nb: 2\na: 3", "line 3"),
        ("a: &x 1\nb: *x", "policy"),
        ("a: !!python/object:os.system {}", "line 1"),
        ("{policy: x, extends: other}", "extends"),
        ("x" * (LARGEST_DOCUMENT + 1), "policy"),
        ("[" * 20_000, "policy"),
        ("a: 2026-99-99", "policy"),
        ("? [1, 2]\n: 3", "line 1"),
        ("{policy: x, extends: default, cooldown: .nan}", "cooldown"),
        ("{policy: x, extends: default, cooldown: .inf}", "cooldown"),
        ("{policy: x, extends: default, rules: {drift: {min_rows: 2026-01-01}}}", "rules.drift.min_rows"),
        ("{policy: x, extends: default, rules: {3: {}}}", "rules"),
    ],
)
def test_malformed_documents_are_refused_with_a_place(text: str, field: str) -> None:
    assert field in problems(text)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    rule=st.sampled_from([rule.id for rule in default_policy(Risk.HIGH).rules]),
    setting=st.sampled_from(
        ["psi", "p", "beyond", "metrics", "severity", "persistence", "limits", "limit", "kind"]
    ),
    value=VALUES,
)
def test_no_value_of_any_setting_raises_anything_but_invalid_input(
    rule: str, setting: str, value: object
) -> None:
    import yaml

    text = yaml.safe_dump({"policy": "x", "extends": "default", "rules": {rule: {setting: value}}})
    with suppress(InvalidInput):
        assert load_policy(text, "mine").rules


def test_approvals_are_read_by_tier_and_silence_switches_nothing_off() -> None:
    asked = {risk: default_policy(risk).approvals.promote for risk in Risk}
    assert asked == {Risk.HIGH: 1, Risk.MEDIUM: 0, Risk.LOW: 0}
    silent = DEFAULT.partition("\n# Who must agree")[0]
    assert "approvals" not in silent
    assert load_policy(silent, "old", risk=Risk.HIGH).approvals == default_policy(Risk.HIGH).approvals
    mine = "{policy: mine, extends: default, approvals: {expire_after_h: 24, medium: {promote: 2}}}"
    medium, high = (load_policy(mine, "mine", risk=risk).approvals for risk in (Risk.MEDIUM, Risk.HIGH))
    assert (medium.promote, medium.expire_after_h, high.promote) == (2, 24, 1)


def test_wrong_approvals_are_named() -> None:
    text = "{policy: x, extends: default, approvals: {hihg: {}, high: {promot: 1, promote: -1}}}"
    found = problems(text)
    assert set(found) == {"approvals.hihg", "approvals.high.promot", "approvals.high.promote"}

"""Rates of unwanted things, features that vanish, parity ratios, traffic, fixed limits."""

import pytest

from core.domain import Band, Measurement, Risk, Role, Segment, Status, Verdict
from core.policy.judge import judge
from core.policy.policy_file import default_policy, load_policy
from core.spec import WindowRule
from tests.unit.policy.builders import context, measurement

S = Status
POLICY = default_policy(Risk.HIGH)


def only(measurements: list[Measurement], **given: object) -> Verdict:
    (verdict,) = judge(measurements, context(**given), POLICY)
    return verdict


def missing(value: float | None, **more: object) -> Measurement:
    return measurement("missing_rate", value, feature="lab", **more)


BEFORE = [missing(0.10, n=10_000)]


@pytest.mark.parametrize(
    ("value", "n", "status"),
    [
        (0.16, 5000, S.FAIL),
        (0.15, 5000, S.WARN),  # the margin must be exceeded
        (0.13, 5000, S.WARN),
        (0.11, 5000, S.PASS),
        (0.16, 60, S.PASS),  # far, but not sure
        (0.0, 5000, S.PASS),
        (0.9, 49, S.UNKNOWN),
    ],
)
def test_a_rate_needs_test_and_margin(value: float, n: int, status: Status) -> None:
    assert only([missing(value, n=n)], reference=BEFORE).status is status


def test_a_rate_must_exceed_what_the_reference_does_itself() -> None:
    band = {("missing_rate", Role.FEATURE, "lab", Segment()): Band(mean=0.1, sd=0.1, n_windows=8)}
    verdict = only([missing(0.35)], reference=BEFORE, bands=band)
    assert (verdict.status, verdict.limit.high) == (S.PASS, pytest.approx(0.4))
    assert only([missing(0.45)], reference=BEFORE, bands=band).status is S.FAIL


def test_rates_are_adjusted_over_the_columns() -> None:
    many = [measurement("missing_rate", 0.10, feature=f"x{i}", n=100) for i in range(9)]
    before = [measurement("missing_rate", 0.10, feature=f"x{i}", n=10_000) for i in range(9)]
    lab = missing(0.18, n=100)  # alone: p = .004
    alone = judge([lab], context(reference=BEFORE), POLICY)
    crowd = judge([lab, *many], context(reference=[*BEFORE, *before]), POLICY)
    assert (alone[0].status, crowd[0].status) == (S.FAIL, S.WARN)


def test_no_reference_rate_is_unknown() -> None:
    assert only([missing(0.5)]).reason == "no reference"


def test_a_feature_that_is_all_missing_fails_at_once() -> None:
    verdict = only([missing(1.0, n=8)], reference=BEFORE)
    assert (verdict.rule, verdict.status, verdict.reason) == ("all_missing", S.FAIL, "all missing")
    assert only([missing(1.0)], reference=BEFORE).rule == "all_missing"


def test_a_few_missing_rows_or_an_always_missing_feature_prove_nothing() -> None:
    assert only([missing(1.0, n=3)], reference=BEFORE).status is S.UNKNOWN
    assert only([missing(1.0)], reference=[missing(1.0, n=10_000)]).status is S.PASS


def test_request_errors() -> None:
    errors = measurement("error_rate", 0.09, Role.OPERATIONS)
    before = [measurement("error_rate", 0.01, Role.OPERATIONS)]
    assert only([errors], reference=before).status is S.FAIL


def rate(group: str, value: float, n: int) -> Measurement:
    segment = Segment.of({"age": group})
    return measurement("selection_rate", value, Role.FAIRNESS, segment=segment, n=n)


def parity(*groups: Measurement) -> list[Measurement]:
    """Rates of groups, and the ratio of the least to the greatest of them."""
    rates = [one.value for one in groups if one.value is not None]
    whole = sum(one.n for one in groups)
    one = measurement(
        "demographic_parity_ratio",
        min(rates) / max(rates),
        Role.FAIRNESS,
        feature="age",
        low=0.0,
        high=9.0,
        n=whole,
    )
    return [*groups, one]


@pytest.mark.parametrize(
    ("young", "n", "status"),
    [
        (0.36, 2000, S.FAIL),  # .72, .669 to .775
        (0.36, 500, S.WARN),  # .72, up to .833
        (0.43, 100, S.PASS),
        (0.40, 5000, S.PASS),  # .80 is inside
    ],
)
def test_parity_fails_only_with_its_whole_interval(young: float, n: int, status: Status) -> None:
    verdict = only(parity(rate("young", young, n), rate("old", 0.5, n)))
    assert verdict.status is status
    assert (verdict.limit.low, verdict.limit.high) == (0.8, 1.25)
    assert "not a legal verdict" in verdict.sentence


def test_more_groups_need_more_evidence() -> None:
    pair = [rate("young", 0.36, 1000), rate("old", 0.5, 1000)]
    others = [rate(f"g{i}", 0.45, 1000) for i in range(6)]
    assert only(parity(*pair)).status is S.FAIL
    assert only(parity(*pair, *others)).status is S.WARN


def test_small_groups_are_left_out_and_named() -> None:
    verdict = only(parity(rate("young", 0.36, 2000), rate("old", 0.5, 2000), rate("few", 0.9, 99)))
    assert verdict.status is S.FAIL
    assert "leaving out age = few" in verdict.sentence


def test_parity_that_only_small_groups_break_is_unknown() -> None:
    verdict = only(parity(rate("young", 0.5, 2000), rate("old", 0.5, 2000), rate("few", 0.1, 99)))
    assert (verdict.status, verdict.reason) == (S.UNKNOWN, "not enough data")
    assert "too few rows to judge have age = few" in verdict.sentence
    assert only(parity(rate("young", 0.3, 2000), rate("few", 0.9, 99))).status is S.UNKNOWN


def test_no_selection_at_all_has_no_ratio() -> None:
    one = measurement("demographic_parity_ratio", 1.0, Role.FAIRNESS, feature="age")
    assert only([rate("young", 0.0, 500), rate("old", 0.0, 500), one]).status is S.PASS


def rows(value: float, **more: object) -> Measurement:
    return measurement("row_count", value, Role.OPERATIONS, n=int(value), **more)


def test_a_closed_window_without_rows_fails() -> None:
    verdict = only([rows(0)])
    assert (verdict.status, verdict.reason, verdict.rule) == (S.FAIL, "no traffic", "no_traffic")


def test_an_open_window_is_unknown() -> None:
    verdict = only([rows(0, closed=False)])
    assert (verdict.status, verdict.reason) == (S.UNKNOWN, "window open")


def test_a_version_without_rows_is_no_fault_while_another_has_some() -> None:
    statuses = {v.status for v in judge([rows(0), rows(900, version="2")], context(), POLICY)}
    assert statuses == {S.PASS}


def test_little_traffic_warns_where_windows_go_by_time() -> None:
    band = {("row_count", Role.OPERATIONS, None, Segment()): Band(mean=1000, sd=50, n_windows=28)}
    assert only([rows(800)], bands=band).status is S.WARN
    assert only([rows(5000)], bands=band).status is S.PASS
    assert only([rows(800)], bands=band, window=WindowRule(rows=800)).status is S.PASS


LATENCY = """
policy: mine
extends: default
rules:
  latency:
    kind: limit
    role: operations
    metrics: [latency_p95]
    severity: warning
    min_rows: 20
    warn: {high: 100}
    fail: {high: 150}
"""


@pytest.mark.parametrize(
    ("value", "n", "status"), [(90, 50, S.PASS), (120, 50, S.WARN), (151, 50, S.FAIL), (999, 19, S.UNKNOWN)]
)
def test_latency_is_judged_only_by_a_limit_of_the_policy(value: float, n: int, status: Status) -> None:
    one = measurement("latency_p95", value, Role.OPERATIONS, n=n)
    assert judge([one], context(), POLICY) == []
    (verdict,) = judge([one], context(), load_policy(LATENCY, "mine"))
    assert verdict.status is status


def test_a_policy_may_judge_another_distance_too() -> None:
    text = (
        "{policy: mine, extends: default, rules: {js: {kind: limit, role: feature, severity: warning,"
        " metrics: [jensen_shannon], min_rows: 50, fail: {high: 0.1}}}}"
    )
    one = measurement("jensen_shannon", 0.3, feature="age")
    (verdict,) = judge([one], context(), load_policy(text, "mine"))
    assert (verdict.status, verdict.rule) == (S.FAIL, "js")

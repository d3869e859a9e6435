"""The drift rule to the letter: who decides, when, and beyond what."""

from math import exp, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import chdtrc
from scipy.stats import t

from core.domain import Band, Measurement, Risk, Role, Segment, Status, Verdict
from core.metrics.drift import ks_p_value
from core.policy.judge import judge
from core.policy.policy_file import default_policy
from tests.unit.policy.builders import column, context, facts, measurement

POLICY = default_policy(Risk.MEDIUM)
S = Status


def judged(measurements: list[Measurement], **given: object) -> list[Verdict]:
    return judge(measurements, context(**given), POLICY)


def only(measurements: list[Measurement], **given: object) -> Verdict:
    (verdict,) = judged(measurements, **given)
    return verdict


@pytest.mark.parametrize(("n", "metric"), [(50, "ks"), (500, "ks"), (501, "psi"), (5000, "psi")])
def test_the_smaller_sample_chooses_the_deciding_measure(n: int, metric: str) -> None:
    assert only(column(n=n)).measurement.metric == metric
    assert only(column(n=5_000_000, n_reference=n)).measurement.metric == metric


@pytest.mark.parametrize("n", [0, 1, 49])
def test_fewer_than_fifty_rows_are_unknown(n: int) -> None:
    verdict = only(column(n=n, ks=0.9, p=0.0, psi=5))
    assert (verdict.status, verdict.reason) == (S.UNKNOWN, "not enough data")
    assert f"n = {n}" in verdict.sentence


@pytest.mark.parametrize(
    ("p", "status"), [(0.5, S.PASS), (0.05, S.PASS), (0.049, S.WARN), (0.01, S.WARN), (0.0099, S.FAIL)]
)
def test_the_test_decides_small_samples(p: float, status: Status) -> None:
    assert only(column(n=200, p=p, psi=9.0)).status is status


@pytest.mark.parametrize(
    ("psi", "p", "status"),
    [
        (0.0999, 0.0, S.PASS),
        (0.1, 0.049, S.WARN),
        (0.1, 0.05, S.PASS),
        (0.19, 0.0, S.WARN),
        (0.2, 0.0099, S.FAIL),
        (0.2, 0.02, S.WARN),
        (5.0, 0.06, S.PASS),
    ],
)
def test_size_and_test_together_decide_large_samples(psi: float, p: float, status: Status) -> None:
    assert only(column(psi=psi, p=p)).status is status


def test_categories_are_judged_by_chi_squared() -> None:
    verdict = only(column(test="chi_squared", ks=30.0, n=300, p=1e-6))
    assert (verdict.measurement.metric, verdict.status) == ("chi_squared", S.FAIL)


def test_p_values_are_adjusted_over_the_columns_of_a_window_only() -> None:
    crowd = [one for i in range(9) for one in column(f"x{i}", n=200, p=0.9)]
    alone = column("age", n=200, p=0.004)
    elsewhere = column("age", n=200, p=0.004, index=1)
    statuses = {
        (v.measurement.feature, v.measurement.window.index): v.status
        for v in judged([*crowd, *alone, *elsewhere])
    }
    assert statuses["age", 0] is S.WARN  # .004 × 10 = .04
    assert statuses["age", 1] is S.FAIL


def test_roles_are_families_of_their_own() -> None:
    crowd = [one for i in range(9) for one in column(f"x{i}", n=200, p=0.9)]
    score = column("proba", n=200, p=0.004, role=Role.SCORE)
    verdict = next(v for v in judged([*crowd, *score]) if v.measurement.role is Role.SCORE)
    assert verdict.status is S.FAIL


BAND = {("psi", Role.FEATURE, "age", Segment()): Band(mean=0.3, sd=0.05, n_windows=6)}


@pytest.mark.parametrize(("psi", "status"), [(0.44, S.PASS), (0.46, S.WARN), (0.58, S.FAIL)])
def test_drift_must_exceed_what_the_reference_differs_from_itself(psi: float, status: Status) -> None:
    verdict = only(column(psi=psi, p=0.0), bands=BAND, n_windows=6)
    assert verdict.status is status
    # What a seventh window exceeds once in a hundred: logarithms of variance ln(1 + 1/36), t of 5 degrees.
    spread = log(1 + 1 / 36)
    limit = 0.3 * exp(t.isf(0.01, 5) * sqrt(spread * 7 / 5) - spread / 2)
    assert verdict.limit.high == pytest.approx(limit)
    assert "0.450, what the reference differs from itself (mean + 3 sd over 6 windows)" in verdict.sentence
    assert (f"and above {limit:.3f}, what chance allows" in verdict.sentence) is (status is S.FAIL)
    if status is S.PASS:
        assert verdict.reason == "as different as the reference from itself"


def test_too_few_reference_windows_leave_the_first_rule_alone_and_are_named() -> None:
    few = {key: Band(mean=band.mean, sd=band.sd, n_windows=5) for key, band in BAND.items()}
    verdict = only(column(psi=0.44, p=0.0), bands=few, n_windows=5)
    assert verdict.status is S.FAIL
    assert verdict.limit.high == 0.2
    assert "only 5 windows of this size, so its own variation is not considered" in verdict.sentence


def test_one_verdict_a_column_and_every_other_distance_has_none() -> None:
    assert len(judged([*column("a"), *column("b"), *column("proba", role=Role.SCORE)])) == 3


def test_a_constant_column_fails_as_soon_as_another_value_comes() -> None:
    verdict = only(column(ks=0.02, p=0.9, psi=0.0, n=10), constant=frozenset({"age"}))
    assert (verdict.status, verdict.reason) == (S.FAIL, "no longer constant")
    same = [one for one in column(ks=0.0, psi=0.0) if one.metric != "jensen_shannon"]
    assert only(same, constant=frozenset({"age"})).status is S.PASS
    few = [one for one in column(ks=0.0, psi=0.0, n=10) if one.metric != "jensen_shannon"]
    assert only(few, constant=frozenset({"age"})).status is S.UNKNOWN


def test_a_reference_of_nothing_is_no_reference() -> None:
    missing = [
        measurement("ks", None, feature="age", reason="no reference"),
        measurement("psi", None, feature="age", reason="no reference"),
    ]
    verdict = only(missing)
    assert (verdict.status, verdict.reason) == (S.UNKNOWN, "no reference")


def test_an_all_missing_window_says_why() -> None:
    empty = [measurement("ks", None, feature="age", n=0, n_reference=10_000, reason="no traffic")]
    assert only(empty).reason == "no traffic"


def test_windows_of_the_reference_are_not_judged() -> None:
    assert judged(column(index=-3)) == []


@given(
    distances=st.lists(st.floats(0.001, 0.5), min_size=1, max_size=8),
    n=st.integers(50, 500),
    test=st.sampled_from(["ks", "chi_squared"]),
)
def test_the_limit_of_a_small_sample_is_where_its_test_would_fail(
    distances: list[float], n: int, test: str
) -> None:
    columns = []
    for i, distance in enumerate(distances):
        value = distance if test == "ks" else 200 * distance
        p = (
            chdtrc(4, value)
            if test == "chi_squared"
            else ks_p_value(*map(np.array, (value, 10_000.0, float(n))))
        )
        columns += column(f"x{i}", ks=value, p=float(p), n=n, test=test)
    for verdict in judged(columns):
        value, limit = verdict.measurement.value, verdict.limit.high
        assert value is not None
        assert limit is not None
        assert (verdict.status is S.FAIL) == (value > limit) or value == pytest.approx(limit, rel=1e-3)


def label(p: float = 0.0, psi: float = 3.0, n: int = 1000) -> list[Measurement]:
    rate = measurement("label_rate", 1.0, Role.LABEL, feature="repaid", n=n, n_reference=4000, p_value=p)
    return [*column("repaid", role=Role.LABEL, test="chi_squared", p=p, psi=psi, n=n, n_reference=4000), rate]


def test_label_rate_bears_the_verdict_on_labels() -> None:
    verdict = only(label())
    assert (verdict.measurement.metric, verdict.status) == ("label_rate", S.FAIL)
    assert "PSI" in verdict.sentence
    assert only(label(p=0.7, psi=0.01)).status is S.PASS
    assert only(label(p=0.001, psi=0.01, n=300)).status is S.FAIL


def test_label_drift_waits_for_labels() -> None:
    young = {("1", 0): facts(coverage=0.5)}
    assert only(label(), window_facts=young).reason == "labels immature"
    none = {("1", 0): facts(coverage=0.0)}
    assert only(label(), window_facts=none).reason == "no labels yet"


def test_the_sentence_reads_value_limit_and_gap() -> None:
    verdict = only(column("car_value", psi=1.85, p=1e-12), bands={}, n_windows=0)
    assert verdict.sentence == (
        "PSI of car_value 1.850 ≥ 0.200 (n = 5,000; adjusted p < 0.001 < 0.01); the reference has no window "
        "of this size, so its own variation is not considered: fails by 1.650."
    )

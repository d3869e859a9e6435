"""What holds for every judgement, whatever the measurement says."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from core.domain import Band, Measurement, Risk, Role, Segment, Status, Task
from core.policy.judge import BADNESS, judge
from core.policy.policy_file import default_policy, load_policy
from tests.unit.policy.builders import NOW, column, context, facts, measurement

POLICY = default_policy(Risk.HIGH)
METRICS = (
    ("roc_auc", Role.PERFORMANCE), ("accuracy", Role.PERFORMANCE), ("mae", Role.PERFORMANCE),
    ("bias", Role.PERFORMANCE), ("missing_rate", Role.FEATURE), ("new_category_rate", Role.FEATURE),
    ("ks", Role.FEATURE), ("chi_squared", Role.FEATURE), ("psi", Role.FEATURE), ("ks", Role.SCORE),
    ("chi_squared", Role.PREDICTION), ("label_rate", Role.LABEL), ("chi_squared", Role.LABEL),
    ("demographic_parity_ratio", Role.FAIRNESS), ("selection_rate", Role.FAIRNESS),
    ("false_positive_rate", Role.FAIRNESS), ("row_count", Role.OPERATIONS), ("error_rate", Role.OPERATIONS),
)  # fmt: skip
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    metric, role = draw(st.sampled_from(METRICS))
    value = draw(st.none() | NUMBERS | st.sampled_from([0.0, 1.0, 1e308, -1e308, 5e-324]))
    return measurement(
        metric,
        value,
        role,
        low=draw(st.none() | NUMBERS),
        high=draw(st.none() | NUMBERS),
        n=draw(st.sampled_from([0, 1, 49, 50, 100, 500, 501, 10**9])),
        n_reference=draw(st.sampled_from([None, 0, 1, 50, 10_000])),
        p_value=draw(st.none() | st.floats(0, 1)),
        feature=draw(st.sampled_from([None, "age", "a,b", ""])),
        segment=draw(st.sampled_from([Segment(), Segment.of({"a": "x"}), Segment.of({"a": "x", "b": "y"})])),
        index=draw(st.sampled_from([None, -1, 0, 1, 99])),
        estimated=draw(st.booleans()),
        closed=draw(st.booleans()),
        reason=None if value is not None else draw(st.sampled_from(["constant", "one class", "no traffic"])),
    )


@given(
    current=st.lists(measurements(), max_size=8),
    reference=st.lists(measurements(), max_size=8),
    mean=NUMBERS,
    sd=st.floats(0, 1e300),
    n_windows=st.integers(0, 8),
    task=st.sampled_from(Task),
)
def test_judging_never_raises_and_always_says_why(
    current: list[Measurement],
    reference: list[Measurement],
    mean: float,
    sd: float,
    n_windows: int,
    task: Task,
) -> None:
    bands = {
        (one.metric, one.role, one.feature, one.segment): Band(mean=mean, sd=sd, n_windows=n_windows)
        for one in current
    }
    around = context(
        bands=bands, reference=reference, n_windows=n_windows, task=task, constant=frozenset({"age"})
    )
    verdicts = judge(current, around, POLICY)
    identities = [verdict.id for verdict in verdicts]
    assert len(identities) == len(set(identities))
    assert all(verdict.reason and verdict.sentence.endswith(".") for verdict in verdicts)
    assert all(
        "nan" not in verdict.sentence and "inf" not in verdict.sentence.replace("inferior", "")
        for verdict in verdicts
        if abs(mean) < 1e100 and sd < 1e100
    )
    assert all(
        verdict.measurement.value is not None for verdict in verdicts if verdict.status is not Status.UNKNOWN
    )


@given(
    small=st.floats(0, 3),
    more=st.floats(0, 3),
    p=st.floats(0, 1),
    n=st.sampled_from([60, 400, 600, 10**6]),
    floor=st.none() | st.floats(0, 1),
)
def test_drift_is_monotone_in_distance_and_p(
    small: float, more: float, p: float, n: int, floor: float | None
) -> None:
    bands = (
        {}
        if floor is None
        else {
            (metric, Role.FEATURE, "age", Segment()): Band(mean=floor, sd=0.0, n_windows=6)
            for metric in ("ks", "psi")
        }
    )
    near, far = (
        judge(column(ks=d, psi=d, p=p_value, n=n), context(bands=bands), POLICY)[0].status
        for d, p_value in ((small, p), (small + more, p / 2))
    )
    assert BADNESS[near] <= BADNESS[far]


@given(value=st.floats(0, 1), worse=st.floats(0, 1), sd=st.floats(0, 0.1), half=st.floats(0, 0.1))
def test_performance_is_monotone_in_the_harmful_direction(
    value: float, worse: float, sd: float, half: float
) -> None:
    bands = {("roc_auc", Role.PERFORMANCE, None, Segment()): Band(mean=0.8, sd=sd, n_windows=9)}
    better, lower = (
        judge(
            [measurement("roc_auc", v, Role.PERFORMANCE, low=v - half, high=v + half)],
            context(bands=bands),
            POLICY,
        )
        for v in (value, value - worse)
    )
    assert BADNESS[better[0].status] <= BADNESS[lower[0].status]


def test_verdicts_carry_identity_policy_and_time() -> None:
    (verdict,) = judge(column(), context(), POLICY)
    assert verdict.id == verdict.measurement.identity
    assert verdict.policy_digest == POLICY.digest
    assert verdict.judged_at == NOW
    assert verdict.rule == "drift"


def test_judging_again_later_keeps_the_identity() -> None:
    before = judge(column(psi=0.01), context(), POLICY)
    after = judge(column(psi=5.0, p=0.0), replace(context(), now=NOW.replace(year=2027)), POLICY)
    assert [v.id for v in before] == [v.id for v in after]
    assert [v.status for v in before] != [v.status for v in after]


def test_the_worst_rule_decides() -> None:
    text = (
        "{policy: mine, extends: default, rules: {floor: {kind: limit, role: performance, severity: critical,"
        " metrics: [roc_auc], min_rows: 0, fail: {low: 0.9}}}}"
    )
    one = measurement("roc_auc", 0.85, Role.PERFORMANCE, low=0.84, high=0.86)
    bands = {("roc_auc", Role.PERFORMANCE, None, Segment()): Band(mean=0.85, sd=0.01, n_windows=9)}
    (verdict,) = judge([one], context(bands=bands), load_policy(text, "mine"))
    assert (verdict.status, verdict.rule) == (Status.FAIL, "floor")


def test_what_no_rule_judges_has_no_verdict() -> None:
    shown = [
        measurement("label_coverage", 0.3, Role.OPERATIONS),
        measurement("latency_p95", 300.0, Role.OPERATIONS),
        measurement("true_positive_rate", 0.3, Role.FAIRNESS, segment=Segment.of({"a": "x"})),
        measurement("wasserstein", 3.0, Role.FEATURE, feature="age"),
    ]
    assert judge(shown, context(), POLICY) == []


def test_whole_files_without_a_window_index_are_judged() -> None:
    current = [
        *column(psi=1.0, p=0.0, index=None),
        measurement("accuracy", 0.5, Role.PERFORMANCE, index=None),
    ]
    verdicts = judge(
        current,
        context(
            reference=[measurement("accuracy", 0.9, Role.PERFORMANCE, low=0.89, high=0.91)],
            window_facts={("1", None): facts()},
        ),
        POLICY,
    )
    assert [v.status for v in verdicts] == [Status.FAIL, Status.FAIL]

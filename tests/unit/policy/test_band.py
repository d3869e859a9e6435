"""Performance against the reference's band, its interval, or a fixed limit; labels that are not ripe."""

from datetime import timedelta

import pytest
from scipy.stats import binom

from core.domain import Band, Measurement, Risk, Role, Segment, Status, Task, Verdict
from core.policy.judge import judge
from core.policy.policy_file import default_policy, load_policy
from tests.unit.policy.builders import context, facts, measurement

S = Status
PERFORMANCE = Role.PERFORMANCE
AUC = {("roc_auc", PERFORMANCE, None, Segment()): Band(mean=0.970989, sd=0.002557, n_windows=10)}


def auc(value: float | None, **more: object) -> Measurement:
    interval = {} if value is None else {"low": value - 0.004, "high": value + 0.004}
    return measurement("roc_auc", value, PERFORMANCE, **{**interval, **more})


def only(one: Measurement, *, policy: str = "", **given: object) -> Verdict:
    rules = load_policy(policy, "mine") if policy else default_policy(Risk.HIGH)
    (verdict,) = judge([one], context(**given), rules)
    return verdict


@pytest.mark.parametrize(("value", "status"), [(0.9640, S.PASS), (0.963094, S.FAIL), (0.999, S.PASS)])
def test_fail_is_strictly_outside_the_band_on_the_harmful_side(value: float, status: Status) -> None:
    verdict = only(auc(value), bands=AUC)
    assert verdict.status is status
    assert verdict.limit.low == pytest.approx(0.963318)
    assert verdict.limit.high == pytest.approx(0.97866)


def test_the_sentence_shows_where_the_limit_is_from() -> None:
    assert only(auc(0.96), bands=AUC).sentence == (
        "ROC AUC 0.960 < 0.963 = lower limit of the reference band (0.971 − 3 × 0.0026) (n = 5,000): "
        "fails by 0.003."
    )


def test_estimates_are_held_to_the_realised_band_and_need_no_labels() -> None:
    unlabelled = {("1", 0): facts(coverage=0.0, age=timedelta(0))}
    verdict = only(auc(0.9611, estimated=True), bands=AUC, window_facts=unlabelled, label_delay=timedelta(30))
    assert verdict.status is S.FAIL
    assert verdict.sentence.startswith("Estimated ROC AUC 0.961")


def test_warns_when_the_whole_interval_is_clearly_worse_than_the_mean() -> None:
    wide = {("roc_auc", PERFORMANCE, None, Segment()): Band(mean=0.80, sd=0.02, n_windows=8)}
    assert only(auc(0.770), bands=wide).status is S.WARN  # interval ends at .774 < .80 − .02
    assert only(auc(0.777), bands=wide).status is S.PASS
    assert only(auc(0.850), bands=wide).status is S.PASS


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"coverage": 0.79}, "labels immature"),
        ({"coverage": 0.8}, "within its limits"),
        ({"age": timedelta(29), "coverage": 0.99}, "labels immature"),
        ({"age": timedelta(29), "coverage": 1.0}, "within its limits"),  # no label is left to come
        ({"age": timedelta(30)}, "within its limits"),
        ({"age": None}, "within its limits"),
        ({"coverage": 0.0}, "no labels yet"),
    ],
)
def test_labels_must_be_ripe(given: dict[str, object], reason: str) -> None:
    known = {("1", 0): facts(**given)}
    verdict = only(auc(0.97), bands=AUC, window_facts=known, label_delay=timedelta(30))
    assert verdict.reason == reason


def test_never_fails_on_immature_labels() -> None:
    known = {("1", 0): facts(coverage=0.5)}
    assert only(auc(0.5), bands=AUC, window_facts=known).status is S.UNKNOWN


def test_no_facts_about_labels_is_unknown() -> None:
    assert only(auc(0.97, version="9"), bands=AUC).status is S.UNKNOWN


def test_a_missing_value_keeps_its_reason() -> None:
    assert only(auc(None, reason="one class"), bands=AUC).reason == "one class"


def test_small_windows_are_unknown() -> None:
    assert only(auc(0.2, n=29), bands=AUC).reason == "not enough data"


def test_an_open_window_is_unknown() -> None:
    assert only(auc(0.2, closed=False), bands=AUC).reason == "window open"


def accuracy(value: float, n: int = 1000, **more: object) -> Measurement:
    return measurement("accuracy", value, PERFORMANCE, n=n, low=value - 0.02, high=value + 0.02, **more)


def test_too_few_reference_windows_give_the_binomial_interval_at_the_windows_size() -> None:
    verdict = only(accuracy(0.9), reference=[accuracy(0.9, n=10**9)], n_windows=3)
    assert verdict.limit.low == pytest.approx(binom(1000, 0.9).ppf(0.0015) / 1000)
    assert verdict.limit.high == pytest.approx(binom(1000, 0.9).ppf(0.9985) / 1000)


def test_a_small_reference_widens_the_interval() -> None:
    small = only(accuracy(0.9), reference=[accuracy(0.9, n=1000)], n_windows=1)
    large = only(accuracy(0.9), reference=[accuracy(0.9, n=100_000)], n_windows=5)
    assert small.limit.low is not None
    assert large.limit.low is not None
    assert small.limit.low < large.limit.low - 0.005


def test_other_metrics_rescale_the_references_own_interval() -> None:
    verdict = only(auc(0.95), reference=[auc(0.97, n=20_000)], n_windows=4)
    sd = 0.008 / (2 * 1.959964) * (20_000 / 5000 + 1) ** 0.5
    assert verdict.limit.low == pytest.approx(0.97 - 2.9677 * sd, abs=1e-5)


def test_no_reference_is_unknown() -> None:
    assert only(auc(0.97)).reason == "no reference"


FIXED = "{policy: mine, extends: default, rules: {performance: {limits: {roc_auc: {low: 0.9}}}}}"


def test_a_fixed_limit_goes_before_the_band() -> None:
    verdict = only(auc(0.92), policy=FIXED, bands=AUC)
    assert (verdict.status, verdict.limit.low, verdict.limit.high) == (S.WARN, 0.9, None)
    assert only(auc(0.89), policy=FIXED).reason == "outside limit"


REGRESSION = {
    ("mae", PERFORMANCE, None, Segment()): Band(mean=10.0, sd=0.5, n_windows=28),
    ("bias", PERFORMANCE, None, Segment()): Band(mean=0.2, sd=0.4, n_windows=28),
}


@pytest.mark.parametrize(
    ("metric", "value", "status"),
    [
        ("bias", 1.5, S.FAIL),
        ("bias", -1.1, S.FAIL),
        ("bias", 0.0, S.PASS),
        ("mae", 11.6, S.FAIL),
        ("mae", 8.0, S.PASS),
        ("mae", 11.0, S.WARN),
        ("bias", -0.9, S.WARN),
    ],
)
def test_errors_are_judged_on_their_harmful_sides(metric: str, value: float, status: Status) -> None:
    one = measurement(metric, value, PERFORMANCE, low=value - 0.1, high=value + 0.1)
    assert only(one, bands=REGRESSION, task=Task.REGRESSION).status is status


def test_only_headline_metrics_have_verdicts() -> None:
    shown = [
        measurement(m, 0.1, PERFORMANCE) for m in ("f1", "precision", "recall", "log_loss", "brier", "rmse")
    ]
    assert judge(shown, context(), default_policy(Risk.HIGH)) == []


WOMEN = Segment.of({"sex": "F"})
GROUP = {("false_negative_rate", Role.FAIRNESS, None, WOMEN): Band(mean=0.31, sd=0.02, n_windows=12)}


def group(value: float, rows: int, n: int = 300) -> list[Measurement]:
    return [
        measurement("selection_rate", 0.5, Role.FAIRNESS, segment=WOMEN, n=rows),
        measurement("false_negative_rate", value, Role.FAIRNESS, segment=WOMEN, n=n),
    ]


@pytest.mark.parametrize(
    ("value", "rows", "n", "status"),
    [(0.42, 900, 300, S.FAIL), (0.36, 900, 300, S.PASS), (0.9, 99, 50, S.UNKNOWN), (0.9, 900, 29, S.UNKNOWN)],
)
def test_error_rates_by_group_against_the_groups_own_band(
    value: float, rows: int, n: int, status: Status
) -> None:
    (verdict,) = judge(group(value, rows, n), context(bands=GROUP), default_policy(Risk.HIGH))
    assert verdict.status is status
    assert "for sex = F" in verdict.sentence

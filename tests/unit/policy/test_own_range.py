"""Numbers that only the reference's own windows can judge."""

import numpy as np
import pytest

from core.domain import ALL_ROWS, Band, Measurement, Risk, Role, Status, Verdict
from core.errors import InvalidInput
from core.incidents.derive import derive
from core.policy.judge import judge
from core.policy.policy_file import default_policy, load_policy
from core.policy.rules import Group, OwnRangeRule
from tests.unit.policy.builders import NOW, context, measurement

S = Status
POLICY = default_policy(Risk.MEDIUM)
METRICS = ("pca_reconstruction", "domain_classifier")


def bands(n_windows: int = 8, *, mean: float = 0.5, sd: float = 0.01) -> dict[object, Band]:
    return {
        (metric, Role.FEATURE, None, ALL_ROWS): Band(mean=mean, sd=sd, n_windows=n_windows)
        for metric in METRICS
    }


def only(one: Measurement, n_windows: int = 8) -> Verdict:
    (verdict,) = judge([one], context(bands=bands(n_windows), n_windows=n_windows), POLICY)
    return verdict


@pytest.mark.parametrize(
    ("metric", "value", "status"),
    [
        ("domain_classifier", 0.56, S.FAIL),
        ("domain_classifier", 0.53, S.PASS),
        ("domain_classifier", 0.40, S.PASS),  # worse than guessing: no harm
        ("pca_reconstruction", 0.56, S.FAIL),
        ("pca_reconstruction", 0.44, S.FAIL),  # closer together is drift too
        ("pca_reconstruction", 0.50, S.PASS),
    ],
)
def test_beyond_three_deviations_on_the_harmful_side(metric: str, value: float, status: Status) -> None:
    verdict = only(measurement(metric, value, n=2000))
    assert verdict.status is status
    assert verdict.rule == "joint_drift"


def test_the_sentence_reads_value_limit_and_gap() -> None:
    verdict = only(measurement("domain_classifier", 0.6, n=2000))
    assert verdict.sentence == (
        "Domain classifier AUC 0.600 > 0.530 = mean + 3 sd over the reference's 8 windows (n = 2,000): "
        "fails by 0.070."
    )
    low = only(measurement("pca_reconstruction", 0.4, n=2000))
    assert low.sentence.startswith("PCA reconstruction error 0.400 < 0.470 = mean − 3 sd")


def test_without_windows_values_or_rows_nothing_is_said() -> None:
    assert (
        only(measurement("domain_classifier", 0.9, n=2000), n_windows=5).reason == "too few reference windows"
    )
    assert only(measurement("domain_classifier", None, n=9, reason="constant")).reason == "constant"
    assert only(measurement("domain_classifier", 0.9, n=49)).reason == "not enough data"
    assert only(measurement("domain_classifier", 0.9, n=2000, closed=False)).reason == "window open"


def test_the_rule_belongs_to_drift_and_says_so_in_the_incident() -> None:
    rule = POLICY.rule("joint_drift")
    assert isinstance(rule, OwnRangeRule)
    assert rule.group is Group.DRIFT
    found = [measurement("domain_classifier", 0.9, n=2000, index=index) for index in range(2)]
    verdicts = judge(found, context(bands=bands(), n_windows=8), POLICY)
    (incident,) = derive(verdicts, POLICY, [], NOW)
    assert incident.cause == "Drift on the features taken together since window 0"


def test_a_group_can_only_be_one_that_there_is() -> None:
    text = "{policy: mine, extends: default, rules: {joint_drift: {group: drifting}}}"
    with pytest.raises(InvalidInput, match="did you mean 'drift'"):
        load_policy(text, "mine.yaml")


@pytest.mark.parametrize("n_own", [6, 10, 28])
def test_the_budget_holds_for_quiet_streams(n_own: int) -> None:
    """Means of 2,000 errors, and AUCs of chance: as quiet windows have them."""
    rng = np.random.default_rng(n_own)
    n_models, n_windows, n_incidents = 150, 28, 0
    for _ in range(n_models):
        own_bands: dict[object, Band] = {}
        found: list[Measurement] = []
        for metric, mean, error in (("pca_reconstruction", 1.14, 0.011), ("domain_classifier", 0.5, 0.0091)):
            values = rng.normal(mean, error, n_own + n_windows)
            own = values[:n_own]
            key = (metric, Role.FEATURE, None, ALL_ROWS)
            own_bands[key] = Band(mean=float(own.mean()), sd=float(own.std()), n_windows=n_own)
            for index, value in enumerate(values[n_own:]):
                interval = {"low": float(value - 1.96 * error), "high": float(value + 1.96 * error)}
                found.append(measurement(metric, float(value), n=2000, index=index, **interval))
        verdicts = judge(found, context(bands=own_bands, n_windows=n_own), POLICY)
        n_incidents += len(derive(verdicts, POLICY, [], NOW))
    assert 100 * n_incidents / (n_models * n_windows / 7) <= 1.0

"""Consequence grows with loss, traffic and risk, and ends with the incident."""

import pytest

from core.domain import Incident, Limit, Risk, Role, Verdict
from core.incidents.derive import derive
from core.incidents.lifecycle import resolve
from core.incidents.ranking import consequence, loss
from core.policy.policy_file import default_policy
from tests.unit.policy.builders import NOW, verdict

PERFORMANCE = {"rule": "performance", "metric": "roc_auc", "role": Role.PERFORMANCE, "feature": None}


def incident(**given: object) -> tuple[Incident, list[Verdict]]:
    verdicts = [verdict(i, **given) for i in range(2)]
    (found,) = derive(verdicts, default_policy(Risk.HIGH), [], NOW)
    return found, verdicts


@pytest.mark.parametrize(
    ("value", "limit", "expected"),
    [(0.4, Limit(high=0.2), 1.0), (0.25, Limit(high=0.2), 0.25), (0.76, Limit(low=0.8, high=1.25), 0.05)],
)
def test_loss_is_the_gap_relative_to_the_limit(value: float, limit: Limit, expected: float) -> None:
    assert loss(verdict(0, value=value, limit=limit)) == pytest.approx(expected)


def test_no_traffic_is_a_whole_loss() -> None:
    assert loss(verdict(0, rule="no_traffic", value=0.0, limit=Limit(low=1), reason="no traffic")) == 1.0


def test_consequence_multiplies() -> None:
    found, verdicts = incident(**PERFORMANCE, value=0.72, limit=Limit(low=0.8))
    assert consequence(found, verdicts, rows_per_day=1000, risk=Risk.HIGH) == pytest.approx(0.1 * 1000 * 4)
    assert consequence(found, verdicts, rows_per_day=0, risk=Risk.HIGH) == 0
    low, high = (consequence(found, verdicts, rows_per_day=9, risk=risk) for risk in (Risk.LOW, Risk.HIGH))
    assert low < high


def test_worse_performance_weighs_more_than_a_moved_input() -> None:
    drift, of_drift = incident(value=0.3)
    performance, of_performance = incident(**PERFORMANCE, value=0.4, limit=Limit(low=0.8))
    given = {"rows_per_day": 100.0, "risk": Risk.MEDIUM}
    assert consequence(performance, of_performance, **given) > consequence(drift, of_drift, **given)


def test_what_is_resolved_matters_no_more() -> None:
    found, verdicts = incident()
    assert consequence(resolve(found, "mended", "ada", NOW), verdicts, rows_per_day=9, risk=Risk.HIGH) == 0.0

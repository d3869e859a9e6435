"""When an incident opens, what it holds, when it closes, and that deriving again changes nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Incident, IncidentStatus, Limit, Risk, Role, Segment, Severity, Status, Verdict
from core.incidents.causes import headline
from core.incidents.derive import derive
from core.incidents.lifecycle import WITHDRAWN, acknowledge, resolve, snooze
from core.incidents.series import History
from core.policy.policy_file import default_policy
from core.policy.rules import UNSURE
from tests.unit.policy.builders import DAY, NOW, START, verdict

POLICY = default_policy(Risk.HIGH)
S = IncidentStatus


def run(marks: str, *, start: int = 0, **given: object) -> list[Verdict]:
    """Verdicts of consecutive windows: F, P, W and ? for FAIL, PASS, WARN, UNKNOWN."""
    named = {"F": Status.FAIL, "P": Status.PASS, "W": Status.WARN, "?": Status.UNKNOWN}
    return [verdict(start + i, named[mark], **given) for i, mark in enumerate(marks)]


def derived(verdicts: list[Verdict], existing: list[Incident] | None = None) -> list[Incident]:
    return derive(verdicts, POLICY, existing or [], NOW)


@pytest.mark.parametrize(
    ("marks", "n_open", "n_closed"),
    [
        ("PPFPP", 0, 0),
        ("FF", 1, 0),
        ("FPF", 1, 0),
        ("FPPF", 0, 0),
        ("FFP", 1, 0),
        ("FFPP", 0, 1),
        ("FWWF", 0, 0),
        ("WWWW", 0, 0),
        ("F?F", 1, 0),
        ("F????F", 1, 0),
        ("FF???", 1, 0),
        ("FFPPPPPPPFF", 1, 1),
        ("FFPPFF", 1, 0),
    ],
)
def test_two_of_the_last_three_judged_windows(marks: str, n_open: int, n_closed: int) -> None:
    incidents = derived(run(marks))
    counted = [one.status is S.RESOLVED for one in incidents]
    assert (counted.count(False), counted.count(True)) == (n_open, n_closed)


def test_what_an_incident_holds() -> None:
    (incident,) = derived(run("PPPPPFFF", feature="car_value"))
    assert incident.first_window.index == 5
    assert incident.last_window.index == 7
    assert incident.opened_at == START + 7 * DAY  # the end of window 6, which made it two
    assert incident.model == "loan"
    assert incident.rule == "drift"
    assert incident.severity is Severity.WARNING
    assert incident.features == ("car_value",)
    assert len(incident.verdicts) == 3


def test_features_that_drift_together_are_one_incident() -> None:
    drifting = {"car_value": 1.85, "loan_length": 0.32, "repaid_before": 0.30, "salary_range": 0.23}
    quiet = ("debt", "tenure", "downpayment")
    verdicts = [
        one for feature, psi in drifting.items() for one in run("PPPPPFFFFF", feature=feature, value=psi)
    ]
    verdicts += [one for feature in quiet for one in run("PPPPPPPPPP", feature=feature)]
    verdicts += run("PPPPPFFFFF", role=Role.SCORE, feature="proba")
    (incident,) = derived(verdicts)
    assert incident.cause == (
        "Drift on 4 of 7 features and the score since window 5: "
        "car_value, loan_length, repaid_before, salary_range"
    )
    assert incident.features == tuple(drifting)


def test_what_begins_much_later_is_another_cause() -> None:
    verdicts = [*run("PPFFFFFFFFFFFF", feature="a"), *run("PPPFFFFFFFFFFF", feature="b")]
    verdicts += run("PPPPPPPPPPPFFF", feature="c")
    assert [one.features for one in derived(verdicts)] == [("a", "b"), ("c",)]


def test_kinds_of_cause_stay_apart() -> None:
    verdicts = [
        *run("FFF"),
        *run("FFF", rule="quality", metric="missing_rate"),
        *run("FFF", rule="performance", metric="roc_auc", role=Role.PERFORMANCE, feature=None),
        *run("FFF", rule="parity", metric="demographic_parity_ratio", role=Role.FAIRNESS),
        *run(
            "F",
            rule="no_traffic",
            metric="row_count",
            role=Role.OPERATIONS,
            feature=None,
            reason="no traffic",
        ),
    ]
    found = {one.rule: one.severity for one in derived(verdicts)}
    assert found == {
        "drift": Severity.WARNING,
        "quality": Severity.WARNING,
        "performance": Severity.CRITICAL,
        "fairness": Severity.CRITICAL,
        "operations": Severity.CRITICAL,
    }


def test_series_are_counted_by_feature_segment_version_and_estimate() -> None:
    assert derived([*run("F", feature="a"), *run("F", start=1, feature="b")]) == []
    assert derived([*run("F", version="1"), *run("F", start=1, version="2")]) == []
    young, old = Segment.of({"age": "young"}), Segment.of({"age": "old"})
    given = {"rule": "group_errors", "metric": "false_negative_rate", "role": Role.FAIRNESS, "feature": None}
    assert derived([*run("F", segment=young, **given), *run("F", start=1, segment=old, **given)]) == []
    given = {"rule": "performance", "metric": "roc_auc", "role": Role.PERFORMANCE, "feature": None}
    assert derived([*run("F", estimated=True, **given), *run("F", start=1, **given)]) == []


def test_the_deciding_distance_may_change_within_a_series() -> None:
    assert len(derived([*run("F", metric="ks"), *run("F", start=1, metric="psi")])) == 1


MISSING = {"metric": "missing_rate", "feature": "lab_a"}


def test_all_missing_opens_at_once_is_critical_and_closes_at_once() -> None:
    gone = run("F", start=4, rule="all_missing", reason="all missing", value=1.0, limit=Limit(), **MISSING)
    before = run("PPPP", rule="quality", **MISSING)
    (incident,) = derived([*before, *gone])
    assert (incident.status, incident.severity) == (S.OPEN, Severity.CRITICAL)
    assert incident.cause == "Missing values in the feature: lab_a, since window 4"
    (incident,) = derived([*before, *gone, *run("P", start=5, rule="quality", **MISSING)])
    assert incident.status is S.RESOLVED
    assert incident.resolution == "Closed by its rule: fewer failures than it asks for up to window 5."
    assert incident.resolved_at == START + 6 * DAY


def test_all_missing_counts_with_the_missing_rate() -> None:
    gone = run("F", start=1, rule="all_missing", reason="all missing", value=1.0, **MISSING)
    rest = run("FP", start=2, rule="quality", value=0.4, **MISSING)
    (incident,) = derived([*run("P", rule="quality", **MISSING), *gone, *rest])
    assert incident.status is S.OPEN  # two of the last three
    assert len(incident.verdicts) == 2


def test_failures_that_chance_explains_take_six_of_seven() -> None:
    doubtful = {"reason": f"drift, {UNSURE}"}
    assert derived(run("FFFFF", **doubtful)) == []
    (incident,) = derived(run("FFPFFFF", **doubtful))
    assert incident.first_window.index == 0
    assert incident.opened_at == START + 7 * DAY
    mixed = [*run("F", **doubtful), *run("F", start=1), *run("F", start=2, **doubtful), *run("F", start=3)]
    (incident,) = derived(mixed)
    assert incident.first_window.index == 1  # the first of the windows that were counted
    assert len(incident.verdicts) == 3


def test_a_replaced_version_takes_its_incidents_along() -> None:
    old = run("FFF", version="1")
    two = derived([*old, *run("PP", start=3, version="2")])
    assert two[0].status is S.OPEN
    (incident,) = derived([*old, *run("PPP", start=3, version="2")])
    assert incident.status is S.RESOLVED
    assert incident.resolution == "Closed by its rule: version 1 has had no rows since window 2."


def test_a_silent_model_keeps_its_incidents() -> None:
    quiet = [
        verdict(3 + i, "FAIL", rule="no_traffic", metric="row_count", role=Role.OPERATIONS, n=0, value=0.0)
        for i in range(9)
    ]
    incidents = derived([*run("FFF"), *quiet])
    assert [one.status for one in incidents] == [S.OPEN, S.OPEN]


def test_relapse_within_the_cooldown_is_the_same_incident() -> None:
    first = derived(run("FFPP"))
    (again,) = derived(run("FFPPFF"), first)
    assert again.id == first[0].id
    assert again.status is S.OPEN
    assert again.resolved_at is None
    later = derived(run("FFPPPPFF"), first)
    assert [one.status for one in later] == [S.RESOLVED, S.OPEN]


def test_late_labels_may_withdraw() -> None:
    (before,) = derived(run("PFF"))
    (after,) = derived(run("PFP"), [before])
    assert (after.id, after.status, after.resolution) == (before.id, S.RESOLVED, WITHDRAWN)
    assert after.verdicts == before.verdicts  # what was known then stays on record


def test_rejudging_the_first_window_keeps_the_incident() -> None:
    (before,) = derived(run("PPFFF"))
    (after,) = derived(run("PPPFF"), [before])
    assert after.id == before.id
    assert after.first_window.index == 3


def test_incidents_without_their_verdicts_stay_as_they_are() -> None:
    (before,) = derived(run("FFF"))
    assert derived(run("PPP", start=40), [before]) == [before]


def test_acknowledging_survives_and_snoozing_ends() -> None:
    (found,) = derived(run("FF"))
    (after,) = derived(run("FFF"), [acknowledge(found, "ada", NOW)])
    assert (after.status, after.acknowledged_by, after.acknowledged_at) == (S.ACKNOWLEDGED, "ada", NOW)
    put_aside = snooze(found, NOW + DAY, "ada", NOW)
    assert derived(run("FFF"), [put_aside])[0].status is S.SNOOZED
    (awake,) = derive(run("FFF"), POLICY, [put_aside], NOW + DAY)
    assert awake.status is S.OPEN
    (closed,) = derived(run("FFFPP"), [put_aside])
    assert closed.status is S.RESOLVED


def test_what_a_person_resolved_opens_again_only_after_the_cooldown() -> None:
    (found,) = derived(run("PFF"))
    done = resolve(found, "feed mended", "ada", NOW)
    assert derived(run("PFFFFF"), [done]) == [done]
    assert derived(run("PFFFFFF"), [done]) == [done]
    again = derived(run("PFFFFFFF"), [done])
    assert again[0] == done
    assert again[1].status is S.OPEN
    assert again[1].first_window.index == 6
    other = derived([*run("PFFF"), *run("PFFF", feature="other")], [done])
    assert {one.features: one.status for one in other} == {("age",): S.RESOLVED, ("other",): S.OPEN}
    assert len({one.id for one in other}) == 2


def test_windows_without_times_open_now() -> None:
    timeless = [
        replace(
            one,
            measurement=replace(
                one.measurement, window=replace(one.measurement.window, start=None, end=None)
            ),
        )
        for one in run("FF")
    ]
    (incident,) = derived(timeless)
    assert incident.opened_at == NOW
    (later,) = derive(timeless, POLICY, [incident], NOW + timedelta(hours=1))
    assert later.opened_at == NOW


def test_nothing_is_derived_from_nothing() -> None:
    assert derived([]) == []


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (
            {"rule": "performance", "metric": "roc_auc", "role": Role.PERFORMANCE, "feature": None,
             "value": 0.9576, "limit": Limit(low=0.9633, high=0.98), "estimated": True},
            "Estimated ROC AUC outside the limits since window 0: estimated 0.958 in window 1, limit 0.963",
        ),
        (
            {"rule": "parity", "metric": "demographic_parity_ratio", "role": Role.FAIRNESS, "feature": "sex",
             "value": 0.72, "limit": Limit(low=0.8, high=1.25)},
            ("Demographic parity ratio of sex outside the limits since window 0: "
             "0.720 in window 1, limit 0.800"),
        ),
        (
            {"rule": "no_traffic", "metric": "row_count", "role": Role.OPERATIONS, "feature": None,
             "reason": "no traffic", "value": 0.0},
            "No traffic since window 0",
        ),
        (
            {"role": Role.LABEL, "metric": "label_rate", "feature": "repaid"},
            "Drift on the label since window 0",
        ),
    ],
)  # fmt: skip
def test_causes_read_aloud(given: dict[str, object], cause: str) -> None:
    (incident,) = derived(run("FF", **given))
    assert incident.cause == cause


def test_of_several_metrics_the_number_says_whose_it_is() -> None:
    bad = {"rule": "performance", "role": Role.PERFORMANCE, "feature": None}
    (incident,) = derived(
        [
            *run("FF", metric="roc_auc", value=0.70, limit=Limit(low=0.78, high=0.9), **bad),
            *run("FF", metric="brier_score", value=0.21, limit=Limit(low=0.1, high=0.20), **bad),
        ]
    )
    assert incident.cause == (
        "ROC AUC and Brier score outside the limits since window 0: ROC AUC 0.700 in window 1, limit 0.780"
    )


MARKS = st.text("FPW?", min_size=1, max_size=14)


@given(a=MARKS, b=MARKS, c=MARKS)
def test_deriving_again_changes_nothing_and_ids_are_unique(a: str, b: str, c: str) -> None:
    verdicts = [
        *run(a, feature="a"),
        *run(b, feature="b"),
        *run(c, rule="performance", metric="roc_auc", role=Role.PERFORMANCE, feature=None),
    ]
    once = derived(verdicts)
    assert derive(verdicts, POLICY, once, NOW + DAY) == once
    assert len({one.id for one in once}) == len(once)
    by_order = derive(list(reversed(verdicts)), POLICY, [], NOW)
    assert by_order == once


@given(a=MARKS, b=MARKS, c=MARKS)
def test_what_never_failed_needs_only_to_be_counted(a: str, b: str, c: str) -> None:
    everything = [
        *run(a, feature="a"),
        *run(b, feature="b", start=3, version="2"),
        *run(c, rule="performance", metric="roc_auc", role=Role.PERFORMANCE, feature=None),
    ]
    failing = {
        (one.measurement.role, one.measurement.feature) for one in everything if one.status is Status.FAIL
    }
    kept = tuple(
        one
        for one in everything
        if one.status is not Status.UNKNOWN and (one.measurement.role, one.measurement.feature) in failing
    )
    history = replace(History.of(everything), verdicts=kept)
    assert derive(history, POLICY, [], NOW) == derived(everything)


@given(a=MARKS, b=MARKS)
def test_window_by_window_gives_what_all_at_once_gives(a: str, b: str) -> None:
    verdicts = [*run(a, feature="a"), *run(b, feature="b")]
    step_by_step: list[Incident] = []
    for last in range(max(len(a), len(b))):
        seen = [one for one in verdicts if (one.measurement.window.index or 0) <= last]
        step_by_step = derived(seen, step_by_step)
    at_once = derived(verdicts)

    def told(incidents: list[Incident]) -> list[tuple[object, ...]]:
        return sorted((one.status, one.features, one.verdicts) for one in incidents)

    assert told(step_by_step) == told(at_once)


@given(marks=st.lists(st.text("FPW?", min_size=9, max_size=9), min_size=2, max_size=4))
def test_late_rejudging_never_loses_or_doubles_an_incident(marks: list[str]) -> None:
    kept: list[Incident] = []
    for revision in marks:
        kept = derived(run(revision), kept)
        assert len({one.id for one in kept}) == len(kept)
        still_open = [one for one in kept if one.status is not S.RESOLVED]
        fresh = [one for one in derived(run(revision)) if one.status is not S.RESOLVED]
        assert sorted(one.verdicts for one in still_open) == sorted(one.verdicts for one in fresh)


PERFORMS = {
    "rule": "performance", "metric": "roc_auc", "role": Role.PERFORMANCE, "feature": None, "value": 0.7,
    "limit": Limit(low=0.75),
}  # fmt: skip
BECAUSE = {
    ("1", 6): "ROC AUC fell by 0.1: more rows come from channel = web.",
    ("1", 7): "ROC AUC fell by 0.2.",
}


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ({}, None),
        (BECAUSE, ". Why, in window 6: ROC AUC fell by 0.1: more rows come from channel = web"),
        ({("1", 7): BECAUSE["1", 7]}, ". Why, in window 7: ROC AUC fell by 0.2"),
        ({("2", 6): "another version"}, None),
        ({("1", 2): "a window that did not fail"}, None),
    ],
)
def test_an_incident_on_performance_says_why_its_first_explained_window_failed(
    why: dict[tuple[str, int], str], told: str | None
) -> None:
    verdicts = run("PPPPPPFFF", **PERFORMS)
    (plain,), (incident,) = derived(verdicts), derive(verdicts, POLICY, [], NOW, why)
    assert incident.cause == plain.cause + (told or "")
    assert headline(incident.cause) == plain.cause
    assert replace(incident, cause=plain.cause) == plain
    assert derive(verdicts, POLICY, [plain], NOW, why) == [incident]
    assert derive(verdicts, POLICY, [incident], NOW, why) == [incident]


def test_other_incidents_are_not_explained_by_performance() -> None:
    verdicts = run("PPPPPPFFF", feature="car_value")
    assert derive(verdicts, POLICY, [], NOW, BECAUSE) == derived(verdicts)

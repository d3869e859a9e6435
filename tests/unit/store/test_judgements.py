"""What is on record: revisions are kept, and judging the same thing again leaves no trace."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain import Limit, Measurement, Role, Segment, Status, Verdict, Window
from core.policy.rules import UNSURE
from core.store import AnalyticsStore, judgements, recording

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def store():
    opened = AnalyticsStore.open(None)
    yield opened
    opened.close()


def measurement(index: int = 0, **changes: object) -> Measurement:
    facts = {
        "model": "car-loan",
        "version": "1",
        "metric": "roc_auc",
        "role": Role.PERFORMANCE,
        "window": Window(index=index, start=NOW - timedelta(days=2), end=NOW - timedelta(days=1)),
        "n": 500,
        "value": 0.9,
        "method": "binned",
    }
    return Measurement(**{**facts, **changes})


def verdict(of: Measurement, *, status: Status = Status.PASS, at: datetime = NOW) -> Verdict:
    return Verdict(
        id=of.identity,
        measurement=of,
        status=status,
        rule="performance",
        limit=Limit(low=0.8),
        reason="inside",
        sentence="AUC 0.9",
        policy_digest="d",
        judged_at=at,
    )


def record(store, *judged: Verdict, windows=(0,), at: datetime = NOW) -> None:
    with store.writing() as cursor:
        reached = recording.Reached(
            key="k", windows=frozenset(windows), measurements=[v.measurement for v in judged], verdicts=judged
        )
        recording.record(cursor, [reached], now=at)


def revisions(store, table: str) -> int:
    with store.reading() as cursor:
        return cursor.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_was_recorded_is_read_back_equal(store):
    full = measurement(
        feature="colour", segment=Segment.of({"sex": "Zoë"}), low=0.8, high=1.0, p_value=0.5, n_reference=9
    )
    none = measurement(metric="accuracy", value=None, reason="no labels yet")
    record(store, verdict(full), verdict(none, status=Status.UNKNOWN))
    with store.reading() as cursor:
        assert judgements.measurements(cursor, "k") == [none, full]
        assert judgements.verdicts(cursor, key="k") == [verdict(none, status=Status.UNKNOWN), verdict(full)]
        assert judgements.verdicts(cursor, identity=full.identity) == [verdict(full)]


def test_the_same_again_adds_no_revision_and_keeps_the_time_it_was_first_judged(store):
    record(store, verdict(measurement()))
    record(store, verdict(measurement(), at=NOW + timedelta(hours=1)), at=NOW + timedelta(hours=1))
    assert revisions(store, "verdicts") == revisions(store, "measurements") == 1
    with store.reading() as cursor:
        assert judgements.verdicts(cursor, key="k")[0].judged_at == NOW


def test_a_change_keeps_what_was_known_before(store):
    record(store, verdict(measurement()))
    changed = measurement(value=0.7, n=510)
    record(store, verdict(changed, status=Status.FAIL), at=NOW + timedelta(hours=1))
    assert revisions(store, "verdicts") == 2
    with store.reading() as cursor:
        assert judgements.verdicts(cursor, key="k") == [verdict(changed, status=Status.FAIL)]
        known = cursor.execute(
            "SELECT value FROM measurements WHERE superseded_at > ?",
            [datetime(2026, 11, 1)],
        ).fetchall()
    assert known == [(0.9,)]


def test_statuses_narrow_what_holds_what_stood_and_every_revision(store):
    record(store, verdict(measurement(), status=Status.PASS))
    record(store, verdict(measurement(), status=Status.FAIL), at=NOW + timedelta(hours=1))
    passed, failed = [Status.PASS], [Status.FAIL, Status.WARN]
    with store.reading() as cursor:
        assert judgements.verdicts(cursor, key="k", statuses=passed) == []
        assert len(judgements.verdicts(cursor, key="k", statuses=failed)) == 1
        assert len(judgements.as_of(cursor, "k", NOW, statuses=passed)) == 1
        assert judgements.as_of(cursor, "k", NOW, statuses=failed) == []
        (first,) = judgements.revisions(cursor, "k", statuses=passed)
        assert first.superseded_at == NOW + timedelta(hours=1)


def test_a_measurement_that_no_longer_comes_is_ended_in_the_judged_windows_only(store):
    record(store, verdict(measurement(0)), verdict(measurement(1)), windows=(0, 1))
    record(store, windows=(0,), at=NOW + timedelta(hours=1))
    with store.reading() as cursor:
        assert [m.window.index for m in judgements.measurements(cursor, "k")] == [1]


def test_filters_narrow_and_since_compares_with_the_windows_end(store):
    auc, rate = measurement(), measurement(metric="selection_rate", segment=Segment.of({"sex": "F"}))
    late = replace(auc, window=Window(index=1, start=NOW, end=NOW + timedelta(days=1)))
    record(store, *map(verdict, (auc, rate, late)), windows=(0, 1))
    with store.reading() as cursor:
        assert judgements.measurements(cursor, "k", metric="roc_auc") == [auc, late]
        assert judgements.measurements(cursor, "k", segment=Segment.of({"sex": "F"})) == [rate]
        assert judgements.measurements(cursor, "k", since=NOW) == [late]
        assert judgements.measurements(cursor, "other") == []


def test_only_windows_that_wait_for_labels_are_immature(store):
    waits = replace(verdict(measurement(0), status=Status.UNKNOWN), reason="labels immature")
    record(store, waits, verdict(measurement(1)), windows=(0, 1))
    with store.reading() as cursor:
        assert judgements.immature_windows(cursor, "k") == {0}


def test_cutting_a_model_anew_ends_all_its_revisions(store):
    record(store, verdict(measurement()))
    with store.writing() as cursor:
        judgements.supersede_all(cursor, "k", now=NOW)
    with store.reading() as cursor:
        assert judgements.verdicts(cursor, key="k") == []


def test_what_failed_is_read_whole_and_of_the_rest_what_was_seen(store):
    def judged(index: int, status: Status, **changes: object) -> Verdict:
        return verdict(measurement(index, role=Role.FEATURE, **changes), status=status)

    fails = [judged(0, Status.PASS, feature="age"), judged(1, Status.FAIL, feature="age")]
    passes = [judged(0, Status.PASS, feature="job"), judged(1, Status.WARN, feature="job", version="2")]
    silent = [
        judged(1, Status.UNKNOWN, feature="age", version="2", n=0),
        judged(2, Status.UNKNOWN, feature="pay"),
    ]
    record(store, *fails, *passes, *silent, windows=(0, 1, 2))
    with store.reading() as cursor:
        assert judgements.failing(cursor, ["k"], unsure="by chance") == {"k": fails}
        assert judgements.seen(cursor, ["k"])["k"] == {
            "1": judgements.Seen(
                judged=frozenset({0, 1, 2}), busy=frozenset({0, 1, 2}), features=frozenset({"age", "job"})
            ),
            "2": judgements.Seen(judged=frozenset({1}), busy=frozenset({1}), features=frozenset({"job"})),
        }
        assert judgements.seen(cursor, ["other"]) == {}


def test_a_warning_that_chance_may_explain_is_read_like_a_failure(store):
    about = {"role": Role.FEATURE, "feature": "age"}
    doubtful = [
        verdict(measurement(0, **about), status=Status.PASS),
        replace(verdict(measurement(1, **about), status=Status.WARN), reason=f"drift, {UNSURE}"),
    ]
    record(store, *doubtful, windows=(0, 1))
    with store.reading() as cursor:
        assert judgements.failing(cursor, ["k"], unsure=UNSURE) == {"k": doubtful}

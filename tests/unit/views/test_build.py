"""What the builders of views read out of real stores."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import TypeAdapter

from core.domain import Health, IncidentStatus, Role, Severity, Status, Task, Verdict
from core.errors import NotFound
from core.views.build.drift import build_drift
from core.views.build.estimates import note
from core.views.build.fleet import build_fleet
from core.views.build.summaries import summaries
from core.views.drift import DriftScope, DriftView
from core.views.fleet import FleetScope, FleetView
from core.views.model import LabelShare, ModelView
from core.views.series import Point, Series

from .conftest import DAY, NOW, Board, days, incident, judged, measured


def fleet(board: Board, **scope: object) -> FleetView:
    with board.store.reading() as cursor:
        return build_fleet(cursor, board.state, FleetScope(**scope), now=NOW)  # type: ignore[arg-type]


def model(board: Board, name: str = "loan", **scope: object) -> ModelView:
    return board.model(name, **scope)


def drift(board: Board, **scope: object) -> DriftView:
    with board.store.reading() as cursor:
        return build_drift(cursor, board.state, DriftScope(**scope), now=NOW)  # type: ignore[arg-type]


def test_an_empty_workspace_has_an_empty_fleet_and_nothing_drifts(board: Board) -> None:
    view = fleet(board)
    assert (view.n_models, view.rows, view.decisions, view.trouble) == (0, (), (), ())
    assert drift(board).name is None
    with pytest.raises(NotFound):
        model(board)


def test_a_watched_model_is_unknown_until_it_is_judged(board: Board) -> None:
    board.watch("loan")
    row = fleet(board).rows[0]
    assert (row.status, row.monitored) == (Health.UNKNOWN, True)
    assert "not run" in row.why or "no closed window" in row.why
    assert drift(board).empty_reason is not None


def test_the_state_follows_the_incidents_and_the_reason_is_theirs(board: Board) -> None:
    for name in ("calm", "loan", "odd"):
        board.judge(board.watch(name), days(name, falls_at=99))
    board.state.save_incidents([incident("loan"), incident("odd", Severity.WARNING)])
    rows = {row.name: row for row in fleet(board).rows}
    assert [rows[name].status for name in ("loan", "odd", "calm")] == [
        Health.CRITICAL,
        Health.WATCH,
        Health.HEALTHY,
    ]
    assert rows["loan"].why == "ROC AUC outside the limits since window 7."
    assert rows["calm"].why == "All 4 verdicts of 17 Nov 2026 pass."
    assert [row.name for row in fleet(board).rows] == ["loan", "odd", "calm"]
    assert {count.status: count.n_models for count in fleet(board).counts}[Health.CRITICAL] == 1


def test_a_resolved_incident_leaves_the_model_healthy_and_stays_in_the_trend(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan", falls_at=99))
    ended = replace(incident("loan"), status=IncidentStatus.RESOLVED, resolved_at=NOW - timedelta(hours=1))
    board.state.save_incidents([ended])
    view = fleet(board)
    assert view.rows[0].status is Health.HEALTHY
    critical = next(count for count in view.counts if count.status is Health.CRITICAL)
    assert (critical.n_models, critical.trend[-2:], critical.n_week_ago) == (0, (1, 0), 0)


def test_the_facts_say_what_a_row_shows(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    row = fleet(board).rows[0]
    assert (row.metric_title, row.value, row.low, row.high, row.n) == ("ROC AUC", 0.7, 0.6, 0.9, 1000)
    assert (row.drift, row.drift_feature) == (pytest.approx(2.0), "income")
    assert row.sparkline == (0.8,) * 7 + (0.7,) * 3
    assert row.rows_a_day == pytest.approx(1006)


def drifting(model: str, **distances: float) -> list[Verdict]:
    """Return a day on which columns drift by so many times their limit."""
    rows = judged(measured(9, "row_count", 9.0, Role.OPERATIONS, model=model), Status.PASS)
    return [rows] + [
        judged(
            measured(9, "psi", 0.2 * times, Role.FEATURE, feature=name, model=model),
            Status.FAIL if times >= 1 else Status.PASS,
            high=0.2,
        )
        for name, times in distances.items()
    ]


@pytest.mark.parametrize(
    ("weights", "logged", "worst"),
    [
        ({}, {}, ("income", 3.0)),
        ({"income": 0.1, "age": 0.9, "calm": 0.0}, {}, ("age", 1.5)),
        ({"income": 0.1, "age": 0.25, "calm": 0.65}, {}, ("age", 1.5)),
        ({"income": 0.9, "age": 0.1}, {"income": 1.0, "age": 9.0}, ("age", 1.5)),
    ],
)
def test_the_worst_drift_is_ranked_as_on_the_drift_page(
    board: Board, weights: dict[str, float], logged: dict[str, float], worst: tuple[str, float]
) -> None:
    monitor = board.watch("loan")
    with board.store.writing() as cursor:
        for feature, weight in weights.items():
            cursor.execute(
                "INSERT INTO importance VALUES (?, ?, ?, 'made', 9)", [monitor.key, feature, weight]
            )
    shares = [
        measured(9, "attribution_importance", value, Role.FEATURE, feature=name)
        for name, value in logged.items()
    ]
    board.judge(monitor, drifting("loan", income=3.0, age=1.5, calm=0.9), shares)
    row = fleet(board).rows[0]
    assert (row.drift_feature, row.drift) == (worst[0], pytest.approx(worst[1]))
    assert drift(board).rows[0].feature == worst[0]


def test_a_rate_without_a_limit_is_no_distance(board: Board) -> None:
    rate = judged(measured(9, "label_rate", 0.9, Role.LABEL, feature="repaid"), Status.PASS)
    board.judge(board.watch("loan"), [*drifting("loan", income=0.1), rate])
    assert fleet(board).rows[0].drift_feature == "income"
    assert [row.feature for row in drift(board).rows] == ["income", "repaid"]


def test_a_realised_value_goes_before_its_estimate(board: Board) -> None:
    monitor = board.watch("loan")
    guess = measured(10, "roc_auc", 0.9, estimated=True)
    rows = measured(10, "row_count", 5.0, Role.OPERATIONS)
    board.judge(monitor, days("loan"), [replace(guess, window=measured(9, "x", 1.0).window), guess, rows])
    row = fleet(board).rows[0]
    assert (row.value, row.estimated, row.sparkline[-2:]) == (0.9, True, (0.7, 0.9))


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ({"search": "LOAN"}, ["loan"]),
        ({"search": "100%"}, ["odd_100%"]),
        ({"search": "nobody"}, []),
        ({"unit": "Claims"}, ["odd_100%"]),
        ({"status": Health.CRITICAL}, ["loan"]),
        ({"order": "name"}, ["loan", "odd_100%"]),
        ({"page": 7}, ["loan", "odd_100%"]),
    ],
)
def test_filter_order_and_page(board: Board, scope: dict[str, object], names: list[str]) -> None:
    board.watch("loan")
    board.watch("odd_100%", unit="Claims")
    board.state.save_incidents([incident("loan")])
    view = fleet(board, **scope)
    assert [row.name for row in view.rows] == names
    assert (view.n_matching, view.n_models) == (len(names), 2)


def test_a_page_holds_25_models_whatever_the_fleet(board: Board) -> None:
    for i in range(30):
        board.watch(f"model-{i:02d}")
    pages = [fleet(board, page=number, order="name") for number in (1, 2, 99)]
    assert [(len(view.rows), view.n_matching, view.n_models) for view in pages] == [
        (25, 30, 30),
        (5, 30, 30),
        (5, 30, 30),
    ]
    assert pages[1].rows == pages[2].rows
    assert len(TypeAdapter(FleetView).dump_json(pages[0])) < 60_000


def test_decisions_weigh_loss_traffic_and_risk_and_skip_what_sleeps(board: Board) -> None:
    for name in ("large", "small", "asleep"):
        verdicts = days(name)
        board.judge(board.watch(name), verdicts)
        failed = [v.id for v in verdicts if v.status is Status.FAIL and v.measurement.metric == "roc_auc"]
        board.state.save_incidents([incident(name, verdicts=tuple(failed))])
    asleep = replace(
        incident("asleep"), status=IncidentStatus.SNOOZED, snoozed_until=NOW + DAY, acknowledged_by="maria"
    )
    board.state.save_incidents([asleep])
    view = fleet(board)
    assert {one.name for one in view.decisions} == {"large", "small"}
    assert all(one.consequence > 0 for one in view.decisions)
    assert view.n_decisions == 2


def test_a_model_s_page_holds_points_with_their_verdicts(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    view = model(board)
    auc = view.performance[0]
    assert (auc.metric, auc.title, auc.higher_is, len(auc.measured)) == ("roc_auc", "ROC AUC", "better", 10)
    last = auc.measured[-1]
    assert (last.status, last.limit_low, last.n) == (Status.FAIL, 0.75, 1000)
    assert last.sentence is not None
    assert view.row_counts is not None
    assert [card.key for card in view.cards] == ["metric", "drift", "rows"]
    assert (view.cards[1].value, view.cards[1].total) == (1.0, 2)
    assert (view.versions[0].version, view.versions[0].n_rows, view.versions[0].in_registry) == (
        "1",
        10_000,
        False,
    )


def test_a_window_says_how_many_of_its_labels_have_come(board: Board) -> None:
    late = replace(measured(9, "roc_auc", 0.7), n=400)
    coverage = [measured(i, "label_coverage", 0.4 if i == 9 else 1.0, Role.OPERATIONS) for i in range(10)]
    held = [
        one
        for one in days("loan")
        if (one.measurement.window.index, one.measurement.metric) != (9, "roc_auc")
    ]
    immature = replace(judged(late, Status.UNKNOWN), reason="labels immature")
    board.judge(board.watch("loan"), [*held, immature], coverage)
    shares = model(board).labels
    assert [(one.share, one.is_immature) for one in shares] == [(1.0, False)] * 9 + [(0.4, True)]


def test_a_model_without_labels_has_no_coverage(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    assert model(board).labels == ()


def test_an_unknown_version_is_not_found(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    with pytest.raises(NotFound):
        model(board, version="99")


def test_the_estimate_note_says_where_it_is_blind(board: Board) -> None:
    guess = [judged(measured(i, "roc_auc", 0.8, estimated=True), Status.PASS, low=0.75) for i in range(10)]
    board.judge(board.watch("loan"), [*days("loan"), *guess])
    note = model(board).estimate_note
    assert note is not None
    assert "not valid under concept drift" in note
    assert "blind here: in 3 windows" in note


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((), "All shown windows have realised values."),
        ((1.0, 1.0), "All shown windows have all their labels."),
        (
            (0.75, 0.6),
            "2 of them not all yet (the fewest, 60 %, on 9 Nov 2026; 1 is not judged before more come).",
        ),
        ((1.0, 0.999), "1 of them not all yet (the fewest, over 99 %, on 9 Nov 2026"),
    ],
)
def test_the_estimate_note_says_whether_all_labels_have_come(shares: tuple[float, ...], said: str) -> None:
    point = Point(index=0, start=None, end=None, n=9, value=0.8)
    series = Series(
        metric="roc_auc", title="ROC AUC", unit="", higher_is="better", method="made", measured=(point,),
        estimated=(replace(point, estimated=True),),
    )  # fmt: skip
    labels = [
        LabelShare(index=i, start=at.start, end=at.end, n=9, share=share, is_immature=share == 0.6)
        for i, share in enumerate(shares)
        for at in (measured(i, "x", 1.0).window,)
    ]
    assert said in (note(series, timedelta(days=21), labels) or "")


@pytest.mark.parametrize(
    ("task", "metric", "material"),
    [
        (Task.REGRESSION, "mae", "estimated from the reference's errors for such inputs"),
        (Task.MULTICLASS, "accuracy", "estimated from scores calibrated on the reference"),
    ],
)
def test_every_kind_of_model_shows_its_estimates_beside_what_came_true(
    board: Board, task: Task, metric: str, material: str
) -> None:
    others = [
        *(measured(i, metric, 0.8) for i in range(8)),
        *(measured(i, metric, 0.78, estimated=True) for i in range(10)),
        *(measured(i, "concept_drift", 0.02) for i in range(8)),
        *(measured(i, "row_count", 9.0, Role.OPERATIONS) for i in range(10)),
    ]
    board.judge(board.watch("other", task=task), [], others)
    view = model(board, "other")
    leading = view.performance[0]
    assert (leading.metric, len(leading.measured), len(leading.estimated)) == (metric, 8, 10)
    assert [one.metric for one in view.metrics] == [metric, "concept_drift"]
    assert view.estimate_note is not None
    assert material in view.estimate_note
    assert "In 2 windows" in view.estimate_note


def test_where_the_estimate_missed_a_failure_only_realised_values_speak(board: Board) -> None:
    later = [judged(measured(i, "roc_auc", 0.8, estimated=True), Status.PASS, low=0.75) for i in range(12)]
    rows = [judged(measured(i, "row_count", 9.0, Role.OPERATIONS), Status.PASS) for i in (10, 11)]
    board.judge(board.watch("loan"), [*days("loan"), *later, *rows])
    card, row = model(board).cards[0], fleet(board).rows[0]
    assert (card.value, card.estimated, card.note) == (0.7, False, "the later estimates are blind")
    assert (row.value, row.estimated) == (0.7, False)


def test_a_stale_model_says_since_when(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    assert model(board).stale_since is None


def test_drift_is_ranked_and_the_worst_column_is_shown(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    view = drift(board)
    assert [row.feature for row in view.rows] == ["income", "age"]
    assert (view.n_drifting, view.n_features) == (1, 2)
    assert view.rows[0].ratios[-1] == pytest.approx(2.0)
    assert (view.rows[0].first_window, view.rows[0].n_failed) == (7, 3)
    assert view.sentence.startswith(
        "1 of 2 judged columns drifts in the latest window, 17 Nov 2026; most of all income"
    )
    assert view.detail is not None
    assert (view.detail.feature, view.detail.status, view.detail.tests[0].decides) == (
        "income",
        Status.FAIL,
        True,
    )


def test_drift_follows_the_link_and_says_what_it_lacks(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    view = drift(board, model="loan", feature="age", window=3)
    assert view.detail is not None
    assert (view.detail.feature, view.detail.window.index) == ("age", 3)
    for wrong in ({"model": "nope"}, {"feature": "nope"}, {"window": 77}):
        with pytest.raises(NotFound):
            drift(board, **wrong)


def register(board: Board, name: str) -> None:
    with board.store.writing() as cursor:
        cursor.execute(
            "INSERT INTO registry_models VALUES ('local', $name, '{}', NULL, $at)", {"name": name, "at": NOW}
        )
        cursor.execute(
            "INSERT INTO registry_versions VALUES ('local', $name, '3', 'run', '{}', NULL, $at)",
            {"name": name, "at": NOW},
        )
        cursor.execute(
            "INSERT INTO registry_aliases VALUES ('local', $name, 'champion', '3', $at, NULL)",
            {"name": name, "at": NOW},
        )


def test_a_registered_model_without_a_monitor_is_seen_everywhere(board: Board) -> None:
    register(board, "lonely")
    (row,) = fleet(board).rows
    assert (row.name, row.version, row.monitored, row.status) == ("lonely", "3", False, Health.UNKNOWN)
    view = model(board, "lonely")
    assert (view.monitored, view.champion, view.versions[0].aliases[0].alias) == (False, "3", "champion")
    shown = drift(board, model="lonely")
    assert (shown.name, "no monitor" in (shown.empty_reason or "")) == (None, True)


def test_one_column_that_drifts_in_two_models_points_upstream(board: Board) -> None:
    for name in ("loan", "card", "calm"):
        board.judge(board.watch(name), days(name, falls_at=99 if name == "calm" else 7))
    shared = drift(board).shared
    assert [(one.feature, one.models) for one in shared] == [("income", ("card", "loan"))]


def test_who_must_decide_is_told_why_and_the_headline_stays_short(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    said = "ROC AUC outside the limits since window 7"
    board.state.save_incidents([incident("loan", cause=f"{said}. Why, in window 7: ROC AUC fell by 0.1")])
    assert fleet(board).decisions[0].why == f"{said}. Why, in window 7: ROC AUC fell by 0.1."
    assert fleet(board).rows[0].why == model(board).why == f"{said}."
    assert model(board).incidents[0].cause.endswith("ROC AUC fell by 0.1")


def test_summaries_say_the_same_as_the_fleet(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    board.state.save_incidents([incident("loan")])
    with board.store.reading() as cursor:
        found = summaries(cursor, board.state)
    row = fleet(board).rows[0]
    assert [(one.name, one.status, one.why, one.monitored) for one in found] == [
        (row.name, row.status, row.why, row.monitored)
    ]


def test_views_travel_as_json(board: Board) -> None:
    board.judge(board.watch("loan"), days("loan"))
    board.state.save_incidents([incident("loan")])
    for kind, view in ((FleetView, fleet(board)), (ModelView, model(board)), (DriftView, drift(board))):
        adapter = TypeAdapter(kind)
        assert adapter.validate_json(adapter.dump_json(view)) == view

"""Figures by hand: what counts, what does not, and when there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.action import Move, MoveKind
from core.domain import Incident, IncidentStatus, Severity, Window
from core.incidents.lifecycle import BY_RULE
from core.kpis import figures as told
from core.kpis.facts import Facts, Model, Release
from core.kpis.intervals import median_interval, poisson_interval
from core.kpis.maturity import maturity
from core.views.kpis import Kpi

NOW = datetime(2026, 11, 18, tzinfo=UTC)
DAY = timedelta(days=1)


def release(age: float, days: float | None, version: str = "2", model: str = "loans") -> Release:
    at = NOW - age * DAY
    return Release(
        registry="r", model=model, version=version, made_at=None if days is None else at - days * DAY, at=at
    )


def back(age: float, version: str = "2", kind: MoveKind = MoveKind.ROLL_BACK) -> Move:
    return Move(
        registry="r", model="loans", alias="champion", from_version=version, to_version="1",
        at=NOW - age * DAY, kind=kind, actor="ann", reason="", generation=2, evidence=None,
    )  # fmt: skip


def incident(age: float, **changes: object) -> Incident:
    window = Window(index=0, start=NOW - (age + 2) * DAY, end=NOW - (age + 1) * DAY)
    fields: dict[str, object] = {
        "id": f"i{age}", "model": "loans", "severity": Severity.CRITICAL, "status": IncidentStatus.OPEN,
        "opened_at": NOW - age * DAY, "first_window": window, "last_window": window, "cause": "c",
        "rule": "performance", "features": (), "verdicts": (), **changes,
    }  # fmt: skip
    return Incident(**fields)  # type: ignore[arg-type]


def ended(age: float, days: float, why: str = "feed mended", by: str | None = "ann") -> Incident:
    at = NOW - age * DAY + days * DAY
    return incident(age, status=IncidentStatus.RESOLVED, resolved_at=at, resolution=why, resolved_by=by)


def facts(**changes: object) -> Facts:
    models = [Model(registry="r", name="loans", champion="2")]
    fields: dict[str, object] = {"since": NOW - 60 * DAY, "now": NOW, "models": models, **changes}
    return Facts(**fields)  # type: ignore[arg-type]


def test_lead_time_is_the_median_of_promotions_whose_registration_is_known() -> None:
    releases = [release(i, days) for i, days in enumerate((1, 2, 3, 4, 100, 200))] + [release(9, None)]
    one = told.lead_time(facts(releases=releases))
    assert (one.value, one.n, one.low, one.high) == (3.5, 6, 1.0, 200.0)
    few = told.lead_time(facts(releases=releases[:4]))
    assert (few.value, few.reason) == (None, "4 promotions; a median needs 5")


def test_frequency_is_per_thirty_days_with_the_interval_of_a_count() -> None:
    one = told.frequency(facts(releases=[release(i, 1) for i in range(10)]))
    assert (one.value, one.n) == (5.0, 10)
    assert one.low == pytest.approx(4.795 / 2, abs=0.01)
    young = facts(releases=[release(1, 1)], recorded_since=NOW - 29 * DAY)
    assert told.frequency(young).reason == "29 days on record; a frequency needs 30"
    half = facts(releases=[release(1, 1)], recorded_since=NOW - 30 * DAY)
    assert told.frequency(half).value == 1.0, "before the ledger began nothing was counted"
    none = told.frequency(facts())
    assert (none.value, none.low, none.n) == (0.0, 0.0, 0)


def test_a_failure_is_a_roll_back_within_thirty_days_of_a_ripe_promotion() -> None:
    releases = [release(50 - i, 1, version=str(i)) for i in range(6)] + [release(2, 1, version="9")]
    moves = [back(45, "0"), back(10, "1"), back(1, "9"), back(44, "2", MoveKind.EXTERNAL)]
    one = told.failures(facts(releases=releases, moves=moves))
    assert (one.value, one.n) == (1 / 6, 6), "v1 came back too late, v9 is too young, v2 not by us"
    assert "1 are younger, 1 of them rolled back already" in one.counted
    assert one.low is not None
    assert one.high is not None
    assert one.low < 1 / 6 < one.high
    assert told.failures(facts()).reason == "0 such promotions; a share needs 5"


def test_detection_and_restoration_are_in_event_time_and_leave_out_what_is_open() -> None:
    incidents = [ended(i + 10, days) for i, days in enumerate((1, 2, 3, 4, 5))] + [incident(3)]
    seen = told.detection(facts(incidents=incidents))
    assert (seen.value, seen.n) == (2.0, 6)
    restored = told.restoration(facts(incidents=incidents))
    assert (restored.value, restored.n) == (3.0, 5)
    assert "1 still open and not in it" in restored.counted
    warned = [replace(one, severity=Severity.WARNING) for one in incidents]
    assert told.restoration(facts(incidents=warned)).value is None


def test_precision_counts_what_persons_closed_alone() -> None:
    real = [ended(i + 10, 1) for i in range(6)]
    false = [ended(i + 20, 1, "False alarm: a holiday") for i in range(2)]
    ruled = [ended(i + 30, 1, f"{BY_RULE} fewer", None) for i in range(5)]
    one = told.precision(facts(incidents=[*real, *false, *ruled, ended(90, 1)]))
    assert (one.value, one.n) == (0.75, 8)


def test_shares_are_of_models_in_production() -> None:
    models = [
        Model(registry="r", name="a", champion="1", monitored=True, validated=True, documented=False),
        Model(registry="r", name="b", champion="1", monitored=True, documented=True),
        Model(registry="r", name="c", champion="1"),
        Model(registry="r", name="d"),
    ]
    one = facts(models=models)
    assert [told.monitored(one).value, told.validated(one).value] == [2 / 3, 1 / 3]
    assert (told.documented(one).value, told.documented(one).n) == (0.5, 2)
    assert told.monitored(one).low is None, "all of them are counted: no interval"
    assert told.monitored(facts(models=[])).reason == "no such model has a champion"


def test_label_delay_is_the_median_over_models() -> None:
    models = [Model(registry="r", name=str(i), delay_s=i * 86_400.0) for i in (1, 2, 9)]
    one = told.label_delay(facts(models=models))
    assert (one.value, one.n, one.low) == (2.0, 3, None)
    assert told.label_delay(facts()).value is None


def test_a_group_has_its_own_models_only() -> None:
    other = Model(registry="r", name="other", champion="1")
    every = facts(
        models=[Model(registry="r", name="loans", champion="2"), other],
        releases=[release(1, 1), release(2, 1, model="other")],
        incidents=[incident(1), incident(2, model="other")],
        moves=[back(1)],
    )
    ours = every.of([other])
    assert [one.model for one in ours.releases] == ["other"]
    assert [one.model for one in ours.incidents] == ["other"]
    assert not ours.moves
    assert len(told.figures(ours)) == 10


# ---------------------------------------------------------------- intervals


@given(st.integers(6, 60))
def test_the_interval_of_a_median_holds_it_in_95_of_100(n: int) -> None:
    ends = median_interval(list(range(n)))
    assert ends is not None
    k = int(ends[0]) + 1
    outside = 2 * sum(comb(n, i) for i in range(k)) / 2**n
    assert outside <= 0.05
    wider = 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n
    assert wider > 0.05, "a shorter one would not hold it"


# Exact limits of a count: Garwood (1936), as printed in Breslow & Day (1987), table 2.11.
@pytest.mark.parametrize(("n", "low", "high"), [(1, 0.025, 5.572), (5, 1.623, 11.668), (20, 12.217, 30.888)])
def test_the_interval_of_a_count_is_that_of_the_tables(n: int, low: float, high: float) -> None:
    assert poisson_interval(n) == pytest.approx((low, high), abs=0.1)


# ---------------------------------------------------------------- maturity


def known(**values: float | None) -> list[Kpi]:
    units = {"lead_time": "days", "deployment_frequency": "per 30 days", "time_to_detect": "days"}
    units |= {"time_to_restore": "days", "label_delay": "days"}
    names = [one.name for one in told.figures(facts())]
    return [
        Kpi(
            name=name, title=name, unit=units.get(name, "share"), n=9, counted="", value=values.get(name),
            reason="" if values.get(name) is not None else "unknown",
        )
        for name in names
    ]  # fmt: skip


def test_nothing_known_is_level_one_and_says_what_is_missing() -> None:
    for area in maturity(facts(), known()):
        assert area.level == 1
        assert area.lacks
        assert not area.has
    assert "not known (unknown); at least 50 % is needed" in maturity(facts(), known())[0].lacks[0]


def test_a_level_needs_all_below_it() -> None:
    best = known(
        monitored=1.0, validated=1.0, documented=1.0, label_delay=3.0, time_to_detect=2.0,
        alarm_precision=0.9, lead_time=3.0, change_failure_rate=0.1, time_to_restore=0.5,
        deployment_frequency=4.0,
    )  # fmt: skip
    owned = facts(models=[Model(registry="r", name="loans", owner="ann", champion="2")], n_reviews=1)
    assert [one.level for one in maturity(owned, best)] == [5, 5, 5]
    assert [one.lacks for one in maturity(owned, best)] == [(), (), ()]
    worse = [replace(one, value=0.2) if one.name == "monitored" else one for one in best]
    data = maturity(owned, worse)[0]
    assert (data.level, data.lacks) == (
        1, ("Watch more models: monitored is 20 %, at least 50 % is needed.",)
    )  # fmt: skip
    assert maturity(replace(owned, n_reviews=0), best)[2].level == 3
    moved = replace(owned, moves=[back(1, kind=MoveKind.EXTERNAL)])
    assert maturity(moved, best)[2].lacks == (
        "Move champions here alone: 1 moved past Trimtab in this time.",
    )

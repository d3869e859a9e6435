"""Seasons through the whole product: a weekend is no drift, a weekend that is not like the others is."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from core.domain import Role, Segment, Status, Verdict
from core.errors import InvalidInput
from core.logs.upload import Upload
from core.trimtab import Trimtab
from tests.loans import DAY_0, SPEC

DAY_ONE = DAY_0 - timedelta(days=1)  # a Monday
WEEKLY = SPEC + "seasonality: weekday\n"
File = Callable[[pa.Table], Upload]


def weekly(first: int, n_days: int, *, seed: int = 1, shift: float = 0.0, worse: float = 0.0) -> pa.Table:
    """Loans by the day: at weekends half as many, by other people, harder to tell; Monday is day 0."""
    rng = np.random.default_rng([seed, first + 100])
    days = np.arange(first, first + n_days)
    weekend = (days % 7) >= 5
    sizes = np.where(weekend, 300, 600) + rng.integers(-20, 20, n_days)
    day = np.repeat(days, sizes)
    at_weekend = np.repeat(weekend, sizes)
    total = len(day)
    income = rng.normal(np.where(at_weekend, 0.8, 0.0) + shift, 1.0)
    chance = 1 / (1 + np.exp(-2 * (income - np.where(at_weekend, 0.8, 0.0))))
    truth = rng.random(total) < np.where(at_weekend, 0.5 + 0.6 * (chance - 0.5), chance)
    truth = np.where(rng.random(total) < worse, ~truth, truth)
    start = np.concatenate([np.arange(n) / n for n in sizes])
    at = [DAY_ONE + timedelta(days=float(d + s)) for d, s in zip(day, start, strict=True)]
    return pa.table(
        {
            "id": [f"{seed}-{first}-{i}" for i in range(total)],
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "income": income,
            "channel": np.where(rng.random(total) < np.where(at_weekend, 0.8, 0.4), "web", "branch"),
            "sex": rng.choice(["F", "M"], total),
            "score": chance,
            "decision": (chance > 0.5).astype(int),
            "repaid": truth.astype(int),
        }
    )


def judged(trimtab: Trimtab, file: File, spec: str, table: pa.Table) -> list[Verdict]:
    trimtab.watch(spec, reference=file(weekly(-28, 28)))
    trimtab.ingest("loans", file(table), kind="predictions")
    trimtab.monitor("loans")
    return trimtab.verdicts("loans")


def failed(verdicts: list[Verdict], role: Role) -> set[tuple[int | None, str | None]]:
    return {
        (one.measurement.window.index, one.measurement.feature)
        for one in verdicts
        if one.status is Status.FAIL and one.measurement.role is role
    }


def hourly(first: int, n_days: int, *, shift: float = 0.0) -> pa.Table:
    """Loans in windows of two hours, 150 each; at two in the night other people apply, by batch."""
    rng = np.random.default_rng([3, first + 100])
    total = 150 * 12 * n_days
    hour = np.arange(total) * 24 / 1800 + 24 * first
    night = (hour % 24 >= 2) & (hour % 24 < 4)
    income = rng.normal(np.where(night, 1.5, 0.0) + shift, 1.0)
    chance = 1 / (1 + np.exp(-2 * income))
    return pa.table(
        {
            "id": [f"h{first}-{i}" for i in range(total)],
            "at": pa.array([DAY_ONE + timedelta(hours=float(h)) for h in hour], pa.timestamp("us", "UTC")),
            "income": income,
            "channel": rng.choice(["web", "branch"], total),
            "sex": rng.choice(["F", "M"], total),
            "score": chance,
            "decision": (chance > 0.5).astype(int),
            "repaid": (rng.random(total) < chance).astype(int),
        }
    )


@pytest.mark.parametrize(("season", "alarms"), [("", {1, 13, 25}), ("seasonality: hour\n", set())])
def test_the_fixed_reference_takes_every_night_for_drift_the_seasonal_one_does_not(
    trimtab, file, season, alarms
):
    trimtab.watch(SPEC.replace("1d", "2h") + season, reference=file(hourly(-14, 14)))
    trimtab.ingest("loans", file(hourly(0, 3)), kind="predictions")
    trimtab.monitor("loans")
    verdicts = trimtab.verdicts("loans")
    assert {index for index, _ in failed(verdicts, Role.FEATURE)} == alarms
    assert bool([one for one in trimtab.incidents() if one.rule == "drift"]) is False


def test_weekends_are_no_drift(trimtab, file):
    verdicts = judged(trimtab, file, WEEKLY, weekly(0, 14))
    assert not failed(verdicts, Role.PERFORMANCE) | failed(verdicts, Role.FEATURE)
    drift = [one for one in verdicts if one.rule == "drift"]
    assert {one.measurement.baseline for one in drift} == {"seasonal"}
    assert {one.status for one in drift} == {Status.PASS}
    assert not trimtab.incidents()


def test_a_real_shift_is_found_on_its_first_day_and_called_by_its_season(trimtab, file):
    before, after = weekly(0, 7), weekly(7, 7, shift=0.6)
    verdicts = judged(trimtab, file, WEEKLY, pa.concat_tables([before, after]))
    found = failed(verdicts, Role.FEATURE)
    assert {(index, "income") for index in range(7, 14)} <= found
    assert not {index for index, _ in found} & set(range(7))
    (incident,) = [one for one in trimtab.incidents() if one.rule == "drift"]
    assert incident.first_window.index == 7


def test_a_shift_as_large_as_the_season_is_seen_on_a_weekday_only_by_the_season(trimtab, file):
    """Monday to Friday look like weekends: to the whole reference that is familiar, to Mondays it is not."""
    verdicts = judged(trimtab, file, WEEKLY, weekly(0, 3, shift=0.8))
    assert {(0, "income"), (1, "income"), (2, "income")} <= failed(verdicts, Role.FEATURE)


def test_performance_is_held_to_its_own_weekday(trimtab, file):
    verdicts = judged(trimtab, file, WEEKLY, weekly(0, 7))
    limits = {
        one.measurement.window.index: one.limit.low
        for one in verdicts
        if one.measurement.metric == "accuracy" and not one.measurement.estimated
    }
    assert max(limits[day] for day in (5, 6)) < min(limits[day] for day in range(5)) - 0.03
    worse = judged(trimtab, file, WEEKLY, weekly(7, 7, worse=0.25))
    assert {7, 8, 9} <= {index for index, _ in failed(worse, Role.PERFORMANCE)}


def test_volume_too(trimtab, file):
    verdicts = judged(trimtab, file, WEEKLY, weekly(0, 5).slice(0, 1500))
    counts = {one.measurement.window.index: one for one in verdicts if one.rule == "no_traffic"}
    assert counts[0].status is Status.PASS
    half = judged(
        trimtab, file, WEEKLY, weekly(14, 3).filter(pa.array(np.arange(len(weekly(14, 3))) % 2 == 0))
    )
    (monday,) = [one for one in half if one.rule == "no_traffic" and one.measurement.window.index == 14]
    assert monday.status is Status.WARN  # as many as on any Sunday, but it is a Monday


def test_default_output_is_the_fixed_baseline_once(trimtab, file):
    judged(trimtab, file, WEEKLY, weekly(0, 2))
    fixed = trimtab.measurements("loans")
    assert {one.baseline for one in fixed} == {"fixed"}
    keys = [
        (one.metric, one.feature, one.segment, one.window.index, one.estimated, one.role) for one in fixed
    ]
    assert len(set(keys)) == len(keys)
    seasonal = trimtab.measurements("loans", baseline="seasonal", feature="income", metric="ks")
    assert [one.baseline for one in seasonal] == ["seasonal", "seasonal"]
    whole = trimtab.measurements("loans", feature="income", metric="ks")
    assert seasonal[0].n_reference < whole[0].n_reference
    ids = {one.identity for one in [*fixed, *trimtab.measurements("loans", baseline="seasonal")]}
    judged_ids = {one.id for one in trimtab.verdicts("loans")}
    assert judged_ids <= ids


def test_the_window_before_is_a_baseline_on_demand(trimtab, file):
    judged(trimtab, file, SPEC, weekly(0, 7))
    found = trimtab.measurements("loans", baseline="previous", metric="ks", feature="income")
    assert [one.window.index for one in found] == list(range(7))
    assert {one.baseline for one in found} == {"previous"}
    distances = {one.window.index: one.value for one in found}
    # Friday to Saturday is the step; Saturday to Sunday is none.
    assert distances[5] > 0.25
    assert max(distances[day] for day in (1, 2, 3, 4, 6)) < 0.15
    assert distances[0] > 0.25  # the reference ended with a Sunday
    assert {one.segment for one in found} == {Segment()}


def test_the_window_before_the_pause_is_no_baseline(trimtab, file):
    table = weekly(0, 3)
    kept = pa.array(
        [at.date() != (DAY_ONE + timedelta(days=1)).date() for at in table.column("at").to_pylist()]
    )
    judged(trimtab, file, SPEC, table.filter(kept))
    found = trimtab.measurements("loans", baseline="previous", metric="ks", feature="income")
    assert [one.reason for one in found] == [None, "no traffic", "no reference"]


def test_questions_that_make_no_sense_are_refused(trimtab, file):
    judged(trimtab, file, SPEC, weekly(0, 1))
    with pytest.raises(InvalidInput, match="names no season"):
        trimtab.measurements("loans", baseline="seasonal")
    with pytest.raises(InvalidInput, match="--exact"):
        trimtab.measurements("loans", baseline="previous", exact=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seasonality: yearly\n", "not a season"),
        ("seasonality: hour\n", "shorter than"),
        ("seasonality: weekday\nwindow: {rows: 50}\n", "windows of time"),
    ],
)
def test_a_season_must_fit_the_windows(trimtab, file, text, said):
    spec = SPEC.replace("window: {every: 1d}\n", "") if "window" in text else SPEC
    with pytest.raises(InvalidInput, match=said):
        trimtab.watch(spec + text, reference=file(weekly(-28, 28)))


def test_segments_have_seasons_too(trimtab, file):
    verdicts = judged(trimtab, file, WEEKLY + "segments: [sex]\n", weekly(0, 14))
    women = [
        one for one in verdicts if one.measurement.segment == Segment.of({"sex": "F"}) and one.rule == "drift"
    ]
    assert {one.measurement.baseline for one in women} == {"seasonal"}
    assert not failed(verdicts, Role.PERFORMANCE) | failed(verdicts, Role.FEATURE)

"""All inputs together, from rows in the store to measurements, bands and verdicts."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core import sampled
from core.basis import Basis
from core.domain import ALL_ROWS, Measurement, Role, Status
from core.monitor import assess
from core.policy.policy_file import default_policy
from core.profiles import reference as references
from core.sampled import kept_of_reference, measure_samples
from core.spec import MULTIVARIATE, Features
from core.store import AnalyticsStore
from tests.unit.profiles.stream import DAY, NOW, START, Stream, a_spec, moments

SIZE = 150


def two(n: int, correlation: float, rng: np.random.Generator) -> dict[str, list[float]]:
    x, noise = rng.normal(size=(2, n))
    return {"x": x.tolist(), "y": (correlation * x + np.sqrt(1 - correlation**2) * noise).tolist()}


@pytest.fixture
def made() -> Iterator[Stream]:
    """Seven reference windows; then one like them, and one in which x and y relate in the opposite way."""
    spec = replace(
        a_spec(rows=SIZE, scores={}, prediction=None, label=None, latency_ms=None, status=None),
        features=Features(numeric=("x", "y")),
        multivariate=MULTIVARIATE,
    )
    rng = np.random.default_rng(4)
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        made = Stream(cursor, spec)
        made.start()
        made.add_reference(moments(7 * SIZE), **two(7 * SIZE, 0.9, rng))
        made.pin()
        made.add(moments(SIZE), **two(SIZE, 0.9, rng))
        made.add(moments(SIZE, start=START + DAY), **two(SIZE, -0.9, rng))
        yield made
    store.close()


def measured(made: Stream) -> sampled.Sampled:
    pinned = references.load(made.cursor, made.layout.key)
    assert pinned is not None
    return measure_samples(made.cursor, made.layout, made.spec, pinned, made.run(pinned))


def only_pca(made: Stream) -> None:
    """The quick one of the two will do."""
    made.spec = replace(made.spec, multivariate=MULTIVARIATE[:1])


def by_place(found: tuple[Measurement, ...]) -> dict[tuple[str, int | None], float | None]:
    return {(one.metric, one.window.index): one.value for one in found}


def test_each_window_has_both_numbers_the_reference_a_band_and_the_rule_its_verdict(made: Stream) -> None:
    pinned = references.load(made.cursor, made.layout.key)
    assert pinned is not None
    profiles = made.run(pinned)
    found = measure_samples(made.cursor, made.layout, made.spec, pinned, profiles)
    values = by_place(found.measurements)
    assert len(values) == 4
    assert {(one.role, one.feature, one.segment, one.n) for one in found.measurements} == {
        (Role.FEATURE, None, ALL_ROWS, SIZE)
    }
    for metric in MULTIVARIATE:
        band = found.bands[metric, Role.FEATURE, None, ALL_ROWS]
        assert band.n_windows == 7
        assert abs((values[metric, 0] or 0) - band.mean) < 4 * band.sd < (values[metric, 1] or 0) - band.mean
    policy = default_policy(made.spec.risk)
    basis = Basis.of(pinned, made.spec)
    _, verdicts = assess(profiles, made.spec, policy, basis, sampled=found, clock=None, now=NOW)
    joint = [one for one in verdicts if one.rule == "joint_drift"]
    assert [one.status for one in joint] == [Status.PASS, Status.PASS, Status.FAIL, Status.FAIL]
    assert not [one for one in verdicts if one.rule == "drift" and one.status is Status.FAIL]


def test_what_was_measured_is_not_measured_again(made: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    only_pca(made)
    first = measured(made)
    calls: list[int] = []
    counted = {
        name: lambda fitted, rows, measure=measure: calls.append(rows.n) or measure(fitted, rows)
        for name, measure in sampled.MEASURES.items()
    }
    monkeypatch.setattr(sampled, "MEASURES", counted)
    made.label([], [])
    assert measured(made) == first
    assert calls == []
    made.add(moments(1), x=[0.0], y=[0.0])  # earlier than all but the first row: shifts both windows
    again = measured(made)
    assert len(calls) == 2
    assert again.bands == first.bands


def test_the_references_numbers_stay_on_record_until_it_is_pinned_anew(made: Stream) -> None:
    pinned = references.load(made.cursor, made.layout.key)
    assert pinned is not None
    only_pca(made)
    assert kept_of_reference(made.cursor, made.layout.key, made.spec, pinned) == []
    measured(made)
    kept = kept_of_reference(made.cursor, made.layout.key, made.spec, pinned)
    assert sorted({one.window.index or 0 for one in kept}) == list(range(-7, 0))
    assert len(kept) == 7
    made.pin()
    assert kept_of_reference(made.cursor, made.layout.key, made.spec, pinned) == []


def test_a_spec_that_does_not_ask_costs_nothing(made: Stream) -> None:
    made.spec = replace(made.spec, multivariate=())
    assert measured(made) == sampled.NOTHING_SAMPLED
    assert made.cursor.execute("SELECT count(*) FROM sampled_readings").fetchone() == (0,)


def test_without_reference_rows_there_is_a_reason(made: Stream) -> None:
    made.cursor.execute(f"DELETE FROM {made.layout.reference}")
    made.pin()
    found = measured(made)
    assert {one.reason for one in found.measurements} == {"no reference"}
    assert found.bands == {}

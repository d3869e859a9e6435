"""Whatever the rows, every number is there, is finite, or says why it is not."""

from dataclasses import replace
from math import isfinite

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import ALL_ROWS, Measurement, Role, Segment, Task
from core.metrics.catalogue import BY_NAME
from core.metrics.measure import bands, calibrate, measure, measure_all
from core.metrics.reading import REASONS
from core.spec import MonitorSpec
from tests.builders import Table, profile_of, reference_of, spec_of, texts, windows_of


def table(n: int, seed: int = 0, task: Task = Task.BINARY) -> Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    scores = np.round(1 / (1 + np.exp(-x)), 3)
    labels = rng.random(n) < scores
    regression, several = task is Task.REGRESSION, task is Task.MULTICLASS
    # The classes of several are 1 and 2.
    names = (lambda yes: texts(2 - yes.astype(int))) if several else texts
    return Table(
        numeric={"x": x, "count": rng.poisson(4, n).astype(float)},
        categorical={"kind": rng.choice(np.array(["a", "b", "c"], dtype=object), n)},
        scores={} if regression else {"score": scores} | ({"rest": 1 - scores} if several else {}),
        prediction=x if regression else names(scores >= 0.5),
        label=x + rng.normal(size=n) if regression else names(labels),
        groups={"sex": rng.choice(np.array(["f", "m"], dtype=object), n)},
        latency_ms=rng.lognormal(3, 0.5, n),
        failed=rng.random(n) < 0.02,
    )


def empty(rows: Table) -> Table:
    return rows.rows(0, 0)


def by_key(found: list[Measurement]) -> dict[tuple[object, ...], Measurement]:
    keyed = {(one.metric, one.role, one.feature, one.segment, one.estimated): one for one in found}
    assert len(keyed) == len(found)
    return keyed


def check(found: list[Measurement]) -> None:
    by_key(found)
    for one in found:
        assert one.role in BY_NAME[one.metric].roles
        assert (one.value is None) == (one.reason is not None)
        assert one.reason is None or one.reason in REASONS
        assert one.n >= 0
        for number in (one.value, one.low, one.high, one.p_value):
            assert number is None or isfinite(number)
        if one.low is not None and one.high is not None and one.value is not None:
            assert one.low <= one.value <= one.high
        assert one.p_value is None or 0 <= one.p_value <= 1


@pytest.mark.parametrize("task", list(Task))
def test_the_same_numbers_for_every_window(task: Task) -> None:
    rows = table(600, task=task)
    spec = spec_of(rows, task=task, rows=200)
    reference = reference_of(rows, spec)
    estimator = calibrate(reference, spec)
    full = by_key(measure(profile_of(table(150, 1, task), reference, spec), reference, spec, estimator))
    none = by_key(measure(profile_of(empty(rows), reference, spec), reference, spec, estimator))
    groups = {key for key in full if key[3] != ALL_ROWS}
    assert none.keys() == full.keys() - groups
    check(list(full.values()))
    check(list(none.values()))
    assert all(one.value is not None for one in full.values())


def test_an_empty_window_has_no_traffic() -> None:
    rows = table(300)
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    found = measure(profile_of(empty(rows), reference, spec), reference, spec, calibrate(reference, spec))
    rest = [one for one in found if one.metric != "row_count"]
    assert [one.value for one in found if one.metric == "row_count"] == [0.0]
    assert {one.reason for one in rest if one.role is not Role.FAIRNESS} == {"no traffic"}


def test_an_open_window_has_its_row_count_to_come() -> None:
    rows = table(300)
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    found = measure(profile_of(rows, reference, spec, closed=False), reference, spec, None)
    assert [(one.metric, one.value, one.reason, one.n) for one in found] == [
        ("row_count", None, "window open", 300)
    ]


def test_labels_to_come() -> None:
    rows = table(300)
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    unlabelled = replace(rows, label=np.array([None] * 300, dtype=object))
    found = measure(profile_of(unlabelled, reference, spec), reference, spec, calibrate(reference, spec))
    check(found)
    measured = [one for one in found if one.role in (Role.PERFORMANCE, Role.LABEL) and not one.estimated]
    assert {one.reason for one in measured} == {"no labels yet"}
    assert all(one.value is not None for one in found if one.estimated)
    assert [one.value for one in found if one.metric == "label_coverage"] == [0.0]


def test_no_reference_rows() -> None:
    rows = table(300)
    spec = spec_of(rows)
    reference = reference_of(empty(rows), spec)
    found = measure(profile_of(rows, reference, spec), reference, spec, calibrate(reference, spec))
    check(found)
    assert {one.reason for one in found if one.metric in ("ks", "psi", "chi_squared")} == {"no reference"}
    assert bands(reference, spec) == {}


def test_roles_that_the_model_does_not_have() -> None:
    rows = replace(table(300), scores={}, prediction=None)
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    found = by_key(measure(reference.profile, reference, spec, calibrate(reference, spec)))
    assert found["accuracy", Role.PERFORMANCE, None, ALL_ROWS, False].reason == "no prediction column"
    assert found["roc_auc", Role.PERFORMANCE, None, ALL_ROWS, False].reason == "no score column"
    data_only = replace(rows, label=None)
    spec = spec_of(data_only)
    reference = reference_of(data_only, spec)
    roles = {one.role for one in measure(reference.profile, reference, spec, None)}
    assert roles == {Role.FEATURE, Role.OPERATIONS}


@pytest.mark.parametrize(
    "strange",
    [
        np.full(200, np.nan),
        np.full(200, np.inf),
        np.array([-np.inf] * 100 + [np.nan] * 99 + [1.0]),
        np.array([1.7e308, -1.7e308] * 100),
        np.array([5e-324, 0.0] * 100),
        np.full(200, 3.0),
        np.array([1e300] + [0.0] * 199),
    ],
)
@pytest.mark.parametrize("swap", [False, True])
def test_strange_numbers_on_either_side(strange: np.ndarray, swap: bool) -> None:
    usual = np.random.default_rng(1).normal(size=200)
    before, now = (strange, usual) if swap else (usual, strange)
    for start in (before, strange):
        with np.errstate(over="ignore"):
            rows = Table(numeric={"x": start}, scores={"s": start}, prediction=start, label=now)
            spec = spec_of(rows, task=Task.REGRESSION, rows=50)
            reference = reference_of(rows, spec)
            current = Table(numeric={"x": now}, scores={"s": now}, prediction=now, label=start)
            profile = profile_of(current, reference, spec)
        check(measure(profile, reference, spec, None))
        bands(reference, spec)


def test_ten_thousand_categories() -> None:
    rng = np.random.default_rng(2)
    before = np.array([f"c{i}" for i in rng.integers(0, 1000, 20_000)], dtype=object)
    now = np.array([f"c{i}" for i in rng.integers(0, 10_000, 20_000)], dtype=object)
    rows = Table(categorical={"x": before})
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    found = measure(profile_of(Table(categorical={"x": now}), reference, spec), reference, spec, None)
    check(found)
    values = {one.metric: one.value for one in found}
    assert values["new_category_rate"] == pytest.approx(0.9, abs=0.01)
    assert values["psi"] is not None
    assert values["psi"] > 1


def test_one_row() -> None:
    rows = table(300)
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    found = measure(profile_of(rows.rows(0, 1), reference, spec), reference, spec, calibrate(reference, spec))
    check(found)


NUMBERS = st.one_of(st.floats(width=64), st.sampled_from([0.0, 1.0, 2.0, float("nan"), float("inf")]))


@settings(max_examples=40)
@given(
    before=st.lists(NUMBERS, min_size=0, max_size=30),
    now=st.lists(NUMBERS, min_size=0, max_size=30),
    words=st.lists(st.sampled_from(["a", "b", "c", None]), min_size=30, max_size=30),
)
def test_no_rows_break_it(before: list[float], now: list[float], words: list[str | None]) -> None:
    def rows(values: list[float]) -> Table:
        n = len(values)
        numbers = np.array(values, dtype=float)
        chances = np.where(np.isfinite(numbers), np.abs(np.tanh(numbers)), np.nan)
        kinds = np.array(words[:n], dtype=object)
        return Table(
            numeric={"x": numbers},
            categorical={"k": kinds},
            scores={"s": chances},
            prediction=np.array(
                [{"a": "0", "b": "1", "c": "2"}.get(w or "") for w in words[:n]], dtype=object
            ),
            label=np.array([{"a": "1", "b": "0"}.get(w or "") for w in reversed(words[:n])], dtype=object),
            groups={"g": np.array([w or "(missing)" for w in words[:n]], dtype=object)},
        )

    for task in (Task.BINARY, Task.MULTICLASS):
        with np.errstate(over="ignore"):
            spec = spec_of(rows(before), task=task, rows=5)
            reference = reference_of(rows(before), spec)
            profile = profile_of(rows(now), reference, spec)
        check(measure(profile, reference, spec, calibrate(reference, spec)))
        bands(reference, spec)


def wide(n: int, seed: int) -> Table:
    rng = np.random.default_rng(seed)
    return Table(
        numeric={f"n{i}": rng.normal(size=n) for i in range(20)},
        categorical={f"c{i}": rng.choice(np.array(list("abcdefgh"), dtype=object), n) for i in range(10)},
        scores={"s": np.round(rng.random(n), 3)},
        prediction=texts(rng.random(n) < 0.5),
        label=texts(rng.random(n) < 0.5),
    )


@pytest.fixture(scope="module")
def month() -> tuple[MonitorSpec, object, list[object]]:
    spec = spec_of(wide(10, 1), rows=200)
    reference = reference_of(wide(4000, 1), spec)
    return spec, reference, windows_of(wide(28 * 200, 2), reference, spec)


def test_together_is_the_same_as_one_by_one(month: tuple) -> None:
    spec, reference, windows = month
    calibration = calibrate(reference, spec)
    together = measure_all(windows, reference, spec, calibration)
    alone = [one for window in windows for one in measure(window, reference, spec, calibration)]
    assert [replace(one, value=None, p_value=None, low=None, high=None, reason="-") for one in together] == [
        replace(one, value=None, p_value=None, low=None, high=None, reason="-") for one in alone
    ]
    assert [one.value for one in together] == pytest.approx([one.value for one in alone], abs=1e-12)


def test_bands_are_population_deviations() -> None:
    rows = table(700)
    spec = spec_of(rows, rows=100)
    reference = reference_of(rows, spec)
    values = [
        one.value
        for window in reference.windows
        for one in measure(window, reference, spec, None)
        if (one.metric, one.feature) == ("ks", "x")
    ]
    band = bands(reference, spec)["ks", Role.FEATURE, "x", Segment()]
    assert (band.mean, band.sd, band.n_windows) == pytest.approx((np.mean(values), np.std(values), 7))


def test_label_rate_is_the_share_of_positives() -> None:
    rows = Table(label=np.array(["1"] * 30 + ["0"] * 70, dtype=object))
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    now = profile_of(Table(label=np.array(["1"] * 60, dtype=object)), reference, spec)
    found = by_key(measure(now, reference, spec, None))
    rate = found["label_rate", Role.LABEL, "label", ALL_ROWS, False]
    assert (rate.value, rate.n, rate.n_reference) == (1.0, 60, 100)
    assert rate.p_value == found["chi_squared", Role.LABEL, "label", ALL_ROWS, False].p_value
    assert rate.p_value is not None
    assert rate.p_value < 1e-9


def test_label_rate_of_a_positive_class_new_to_the_reference() -> None:
    rows = Table(label=np.array(["0"] * 50, dtype=object))
    spec = spec_of(rows)
    reference = reference_of(rows, spec)
    now = profile_of(Table(label=np.array(["1"] * 20 + ["0"] * 20, dtype=object)), reference, spec)
    found = by_key(measure(now, reference, spec, None))
    assert found["label_rate", Role.LABEL, "label", ALL_ROWS, False].value == 0.5

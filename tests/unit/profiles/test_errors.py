"""Errors counted in SQL are those counted in Python, leaf by leaf, and survive the way through the store."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.cells import ErrorMoments, Fitted, LeafCells
from core.domain import Reference, Task
from core.metrics.fitting import fit
from core.metrics.measure import calibrate, measure
from core.metrics.regression import moments_of
from core.profiles import errors, reference
from core.spec import MonitorSpec
from core.store import StoredMonitor
from core.watch import learn, needs_learning, pin_reference
from tests.builders import Table
from tests.tree_builders import leaf_cells_of, rows_of
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

Make = Callable[[MonitorSpec], Stream]
SPEC = a_spec(task=Task.REGRESSION, numeric=("x", "z"), categorical=("kind",))
KINDS = ("a", "b", "it's", None)


def drawn(n: int, seed: int) -> Table:
    """Rows whose errors grow with x and are larger for one kind; some values are missing or strange."""
    rng = chance(seed)
    x, kind = rng.normal(size=n), rng.choice(np.array(KINDS, dtype=object), n)
    predicted = 100 + 3 * x
    label = predicted + rng.normal(size=n) * (np.exp(0.5 * x) + 2 * (kind == "b"))
    x[:5], x[5:9] = np.nan, np.inf
    label[::9], predicted[3:4] = np.nan, np.inf
    return Table(
        numeric={"x": x, "z": rng.normal(size=n)},
        categorical={"kind": kind},
        prediction=predicted,
        label=label,
    )


def lists(table: Table) -> dict[str, list[object]]:
    columns = {**table.numeric, **table.categorical, "prediction": table.prediction}
    return {
        name: [None if isinstance(v, float) and np.isnan(v) else v for v in values.tolist()]
        for name, values in columns.items()
        if values is not None
    }


def fed(made: Stream, before: Table, now: Table, *, learned: bool = True) -> tuple[Reference, list[str]]:
    """Pin one table and ingest the other with its labels."""
    assert before.label is not None
    assert now.label is not None
    n = len(before)
    label = [None if np.isnan(value) else value for value in before.label.tolist()]
    made.add_reference(moments(n, start=START - 4 * DAY, over=4 * DAY), **lists(before), label=label)
    pinned = pin_reference(made.cursor, made.layout, made.spec, now=START) if learned else made.pin()
    made.start()
    ids = made.add(moments(len(now)), **lists(now))
    known = [(i, value) for i, value in zip(ids, now.label.tolist(), strict=True) if not np.isnan(value)]
    made.label([i for i, _ in known], [value for _, value in known])
    return pinned, ids


def rounded(cells: LeafCells | None) -> dict[tuple[int, int], tuple[object, ...]]:
    assert cells is not None
    keys = zip(cells.tree, cells.leaf, strict=True)
    sums = (cells.error_absolute, cells.error_squares, cells.error_fourths)
    return {
        key: (n, known, *(pytest.approx(one, rel=1e-9, abs=1e-9) for one in own))
        for key, n, known, *own in zip(keys, cells.n, cells.n_labelled, *sums, strict=True)
    }


def test_sql_walks_the_trees_as_python_does(stream: Make) -> None:
    made, now = stream(SPEC), drawn(700, 2)
    pinned, _ = fed(made, drawn(2000, 1), now)
    assert len(pinned.fitted.trees) == 8
    assert set(pinned.fitted.orders["kind"]) == {"a", "b", "it's"}
    assert pinned.fitted.orders["kind"][-1] == "b"
    (profile,) = made.run(pinned)
    assert rounded(profile.leaves) == rounded(leaf_cells_of(now, pinned.fitted))
    assert profile.leaves is not None
    assert sum(profile.leaves.n) == 8 * 700
    assert all(own.leaves is not None for own in (pinned.profile, *pinned.windows))


def test_sql_adds_up_moments_as_numpy_does(stream: Make) -> None:
    made, now = stream(SPEC), drawn(700, 2)
    pinned, _ = fed(made, drawn(2000, 1), now)
    (profile,) = made.run(pinned)
    found = profile.errors
    assert found is not None
    assert now.prediction is not None
    assert now.label is not None
    expected = moments_of(now.prediction, now.label, found.centre)
    for name in ErrorMoments.__dataclass_fields__:
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-9), name


def test_the_same_rows_learn_the_same(stream: Make) -> None:
    made = stream(SPEC)
    pinned, _ = fed(made, drawn(2000, 1), drawn(50, 2))
    again = pin_reference(made.cursor, made.layout, made.spec, now=START)
    assert again.fitted == pinned.fitted
    assert again.digest == pinned.digest
    assert fit(rows_of(drawn(2000, 1)), SPEC) == fit(rows_of(drawn(2000, 1)), SPEC)
    assert errors.read_fitted(made.cursor, made.layout.key) == pinned.fitted


def test_a_reference_pinned_before_learns_later(stream: Make) -> None:
    made = stream(SPEC)
    old, _ = fed(made, drawn(2000, 1), drawn(300, 2), learned=False)
    for table in ("profile_errors", "profile_leaves", "reference_fits"):
        made.cursor.execute(f"DELETE FROM {table}")
    (before,) = made.run(old, now=START + DAY)
    assert before.leaves is None
    made.cursor.execute("DELETE FROM profile_errors")
    assert not reference.is_fitted(made.cursor, made.layout.key)
    learned = learn(made.cursor, made.layout, SPEC)
    assert learned.digest == old.digest
    assert learned.fitted.trees
    assert learned.profile.errors is not None
    assert [own.errors is not None and own.leaves is not None for own in learned.windows] == [True] * 4
    # The window counted before has no leaves: it says so, and the next one has an estimate.
    (same,) = made.profiles()
    found = {
        (one.metric, one.estimated): one
        for one in measure(same, learned, SPEC, calibrate(learned, SPEC))
        if one.metric in {"mae", "rmse", "concept_drift", "mape"}
    }
    assert found["mae", False].value is not None
    assert found["rmse", False].low is None
    assert found["mape", False].reason == "not enough data"
    assert found["mae", True].reason == found["concept_drift", False].reason == "no error model"
    made.add([START + DAY], **lists(drawn(1, 3)))
    assert made.run(learned, now=START + 2 * DAY)[-1].leaves is not None


def test_what_other_trees_counted_is_dropped(stream: Make) -> None:
    made = stream(SPEC)
    pinned, _ = fed(made, drawn(2000, 1), drawn(300, 2))
    made.run(pinned)
    assert reference.keep_fitted(made.cursor, made.layout, SPEC, pinned.fitted).profile.leaves is not None
    assert made.profiles()[0].leaves is not None
    reference.keep_fitted(made.cursor, made.layout, SPEC, Fitted())
    assert made.profiles()[0].leaves is None


def test_columns_that_no_tree_asks_about_are_left_out(stream: Make) -> None:
    made, rows = stream(SPEC), drawn(600, 1)
    alike = {"kind": np.array(["a"] * 600, dtype=object)}
    assert rows.prediction is not None
    before = replace(rows, categorical=alike, label=np.where(rows.prediction < 1e3, rows.prediction + 1, 0.0))
    pinned, _ = fed(made, before, drawn(50, 2))
    assert {name for tree in pinned.fitted.trees for name in tree.column} == {""}
    assert set(pinned.fitted.orders) == {"kind"}
    (profile,) = made.run(pinned)
    assert profile.leaves is not None
    assert profile.leaves.n == (50,) * 8


def test_few_labels_grow_no_trees(stream: Make) -> None:
    made = stream(SPEC)
    pinned, _ = fed(made, drawn(150, 1), drawn(300, 2))
    assert pinned.fitted == Fitted()
    assert reference.is_fitted(made.cursor, made.layout.key)
    assert calibrate(pinned, SPEC) is None
    (profile,) = made.run(pinned)
    assert profile.leaves is None
    assert profile.errors is not None


@pytest.mark.parametrize("spec", [a_spec(), a_spec(task=Task.REGRESSION, label=None)])
def test_others_have_nothing_to_learn(stream: Make, spec: MonitorSpec) -> None:
    made = stream(spec)
    made.add_reference(moments(20, start=START - DAY), amount=list(range(20)))
    pinned = pin_reference(made.cursor, made.layout, spec, now=START)
    made.start()
    made.add(moments(3), amount=[1.0, 2.0, 3.0])
    (profile,) = made.run(pinned)
    assert (profile.errors, profile.leaves) == (None, None)
    assert not reference.is_fitted(made.cursor, made.layout.key)


def test_nothing_is_learned_twice(stream: Make) -> None:
    made = stream(SPEC)
    fed(made, drawn(500, 1), drawn(10, 2), learned=False)
    monitor = StoredMonitor(spec=SPEC, layout=made.layout, watched_at=START, changed_at=START)
    assert needs_learning(made.cursor, monitor)
    learn(made.cursor, made.layout, SPEC)
    assert not needs_learning(made.cursor, monitor)

"""However late, often and wrong labels come: profiles that followed them are those counted from all rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Task
from core.logs.ids import HASH, hash_of
from core.profiles import late
from core.profiles.build import PROFILE_TABLES
from core.spec import MonitorSpec, SegmentColumn
from core.store import AnalyticsStore, Cursor
from core.watch import pin_reference
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

CLASSES = ("a", "b", "c")
N_ROWS = 30
SEGMENTS = ((SegmentColumn(column="plan"),), (SegmentColumn(column="amount", at=(0.0,)),))
SPECS: Mapping[str, MonitorSpec] = {
    "binary": replace(a_spec(sensitive=("sex",)), segments=SEGMENTS, labellable="granted"),
    "row windows": a_spec(rows=7),
    "multiclass": replace(
        a_spec(task=Task.MULTICLASS, scores={name: f"p_{name}" for name in CLASSES}, sensitive=("sex",)),
        segments=SEGMENTS[:1],
    ),
    "regression": replace(a_spec(task=Task.REGRESSION, sensitive=("sex",)), segments=SEGMENTS),
}

# In which batch a row arrives, and in each batch labels of rows that are there, are not yet, or never are.
BATCHES = st.lists(
    st.lists(st.tuples(st.integers(0, N_ROWS), st.integers(0, 3)), max_size=12), min_size=2, max_size=5
)
ARRIVALS = st.lists(st.sampled_from([0, 0, 0, 1, 2]), min_size=N_ROWS, max_size=N_ROWS)


def columns(n: int, seed: int, task: Task) -> dict[str, Any]:
    """Rows of every kind of value, the missing ones included."""
    rng = chance(seed)
    found: dict[str, Any] = {
        "amount": rng.normal(size=n),
        "plan": rng.choice(np.array(["a", "b", None], dtype=object), n),
        "sex_group": rng.choice(np.array(["f", "m", None], dtype=object), n),
        "version": rng.choice(["1", "2"], n),
        "status": rng.choice(["ok", "failed"], n),
    }
    if task is Task.REGRESSION:
        prediction = rng.normal(size=n) * 10
        return {**found, "prediction": [None if value < -15 else value for value in prediction]}
    if task is Task.MULTICLASS:
        scores = rng.dirichlet(np.ones(3), n)
        own = {f"p_{name}": scores[:, i] for i, name in enumerate(CLASSES)}
        return {**found, **own, "prediction": rng.choice(CLASSES, n)}
    score = rng.random(n)
    return {**found, "score": score, "prediction": np.where(score > 0.5, "1", "0")}


class Watched:
    """One model of each kind, emptied for every example."""

    def __init__(self, cursor: Cursor, spec: MonitorSpec) -> None:
        self.made, self.task = Stream(cursor, spec), spec.task
        values = self._columns(400, 1)
        labels = self.values(np.arange(400) % 4)
        self.made.add_reference(moments(400, start=START - 4 * DAY, over=4 * DAY), **values, label=labels)
        self.pinned = pin_reference(cursor, self.made.layout, spec, now=START)
        self.made.start()

    def _columns(self, n: int, seed: int) -> dict[str, Any]:
        found = columns(n, seed, self.task)
        known = {"version", "status", "prediction"}
        layout = self.made.layout
        known |= {*layout.numeric, *layout.categorical, *layout.scores}
        known |= {f"{name}_group" for name in layout.sensitive}
        return {name: values for name, values in found.items() if name in known}

    def values(self, drawn: Any) -> list[Any]:
        """Turn small numbers into labels."""
        if self.task is Task.REGRESSION:
            return [(-3.5, 0.0, 8.25, 1e3)[i] for i in drawn]
        if self.task is Task.MULTICLASS:
            return [("a", "b", "c", "unheard of")[i] for i in drawn]
        return [("0", "1", "0", "1")[i] for i in drawn]

    def live(self, arrivals: list[int], batches: list[list[tuple[int, int]]]) -> None:
        """Take in rows and labels batch by batch, and profile what is due after each."""
        made = self.made
        for table in (made.layout.rows, made.layout.labels):
            made.cursor.execute(f"DELETE FROM {table}")
        self.forget()
        rows = self._columns(N_ROWS, 2)
        for batch, labelled in enumerate(batches):
            here = [i for i in range(N_ROWS) if arrivals[i] == batch]
            times = [START + i * timedelta(hours=3) for i in here]
            ids = made.add(times, **{name: [values[i] for i in here] for name, values in rows.items()})
            for i, given_id in zip(here, ids, strict=True):
                made.cursor.execute(
                    f"UPDATE {made.layout.rows} SET row_id = $id, {HASH} = {hash_of('$id')}"
                    " WHERE row_id = $given",
                    {"id": f"{i}", "given": given_id},
                )
            if made.layout.labellable:
                made.cursor.execute(f"UPDATE {made.layout.rows} SET labellable = row_id::INTEGER % 5 > 0")
            targets = [f"{i}" for i, _ in labelled]
            made.label(targets, self.values(value for _, value in labelled), START + (4 + batch) * DAY)
            made.run(self.pinned)

    def forget(self) -> None:
        """Forget all profiles of windows, so that every row is counted again."""
        for table in PROFILE_TABLES:
            self.made.cursor.execute(f"DELETE FROM {table} WHERE NOT is_reference")
        self.made.cursor.execute("UPDATE model_state SET judged_arrival = 0")


@pytest.fixture(scope="module", params=SPECS)
def watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        yield Watched(cursor, SPECS[request.param])
    store.close()


def rounded(value: Any) -> Any:
    """The same with sums to rounding; whole numbers, texts and their order stay."""
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-9, abs=1e-9)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [rounded(one) for one in value]
    if isinstance(value, Mapping):
        return {key: rounded(one) for key, one in value.items()}
    if is_dataclass(value):
        return {one.name: rounded(getattr(value, one.name)) for one in fields(value)}
    return value


def plain(value: Any) -> Any:
    """Return values in the form of ``rounded``, floats as they are."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return value


@pytest.mark.slow
@settings(max_examples=6)
@given(arrivals=ARRIVALS, batches=BATCHES)
def test_following_labels_is_counting_all_rows(
    watched: Watched, arrivals: list[int], batches: list[list[tuple[int, int]]]
) -> None:
    watched.live(arrivals, batches)
    followed = watched.made.profiles()
    watched.forget()
    assert plain(followed) == rounded(watched.made.run(watched.pinned))
    left = watched.made.cursor.execute("SELECT count(*) FROM profile_outcomes WHERE model_key LIKE '% %'")
    assert left.fetchall() == [(0,)]


def test_labels_alone_are_followed_and_not_counted(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or what is shown above would be shown of nothing."""
    carried: list[int | None] = []
    whole = late.carry_on

    def noting(*given: Any, **more: Any) -> Any:
        found = whole(*given, **more)
        carried.extend(window.index for window in found)
        return found

    monkeypatch.setattr(late, "carry_on", noting)
    watched.live([0] * N_ROWS, [[], [(1, 1), (2, 0), (3, 1)], [(2, 0), (3, 3), (20, 1)]])
    second = {"binary": [0, 2], "multiclass": [0, 2], "row windows": [0, 2], "regression": [2]}
    assert carried == [0, *second["regression" if watched.task is Task.REGRESSION else "binary"]]

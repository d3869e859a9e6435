"""A model with tables in a store in memory, fed with arrays instead of files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from core.domain import Profile, Reference, Task
from core.logs.ids import HASH, hash_of
from core.logs.layout import create_tables, lay_out, physical_columns
from core.profiles import build, load, reference, windows
from core.spec import Columns, Features, Layout, MonitorSpec, ReferenceRule, WindowRule
from core.store import Cursor

START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 1, 1, 0, 0, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_spec(
    *,
    task: Task = Task.BINARY,
    numeric: Sequence[str] = ("amount",),
    categorical: Sequence[str] = ("plan",),
    sensitive: Sequence[str] = (),
    scores: Mapping[str, str] | None = None,
    every: timedelta | None = DAY,
    rows: int | None = None,
    first: timedelta | None = None,
    **roles: str | None,
) -> MonitorSpec:
    """A spec with every role, those set to None left out."""
    columns: dict[str, str | None] = {
        "id": "id",
        "timestamp": "at",
        "prediction": "predicted",
        "label": "came_true",
        "latency_ms": "took",
        "status": "status",
    }
    if scores is None:
        scores = {"1": "score"} if task is Task.BINARY else {}
    return MonitorSpec(
        model="m",
        registry="local",
        task=task,
        columns=Columns(scores=scores, **{**columns, **roles}),
        window=WindowRule(every=None if rows else every, rows=rows),
        reference=ReferenceRule(first=first),
        positive="1" if task is Task.BINARY else None,
        features=Features(numeric=tuple(numeric), categorical=tuple(categorical)),
        sensitive=tuple(sensitive),
    )


@dataclass
class Stream:
    """One model's tables, and what to do with them."""

    cursor: Cursor
    spec: MonitorSpec
    layout: Layout = field(init=False)
    arrival: int = 0

    def __post_init__(self) -> None:
        self.layout = lay_out(self.spec)
        create_tables(self.cursor, self.layout)

    def add(self, at: Sequence[datetime | None], **columns: Sequence[object]) -> list[str]:
        """Store rows, columns by name in the spec; returns their ids."""
        return self._fill(self.layout.rows, at, columns)

    def add_reference(self, at: Sequence[datetime | None], **columns: Sequence[object]) -> None:
        """Store reference rows; ``label`` beside the columns."""
        self._fill(self.layout.reference, at, columns)

    def label(self, ids: Sequence[str], labels: Sequence[object], at: datetime | None = None) -> None:
        """Store labels that arrive now; with ``at`` they tell a delay, as of a batch after their rows'."""
        kind = pa.float64() if self.layout.numeric_target else pa.string()
        arrivals = self._arrivals(len(ids))
        incoming = {"row_id": list(ids), "label": pa.array(labels, kind), "arrival": arrivals}
        if at is not None:
            incoming["labelled_at"] = pa.array([at.replace(tzinfo=None)] * len(ids), pa.timestamp("us"))
            incoming["batch_id"] = pa.array(["labels"] * len(ids), pa.string())
        self._insert(self.layout.labels, pa.table(incoming))

    def start(self, origin: datetime | None = START) -> None:
        """Set where window 0 starts."""
        self.cursor.execute(
            "UPDATE model_state SET origin = ?, origin_set = true",
            [origin and origin.replace(tzinfo=None)],
        )

    def pin(self) -> Reference:
        return reference.pin(self.cursor, self.layout, self.spec, pinned_at=NOW)

    def plan(self, now: datetime = NOW) -> windows.Plan:
        state = windows.read_state(self.cursor, self.layout.key)
        return windows.plan(self.cursor, self.layout, self.spec, state, now=now)

    def due(self, now: datetime = NOW) -> list[int | None]:
        return [window.index for window in self.plan(now).due]

    def run(self, pinned: Reference | None = None, now: datetime = NOW) -> list[Profile]:
        """Profile what is due, note it as judged, and return all profiles."""
        build.profile_windows(self.cursor, self.layout, self.spec, pinned, self.plan(now))
        windows.advance(self.cursor, {self.layout.key: ("r", "p")}, now=now)
        return self.profiles()

    def profiles(self, indexes: Sequence[int] | None = None) -> list[Profile]:
        return load.load_profiles(self.cursor, self.layout.key, indexes)

    def _arrivals(self, n: int) -> list[int]:
        arrivals = list(range(self.arrival + 1, self.arrival + n + 1))
        self.arrival += n
        self.cursor.execute("UPDATE model_state SET arrival = ?", [self.arrival])
        return arrivals

    def _fill(
        self, table: str, at: Sequence[datetime | None], columns: Mapping[str, Sequence[object]]
    ) -> list[str]:
        arrivals = self._arrivals(len(at))
        ids = [f"{table}-{arrival}" for arrival in arrivals]
        layout = self.layout
        places = {**layout.numeric, **layout.categorical, **layout.scores, **layout.attributions}
        places |= {f"{name}_group": physical for name, physical in layout.sensitive.items()}
        kinds = physical_columns(layout)
        kinds["label"] = kinds["prediction"]
        values = {
            places.get(name, name): pa.array(
                list(values),
                pa.float64() if kinds[places.get(name, name)] == "DOUBLE" else pa.string(),
                from_pandas=False,
            )
            for name, values in columns.items()
        }
        times = pa.array([moment and moment.replace(tzinfo=None) for moment in at], pa.timestamp("us"))
        self._insert(table, pa.table({"row_id": ids, "event_at": times, "arrival": arrivals, **values}))
        return ids

    def _insert(self, table: str, incoming: pa.Table) -> None:
        self.cursor.register("incoming", incoming)
        found_by = "" if table == self.layout.reference else f", {hash_of('row_id')} AS {HASH}"
        self.cursor.execute(f"INSERT INTO {table} BY NAME SELECT *{found_by} FROM incoming")
        self.cursor.unregister("incoming")


def moments(n: int, *, start: datetime = START, over: timedelta = DAY) -> list[datetime | None]:
    """Times evenly spread over a stretch."""
    return [start + i * over / n for i in range(n)]


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)

"""One model of every kind whose rows are replaced at will, and what a profile of them says in full."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from math import isfinite, sqrt
from typing import Any

import numpy as np
from hypothesis import strategies as st

from core.cells import ErrorMoments
from core.domain import CategoricalProfile, NumericProfile, Profile, Reference, Task
from core.profiles.build import PROFILE_TABLES
from core.spec import MonitorSpec
from core.store import Cursor
from core.watch import pin_reference
from tests.unit.profiles.stream import DAY, START, Stream, a_spec, chance, moments

N_WINDOWS = 4
Row = dict[str, Any]
Columns = Mapping[str, Sequence[object]]


@dataclass(frozen=True)
class Kind:
    """A kind of model: its spec, reference rows, and rows as they may come (``hour`` counts from START)."""

    spec: MonitorSpec
    reference: Callable[[int], Columns]
    row: Mapping[str, st.SearchStrategy[object]]

    @property
    def rows(self) -> st.SearchStrategy[list[Row]]:
        """A few rows over some days."""
        hour = st.integers(0, 24 * N_WINDOWS - 1)
        return st.lists(st.fixed_dictionaries({"hour": hour, **self.row}), min_size=1, max_size=60)


def _binary(n: int) -> Columns:
    rng = chance()
    return {
        "amount": rng.normal(size=n) * 100,
        "steps": rng.integers(0, 10, n),
        "plan": rng.choice(["a", "b"], n),
        "score": rng.random(n),
        "prediction": rng.choice(["0", "1"], n),
        "label": rng.choice(["0", "1"], n),
    }


def _classes(n: int) -> Columns:
    raw = chance().dirichlet((2.0, 1.0, 1.0), n)
    return {
        **{f"of {name}": raw[:, k] for k, name in enumerate("abc")},
        "prediction": ["abc"[k] for k in raw.argmax(axis=1)],
        "label": ["abc"[i % 3] for i in range(n)],
    }


def _numbers(n: int) -> Columns:
    rng = chance()
    x = rng.normal(size=n)
    label = x * (1 + rng.normal(size=n))
    return {"x": x, "kind": rng.choice(["a", "b"], n), "prediction": x, "label": label}


SCORE = st.one_of(st.none(), st.floats(0, 1))
NUMBER = st.one_of(st.none(), st.floats(-1e3, 1e3))
ANY_CLASS = st.sampled_from(["0", "1", None])

KINDS = {
    Task.BINARY: Kind(
        a_spec(numeric=("amount", "steps"), categorical=("plan",), sensitive=("sex",)),
        _binary,
        {
            "amount": st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True, width=32)),
            "steps": st.one_of(st.none(), st.integers(-3, 12)),
            "plan": st.sampled_from(["a", "b", "new", "other", None]),
            "score": SCORE,
            "prediction": ANY_CLASS,
            "label": ANY_CLASS,
            "sex_group": st.sampled_from(["f", "m", None]),
            "status": st.sampled_from(["ok", "failed", None]),
            "latency_ms": st.one_of(st.none(), st.floats(0, 1e6)),
        },
    ),
    Task.MULTICLASS: Kind(
        a_spec(
            task=Task.MULTICLASS, numeric=(), categorical=(), scores={name: f"of {name}" for name in "abc"}
        ),
        _classes,
        {
            **{f"of {name}": SCORE for name in "abc"},
            "prediction": st.sampled_from(["a", "b", "c", "unknown", None]),
            "label": st.sampled_from(["a", "b", "c", "unscored", None]),
        },
    ),
    Task.REGRESSION: Kind(
        a_spec(task=Task.REGRESSION, numeric=("x",), categorical=("kind",)),
        _numbers,
        {
            "x": NUMBER,
            "kind": st.sampled_from(["a", "b", "new", None]),
            "prediction": NUMBER,
            "label": NUMBER,
        },
    ),
}


class Windowed:
    """One model with a pinned reference, whose tables are emptied and refilled: making them takes time."""

    def __init__(self, cursor: Cursor, task: Task) -> None:
        kind = KINDS[task]
        self.stream = Stream(cursor, kind.spec)
        before = moments(400, start=START - 4 * DAY, over=4 * DAY)
        self.stream.add_reference(before, **kind.reference(len(before)))
        self.reference: Reference = pin_reference(cursor, self.stream.layout, kind.spec, now=START)
        self.stream.start()

    def profiles(self, rows: Sequence[Row], *, together: bool = False) -> list[Profile]:
        """Profile rows in windows of a day, or all in window 0."""
        made = self.stream
        for table in (made.layout.rows, made.layout.labels, *PROFILE_TABLES):
            made.cursor.execute(f"DELETE FROM {table}")
        hours = [0 if together else row["hour"] for row in rows]
        columns = {name: [row[name] for row in rows] for name in rows[0] if name not in {"hour", "label"}}
        ids = made.add([START + timedelta(hours=hour) for hour in hours], **columns)
        labelled = [(i, row["label"]) for i, row in zip(ids, rows, strict=True) if row["label"] is not None]
        if labelled:
            made.label([i for i, _ in labelled], [label for _, label in labelled])
        return [profile for profile in made.run(self.reference) if profile.n]


def assert_same(one: Profile, other: Profile, rel: float = 1e-12) -> None:
    """Both say the same of their rows, in whatever order: counts as they are, sums to ``rel``.

    A sum of numbers of both signs is as exact as its summands are large.
    """
    a, b = Content.of(one), Content.of(other)
    assert a.exact == b.exact
    sums, others = np.array(a.sums), np.array(b.sums)
    with np.errstate(invalid="ignore"):  # of two infinities
        near = np.abs(sums - others) <= rel * np.maximum(np.abs(sums), a.sizes)
    off = ~(near | (sums == others) | (np.isnan(sums) & np.isnan(others)))
    assert not off.any(), (sums[off], others[off])


@dataclass
class Content:
    """All that a profile says of its rows, in one order: counts, and sums with the size of their summands."""

    exact: list[object] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)
    sizes: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, profile: Profile) -> "Content":
        found = cls()
        found.exact += [profile.n, profile.n_labelled, profile.n_errors, profile.n_unlabellable]
        found.exact += [dict(profile.refused)]
        for part in (profile.numeric, profile.categorical, profile.scores, profile.attributions):
            for name in sorted(part):
                found.exact.append(name)
                found.column(part[name])
        for column in (profile.predictions, profile.labels, profile.latency, profile.label_delay):
            found.column(column)
        found.cells(profile.outcomes, ("groups", "label", "prediction", "score_bin"), ("n", "n_labelled"))
        found.cells(profile.class_scores, ("scored", "score_bin", "is_label", "prediction"), ("n",))
        found.cells(profile.leaves, ("tree", "leaf"), ("n", "n_labelled"))
        found.moments(profile.errors)
        return found

    def column(self, part: NumericProfile | CategoricalProfile | None) -> None:
        """Add a column's counts and sums."""
        if isinstance(part, NumericProfile):
            self.exact += [part.n, part.n_null, part.n_nonfinite, part.low, part.high, part.counts]
            squares = part.total_squares
            self.add(part.total, sqrt(part.n * squares) if isfinite(squares) else 0.0)
            self.add(squares)
        elif part is not None:
            self.exact += [part.n, part.n_null, part.counts, part.n_other, dict(part.new)]
        else:
            self.exact.append(None)

    def cells(self, part: Any, keys: Sequence[str], counts: Sequence[str]) -> None:
        """Add cells in the order of their keys, each of which occurs once."""
        if part is None:
            self.exact.append(None)
            return
        columns = asdict(part)
        names = list(zip(*(columns[name] for name in keys), strict=True))
        order = sorted(range(len(names)), key=lambda at: repr(names[at]))
        assert len(set(names)) == len(names)
        self.exact += [[names[at] for at in order], *([columns[name][at] for at in order] for name in counts)]
        for name in sorted(columns.keys() - {*keys, *counts}):
            signed = name in {"error_total", "label_total"}
            sizes = columns[name.replace("_total", "_absolute")] if signed else np.zeros(len(names))
            for at in order:
                self.add(columns[name][at], sizes[at])

    def moments(self, errors: ErrorMoments | None) -> None:
        """Add moments; those of distances from the centre have both signs (Cauchy and Schwarz)."""
        if errors is None:
            self.exact.append(None)
            return
        sizes = {
            "distance_total": sqrt(errors.n * errors.distance_squares),
            "distance_cubes": sqrt(errors.distance_squares * errors.distance_fourths),
            "error_squares_distance": sqrt(errors.error_fourths * errors.distance_squares),
        }
        self.exact += [errors.n, errors.n_ratio]
        for name, value in asdict(errors).items():
            self.add(value, sizes.get(name, 0.0))

    def add(self, total: float, size: float = 0.0) -> None:
        """Add a sum."""
        self.sums.append(float(total))
        self.sizes.append(float(size))

"""A bounded sample of the rows of windows for what profiles cannot tell: same rows, same sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.domain import Reference, Window
from core.profiles.relation import Cut, Relation, current_rows, reference_rows, watched
from core.profiles.rows import Rows, numbers_of, texts_of
from core.profiles.windows import read_state
from core.spec import Layout, MonitorSpec
from core.store import Cursor

SAMPLE = 2_000
"""Rows of a window, or of the reference, that are looked at; all where there are fewer."""

Place: TypeAlias = tuple[int, str]
"""Window index and model version."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows of one window and version, features only, and their arrival numbers."""

    arrivals: NDArray[np.int64]
    rows: Rows

    def without(self, other: "Sample") -> Rows:
        """Return the rows that the other sample does not hold."""
        mine = ~np.isin(self.arrivals, other.arrivals)
        return _rows(
            {name: values[mine] for name, values in self.rows.numeric.items()},
            {name: values[mine] for name, values in self.rows.categorical.items()},
            int(mine.sum()),
        )


def current(cursor: Cursor, layout: Layout, spec: MonitorSpec, windows: Sequence[Window]) -> Relation:
    """Return the ingested rows of the given windows."""
    return current_rows(layout, spec, read_state(cursor, layout.key).origin, windows)


def own_windows(layout: Layout, spec: MonitorSpec, reference: Reference) -> Relation:
    """Return the reference's rows cut into its own windows, as they were cut when it was pinned."""
    first = reference.windows[0].window if reference.windows else None
    n_windows = 0 if first is None or first.index is None else -first.index
    start = None
    if first is not None and first.start is not None and spec.window.every is not None:
        start = first.start
    return reference_rows(layout, spec, Cut(start=start, n_windows=n_windows))


def whole_reference(layout: Layout, spec: MonitorSpec) -> Relation:
    """Return all rows of the reference as one window."""
    return reference_rows(layout, spec, None)


def fingerprints(cursor: Cursor, rows: Relation) -> Mapping[Place, str]:
    """Return, for each window and version, a text that changes when its rows do."""
    found = cursor.execute(
        f"SELECT w, v, count(*) || ':' || bit_xor(hash(arrival)) FROM ({rows.select(['arrival'])})"
        " GROUP BY w, v",
        dict(rows.parameters),
    ).fetchall()
    return {(index, version): text for index, version, text in found}


def read_samples(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, rows: Relation, size: int = SAMPLE
) -> Mapping[Place, Sample]:
    """Return at most ``size`` rows of each window and version, in order of arrival.

    Which rows: those whose arrival number has the lowest hash. The choice depends on nothing but the
    arrival numbers, so the same rows give the same sample, and the rows that a sample of the whole
    reference takes from one of its windows are in that window's own sample too.
    """
    known = watched(layout, spec)
    physical = [*known.numeric.values(), *known.categorical.values()]
    chosen = (
        f"SELECT arrival FROM ({rows.select(['arrival'])})"
        f" QUALIFY row_number() OVER (PARTITION BY w, v ORDER BY hash(arrival), arrival) <= {size}"
    )
    found = cursor.execute(
        f"SELECT * FROM ({rows.select(['arrival', *physical])}) WHERE arrival IN ({chosen})"
        " ORDER BY w, v, arrival",
        dict(rows.parameters),
    ).fetchnumpy()
    indexes, arrivals = np.asarray(found["w"]), np.asarray(found["arrival"], dtype=np.int64)
    versions = texts_of(found["v"])
    places = list(zip(indexes.tolist(), versions.tolist(), strict=True))
    cuts = [i for i, place in enumerate(places) if i == 0 or place != places[i - 1]]
    numeric = {name: numbers_of(found[at]) for name, at in known.numeric.items()}
    categorical = {name: texts_of(found[at]) for name, at in known.categorical.items()}
    samples: dict[Place, Sample] = {}
    for first, last in pairwise([*cuts, len(places)]):
        own = slice(first, last)
        rows_of = _rows(
            {name: values[own] for name, values in numeric.items()},
            {name: values[own] for name, values in categorical.items()},
            last - first,
        )
        samples[places[first]] = Sample(arrivals=arrivals[own], rows=rows_of)
    return samples


def no_rows(spec: MonitorSpec) -> Rows:
    """Return the features of no rows at all."""
    features = spec.features
    numeric = features.numeric if features else ()
    categorical = features.categorical if features else ()
    return _rows(
        {name: np.zeros(0) for name in numeric},
        {name: np.zeros(0, dtype=np.object_) for name in categorical},
        0,
    )


def _rows(
    numeric: Mapping[str, NDArray[np.float64]], categorical: Mapping[str, NDArray[np.object_]], n: int
) -> Rows:
    return Rows(
        n=n,
        numeric=numeric,
        categorical=categorical,
        scores={},
        prediction=None,
        label=None,
        groups={},
        latency_ms=None,
    )

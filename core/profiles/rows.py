"""Rows as arrays, for the few questions that are answered exactly instead of from profiles.

This module knows rows and arrays only, so that pure code may import :class:`Rows`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.domain import ALL_ROWS, Segment, Window
from core.profiles.groups import known_groups
from core.profiles.relation import (
    MAX_GROUPS,
    MISSING_GROUP,
    OTHER_GROUP,
    Relation,
    all_rows,
    current_rows,
    labelled,
    reference_rows,
    watched,
)
from core.profiles.segments import rows_of
from core.spec import Layout, MonitorSpec

if TYPE_CHECKING:
    from core.profiles.windows import State
    from core.store import Cursor

Numbers: TypeAlias = NDArray[np.float64]
Texts: TypeAlias = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows in their order, as one array per column; all arrays have length ``n``.

    Keyed by column name: ``numeric`` and ``scores`` are floats with NaN for null (infinities stay),
    ``categorical`` texts with None for null, ``groups`` the sensitive columns' texts, "(missing)" for
    null. ``prediction`` and ``label`` are floats for regression, else class texts with None; they,
    and ``latency_ms``, are None where the model has no such column.
    """

    n: int
    numeric: Mapping[str, Numbers]
    categorical: Mapping[str, Texts]
    scores: Mapping[str, Numbers]
    prediction: Numbers | Texts | None
    label: Numbers | Texts | None
    groups: Mapping[str, Texts]
    latency_ms: Numbers | None


def read_rows(
    cursor: "Cursor",
    layout: Layout,
    spec: MonitorSpec,
    state: "State",
    window_index: int | None,
    version: str | None = None,
    segment: Segment = ALL_ROWS,
) -> Rows:
    """Return the ingested rows of one window, in order of event time, then arrival.

    Parameters
    ----------
    window_index
        None for all ingested rows, those before window 0 included.
    version
        None for all versions.
    segment
        One of the spec's segments.
    """
    if window_index is None:
        rows = all_rows(layout, spec)
    else:
        rows = current_rows(layout, spec, state.origin, (Window(index=window_index, start=None, end=None),))
    if version is not None:
        rows = rows.only(f"{rows.v} = $version", version=version)
    if spec.columns.label is not None:
        rows = labelled(layout, rows, narrow=window_index is not None)
    rows = rows_of(cursor, layout, spec, rows, segment)
    return _read(cursor, layout, spec, rows)


def read_reference_rows(
    cursor: "Cursor",
    layout: Layout,
    spec: MonitorSpec,
    segment: Segment = ALL_ROWS,
    *,
    labelled_at_most: int | None = None,
) -> Rows:
    """Return all reference rows, or those of a segment, in order of event time, then arrival.

    With ``labelled_at_most`` only rows with a label, and of many about so many, always the same ones.
    """
    rows = rows_of(cursor, layout, spec, reference_rows(layout, spec, None), segment)
    if labelled_at_most is not None:
        rows = rows.only("r.label IS NOT NULL")
        (found,) = cursor.execute(
            f"SELECT count(*) FROM ({rows.select(['arrival'])})", dict(rows.parameters)
        ).fetchall()
        rows = rows.only(f"hash(r.arrival) % {found[0] // labelled_at_most + 1} = 0")
    return _read(cursor, layout, spec, rows)


def _read(cursor: "Cursor", layout: Layout, spec: MonitorSpec, rows: Relation) -> Rows:
    layout, columns = watched(layout, spec), spec.columns
    physical = [*layout.numeric.values(), *layout.categorical.values(), *layout.scores.values()]
    physical += layout.sensitive.values()
    present = {
        "prediction": columns.prediction,
        "label": columns.label,
        "latency_ms": columns.latency_ms,
    }
    physical += [name for name, column in present.items() if column is not None]
    found = cursor.execute(
        f"{rows.select(['arrival', 'event_at', *physical])} ORDER BY r.event_at NULLS FIRST, r.arrival",
        dict(rows.parameters),
    ).fetchnumpy()
    named = known_groups(cursor, layout.key)

    def target(name: str) -> Numbers | Texts | None:
        if present[name] is None:
            return None
        return numbers_of(found[name]) if layout.numeric_target else texts_of(found[name])

    return Rows(
        n=len(found["arrival"]),
        numeric={name: numbers_of(found[at]) for name, at in layout.numeric.items()},
        categorical={name: texts_of(found[at]) for name, at in layout.categorical.items()},
        scores={name: numbers_of(found[at]) for name, at in layout.scores.items()},
        prediction=target("prediction"),
        label=target("label"),
        groups={name: _groups(found[at], named.get(at, ())) for name, at in layout.sensitive.items()},
        latency_ms=None if columns.latency_ms is None else numbers_of(found["latency_ms"]),
    )


def numbers_of(column: object) -> Numbers:
    """Return a fetched column as floats, NaN for null."""
    return np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)


def texts_of(column: object) -> Texts:
    """Return a fetched column as texts, None for null."""
    # filled(None) would mean NumPy's own filling, a question mark.
    return np.array(np.ma.asarray(column, dtype=np.object_).tolist(), dtype=np.object_)


def _groups(column: object, named: Sequence[str]) -> Texts:
    """Name groups as the profiles do: only a column with all its groups taken has others."""
    own, full = frozenset(named), len(named) == MAX_GROUPS
    return np.array(
        [
            MISSING_GROUP if value is None else OTHER_GROUP if full and value not in own else value
            for value in texts_of(column)
        ],
        dtype=np.object_,
    )

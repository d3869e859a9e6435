"""The pinned reference: what "no change" looks like, and the edges on which everything is counted."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from os import cpu_count
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.cells import NOTHING_FITTED, Fitted
from core.domain import Profile, Reference, Segment, Window
from core.profiles import class_scores, columns, errors
from core.profiles.aggregates import LARGEST, category_counts, finite
from core.profiles.build import PROFILE_TABLES, count_rows
from core.profiles.count import Count
from core.profiles.edges import column_edges, score_edges
from core.profiles.load import read_profiles
from core.profiles.relation import Cut, reference_rows, stored, utc, watched
from core.profiles.segments import Cut as SegmentCut
from core.profiles.segments import cuts_of, name_segments
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement

MAX_CATEGORIES = 1_000
"""The reference's commonest categories that are counted by name; the rest is "other", there too."""

_SAMPLE = 1_000_000
_AT_ONCE = 10
_Range: TypeAlias = tuple[float | None, float | None]
_Pinned: TypeAlias = tuple[str, datetime, datetime | None, datetime | None]


def pin(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, *, pinned_at: datetime, keep_before: int = 0
) -> Reference:
    """Turn a model's reference rows into its reference, replacing an earlier one.

    Edges and categories come from the rows; then the whole, and its own windows of the model's size,
    are profiled on them. The own windows follow each other from the first row on; what is left at the
    end, and windows without rows, are no windows. Current profiles counted on other edges are removed:
    their windows are due again.

    Parameters
    ----------
    pinned_at
        When, aware UTC.
    keep_before
        Windows before this index have lost their rows: their profiles stay, unless they were counted on
        other edges.

    Returns
    -------
    Reference
        Of a model without reference rows, one with n = 0 and no windows.
    """
    everything, layout = layout, watched(layout, spec)
    counted_on = _counted_on(cursor, layout.key)
    forget(cursor, layout.key, keep_before=keep_before)
    cuts = name_segments(cursor, everything, spec, reference_rows(layout, spec, None))
    start, end, n = _extent(cursor, layout, spec)
    edges = _edges(cursor, layout, spec, n)
    categories = _categories(cursor, layout, spec)
    columns.remember(cursor, layout, spec, edges=edges, categories=categories)
    now_on = _counted_on(cursor, layout.key)
    if any(now_on[physical] != cuts for physical, cuts in counted_on.items() if physical in now_on):
        _forget_profiles(cursor, layout.key, keep_before=0)
    whole = Window(index=None, start=start, end=end)
    _profile(cursor, layout, spec, edges, (whole,), cut=None, segments=cuts)
    own = _own_windows(cursor, layout, spec, start, end, n)
    if own:
        _profile(cursor, layout, spec, edges, own, cut=Cut(start=start, n_windows=len(own)), segments=cuts)
    profiles = read_profiles(cursor, layout.key, is_reference=True)
    digest = _digest(edges, categories, profiles)
    cursor.execute(
        "INSERT INTO reference_pins VALUES (?, ?, ?, ?, ?)",
        [layout.key, digest, stored(pinned_at), stored(start), stored(end)],
    )
    return _reference(
        cursor,
        layout.key,
        (digest, pinned_at.astimezone(UTC).replace(tzinfo=None), stored(start), stored(end)),
        profiles,
    )


def forget(cursor: Cursor, key: str, *, keep_before: int = 0) -> None:
    """Remove a model's pinned reference and the profiles counted on its edges; all windows are due.

    Profiles of windows before ``keep_before``, whose rows are gone, stay.
    """
    for table in ("reference_pins", "profile_columns", "profile_groups", "profile_segments"):
        cursor.execute(f"DELETE FROM {table} WHERE model_key = ?", [key])
    _forget_profiles(cursor, key, keep_before=keep_before)
    cursor.execute(
        "UPDATE model_state SET judged_arrival = 0, counted_arrival = NULL, unjudged = NULL"
        " WHERE model_key = ?",
        [key],
    )


def _forget_profiles(cursor: Cursor, key: str, *, keep_before: int) -> None:
    for table in (*PROFILE_TABLES, "sampled_readings"):
        # Segments are named anew with the reference: a number that stays would come to mean another one.
        segments = "" if table == "sampled_readings" else " OR segment > 0"
        cursor.execute(
            f"DELETE FROM {table} WHERE model_key = ? AND (is_reference OR window_index >= ?{segments})",
            [key, keep_before],
        )


def _counted_on(cursor: Cursor, key: str) -> Mapping[str, tuple[object, object]]:
    """Return physical column → the edges and categories on which it is counted."""
    found = cursor.execute(
        "SELECT physical, edges, categories FROM profile_columns WHERE model_key = ?", [key]
    ).fetchall()
    return {physical: (edges, categories) for physical, edges, categories in found}


def digest(cursor: Cursor, key: str) -> str | None:
    """Return the digest of a model's pinned reference without reading it; None where there is none."""
    pinned = cursor.execute(statement("reference_pin"), {"model_key": key}).fetchone()
    return None if pinned is None else str(pinned[0])


def load(cursor: Cursor, key: str) -> Reference | None:
    """Return a model's pinned reference, or None where none was ever pinned."""
    pinned = cursor.execute(statement("reference_pin"), {"model_key": key}).fetchone()
    if pinned is None:
        return None
    return _reference(cursor, key, pinned, read_profiles(cursor, key, is_reference=True))


def is_fitted(cursor: Cursor, key: str) -> bool:
    """Say whether :func:`keep_fitted` was ever called for the pinned reference."""
    return errors.read_fitted(cursor, key) is not None


def keep_fitted(cursor: Cursor, layout: Layout, spec: MonitorSpec, fitted: Fitted) -> Reference:
    """Store what was fitted to the pinned reference, and count its rows by it.

    A reference that was pinned before there was such a thing gets the counts that it lacks. Its digest
    stays, since all of this follows from the same rows; so do the profiles of windows.

    Returns
    -------
    Reference
        The pinned one, with ``fitted``.

    Raises
    ------
    ValueError
        The model has no pinned reference.
    """
    segments, layout = cuts_of(cursor, layout, spec), watched(layout, spec)
    if errors.read_fitted(cursor, layout.key) != fitted:
        # Leaves of other trees say nothing here, and of windows whose rows are gone they are kept.
        cursor.execute("DELETE FROM profile_leaves WHERE model_key = ?", [layout.key])
    errors.keep_fitted(cursor, layout.key, fitted)
    pinned = load(cursor, layout.key)
    if pinned is None:
        raise ValueError("there is no pinned reference to fit to")
    key = {"model_key": layout.key, "is_reference": True}
    edges = columns.edges_of(layout, pinned)
    cursor.execute("DELETE FROM profile_leaves WHERE model_key = ? AND is_reference", [layout.key])
    parts = [reference_rows(layout, spec, cut) for cut in _cuts(pinned, spec)]
    parts += [segment.of(rows) for rows in parts for segment in segments]
    for rows in parts:
        if spec.has_class_scores and pinned.profile.class_scores is None:
            class_scores.count(cursor, layout, spec, rows, edges, key)
        if errors.are_counted(spec) and pinned.profile.errors is None:
            errors.count(cursor, layout, rows, edges, fitted, key)
        elif errors.are_counted(spec):
            errors.count_leaves(cursor, layout, rows, fitted, key)
    found = load(cursor, layout.key)
    return pinned if found is None else found


def _cuts(pinned: Reference, spec: MonitorSpec) -> list[Cut | None]:
    """Return the reference as a whole and, where there are any, as its own windows."""
    first = pinned.windows[0].window if pinned.windows else None
    if first is None or first.index is None:
        return [None]
    return [None, Cut(start=first.start if spec.window.every is not None else None, n_windows=-first.index)]


def _reference(cursor: Cursor, key: str, pinned: _Pinned, profiles: Sequence[Profile]) -> Reference:
    digest, pinned_at, start, end = pinned
    edges: dict[str, tuple[float, ...]] = {}
    categories: dict[str, tuple[str, ...]] = {}
    for name, cuts, known in cursor.execute(statement("reference_columns"), {"model_key": key}).fetchall():
        if cuts is not None:
            edges[name] = tuple(cuts)
        if known is not None:
            categories[name] = tuple(known)
    fitted = errors.read_fitted(cursor, key) or NOTHING_FITTED
    by_segment: dict[Segment, list[Profile]] = defaultdict(list)
    for profile in profiles:
        by_segment[profile.segment].append(profile)
    whole, *segments = (
        Reference(
            digest=digest,
            pinned_at=pinned_at.replace(tzinfo=UTC),
            start=utc(start),
            end=utc(end),
            profile=next(profile for profile in own if profile.window.index is None),
            windows=tuple(p for p in own if p.window.index is not None and p.n > 0),
            edges=edges,
            categories=categories,
            fitted=fitted,
        )
        for own in by_segment.values()
    )
    return replace(whole, segments={one.profile.segment: one for one in segments})


def _profile(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    edges: Mapping[str, Sequence[float]],
    windows: tuple[Window, ...],
    *,
    cut: Cut | None,
    segments: tuple[SegmentCut, ...],
) -> None:
    rows = reference_rows(layout, spec, cut)
    job = Count(windows=windows, rows=rows, with_label=rows, edges=edges, is_reference=True, cuts=segments)
    count_rows(cursor, layout, spec, job)


def _extent(
    cursor: Cursor, layout: Layout, spec: MonitorSpec
) -> tuple[datetime | None, datetime | None, int]:
    """Return first event, end and rows; a leading period ends where it was said to, not at its last row."""
    (found,) = cursor.execute(
        f"SELECT min(event_at), max(event_at), count(*) FROM {layout.reference}"
    ).fetchall()
    start, end = utc(found[0]), utc(found[1])
    if start is not None and spec.reference.first is not None:
        end = start + spec.reference.first
    return start, end, found[2]


def _own_windows(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    start: datetime | None,
    end: datetime | None,
    n: int,
) -> tuple[Window, ...]:
    """Return the whole windows that fit, with indexes up to −1."""
    every, size = spec.window.every, spec.window.rows
    if size is not None and size > n:
        return ()
    if size is not None:
        cut = reference_rows(layout, spec, Cut(start=None, n_windows=n // size))
        dated = cursor.execute(
            f"SELECT w, min(event_at), max(event_at) FROM ({cut.select(['event_at'])}) GROUP BY w ORDER BY w",
            dict(cut.parameters),
        ).fetchall()
        return tuple(Window(index=w, start=utc(first), end=utc(last)) for w, first, last in dated)
    if every is None or start is None or end is None or n < 2:
        return ()
    # The last row of a day's data lies a little before midnight: give it the usual distance to the next.
    gap = timedelta(0) if spec.reference.first is not None else (end - start) / (n - 1)
    k = min((end + gap - start) // every, (end - start) // every + 1)
    return tuple(Window(index=i - k, start=start + i * every, end=start + (i + 1) * every) for i in range(k))


def _edges(cursor: Cursor, layout: Layout, spec: MonitorSpec, n: int) -> Mapping[str, tuple[float, ...]]:
    """Return physical column → edges of the features, scores and, for regression, both targets."""
    found: dict[str, tuple[float, ...]] = {}
    # Quantiles of a million rows are as good as those of all, and all would have to be in memory.
    part = "true" if n <= _SAMPLE else f"hash(arrival) % {n // _SAMPLE + 1} = 0"
    scores = set(layout.scores.values())
    wanted = [*layout.numeric.values(), *layout.scores.values()]
    wanted += columns.targets(spec) if layout.numeric_target else ()
    for i in range(0, len(wanted), _AT_ONCE):
        chunk = wanted[i : i + _AT_ONCE]
        sql = f"SELECT {', '.join(chunk)} FROM {layout.reference} WHERE {part}"
        known = [_usable(column) for column in cursor.execute(sql).to_arrow_table().columns]
        ranges = list(map(_range, known)) if n <= _SAMPLE else _ranges(cursor, layout, chunk)
        cuts = [score_edges if name in scores else column_edges for name in chunk]
        with ThreadPoolExecutor(min(cpu_count() or 1, len(chunk))) as pool:
            edges = pool.map(lambda cut, own, ends: cut(own, *ends), cuts, known, ranges)
            found |= zip(chunk, edges, strict=True)
    return found


def _usable(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return what :func:`finite` leaves of a column; NumPy looks through it in a third of SQL's time."""
    values = np.asarray(column.to_numpy(), dtype=np.float64)
    # A null came as NaN, and no comparison with NaN holds.
    return values[np.abs(values) <= LARGEST]


def _range(values: NDArray[np.float64]) -> _Range:
    return (float(values.min()), float(values.max())) if len(values) else (None, None)


def _ranges(cursor: Cursor, layout: Layout, names: Sequence[str]) -> list[_Range]:
    """Return least and greatest finite value of columns over all reference rows."""
    listed = ", ".join(f"min({finite(name)}), max({finite(name)})" for name in names)
    (extremes,) = cursor.execute(f"SELECT {listed} FROM {layout.reference}").fetchall()
    return list(zip(extremes[::2], extremes[1::2], strict=True))


def _categories(cursor: Cursor, layout: Layout, spec: MonitorSpec) -> Mapping[str, tuple[str, ...]]:
    """Return physical column → categories, the commonest first."""
    names = [*layout.categorical.values(), *(() if layout.numeric_target else columns.targets(spec))]
    if not names:
        return {}
    rows = reference_rows(layout, spec, None)
    found: dict[str, list[str]] = {name: [] for name in names}
    for physical, value in cursor.execute(
        f"SELECT physical, value FROM ({category_counts(rows, names)}) WHERE value IS NOT NULL"
        f" QUALIFY row_number() OVER (PARTITION BY physical ORDER BY n DESC, value) <= {MAX_CATEGORIES}"
        " ORDER BY physical, n DESC, value",
        dict(rows.parameters),
    ).fetchall():
        found[physical].append(value)
    return {physical: tuple(values) for physical, values in found.items()}


def _digest(
    edges: Mapping[str, Sequence[float]], categories: Mapping[str, Sequence[str]], profiles: Sequence[Profile]
) -> str:
    """Return what identifies the content: whole numbers, since sums of floats depend on the threads."""
    content = sha256(repr((sorted(edges.items()), sorted(categories.items()))).encode())
    for profile in profiles:
        numeric = {**profile.numeric, **profile.scores}
        numeric |= {f"\x00{name}": one for name, one in profile.attributions.items()}
        content.update(repr((profile.window, profile.segment, profile.n, profile.n_labelled)).encode())
        content.update(repr([(name, p.n_null, p.counts) for name, p in numeric.items()]).encode())
        content.update(repr([(name, p.counts) for name, p in profile.categorical.items()]).encode())
        if profile.outcomes is not None:
            cells = profile.outcomes
            content.update(
                repr((cells.groups, cells.label, cells.prediction, cells.score_bin, cells.n)).encode()
            )
    return content.hexdigest()

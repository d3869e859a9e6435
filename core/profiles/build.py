"""Rows → profiles: the statements run, their results kept in tables.

The rows of all due windows are counted together, grouped by window and model version; nothing is read
window by window.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.cells import NOTHING_FITTED, Fitted
from core.domain import (
    LATENCY_EDGES_MS,
    Reference,
    Task,
    Window,
)
from core.profiles import aggregates, beside, class_scores, columns, errors, numbers
from core.profiles.aggregates import chunks
from core.profiles.groups import name_groups
from core.profiles.relation import (
    WHOLE,
    Relation,
    current_rows,
    default_version,
    labelled,
    stored,
    watched,
)
from core.profiles.segments import Cut, cuts_of
from core.profiles.windows import Plan, profiled, read_state
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement

PROFILE_TABLES = (
    "profiles",
    "profile_numeric",
    "profile_categorical",
    "profile_outcomes",
    "profile_class_scores",
    "profile_errors",
    "profile_leaves",
    "profile_beside",
)
_CATEGORICAL_AT_ONCE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One counting job: rows of which windows, and with what labels, are counted on which edges.

    ``edges`` are keyed by physical column; ``with_label`` is the same as ``rows`` for a model without
    labels. ``cuts`` are the segments that are counted besides all rows.
    """

    windows: tuple[Window, ...]
    rows: Relation
    with_label: Relation
    edges: Mapping[str, Sequence[float]]
    is_reference: bool
    cuts: tuple[Cut, ...] = ()
    fitted: Fitted = NOTHING_FITTED

    def of(self, cut: Cut) -> "Count":
        """Return the same job for the segments of one cut."""
        return replace(self, rows=cut.of(self.rows), with_label=cut.of(self.with_label), cuts=(cut,))


def profile_windows(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    reference: Reference | None,
    windows: Plan | Sequence[Window],
) -> None:
    """Count the rows of the given windows anew and replace their profiles.

    Parameters
    ----------
    reference
        The pinned reference, on whose edges and categories rows are counted; None where the model has
        none: then a numeric feature has one bin, a score a hundred, and every category is new.
    windows
        A plan, of which the due windows are profiled, or the windows themselves. A window without rows
        gets one profile with n = 0 under the version that was last seen before it.

    Notes
    -----
    One pass for the numeric columns, one for the categorical, one for the outcomes, whatever the number
    of windows: 1 million rows, 30 features and 28 days take about 2 s on 2 cores.
    """
    chosen = windows.due if isinstance(windows, Plan) else tuple(windows)
    if not chosen:
        return
    cuts = cuts_of(cursor, layout, spec)
    layout = watched(layout, spec)
    n_all = len(chosen)
    if isinstance(windows, Plan):
        n_all = len(windows.everything)
        _drop_gone(cursor, layout.key, windows)
    columns.remember(cursor, layout, spec, edges={}, categories={})
    origin = read_state(cursor, layout.key).origin
    rows = current_rows(layout, spec, origin, chosen)
    with_label = rows
    if spec.columns.label is not None:
        is_timed = spec.columns.labelled_at is not None
        with_label = labelled(layout, rows, narrow=2 * len(chosen) < n_all, is_timed=is_timed)
    job = Count(
        windows=chosen,
        rows=rows,
        with_label=with_label,
        edges=columns.edges_of(layout, reference),
        is_reference=False,
        cuts=cuts,
        fitted=reference.fitted if reference else NOTHING_FITTED,
    )
    count_rows(cursor, layout, spec, job)


def _drop_gone(cursor: Cursor, key: str, plan: Plan) -> None:
    """Remove profiles of windows that are no more, because the spec now cuts rows differently."""
    there = [window.index for window in plan.everything if window.index is not None]
    if set(profiled(cursor, key)) <= set(there):
        return
    for table in PROFILE_TABLES:
        cursor.execute(
            f"DELETE FROM {table} WHERE model_key = $model_key AND NOT is_reference"
            " AND NOT list_contains($there, window_index)",
            {"model_key": key, "there": there},
        )


def count_rows(cursor: Cursor, layout: Layout, spec: MonitorSpec, job: Count) -> None:
    """Run the counting statements of one job and write its profiles, replacing those of its windows."""
    indexes = [_stored_index(window) for window in job.windows]
    key = {"model_key": layout.key, "is_reference": job.is_reference}
    for table in PROFILE_TABLES:
        cursor.execute(
            f"DELETE FROM {table} WHERE model_key = $model_key AND is_reference = $is_reference"
            " AND list_contains($indexes, window_index)",
            {**key, "indexes": indexes},
        )
    parts = [job, *(job.of(cut) for cut in job.cuts)]
    for part in parts:
        _count_outcomes(cursor, layout, spec, part, key)
        class_scores.count(cursor, layout, spec, part.with_label, part.edges, key)
        if errors.are_counted(spec):
            errors.count(cursor, layout, part.with_label, part.edges, part.fitted, key)
        _count_numeric(cursor, layout, spec, part, key)
        _count_categories(cursor, layout, part, key)
        beside.count_labels(cursor, layout, spec, part.with_label, key)
    if columns.targets(spec) and not layout.numeric_target:
        # All segments at once: these are added up from the outcomes.
        for part in parts[:2]:
            _count_classes(cursor, spec, part, key)
    _write_headers(cursor, spec, parts, key)
    beside.count_refused(cursor, spec, job.windows, key)


def _stored_index(window: Window) -> int:
    return WHOLE if window.index is None else window.index


def _count_outcomes(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, job: Count, key: Mapping[str, object]
) -> None:
    if not columns.targets(spec) and not layout.scores:
        return
    # Groups are told apart in all rows only: a segment's are intersections, and most of them small.
    layout = layout if job.rows.g is None else replace(layout, sensitive={})
    groups = name_groups(cursor, layout, job.rows)
    score = next(iter(layout.scores.values()), None) if spec.task is Task.BINARY else None
    sql = aggregates.outcome_statement(
        job.with_label,
        sensitive=tuple(layout.sensitive.values()),
        full=frozenset(groups),
        score=score,
        edges=job.edges.get(score, ()) if score else (),
        numeric_target=layout.numeric_target,
    )
    own = {f"groups_{physical}": list(values) for physical, values in groups.items()}
    cursor.execute(sql, {**job.with_label.parameters, **key, **own})


def _count_numeric(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, job: Count, key: Mapping[str, object]
) -> None:
    wanted = {physical: job.edges.get(physical, ()) for physical in layout.numeric.values()}
    wanted |= {physical: job.edges.get(physical, ()) for physical in layout.scores.values()}
    if layout.numeric_target and spec.columns.prediction is not None:
        wanted["prediction"] = job.edges.get("prediction", ())
    if spec.columns.latency_ms is not None:
        wanted["latency_ms"] = LATENCY_EDGES_MS
    numbers.count_numbers(cursor, job.rows, wanted, key)
    own = dict.fromkeys(layout.attributions.values(), ())
    numbers.count_numbers(cursor, job.rows, own, key, absolute=True)
    if layout.numeric_target and spec.columns.label is not None:
        numbers.count_numbers(cursor, job.with_label, {"label": job.edges.get("label", ())}, key)


def _count_categories(cursor: Cursor, layout: Layout, job: Count, key: Mapping[str, object]) -> None:
    for chunk in chunks(tuple(layout.categorical.values()), _CATEGORICAL_AT_ONCE):
        counts = aggregates.category_counts(job.rows, chunk)
        statement_of = aggregates.categorical_statement(job.rows, counts)
        cursor.execute(statement_of, {**job.rows.parameters, **key})


def _count_classes(cursor: Cursor, spec: MonitorSpec, job: Count, key: Mapping[str, object]) -> None:
    """Count predictions and labels, which were counted with the outcomes already."""
    counts = " UNION ALL ".join(aggregates.class_counts(job.rows, name) for name in columns.targets(spec))
    indexes = [_stored_index(window) for window in job.windows]
    cursor.execute(aggregates.categorical_statement(job.rows, counts), {**key, "indexes": indexes})


def _write_headers(
    cursor: Cursor, spec: MonitorSpec, parts: Sequence[Count], key: Mapping[str, object]
) -> None:
    job = parts[0]
    n_labelled = {
        (index, version, code): n
        for index, version, code, n in cursor.execute(statement("profiles_labelled"), dict(key)).fetchall()
    }
    present: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    segments: dict[tuple[int, str], dict[int, tuple[int, int]]] = defaultdict(dict)
    for part in parts:
        for index, version, code, n, n_errors in cursor.execute(
            aggregates.header_select(part.rows), dict(part.rows.parameters)
        ).fetchall():
            if code == 0:
                present[index].append((version, n, n_errors))
            else:
                segments[index, version][code] = (n, n_errors)
    last_seen = _last_versions(cursor, spec, job, key, present)
    expected = dict.fromkeys((one.code for cut in job.cuts for one in cut.named if one.expected), (0, 0))
    lines: list[tuple[object, ...]] = []
    for window in job.windows:
        index, bounds = _stored_index(window), (stored(window.start), stored(window.end), window.closed)
        for version, n, n_errors in present.get(index) or [(last_seen[index], 0, 0)]:
            counted = {0: (n, n_errors), **expected, **segments[index, version]}
            for code, (n_rows, n_failed) in counted.items():
                labels = n_labelled.get((index, version, code), 0)
                lines.append((index, version, code, *bounds, n_rows, labels, n_failed))
    names = ("indexes", "versions", "segments", "starts", "ends", "closed", "n", "n_labelled", "n_errors")
    cursor.execute(
        statement("profiles_add"),
        {**key, **{name: list(values) for name, values in zip(names, zip(*lines, strict=True), strict=True)}},
    )


def _last_versions(
    cursor: Cursor,
    spec: MonitorSpec,
    job: Count,
    key: Mapping[str, object],
    present: Mapping[int, Sequence[tuple[str, int, int]]],
) -> Mapping[int, str]:
    """Return, for each window without rows, the busiest version of the nearest earlier window with rows."""
    silent = sorted({_stored_index(window) for window in job.windows} - set(present))
    if not silent:
        return {}
    busiest = {index: max(seen, key=lambda item: item[1])[0] for index, seen in present.items()}
    earlier = cursor.execute(statement("profiles_busiest"), dict(key)).fetchall()
    busiest = {**dict(earlier), **busiest}
    found: dict[int, str] = {}
    ordered = sorted(busiest)
    place, version = 0, default_version(spec)
    for index in silent:
        while place < len(ordered) and ordered[place] < index:
            version = busiest[ordered[place]]
            place += 1
        found[index] = version
    return found

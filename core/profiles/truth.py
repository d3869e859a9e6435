"""The part of a profile that labels decide: outcomes, errors, and how many labels there are and how late.

All of it is counted by statements over rows with a label each, so that the same statements count a whole
window, or only the rows whose label has changed (:mod:`core.profiles.late`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.domain import PREDICTION_KEY, Task
from core.profiles import aggregates, beside, class_scores, columns, errors, numbers
from core.profiles.count import Count
from core.profiles.groups import name_groups
from core.profiles.owners import Owners
from core.spec import Layout, MonitorSpec
from core.store import Cursor

_OUTCOMES = (
    "n", "n_with_label", "n_labelled", "score_total", "score_squares", "error_total", "error_absolute",
    "error_squares", "label_total", "label_absolute", "label_squares",
)  # fmt: skip
_CLASS_SCORES = (
    "n", "score_total", "score_squares", "brier_total", "brier_squares", "log_total", "log_squares",
)  # fmt: skip
_ERRORS = (
    "n", "n_ratio", "ratio_total", "ratio_squares", "error_squares", "error_fourths", "distance_total",
    "distance_squares", "distance_cubes", "distance_fourths", "error_squares_distance",
    "error_squares_distance_squares",
)  # fmt: skip
_LEAVES = ("n", "n_labelled", "error_absolute", "error_squares", "error_fourths")


def count_truth(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    part: Count,
    owners: Owners,
    key: Mapping[str, object],
) -> None:
    """Count what labels decide, of all rows or of one cut's segments, once for all windows.

    Predictions and labels by class are no part of it: they follow from the outcomes (:func:`count_classes`).

    Parameters
    ----------
    key
        The parameters model_key and is_reference.
    """
    rows = part.with_label
    _count_outcomes(cursor, layout, spec, part, owners, key)
    class_scores.count(cursor, layout, spec, rows, part.edges, key)
    if errors.are_counted(spec):
        errors.count(cursor, layout, rows, part.edges, part.fitted, key)
    if layout.numeric_target and spec.columns.label is not None:
        numbers.count_numbers(cursor, rows, owners, {"label": part.edges.get("label", ())}, key)
    beside.count_labels(cursor, layout, spec, rows, owners, key)


def added_up(layout: Layout, spec: MonitorSpec) -> Mapping[str, tuple[str, ...]]:
    """Return the tables of cells that :func:`count_truth` fills, and the columns of each that are sums.

    The other columns say what is counted; ``n`` counts the rows of a cell.
    """
    tables: dict[str, tuple[str, ...]] = {"profile_outcomes": _OUTCOMES}
    if spec.has_class_scores:
        tables["profile_class_scores"] = _CLASS_SCORES
    if errors.are_counted(spec):
        tables |= {"profile_errors": _ERRORS, "profile_leaves": _LEAVES}
    if layout.labellable:
        tables["profile_beside"] = ("n",)
    return tables


def columns_looked_at(layout: Layout, job: Count) -> list[str]:
    """Return the physical columns of rows that :func:`count_truth` looks at, besides the label."""
    places = {**layout.numeric, **layout.categorical, PREDICTION_KEY: "prediction"}
    looked_at = ["prediction", *layout.scores.values(), *layout.sensitive.values()]
    looked_at += ["labellable"] if layout.labellable else []
    looked_at += [column.column for cut in job.cuts for column in cut.columns]
    looked_at += [places[name] for tree in job.fitted.trees for name in tree.column if name]
    return list(dict.fromkeys(looked_at))


def count_classes(
    cursor: Cursor, layout: Layout, spec: MonitorSpec, parts: Sequence[Count], key: Mapping[str, object]
) -> None:
    """Count predictions and labels by class: added up from the outcomes, which are counted already."""
    if layout.numeric_target or not columns.targets(spec):
        return
    # All segments at once.
    for part in parts[:2]:
        counts = " UNION ALL ".join(
            aggregates.class_counts(part.rows, name) for name in columns.targets(spec)
        )
        statement_of = aggregates.categorical_statement(part.rows, counts)
        cursor.execute(statement_of, {**key, "indexes": part.indexes})


def _count_outcomes(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    part: Count,
    owners: Owners,
    key: Mapping[str, object],
) -> None:
    if not columns.targets(spec) and not layout.scores:
        return
    # Groups are told apart in all rows only: a segment's are intersections, and most of them small.
    layout = layout if part.rows.g is None else replace(layout, sensitive={})
    groups = name_groups(cursor, layout, part.rows)
    score = next(iter(layout.scores.values()), None) if spec.task is Task.BINARY else None
    sql = aggregates.outcome_statement(
        part.with_label,
        owners,
        sensitive=tuple(layout.sensitive.values()),
        full=frozenset(groups),
        score=score,
        edges=part.edges.get(score, ()) if score else (),
        numeric_target=layout.numeric_target,
    )
    own = {f"groups_{physical}": list(values) for physical, values in groups.items()}
    cursor.execute(sql, {**part.with_label.parameters, **owners.parameters, **key, **own})

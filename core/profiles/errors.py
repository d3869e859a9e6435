"""How regression models err: moments of the error, and rows by the leaf of the reference's trees."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise

import numpy as np

from core.cells import ErrorMoments, Fitted, LeafCells, Tree
from core.domain import PREDICTION_KEY, Task
from core.profiles.aggregates import double, finite
from core.profiles.relation import Relation
from core.profiles.wanted import OWNER, Owner
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement


def are_counted(spec: MonitorSpec) -> bool:
    """Whether there are errors to count: numbers that are predicted and come true."""
    roles = spec.columns
    return spec.task is Task.REGRESSION and roles.prediction is not None and roles.label is not None


def count(
    cursor: Cursor,
    layout: Layout,
    rows: Relation,
    edges: Mapping[str, Sequence[float]],
    fitted: Fitted,
    key: Mapping[str, object],
) -> None:
    """Fill profile_errors and profile_leaves from rows with their labels, once for all windows.

    Parameters
    ----------
    edges
        Physical column → ascending edges; the label's middle one is the centre of its distances.
    fitted
        The reference's trees; without any, no leaves are counted.
    key
        The parameters model_key and is_reference.
    """
    cuts = edges.get("label", ())
    cursor.execute(moments_statement(rows, cuts[len(cuts) // 2] if cuts else 0.0), {**rows.parameters, **key})
    count_leaves(cursor, layout, rows, fitted, key)


def count_leaves(
    cursor: Cursor, layout: Layout, rows: Relation, fitted: Fitted, key: Mapping[str, object]
) -> None:
    """Fill profile_leaves; see :func:`count`."""
    if fitted.trees:
        # A column that no tree asks about has an order and no place in the statement.
        used = {name for tree in fitted.trees for name in tree.column}
        orders = {
            f"order_{layout.categorical[name]}": list(own)
            for name, own in fitted.orders.items()
            if name in used
        }
        cursor.execute(leaf_statement(rows, layout, fitted), {**rows.parameters, **key, **orders})


def moments_statement(rows: Relation, centre: float) -> str:
    """Return the statement that fills profile_errors; its parameters are those of rows and the key."""
    source = rows.select(["prediction", "label"])
    sums = ", ".join(
        f"coalesce(sum({expression}), 0.0) AS {name}"
        for name, expression in (
            ("ratio_total", "ratio"),
            ("ratio_squares", "ratio * ratio"),
            ("error_squares", "q"),
            ("error_fourths", "q * q"),
            ("distance_total", "d"),
            ("distance_squares", "d * d"),
            ("distance_cubes", "d * d * d"),
            ("distance_fourths", "d * d * d * d"),
            ("error_squares_distance", "q * d"),
            ("error_squares_distance_squares", "q * d * d"),
        )
    )
    return (
        "INSERT INTO profile_errors BY NAME"
        f" SELECT $model_key AS model_key, $is_reference AS is_reference, {rows.owner},"
        f" {double(centre)} AS centre, count(*) AS n, count(ratio) AS n_ratio, {sums}"
        f" FROM (SELECT {rows.by}, (p - y) * (p - y) AS q, y - {double(centre)} AS d,"
        " if(y = 0, NULL, abs((p - y) / y)) AS ratio"
        f" FROM (SELECT {rows.by}, {finite('prediction')} AS p, {finite('label')} AS y FROM ({source}))"
        f" WHERE p IS NOT NULL AND y IS NOT NULL) GROUP BY {rows.by}"
    )


def leaf_statement(rows: Relation, layout: Layout, fitted: Fitted) -> str:
    """Return the statement that fills profile_leaves.

    Its parameters are those of rows and the key, and the lists order_<column> of categories.
    """
    places = {**layout.numeric, **layout.categorical, PREDICTION_KEY: "prediction"}
    used = sorted({name for tree in fitted.trees for name in tree.column if name})
    codes = {name: f"x_{places[name]}" for name in used}
    coded = "".join(f", {_coded(name, places[name], fitted)} AS {codes[name]}" for name in used)
    source = rows.select([*(places[name] for name in used if name != PREDICTION_KEY), "prediction", "label"])
    leaves = ", ".join(
        f"{{'tree': {i}, 'leaf': {_path(tree, 0, codes)}}}" for i, tree in enumerate(fitted.trees)
    )
    return (
        "INSERT INTO profile_leaves BY NAME"
        f" SELECT $model_key AS model_key, $is_reference AS is_reference, {rows.owner},"
        " tree, leaf, count(*) AS n, count(e) AS n_labelled, coalesce(sum(abs(e)), 0.0) AS error_absolute,"
        " coalesce(sum(e * e), 0.0) AS error_squares, coalesce(sum(e * e * e * e), 0.0) AS error_fourths"
        f" FROM (SELECT {rows.by}, e, unnest([{leaves}], recursive := true)"
        f" FROM (SELECT {rows.by}, {finite('prediction')} - {finite('label')} AS e{coded} FROM ({source})))"
        f" GROUP BY {rows.by}, tree, leaf"
    )


def _coded(name: str, physical: str, fitted: Fitted) -> str:
    fill = double(fitted.fills[name])
    if name not in fitted.orders:
        return f"coalesce({finite(physical)}, {fill})"
    return f"coalesce(nullif(list_position($order_{physical}::VARCHAR[], {physical}), 0)::DOUBLE, {fill})"


def _path(tree: Tree, node: int, codes: Mapping[str, str]) -> str:
    name = tree.column[node]
    if not name:
        return str(node)
    below, above = (_path(tree, child, codes) for child in (tree.below[node], tree.above[node]))
    return f"CASE WHEN {codes[name]} <= {double(tree.threshold[node])} THEN {below} ELSE {above} END"


def read_moments(cursor: Cursor, wanted: Mapping[str, object]) -> Iterator[tuple[Owner, ErrorMoments]]:
    """Yield whose they are and its moments; parameters as those of profiles_errors.sql."""
    found = cursor.execute(statement("profiles_errors"), dict(wanted)).fetchall()
    names = ErrorMoments.__dataclass_fields__
    for key, index, version, code, *values in found:
        yield (key, index, version, code), ErrorMoments(**dict(zip(names, values, strict=True)))


def read_leaves(cursor: Cursor, wanted: Mapping[str, object]) -> Iterator[tuple[Owner, LeafCells]]:
    """Yield whose they are and its leaves; parameters as those of profiles_leaves.sql."""
    found = cursor.execute(statement("profiles_leaves"), dict(wanted)).fetchnumpy()
    cells = {name: np.asarray(values).tolist() for name, values in found.items()}
    owners: list[Owner] = list(zip(*(cells.pop(name) for name in OWNER), strict=True))
    cuts = [i for i, owner in enumerate(owners) if i == 0 or owner != owners[i - 1]]
    for first, last in pairwise([*cuts, len(owners)]):
        yield owners[first], LeafCells(**{name: tuple(own[first:last]) for name, own in cells.items()})


def keep_fitted(cursor: Cursor, key: str, fitted: Fitted) -> None:
    """Store what was fitted to a model's reference, in place of what was."""
    cursor.execute("DELETE FROM reference_fits WHERE model_key = ?", [key])
    cursor.execute("INSERT INTO reference_fits VALUES (?, ?)", [key, json.dumps(asdict(fitted))])


def read_fitted(cursor: Cursor, key: str) -> Fitted | None:
    """Return what was fitted to a model's reference; None where nothing ever was."""
    found = cursor.execute("SELECT content FROM reference_fits WHERE model_key = ?", [key]).fetchone()
    if found is None:
        return None
    content = json.loads(found[0])
    return Fitted(
        trees=tuple(
            Tree(**{name: tuple(values) for name, values in tree.items()}) for tree in content["trees"]
        ),
        fills=content["fills"],
        orders={name: tuple(order) for name, order in content["orders"].items()},
        correlations={
            metric: tuple(tuple(row) for row in rows) for metric, rows in content["correlations"].items()
        },
    )

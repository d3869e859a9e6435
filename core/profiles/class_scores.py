"""How every class of a multiclass model was scored: counted beside the outcomes, read back as cells."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from core.cells import ClassCells
from core.profiles.aggregates import double, finite, score_bin
from core.profiles.relation import Relation
from core.profiles.wanted import OWNER, Owner
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement

LOG_FLOOR = 1e-15
"""A label's score counts as no less in the log loss."""


def count(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    rows: Relation,
    edges: Mapping[str, Sequence[float]],
    key: Mapping[str, object],
) -> None:
    """Fill profile_class_scores from rows with their labels, once for all windows; of other models nothing.

    Parameters
    ----------
    edges
        Physical column → ascending edges.
    key
        The parameters model_key and is_reference.
    """
    if not spec.has_class_scores:
        return
    physical = [layout.scores[column] for column in spec.columns.scores.values()]
    sql = class_score_statement(rows, [(name, edges.get(name, ())) for name in physical])
    cursor.execute(sql, {**rows.parameters, **key, "classes": list(spec.columns.scores)})


def class_score_statement(rows: Relation, scores: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Return the statement that fills profile_class_scores.

    Parameters
    ----------
    rows
        What to count; its parameters, model_key, is_reference and the list of class texts ``classes`` are
        the statement's.
    scores
        Physical score column and its edges, in the order of the classes.
    """
    names = [name for name, _ in scores]
    source = rows.select(["prediction", "label", *names])
    guarded = ", ".join(f"{finite(name)} AS {name}" for name in names)
    known = " AND ".join(f"{name} IS NOT NULL" for name in names)
    # Which class the label is; a label without a score column is no label here.
    label = "nullif(list_position($classes::VARCHAR[], label), 0)"
    listed = f"[{', '.join(names)}]"
    squares = " + ".join(f"{name} * {name}" for name in names)
    structs = ", ".join(
        f"{{'k': {k}, 's': {name}, 'score_bin': {score_bin(name, cuts)}}}"
        for k, (name, cuts) in enumerate(scores, start=1)
    )
    return (
        "INSERT INTO profile_class_scores BY NAME"
        f" SELECT $model_key AS model_key, $is_reference AS is_reference, {rows.owner},"
        " list_extract($classes::VARCHAR[], k) AS class, score_bin, y = k AS is_label, prediction,"
        " count(*) AS n,"
        " sum(s) AS score_total, sum(s * s) AS score_squares,"
        " sum(if(y = k, loss, 0.0)) AS brier_total, sum(if(y = k, loss * loss, 0.0)) AS brier_squares,"
        " sum(if(y = k, nats, 0.0)) AS log_total, sum(if(y = k, nats * nats, 0.0)) AS log_squares"
        f" FROM (SELECT {rows.by}, prediction, y, unnest(scored, recursive := true),"
        f" squares + 1 - 2 * given AS loss, -ln(least(greatest(given, {double(LOG_FLOOR)}), 1.0)) AS nats"
        f" FROM (SELECT {rows.by}, prediction, y, {squares} AS squares, {listed}[y] AS given,"
        f" [{structs}] AS scored"
        f" FROM (SELECT {rows.by}, prediction, {label} AS y, {guarded} FROM ({source})) WHERE {known}))"
        f" GROUP BY {rows.by}, k, score_bin, is_label, prediction"
    )


def read(cursor: Cursor, wanted: Mapping[str, object]) -> Iterator[tuple[Owner, ClassCells]]:
    """Yield whose they are and its cells; parameters: see profiles_class_scores.sql."""
    found = cursor.execute(statement("profiles_class_scores"), dict(wanted)).fetchnumpy()
    # A masked array's list has None where a value is missing.
    cells = {name: np.ma.asarray(values).tolist() for name, values in found.items()}
    owners: list[Owner] = list(zip(*(cells.pop(name) for name in OWNER), strict=True))
    cuts = [i for i, owner in enumerate(owners) if i == 0 or owner != owners[i - 1]]
    for first, last in pairwise([*cuts, len(owners)]):
        yield owners[first], ClassCells(**{name: tuple(own[first:last]) for name, own in cells.items()})

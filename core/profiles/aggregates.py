"""The statements that count: SQL made from physical column names and numbers, nothing else.

Three passes over disjoint columns are quicker than one over all: numeric columns in blocks
(:mod:`core.profiles.numbers`), categories by GROUPING SETS, outcomes by what was predicted and what came
true. Each inserts its result where it is kept.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from core.profiles.bins import Binning
from core.profiles.owners import Owners
from core.profiles.relation import Relation, group_of

LARGEST = 1e150
"""Magnitudes above it count as not finite: their squares would not be."""

_Item = TypeVar("_Item")
_FEW_EDGES = 16
_SETS = 30  # grouping() names at most 64 columns


def double(number: float) -> str:
    """Return a number as an exact DOUBLE literal: without an exponent DuckDB reads a rounded DECIMAL.

    Examples
    --------
    >>> double(0.25), double(1e-9)
    ('0.25e0', '1e-09')
    """
    text = repr(number)
    return text if "e" in text else f"{text}e0"


def finite(column: str) -> str:
    """Return a column with NULL for NaN, infinities and magnitudes whose square overflows.

    ``histogram()`` counts NaN in its first bin without a word; FILTER clauses cost four times this guard.
    """
    return f"if(abs({column}) <= {double(LARGEST)}, {column}, NULL)"


def chunks(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Cut a sequence into stretches of at most ``size``."""
    return (items[i : i + size] for i in range(0, len(items), size))


def category_counts(rows: Relation, columns: Sequence[str], owners: Owners | None = None) -> str:
    """Return a SELECT of physical, value, n: rows per value of each column, NULL included.

    With ``owners`` also of w, v (g), and counted for each of them.
    """
    own = () if owners is None else owners.by
    parts = []
    for chunk in chunks(columns, _SETS):
        names = ", ".join(chunk)
        source = rows.select(chunk) if owners is None else owners.select(rows, chunk)
        sets = ", ".join(f"({', '.join([*own, name])})" for name in chunk)
        # grouping() has a 1 for every column that is not grouped by, the first column's bit on the left.
        every = 2 ** len(chunk) - 1
        which = " ".join(
            f"WHEN {every - 2 ** (len(chunk) - 1 - i)} THEN '{name}'" for i, name in enumerate(chunk)
        )
        listed = ", ".join([f"CASE grouping({names}) {which} END AS physical", *own])
        parts.append(
            f"SELECT {listed}, coalesce({names}) AS value, count(*) AS n"
            f" FROM ({source}) GROUP BY GROUPING SETS ({sets})"
        )
    counted = " UNION ALL ".join(parts)
    return counted if owners is None else owners.restored(counted)


def class_counts(rows: Relation, physical: str) -> str:
    """Return the same of predictions or labels, added up from the outcomes already counted."""
    segment, which = ("", "= 0") if rows.g is None else (" segment AS g,", "> 0")
    return (
        f"SELECT '{physical}' AS physical, window_index AS w, version AS v,{segment} {physical} AS value,"
        " sum(n)::BIGINT AS n FROM profile_outcomes WHERE model_key = $model_key"
        f" AND is_reference = $is_reference AND segment {which} AND list_contains($indexes, window_index)"
        f" GROUP BY {rows.by}, value"
    )


def categorical_statement(rows: Relation, counts: str) -> str:
    """Return the statement that fits counted values to the reference's categories.

    Fills profile_categorical from a SELECT of physical, w, v (g), value, n. Values that the column's
    categories (profile_columns) lack go to n_other, the commonest 20 of them by name as well.
    """
    own = f"physical, {rows.by}"
    return f"""
    INSERT INTO profile_categorical BY NAME
    WITH counted AS MATERIALIZED ({counts}),
    known AS (
        SELECT physical, unnest(categories) AS value, generate_subscripts(categories, 1) AS place
        FROM profile_columns WHERE model_key = $model_key AND categories IS NOT NULL
    ),
    placed AS MATERIALIZED (
        SELECT c.*, k.place, c.value IS NOT NULL AND k.place IS NULL AS is_new
        FROM counted c LEFT JOIN known k ON k.physical = c.physical AND k.value = c.value
    ),
    totals AS (
        SELECT {own}, sum(n)::BIGINT AS n,
            coalesce(sum(n) FILTER (value IS NULL), 0)::BIGINT AS n_null,
            coalesce(sum(n) FILTER (is_new), 0)::BIGINT AS n_other
        FROM placed GROUP BY {own}
    ),
    dense AS (
        SELECT {own}, list(coalesce(p.n, 0)::BIGINT ORDER BY place) AS counts
        FROM (SELECT {own}, place FROM totals JOIN known USING (physical))
        LEFT JOIN placed p USING ({own}, place)
        GROUP BY {own}
    ),
    fresh AS (
        SELECT {own}, list(value ORDER BY n DESC, value) AS new_categories,
            list(n ORDER BY n DESC, value) AS new_counts
        FROM (
            SELECT * FROM placed WHERE is_new
            QUALIFY row_number() OVER (PARTITION BY {own} ORDER BY n DESC, value) <= 20
        )
        GROUP BY {own}
    )
    SELECT $model_key AS model_key, $is_reference AS is_reference, {rows.owner}, physical,
        n, n_null, n_other, coalesce(counts, []) AS counts,
        coalesce(new_categories, []) AS new_categories, coalesce(new_counts, []) AS new_counts
    FROM totals LEFT JOIN dense USING ({own}) LEFT JOIN fresh USING ({own})
    """


def score_bin(column: str, edges: Sequence[float]) -> str:
    """Return the bin of a score: i where edges[i-1] < score <= edges[i], −1 where there is no score.

    By the grid of :class:`core.profiles.bins.Binning`, which takes half the time of a decision tree; by a
    tree where edges are few or have no grid.

    Examples
    --------
    >>> score_bin("p0", [0.5])
    'CASE WHEN p0 IS NULL THEN -1 ELSE CASE WHEN p0 <= 0.5e0 THEN 0 ELSE 1 END END'
    """
    by_grid = Binning(edges, coarse=True).sql(column) if len(edges) >= _FEW_EDGES else None
    return by_grid or f"CASE WHEN {column} IS NULL THEN -1 ELSE {_tree(column, edges, 0)} END"


def _tree(column: str, edges: Sequence[float], first: int) -> str:
    if not edges:
        return str(first)
    middle = len(edges) // 2
    below = _tree(column, edges[:middle], first)
    above = _tree(column, edges[middle + 1 :], first + middle + 1)
    return f"CASE WHEN {column} <= {double(edges[middle])} THEN {below} ELSE {above} END"


def outcome_statement(
    rows: Relation,
    owners: Owners,
    *,
    sensitive: Sequence[str],
    full: frozenset[str],
    score: str | None,
    edges: Sequence[float],
    numeric_target: bool,
) -> str:
    """Return the statement that fills profile_outcomes.

    Parameters
    ----------
    rows, owners
        What to count, with labels if there are any, and whose; their parameters, model_key, is_reference
        and the named groups of ``full`` columns (groups_<column>) are the statement's.
    sensitive, full
        Physical sensitive columns, and those among them that have more values than groups.
    score, edges
        The binary model's score column and its edges; None for any other model.
    numeric_target
        Whether labels and predictions are numbers: then cells are told apart by group alone and errors
        are summed over the rows that have both.
    """
    # Grouping by each column and listing them afterwards costs half of grouping by a list made of every row.
    parts = [f"{group_of(name, full=name in full)} AS group_{name}" for name in sensitive]
    own = [f"group_{name}" for name in sensitive]
    s = finite(score) if score else "NULL::DOUBLE"
    target, cells = "label AS y, prediction AS p", "y AS label, p AS prediction"
    error, known = "NULL::DOUBLE", "NULL::DOUBLE"
    n_labelled = "count(y)"
    if numeric_target:
        target, cells = (
            f"{finite('label')} AS y, {finite('prediction')} AS p",
            "NULL AS label, NULL AS prediction",
        )
        error, known = "p - y", "if(p IS NULL, NULL, y)"
        n_labelled = "count(e)"
    source = owners.select(rows, [*sensitive, "prediction", "label", *([score] if score else [])])
    inner = f"SELECT {', '.join([*owners.by, *parts, target])}, {s} AS s FROM ({source})"
    middle = (
        f"SELECT {', '.join([*owners.by, *own, cells])}, s, y, {error} AS e, {known} AS t,"
        f" {score_bin('s', edges)} AS score_bin FROM ({inner})"
    )
    sums = ", ".join(
        f"0.0 AS {name}"
        if not numeric_target and not name.startswith("score")
        else f"coalesce(sum({expression}), 0.0) AS {name}"
        for name, expression in (
            ("score_total", "s"),
            ("score_squares", "s * s"),
            ("error_total", "e"),
            ("error_absolute", "abs(e)"),
            ("error_squares", "e * e"),
            ("label_total", "t"),
            ("label_absolute", "abs(t)"),
            ("label_squares", "t * t"),
        )
    )
    cell = ", ".join([*owners.by, *own, "label", "prediction", "score_bin"])
    counted = (
        f"SELECT {cell}, count(*) AS n, count(y) AS n_with_label, {n_labelled} AS n_labelled, {sums}"
        f" FROM ({middle}) GROUP BY {cell}"
    )
    listed = f"[{', '.join(own)}]::VARCHAR[] AS groups, * EXCLUDE ({', '.join([rows.by, *own])})"
    return (
        "INSERT INTO profile_outcomes BY NAME"
        f" SELECT $model_key AS model_key, $is_reference AS is_reference, {rows.owner}, {listed}"
        f" FROM ({owners.restored(counted)})"
    )

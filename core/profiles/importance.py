"""How much a model's output hangs on each feature, from what it answered on the reference; no model runs."""

from collections.abc import Mapping

from core.domain import Reference, Task
from core.profiles.codings import Coding, codings
from core.profiles.relation import Relation, reference_rows, watched
from core.spec import Layout, MonitorSpec
from core.store import Cursor

DECILES = tuple(i / 10 for i in range(1, 10))
MOST_CATEGORIES = 50
MOST_ROWS = 200_000
"""Of a larger reference a part is read, the same rows every time."""

METHOD = "share of the output's variance that the feature's bins explain (η², corrected for their number)"


def keep(cursor: Cursor, layout: Layout, spec: MonitorSpec, reference: Reference) -> Mapping[str, float]:
    """Measure the importance of every feature on the reference rows and store it with the reference.

    The correlation ratio of the score (of the prediction where there is none; of classes as Goodman and
    Kruskal's τ) with the feature, numbers cut at deciles, categories beyond the 50 commonest pooled,
    corrected for the number of bins so that noise has 0; made to add up to 1.

    Returns
    -------
    mapping
        Feature → importance; empty where the output is unknown, constant, or no feature explains it.

    Source: Pearson (1905), On the general theory of skew correlation; Kelley (1935), PNAS 21 (ε²); Goodman &
    Kruskal (1954), JASA 49.
    """
    cursor.execute("DELETE FROM importance WHERE model_key = ?", [layout.key])
    layout = watched(layout, spec)
    output = _output(layout, spec)
    if output is None or not reference.profile.n:
        return {}
    rows = reference_rows(layout, spec, None)
    n = reference.profile.n
    if n > MOST_ROWS:
        rows = rows.only(f"hash(r.arrival) % {n // MOST_ROWS + 1} = 0")
    features = {**layout.numeric, **layout.categorical}
    cuts = codings(cursor, layout, reference, (rows,), quantiles=DECILES, most=MOST_CATEGORIES)
    coded = [one for one in cuts if one.column in features]
    explained, used = _explained(cursor, rows, coded, *output)
    total = sum(explained.values())
    if total <= 0:
        return {}
    found = {name: explained.get(name, 0.0) / total for name in features}
    cursor.execute(
        "INSERT INTO importance SELECT ?, unnest(?::VARCHAR[]), unnest(?::DOUBLE[]), ?, ?",
        [layout.key, list(found), list(found.values()), METHOD, used],
    )
    return found


def read(cursor: Cursor, key: str) -> Mapping[str, float]:
    """Return a model's stored importances; empty where none were measured."""
    return dict(
        cursor.execute("SELECT feature, importance FROM importance WHERE model_key = ?", [key]).fetchall()
    )


def _output(layout: Layout, spec: MonitorSpec) -> tuple[str, bool] | None:
    """Return the output's column and whether it is a number."""
    if spec.task is Task.BINARY and layout.scores:
        return next(iter(layout.scores.values())), True
    if spec.columns.prediction is None:
        return None
    return "prediction", layout.numeric_target


def _explained(
    cursor: Cursor, rows: Relation, coded: list[Coding], output: str, is_number: bool
) -> tuple[dict[str, float], int]:
    """Return for each feature the share of the output's variance that its bins explain, and the rows used."""
    if not coded:
        return {}, 0
    parameters = dict(rows.parameters)
    for one in coded:
        parameters |= one.parameters
    codes = ", ".join(f"{one.expression} AS k{i}" for i, one in enumerate(coded))
    usable = f"isfinite({output})" if is_number else f"{output} IS NOT NULL"
    names = dict.fromkeys([output, *(one.physical for one in coded)])
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE importance_rows AS SELECT {output} AS x, {codes}"
        f" FROM ({rows.select(names)}) WHERE {usable}",
        parameters,
    )
    parts = [_spread(place, f"k{place}", is_number) for place in range(len(coded))]
    lines = cursor.execute(" UNION ALL ".join([_spread(-1, "0", is_number), *parts])).fetchall()
    cursor.execute("DROP TABLE importance_rows")
    whole = [(n, spread or 0.0) for place, n, spread in lines if place == -1]
    if not whole:
        return {}, 0
    ((n, total),) = whole
    found = {}
    for i, one in enumerate(coded):
        bins = [spread or 0.0 for place, _, spread in lines if place == i]
        found[one.column] = _share(n, len(bins), sum(bins), total)
    return found, int(n)


def _spread(place: int, key: str, is_number: bool) -> str:
    """Return the SELECT of place, rows and squared distance from the bin's mean, by bin.

    A class is the vector of its indicators: its squared distance is n − Σ n² / n over the classes.
    """
    if is_number:
        keyed = f"SELECT {key} AS k, x FROM importance_rows"
        return f"SELECT {place} AS place, count(*), var_pop(x) * count(*) FROM ({keyed}) GROUP BY k"
    counted = f"SELECT {key} AS k, x, count(*) AS m FROM importance_rows GROUP BY ALL"
    return f"SELECT {place} AS place, sum(m), sum(m) - sum(m * m) / sum(m) FROM ({counted}) GROUP BY k"


def _share(n: float, k: int, within: float, total: float) -> float:
    """Return 1 − (within / (n − k)) / (total / (n − 1)), not below 0.

    Examples
    --------
    >>> _share(4, 2, 0.0, 1.0), round(_share(102, 2, 0.99, 1.0), 6)   # 1 − .99 × 101 / 100
    (1.0, 0.0001)
    """
    if total <= 0 or n <= k:
        return 0.0
    return max(1 - (within / (n - k)) / (total / (n - 1)), 0.0)

"""How groups of people are scored beside the median of all, from rows: bins could not tell exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain import Window
from core.profiles.aggregates import finite
from core.profiles.relation import MISSING_GROUP, current_rows
from core.profiles.windows import read_state
from core.spec import Layout, MonitorSpec
from core.store import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The sample's median score, and of each group (values in the spec's order) rows and rows above it.

    Without a scored row the median is None and there are no groups.
    """

    median: float | None
    n: Mapping[tuple[str, ...], int]
    above: Mapping[tuple[str, ...], int]


def scored_groups(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    indexes: Sequence[int],
    column: str,
    *,
    version: str | None = None,
) -> Scored:
    """Count the rows of each group whose score lies above the median of all rows with a score.

    Parameters
    ----------
    indexes
        Windows.
    column
        Physical column of the score.
    version
        None for all versions together.
    """
    windows = [Window(index=index, start=None, end=None) for index in indexes]
    sensitive = [layout.sensitive[name] for name in spec.sensitive]
    relation = current_rows(layout, spec, read_state(cursor, layout.key).origin, windows)
    listed = ", ".join(f"coalesce({name}, '{MISSING_GROUP}')" for name in sensitive)
    found = cursor.execute(
        f"WITH own AS (SELECT [{listed}]::VARCHAR[] AS groups, {finite(column)} AS score"
        f" FROM ({relation.select([column, *sensitive])}) WHERE $wanted IS NULL OR v = $wanted),"
        " middle AS (SELECT median(score) AS at FROM own)"
        " SELECT groups, count(score), count(*) FILTER (score > middle.at), any_value(middle.at)"
        " FROM own, middle WHERE score IS NOT NULL GROUP BY groups ORDER BY groups",
        {**relation.parameters, "wanted": version},
    ).fetchall()
    return Scored(
        median=float(found[0][3]) if found else None,
        n={tuple(groups): n for groups, n, _, _ in found},
        above={tuple(groups): above for groups, _, above, _ in found},
    )

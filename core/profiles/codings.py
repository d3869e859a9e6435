"""Columns cut into few segments: numbers at the reference's quartiles, the commonest categories by name."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from core.domain import NumericProfile, Reference
from core.profiles.aggregates import category_counts, double, finite
from core.profiles.relation import Relation
from core.spec import Layout
from core.store import Cursor

FEW = 6
"""A number with at most this many different values in the reference has a segment for each."""

MOST_CATEGORIES = 12
QUARTILES = (0.25, 0.5, 0.75)
MISSING = "(missing)"
OTHER = "(other)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """A column's segments: the expression of a row's code, and what each code means."""

    column: str
    physical: str
    expression: str
    labels: tuple[str, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)


def codings(
    cursor: Cursor,
    layout: Layout,
    reference: Reference,
    sides: Sequence[Relation],
    *,
    quantiles: Sequence[float] = QUARTILES,
    most: int = MOST_CATEGORIES,
) -> tuple[Coding, ...]:
    """Return how each feature and sensitive column is cut, those with one segment left out.

    Numbers are cut where the reference was pinned, so that a segment means the same in every window;
    categories are the commonest of the rows compared, new ones included.
    """
    found = [
        _numeric(column, physical, reference.edges[column], reference.profile.numeric.get(column), quantiles)
        for column, physical in layout.numeric.items()
        if reference.edges.get(column)
    ]
    texts = {
        **layout.categorical,
        **{k: v for k, v in layout.sensitive.items() if k not in layout.categorical},
    }
    texts = {column: physical for column, physical in texts.items() if column not in layout.numeric}
    common = _commonest(cursor, list(texts.values()), sides, most)
    found += [_text(column, physical, common.get(physical, ())) for column, physical in texts.items()]
    return tuple(one for one in found if len(one.labels) > 2)


def _numeric(
    column: str,
    physical: str,
    edges: Sequence[float],
    known: NumericProfile | None,
    quantiles: Sequence[float],
) -> Coding:
    """Cut a number at values that are edges of its profile."""
    inner = list(edges[1:])
    if len(inner) > FEW:
        cuts = _quantiles(edges, () if known is None else known.counts, quantiles)
        labels = [f"≤ {_short(cuts[0])}"] if cuts else ["any"]
        labels += [f"> {_short(low)}, ≤ {_short(high)}" for low, high in pairwise(cuts)]
        labels += [f"> {_short(cuts[-1])}"] if cuts else []
    else:
        # The bins of few values are these values; what lies beyond the last was never seen.
        cuts = inner
        labels = [*(_short(value) for value in inner), f"> {_short(inner[-1])}"] if inner else ["any"]
    x = finite(physical)
    steps = "".join(f" + ({physical} > {double(cut)})::UTINYINT" for cut in cuts)
    return Coding(
        column=column,
        physical=physical,
        expression=f"if({x} IS NULL, 0, 1{steps})::UTINYINT",
        labels=(MISSING, *labels),
    )


def _quantiles(edges: Sequence[float], counts: Sequence[int], wanted: Sequence[float]) -> list[float]:
    total = sum(counts)
    if not total:
        return []
    below = list(accumulate(counts))
    cuts = [
        next((edge for edge, n in zip(edges, below, strict=False) if n >= q * total), edges[-1])
        for q in wanted
    ]
    return sorted({cut for cut in cuts if cut < edges[-1]})


def _commonest(
    cursor: Cursor, physical: Sequence[str], sides: Sequence[Relation], most: int
) -> Mapping[str, tuple[str, ...]]:
    """Return each column's commonest values by their largest share on either side, in alphabetical order."""
    if not physical:
        return {}
    shares: dict[str, Counter[str]] = {name: Counter() for name in physical}
    for side in sides:
        counted = cursor.execute(
            f"SELECT physical, value, n FROM ({category_counts(side, physical)}) WHERE value IS NOT NULL",
            dict(side.parameters),
        ).fetchall()
        totals: Counter[str] = Counter()
        for name, _, n in counted:
            totals[name] += n
        for name, value, n in counted:
            shares[name][value] = max(shares[name][value], n / totals[name])
    return {
        name: tuple(sorted(sorted(seen, key=lambda value: (-seen[value], value))[:most]))
        for name, seen in shares.items()
    }


def _text(column: str, physical: str, values: Sequence[str]) -> Coding:
    listed = f"$values_{physical}"
    place = f"coalesce(list_position({listed}::VARCHAR[], {physical}), {len(values) + 1})"
    return Coding(
        column=column,
        physical=physical,
        expression=f"if({physical} IS NULL, 0, {place})::UTINYINT",
        labels=(MISSING, *values, OTHER),
        parameters={f"values_{physical}": list(values)},
    )


def _short(value: float) -> str:
    """Return a cut in four figures at most.

    Examples
    --------
    >>> _short(12730.0), _short(0.03412345), _short(-2.0)
    ('12,730', '0.03412', '−2')
    """
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text.replace("-", "−")

"""A column's distribution beside its reference, in the few bins that a reader can compare."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from core.store import Cursor, statement
from core.views.series import Distribution

N_BINS = 10
N_SCORE_BINS = 40
N_CATEGORIES = 12


@dataclass(frozen=True, slots=True)
class _Counted:
    """One column's counts; the last three are for categories only."""

    n: int
    n_null: int
    n_nonfinite: int
    counts: list[int]
    n_other: int | None = None
    new: list[str] | None = None
    new_counts: list[int] | None = None

    @property
    def n_valued(self) -> int:
        """Rows that have a value."""
        return self.n - self.n_null - self.n_nonfinite

    @property
    def missing(self) -> float | None:
        """Share of rows without a value, None without rows."""
        return 1 - self.n_valued / self.n if self.n else None

    def named(self) -> dict[str, int]:
        """Return how many rows have each category that the reference does not know, the commonest only."""
        return dict(zip(self.new or [], self.new_counts or [], strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a window is drawn beside: profiles of the reference (0 is the whole), or earlier windows."""

    name: str = "Reference"
    is_reference: bool = True
    indexes: tuple[int, ...] = (0,)


REFERENCE = Base()


def distribution(
    cursor: Cursor,
    key: str,
    *,
    role: str,
    name: str | None,
    version: str,
    index: int,
    base: Base = REFERENCE,
) -> Distribution | None:
    """Return one column of one window beside what it is compared with, the whole reference by default.

    Numeric columns are cut at the deciles of the base, scores into 40 equal bins; categories beyond
    the twelve commonest are one bin. None where the window or the base has no profile of it.
    """
    columns = cursor.execute(
        statement("views_column"), {"model_key": key, "role": role, "name": name}
    ).fetchall()
    if not columns:
        return None
    _, physical, called, edges, categories = min(columns)
    found = cursor.execute(
        statement("views_categories" if edges is None else "views_numbers"),
        {"model_key": key, "physical": physical, "indexes": [*base.indexes, index]},
    ).fetchall()
    own: dict[int, _Counted] = {}
    parts: dict[int, _Counted] = {}
    for is_reference, of, at, *cells in found:
        counted = _Counted(*cells)
        # The version of a reference is that of its rows, whatever answers now.
        if is_reference == base.is_reference and at in base.indexes and (is_reference or of == version):
            _keep_larger(parts, at, counted)
        elif not is_reference and at == index and of == version:
            _keep_larger(own, at, counted)
    if not own or not parts:
        return None
    before, now = _added([parts[at] for at in sorted(parts)]), own[index]
    if edges is None:
        drawn = _categorical(called, role, categories or [], before, now)
    else:
        cuts = _score_cuts(edges) if role == "score" else _deciles(edges, before.counts)
        drawn = _numeric(called, role, edges, cuts, before, now)
    return drawn if base.name == drawn.beside else replace(drawn, beside=base.name)


def _keep_larger(known: dict[int, _Counted], at: int, one: _Counted) -> None:
    if at not in known or one.n > known[at].n:
        known[at] = one


def _added(parts: Sequence[_Counted]) -> _Counted:
    """Return the counts of several profiles on the same edges as one."""
    first = parts[0]
    if len(parts) == 1:
        return first
    new: Counter[str] = Counter()
    for one in parts:
        new.update(one.named())
    return _Counted(
        n=sum(one.n for one in parts),
        n_null=sum(one.n_null for one in parts),
        n_nonfinite=sum(one.n_nonfinite for one in parts),
        counts=[sum(column) for column in zip(*(one.counts for one in parts), strict=True)],
        n_other=None if first.n_other is None else sum(one.n_other or 0 for one in parts),
        new=list(new),
        new_counts=list(new.values()),
    )


def _numeric(
    column: str, role: str, edges: Sequence[float], cuts: Sequence[int], before: _Counted, now: _Counted
) -> Distribution:
    bounds = [None, *(float(edges[cut]) for cut in cuts), None]
    return Distribution(
        column=column,
        role=role,
        kind="numeric",
        labels=tuple(_range(low, high) for low, high in pairwise(bounds)),
        lows=tuple(bounds[:-1]),
        highs=tuple(bounds[1:]),
        reference=_shares(_merge(before.counts, cuts)),
        current=_shares(_merge(now.counts, cuts)),
        n_reference=before.n_valued,
        n_current=now.n_valued,
        missing_reference=before.missing,
        missing_current=now.missing,
    )


def _deciles(edges: Sequence[float], counts: Sequence[int]) -> list[int]:
    """Return which edges to keep so that the reference falls into about ten equal parts.

    Examples
    --------
    >>> _deciles([1.0, 2.0, 3.0], [5, 5, 5, 5])
    [0, 1, 2]
    >>> _deciles([1.0, 2.0], [0, 100, 0])
    [0, 1]
    """
    total = sum(counts)
    if total == 0 or len(edges) <= N_BINS:
        return list(range(len(edges)))
    below = list(accumulate(counts))[:-1]
    wanted = [total * part / N_BINS for part in range(1, N_BINS)]
    places = {min(bisect_right(below, mark - total * 0.5 / N_BINS), len(edges) - 1) for mark in wanted}
    return sorted(places)


def _score_cuts(edges: Sequence[float]) -> list[int]:
    """Return the edges nearest to the bounds of 40 equal bins between 0 and 1."""
    marks = [part / N_SCORE_BINS for part in range(1, N_SCORE_BINS)]
    return sorted({_nearest(edges, mark) for mark in marks}) if edges else []


def _nearest(edges: Sequence[float], mark: float) -> int:
    above = bisect_left(edges, mark)
    return min((max(above - 1, 0), min(above, len(edges) - 1)), key=lambda i: abs(edges[i] - mark))


def _merge(counts: Sequence[int], cuts: Sequence[int]) -> list[int]:
    bounds = [0, *(cut + 1 for cut in cuts), len(counts)]
    return [sum(counts[low:high]) for low, high in pairwise(bounds)]


def _categorical(
    column: str, role: str, categories: Sequence[str], before: _Counted, now: _Counted
) -> Distribution:
    was, news = before.named(), now.named()
    both = {name: (a, b) for name, a, b in zip(categories, before.counts, now.counts, strict=True)}
    both |= {f"{name} (new)": (was.get(name, 0), news.get(name, 0)) for name in {**was, **news}}
    shown = sorted(
        both, key=lambda name: -max(both[name][0] / max(before.n, 1), both[name][1] / max(now.n, 1))
    )
    rest = [both[name] for name in shown[N_CATEGORIES:]]
    other = (
        sum(a for a, _ in rest) + (before.n_other or 0) - sum(was.values()),
        sum(b for _, b in rest) + (now.n_other or 0) - sum(news.values()),
    )
    cells = {name: both[name] for name in shown[:N_CATEGORIES]}
    if any(other):
        cells["(other)"] = other
    return Distribution(
        column=column,
        role=role,
        kind="categorical",
        labels=tuple(cells),
        lows=(None,) * len(cells),
        highs=(None,) * len(cells),
        reference=_shares([a for a, _ in cells.values()]),
        current=_shares([b for _, b in cells.values()]),
        n_reference=before.n_valued,
        n_current=now.n_valued,
        missing_reference=before.missing,
        missing_current=now.missing,
    )


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(n / total if total else 0.0 for n in counts)


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return "all values" if high is None else f"up to {_bound(high)}"
    return f"over {_bound(low)}" if high is None else f"{_bound(low)} to {_bound(high)}"


def _bound(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return text.replace("-", "−")

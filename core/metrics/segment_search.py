"""Which segments broke? A search over the segments of one column and of two.

Every segment is asked whether its number moved otherwise than that of the remaining rows
(:mod:`core.metrics.segment_gaps`); p values are adjusted for all segments that might have been asked
(:mod:`core.metrics.false_discovery`), half of the error spent on single columns, half on pairs. Of what
is found, the simplest stays: a pair of columns only if it is clearly worse than what remains of both
its columns' segments, and nothing whose remainder, without what was found before, is like other rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeAlias

import numpy as np

from core.change import FoundSegment
from core.domain import Segment
from core.metrics.decomposition import level, split
from core.metrics.false_discovery import adjust
from core.metrics.outcomes import Codes, Flags
from core.metrics.segment_gaps import Gaps, gaps
from core.metrics.slices import Ranks, Slices, Sums

Q = 0.05
"""Share of false ones among the findings that is accepted."""

SURE = 0.01
"""p value below which a remainder is worse by itself, or a pair worse than its columns' segments."""

COLUMNS_PAIRED = 6
MOST_FOUND = 8
MOST_SHOWN = 10

Cut: TypeAlias = Callable[[tuple[str, ...]], Slices]
"""Returns both sides by the segments of some columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a search found, worst first; ``shown`` are the worst of the others; how many were tested."""

    found: tuple[FoundSegment, ...]
    shown: tuple[FoundSegment, ...]
    n_tested: int


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """One segment: where it stands in its slices, and what is known of it."""

    slices: Slices
    place: int
    gaps: Gaps
    q_value: float

    @property
    def segment(self) -> Segment:
        return self.slices.segments[self.place]

    @property
    def columns(self) -> frozenset[str]:
        return frozenset(column for column, _ in self.segment.pairs)

    @property
    def weight(self) -> float:
        """How much of the whole's change the gap makes up."""
        shares = [
            float(side.size[self.place] / side.size.sum()) for side in (self.slices.before, self.slices.after)
        ]
        share = shares[1] if self.gaps.is_new[self.place] else sum(shares) / 2
        return share * float(self.gaps.gap[self.place])


def search(columns: Sequence[Slices], cut: Cut, *, harm: int) -> Search:
    """Find the segments whose number moved otherwise than that of the remaining rows.

    Parameters
    ----------
    columns
        Both sides by the segments of each single column.
    cut
        Gives the slices of several columns; asked for the pairs of the six most telling columns.
    harm
        The sign of a harmful move, 1 or −1. Only segments that did worse are found: worse than the others
        and, unless they are new, than themselves before.

    Returns
    -------
    Search
        At most 8 found, by the part of the whole's change that their gap makes up.
    """
    singles = [(one, _against_rest(one)) for one in columns]
    # All segments count, not only those with enough rows: which these are was known beforehand, but a
    # family that does not depend on the data is simpler to trust.
    n_single = sum(len(one.segments) for one in columns)
    n_pairs = sum(len(a.segments) * len(b.segments) for a, b in combinations(columns, 2))
    paired = [cut((a, b)) for a, b in combinations(_telling(singles), 2)]
    pairs = [(one, _against_rest(one)) for one in paired]
    everything = _adjusted(singles, pairs, n_single, n_pairs)
    harmful = [one for one in everything if _is_harmful(one, harm)]
    significant = [one for one in harmful if _is_found(one)]
    found, like = _simplest(significant, cut)
    shown = sorted((one for one in harmful if len(one.columns) == 1 and not _is_found(one)), key=_order)
    return Search(
        found=tuple(replace(_told(one), like=like.get(one.segment, ())) for one in found),
        shown=tuple(_told(one) for one in shown[:MOST_SHOWN]),
        n_tested=len(everything),
    )


def rows_in(slices: Slices, segment: Segment) -> Flags:
    """Return which of some slices lie inside a segment of fewer or equal columns."""
    wanted = set(segment.pairs)
    return np.array([wanted <= set(one.pairs) for one in slices.segments], dtype=np.bool_)


def contribution(slices: Slices, where: Flags) -> float:
    """Return the part of the whole's change that the own move of some slices, as one segment, makes up."""
    parts = split(*(_as_two(side, where) for side in (slices.before, slices.after)))
    return 0.0 if parts is None else float(parts.within[0])


def _as_two(side: Sums | Ranks, where: Flags) -> Sums | Ranks:
    return side.grouped((~where).astype(np.intp), 2)


def _against_rest(slices: Slices) -> Gaps:
    before, after = slices.before, slices.after
    return gaps(before, after, (before.rest(), after.rest()))


def _telling(singles: Sequence[tuple[Slices, Gaps]]) -> list[str]:
    """Return the columns to pair: those with the smallest p values, in a fixed order."""
    least = {
        one.columns[0]: float(np.nanmin(found.p_value)) for one, found in singles if found.is_tested.any()
    }
    return sorted(sorted(least, key=lambda name: (least[name], name))[:COLUMNS_PAIRED])


def _adjusted(
    singles: Sequence[tuple[Slices, Gaps]],
    pairs: Sequence[tuple[Slices, Gaps]],
    n_single: int,
    n_pairs: int,
) -> list[_Candidate]:
    """Return every tested segment with its adjusted p value."""
    n = n_single + n_pairs
    # Half of the error is the single columns': they are few, and what they say is simpler.
    families = (
        (singles, n / (2 * n_single) if n_pairs else 1.0),
        (pairs, n / (2 * n_pairs) if n_pairs else 1.0),
    )
    places: list[tuple[Slices, Gaps, int, float]] = [
        (one, found, int(i), weight)
        for family, weight in families
        for one, found in family
        for i in np.flatnonzero(found.is_tested)
    ]
    q_values = adjust(
        np.array([found.p_value[i] for _, found, i, _ in places]),
        np.array([weight for *_, weight in places]),
        n,
    )
    return [
        _Candidate(one, i, found, float(q)) for (one, found, i, _), q in zip(places, q_values, strict=True)
    ]


def _is_harmful(one: _Candidate, harm: int) -> bool:
    """Whether a segment did worse than the others, and worse than itself before: others may have risen."""
    i, found = one.place, one.gaps
    own = 0.0 if found.is_new[i] else float(found.after.value[i] - found.before.value[i]) * harm
    return float(found.gap[i]) * harm > 0 and own >= 0


def _is_found(one: _Candidate) -> bool:
    own = one.gaps.change(one.place)
    return one.q_value <= Q and (own is None or not own.may_be_chance)


def _order(one: _Candidate) -> tuple[float, str]:
    return (-abs(one.weight), str(one.segment))


def _simplest(
    significant: Sequence[_Candidate], cut: Cut
) -> tuple[list[_Candidate], dict[Segment, tuple[Segment, ...]]]:
    """Leave out what is explained by something simpler, or by a part of it that is clearly worse."""
    singles = [one for one in significant if len(one.columns) == 1]
    parents = {one.segment: one for one in singles}
    pairs = sorted(
        (one for one in significant if len(one.columns) == 2 and _beats_its_parts(one)), key=_order
    )[:MOST_FOUND]
    # A column's segment that is like others once the worse pair is taken out was only the pair's shadow.
    shadows = {
        parent.segment
        for pair in pairs
        for column_value in pair.segment.pairs
        for parent in [parents.get(Segment((column_value,)))]
        if parent is not None and not _stands_without(parent.segment, [pair.segment], cut)
    }
    kept: list[_Candidate] = []
    like: dict[Segment, tuple[Segment, ...]] = {}
    for one in sorted([*(s for s in singles if s.segment not in shadows), *pairs], key=_order):
        explained = next(
            (other for other in kept if not _stands_without(one.segment, [other.segment], cut)), None
        )
        if explained is not None:
            like[explained.segment] = (*like.get(explained.segment, ()), one.segment)
        elif len(kept) < MOST_FOUND:
            kept.append(one)
    return kept, like


def _beats_its_parts(pair: _Candidate) -> bool:
    """Whether a pair is clearly worse than what remains of both its columns' segments."""
    i = pair.place
    slices = pair.slices
    cell = tuple(side.pick(np.array([i])) for side in (slices.before, slices.after))
    for column_value in pair.segment.pairs:
        inside = rows_in(slices, Segment((column_value,)))
        inside[i] = False
        if not inside.any():
            return False
        remainder = tuple(side.grouped(np.where(inside, 0, -1), 1) for side in (slices.before, slices.after))
        found = gaps(cell[0], cell[1], (remainder[0], remainder[1]))
        worse = found.gap[0] * pair.gaps.gap[i] > 0
        if not (found.is_tested[0] and worse and found.p_value[0] <= SURE):
            return False
    return True


def _stands_without(segment: Segment, others: Sequence[Segment], cut: Cut) -> bool:
    """Whether a segment's remainder, without other segments' rows, is still unlike the rows outside all."""
    named = [column for one in (segment, *others) for column, _ in one.pairs]
    slices = cut(tuple(sorted(set(named))))
    own = rows_in(slices, segment)
    theirs = np.any([rows_in(slices, one) for one in others], axis=0)
    place: Codes = np.where(own & ~theirs, 0, np.where(~own & ~theirs, 1, -1))
    sides = tuple(side.grouped(place, 2) for side in (slices.before, slices.after))
    found = gaps(
        sides[0].pick(np.array([0])),
        sides[1].pick(np.array([0])),
        (sides[0].pick(np.array([1])), sides[1].pick(np.array([1]))),
    )
    return bool(found.is_tested[0] and found.p_value[0] <= SURE)


def _told(one: _Candidate) -> FoundSegment:
    i, slices = one.place, one.slices
    shares = [float(side.size[i] / side.size.sum()) for side in (slices.before, slices.after)]
    where = np.zeros(len(slices.segments), dtype=np.bool_)
    where[i] = True
    return FoundSegment(
        segment=one.segment,
        before=level(one.gaps.before, i, slices.before.rows[i]),
        after=level(one.gaps.after, i, slices.after.rows[i]),
        share_before=shares[0],
        share_after=shares[1],
        change=one.gaps.change(i),
        gap=one.gaps.effect(i),
        contribution=contribution(slices, where),
        q_value=one.q_value,
        is_new=bool(one.gaps.is_new[i]),
    )

"""Which pieces of a change are worth telling, so that they add up to all of it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.change import ColumnEffect, FoundSegment, Share
from core.metrics.decomposition import split
from core.metrics.segment_search import Cut, Search, rows_in

MOST_SEGMENTS = 2
SURE_MIX = 0.01
"""p value, multiplied by the columns looked at, up to which a shift of the mix is told as a cause."""

LEAST = 0.1
"""What makes up less than this part of the change is not worth a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The pieces, and the columns whose segments show them best."""

    shares: tuple[Share, ...]
    by: tuple[str, ...]


def tell(search: Search, columns: Sequence[ColumnEffect], cut: Cut, *, change: float) -> Story:
    """Choose what to tell of a change: at most two segments that broke, and one shift of the mix.

    Parameters
    ----------
    search
        The segments that stand out.
    columns
        The mix effect of every column.
    cut
        Gives slices by several columns.
    change
        After − before, of all rows.
    """
    mixed = _mix_told(columns, change)
    # A segment that was not there before cannot have changed: what it did is a shift of the mix.
    broken = [
        one
        for one in search.found
        if not one.is_new and one.contribution * change > 0 and abs(one.contribution) >= LEAST * abs(change)
    ][:MOST_SEGMENTS]
    by = _by(broken, mixed)
    if not by:
        return Story(shares=(), by=_fallback(search, columns))
    named = [column for one in broken for column, _ in one.segment.pairs]
    names = tuple(sorted({*named, *((mixed.column,) if mixed else ())}))
    slices = cut(names)
    own = [rows_in(slices, one.segment) for one in broken]
    inside = np.full(len(slices.segments), len(own), dtype=np.intp)
    for i in reversed(range(len(own))):
        inside[own[i]] = i
    mixes = [dict(one.pairs).get(mixed.column, "") if mixed else "" for one in slices.segments]
    codes = {text: i for i, text in enumerate(dict.fromkeys(mixes))}
    place = np.array([codes[text] for text in mixes], dtype=np.intp) * (len(own) + 1) + inside
    k = len(codes) * (len(own) + 1)
    before, after = slices.before.grouped(place, k), slices.after.grouped(place, k)
    there = (before.size > 0) | (after.size > 0)
    parts = split(before.pick(there), after.pick(there))
    if parts is None:
        return Story(shares=(), by=by)
    of = np.arange(k)[there] % (len(own) + 1)
    shares = [_within(one, float(parts.within[of == i].sum())) for i, one in enumerate(broken)]
    if mixed:
        shares.append(_mix(mixed, float(parts.mix.sum())))
    told = sum(one.value for one in shares)
    whole = float(parts.mix.sum() + parts.within.sum())
    return Story(shares=(*shares, Share(kind="rest", value=whole - told)), by=by)


def _mix_told(columns: Sequence[ColumnEffect], change: float) -> ColumnEffect | None:
    """Return the column whose shift did most in the change's direction, if it is more than chance."""
    sure = [
        one
        for one in columns
        if one.mix.p_value * len(columns) <= SURE_MIX
        and one.mix.value * change > 0
        and abs(one.mix.value) >= LEAST * abs(change)
    ]
    return max(sure, key=lambda one: (abs(one.mix.value), one.column), default=None)


def _by(broken: Sequence[FoundSegment], mixed: ColumnEffect | None) -> tuple[str, ...]:
    if mixed and (not broken or abs(mixed.mix.value) >= abs(broken[0].contribution)):
        return (mixed.column,)
    return tuple(column for column, _ in broken[0].segment.pairs) if broken else ()


def _fallback(search: Search, columns: Sequence[ColumnEffect]) -> tuple[str, ...]:
    if search.found:
        return tuple(column for column, _ in search.found[0].segment.pairs)
    telling = min(columns, key=lambda one: (one.mix.p_value, one.column), default=None)
    return () if telling is None else (telling.column,)


def _within(one: FoundSegment, value: float) -> Share:
    return Share(
        kind="within",
        value=value,
        segment=one.segment,
        before=one.before,
        after=one.after,
        share_before=one.share_before,
        share_after=one.share_after,
    )


def _mix(one: ColumnEffect, value: float) -> Share:
    part = one.moved
    return Share(
        kind="mix",
        value=value,
        segment=part.segment,
        before=part.before,
        after=part.after,
        share_before=part.share_before,
        share_after=part.share_after,
    )

"""What must hold of a change split by segments, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.metrics.decomposition import split
from core.metrics.slices import Ranks, Sums

BINS = 4
COUNTS = st.integers(0, 40)


@st.composite
def sums(draw: st.DrawFn, k: int) -> Sums:
    """Errors of k segments: some empty, one at least not."""
    rows = np.array(draw(st.lists(COUNTS, min_size=k, max_size=k)), dtype=float)
    rows[0] += 1
    means = np.array(draw(st.lists(st.floats(-50, 50), min_size=k, max_size=k)))
    x = rows * means
    return Sums(n=rows, w=rows, x=x, ww=rows, wx=x, xx=rows * (means**2 + 1))


@st.composite
def ranks(draw: st.DrawFn, k: int) -> Ranks:
    """Scores of k segments, both classes somewhere."""
    sides = [
        np.array(draw(st.lists(COUNTS, min_size=k * BINS, max_size=k * BINS)), dtype=float).reshape(k, BINS)
        for _ in range(2)
    ]
    for side in sides:
        side[0, 2] += 1
    return Ranks(*sides)


PAIRS = st.integers(1, 4).flatmap(
    lambda k: st.one_of(st.tuples(sums(k), sums(k)), st.tuples(ranks(k), ranks(k)))
)


def value(side: Sums | Ranks) -> float:
    return float(side.whole().levels().value[0])


@given(PAIRS)
def test_the_parts_add_up_to_the_change(sides: tuple[Sums, Sums] | tuple[Ranks, Ranks]) -> None:
    before, after = sides
    parts = split(before, after)
    assert parts is not None
    change = value(after) - value(before)
    assert parts.mix.sum() + parts.within.sum() == pytest.approx(change, abs=1e-7)


@given(PAIRS)
def test_swapped_sides_give_the_negative(sides: tuple[Sums, Sums] | tuple[Ranks, Ranks]) -> None:
    before, after = sides
    there, back = split(before, after), split(after, before)
    assert there is not None
    assert back is not None
    assert there.mix == pytest.approx(-back.mix, abs=1e-9)
    assert there.within == pytest.approx(-back.within, abs=1e-9)
    assert there.mix_variance == pytest.approx(back.mix_variance)


@given(PAIRS, st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(sides, random) -> None:
    before, after = sides
    order = list(range(len(before.rows)))
    random.shuffle(order)
    one = split(before, after)
    other = split(before.pick(np.array(order)), after.pick(np.array(order)))
    assert one is not None
    assert other is not None
    assert other.mix == pytest.approx(one.mix[order], abs=1e-9)
    assert other.within == pytest.approx(one.within[order], abs=1e-9)


@given(st.integers(1, 4).flatmap(lambda k: st.tuples(ranks(k), ranks(k))))
def test_without_a_change_of_shares_there_is_no_mix(sides: tuple[Ranks, Ranks]) -> None:
    before, after = sides
    # Give the segments after the sizes of before: their own rows stay as they are.
    size = np.where(after.size > 0, before.size / np.maximum(after.size, 1), 0.0)[:, None]
    same = Ranks(after.positives * size, after.negatives * size)
    there = (same.size > 0) | (before.size == 0)
    before, same = before.pick(there), same.pick(there)
    parts = split(before, same)
    if parts is not None:
        assert parts.mix == pytest.approx(np.zeros(len(parts.mix)), abs=1e-9)


@given(st.integers(1, 4).flatmap(lambda k: st.tuples(sums(k), sums(k))))
def test_a_mean_is_split_by_kitagawa(sides: tuple[Sums, Sums]) -> None:
    before, after = sides
    parts = split(before, after)
    assert parts is not None
    p, q = before.w / before.w.sum(), after.w / after.w.sum()
    a = np.divide(before.x, before.w, out=np.zeros_like(before.x), where=before.w > 0)
    b = np.divide(after.x, after.w, out=np.zeros_like(after.x), where=after.w > 0)
    a, b = np.where(before.w > 0, a, b), np.where(after.w > 0, b, a)
    assert parts.within == pytest.approx((p + q) / 2 * (b - a), abs=1e-9)
    assert parts.mix.sum() == pytest.approx(((q - p) * (a + b) / 2).sum(), abs=1e-9)


@given(st.integers(2, 4).flatmap(lambda k: st.tuples(ranks(k), ranks(k))))
def test_auc_is_split_as_reweighting_in_both_orders_would(sides: tuple[Ranks, Ranks]) -> None:
    """Shapley's mean of both orders (mix first, mix last) is near the path: they differ in third order."""
    before, after = sides
    both = (before.size > 0) & (after.size > 0)
    before, after = before.pick(both), after.pick(both)
    parts = split(before, after)
    if parts is None or not both.any():
        return

    def at(shares: np.ndarray, rows: Ranks) -> float:
        factor = (shares / rows.size)[:, None]
        return value(Ranks(rows.positives * factor * 1e6, rows.negatives * factor * 1e6))

    p, q = before.size / before.size.sum(), after.size / after.size.sum()
    shapley = (at(q, before) - at(p, before) + at(q, after) - at(p, after)) / 2
    assert parts.mix.sum() == pytest.approx(shapley, abs=0.05)

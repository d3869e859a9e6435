"""The search for segments that broke: on known truth it names them, on nothing it stays silent."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from core.change import segment_text
from core.domain import Segment
from core.metrics.false_discovery import adjust
from core.metrics.segment_gaps import gaps, moved
from core.metrics.segment_search import Search, search
from core.metrics.slices import Ranks, Slices, Sums
from tests.campaigns import more

LEVELS = 4


@dataclass
class Rows:
    """Rows of both sides: a code in each column, and whether they were answered right (or scores)."""

    codes: np.ndarray
    side: np.ndarray
    amount: np.ndarray
    score_bin: np.ndarray | None = None
    known: dict[tuple[str, ...], Slices] = field(default_factory=dict)

    def cut(self, columns: tuple[str, ...]) -> Slices:
        if columns not in self.known:
            self.known[columns] = self._cut(columns)
        return self.known[columns]

    def _cut(self, columns: tuple[str, ...]) -> Slices:
        places = [int(column[1:]) for column in columns]
        flat = np.zeros(len(self.side), dtype=int)
        for place in places:
            flat = flat * LEVELS + self.codes[:, place]
        k = LEVELS ** len(places)
        segments = tuple(
            Segment.of({column: str(i // LEVELS**j % LEVELS) for j, column in enumerate(reversed(columns))})
            for i in range(k)
        )
        before, after = (self._side(flat, k, side) for side in (0, 1))
        return Slices(columns, segments, before, after)

    def _side(self, flat: np.ndarray, k: int, side: int) -> Sums | Ranks:
        mine = self.side == side
        place, amount = flat[mine], self.amount[mine]
        if self.score_bin is not None:
            bins = self.score_bin.max() + 1
            cell = place * bins + self.score_bin[mine]
            hits = np.bincount(cell, amount, minlength=k * bins).reshape(k, bins)
            return Ranks(hits, np.bincount(cell, minlength=k * bins).reshape(k, bins) - hits)
        n = np.bincount(place, minlength=k).astype(float)
        x = np.bincount(place, amount, minlength=k)
        return Sums(n=n, w=n, x=x, ww=n, wx=x, xx=np.bincount(place, amount**2, minlength=k))

    def searched(self, harm: int = -1) -> Search:
        columns = [self.cut((f"c{i}",)) for i in range(self.codes.shape[1])]
        return search(columns, self.cut, harm=harm)


def rows(
    seed: int, *, fault=None, drop: float = 0.25, n: tuple[int, int] = (20_000, 8_000), kind: str = "rate"
) -> Rows:
    """Eight columns of four values; column 0 matters always, ``fault`` costs ``drop`` afterwards."""
    chance = np.random.default_rng(seed)
    total = sum(n)
    codes = chance.integers(0, LEVELS, (total, 8))
    side = np.repeat([0, 1], n)
    broken = np.zeros(total, bool) if fault is None else fault(codes) & (side == 1)
    if kind == "mean":
        return Rows(codes, side, chance.lognormal(0, 1.0, total) * np.where(broken, 1 + drop, 1))
    if kind == "rank":
        score = chance.random(total)
        label = chance.random(total) < np.where(broken, 0.5, score)
        return Rows(codes, side, label.astype(float), (score * 20).astype(int))
    right = chance.random(total) < 0.92 - 0.04 * codes[:, 0] - np.where(broken, drop, 0)
    return Rows(codes, side, right.astype(float))


def names(found: Search) -> list[str]:
    return [segment_text(one.segment) for one in found.found]


@pytest.mark.parametrize("kind", ["rate", "mean", "rank"])
def test_a_segment_that_breaks_is_found_alone(kind: str) -> None:
    found = rows(3, fault=lambda codes: codes[:, 2] == 1, drop=0.25 if kind == "rate" else 1.0, kind=kind)
    assert names(found.searched(1 if kind == "mean" else -1)) == ["c2 = 1"]


def test_where_two_columns_meet_the_pair_is_found_and_its_shadows_are_not() -> None:
    found = rows(4, fault=lambda codes: (codes[:, 2] == 1) & (codes[:, 5] == 3)).searched()
    assert names(found) == ["c2 = 1 and c5 = 3"]


def test_two_segments_that_break_apart_are_both_found() -> None:
    found = rows(5, fault=lambda codes: (codes[:, 2] == 1) | (codes[:, 5] == 3)).searched()
    assert sorted(names(found)) == ["c2 = 1", "c5 = 3"]


def test_a_copy_of_a_column_adds_no_finding() -> None:
    made = rows(6, fault=lambda codes: codes[:, 2] == 1)
    made.codes[:, 7] = made.codes[:, 2]
    found = made.searched()
    assert len(found.found) == 1
    assert found.found[0].like


def test_an_improvement_is_no_finding() -> None:
    assert names(rows(7, fault=lambda codes: codes[:, 2] == 1, drop=-0.25).searched()) == []


def test_a_change_everywhere_is_no_segment_s() -> None:
    assert names(rows(8, fault=lambda codes: codes[:, 2] >= 0).searched()) == []


def test_what_has_few_rows_is_not_tested() -> None:
    few = rows(9, n=(150, 60)).searched()
    assert few.n_tested == 0
    assert few.found == few.shown == ()


def test_intervals_hold_their_numbers() -> None:
    (worst,) = rows(10, fault=lambda codes: codes[:, 2] == 1).searched().found
    assert worst.gap.low < worst.gap.value < worst.gap.high < 0
    assert worst.change.low < -0.25 < worst.change.high
    assert worst.before.value - worst.after.value == pytest.approx(-worst.change.value)
    assert worst.contribution == pytest.approx(0.25 * worst.change.value, abs=0.01)


def test_the_change_of_two_proportions_has_newcombe_s_interval() -> None:
    """Newcombe (1998), table II, method 10: 56/70 against 48/80."""
    one, other = (
        Sums.of_rates(np.array([x]), np.array([n])).levels() for x, n in ((48.0, 80.0), (56.0, 70.0))
    )
    found = moved(one, other)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_few_errors_do_not_make_a_segment_look_surer() -> None:
    """24 errors where 10 are usual: Poisson's own tail is 9e-5, a plain z test would say 1e-5."""
    before = Sums.of_rates(np.array([1000.0]), np.array([100_000.0]))
    after = Sums.of_rates(np.array([24.0]), np.array([1000.0]))
    rest = (Sums.of_rates(np.array([3e4]), np.array([3e6])), Sums.of_rates(np.array([3e4]), np.array([3e6])))
    assert gaps(before, after, rest).p_value[0] > 9e-5


def test_adjusted_p_values_are_benjamini_and_yekutieli_s() -> None:
    """As R's p.adjust(c(.01, .04, .03, .005), "BY"), by hand: p × 4 × 25/12 / rank, made monotone."""
    found = adjust(np.array([0.01, 0.04, 0.03, 0.005]), np.ones(4), 4)
    assert found == pytest.approx([0.041667, 0.083333, 0.083333, 0.041667], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "n"), [("rate", (600, 400)), *more(("rate", (4000, 1500)), ("mean", (4000, 1500)))]
)
def test_on_nulls_false_findings_are_rare(kind: str, n: tuple[int, int]) -> None:
    """1,000 streams on which nothing changed, in three settings: at most 5 % of them have any finding."""
    harm = 1 if kind == "mean" else -1
    alarms = sum(bool(rows(seed, n=n, kind=kind).searched(harm).found) for seed in range(1000, 1334))
    assert alarms <= 0.05 * 334

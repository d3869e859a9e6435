"""A published decomposition, recomputed, and Simpson's paradox.

Kitagawa (1955), Components of a difference between two rates, JASA 50, splits the difference of two crude
rates into differences of composition and of specific rates, with the means of both populations as weights.
Golden numbers by hand from that formula on textbook tables; Simpson's paradox on the admissions to
Berkeley (Bickel, Hammel & O'Connell 1975, Science 187), as in R's data set UCBAdmissions.
"""

import numpy as np
import pytest

from core.domain import Segment
from core.metrics.decomposition import decompose, split
from core.metrics.slices import Slices, Sums

# Six largest departments: admitted, applied.
MEN = {"A": (512, 825), "B": (353, 560), "C": (120, 325), "D": (138, 417), "E": (53, 191), "F": (22, 373)}
WOMEN = {"A": (89, 108), "B": (17, 25), "C": (202, 593), "D": (131, 375), "E": (94, 393), "F": (24, 341)}


def sums(table: dict[str, tuple[int, int]]) -> Sums:
    hits, rows = zip(*table.values(), strict=True)
    return Sums.of_rates(np.array(hits, dtype=float), np.array(rows, dtype=float))


def test_berkeley_admissions() -> None:
    """Women are admitted less overall, and more within departments: the gap is where they apply."""
    slices = Slices(
        ("department",),
        tuple(Segment.of({"department": name}) for name in MEN),
        sums(MEN),
        sums(WOMEN),
    )
    found = decompose(slices)
    assert found is not None
    assert found.change == pytest.approx(557 / 1835 - 1198 / 2691, abs=1e-12)
    # Kitagawa's sums, department by department, written out.
    mix = within = 0.0
    for name, (a, n) in MEN.items():
        b, m = WOMEN[name]
        mix += (m / 1835 - n / 2691) * (a / n + b / m) / 2
        within += (m / 1835 + n / 2691) / 2 * (b / m - a / n)
    assert found.mix.value == pytest.approx(mix, abs=1e-12)
    assert found.within.value == pytest.approx(within, abs=1e-12)
    assert found.change < -0.14
    assert found.within.value > 0.01
    assert not found.mix.may_be_chance


def test_a_textbook_table_by_hand() -> None:
    """Rates of 10, 30 and 60 a thousand fall by a tenth; the oldest grow from 20 % to 40 %."""
    before = Sums.of_rates(np.array([5.0, 9.0, 12.0]), np.array([500.0, 300.0, 200.0]))
    after = Sums.of_rates(np.array([2.7, 8.1, 21.6]), np.array([300.0, 300.0, 400.0]))
    parts = split(before, after)
    assert parts is not None
    # Shares move by −.2, 0, +.2; mean rates are 9.5, 28.5, 57: mix = .2 × (57 − 9.5) = 9.5 a thousand.
    assert parts.mix.sum() == pytest.approx(0.0095)
    # Mean shares are .4, .3, .3; rates fall by 1, 3, 6: within = −(.4 + .9 + 1.8) a thousand.
    assert parts.within.sum() == pytest.approx(-0.0031)
    assert parts.within == pytest.approx([-0.0004, -0.0009, -0.0018])

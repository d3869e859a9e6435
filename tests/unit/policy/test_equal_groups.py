"""Equal groups rarely fail the screen: 1,000 draws a size, judged as the policy and the page judge them."""

import numpy as np
import pytest

from core.domain import Limit, Measurement, Role, Segment, Window
from core.metrics import intervals
from core.policy.fixed import is_outside
from core.policy.ratios import compare, for_all_pairs
from core.views.build.group_levels import MEASURES, Guards, best_off, contrasts, groups_of

BAND = Limit(low=0.8, high=1.25)
N_DRAWS = 1_000
MOST = 0.05
SELECTION = MEASURES[0]


def rates(hits: list[int], n: int) -> list[Measurement]:
    """Selection rates of groups of n rows."""
    return [
        Measurement(
            model="m", version="1", metric="selection_rate", role=Role.FAIRNESS, n=n, method="made",
            window=Window(index=0, start=None, end=None), value=h / n, segment=Segment.of({"group": str(at)}),
        )
        for at, h in enumerate(hits)
    ]  # fmt: skip


@pytest.mark.parametrize("n", [100, 200, 1_000])
@pytest.mark.parametrize("n_groups", [2, 5])
def test_equal_groups_fail_in_at_most_five_per_cent_of_draws(n: int, n_groups: int) -> None:
    """FAIL takes the whole interval outside, however many groups the farthest two were chosen among."""
    draws = np.random.default_rng([n, n_groups]).binomial(n, 0.4, (N_DRAWS, n_groups))
    # By the two farthest apart alone, all draws at once: a wider interval fails no draw that this passes.
    least, most = draws.min(axis=1), draws.max(axis=1)
    spread = np.sqrt(1 / least - 1 / n + 1 / most - 1 / n)
    suspects = np.flatnonzero(np.log(least / most) + spread < np.log(0.8))
    failed = 0
    for at in suspects:
        compared = compare([rates(draws[at].tolist(), n)], 100)
        assert compared is not None
        failed += is_outside(compared.low, BAND) and is_outside(compared.high, BAND)
    assert failed <= MOST * N_DRAWS
    by_point = int((least / most < 0.8).sum())
    assert by_point >= failed


@pytest.mark.parametrize("n", [100, 200, 1_000])
@pytest.mark.parametrize("n_groups", [2, 5])
def test_equal_groups_are_marked_outside_in_at_most_five_per_cent_of_draws(n: int, n_groups: int) -> None:
    draws = np.random.default_rng([7, n, n_groups]).binomial(n, 0.4, (N_DRAWS, n_groups))
    base = draws.max(axis=1, keepdims=True)
    half = for_all_pairs(n_groups) * np.sqrt(1 / draws - 1 / n + 1 / base - 1 / n)
    outside = (np.log(draws / base) + half < np.log(0.8)).any(axis=1)
    assert outside.mean() <= MOST


def test_the_page_marks_what_these_draws_count() -> None:
    measured = rates([26, 44, 41], 100)
    groups = groups_of(measured, "selection_rate")
    best = best_off(groups, SELECTION, Guards())
    assert best is not None
    assert best.name == "1"
    marks = {one.name: one for one in contrasts(groups, best, SELECTION, Guards())}
    low, high = intervals.ratio(26, 100, 44, 100, z=for_all_pairs(3)) or (0.0, 0.0)
    assert (marks["0"].low, marks["0"].high) == (low, high)
    assert high > 0.8, "the point, 0.59, is outside; the interval reaches in"
    assert marks["0"].mark == "crosses"

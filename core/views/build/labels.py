"""How much of each shown window's labels has come."""

from core.views.model import LabelShare
from core.views.series import Series

WAITING = frozenset({"labels immature", "no labels yet"})
"""Why a verdict on performance is UNKNOWN while labels are still coming."""


def label_shares(coverage: Series, immature: frozenset[int]) -> tuple[LabelShare, ...]:
    """Return one entry a window with a stored label coverage, oldest first.

    Parameters
    ----------
    coverage
        The stored measurement, ``label_coverage``.
    immature
        The windows in which performance is UNKNOWN because labels are still coming.
    """
    return tuple(
        LabelShare(
            index=point.index,
            start=point.start,
            end=point.end,
            n=point.n,
            share=point.value,
            is_immature=point.index in immature,
        )
        for point in coverage.measured
    )

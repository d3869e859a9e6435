"""How much of each shown window's labels has come."""

from collections.abc import Sequence

from core.views.model import LabelShare
from core.views.series import Series

WAITING = frozenset({"labels immature", "no labels yet"})
"""Why a verdict on performance is UNKNOWN while labels are still coming."""


def label_shares(coverage: Series | None, performance: Sequence[Series]) -> tuple[LabelShare, ...]:
    """Return one entry a window with a stored label coverage, oldest first; none for a model without labels.

    Parameters
    ----------
    coverage
        The stored measurement, ``label_coverage``.
    performance
        The shown metrics: a window whose measured one is UNKNOWN for its labels is immature.
    """
    if coverage is None:
        return ()
    immature = {
        point.index
        for series in performance
        for point in series.measured
        if point.status is not None and point.reason in WAITING
    }
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

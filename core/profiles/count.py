"""One counting job: which rows are counted, with which labels, and on which edges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.cells import NOTHING_FITTED, Fitted
from core.domain import Window
from core.profiles.relation import WHOLE, Relation
from core.profiles.segments import Cut

COUNTED_AS = 1
"""The way in which windows are now counted; one higher whenever a profile comes to hold more than it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Rows of which windows, and with what labels, are counted on which edges.

    ``edges`` are keyed by physical column; ``with_label`` is the same as ``rows`` for a model without
    labels. ``cuts`` are the segments that are counted besides all rows.
    """

    windows: tuple[Window, ...]
    rows: Relation
    with_label: Relation
    edges: Mapping[str, Sequence[float]]
    is_reference: bool
    cuts: tuple[Cut, ...] = ()
    fitted: Fitted = NOTHING_FITTED

    @property
    def indexes(self) -> list[int]:
        """The numbers under which the windows are kept."""
        return [stored_index(window) for window in self.windows]

    def parts(self) -> "list[Count]":
        """Return the same job for all rows, then for the segments of each cut."""
        return [self, *(self._of(cut) for cut in self.cuts)]

    def _of(self, cut: Cut) -> "Count":
        return replace(self, rows=cut.of(self.rows), with_label=cut.of(self.with_label), cuts=(cut,))


def stored_index(window: Window) -> int:
    """Return the number under which a window is kept; the whole reference has one too."""
    return WHOLE if window.index is None else window.index

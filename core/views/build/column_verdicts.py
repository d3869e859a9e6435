"""What was judged of the columns over the shown windows, no more of each verdict than a heat map needs."""

from collections.abc import Sequence
from typing import NamedTuple

from core.domain import Role, Status
from core.store import Cursor, statement
from core.store.by_column import each
from core.views.build.facts import DRIFT_METRICS
from core.views.build.points import STATUSES, ShownWindow, asked_of, at_their_places

ROLES = (Role.FEATURE, Role.SCORE, Role.PREDICTION, Role.LABEL)


class ColumnVerdict(NamedTuple):
    """What was judged of a column in a window; ``failure`` is the sentence of a verdict that failed."""

    baseline: str
    metric: str
    role: str
    feature: str | None
    window_index: int
    estimated: bool
    value: float | None
    limit_high: float | None
    status: str
    failure: str | None

    @property
    def verdict(self) -> Status:
        """Return the status as a value."""
        return STATUSES[self.status]


def column_verdicts(cursor: Cursor, key: str, windows: Sequence[ShownWindow]) -> list[ColumnVerdict]:
    """Return the verdicts on how columns moved in the shown windows, by role, metric, column and window."""
    if not windows:
        return []
    asked = asked_of(key, windows, ROLES, DRIFT_METRICS)
    return at_their_places(each(cursor.execute(statement("views_judged"), asked), ColumnVerdict), "seasonal")

"""The numbers behind an item, read once when the agenda is frozen."""

from collections.abc import Sequence
from dataclasses import replace

from core.domain import ALL_ROWS, Incident, Role, Status, Verdict
from core.incidents.causes import excess
from core.metrics.leading import leading_metric
from core.policy.rules import Group
from core.store import Cursor, StoredMonitor
from core.views.build.points import ShownWindow, read_series, shown_windows
from core.views.build.segment_series import series_in_segment
from core.views.series import Series

LAST = 60
"""Windows that a chart of a review shows."""
_NAMES_NO_SEGMENT = frozenset({Group.DRIFT, Group.QUALITY, Group.OPERATIONS})


class Concerns:
    """Reads series of one store, each once.

    Parameters
    ----------
    cursor
        Of the analytics store, for as long as the agenda is gathered.
    """

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._windows: dict[str, tuple[ShownWindow, ...]] = {}

    def leading(self, monitor: StoredMonitor) -> Series | None:
        """Return the metric that stands for a model; None where it has no value in these windows."""
        found = self._all_rows(monitor, Role.PERFORMANCE, leading_metric(monitor.spec))
        return next((one for one in found if one.feature is None), None)

    def of_incident(
        self, monitor: StoredMonitor, incident: Incident, held: Sequence[Verdict]
    ) -> Series | None:
        """Return the number that failed worst, in the segment where it did; else the leading metric."""
        ours = [one for one in held if one.id in set(incident.verdicts)]
        # Where all rows fail too, the incident's sentence names no segment of these, see causes.py.
        everywhere = [one for one in ours if one.measurement.segment == ALL_ROWS]
        shown = everywhere if everywhere and incident.rule in _NAMES_NO_SEGMENT else ours
        if not shown:
            return self.leading(monitor)
        # As the incident's own sentence: of each number the latest failure, and of these the furthest gone.
        latest: dict[object, Verdict] = {}
        for one in sorted(shown, key=lambda one: one.measurement.window.index or 0):
            number = one.measurement
            latest[number.metric, number.feature, number.segment, number.estimated] = one
        worst = max(latest.values(), key=excess).measurement
        if worst.segment == ALL_ROWS:
            found = self._all_rows(monitor, worst.role, worst.metric)
            return next((one for one in found if one.feature == worst.feature), None)
        there = series_in_segment(self._cursor, monitor.key, self._shown(monitor), worst)
        return None if there is None else _judged(there)

    def _all_rows(self, monitor: StoredMonitor, role: Role, metric: str) -> list[Series]:
        found = read_series(self._cursor, monitor.key, self._shown(monitor), (role,), [metric])
        return [one for one in map(_judged, found.values()) if _has_values(one)]

    def _shown(self, monitor: StoredMonitor) -> tuple[ShownWindow, ...]:
        if monitor.key not in self._windows:
            self._windows[monitor.key] = shown_windows(self._cursor, monitor.key, version=None, last=LAST)
        return self._windows[monitor.key]


def _judged(one: Series) -> Series:
    """Return a series without the windows that have no verdict yet: too few of their labels came."""
    known = tuple(point for point in one.measured if point.status is not Status.UNKNOWN)
    return replace(one, measured=known)


def _has_values(one: Series) -> bool:
    return any(point.value is not None for point in (*one.measured, *one.estimated))

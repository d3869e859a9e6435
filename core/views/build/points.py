"""Measurements with their verdicts over the shown windows, as the views' points and series."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from core.domain import Baseline, Role, Status
from core.metrics.catalogue import CATALOGUE
from core.metrics.metric_info import MetricInfo
from core.store import Cursor, statement
from core.store.by_column import each
from core.store.judgements import aware
from core.views.series import Point, Series

_KNOWN: dict[str, MetricInfo] = {info.name: info for info in CATALOGUE}
STATUSES = {status.value: status for status in Status}
_SHARES = frozenset(
    {
        "missing_rate", "new_category_rate", "out_of_range_rate", "invalid_rate", "error_rate",
        "label_coverage", "unlabellable_rate", "label_rate",
    }
)  # fmt: skip


_One = TypeVar("_One", bound="_Placed")
_Said: TypeAlias = tuple[str, float | None, float | None, str, str]
_UNJUDGED = (None,) * 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWindow:
    """A closed window and the version that speaks for it."""

    index: int
    version: str
    start: datetime | None
    end: datetime | None
    n: int


class Number(NamedTuple):
    """One row of views_points.sql: a measurement, and why there is no value where there is none.

    Pages hold thousands, and a tuple is made in a sixth of a frozen object's time.
    """

    identity: str
    baseline: str
    metric: str
    role: str
    feature: str | None
    window_index: int
    estimated: bool
    n: int
    value: float | None
    low: float | None
    high: float | None
    unit: str
    method: str
    n_reference: int | None
    p_value: float | None
    missing: str | None


class Record(NamedTuple):
    """A measurement, when its window begins and ends in UTC, and its verdict if a rule judged it."""

    identity: str
    baseline: str
    metric: str
    role: str
    feature: str | None
    window_index: int
    estimated: bool
    n: int
    value: float | None
    low: float | None
    high: float | None
    unit: str
    method: str
    n_reference: int | None
    p_value: float | None
    missing: str | None
    start: datetime | None
    end: datetime | None
    status: str | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    reason: str | None = None
    sentence: str | None = None

    @property
    def verdict_id(self) -> str | None:
        """Return the verdict's id, None where no rule judged the measurement."""
        return None if self.status is None else self.identity

    @property
    def verdict(self) -> Status | None:
        """Return the verdict's status, None where no rule judged the measurement."""
        return None if self.status is None else STATUSES[self.status]

    def point(self) -> Point:
        """Return the record as a point of a series."""
        return _point(Number(*self[:16]), *self[16:])


def title(metric: str) -> str:
    """Return a metric's name as people write it."""
    known = _KNOWN.get(metric)
    return metric.replace("_", " ").capitalize() if known is None else known.title


def shown_unit(metric: str, unit: str | None) -> str:
    """Return the unit to show: rates as shares, information as the bare number that people know."""
    if metric in _SHARES:
        return "share"
    return "" if unit in {None, "nats", "bits", "label units"} else str(unit)


def higher_is(metric: str) -> str:
    """Return "better", "worse" or "neither"."""
    known = _KNOWN.get(metric)
    return "neither" if known is None else known.higher_is


def shown_windows(cursor: Cursor, key: str, *, version: str | None, last: int) -> tuple[ShownWindow, ...]:
    """Return the last closed windows of a model, oldest first; empty where nothing was judged yet."""
    found = cursor.execute(
        statement("views_windows"), {"model_key": key, "version": version, "last": last}
    ).fetchall()
    return tuple(
        ShownWindow(index=index, version=name, start=aware(start), end=aware(end), n=n)
        for index, name, start, end, n in reversed(found)
    )


def records(
    cursor: Cursor,
    key: str,
    windows: Sequence[ShownWindow],
    roles: Iterable[Role],
    *,
    metrics: Sequence[str] | None = None,
    feature: str | None = None,
    baseline: Baseline = "seasonal",
) -> list[Record]:
    """Return what was measured over all rows of the windows: of one ``feature``, or of everything.

    Of distances that are stored from more than one ``baseline``, those from this one are read.
    """
    numbers, verdicts = _read(cursor, key, windows, roles, metrics, feature, baseline)
    times = times_of(windows)
    return [Record(*one, *times[one.window_index], *verdicts.get(one.identity, _UNJUDGED)) for one in numbers]


def read_series(
    cursor: Cursor,
    key: str,
    windows: Sequence[ShownWindow],
    roles: Iterable[Role],
    metrics: Sequence[str],
) -> dict[tuple[str, str | None], Series]:
    """Return metric and feature → what was measured over all rows of the windows."""
    numbers, verdicts = _read(cursor, key, windows, roles, metrics, None, "seasonal")
    times = times_of(windows)
    grouped: dict[tuple[str, str | None], list[tuple[Number, Point]]] = {}
    for one in numbers:
        point = _point(one, *times[one.window_index], *verdicts.get(one.identity, _UNJUDGED))
        grouped.setdefault((one.metric, one.feature), []).append((one, point))
    return {place: _series(own) for place, own in grouped.items()}


def _read(
    cursor: Cursor,
    key: str,
    windows: Sequence[ShownWindow],
    roles: Iterable[Role],
    metrics: Sequence[str] | None,
    feature: str | None,
    baseline: Baseline,
) -> tuple[list[Number], dict[str, _Said]]:
    """Return the measurements in order, and identity → what was judged of it."""
    if not windows:
        return [], {}
    asked = asked_of(key, windows, roles, metrics) | {"feature": feature}
    numbers = at_their_places(each(cursor.execute(statement("views_points"), asked), Number), baseline)
    if not numbers:
        return [], {}
    return numbers, dict(each(cursor.execute(statement("views_verdicts"), asked), _said))


def asked_of(
    key: str, windows: Sequence[ShownWindow], roles: Iterable[Role], metrics: Sequence[str] | None
) -> dict[str, object]:
    """Return the parameters of views_points.sql."""
    speaks = {window.index: window.version for window in windows}
    first, last = min(speaks), max(speaks)
    return {
        "model_key": key,
        "first": first,
        "last": last,
        "versions": [speaks.get(index) for index in range(first, last + 1)],
        "roles": [role.value for role in roles],
        "metrics": None if metrics is None else list(metrics),
    }


def _said(
    identity: str, status: str, low: float | None, high: float | None, reason: str, sentence: str
) -> tuple[str, _Said]:
    return identity, (status, low, high, reason, sentence)


class _Placed(Protocol):
    """What is said of one metric of one column in one window, measured from one baseline."""

    @property
    def baseline(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def metric(self) -> str: ...
    @property
    def feature(self) -> str | None: ...
    @property
    def window_index(self) -> int: ...
    @property
    def estimated(self) -> bool: ...


def at_their_places(found: Iterable[_One], baseline: Baseline) -> list[_One]:
    """Return what was read by role, metric, column and window, what is measured before what is estimated.

    Where the spec names a season, distances are stored twice: those from the like windows speak, not those
    from the whole.
    """
    rows: dict[tuple[str, str, bool, str], dict[tuple[int, bool], _One]] = {}
    for one in found:
        feature = one.feature
        own = rows.setdefault((one.role, one.metric, feature is None, feature or ""), {})
        at = (one.window_index, one.estimated)
        if at not in own or one.baseline == baseline:
            own[at] = one
    return [own[at] for own in (rows[row] for row in sorted(rows)) for at in sorted(own)]


def times_of(windows: Sequence[ShownWindow]) -> dict[int, tuple[datetime | None, datetime | None]]:
    """Return when each window begins and ends; said once, not with each of its hundreds of numbers."""
    return {one.index: (one.start, one.end) for one in windows}


def series(found: Iterable[Record]) -> dict[tuple[str, str | None], Series]:
    """Return one series per metric and feature, measured and estimated points apart."""
    grouped: dict[tuple[str, str | None], list[tuple[Record, Point]]] = {}
    for record in found:
        grouped.setdefault((record.metric, record.feature), []).append((record, record.point()))
    return {place: _series(own) for place, own in grouped.items()}


def _series(own: Sequence[tuple[Number | Record, Point]]) -> Series:
    last = own[-1][0]
    return Series(
        metric=last.metric,
        title=title(last.metric),
        unit=shown_unit(last.metric, last.unit),
        higher_is=higher_is(last.metric),
        method=last.method,
        measured=tuple(point for _, point in own if not point.estimated),
        estimated=tuple(point for _, point in own if point.estimated),
        feature=last.feature,
    )


def _point(
    one: Number,
    start: datetime | None,
    end: datetime | None,
    status: str | None = None,
    limit_low: float | None = None,
    limit_high: float | None = None,
    reason: str | None = None,
    sentence: str | None = None,
) -> Point:
    return Point(
        index=one.window_index,
        start=start,
        end=end,
        n=one.n,
        value=one.value,
        low=one.low,
        high=one.high,
        estimated=one.estimated,
        status=None if status is None else STATUSES[status],
        limit_low=limit_low,
        limit_high=limit_high,
        reason=reason if one.value is None or status == Status.UNKNOWN else None,
        sentence=sentence,
        verdict_id=None if status is None else one.identity,
    )


def score_edges(cursor: Cursor, key: str) -> tuple[float, ...]:
    """Return the bounds of the score's bins; empty for a model without a score."""
    found = cursor.execute(
        "SELECT edges FROM profile_columns WHERE model_key = ? AND role = 'score' ORDER BY position LIMIT 1",
        [key],
    ).fetchone()
    return () if found is None or found[0] is None else tuple(found[0])

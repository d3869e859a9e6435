"""Measurements with their verdicts over the shown windows, as the views' points and series."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

from core.domain import Baseline, Role, Status
from core.metrics.catalogue import CATALOGUE
from core.metrics.metric_info import MetricInfo
from core.store import Cursor, statement
from core.store.judgements import aware
from core.views.series import Point, Series

_KNOWN: dict[str, MetricInfo] = {info.name: info for info in CATALOGUE}
_STATUSES = {status.value: status for status in Status}
_SHARES = frozenset(
    {
        "missing_rate", "new_category_rate", "out_of_range_rate", "invalid_rate", "error_rate",
        "label_coverage", "unlabellable_rate", "label_rate",
    }
)  # fmt: skip


_Cell = TypeVar("_Cell")
_Times: TypeAlias = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWindow:
    """A closed window and the version that speaks for it."""

    index: int
    version: str
    start: datetime | None
    end: datetime | None
    n: int


@dataclass(frozen=True, slots=True)
class Record:
    """A measurement and its verdict, if a rule judged it; times are aware UTC."""

    version: str
    metric: str
    role: str
    feature: str | None
    index: int
    start: datetime | None
    end: datetime | None
    n: int
    value: float | None
    low: float | None
    high: float | None
    unit: str
    method: str
    estimated: bool
    n_reference: int | None
    p_value: float | None
    missing: str | None
    verdict_id: str | None
    status: str | None
    limit_low: float | None
    limit_high: float | None
    reason: str | None
    sentence: str | None

    @property
    def verdict(self) -> Status | None:
        """Return the verdict's status, None where no rule judged the measurement."""
        return None if self.status is None else _STATUSES[self.status]

    def point(self) -> Point:
        """Return the record as a point of a series."""
        status = self.verdict
        return Point(
            index=self.index,
            start=self.start,
            end=self.end,
            n=self.n,
            value=self.value,
            low=self.low,
            high=self.high,
            estimated=self.estimated,
            status=status,
            limit_low=self.limit_low,
            limit_high=self.limit_high,
            reason=self.reason if self.value is None or status is Status.UNKNOWN else None,
            sentence=self.sentence,
            verdict_id=self.verdict_id,
        )


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
        for index, name, start, end, n in found
    )


def records(
    cursor: Cursor,
    key: str,
    windows: Sequence[ShownWindow],
    roles: Iterable[Role],
    *,
    metrics: Sequence[str] | None = None,
    judged: bool = False,
    baseline: Baseline = "seasonal",
) -> list[Record]:
    """Return what was measured over all rows of the windows; ``judged`` leaves out what has no verdict.

    Of distances that are stored from more than one ``baseline``, those from this one are read.
    """
    if not windows:
        return []
    times = times_of(windows)
    found = cursor.execute(
        statement("views_judged" if judged else "views_points"),
        {
            "model_key": key,
            "indexes": [window.index for window in windows],
            "versions": [window.version for window in windows],
            "roles": [role.value for role in roles],
            "metrics": None if metrics is None else list(metrics),
        },
    ).fetchall()
    chosen: dict[tuple[object, ...], Record] = {}
    for *row, measured_from in found:
        one = Record(*timed(row, times))
        place = (one.role, one.metric, one.feature is None, one.feature or "", one.index, one.estimated)
        # Where the spec names a season, the distances from the like windows speak, not those from the whole.
        if place not in chosen or measured_from == baseline:
            chosen[place] = one
    return [chosen[place] for place in sorted(chosen)]


def times_of(windows: Sequence[ShownWindow]) -> dict[int, _Times]:
    """Return when each window begins and ends; said once, not with each of its hundreds of numbers."""
    return {one.index: (one.start, one.end) for one in windows}


def timed(row: Sequence[_Cell], times: Mapping[_Cell, tuple[_Cell, _Cell]]) -> list[_Cell]:
    """Return one row of views_points.sql with its window's times after the window's index."""
    return [*row[:5], *times[row[4]], *row[5:]]


def series(found: Iterable[Record]) -> dict[tuple[str, str | None], Series]:
    """Return one series per metric and feature, measured and estimated points apart."""
    grouped: dict[tuple[str, str | None], list[Record]] = {}
    for record in found:
        grouped.setdefault((record.metric, record.feature), []).append(record)
    return {
        (metric, feature): Series(
            metric=metric,
            title=title(metric),
            unit=shown_unit(metric, rows[-1].unit),
            higher_is=higher_is(metric),
            method=rows[-1].method,
            measured=tuple(row.point() for row in rows if not row.estimated),
            estimated=tuple(row.point() for row in rows if row.estimated),
            feature=feature,
        )
        for (metric, feature), rows in grouped.items()
    }


def score_edges(cursor: Cursor, key: str) -> tuple[float, ...]:
    """Return the bounds of the score's bins; empty for a model without a score."""
    found = cursor.execute(
        "SELECT edges FROM profile_columns WHERE model_key = ? AND role = 'score' ORDER BY position LIMIT 1",
        [key],
    ).fetchone()
    return () if found is None or found[0] is None else tuple(found[0])

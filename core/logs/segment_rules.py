"""The spec's ``segments``: which columns cut a model's rows into parts that are judged apart."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import pairwise
from math import isfinite

from core.errors import InvalidInput, Problem, suggestion
from core.spec import Features, MonitorSpec, Seasonality, SegmentColumn, WindowRule

MOST_SEGMENTS = 10
"""Entries of a spec's ``segments``: each costs one more pass over the rows."""

_Report = Callable[[str, str, str], None]
_EXAMPLE = "write [region, {column: income, at: [20000, 50000]}]"


def read_segments(value: object, report: _Report) -> tuple[tuple[SegmentColumn, ...], ...]:
    """Read the list of segments; what is wrong with it goes to ``report`` (field, message, remedy).

    Examples
    --------
    >>> read_segments(["region", {"column": "income", "at": [10, 20]}], print)
    ((SegmentColumn(column='region', at=()),), (SegmentColumn(column='income', at=(10.0, 20.0)),))
    >>> [[one.column for one in both] for both in read_segments([["region", "channel"]], print)]
    [['region', 'channel']]
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        report("segments", "is not a list", _EXAMPLE)
        return ()
    found = [_entry(f"segments[{place}]", entry, report) for place, entry in enumerate(value)]
    if len(found) > MOST_SEGMENTS:
        report("segments", f"has more than {MOST_SEGMENTS} entries", "keep those that people decide about")
    names = [tuple(sorted(one.column for one in entry)) for entry in found if entry]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        report("segments", f"'{', '.join(twice)}' is listed twice", "keep it once")
    return tuple(entry for entry in found if entry)


def _entry(field: str, entry: object, report: _Report) -> tuple[SegmentColumn, ...]:
    parts = entry if isinstance(entry, list) else [entry]
    if len(parts) not in {1, 2}:
        report(field, "crosses more than two columns", "write one column, or [first, second]")
        return ()
    columns = [one for part in parts if (one := _column(field, part, report)) is not None]
    if len(columns) == 2 and columns[0].column == columns[1].column:
        report(field, f"crosses '{columns[0].column}' with itself", "name two columns")
    return tuple(columns) if len(columns) == len(parts) else ()


def _column(field: str, part: object, report: _Report) -> SegmentColumn | None:
    if isinstance(part, str) and part:
        return SegmentColumn(column=part)
    if not isinstance(part, Mapping):
        report(field, f"'{part}' is not a column's name", _EXAMPLE)
        return None
    unknown = sorted(str(key) for key in part if key not in {"column", "at"})
    if unknown:
        report(f"{field}.{unknown[0]}", "is not a key of a segment", "known: column, at")
    name, cuts = part.get("column"), part.get("at", [])
    if not isinstance(name, str) or not name:
        report(f"{field}.column", f"'{name}' is not a column's name", _EXAMPLE)
        return None
    if not isinstance(cuts, list) or not all(_is_number(cut) for cut in cuts):
        report(f"{field}.at", "is not a list of numbers", "write at: [20000, 50000]")
        return None
    numbers = tuple(float(cut) for cut in cuts)
    if any(high <= low for low, high in pairwise(numbers)):
        report(f"{field}.at", "does not ascend", "write the smallest cut point first")
    return SegmentColumn(column=name, at=numbers)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def checked(spec: MonitorSpec) -> MonitorSpec:
    """Return a spec whose features are known, if its segments and ``immutable`` make sense with them.

    A number needs cut points: it has no values that come again. A text cannot have any.

    Raises
    ------
    InvalidInput
        They do not.
    """
    features = spec.features or Features()
    found = []
    if spec.segments and spec.source is not None:
        message = "cannot be told apart where the logs stay elsewhere"
        found.append(
            Problem(field="segments", message=message, remedy="leave out segments, or ingest the rows")
        )
    for column in (one for entry in spec.segments for one in entry):
        if column.column in features.numeric and not column.at:
            remedy = f"write {{column: {column.column}, at: [10, 20]}}"
            found.append(
                Problem(
                    field="segments",
                    message=f"'{column.column}' is a number without cut points",
                    remedy=remedy,
                )
            )
        if column.column in features.categorical and column.at:
            found.append(
                Problem(
                    field="segments",
                    message=f"'{column.column}' is a category and has cut points",
                    remedy="leave out at",
                )
            )
    known = {*features.numeric, *features.categorical}
    for name in (one for one in spec.immutable if one not in known):
        remedy = suggestion(name, sorted(known))
        found.append(Problem(field="immutable", message=f"'{name}' is not a feature", remedy=remedy))
    if found:
        raise InvalidInput("The spec", found)
    return spec


def read_seasonality(value: object, window: WindowRule, report: _Report) -> Seasonality | None:
    """Read which windows are alike by the calendar; they must fit into the season that they are told by.

    Examples
    --------
    >>> from datetime import timedelta
    >>> read_seasonality("weekday", WindowRule(every=timedelta(days=1)), print).value
    'weekday'
    >>> read_seasonality("hour", WindowRule(every=timedelta(days=1)), print)
    seasonality hour tells windows apart that are shorter than 1 day, 0:00:00 write window: {every: 1h}
    """
    if value is None:
        return None
    if not isinstance(value, str) or value not in list(Seasonality):
        report("seasonality", f"'{value}' is not a season", f"one of {', '.join(Seasonality)}")
        return None
    season, every = Seasonality(value), window.every
    if every is None:
        report("seasonality", "needs windows of time", "write window: {every: 1d}")
        return None
    by_day = season is Seasonality.WEEKDAY
    if every > (timedelta(days=1) if by_day else timedelta(hours=12)):
        remedy = f"write window: {{every: {'1d' if by_day else '1h'}}}"
        report("seasonality", f"{value} tells windows apart that are shorter than {every}", remedy)
        return None
    return season

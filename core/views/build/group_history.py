"""A fairness measure over the windows: each group's, and the judged ratio between the groups."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.domain import Incident, OutcomeCells, Profile, Role, Segment, Status
from core.metrics.measure import measure_fairness
from core.spec import MonitorSpec
from core.store import Cursor, statement
from core.views.build.group_levels import SHOWN_FROM, Measure, groups_of, name_of
from core.views.build.incident_notes import note_of
from core.views.build.points import (
    Number,
    Record,
    ShownWindow,
    asked_of,
    records,
    series,
    shown_unit,
    times_of,
)
from core.views.fairness import FairHistory
from core.views.series import Point, Series
from core.views.words import window

WITHHELD = f"fewer than {SHOWN_FROM} rows"


def stored_groups(
    cursor: Cursor, key: str, windows: Sequence[ShownWindow], attribute: str, metric: str
) -> dict[str, list[Record]]:
    """Return group → what is stored of it, window by window, oldest first."""
    if not windows:
        return {}
    asked = asked_of(key, windows, (), None)
    found = cursor.execute(
        statement("views_groups"),
        {
            **{name: asked[name] for name in ("model_key", "first", "last", "versions")},
            "metric": metric,
            "attribute": attribute,
        },
    ).fetchall()
    groups: dict[str, list[Record]] = {}
    times = times_of(windows)
    for *cells, segment in found:
        number = Number(*cells[:16])
        one = Record(*number, *times[number.window_index], *cells[16:])
        groups.setdefault(name_of(Segment.of(json.loads(segment))), []).append(one)
    return groups


def computed_groups(
    cells: Mapping[int, OutcomeCells],
    windows: Sequence[ShownWindow],
    empty: Profile,
    spec: MonitorSpec,
    attribute: str,
    measure: Measure,
    of_class: str,
) -> tuple[Series, ...]:
    """Return each group's measure of one class, window by window: no rule judges single classes."""
    points: dict[str, list[Point]] = {}
    for one in windows:
        profile = replace(empty, outcomes=cells.get(one.index))
        found = measure_fairness(profile, (attribute,), spec, of_class=of_class, calibrated=False)
        for group in groups_of(found, measure.name):
            number = group.one
            points.setdefault(group.name, []).append(
                _withheld(
                    Point(
                        index=one.index, start=one.start, end=one.end, n=number.n, value=number.value,
                        low=number.low, high=number.high, reason=number.reason,
                    )
                )
            )  # fmt: skip
    return tuple(_series(name, measure, "share", own) for name, own in sorted(points.items()))


def group_series(stored: Mapping[str, Sequence[Record]], measure: Measure) -> tuple[Series, ...]:
    """Return each group's measure over the windows, small groups' numbers withheld."""
    return tuple(
        _series(
            name,
            measure,
            unit_of(measure, own[-1].unit),
            [_withheld(record.point()) for record in own],
            own[-1].method,
        )
        for name, own in sorted(stored.items())
    )


def unit_of(measure: Measure, unit: str | None) -> str:
    """Return the unit to show: rates as shares."""
    return shown_unit(measure.name, unit) if measure.name in {"mae", "bias"} else "share"


def _series(name: str, measure: Measure, unit: str, points: Sequence[Point], method: str = "") -> Series:
    return Series(
        metric=measure.name,
        title=measure.title,
        unit=unit,
        higher_is="better" if measure.best == "high" else "worse",
        method=method,
        measured=tuple(points),
        segment=name,
    )


def _withheld(point: Point) -> Point:
    if point.n >= SHOWN_FROM or point.value is None:
        return point
    return replace(point, value=None, low=None, high=None, reason=WITHHELD)


def gap_records(
    cursor: Cursor, key: str, windows: Sequence[ShownWindow], attribute: str, metric: str
) -> list[Record]:
    """Return what is stored of a ratio between the groups of one attribute."""
    found = records(cursor, key, windows, (Role.FAIRNESS,), metrics=(metric,))
    return [record for record in found if record.feature == attribute]


def between(
    cursor: Cursor, key: str, windows: Sequence[ShownWindow], attribute: str, metric: str
) -> Series | None:
    """Return the judged ratio between the groups, over the windows."""
    return series(gap_records(cursor, key, windows, attribute, metric)).get((metric, attribute))


def history(
    groups: Sequence[Series],
    ratio: Series | None,
    incidents: Sequence[Incident],
    *,
    measure: Measure,
    picked: str | None,
) -> FairHistory:
    """Put the groups over time together; the one picked stands out, else one that fails."""
    chosen = next((one for one in groups if one.segment == picked), None) or _standing_out(groups, measure)
    ids = {point.verdict_id for one in (*groups, *([ratio] if ratio else [])) for point in one.measured}
    notes = tuple(note_of(one) for one in incidents if one.rule == "fairness" and ids & set(one.verdicts))
    return FairHistory(
        groups=tuple(groups),
        picked="" if chosen is None else chosen.segment,
        between=ratio,
        incidents=notes,
        sentence=_sentence(chosen, ratio, measure),
    )


def _standing_out(groups: Sequence[Series], measure: Measure) -> Series | None:
    def badness(one: Series) -> tuple[int, float]:
        failed = sum(point.status is Status.FAIL for point in one.measured)
        values = [point.value for point in one.measured if point.value is not None]
        level = sum(values) / len(values) if values else 0.0
        return failed, level if measure.best == "low" else -level

    told = [one for one in groups if any(point.value is not None for point in one.measured)]
    return max(told, key=badness, default=None)


def _sentence(chosen: Series | None, ratio: Series | None, measure: Measure) -> str:
    if chosen is None:
        return "No closed window has a number yet."
    failed = [point for point in chosen.measured if point.status is Status.FAIL]
    if failed:
        first, last = failed[0], failed[-1]
        since = window(first.start, first.end, first.index)
        n = len(chosen.measured)
        return f"{chosen.segment} fails in {len(failed)} of {n} windows, first in {since}. {last.sentence}"
    if ratio is not None:
        judged = [point for point in ratio.measured if point.status not in {None, Status.UNKNOWN}]
        bad = [point for point in judged if point.status is Status.FAIL]
        if judged:
            return f"The ratio between the groups fails in {len(bad)} of {len(judged)} judged windows."
    if any(point.status not in {None, Status.UNKNOWN} for point in chosen.measured):
        return f"No window of {chosen.segment} fails."
    return f"No rule of the policy judges the {measure.title.lower()} of single groups."

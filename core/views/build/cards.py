"""A model's leading numbers: performance, drift, fairness, latency, label coverage, traffic."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import fmean

from core.domain import Status
from core.views.build.column_verdicts import ColumnVerdict
from core.views.build.estimates import is_blind
from core.views.build.incident_notes import link_of
from core.views.build.points import ShownWindow
from core.views.model import Card
from core.views.series import FairnessLink, Point, Series
from core.views.words import count, sentence, span

N_CARDS = 5
N_TREND = 30
N_BEFORE = 7

SeriesOf = Mapping[tuple[str, str | None], Series]


def cards(
    found: SeriesOf,
    drift: Sequence[ColumnVerdict],
    windows: Sequence[ShownWindow],
    leading: str,
    label_delay: timedelta,
) -> tuple[Card, ...]:
    """Return up to five cards, the ones that say most first; what was never measured has none.

    Parameters
    ----------
    found
        Performance, fairness and operations of the shown windows.
    drift
        Verdicts on columns in the shown windows.
    windows
        The shown windows, oldest first.
    leading
        Name of the leading performance metric.
    label_delay
        How late labels come.
    """
    delay = label_delay.total_seconds()
    late = f"labels come up to {span(delay)} late" if delay else ""
    late = _labels_note(found) or late
    wanted = (
        _of_series("metric", _series(found, leading), windows),
        _drifting(drift, windows),
        _of_series("fairness", _worst_ratio(found), windows),
        _of_series("latency", _series(found, "latency_p95"), windows),
        _of_series("coverage", _series(found, "label_coverage"), windows, note=late),
        _of_series("rows", _series(found, "row_count"), windows),
        _of_series("errors", _series(found, "error_rate"), windows),
    )
    return tuple(card for card in wanted if card is not None)[:N_CARDS]


def _series(found: SeriesOf, metric: str) -> Series | None:
    return next((series for (name, _), series in found.items() if name == metric), None)


def of_metrics(found: SeriesOf, metrics: Sequence[str], windows: Sequence[ShownWindow]) -> tuple[Card, ...]:
    """Return one card a metric, of those that were measured over all columns together."""
    wanted = (_of_series(metric, found.get((metric, None)), windows) for metric in metrics)
    return tuple(card for card in wanted if card is not None)


def _labels_note(found: SeriesOf) -> str:
    """Return how late the labels of the latest window with delays came, and which never can come."""
    latest = {
        name: best(series)
        for name in ("label_delay_p50", "label_delay_p95", "unlabellable_rate")
        if (series := found.get((name, None))) is not None
    }
    half, most = latest.get("label_delay_p50"), latest.get("label_delay_p95")
    never = latest.get("unlabellable_rate")
    parts = []
    if half is not None and most is not None:
        parts.append(f"half came within {_about(_value(half))}, 95 % within {_about(_value(most))}")
    if never is not None and _value(never) > 0:
        parts.append(f"{100 * _value(never):.0f} % of all rows never can have one")
    return "; ".join(parts)


def _about(seconds: float) -> str:
    """Return a measured length of time to one decimal of its largest fitting unit.

    Examples
    --------
    >>> _about(389_000.0), _about(5400.0), _about(12.3)
    ('4.5 days', '1.5 hours', '12 seconds')
    """
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            n = round(seconds / size, 1)
            return f"{n:g} {noun}{'' if n == 1 else 's'}"
    return count(round(seconds), "second")


def _worst_ratio(found: SeriesOf) -> Series | None:
    """Return the attribute whose latest ratio between groups is smallest."""
    ratios = [series for (name, _), series in found.items() if name == "demographic_parity_ratio"]
    known = [(best(series), series) for series in ratios]
    return min(
        (series for point, series in known if point is not None),
        key=lambda series: _value(best(series)),
        default=None,
    )


def _value(point: Point | None) -> float:
    return 0.0 if point is None or point.value is None else point.value


def best(series: Series) -> Point | None:
    """Return the latest point with a value: a realised one before its estimate.

    Where the estimate has just missed a failure, only realised values speak.
    """
    points = series.measured if is_blind(series) else (*series.measured, *series.estimated)
    known = [point for point in points if point.value is not None]
    return max(known, key=lambda point: (point.index or 0, not point.estimated), default=None)


def track(series: Series) -> tuple[Point, ...]:
    """Return one point a window, realised where there is one, else estimated, oldest first."""
    by_index = {point.index: point for point in series.estimated if point.value is not None}
    by_index |= {point.index: point for point in series.measured if point.value is not None}
    return tuple(by_index[index] for index in sorted(by_index, key=lambda index: index or 0))


def _of_series(
    key: str, series: Series | None, windows: Sequence[ShownWindow], *, note: str = ""
) -> Card | None:
    if series is None or not windows:
        return None
    title = series.title if series.feature is None else f"Fairness ratio, {series.feature}"
    point = best(series)
    if point is None:
        missing = next((p for p in reversed(series.measured) if p.reason), None)
        why = "no closed window has a value" if missing is None else missing.reason
        return Card(
            key=key,
            title=title,
            unit=series.unit,
            value=None,
            status=Status.UNKNOWN,
            sentence=f"Unknown: {why}.",
        )
    points = track(series)
    before = [p.value for p in points if (p.index or 0) < (point.index or 0) and p.value is not None][
        -N_BEFORE:
    ]
    return Card(
        key=key,
        title=title,
        unit=series.unit,
        value=point.value,
        status=point.status,
        sentence=point.sentence or f"{title} of the latest window with a value; no rule judges it.",
        low=point.low,
        high=point.high,
        n=point.n,
        limit_low=point.limit_low,
        limit_high=point.limit_high,
        change=None if not before or point.value is None else point.value - fmean(before),
        change_from=f"vs. {len(before)} before",
        higher_is=series.higher_is,
        estimated=point.estimated,
        window_index=point.index,
        window_start=point.start,
        window_end=point.end,
        note=note or _note(series, point),
        trend=tuple(p.value for p in points if p.value is not None)[-N_TREND:],
        verdict_id=point.verdict_id,
        fairness=None if key != "fairness" else _groups_of(series, point),
    )


def _groups_of(series: Series, point: Point) -> FairnessLink:
    """Return where the groups are shown; the page knows whose card it is."""
    return link_of(series.metric, "", series.feature, "{}", point.index)


def _note(series: Series, point: Point) -> str:
    if point.reason:
        return f"not judged: {point.reason}"
    return "the later estimates are blind" if is_blind(series) and not point.estimated else ""


def _drifting(drift: Sequence[ColumnVerdict], windows: Sequence[ShownWindow]) -> Card | None:
    """Return how many columns fail in the latest window in which any column could be judged."""
    told = [one for one in drift if one.verdict is not Status.UNKNOWN]
    if not told:
        return None
    last = max(record.window_index for record in told)
    now = [record for record in told if record.window_index == last]
    failed = sorted(
        (record for record in now if record.verdict is Status.FAIL), key=lambda record: -(record.value or 0.0)
    )
    warned = sum(1 for record in now if record.verdict is Status.WARN)
    by_window = {window.index: 0 for window in windows}
    for record in told:
        by_window[record.window_index] += record.verdict is Status.FAIL
    earlier = [n for index, n in by_window.items() if index < last]
    shown = next(window for window in windows if window.index == last)
    worst = f" {failed[0].failure}" if failed and failed[0].failure else ""
    return Card(
        key="drift",
        title="Columns drifting",
        unit="",
        value=float(len(failed)),
        total=len(now),
        status=Status.FAIL if failed else Status.WARN if warned else Status.PASS,
        sentence=sentence(f"{len(failed)} of {count(len(now), 'judged column')} drift.{worst}"),
        n=shown.n,
        change=float(len(failed) - earlier[-1]) if earlier else None,
        change_from="vs. the last",
        higher_is="worse",
        window_index=last,
        window_start=shown.start,
        window_end=shown.end,
        trend=tuple(float(n) for n in by_window.values())[-N_TREND:],
    )

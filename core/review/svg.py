"""A chart as static SVG: drawn by any browser, printed by any printer, without a script. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from math import floor, log10

from core.views.series import Point, Series
from core.views.words import day

WIDTH, HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 74, 26, 34
_INK, _LINE, _LIMIT, _GRID, _SOFT, _BAND = "#0A121C", "#1F5FA8", "#A8321C", "#DCE2EA", "#D6E4F4", "#EEF3F9"


def chart(series: Series, *, since: datetime | None = None) -> str:
    """Return one metric over its windows: line, interval, limits, and the time that the review is about.

    Parameters
    ----------
    series
        Its points in window order. Where it has no value, a sentence says so in the chart's place.
    since
        From when on the band is shaded; None, or outside of the windows, shades nothing.
    """
    points = _drawn(series)
    if not points:
        return f'<p class="none">{escape(series.title)}: no window has a value.</p>'
    plane = _Plane(points, series)
    last = next(one for one in reversed(points) if one.value is not None)
    shown = number(last.value or 0.0, series.unit)
    name = f"{series.title}, {shown} in the last of {len(points)} windows"
    opening = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}"'
        ' xmlns="http://www.w3.org/2000/svg">'
    )
    parts = [
        opening,
        f"<title>{escape(name)}</title>",
        plane.since(since),
        plane.grid(series.unit),
        plane.interval(),
        plane.limits(series.unit),
        plane.line(),
        plane.mark(last, shown),
        plane.days(),
        _text(_LEFT, 14, _title(series), weight=600),
        "</svg>",
    ]
    return "".join(parts)


def _title(series: Series) -> str:
    of = f" of {series.feature}" if series.feature else ""
    group = "" if series.segment == "all rows" else f", {series.segment}"
    dotted = ", dotted: estimated" if any(one.value is not None for one in series.estimated) else ""
    return f"{series.title}{of}{group}{dotted}"


def _drawn(series: Series) -> list[Point]:
    """Return measured points, and estimates of the windows that have none."""
    measured = [one for one in series.measured if one.value is not None]
    known = {one.index for one in measured}
    both = [*measured, *(one for one in series.estimated if one.value is not None and one.index not in known)]
    return sorted(both, key=lambda one: (one.index is None, one.index or 0))


class _Plane:
    """Where numbers lie on the paper."""

    def __init__(self, points: Sequence[Point], series: Series) -> None:
        self._points = points
        self._unit = series.unit
        numbers = [
            value
            for one in points
            for value in (one.value, one.low, one.high, one.limit_low, one.limit_high)
            if value is not None
        ]
        low, high = min(numbers), max(numbers)
        air = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        self._low, self._high = low - air, high + air
        self._timed = all(one.end is not None for one in points)
        places = [self._place(one) for one in points]
        self._first, self._last = min(places), max(places)

    def _place(self, one: Point) -> float:
        if self._timed and one.end is not None:
            return one.end.timestamp()
        return float(one.index or 0)

    def _x(self, place: float) -> float:
        share = 0.5 if self._last == self._first else (place - self._first) / (self._last - self._first)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

    def _y(self, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)

    def since(self, since: datetime | None) -> str:
        if since is None or not self._timed or not self._first < since.timestamp() < self._last:
            return ""
        x = self._x(since.timestamp())
        width = WIDTH - _RIGHT - x
        band = (
            f'<rect x="{x:.1f}" y="{_TOP}" width="{width:.1f}" height="{HEIGHT - _TOP - _BOTTOM}"'
            f' fill="{_BAND}"/>'
        )
        return band + _text(x + 4, _TOP + 13, f"since {day(since)}" if width > 110 else "", size=11)

    def grid(self, unit: str) -> str:
        parts = []
        for value in ticks(self._low, self._high):
            y = self._y(value)
            line = f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_GRID}"/>'
            parts.append(line + _text(_LEFT - 6, y + 4, number(value, unit), anchor="end", size=11))
        return "".join(parts)

    def interval(self) -> str:
        known = [one for one in self._points if one.low is not None and one.high is not None]
        if len(known) < 2:
            return ""
        there = [f"{self._x(self._place(one)):.1f},{self._y(one.high or 0):.1f}" for one in known]
        back = [f"{self._x(self._place(one)):.1f},{self._y(one.low or 0):.1f}" for one in reversed(known)]
        return f'<path d="M{" L".join(there + back)} Z" fill="{_SOFT}" fill-opacity="0.7"/>'

    def limits(self, unit: str) -> str:
        held = [one for one in self._points if (one.limit_low, one.limit_high) != (None, None)]
        if not held:
            return ""
        parts, last = [], held[-1]
        for name, value in (("lower limit", last.limit_low), ("upper limit", last.limit_high)):
            if value is None:
                continue
            y = self._y(value)
            parts.append(
                f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{_LIMIT}"'
                ' stroke-dasharray="6 5" stroke-width="1.3"/>'
            )
            told = f"{name} {number(value, unit)}"
            parts.append(_text(_LEFT + 4, y - 5, told, size=11, fill=_LIMIT))
        return "".join(parts)

    def line(self) -> str:
        """Return the line: solid where it is measured, dotted where it is estimated."""
        parts = []
        for estimated in (False, True):
            mine = [one for one in self._points if one.estimated is estimated]
            if not mine:
                continue
            path = " L".join(f"{self._x(self._place(one)):.1f},{self._y(one.value or 0):.1f}" for one in mine)
            dots = ' stroke-dasharray="2 4"' if estimated else ""
            parts.append(
                f'<path d="M{path}" fill="none" stroke="{_LINE}" stroke-width="2.2"'
                f' stroke-linejoin="round"{dots}/>'
            )
        return "".join(parts)

    def mark(self, last: Point, shown: str) -> str:
        x, y = self._x(self._place(last)), self._y(last.value or 0)
        dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_LINE}"/>'
        return dot + _text(x + 8, y + 4, shown, weight=600)

    def days(self) -> str:
        base = HEIGHT - _BOTTOM + 18
        if not self._timed:
            first, last = f"window {self._first:.0f}", f"window {self._last:.0f}"
        else:
            first, last = (day(_before(datetime.fromtimestamp(at, UTC))) for at in (self._first, self._last))
        if self._first == self._last:
            return _text(self._x(self._first), base, last, anchor="middle", size=11)
        ends = _text(_LEFT, base, first, size=11)
        return ends + _text(WIDTH - _RIGHT, base, last, anchor="end", size=11)


def _before(end: datetime) -> datetime:
    """Return the day that a window which ends at midnight is about."""
    return end - timedelta(seconds=1)


def ticks(low: float, high: float) -> list[float]:
    """Return about four round numbers between two.

    Examples
    --------
    >>> ticks(0.68, 0.86)
    [0.7, 0.75, 0.8, 0.85]
    """
    rough = (high - low) / 4
    size = 10 ** floor(log10(rough))
    step = next((size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough), size * 10)
    first = floor(low / step) + 1
    found = [round(step * at, 10) for at in range(first, first + 8)]
    return [one for one in found if low <= one <= high]


def number(value: float, unit: str) -> str:
    r"""Return a value with its unit: shares as per cent, a true minus sign, a thin space before the unit.

    Examples
    --------
    >>> number(-0.0456, ""), number(0.064, "share"), number(12345.6, "ms"), number(0.8, "")
    ('−0.046', '6.4\u2009%', '12,346\u2009ms', '0.8')
    """
    if unit == "share":
        value, unit = value * 100, "%"
    digits = 1 if unit == "%" or abs(value) >= 10 else 3
    text = f"{abs(value):,.0f}" if abs(value) >= 100 else f"{abs(value):.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    sign = "−" if value < 0 and text != "0" else ""
    return f"{sign}{text}" + (f"\u2009{unit}" if unit else "")


def _text(
    x: float,
    y: float,
    told: str,
    *,
    anchor: str = "start",
    size: int = 12,
    weight: int = 400,
    fill: str = _INK,
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}"'
        f' fill="{fill}">{escape(told)}</text>'
        if told
        else ""
    )

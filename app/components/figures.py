"""Figures over time and distributions, in attributes that Plotly 5 and 6 both know.

Every function is pure and cached: a finished figure is shared by all sessions and never changed.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app import formats
from app.components import marks
from app.components.marks import moment
from app.palette import FONT, Palette, palette
from core.domain import Status
from core.views.model import Deployment
from core.views.series import Distribution, IncidentNote, Point, Series

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}


# The day before the month, the year where it changes, the hour where windows are short.
_DAYS = [
    {"dtickrange": [None, 86_399_999], "value": "%H:%M\n%-d %b"},
    {"dtickrange": [86_399_999, "M1"], "value": "%-d %b\n%Y"},
    {"dtickrange": ["M1", None], "value": "%b\n%Y"},
]


def base(colors: Palette, *, height: int) -> go.Figure:
    """Return an empty figure in the house's look."""
    figure = go.Figure()
    axis = {
        "gridcolor": colors.grid,
        "linecolor": colors.border,
        "zeroline": False,
        "tickfont": {"color": colors.muted, "size": 12},
        "title": {"font": {"color": colors.muted, "size": 12.5}},
        "fixedrange": True,
    }
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 34, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "color": colors.text, "size": 13},
        hoverlabel={
            "bgcolor": colors.hover,
            "bordercolor": colors.border,
            "font": {"family": FONT, "color": colors.text, "size": 12.5},
            "align": "left",
        },
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.01,
            "yanchor": "bottom",
            "font": {"color": colors.text, "size": 12.5},
            "bgcolor": "rgba(0,0,0,0)",
        },
        dragmode=False,
        xaxis={**axis, "showgrid": False, "automargin": True},
        yaxis={**axis, "automargin": True},
    )
    return figure


def _hover(points: Sequence[Point], unit: str) -> list[str]:
    lines = []
    for point in points:
        parts = [
            formats.number(point.value, unit),
            formats.interval(point.low, point.high, unit),
            formats.limits(point.limit_low, point.limit_high, unit),
            f"n = {point.n:,}",
        ]
        lines.append("<br>".join(escape(part) for part in parts if part))
    return lines


def _line(
    series: Series, points: tuple[Point, ...], colors: Palette, name: str, *, dotted: bool
) -> go.Scatter:
    line = {"color": colors.primary, "width": 2, "dash": "dot" if dotted else "solid"}
    return go.Scatter(
        x=[moment(point) for point in points],
        y=[point.value for point in points],
        mode="lines+markers" if dotted or len(points) <= 40 else "lines",
        name=name,
        line=line,
        marker={
            "size": 6 if dotted else 5,
            "symbol": "circle-open" if dotted else "circle",
            "color": [_mark(point, colors) for point in points],
        },
        text=_hover(points, series.unit),
        hovertemplate="%{text}",
        connectgaps=False,
    )


def _mark(point: Point, colors: Palette) -> str:
    inks = {Status.FAIL: colors.critical, Status.WARN: colors.watch}
    return colors.primary if point.status is None else inks.get(point.status, colors.primary)


def _interval(points: tuple[Point, ...], colors: Palette, *, shown: bool) -> list[go.Scatter]:
    known = [point for point in points if point.low is not None and point.high is not None]
    if len(known) < 2:
        return []
    x = [moment(point) for point in known]
    common = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "legendgroup": "interval"}
    return [
        go.Scatter(x=x, y=[point.high for point in known], showlegend=False, **common),
        go.Scatter(
            x=x,
            y=[point.low for point in known],
            fill="tonexty",
            fillcolor=colors.interval,
            name="95 % interval",
            showlegend=shown,
            **common,
        ),
    ]


def _spread(points: Sequence[Point]) -> tuple[float, float]:
    """Return the value axis: all values, intervals and limits with a little air."""
    numbers = [
        number
        for p in points
        for number in (p.value, p.low, p.high, p.limit_low, p.limit_high)
        if number is not None
    ]
    if not numbers:
        return 0.0, 1.0
    low, high = min(numbers), max(numbers)
    air = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    return low - air, high + air


@lru_cache(maxsize=128)
def performance(
    series: Series,
    rows: Series | None,
    incidents: tuple[IncidentNote, ...],
    deployments: tuple[Deployment, ...],
    *,
    is_dark: bool,
) -> go.Figure:
    """Return a metric over the windows: interval, estimates dotted, limits, incidents, rows below."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=430)
    both = (*series.measured, *series.estimated)
    timed = any(point.start is not None for point in both)
    for trace in _interval(series.measured, colors, shown=True):
        figure.add_trace(trace)
    realised = {point.index for point in series.measured if point.value is not None}
    pending = tuple(point for point in series.estimated if point.index not in realised)
    for trace in _interval(pending, colors, shown=not realised):
        figure.add_trace(trace)
    if series.measured:
        figure.add_trace(_line(series, series.measured, colors, f"{series.title}, measured", dotted=False))
    if series.estimated:
        figure.add_trace(_line(series, series.estimated, colors, f"{series.title}, estimated", dotted=True))
    if rows is not None:
        figure.add_trace(
            go.Bar(
                x=[moment(point) for point in rows.measured],
                y=[point.value for point in rows.measured],
                yaxis="y2",
                name="Rows",
                marker={"color": colors.reference, "opacity": 0.55, "line": {"width": 0}},
                hovertemplate="%{y:,} rows<extra></extra>",
                showlegend=False,
            )
        )
    spread = _spread(both)
    drawn = (
        marks.limits(both, series, colors, spread),
        marks.incidents(incidents, colors, timed=timed),
        marks.deployments(deployments, colors),
    )
    tick_format = ".0%" if series.unit == "share" else None
    lower = {**figure.layout.yaxis.to_plotly_json(), "domain": [0, 0.2], "title": {"text": "Rows"}}
    figure.update_layout(
        shapes=[shape for shapes, _ in drawn for shape in shapes],
        annotations=[note for _, notes in drawn for note in notes],
        hovermode="x unified",
        bargap=0.12,
        yaxis={
            "domain": [0.27, 1],
            "range": list(spread),
            "title": {"text": series.title},
            "tickformat": tick_format,
        },
        yaxis2={**lower, "anchor": "x", "nticks": 3, "rangemode": "tozero", "tickformat": "~s"},
        xaxis={"anchor": "y2", "showline": True, **_time_axis(timed=timed)},
    )
    return figure


@lru_cache(maxsize=64)
def latency(series: tuple[Series, ...], *, is_dark: bool) -> go.Figure:
    """Return the latency percentiles over the windows, with the budget where one is judged."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=270)
    inks = (colors.primary, colors.second, colors.critical)
    for one, ink in zip(series, inks, strict=False):
        figure.add_trace(
            go.Scatter(
                x=[moment(point) for point in one.measured],
                y=[point.value for point in one.measured],
                mode="lines",
                name=one.title,
                line={"color": ink, "width": 1.8},
                hovertemplate="%{y:,.0f} ms",
            )
        )
    points = [point for one in series for point in one.measured]
    _, high = _spread(points)
    shapes, notes = marks.limits(points, series[-1], colors, (0.0, high))
    figure.update_layout(
        shapes=shapes,
        annotations=notes,
        hovermode="x unified",
        xaxis=_time_axis(timed=any(point.start is not None for point in points)),
        yaxis={"range": [0, high], "ticksuffix": " ms", "nticks": 6},
    )
    return figure


def _time_axis(*, timed: bool) -> dict[str, object]:
    if not timed:
        return {"title": {"text": "Window"}}
    return {"tickformatstops": _DAYS, "hoverformat": "%-d %b %Y"}


@lru_cache(maxsize=128)
def distribution(shares: Distribution, *, is_dark: bool, title: str) -> go.Figure:
    """Return shares per bin or category, reference beside current."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=270)
    names = [escape(_short(label)) for label in shares.labels]
    for name, values, ink in (
        ("Reference", shares.reference, colors.reference),
        ("Current", shares.current, colors.primary),
    ):
        figure.add_trace(
            go.Bar(
                x=list(range(len(names))),
                y=list(values),
                name=name,
                marker={"color": ink, "line": {"width": 0}},
                customdata=[escape(label) for label in shares.labels],
                hovertemplate="%{customdata}: %{y:.1%}",
            )
        )
    figure.update_layout(
        hovermode="x unified",
        bargap=0.18,
        bargroupgap=0.04,
        xaxis={"title": {"text": escape(title)}, "showline": True, **_ticks(shares, names)},
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
    )
    return figure


def _ticks(shares: Distribution, names: Sequence[str]) -> dict[str, object]:
    """Return the bins' bounds between the bars for numbers, the categories under them otherwise."""
    n = len(names)
    if shares.kind == "numeric":
        inner = [(i + 0.5, high) for i, high in enumerate(shares.highs) if high is not None]
        kept = inner[:: max(1, -(-len(inner) // 9))]
        text = [formats.edge(high) for _, high in kept]
        return {"tickmode": "array", "tickvals": [at for at, _ in kept], "ticktext": text, "tickangle": 0}
    every = max(1, -(-n // 12))
    shown = list(range(0, n, every))
    text = [names[i] for i in shown]
    angle = 0 if n <= 4 or max(map(len, text), default=0) <= 5 else -30
    return {"tickmode": "array", "tickvals": shown, "ticktext": text, "tickangle": angle}


def _short(label: str) -> str:
    return label if len(label) <= 18 else f"{label[:17]}…"


@lru_cache(maxsize=64)
def score_curve(shares: Distribution, *, is_dark: bool) -> go.Figure:
    """Return the score's distribution as two outlines, reference filled."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=270)
    middles = [_middle(low, high) for low, high in zip(shares.lows, shares.highs, strict=True)]
    for name, values, style in (
        (
            "Reference",
            shares.reference,
            {
                "fill": "tozeroy",
                "fillcolor": colors.grid,
                "line": {"color": colors.unknown, "width": 1.4, "shape": "hvh"},
            },
        ),
        ("Current", shares.current, {"line": {"color": colors.primary, "width": 2, "shape": "hvh"}}),
    ):
        figure.add_trace(
            go.Scatter(x=middles, y=list(values), mode="lines", name=name, hovertemplate="%{y:.1%}", **style)
        )
    figure.update_layout(
        hovermode="x unified",
        xaxis={"title": {"text": "Score"}, "showline": True, "hoverformat": ".2f"},
        yaxis={"tickformat": ".0%", "rangemode": "tozero"},
    )
    return figure


def _middle(low: float | None, high: float | None) -> float | None:
    if low is None or high is None:
        return low if high is None else high
    return (low + high) / 2

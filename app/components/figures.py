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
from core.views.model import Deployment, LabelShare
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


def spread(points: Sequence[Point]) -> tuple[float, float]:
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
    labels: tuple[LabelShare, ...] = (),
    *,
    is_dark: bool,
) -> go.Figure:
    """Return a metric over the windows: interval, estimates dotted, limits, incidents; rows and labels below.

    Label coverage has a strip of its own where any label lacks.
    """
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=500 if labels else 430)
    both = (*series.measured, *series.estimated)
    timed = any(point.start is not None for point in both)
    figure.add_traces(metric_traces(series, colors))
    if rows is not None:
        figure.add_trace(_row_bars(rows, colors))
    if labels:
        figure.add_traces(_label_bars(labels, colors))
    values = spread(both)
    floor, middle = (0.38, (0.17, 0.32)) if labels else (0.27, (0.0, 0.2))
    drawn = (
        marks.limits(both, series, colors, values),
        marks.incidents(incidents, colors, timed=timed, floor=floor),
        marks.deployments(deployments, colors, floor=floor),
    )
    tick_format = ".0%" if series.unit == "share" else None
    lower = {**figure.layout.yaxis.to_plotly_json(), "anchor": "x"}
    named = lower["title"]
    figure.update_layout(
        shapes=[shape for shapes, _ in drawn for shape in shapes],
        annotations=[note for _, notes in drawn for note in notes],
        hovermode="x unified",
        bargap=0.12,
        barmode="overlay",
        yaxis={
            "domain": [floor, 1],
            "range": list(values),
            "title": {"text": series.title},
            "tickformat": tick_format,
        },
        yaxis2={
            **lower, "domain": middle, "title": {**named, "text": "Rows"}, "nticks": 3, "rangemode": "tozero",
            "tickformat": "~s",
        },
        xaxis={"anchor": "y3" if labels else "y2", "showline": True, **time_axis(timed=timed)},
    )  # fmt: skip
    if labels:
        figure.update_layout(
            yaxis3={
                **lower, "domain": [0, 0.11], "title": {**named, "text": "Labels"}, "range": [0, 1],
                "tickvals": [0, 1], "tickformat": ".0%", "showgrid": False,
            }
        )  # fmt: skip
    return figure


def metric_traces(series: Series, colors: Palette) -> list[go.Scatter]:
    """Return a metric's intervals and lines: measured, and estimated where nothing was."""
    realised = {point.index for point in series.measured if point.value is not None}
    pending = tuple(point for point in series.estimated if point.index not in realised)
    traces = [
        *_interval(series.measured, colors, shown=True),
        *_interval(pending, colors, shown=not realised),
    ]
    if series.measured:
        traces.append(_line(series, series.measured, colors, f"{series.title}, measured", dotted=False))
    if series.estimated:
        traces.append(_line(series, series.estimated, colors, f"{series.title}, estimated", dotted=True))
    return traces


def _row_bars(rows: Series, colors: Palette) -> go.Bar:
    return go.Bar(
        x=[moment(point) for point in rows.measured],
        y=[point.value for point in rows.measured],
        yaxis="y2",
        name="Rows",
        marker={"color": colors.reference, "opacity": 0.55, "line": {"width": 0}},
        hovertemplate="%{y:,} rows<extra></extra>",
        showlegend=False,
    )


def _label_bars(labels: Sequence[LabelShare], colors: Palette) -> list[go.Bar]:
    """Return how many labels of each window have come, hatched where it waits for more."""
    everything = go.Bar(
        x=[moment(one) for one in labels],
        y=[None if one.share is None else 1 for one in labels],
        yaxis="y3",
        marker={"color": colors.grid, "line": {"width": 0}},
        hoverinfo="skip",
        showlegend=False,
    )
    traces = [everything]
    for immature, name, shape in ((False, "Labels", ""), (True, "Labels immature", "/")):
        own = [one for one in labels if one.is_immature == immature]
        if own:
            traces.append(
                go.Bar(
                    x=[moment(one) for one in own],
                    y=[one.share for one in own],
                    yaxis="y3",
                    name=name,
                    customdata=[_coming(one) for one in own],
                    marker={
                        "color": colors.healthy,
                        "opacity": 0.75,
                        "line": {"width": 0},
                        "pattern": {"shape": shape, "size": 5, "solidity": 0.4, "bgcolor": colors.grid},
                    },
                    hovertemplate="%{customdata}<extra></extra>",
                    showlegend=immature,
                )
            )
    return traces


def _coming(one: LabelShare) -> str:
    waiting = ", immature: not judged yet" if one.is_immature else ""
    return f"{formats.number(one.share, 'share')} of {one.n:,} labels{waiting}"


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
    _, high = spread(points)
    shapes, notes = marks.limits(points, series[-1], colors, (0.0, high))
    figure.update_layout(
        shapes=shapes,
        annotations=notes,
        hovermode="x unified",
        xaxis=time_axis(timed=any(point.start is not None for point in points)),
        yaxis={"range": [0, high], "ticksuffix": " ms", "nticks": 6},
    )
    return figure


def time_axis(*, timed: bool) -> dict[str, object]:
    if not timed:
        return {"title": {"text": "Window"}}
    return {"tickformatstops": _DAYS, "hoverformat": "%-d %b %Y"}


@lru_cache(maxsize=128)
def distribution(shares: Distribution, *, is_dark: bool, title: str) -> go.Figure:
    """Return shares per bin or category, current beside the reference or another baseline."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=270)
    names = [escape(_short(label)) for label in shares.labels]
    for name, values, ink in (
        (shares.beside, shares.reference, colors.reference),
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

"""The figure of fairness over time: each group's measure, below it the judged ratio between the groups."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app import formats
from app.components import marks
from app.components.fairness_figures import STATUS_GLYPHS, reach
from app.components.figures import base, spread, time_axis
from app.components.marks import moment
from app.palette import Palette, palette
from core.domain import Status
from core.views.fairness import FairHistory
from core.views.series import Point, Series


@lru_cache(maxsize=64)
def history(shown: FairHistory, unit: str, *, is_dark: bool) -> go.Figure:
    """Return the measure over the windows: the picked group with interval and limit, the others thin."""
    colors = palette(is_dark=is_dark)
    ratio = shown.between
    figure = base(colors, height=470 if ratio is not None else 340)
    picked = next((one for one in shown.groups if one.segment == shown.picked), shown.groups[0])
    others = [one for one in shown.groups if one is not picked]
    timed = any(point.start is not None for point in picked.measured)
    figure.add_traces(_ribbon(picked, colors))
    for place, one in enumerate(others):
        figure.add_trace(_line(one, unit, colors.categories[place % len(colors.categories)], 1.3))
    figure.add_trace(_line(picked, unit, colors.primary, 2.6, failing=colors.critical))
    floor = 0.42 if ratio is not None else 0.0
    values = spread([*picked.measured, *_bare(others)])
    limits = marks.limits(picked.measured, picked, colors, values)
    bands = marks.incidents(shown.incidents, colors, timed=timed, floor=floor)
    shapes, notes = [*limits[0], *bands[0]], [*limits[1], *bands[1]]
    share = ".0%" if unit == "share" else None
    figure.update_layout(
        hovermode="x unified",
        yaxis={
            "domain": [floor, 1],
            "range": list(values),
            "tickformat": share,
            "title": {"text": picked.title},
        },
        xaxis={"anchor": "y2" if ratio is not None else "y", "showline": True, **time_axis(timed=timed)},
    )
    if ratio is not None:
        lower = {**figure.layout.yaxis.to_plotly_json(), "anchor": "x", "tickformat": None}
        figure.add_trace(_ratio(ratio, colors))
        added = _ratio_marks(ratio, colors)
        shapes, notes = [*shapes, *added[0]], [*notes, *added[1]]
        figure.update_layout(
            yaxis2={
                **lower, "domain": [0, 0.32], "nticks": 4, "range": list(_ratio_spread(ratio)),
                "title": {**lower["title"], "text": "Ratio"},
            }
        )  # fmt: skip
    figure.update_layout(shapes=shapes, annotations=notes)
    return figure


def _bare(others: Sequence[Series]) -> list[Point]:
    return [replace(point, low=None, high=None) for one in others for point in one.measured]


def _line(one: Series, unit: str, ink: str, width: float, *, failing: str | None = None) -> go.Scatter:
    inks = [failing if failing and point.status is Status.FAIL else ink for point in one.measured]
    return go.Scatter(
        x=[moment(point) for point in one.measured],
        y=[point.value for point in one.measured],
        mode="lines+markers",
        name=escape(one.segment),
        line={"color": ink, "width": width},
        marker={
            "size": 8 if failing else 4,
            "color": inks,
            "symbol": ["square" if point.status is Status.FAIL else "circle" for point in one.measured],
        },
        text=[
            f"{escape(formats.number(point.value, unit))}, n = {point.n:,}"
            + (f" · {STATUS_GLYPHS[point.status]}" if point.status in STATUS_GLYPHS else "")
            for point in one.measured
        ],
        hovertemplate="%{text}",
        connectgaps=False,
    )


def _ribbon(one: Series, colors: Palette) -> list[go.Scatter]:
    known = [point for point in one.measured if point.low is not None and point.high is not None]
    if len(known) < 2:
        return []
    x = [moment(point) for point in known]
    common = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    return [
        go.Scatter(x=x, y=[point.high for point in known], **common),
        go.Scatter(
            x=x, y=[point.low for point in known], fill="tonexty", fillcolor=colors.interval, **common
        ),
    ]


def _ratio(ratio: Series, colors: Palette) -> go.Scatter:
    inks = {Status.FAIL: colors.critical, Status.WARN: colors.watch, Status.PASS: colors.healthy}
    symbols = {Status.FAIL: "square", Status.WARN: "triangle-up", Status.PASS: "circle"}
    points = ratio.measured
    return go.Scatter(
        x=[moment(point) for point in points],
        y=[point.value for point in points],
        yaxis="y2",
        mode="lines+markers",
        name="Ratio between the groups",
        showlegend=False,
        line={"color": colors.muted, "width": 1.2},
        marker={
            "size": 9,
            "color": [inks.get(point.status or Status.UNKNOWN, colors.unknown) for point in points],
            "symbol": [symbols.get(point.status or Status.UNKNOWN, "circle-open") for point in points],
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [reach(point.value, point.high) for point in points],
            "arrayminus": [reach(point.low, point.value) for point in points],
            "color": colors.muted,
            "thickness": 1,
            "width": 0,
        },
        text=[
            f"ratio {formats.number(point.value)} {escape(formats.interval(point.low, point.high))}"
            for point in points
        ],
        hovertemplate="%{text}",
    )


def _ratio_spread(ratio: Series) -> tuple[float, float]:
    """Return the axis: values, intervals and the limit that fails; the upper limit is never reached."""
    points = ratio.measured
    low = min([n for p in points for n in (p.value, p.low, p.limit_low) if n is not None], default=0.75)
    high = max([n for p in points for n in (p.value, p.high) if n is not None], default=1.0)
    return max(low - 0.05, 0.0), max(min(high, 1.25), 1.0) + 0.03


def _ratio_marks(ratio: Series, colors: Palette) -> marks.Marks:
    judged = [point.limit_low for point in ratio.measured if point.limit_low is not None]
    if not judged:
        return [], []
    limit = judged[-1]
    line = {
        "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": limit, "y1": limit,
        "layer": "below", "line": {"color": colors.critical, "width": 1.2, "dash": "dash"},
    }  # fmt: skip
    note = {
        "xref": "paper", "x": 0.996, "xanchor": "right", "yref": "y2", "y": limit, "yanchor": "bottom",
        "showarrow": False, "text": f"Lower limit {limit:g}", "font": {"color": colors.critical, "size": 12},
    }  # fmt: skip
    return [line], [note]

"""The figure of a review's item: the metric of the concern, with the time that the review is about."""

from datetime import datetime
from functools import lru_cache

import plotly.graph_objects as go

from app import formats
from app.components import marks
from app.components.figures import base, metric_traces, spread, time_axis
from app.palette import palette
from core.views.series import Series


@lru_cache(maxsize=128)
def concern(series: Series, since: datetime, *, is_dark: bool, large: bool) -> go.Figure:
    """Return a metric over its windows: interval, limits, estimates dotted, the time since then shaded."""
    colors = palette(is_dark=is_dark)
    size = 16 if large else 12
    figure = base(colors, height=460 if large else 260)
    both = (*series.measured, *series.estimated)
    timed = any(point.start is not None for point in both)
    figure.add_traces(metric_traces(series, colors))
    values = spread(both)
    shapes, notes = marks.limits(both, series, colors, values)
    starts = [point.start for point in both if point.start is not None]
    if timed and starts and min(starts) < since < max(starts):
        last = max(point.end or since for point in both)
        across = {"xref": "x", "x0": since, "x1": last, "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
        shapes.append({**across, "type": "rect", "fillcolor": colors.interval, "line": {"width": 0}})
        notes.append(
            {
                "xref": "x", "x": since, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "top",
                "text": f"since {formats.day(since)}", "showarrow": False,
                "font": {"color": colors.text, "size": size},
            }
        )  # fmt: skip
    tick = {"tickfont": {"color": colors.muted, "size": size}}
    figure.update_layout(
        shapes=shapes,
        annotations=notes,
        hovermode="x unified",
        showlegend=True,
        yaxis={
            "range": list(values),
            "title": {"text": title(series)},
            "tickformat": ".0%" if series.unit == "share" else None,
            **tick,
        },
        xaxis={"showline": True, **time_axis(timed=timed), **tick},
    )
    for note in figure.layout.annotations:
        note.font.size = size
    return figure


def title(series: Series) -> str:
    """Return what is drawn: the metric, of which column or group."""
    of = f" of {series.feature}" if series.feature else ""
    return f"{series.title}{of}" + ("" if series.segment == "all rows" else f", {series.segment}")

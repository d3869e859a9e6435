"""The price of treating groups more alike, as a figure: each recipe a point, with its interval."""

from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app import formats
from app.components.figures import base
from app.palette import Palette, palette
from core.candidate import Fact
from core.mitigation import Frontier, Method, Point

SCREEN = 0.80
"""Ratio of the four-fifths screen."""

_SYMBOLS = {
    Method.CHAMPION: "star",
    Method.REFIT: "diamond",
    Method.REWEIGHING: "square",
    Method.REDUCTION: "circle",
    Method.THRESHOLDS: "triangle-up",
}
_NAMES = {
    Method.CHAMPION: "Champion",
    Method.REFIT: "Fitted anew",
    Method.REWEIGHING: "Reweighing",
    Method.REDUCTION: "Reduction",
    Method.THRESHOLDS: "Threshold per group",
}


@lru_cache(maxsize=32)
def frontier_figure(frontier: Frontier, chosen: str, *, is_dark: bool) -> go.Figure:
    """Return the points over ROC AUC and ratio; the chosen one is ringed."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=380)
    inks = {
        Method.CHAMPION: colors.text,
        Method.REFIT: colors.unknown,
        Method.REWEIGHING: colors.second,
        Method.REDUCTION: colors.primary,
        Method.THRESHOLDS: colors.healthy,
    }
    for method in Method:
        own = [one for one in frontier.points if one.recipe.method is method and _both(one)]
        if own:
            figure.add_trace(_trace(own, _NAMES[method], _SYMBOLS[method], inks[method]))
    picked = [one for one in frontier.points if one.recipe.key == chosen and _both(one)]
    if picked:
        figure.add_trace(_ring(picked[0], colors))
    _frame(figure, frontier, colors)
    return figure


def _both(point: Point) -> bool:
    return _value(point.auc) is not None and _value(point.ratio) is not None


def _value(fact: Fact | None) -> float | None:
    return None if fact is None else fact.value


def _trace(points: list[Point], name: str, symbol: str, ink: str) -> go.Scatter:
    ratios = [one.ratio for one in points if one.ratio is not None]
    return go.Scatter(
        x=[_value(one.auc) for one in points],
        y=[one.value for one in ratios],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [(one.high or one.value or 0.0) - (one.value or 0.0) for one in ratios],
            "arrayminus": [(one.value or 0.0) - (one.low or one.value or 0.0) for one in ratios],
            "thickness": 1.2,
            "width": 3,
            "color": ink,
        },
        mode="lines+markers" if len(points) > 1 else "markers",
        line={"color": ink, "width": 1, "dash": "dot"},
        marker={"symbol": symbol, "size": 11, "color": ink},
        name=name,
        text=[_hover(one) for one in points],
        hovertemplate="%{text}<extra></extra>",
    )


def _hover(point: Point) -> str:
    lines = [f"<b>{escape(point.recipe.words)}</b>"]
    for name, fact in (("Ratio", point.ratio), ("ROC AUC", point.auc), ("Accuracy", point.accuracy)):
        if fact is not None and fact.value is not None:
            between = formats.interval(fact.low, fact.high)
            lines.append(f"{name} {formats.number(fact.value)} {between}".strip())
    lines += [
        f"{escape(one.group)} {formats.number(one.value)} (n = {one.n:,})"
        for one in point.rates
        if one.value is not None
    ]
    if point.why_not:
        lines.append(escape(point.why_not))
    return "<br>".join(lines)


def _ring(point: Point, colors: Palette) -> go.Scatter:
    return go.Scatter(
        x=[_value(point.auc)],
        y=[_value(point.ratio)],
        mode="markers",
        marker={"symbol": "circle-open", "size": 22, "color": colors.text, "line": {"width": 2}},
        hoverinfo="skip",
        showlegend=False,
    )


def _frame(figure: go.Figure, frontier: Frontier, colors: Palette) -> None:
    figure.update_layout(
        shapes=[
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": SCREEN,
                "y1": SCREEN,
                "line": {"dash": "dash", "width": 1.2, "color": colors.critical},
            }
        ],
        annotations=[
            {
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "y": SCREEN,
                "yanchor": "top",
                "text": "four-fifths screen 0.80",
                "showarrow": False,
                "font": {"size": 11.5, "color": colors.critical},
            }
        ],
    )
    figure.update_xaxes(title_text=f"ROC AUC on {frontier.n_held_out:,} held-out rows", showgrid=True)
    figure.update_yaxes(title_text="Least rate ÷ greatest rate")

"""Figures of fairness in the plane: thresholds as dots, crossed groups as cells."""

from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app import formats
from app.components.fairness_figures import GLYPHS, beside, short
from app.components.figures import base
from app.palette import Palette, palette
from core.views.fairness import CrossCell, Crossing, Mark, Tradeoff

_CELL = 54


@lru_cache(maxsize=64)
def tradeoff(found: Tradeoff, limit: float | None, *, is_dark: bool) -> go.Figure:
    """Return accuracy against the worst ratio, a dot a threshold, today's with a ring."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=330)
    steps = len(colors.blues) - 1
    figure.add_trace(
        go.Scatter(
            x=[point.accuracy for point in found.points],
            y=[point.ratio for point in found.points],
            mode="lines+markers",
            line={"color": colors.grid, "width": 1.2},
            marker={
                "size": 8,
                "color": [point.threshold for point in found.points],
                "colorscale": [[i / steps, ink] for i, ink in enumerate(colors.blues)],
                "colorbar": {
                    "title": {"text": "Threshold", "font": {"color": colors.muted, "size": 12}},
                    "thickness": 10,
                    "len": 0.9,
                    "outlinewidth": 0,
                    "tickfont": {"color": colors.muted, "size": 12},
                },
            },
            text=[
                f"Threshold {point.threshold:.2f}<br>accuracy {point.accuracy:.3f}, worst ratio "
                f"{point.ratio:.2f} ({escape(point.worst)})<br>{point.selected:.0%} selected"
                for point in found.points
            ],
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    notes: list[dict[str, object]] = []
    if found.now is not None:
        now = found.now
        figure.add_trace(
            go.Scatter(
                x=[now.accuracy],
                y=[now.ratio],
                mode="markers",
                marker={"size": 18, "symbol": "circle-open", "color": colors.second, "line": {"width": 3}},
                hoverinfo="skip",
                showlegend=False,
            )
        )
        notes.append(
            {
                "x": now.accuracy, "y": now.ratio, "xref": "x", "yref": "y", "xanchor": "right",
                "xshift": -14, "showarrow": False, "text": f"now {now.threshold:.2f}",
                "font": {"size": 12.5, "color": colors.text}, "bgcolor": colors.background,
            }
        )  # fmt: skip
    low = min([point.ratio for point in found.points] + [limit or 1.0])
    across = {"xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    shapes: list[dict[str, object]] = []
    if limit is not None:
        ground = {"type": "rect", "y0": limit, "y1": 1.05, "line": {"width": 0}}
        dash = {"color": colors.critical, "width": 1.4, "dash": "dash"}
        shapes = [
            {**across, **ground, "fillcolor": colors.inside[0], "opacity": 0.6},
            {**across, "type": "line", "y0": limit, "y1": limit, "line": dash},
        ]
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        hovermode="closest",
        shapes=shapes,
        annotations=notes,
        xaxis={"title": {"text": "Accuracy"}, "showgrid": False, "showline": True, "nticks": 6},
        yaxis={"title": {"text": "Worst ratio between groups"}, "range": [max(0.0, low - 0.05), 1.05]},
    )
    return figure


@lru_cache(maxsize=64)
def crossing(found: Crossing, unit: str, *, is_ratio: bool, is_dark: bool) -> go.Figure:
    """Return the groups of two columns at once: colour and glyph by interval, small cells withheld."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=max(300, 60 + _CELL * len(found.rows)))
    inks = (colors.panel, colors.inside[0], colors.crosses[0], colors.outside[0])
    codes: dict[Mark, int] = {"unknown": 0, "reference": 1, "inside": 1, "crosses": 2, "outside": 3}
    at = {(one.row, one.column): one for one in found.cells}
    figure.add_trace(
        go.Heatmap(
            z=[
                [codes[at[row, column].mark] if (row, column) in at else None for column in found.columns]
                for row in found.rows
            ],
            zmin=-0.5,
            zmax=3.5,
            colorscale=[stop for i, ink in enumerate(inks) for stop in ((i / 4, ink), ((i + 1) / 4, ink))],
            showscale=False,
            xgap=3,
            ygap=3,
            text=[
                [_cell_hover(at.get((row, column)), unit, is_ratio=is_ratio) for column in found.columns]
                for row in found.rows
            ],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 6, "b": 4},
        hovermode="closest",
        annotations=[
            _cell_note(
                found.columns.index(one.column),
                found.rows.index(one.row),
                one,
                unit,
                colors,
                is_ratio=is_ratio,
            )
            for one in found.cells
        ],
        xaxis={
            "side": "top",
            "tickmode": "array",
            "tickvals": list(range(len(found.columns))),
            "ticktext": [short(name) for name in found.columns],
        },
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(found.rows))),
            "ticktext": [short(name) for name in found.rows],
            "autorange": "reversed",
            "showgrid": False,
        },
    )
    return figure


def _cell_note(
    x: int, y: int, one: CrossCell, unit: str, colors: Palette, *, is_ratio: bool
) -> dict[str, object]:
    ink = {
        "outside": colors.outside[1],
        "crosses": colors.crosses[1],
        "inside": colors.inside[1],
        "reference": colors.inside[1],
        "unknown": colors.muted,
    }[one.mark]
    text = "n < 30"
    if one.value is not None:
        shown = formats.NONE if one.ratio is None else beside(one.ratio, unit, is_ratio=is_ratio)
        text = f"{GLYPHS[one.mark]} {shown}<br>n = {one.n:,}"
    elif one.n >= 30:
        text = f"{formats.NONE}<br>n = {one.n:,}"
    return {
        "x": x, "y": y, "xref": "x", "yref": "y", "showarrow": False, "text": text,
        "font": {"size": 12.5, "color": ink},
    }  # fmt: skip


def _cell_hover(one: CrossCell | None, unit: str, *, is_ratio: bool) -> str:
    if one is None:
        return "nobody"
    parts = [f"<b>{escape(one.row)}, {escape(one.column)}</b>"]
    if one.value is not None:
        parts.append(escape(formats.number(one.value, unit)))
    if one.low is not None and one.high is not None:
        low, high = (beside(end, unit, is_ratio=is_ratio) for end in (one.low, one.high))
        parts.append(escape(f"{beside(one.ratio, unit, is_ratio=is_ratio)}, interval {low} to {high}"))
    parts += [f"n = {one.n:,}" if one.n >= 30 else "n < 30", escape(one.note)]
    return "<br>".join(part for part in parts if part)

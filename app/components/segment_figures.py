"""Figures of an explained change: segments with their intervals, and a change taken apart."""

from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app import formats
from app.components.figures import base
from app.palette import palette
from core.change import ChangeExplained, FoundSegment, Part, segment_text

_MOST_PARTS = 8
_ROW = 34


@lru_cache(maxsize=64)
def by_segment(found: ChangeExplained, *, is_dark: bool) -> go.Figure:
    """Return the found segments and the worst others, worst on top, with all rows as a dashed line."""
    colors = palette(is_dark=is_dark)
    shown = (*found.found, *found.shown)
    names = [_short(segment_text(one.segment)) for one in shown] + ["All rows"]
    figure = base(colors, height=_ROW * len(names) + 70)
    places = list(range(len(names)))
    inks = [colors.critical if one in found.found else colors.unknown for one in shown] + [colors.primary]
    levels = [*(one.after for one in shown), found.after.level]
    for place, level in zip(places, levels, strict=True):
        if level.low is not None and level.high is not None:
            line = {"color": colors.muted, "width": 2}
            figure.add_trace(
                go.Scatter(
                    x=[level.low, level.high],
                    y=[place, place],
                    mode="lines",
                    line=line,
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
    before = [*(one.before for one in shown), found.before.level]
    figure.add_trace(
        go.Scatter(
            x=[level.value for level in before],
            y=places,
            mode="markers",
            hoverinfo="skip",
            showlegend=False,
            marker={"symbol": "circle-open", "size": 10, "color": colors.muted, "line": {"width": 1.5}},
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[level.value for level in levels],
            y=places,
            mode="markers",
            showlegend=False,
            marker={"size": 11, "color": inks},
            text=[*(_hover(one, found.unit) for one in shown), "All rows"],
            hovertemplate="%{text}<extra></extra>",
        )
    )
    whole = found.after.level.value
    dash = {"color": colors.muted, "width": 1.2, "dash": "dash"}
    line = {"type": "line", "x0": whole, "x1": whole, "yref": "paper", "y0": 0, "y1": 1, "line": dash}
    figure.update_layout(
        shapes=[] if whole is None else [{**line, "layer": "below"}],
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        yaxis={"tickmode": "array", "tickvals": places, "ticktext": names, "autorange": "reversed"},
        xaxis={"showgrid": False, "nticks": 6, "tickformat": ".0%" if found.unit == "share" else None},
    )
    return figure


def _hover(one: FoundSegment, unit: str) -> str:
    parts = [
        segment_text(one.segment),
        f"{formats.number(one.after.value, unit)} now, n = {one.after.n:,}",
        formats.interval(one.after.low, one.after.high, unit),
        "new" if one.before.value is None else f"{formats.number(one.before.value, unit)} before",
    ]
    return "<br>".join(escape(part) for part in parts if part)


@lru_cache(maxsize=64)
def split(found: ChangeExplained, *, is_dark: bool) -> go.Figure:
    """Return each segment's part of the change: mix and within side by side, the largest on top."""
    colors = palette(is_dark=is_dark)
    parts = () if found.split is None else found.split.parts
    ranked = sorted(parts, key=lambda part: -abs(part.mix) - abs(part.within))
    shown, others = ranked[:_MOST_PARTS], ranked[_MOST_PARTS:]
    names = [_short(segment_text(part.segment)) for part in shown]
    rows = [(part.mix, part.within) for part in shown]
    if others:
        names.append(f"{len(others)} others")
        rows.append((sum(part.mix for part in others), sum(part.within for part in others)))
    figure = base(colors, height=44 * len(names) + 90)
    hover = [_part_hover(part, found.unit) for part in shown] + ["The remaining segments together"] * bool(
        others
    )
    for name, place, ink in (("Mix", 0, colors.second), ("Within", 1, colors.primary)):
        figure.add_trace(_bars(name, [row[place] for row in rows], names, hover, ink))
    figure.update_layout(
        barmode="group",
        bargap=0.3,
        yaxis={"autorange": "reversed", "showgrid": False, "type": "category"},
        xaxis={"zeroline": True, "zerolinecolor": colors.border, "showgrid": True, "nticks": 6},
    )
    return figure


def _bars(name: str, values: list[float], names: list[str], hover: list[str], ink: str) -> go.Bar:
    return go.Bar(
        x=values,
        y=names,
        orientation="h",
        name=name,
        marker={"color": ink, "line": {"width": 0}},
        text=hover,
        textposition="none",
        hovertemplate=f"{name} %{{x:+.4f}}<br>%{{text}}<extra></extra>",
    )


def _part_hover(part: Part, unit: str) -> str:
    texts = [
        segment_text(part.segment),
        f"{formats.number(part.before.value, unit)} → {formats.number(part.after.value, unit)}",
        f"{part.share_before:.1%} → {part.share_after:.1%} of rows, n = {part.after.n:,}",
    ]
    return "<br>".join(escape(text) for text in texts)


def _short(text: str) -> str:
    return escape(text if len(text) <= 34 else f"{text[:33]}…")

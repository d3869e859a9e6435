"""Figures of groups side by side: bars with intervals, and ratios on their band."""

from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app import formats
from app.components.figures import base
from app.palette import Palette, palette
from core.domain import Status
from core.views.fairness import GroupContrast, GroupLevel, Mark

GLYPHS: dict[Mark, str] = {"outside": "■", "crosses": "▲", "inside": "●", "unknown": "○", "reference": "◆"}
_SYMBOLS: dict[Mark, str] = {
    "outside": "square",
    "crosses": "triangle-up",
    "inside": "circle",
    "unknown": "circle-open",
    "reference": "diamond",
}
_ROW = 46
STATUS_GLYPHS = {Status.FAIL: "■ ", Status.WARN: "▲ "}


def _ink(mark: Mark, colors: Palette) -> str:
    return {
        "outside": colors.critical,
        "crosses": colors.watch,
        "inside": colors.healthy,
        "unknown": colors.unknown,
        "reference": colors.text,
    }[mark]


def short(name: str) -> str:
    """Return a group's name as an axis can hold it."""
    return escape(name if len(name) <= 22 else f"{name[:21]}…")


@lru_cache(maxsize=128)
def levels(shown: tuple[GroupLevel, ...], unit: str, *, is_dark: bool) -> go.Figure:
    """Return one bar a group with its interval; a withheld group has its name and no bar."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=300)
    x = list(range(len(shown)))
    tops = [one.high if one.high is not None else one.value for one in shown]
    known = [one for one in shown if one.value is not None]
    figure.add_trace(
        go.Bar(
            x=x,
            y=[one.value for one in shown],
            width=0.6,
            marker={
                "color": [colors.critical if one.status is Status.FAIL else colors.primary for one in shown],
                "line": {"width": 0},
            },
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [reach(one.value, one.high) for one in shown],
                "arrayminus": [reach(one.low, one.value) for one in shown],
                "color": colors.text,
                "thickness": 1.4,
                "width": 5,
            },
            text=[_level_hover(one, unit) for one in shown],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
            showlegend=False,
        )
    )
    highest = max((top for top in tops if top is not None), default=1.0)
    lowest = min((one.low if one.low is not None else 0.0 for one in known), default=0.0)
    room = (highest - min(lowest, 0.0)) or 1.0
    notes = [
        _level_note(at, one, top, unit, colors) for at, (one, top) in enumerate(zip(shown, tops, strict=True))
    ]
    figure.update_layout(
        margin={"l": 8, "r": 12, "t": 12, "b": 8},
        hovermode="closest",
        annotations=notes,
        xaxis={
            "tickmode": "array",
            "tickvals": x,
            "ticktext": [short(one.name) for one in shown],
            "tickangle": 0 if len(shown) <= 5 else -30,
        },
        yaxis={
            "tickformat": ".0%" if unit == "share" else None,
            "range": [min(lowest - 0.08 * room, 0.0) if lowest < 0 else 0.0, highest + 0.16 * room],
            "zeroline": True,
            "zerolinecolor": colors.border,
        },
    )
    return figure


def reach(low: float | None, high: float | None) -> float:
    """Return how far an interval reaches on one side; 0 where there is none."""
    return 0.0 if low is None or high is None else high - low


def _level_note(at: int, one: GroupLevel, top: float | None, unit: str, colors: Palette) -> dict[str, object]:
    text = "withheld" if one.value is None else formats.number(one.value, unit)
    glyph = "" if one.status is None else STATUS_GLYPHS.get(one.status, "")
    return {
        "x": at, "y": max(top or 0.0, 0.0), "xref": "x", "yref": "y", "yanchor": "bottom", "yshift": 3,
        "showarrow": False, "text": f"{glyph}{text}",
        "font": {"size": 12.5, "color": colors.muted if one.value is None else colors.text},
    }  # fmt: skip


def _level_hover(one: GroupLevel, unit: str) -> str:
    parts = [
        f"<b>{escape(one.name)}</b>",
        escape(formats.number(one.value, unit)),
        escape(formats.interval(one.low, one.high, unit)),
        f"n = {one.n_behind:,} of {one.n:,} rows",
        escape(one.note),
    ]
    return "<br>".join(part for part in parts if part)


@lru_cache(maxsize=128)
def contrasts(
    shown: tuple[GroupContrast, ...],
    low: float | None,
    high: float | None,
    unit: str,
    *,
    is_ratio: bool,
    is_dark: bool,
) -> go.Figure:
    """Return each group's ratio (or difference) to the reference group, its interval, and the band."""
    colors = palette(is_dark=is_dark)
    figure = base(colors, height=max(300, 90 + _ROW * len(shown)))
    places = list(range(len(shown)))
    for place, one in zip(places, shown, strict=True):
        if one.low is not None and one.high is not None:
            figure.add_trace(
                go.Scatter(
                    x=[one.low, one.high],
                    y=[place, place],
                    mode="lines",
                    line={"color": colors.muted, "width": 2.4},
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
    figure.add_trace(
        go.Scatter(
            x=[one.value for one in shown],
            y=places,
            mode="markers+text",
            marker={
                "symbol": [_SYMBOLS[one.mark] for one in shown],
                "size": 13,
                "color": [_ink(one.mark, colors) for one in shown],
                "line": {"width": 1.5, "color": [_ink(one.mark, colors) for one in shown]},
            },
            text=[_contrast_text(one, unit, is_ratio=is_ratio) for one in shown],
            textposition="top center",
            textfont={"size": 12.5, "color": colors.text},
            customdata=[_contrast_hover(one, unit, is_ratio=is_ratio) for one in shown],
            hovertemplate="%{customdata}<extra></extra>",
            cliponaxis=False,
            showlegend=False,
        )
    )
    middle = 1.0 if is_ratio else 0.0
    ends = [end for one in shown for end in (one.low, one.high, one.value) if end is not None]
    band = [end for end in (low, high) if end is not None] if is_ratio else []
    least, most = min([*ends, *band, middle]), max([*ends, *band, middle])
    air = (most - least) * 0.08 or 0.1
    missing = [place for place, one in zip(places, shown, strict=True) if one.value is None]
    figure.update_layout(
        margin={"l": 8, "r": 16, "t": 12, "b": 8},
        hovermode="closest",
        shapes=_band(colors, low, high, middle, is_ratio=is_ratio),
        annotations=[_missing(place, shown[place].note, middle, colors) for place in missing],
        xaxis={
            "range": [least - air, most + air],
            "nticks": 8,
            "tickformat": None if is_ratio or unit != "share" else ".1%",
            "showgrid": False,
            "title": {"text": "Ratio" if is_ratio else "Difference"},
        },
        yaxis={
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [short(one.name) for one in shown],
            "range": [len(shown) - 0.5, -0.65],
        },
    )
    return figure


def _band(
    colors: Palette, low: float | None, high: float | None, middle: float, *, is_ratio: bool
) -> list[dict[str, object]]:
    up = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    line = {"type": "line", "x0": middle, "x1": middle, "line": {"color": colors.muted, "width": 1}}
    shapes: list[dict[str, object]] = [{**up, **line}]
    if not is_ratio:
        return shapes
    if low is not None and high is not None:
        ground = {"type": "rect", "x0": low, "x1": high, "line": {"width": 0}}
        shapes.insert(0, {**up, **ground, "fillcolor": colors.inside[0], "opacity": 0.6})
    for edge in (low, high):
        if edge is not None:
            dash = {"color": colors.critical, "width": 1.4, "dash": "dash"}
            shapes.append({**up, "type": "line", "x0": edge, "x1": edge, "line": dash})
    return shapes


def _missing(place: int, note: str, middle: float, colors: Palette) -> dict[str, object]:
    return {
        "x": middle, "y": place, "xref": "x", "yref": "y", "showarrow": False, "text": f"○ {escape(note)}",
        "font": {"size": 12, "color": colors.muted}, "bgcolor": colors.background,
    }  # fmt: skip


def beside(value: float | None, unit: str, *, is_ratio: bool) -> str:
    """Return a ratio or a difference as it is written."""
    if value is None:
        return formats.NONE
    return f"{value:.2f}" if is_ratio else formats.signed(value, unit)


def _contrast_text(one: GroupContrast, unit: str, *, is_ratio: bool) -> str:
    if one.value is None:
        return ""
    if one.mark == "reference":
        return "reference"
    return escape(beside(one.value, unit, is_ratio=is_ratio))


def _contrast_hover(one: GroupContrast, unit: str, *, is_ratio: bool) -> str:
    interval = ""
    if one.low is not None and one.high is not None:
        low, high = (beside(end, unit, is_ratio=is_ratio) for end in (one.low, one.high))
        interval = f"interval {low} to {high}"
    parts = [
        f"<b>{escape(one.name)}</b>",
        f"{GLYPHS[one.mark]} {escape(beside(one.value, unit, is_ratio=is_ratio))}",
        escape(interval),
        f"n = {one.n:,}",
        escape(one.note),
    ]
    return "<br>".join(part for part in parts if part)

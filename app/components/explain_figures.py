"""Figures of explanations: what a version leans on, and how one answer came together."""

from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app.components.figures import base
from app.palette import Palette, palette
from core.explain import Importance, LocalExplanation
from core.explain.sentences import number, shown

MOST = 12
"""Columns that are drawn; those that matter least are left out, or drawn together."""

_ROW = 30
_NAME = 22


@lru_cache(maxsize=64)
def importance(found: tuple[Importance, ...], title: str, *, is_dark: bool) -> go.Figure:
    """Return bars with their 95 % intervals, the most important column on top."""
    colors = palette(is_dark=is_dark)
    some = found[:MOST]
    figure = base(colors, height=_ROW * len(some) + 76)
    figure.add_trace(
        go.Bar(
            x=[one.value for one in some],
            y=[_short(one.feature) for one in some],
            orientation="h",
            marker={"color": colors.primary, "line": {"width": 0}},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [one.high - one.value for one in some],
                "arrayminus": [one.value - one.low for one in some],
                "color": colors.text,
                "thickness": 1.4,
                "width": 4,
            },
            text=[_interval(one) for one in some],
            textposition="none",
            hovertemplate="%{text}<extra></extra>",
        )
    )
    figure.update_layout(
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        bargap=0.45,
        showlegend=False,
        yaxis={"autorange": "reversed", "showgrid": False, "type": "category"},
        xaxis={
            "showgrid": True,
            "nticks": 5,
            "zeroline": True,
            "zerolinecolor": colors.border,
            "title": {"text": escape(title)},
        },
    )
    return figure


def _interval(one: Importance) -> str:
    return escape(
        f"{one.feature}: {number(one.value)}, 95 % interval {number(one.low)} to {number(one.high)}"
    )


@lru_cache(maxsize=64)
def waterfall(local: LocalExplanation, *, is_dark: bool) -> go.Figure:
    """Return the way from the reference's average answer to this one, a step for each column."""
    colors = palette(is_dark=is_dark)
    steps = [
        (f"{one.feature} = {shown(one.value)}", one.contribution)
        for one in local.reasons[: MOST if len(local.reasons) <= MOST else MOST - 1]
    ]
    rest = local.reasons[len(steps) :]
    if rest:
        steps.append((f"{len(rest)} others", sum(one.contribution for one in rest)))
    names = ["Average answer", *(name for name, _ in steps), "This answer"]
    values = [local.base, *(value for _, value in steps), local.output]
    figure = base(colors, height=_ROW * len(names) + 76)
    figure.add_trace(_steps(names, values, colors))
    low, high = _span(values)
    figure.update_layout(
        margin={"l": 8, "r": 12, "t": 8, "b": 8},
        showlegend=False,
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "tickmode": "array",
            "tickvals": list(range(len(names))),
            "ticktext": [_short(name) for name in names],
        },
        xaxis={
            "showgrid": True,
            "nticks": 5,
            "range": [low, high],
            "title": {"text": escape(local.output_of)},
        },
    )
    return figure


def _steps(names: list[str], values: list[float], colors: Palette) -> go.Waterfall:
    texts = [number(values[0]), *(signed(value) for value in values[1:-1]), number(values[-1])]
    return go.Waterfall(
        orientation="h",
        # By place and not by name: two columns may show alike.
        y=list(range(len(names))),
        x=values,
        measure=["absolute", *["relative"] * (len(values) - 2), "total"],
        text=texts,
        textposition="outside",
        textfont={"color": colors.text, "size": 12},
        cliponaxis=False,
        connector={"line": {"color": colors.border, "width": 1}},
        increasing={"marker": {"color": colors.primary}},
        decreasing={"marker": {"color": colors.second}},
        totals={"marker": {"color": colors.unknown}},
        customdata=[escape(f"{name}: {text}") for name, text in zip(names, texts, strict=True)],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _span(values: list[float]) -> tuple[float, float]:
    """Return the axis: all that the way passes, with room for its numbers."""
    at, passed = values[0], [values[0], values[-1]]
    for step in values[1:-1]:
        at += step
        passed.append(at)
    low, high = min(passed), max(passed)
    air = (high - low) * 0.22 or abs(high) * 0.1 or 1.0
    return low - air, high + air


def signed(value: float) -> str:
    """Return a contribution with its sign always shown.

    Examples
    --------
    >>> signed(0.25), signed(-0.25), signed(0.0)
    ('+0.25', '−0.25', '0')
    """
    text = number(value)
    return f"+{text}" if value > 0 and text != "0" else text


def _short(text: str) -> str:
    return escape(text if len(text) <= _NAME else f"{text[: _NAME - 1]}…")

"""Figures of runs: parallel coordinates, and a metric over versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from math import isfinite, log10

import plotly.graph_objects as go

from app import formats
from app.components import figures
from app.palette import Palette, palette
from core.views.runs import RunRow

_MOST_AXES = 8
_MOST_METRICS = 3
_MOST_TEXTS = 8
_LONGEST = 14
_FOOT = -0.14
"""Where a run without a value runs along: below the axis."""
_FAR = 1000
CHAMPION = "champion"
_STANDINGS = ("Runs that became no version", "Other versions", "Champion")


@dataclass(frozen=True, slots=True)
class _Line:
    """A run as it is drawn: ``standing`` is 2 of the champion, 1 of another version, else 0."""

    name: str
    params: tuple[tuple[str, str], ...]
    metrics: tuple[tuple[str, float], ...]
    standing: int

    @classmethod
    def of(cls, row: RunRow) -> "_Line":
        standing = 2 if CHAMPION in row.aliases else int(row.version is not None)
        version = "" if row.version is None else f"{formats.version(row.version)} "
        name = version + (row.name or row.run_id)
        return cls(name, tuple(row.params.items()), tuple(row.metrics.items()), standing)


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: where each run's value stands on it, in [0, 1] or below, its text, and the ticks."""

    name: str
    places: tuple[float, ...]
    texts: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]


def parallel(rows: Sequence[RunRow], metric: str, *, is_dark: bool) -> go.Figure:
    """Return one line a run through the parameters that differ, then the metrics, the chosen one last.

    Lines are plain ones: Plotly's own parallel coordinates need WebGL, which not every browser has.
    """
    return _parallel(tuple(_Line.of(row) for row in rows), metric, is_dark)


@lru_cache(maxsize=64)
def _parallel(lines: tuple[_Line, ...], metric: str, is_dark: bool) -> go.Figure:
    colors = palette(is_dark=is_dark)
    found = axes(lines, metric)
    figure = figures.base(colors, height=360)
    inks = (colors.reference, colors.primary, colors.second)
    for standing, (name, ink) in enumerate(zip(_STANDINGS, inks, strict=True)):
        own = [at for at, line in enumerate(lines) if line.standing == standing]
        if own:
            figure.add_trace(_trace([(lines[at].name, at) for at in own], found, name, ink, standing))
    figure.update_layout(
        margin={"l": 64, "r": 24, "t": 72, "b": 12},
        hovermode="closest",
        legend={"y": 1.17},
        xaxis={"visible": False, "range": [-0.1, len(found) - 0.9]},
        yaxis={"visible": False, "range": [_FOOT - 0.06, 1.06]},
        shapes=[
            {
                "type": "line",
                "x0": at,
                "x1": at,
                "y0": 0,
                "y1": 1,
                "line": {"color": colors.border, "width": 1},
            }
            for at in range(len(found))
        ],
        annotations=[note for at, axis in enumerate(found) for note in _notes(at, axis, colors)],
    )
    return figure


def _trace(
    runs: Sequence[tuple[str, int]], found: Sequence[Axis], name: str, ink: str, standing: int
) -> go.Scatter:
    x: list[float | None] = []
    y: list[float | None] = []
    texts: list[str] = []
    for run, at in runs:
        x += [*range(len(found)), None]
        y += [*(axis.places[at] for axis in found), None]
        texts += [*(escape(f"{run}: {axis.name} {axis.texts[at]}") for axis in found), ""]
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name=name,
        line={"color": ink, "width": (1, 1.6, 2.6)[standing]},
        marker={"color": ink, "size": (4, 5, 8)[standing]},
        text=texts,
        hovertemplate="%{text}<extra></extra>",
        connectgaps=False,
    )


def _notes(at: int, axis: Axis, colors: Palette) -> list[dict[str, object]]:
    name = {
        "x": at,
        "y": 1.06,
        "yanchor": "bottom",
        "text": f"<b>{_cut(axis.name)}</b>",
        "showarrow": False,
        "font": {"color": colors.text, "size": 12},
    }
    ticks = [
        {
            "x": at,
            "y": place,
            "xanchor": "right",
            "xshift": -7,
            "text": _cut(text),
            "showarrow": False,
            "font": {"color": colors.muted, "size": 11},
            # Lines run behind what stands on an axis.
            "bgcolor": colors.background,
        }
        for place, text in axis.ticks
    ]
    return [name, *ticks]


def axes(lines: Sequence[_Line], metric: str) -> list[Axis]:
    """Return the axes: parameters that differ, at most two other metrics that do, and the chosen metric."""
    params, metrics = [dict(line.params) for line in lines], [dict(line.metrics) for line in lines]
    varying = [name for name in _names(params) if len({one.get(name) for one in params}) > 1]
    shown = [
        name for name in _names(metrics) if name != metric and len({one.get(name) for one in metrics}) > 1
    ]
    shown = [*shown[: _MOST_METRICS - 1], metric]
    found = [_axis(name, [one.get(name) for one in params]) for name in varying]
    kept = [axis for axis in found if axis is not None][: _MOST_AXES - len(shown)]
    return [*kept, *(_scale(name, [one.get(name) for one in metrics]) for name in shown)]


def _names(maps: Sequence[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for one in maps for name in one))


def _cut(text: str) -> str:
    return escape(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _axis(name: str, values: Sequence[str | None]) -> Axis | None:
    """Return a parameter's axis: a scale of numbers, or its texts one above the other; None of too many."""
    numbers = [None if value is None else _number(value) for value in values]
    if all(number is not None or value is None for number, value in zip(numbers, values, strict=True)):
        return _scale(name, numbers)
    texts = sorted({value for value in values if value is not None})
    if len(texts) > _MOST_TEXTS:
        return None
    step = 1 / max(1, len(texts) - 1)
    place = {text: at * step for at, text in enumerate(texts)}
    return Axis(
        name,
        tuple(_FOOT if value is None else place[value] for value in values),
        tuple(formats.NONE if value is None else value for value in values),
        tuple((at, text) for text, at in place.items()),
    )


def _scale(name: str, values: Sequence[float | None]) -> Axis:
    """Return an axis of numbers, by their logarithm where they lie a thousand times apart."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    is_log = low > 0 and high / low >= _FAR
    bottom, top = (log10(low), log10(high)) if is_log else (low, high)

    def place(value: float) -> float:
        own = log10(value) if is_log else value
        return (own - bottom) / (top - bottom) if top > bottom else 0.5

    ends = dict.fromkeys((low, high) if known else ())
    return Axis(
        name,
        tuple(_FOOT if value is None else place(value) for value in values),
        tuple(formats.NONE if value is None else f"{value:.6g}" for value in values),
        tuple((place(value), f"{value:.4g}") for value in ends),
    )


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if isfinite(found) else None


def finding(made: Sequence[RunRow], metric: str, champion: str | None) -> str:
    """Say how the champion's metric stands beside that of the other versions, the oldest first."""
    values = {row.version: row.metrics[metric] for row in made}
    own = values.get(champion)
    if own is None:
        return f"{formats.count(len(values), 'version')} with {metric}; the champion logged none."
    low, high = min(values.values()), max(values.values())
    span = f"{formats.number(low, digits=4)} to {formats.number(high, digits=4)}"
    return (
        f"The champion {formats.version(champion or '')} logged {metric} {formats.number(own, digits=4)}; "
        f"all {formats.count(len(values), 'version')}: {span}."
    )


def over_versions(made: Sequence[RunRow], metric: str, champion: str | None, *, is_dark: bool) -> go.Figure:
    """Return a metric as each version's run logged it, the oldest version first."""
    points = tuple((formats.version(row.version or ""), row.metrics[metric]) for row in made)
    return _over_versions(points, metric, formats.version(champion) if champion else None, is_dark)


@lru_cache(maxsize=64)
def _over_versions(
    points: tuple[tuple[str, float], ...], metric: str, champion: str | None, is_dark: bool
) -> go.Figure:
    colors = palette(is_dark=is_dark)
    figure = figures.base(colors, height=300)
    names = [name for name, _ in points]
    figure.add_trace(
        go.Scatter(
            x=names,
            y=[value for _, value in points],
            mode="lines+markers+text",
            line={"color": colors.primary, "width": 2},
            marker={
                "size": [12 if name == champion else 7 for name in names],
                "color": [colors.second if name == champion else colors.primary for name in names],
            },
            text=[CHAMPION if name == champion else "" for name in names],
            textposition="top center",
            textfont={"color": colors.text, "size": 12},
            hovertemplate="%{x}: %{y:.4f}<extra></extra>",
            showlegend=False,
            cliponaxis=False,
        )
    )
    figure.update_layout(xaxis={"type": "category"}, yaxis={"title": {"text": escape(metric)}})
    return figure

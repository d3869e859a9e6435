"""Heatmaps in stepped colours. Cells report no click, so a clear scatter of squares lies over them."""

from functools import lru_cache
from html import escape

import plotly.graph_objects as go

from app import formats
from app.components.figures import base
from app.palette import STATUS_WORDS, Palette, palette
from core.domain import Status
from core.views.drift import DriftRow, WindowNote
from core.views.fleet import TroubleCell

CELL, CELL_MAX = 26, 44
FEW = 10
"""Below this many models a share says less than the count."""
Scale = list[tuple[float, str]]


def stepped(inks: tuple[str, ...]) -> Scale:
    """Return a colour scale that jumps: code i of len(inks) is ink i."""
    n = len(inks)
    return [stop for i, ink in enumerate(inks) for stop in ((i / n, ink), ((i + 1) / n, ink))]


_LIMIT_WORDS = ("to ⅓ of its limit", "to ⅔", "to 1")
_JUDGED_WORDS = (*_LIMIT_WORDS, "▲ warn", "■ fail", "■ fail, over 2 ×")
_OTHER_WORDS = (*_LIMIT_WORDS, "over 1 ×", "over 2 ×")


def drift_inks(colors: Palette, *, is_judged: bool = True) -> tuple[str, ...]:
    """Return the inks of a drift cell, from far below the limit to far above it.

    Without a verdict on the distance shown there is neither warning nor failure among them.
    """
    if not is_judged:
        return (*colors.steps, *colors.beyond)
    return (*colors.steps, colors.watch, *colors.fail_steps)


def drift_code(status: Status | None, ratio: float | None) -> int | None:
    """Return the step of one cell; None where nothing could be judged, which stays empty."""
    if status is Status.FAIL:
        return 5 if ratio is not None and ratio >= 2 else 4
    if status is Status.WARN:
        return 3
    if status is Status.PASS:
        return 0 if ratio is None else min(2, int(ratio * 3))
    return None


def distance_code(ratio: float | None) -> int | None:
    """Return the step of a cell whose distance no verdict rests on; None where there is no distance."""
    if ratio is None:
        return None
    return min(2, int(ratio * 3)) if ratio < 1 else 3 if ratio < 2 else 4


def _overlay(
    x: list[int], y: list[int], data: list[list[object]], text: list[str], size: float
) -> go.Scatter:
    clear = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"symbol": "square", "size": size, "opacity": 0, "color": "#000000"},
        customdata=data,
        text=text,
        hovertemplate="%{text}<extra></extra>",
        selected=clear,
        unselected=clear,
        showlegend=False,
    )


def _legend(colors: Palette, *, is_judged: bool) -> list[go.Scatter]:
    """Return one legend entry a step: the distance as a share of the limit at which it fails."""
    words = _JUDGED_WORDS if is_judged else _OTHER_WORDS
    return [
        go.Scatter(
            x=[None],
            y=[None],
            mode="markers",
            name=word,
            marker={
                "symbol": "square",
                "size": 11,
                "color": ink,
                "line": {"color": colors.border, "width": 1},
            },
            hoverinfo="skip",
        )
        for ink, word in zip(drift_inks(colors, is_judged=is_judged), words, strict=True)
    ]


def _glyphs(rows: tuple[DriftRow, ...], colors: Palette, *, is_judged: bool) -> go.Scatter:
    """Mark what warns and what fails, so that colour alone carries nothing."""
    marked = [
        (x, y, status)
        for y, row in enumerate(rows)
        for x, status in enumerate(row.statuses)
        if status in {Status.WARN, Status.FAIL}
    ]
    on = {3: colors.on_beyond[0], 4: colors.on_beyond[1]}
    return go.Scatter(
        x=[x for x, _, _ in marked],
        y=[y for _, y, _ in marked],
        mode="text",
        text=["▲" if status is Status.WARN else "■" for _, _, status in marked],
        textfont={
            "size": 9,
            "color": [
                on.get(distance_code(rows[y].ratios[x]) or 0, colors.text)
                if not is_judged
                else colors.on_watch
                if status is Status.WARN
                else colors.on_fail
                for x, y, status in marked
            ],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _outline(column: int, row: int, colors: Palette) -> dict[str, object]:
    return {
        "type": "rect", "xref": "x", "yref": "y", "x0": column - 0.5, "x1": column + 0.5, "y0": row - 0.5,
        "y1": row + 0.5, "line": {"color": colors.text, "width": 2}, "fillcolor": "rgba(0,0,0,0)",
    }  # fmt: skip


def _cell_text(row: DriftRow, i: int, window: WindowNote, *, is_judged: bool) -> str:
    status, value, ratio = row.statuses[i], row.values[i], row.ratios[i]
    lines = [f"<b>{escape(row.feature)}</b>, {formats.window(window.start, window.end, window.index)}"]
    beside = "" if ratio is None else f", {ratio:.1f} × its limit"
    distance = f"{escape(row.metrics[i] or '')} {formats.number(value)}{beside}"
    if status is None or (value is None and is_judged):
        lines.append("Nothing could be judged")
    elif is_judged:
        lines.append(f"{STATUS_WORDS[status]}: {distance}")
    else:
        lines += [distance, f"Its verdict is another distance's: {STATUS_WORDS[status]}"]
    if row.importance is not None:
        lines.append(f"Importance {row.importance:.0%} of all features")
    lines.append(f"n = {window.n:,}")
    return "<br>".join(lines)


def _row_name(row: DriftRow) -> str:
    """Return a row's name, and beside it how much the model hangs on it."""
    name = escape(_fit(row.feature))
    return name if row.importance is None else f"{name} · {100 * row.importance:.0f} %"


@lru_cache(maxsize=64)
def drift(
    rows: tuple[DriftRow, ...],
    windows: tuple[WindowNote, ...],
    picked: tuple[str, int | None] | None,
    *,
    is_dark: bool,
    is_judged: bool = True,
) -> go.Figure:
    """Return features × windows, worst feature on top; the picked cell is outlined.

    Where the distances are not those that were judged, colour is the distance alone.
    """
    colors = palette(is_dark=is_dark)
    inks = drift_inks(colors, is_judged=is_judged)
    cell = min(CELL_MAX, max(CELL, 400 // max(len(rows), 1)))
    figure = base(colors, height=84 + cell * max(len(rows), 2))
    codes = [
        [
            drift_code(status, ratio) if is_judged else distance_code(ratio)
            for status, ratio in zip(row.statuses, row.ratios, strict=True)
        ]
        for row in rows
    ]
    figure.add_trace(
        go.Heatmap(
            z=codes,
            zmin=-0.5,
            zmax=len(inks) - 0.5,
            colorscale=stepped(inks),
            showscale=False,
            xgap=2,
            ygap=2,
            hoverinfo="skip",
        )
    )
    figure.add_traces([_glyphs(rows, colors, is_judged=is_judged), *_legend(colors, is_judged=is_judged)])
    cells = [(x, y) for y in range(len(rows)) for x in range(len(windows))]
    figure.add_trace(
        _overlay(
            [x for x, _ in cells],
            [y for _, y in cells],
            [[rows[y].feature, windows[x].index] for x, y in cells],
            [_cell_text(rows[y], x, windows[x], is_judged=is_judged) for x, y in cells],
            cell - 3,
        )
    )
    every = max(1, -(-len(windows) // 8))
    shown = list(range(0, len(windows), every))
    shapes = [
        _outline(x, y, colors)
        for x, y in cells
        if picked is not None and picked == (rows[y].feature, windows[x].index)
    ]
    figure.update_layout(
        hovermode="closest",
        clickmode="event+select",
        legend={"itemclick": False, "itemdoubleclick": False},
        shapes=shapes,
        xaxis={
            "tickmode": "array",
            "tickvals": shown,
            "ticktext": [_tick(windows[i]) for i in shown],
            "range": [-0.5, len(windows) - 0.5],
        },
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(rows))),
            "ticktext": [_row_name(row) for row in rows],
            "range": [len(rows) - 0.5, -0.5],
            "showgrid": False,
        },
    )
    return figure


def _tick(window: WindowNote) -> str:
    return f"{window.start.day} {window.start:%b}" if window.start else str(window.index)


def _fit(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:23]}…"


@lru_cache(maxsize=32)
def trouble(cells: tuple[TroubleCell, ...], *, is_dark: bool) -> go.Figure:
    """Return units × kinds: the share of models that are critical or on watch."""
    colors = palette(is_dark=is_dark)
    units = sorted({cell.unit for cell in cells})
    kinds = sorted({cell.kind for cell in cells})
    at = {(cell.unit, cell.kind): cell for cell in cells}
    shares = [[_share(at.get((unit, kind))) for kind in kinds] for unit in units]
    last = len(colors.trouble) - 1
    codes = [
        [None if s is None else min(last, 0 if s == 0 else 1 + int(s * last)) for s in row] for row in shares
    ]
    figure = base(colors, height=70 + 34 * max(len(units), 3))
    figure.add_trace(
        go.Heatmap(
            z=codes,
            zmin=-0.5,
            zmax=last + 0.5,
            colorscale=stepped(colors.trouble),
            showscale=False,
            xgap=3,
            ygap=3,
            hoverinfo="skip",
        )
    )
    spots = [(x, y) for y in range(len(units)) for x in range(len(kinds)) if shares[y][x] is not None]
    figure.add_trace(
        _overlay(
            [x for x, _ in spots],
            [y for _, y in spots],
            [[units[y], kinds[x]] for x, y in spots],
            [_trouble_text(at[units[y], kinds[x]]) for x, y in spots],
            32,
        )
    )
    figure.update_layout(
        margin={"t": 6, "b": 4},
        hovermode="closest",
        clickmode="event+select",
        annotations=[
            _count_note(x, y, at[units[y], kinds[x]], colors.on_trouble[codes[y][x] or 0]) for x, y in spots
        ],
        xaxis={
            "side": "top",
            "tickmode": "array",
            "tickvals": list(range(len(kinds))),
            "ticktext": [escape(_fit(kind)) for kind in kinds],
            "range": [-0.5, len(kinds) - 0.5],
        },
        yaxis={
            "tickmode": "array",
            "tickvals": list(range(len(units))),
            "ticktext": [escape(_fit(unit)) for unit in units],
            "range": [len(units) - 0.5, -0.5],
            "showgrid": False,
        },
    )
    return figure


def _share(cell: TroubleCell | None) -> float | None:
    """Return the share in trouble, a model on watch counting half; None without models."""
    return None if cell is None else (cell.n_critical + cell.n_watch / 2) / cell.n_models


def _trouble_text(cell: TroubleCell) -> str:
    return (
        f"<b>{escape(cell.unit)}, {escape(cell.kind)}</b><br>{formats.count(cell.n_models, 'model')}: "
        f"{cell.n_critical} critical, {cell.n_watch} on watch"
    )


def _count_note(x: int, y: int, cell: TroubleCell, ink: str) -> dict[str, object]:
    share = (cell.n_critical + cell.n_watch) / cell.n_models
    few = f"{cell.n_critical + cell.n_watch} of {cell.n_models}"
    return {
        "x": x, "y": y, "xref": "x", "yref": "y", "showarrow": False,
        "text": few if cell.n_models < FEW else f"{share:.0%}", "font": {"size": 12, "color": ink},
    }  # fmt: skip

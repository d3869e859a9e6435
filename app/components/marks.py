"""What is drawn over time besides the numbers: limits, incidents, deployments."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from app import formats
from app.palette import Palette
from core.views.model import Deployment, LabelShare
from core.views.series import IncidentNote, Point, Series

Moment = datetime | int | None
Marks = tuple[list[dict[str, object]], list[dict[str, object]]]
"""Shapes and annotations."""


def moment(point: Point | Deployment | LabelShare) -> Moment:
    """Return where a window stands on the axis: its start, else its number."""
    at = point.at if isinstance(point, Deployment) else point.start
    return at if at is not None else point.index


def limits(points: Sequence[Point], series: Series, colors: Palette, spread: tuple[float, float]) -> Marks:
    """Return the dashed lines of the latest limits, the ground beyond the harmful ones, their names."""
    judged = [p for p in points if p.limit_low is not None or p.limit_high is not None]
    shapes: list[dict[str, object]] = []
    notes: list[dict[str, object]] = []
    if not judged:
        return shapes, notes
    last = judged[-1]
    for limit, beyond, word, anchor, harmless in (
        (last.limit_low, spread[0], "Lower limit", "top", "worse"),
        (last.limit_high, spread[1], "Upper limit", "bottom", "better"),
    ):
        if limit is None or not spread[0] <= limit <= spread[1]:
            continue
        harms = series.higher_is != harmless
        ink = colors.critical if harms else colors.unknown
        across = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y", "layer": "below"}
        if harms:
            ground = {"y0": limit, "y1": beyond, "fillcolor": colors.critical_tint, "line": {"width": 0}}
            shapes.append({**across, "type": "rect", **ground})
        dash = {"color": ink, "width": 1.2, "dash": "dash"}
        shapes.append({**across, "type": "line", "y0": limit, "y1": limit, "line": dash})
        text = f"{word} {formats.number(limit, series.unit)}" + ("" if harms else ", not judged")
        notes.append(
            {
                "xref": "paper", "x": 0.004, "xanchor": "left", "yref": "y", "y": limit, "yanchor": anchor,
                "text": text, "showarrow": False,
                "font": {"color": colors.critical if harms else colors.muted, "size": 12},
            }
        )  # fmt: skip
    return shapes, notes


def incidents(shown: Sequence[IncidentNote], colors: Palette, *, timed: bool, floor: float) -> Marks:
    """Return one band for each stretch with incidents, and how many they are."""
    shapes: list[dict[str, object]] = []
    notes: list[dict[str, object]] = []
    for first, last, n in _stretches(shown, timed=timed):
        shapes.append(
            {
                "type": "rect", "xref": "x", "x0": first, "x1": last, "yref": "paper", "y0": floor, "y1": 1,
                "layer": "below", "fillcolor": colors.watch_tint, "line": {"width": 0},
            }
        )  # fmt: skip
        notes.append(
            {
                "xref": "x", "x": first, "xanchor": "left", "yref": "paper", "y": floor + 0.01,
                "yanchor": "bottom", "showarrow": False, "font": {"color": colors.muted, "size": 11.5},
                "text": "Incident" if n == 1 else f"{n} incidents",
            }
        )  # fmt: skip
    return shapes, notes


def _stretches(incidents: Sequence[IncidentNote], *, timed: bool) -> list[tuple[Moment, Moment, int]]:
    spans: list[tuple[datetime | int, datetime | int]] = []
    for incident in incidents:
        first: Moment = incident.first_start if timed else incident.first_index
        last: Moment = incident.last_end if timed else incident.last_index
        if first is not None and last is not None:
            spans.append((first, last))
    joined: list[tuple[Moment, Moment, int]] = []
    for first, last in sorted(spans):
        before = joined[-1] if joined else None
        if before is not None and first <= before[1]:  # type: ignore[operator]
            joined[-1] = (before[0], max(before[1], last), before[2] + 1)  # type: ignore[type-var]
        else:
            joined.append((first, last, 1))
    return joined


def deployments(shown: Sequence[Deployment], colors: Palette, *, floor: float) -> Marks:
    """Return one thin line for each version, where its first rows are."""
    shapes: list[dict[str, object]] = []
    notes: list[dict[str, object]] = []
    for deployment in shown:
        at = moment(deployment)
        if at is None:
            continue
        shapes.append(
            {
                "type": "line", "xref": "x", "x0": at, "x1": at, "yref": "paper", "y0": floor, "y1": 1,
                "line": {"color": colors.muted, "width": 1}, "layer": "below",
            }
        )  # fmt: skip
        notes.append(
            {
                "xref": "x", "x": at, "xanchor": "left", "yref": "paper", "y": 1, "yanchor": "top",
                "text": f" ▼ {escape(formats.version(deployment.version))}", "showarrow": False,
                "font": {"color": colors.muted, "size": 12},
            }
        )  # fmt: skip
    return shapes, notes

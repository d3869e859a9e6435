"""The Segments view: what is on record of a change, or the answer to a question nobody asked before."""

import json
from datetime import datetime

from core.change import ChangeExplained
from core.domain import Segment, Status, Task
from core.errors import Conflict, NotFound
from core.metrics.leading import leading_metric
from core.spec import MonitorSpec
from core.store import Cursor, StoredMonitor, changes, statement
from core.views.build.points import higher_is, title
from core.views.change import ChangeScope, ChangeView, SegmentVerdict, WindowChoice
from core.why import asked
from core.why.questions import Ground
from core.why.sides import LATEST, REFERENCE, Place, Windows

_TRACED = {
    Task.BINARY: ("roc_auc", "accuracy", "precision", "recall", "f1", "brier", "log_loss"),
    Task.MULTICLASS: ("accuracy",),
    Task.REGRESSION: ("mae", "bias", "wape"),
}
_SCORED = {"roc_auc", "brier", "log_loss"}
_WORST = {Status.FAIL: 0, Status.WARN: 1, Status.PASS: 2, Status.UNKNOWN: 3}


def build_change(
    cursor: Cursor, monitor: StoredMonitor, ground: Ground | None, scope: ChangeScope, *, now: datetime
) -> ChangeView:
    """Read the Segments view.

    What was explained when the window was judged is read; another pair of windows is explained now, in
    about a second.

    Parameters
    ----------
    ground
        What the model's changes are explained by; None where nothing was judged yet.

    Raises
    ------
    NotFound
        There is no such window.
    InvalidInput
        A side is no window, or the metric cannot be traced back to rows.
    """
    spec, key = monitor.spec, monitor.key
    leading = leading_metric(spec)
    metric = scope.metric or leading
    windows = Windows.read(cursor, key, leading)
    explained, recorded_at, empty = None, None, None
    try:
        explained, recorded_at = _explained(cursor, key, ground, scope, windows, is_leading=metric == leading)
    except NotFound as error:
        if windows.places:
            raise
        empty = f"{error.hint or error.message}"
    except Conflict as error:
        empty = f"{error.message}."
    if explained is not None and explained.reason is not None:
        empty, explained = explained.sentence, None
    return ChangeView(
        as_of=now,
        scope=scope,
        windows=tuple(_choice(one) for one in windows.places),
        metrics=tuple((name, title(name)) for name in _metrics(spec)),
        explained=explained,
        recorded_at=recorded_at,
        named=_named(cursor, key, explained, metric, windows),
        empty_reason=empty,
    )


def _explained(
    cursor: Cursor,
    key: str,
    ground: Ground | None,
    scope: ChangeScope,
    windows: Windows,
    *,
    is_leading: bool,
) -> tuple[ChangeExplained | None, datetime | None]:
    """Return the explanation, and when it was put on record; None for one that was made now."""
    before, after = scope.before or REFERENCE, scope.after or LATEST
    if before == REFERENCE and is_leading:
        # The last window judged, whether or not it fails: an old explanation would not be its own.
        place = windows.latest() if after == LATEST else None
        index = int(after) if after.lstrip("-").isdecimal() else None if place is None else place.window.index
        stored = None if index is None else changes.latest(cursor, key, window=index)
        if stored is not None:
            return stored.explained, stored.recorded_at
    return asked.change(cursor, ground, before, after, metric=scope.metric), None


def _metrics(spec: MonitorSpec) -> tuple[str, ...]:
    if spec.columns.label is None and not spec.columns.scores:
        return ()
    names = [name for name in _TRACED[spec.task] if name not in _SCORED or spec.columns.scores]
    leading = leading_metric(spec)
    return tuple(sorted(names, key=lambda name: name != leading))


def _choice(place: Place) -> WindowChoice:
    return WindowChoice(
        index=place.window.index or 0,
        start=place.window.start,
        end=place.window.end,
        status=place.status,
    )


def _named(
    cursor: Cursor, key: str, explained: ChangeExplained | None, metric: str, windows: Windows
) -> tuple[SegmentVerdict, ...]:
    """Return the spec's segments in the window shown, by status, then by how far they do worse."""
    last = windows.latest()
    index = None if last is None else last.window.index
    version = None if last is None else last.version
    if explained is not None and explained.after.window is not None:
        index, version = explained.after.window.index, explained.after.version
    found = cursor.execute(
        statement("views_segments"),
        {"model_key": key, "window_index": index, "version": version, "metric": metric},
    ).fetchall()
    sign = -1 if higher_is(metric) == "worse" else 1
    rows = [
        SegmentVerdict(
            segment=Segment.of(json.loads(segment)),
            status=None if status is None else Status(status),
            value=value,
            low=low,
            high=high,
            n=n,
            limit_low=limit_low,
            limit_high=limit_high,
            sentence=sentence or "",
            verdict_id=identity,
        )
        for segment, status, value, low, high, n, limit_low, limit_high, sentence, identity in found
    ]
    return tuple(
        sorted(
            rows,
            key=lambda one: (
                _WORST.get(one.status or Status.UNKNOWN, 3),
                one.value is None,
                sign * (one.value or 0.0),
                str(one.segment),
            ),
        )
    )

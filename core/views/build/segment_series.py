"""One number of a model over its windows, among the rows of one segment or group."""

from collections.abc import Sequence
from dataclasses import replace

from core.domain import Measurement
from core.store import Cursor, statement
from core.store.judgements import segment_text
from core.views.build.points import Number, Record, ShownWindow, asked_of, at_their_places, series, times_of
from core.views.series import Series


def series_in_segment(
    cursor: Cursor, key: str, windows: Sequence[ShownWindow], of: Measurement
) -> Series | None:
    """Return what is stored of the number that a measurement is one of, in its own segment.

    None where nothing is stored of it in these windows.
    """
    if not windows:
        return None
    asked = asked_of(key, windows, (of.role,), [of.metric])
    found = cursor.execute(
        statement("views_segment_points"),
        {
            **{name: asked[name] for name in ("model_key", "first", "last", "versions")},
            "role": of.role.value,
            "metric": of.metric,
            "feature": of.feature,
            "segment": segment_text(of.segment),
        },
    ).fetchall()
    times = times_of(windows)
    read = []
    for cells in found:
        number = Number(*cells[:16])
        read.append(Record(*number, *times[number.window_index], *cells[16:]))
    of_all = series(at_their_places(read, "seasonal"))
    return next((replace(one, segment=str(of.segment)) for one in of_all.values()), None)

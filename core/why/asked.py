"""The question why a metric differs between two windows, as a person asks it."""

from collections.abc import Sequence

from core.change import ChangeExplained
from core.errors import Conflict, NotFound
from core.metrics.leading import leading_metric
from core.store import Cursor
from core.why.explain import explain
from core.why.questions import Ground
from core.why.sides import Windows


def change(
    cursor: Cursor,
    ground: Ground | None,
    before: str,
    after: str,
    *,
    metric: str | None = None,
    by: Sequence[str] = (),
) -> ChangeExplained:
    """Explain why a metric differs between two windows, or between the reference and a window.

    Parameters
    ----------
    ground
        The model; None where nothing was judged yet.
    before, after
        A window's number, "reference", or "latest": the last window whose performance was judged, else
        the last closed one.
    metric, by
        See :func:`core.why.explain.explain`.

    Raises
    ------
    NotFound
        There is no such window.
    Conflict
        The model's rows are not kept here.
    InvalidInput
        A side is no number, or the metric or a column cannot be used.
    """
    if ground is None:
        raise NotFound("judged window", after, hint="Nothing was judged yet. Next: trimtab monitor")
    if ground.spec.source is not None:
        raise Conflict(
            f"The rows of {ground.spec.model} lie elsewhere, and a change is explained from rows kept here",
            hint="Ingest the rows, or compare two files with trimtab compare.",
        )
    windows = Windows.read(cursor, ground.layout.key, metric or leading_metric(ground.spec))
    first, second = windows.asked(before, field="from"), windows.asked(after, field="to")
    # While labels are immature those that came first are no fair sample.
    estimated = True if ground.calibration is not None and windows.is_immature(second) else None
    found = explain(cursor, ground, first, second, metric=metric, estimated=estimated, by=by)
    if found.reason is not None and estimated:
        return explain(cursor, ground, first, second, metric=metric, by=by)
    return found

"""What the advisor needs to know of a model, read from what is on record."""

from collections.abc import Sequence

from core.basis import Basis
from core.domain import ALL_ROWS, IncidentStatus, Measurement, Role, Status, Task, Verdict
from core.metrics.leading import leading_metric
from core.profiles import snapshot as latest_windows
from core.store import Cursor, StateStore, StoredMonitor, judgements
from core.training import snapshot
from core.training.advisor import FAULTS, Facts

WINDOWS = 35
"""Judged windows that are looked at: five weeks of days."""


def gather(cursor: Cursor, monitor: StoredMonitor, state: StateStore, basis: Basis | None) -> Facts:
    """Return what is known of a model now.

    Parameters
    ----------
    basis
        What its windows are compared with; None where no reference is pinned.
    """
    spec, leading = monitor.spec, leading_metric(monitor.spec)
    verdicts = judgements.verdicts(cursor, key=monitor.key)
    newest = latest_windows.latest(cursor, monitor.key)
    first = None if newest is None or newest.index is None else newest.index - WINDOWS
    recent = [
        one
        for one in verdicts
        if one.measurement.window.index is not None
        and (first is None or one.measurement.window.index > first)
    ]
    faulty = {one.id for one in verdicts if one.measurement.metric in FAULTS and one.status is Status.FAIL}
    open_faults = [
        f"{incident.cause.rstrip('.')}."
        for incident in state.incidents(spec.model)
        if incident.status is not IncidentStatus.RESOLVED and faulty & set(incident.verdicts)
    ]
    counted = snapshot.Counted(n_fresh=0, n_rarest=0)
    if spec.columns.label is not None:
        counted = snapshot.counted(cursor, monitor)
    features = {**monitor.layout.numeric, **monitor.layout.categorical}
    return Facts(
        model=spec.model,
        verdicts=recent,
        open_faults=open_faults,
        leading=_newest(verdicts, leading),
        before=_before(basis, leading),
        n_fresh=counted.n_fresh,
        n_rarest=counted.n_rarest,
        n_features=len(features),
        is_classifier=spec.task is not Task.REGRESSION,
        is_seasonal=spec.seasonality is not None,
    )


def _newest(verdicts: Sequence[Verdict], metric: str) -> Measurement | None:
    """Return the metric's last realised value over all rows that a rule could judge."""
    judged = [
        one.measurement
        for one in verdicts
        if one.measurement.metric == metric
        and one.measurement.segment == ALL_ROWS
        and not one.measurement.estimated
        and one.status in (Status.PASS, Status.WARN, Status.FAIL)
    ]
    return judged[-1] if judged else None


def _before(basis: Basis | None, metric: str) -> float | None:
    """Return the metric's value over the whole reference."""
    if basis is None:
        return None
    own = (
        one.value
        for one in basis.measurements.values()
        if one.metric == metric and one.role is Role.PERFORMANCE and one.segment == ALL_ROWS
    )
    return next(own, None)

"""The Drift view: what moved, since when, and how one column looks beside its reference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain import Role, Status
from core.errors import NotFound
from core.store import Cursor, StateStore, StoredMonitor, statement
from core.store.judgements import aware
from core.views.build import baselines, bins
from core.views.build.baselines import Compare
from core.views.build.cards import of_metrics
from core.views.build.column_verdicts import ROLES, ColumnVerdict, column_verdicts
from core.views.build.facts import DRIFT_METRICS
from core.views.build.importances import importances
from core.views.build.points import (
    Record,
    ShownWindow,
    read_series,
    records,
    shown_unit,
    shown_windows,
    title,
)
from core.views.build.references import read_reference
from core.views.build.registry import registered
from core.views.drift import ColumnDetail, DriftRow, DriftScope, DriftTest, DriftView, SharedDrift, WindowNote
from core.views.words import count, day, window

N_CHOICES = 100
TOGETHER = ("pca_reconstruction", "domain_classifier", "attribution_ndcg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """A model that can be chosen, and which of its columns drift now."""

    name: str
    drifting: tuple[str, ...]
    since: tuple[datetime | None, ...]


def build_drift(
    cursor: Cursor,
    state: StateStore,
    scope: DriftScope,
    *,
    now: datetime,
    compare: Compare = lambda *_: (),
) -> DriftView:
    """Read the Drift view.

    Parameters
    ----------
    cursor, state
        The two stores.
    scope
        What the link asks for. Without a model, the one that drifts most.
    now
        Aware UTC time.
    compare
        Gives the distances from a baseline that are not stored.

    Raises
    ------
    NotFound
        The named model is not monitored, or has no such column or window.
    """
    choices = moving(cursor)
    name = scope.model or (choices[0].name if choices else None)
    if name is None:
        return _nothing(
            scope, choices, now, "No model is monitored yet, so no input is compared with anything."
        )
    try:
        monitor = state.monitor(name)
    except NotFound:
        if registered(cursor, name) is None:
            raise
        return _nothing(
            scope, choices, now, f"{name} has no monitor, so its inputs are compared with nothing."
        )
    windows = shown_windows(cursor, monitor.key, version=scope.version, last=scope.last)
    judged = column_verdicts(cursor, monitor.key, windows)
    weights, weighed_by = importances(cursor, monitor.key, windows)
    against = baselines.asked(monitor.spec, scope.baseline)
    other = None
    if not against.is_judged:
        other = baselines.distances(cursor, monitor, windows, ROLES, against, compare)
        judged = baselines.instead(judged, other)
    rows = _rows(judged, windows, weights)
    all_at_once = read_series(cursor, monitor.key, windows, (Role.FEATURE,), TOGETHER)
    reference = read_reference(cursor, monitor.key)
    picked = _picked(scope, rows, windows)
    detail = None if picked is None else _detail(cursor, monitor, *picked, against, other)
    last = _last_told(rows, windows)
    return DriftView(
        as_of=now,
        scope=scope,
        models=tuple(choice.name for choice in choices[:N_CHOICES]),
        versions=tuple(dict.fromkeys(one.version for one in reversed(windows))),
        name=monitor.spec.model,
        version=windows[-1].version if windows else scope.version,
        empty_reason=None if rows else _why_empty(windows, reference.n_rows),
        n_features=len(rows),
        n_drifting=0 if last is None else sum(row.statuses[last] is Status.FAIL for row in rows),
        sentence=_sentence(rows, windows, last),
        windows=tuple(_note(one) for one in windows),
        rows=rows,
        detail=detail,
        shared=shared(choices),
        judged_at=reference.judged_at,
        reference_text=reference.text,
        together=of_metrics(all_at_once, TOGETHER, windows),
        importance_text=weighed_by,
        baseline=against.baseline,
        judged_by=against.stored,
        baselines=tuple(against.titles.items()),
        baseline_text=against.text,
    )


def moving(cursor: Cursor) -> tuple[Moving, ...]:
    """Return the monitored models, the one that drifts most first."""
    found = cursor.execute(statement("views_moving")).fetchall()
    return tuple(
        Moving(name=name, drifting=tuple(drifting or ()), since=tuple(aware(at) for at in since or ()))
        for name, drifting, since in found
    )


def shared(choices: Sequence[Moving]) -> tuple[SharedDrift, ...]:
    """Return the columns that drift in several models at once, the most widespread first."""
    found: dict[str, list[tuple[str, datetime | None]]] = {}
    for choice in choices:
        for feature, since in zip(choice.drifting, choice.since, strict=True):
            found.setdefault(feature, []).append((choice.name, since))
    several = [
        SharedDrift(
            feature=feature,
            models=tuple(name for name, _ in where),
            first_seen_at=min((at for _, at in where if at is not None), default=None),
        )
        for feature, where in found.items()
        if len(where) > 1 and feature not in {role.value for role in ROLES}
    ]
    return tuple(sorted(several, key=lambda one: (-len(one.models), one.feature)))


def _nothing(scope: DriftScope, choices: Sequence[Moving], now: datetime, reason: str) -> DriftView:
    return DriftView(
        as_of=now,
        scope=scope,
        models=tuple(choice.name for choice in choices),
        versions=(),
        name=None,
        version=None,
        empty_reason=reason,
        n_features=0,
        n_drifting=0,
        sentence="Nothing to compare.",
        windows=(),
        rows=(),
        detail=None,
        shared=(),
        judged_at=None,
        reference_text="",
    )


def _why_empty(windows: Sequence[ShownWindow], n_reference: int) -> str:
    if n_reference == 0:
        return "No reference is pinned to compare with. Give one with trimtab watch --reference."
    if not windows:
        return "No window has closed yet. Verdicts come when the first one does."
    return "No column could be judged in the closed windows."


def _rows(
    judged: Sequence[ColumnVerdict], windows: Sequence[ShownWindow], weights: Mapping[str, float]
) -> tuple[DriftRow, ...]:
    place = {one.index: i for i, one in enumerate(windows)}
    columns: dict[tuple[str, str], dict[int, ColumnVerdict]] = {}
    for one in judged:
        columns.setdefault((one.role, one.feature or one.role), {})[place[one.window_index]] = one
    rows = [_row(role, feature, cells, windows) for (role, feature), cells in columns.items()]
    rows = [
        replace(row, importance=weights.get(row.feature)) if row.role is Role.FEATURE else row for row in rows
    ]
    # Outputs have no importance: they count as much as the feature that counts most.
    most = max(weights.values(), default=1.0)
    return tuple(sorted(rows, key=lambda row: _badness(row, most), reverse=True))


def _row(
    role: str, feature: str, cells: dict[int, ColumnVerdict], windows: Sequence[ShownWindow]
) -> DriftRow:
    each = [cells.get(i) for i in range(len(windows))]
    statuses = tuple(None if cell is None else cell.verdict for cell in each)
    alarmed = [i for i, status in enumerate(statuses) if status in {Status.FAIL, Status.WARN}]
    first = windows[alarmed[0]] if alarmed else None
    return DriftRow(
        feature=feature,
        role=Role(role),
        ratios=tuple(None if cell is None else _ratio(cell) for cell in each),
        statuses=statuses,
        metrics=tuple(None if cell is None else title(cell.metric) for cell in each),
        values=tuple(None if cell is None else cell.value for cell in each),
        n_failed=statuses.count(Status.FAIL),
        n_warned=statuses.count(Status.WARN),
        first_window=None if first is None else first.index,
        first_seen_at=None if first is None else first.start,
    )


def _ratio(record: ColumnVerdict) -> float | None:
    if record.value is None or not record.limit_high:
        return None
    return record.value / record.limit_high


def _badness(row: DriftRow, most: float) -> tuple[int, float, float, int, str]:
    """Return what rows are ranked by: the latest verdict, drift × importance, drift, how often it failed."""
    latest = next((i for i in range(len(row.statuses) - 1, -1, -1) if row.statuses[i] is not None), None)
    if latest is None:
        return (0, 0.0, 0.0, 0, row.feature)
    rank = {Status.FAIL: 3, Status.WARN: 2, Status.PASS: 1}.get(row.statuses[latest] or Status.UNKNOWN, 0)
    # A rate without a limit of its own is no distance.
    drift = row.ratios[latest] or 0.0
    weight = most if row.importance is None else row.importance
    return (rank, drift * weight, drift, row.n_failed, row.feature)


def _last_told(rows: Sequence[DriftRow], windows: Sequence[ShownWindow]) -> int | None:
    told = [
        i
        for row in rows
        for i, status in enumerate(row.statuses[: len(windows)])
        if status in {Status.PASS, Status.WARN, Status.FAIL}
    ]
    return max(told, default=None)


def _sentence(rows: Sequence[DriftRow], windows: Sequence[ShownWindow], last: int | None) -> str:
    if last is None:
        return "No column could be judged in the shown windows."
    at = windows[last]
    told = [row for row in rows if row.statuses[last] not in {None, Status.UNKNOWN}]
    failed = [row for row in told if row.statuses[last] is Status.FAIL]
    shown = window(at.start, at.end, at.index)
    if not failed:
        return f"None of {count(len(told), 'judged column')} drifts in the latest window, {shown}."
    worst = failed[0]
    since = day(worst.first_seen_at) if worst.first_seen_at else f"window {worst.first_window}"
    verb = "drifts" if len(failed) == 1 else "drift"
    return (
        f"{len(failed)} of {count(len(told), 'judged column')} {verb} in the latest window, {shown}; "
        f"most of all {worst.feature}, first on {since}."
    )


def _note(one: ShownWindow) -> WindowNote:
    return WindowNote(index=one.index, start=one.start, end=one.end, n=one.n)


def _picked(
    scope: DriftScope, rows: Sequence[DriftRow], windows: Sequence[ShownWindow]
) -> tuple[DriftRow, ShownWindow] | None:
    """Return the picked column and window; by default the worst column where it was last judged."""
    if not rows:
        return None
    row = next((one for one in rows if one.feature == scope.feature), None)
    if row is None and scope.feature is not None:
        raise NotFound(
            "judged column", scope.feature, hint=f"Judged are {', '.join(one.feature for one in rows)}."
        )
    row = row or rows[0]
    told = [i for i, status in enumerate(row.statuses) if status is not None]
    at = next((one for one in windows if one.index == scope.window), None)
    if at is None and scope.window is not None:
        raise NotFound(
            "shown window", str(scope.window), hint=f"Shown are {windows[0].index} to {windows[-1].index}."
        )
    return row, at or windows[told[-1] if told else -1]


def _detail(
    cursor: Cursor,
    monitor: StoredMonitor,
    row: DriftRow,
    at: ShownWindow,
    against: baselines.Asked,
    other: Mapping[baselines.Place, Record] | None,
) -> ColumnDetail:
    """Return one column in one window; ``other`` are its distances where they are not those judged."""
    feature = row.feature if row.role is Role.FEATURE else None
    stored = _of_row(records(cursor, monitor.key, [at], (row.role,), feature=feature), row, at)
    tests = stored if other is None else _of_row(other.values(), row, at)
    deciding = next((one for one in stored if one.metric in DRIFT_METRICS and one.status is not None), None)
    drawn = bins.distribution(
        cursor,
        monitor.key,
        role=row.role.value,
        name=_profiled_as(row),
        version=at.version,
        index=at.index,
        base=baselines.base_of(cursor, monitor.key, monitor.spec, against, at),
    )
    if drawn is not None and not drawn.n_current:
        drawn = None
    return ColumnDetail(
        feature=row.feature,
        role=row.role,
        version=at.version,
        window=_note(at),
        status=None if deciding is None else deciding.verdict,
        sentence="No drift rule judged this column here." if deciding is None else deciding.sentence or "",
        distribution=drawn,
        undrawn="" if drawn is not None else _undrawn(row, at, against),
        tests=tuple(
            _test(record, deciding) for record in sorted(tests, key=lambda one: _order(one, deciding))
        ),
        first_window=row.first_window,
        first_seen_at=row.first_seen_at,
    )


def _of_row(found: Iterable[Record], row: DriftRow, at: ShownWindow) -> list[Record]:
    return [
        one
        for one in found
        if (one.role, one.window_index) == (row.role, at.index)
        and (one.feature or one.role) == row.feature
        and not one.estimated
    ]


def _profiled_as(row: DriftRow) -> str | None:
    """Return a column's name among the profiles; None for the only one of its role."""
    # What was answered and what came true are profiled under no name of the spec's.
    unnamed = row.role in {Role.PREDICTION, Role.LABEL} or row.feature == row.role.value
    return None if unnamed else row.feature


def _undrawn(row: DriftRow, at: ShownWindow, against: baselines.Asked) -> str:
    """Say why a column's distribution cannot be drawn."""
    if at.n == 0:
        return "The window has no rows, so there is nothing to draw."
    if row.role is Role.LABEL:
        return "No label of this window has come yet, so there is nothing to draw."
    return f"Either this window or {against.words[against.baseline]} has no row with a value to draw."


def _order(record: Record, deciding: Record | None) -> tuple[bool, bool, str]:
    decides = deciding is not None and record.metric == deciding.metric
    return (not decides, record.metric not in DRIFT_METRICS, title(record.metric))


def _test(record: Record, deciding: Record | None) -> DriftTest:
    return DriftTest(
        metric=record.metric,
        title=title(record.metric),
        method=record.method,
        unit=shown_unit(record.metric, record.unit),
        value=record.value,
        low=record.low,
        high=record.high,
        n=record.n,
        n_reference=record.n_reference,
        p_value=record.p_value,
        status=record.verdict,
        limit_low=record.limit_low,
        limit_high=record.limit_high,
        reason=record.missing or record.reason,
        decides=deciding is not None and record.metric == deciding.metric,
        verdict_id=record.verdict_id,
    )

"""The Model view: header, leading numbers, metrics over the windows, versions, incidents."""

from collections.abc import Callable, Sequence
from datetime import datetime

from core.domain import Health, Incident, Role, Status, Task
from core.errors import NotFound
from core.metrics.leading import leading_metric
from core.policy.rules import Policy
from core.spec import MonitorSpec
from core.store import Cursor, StateStore, StoredMonitor, statement
from core.views.build import bins, estimates
from core.views.build.cards import N_TREND, cards
from core.views.build.change_notes import change_note
from core.views.build.column_verdicts import ColumnVerdict, column_verdicts
from core.views.build.facts import read_facts
from core.views.build.health import health_of, unresolved
from core.views.build.incident_notes import links, note_of
from core.views.build.labels import WAITING, label_shares
from core.views.build.points import ShownWindow, asked_of, read_series, shown_windows, title
from core.views.build.references import read_reference
from core.views.build.registry import Registered, registered
from core.views.build.revisions import revised
from core.views.build.traffic import Traffic, traffic
from core.views.build.validated import stands, with_stands
from core.views.model import AliasNote, Deployment, MetricName, ModelScope, ModelView, VersionRow
from core.views.series import Distribution, Series
from core.views.words import span

_RETIRED = "Retired on {at:%d %b %Y}: nothing is judged any more. Watched again, it is back."
_OTHERS = {
    Task.BINARY: (
        "roc_auc",
        "accuracy",
        "average_precision",
        "precision",
        "recall",
        "specificity",
        "f1",
        "brier",
        "log_loss",
        "calibration_error",
        "concept_drift",
    ),
    Task.MULTICLASS: (
        "accuracy",
        "roc_auc",
        "average_precision",
        "f1",
        "precision",
        "recall",
        "brier",
        "log_loss",
        "calibration_error",
        "concept_drift",
    ),
    Task.REGRESSION: ("mae", "rmse", "bias", "mape", "wape", "r2", "concept_drift"),
}
_LATENCY = ("latency_p50", "latency_p95", "latency_p99")
_MEASURED_ROLES = (Role.PERFORMANCE, Role.OPERATIONS, Role.FAIRNESS)
_BESIDE = (
    *_LATENCY,
    "row_count",
    "error_rate",
    "label_coverage",
    "label_delay_p50",
    "label_delay_p95",
    "unlabellable_rate",
    "demographic_parity_ratio",
)


def build_model(
    cursor: Cursor,
    state: StateStore,
    scope: ModelScope,
    *,
    now: datetime,
    policy_of: Callable[[StoredMonitor], Policy],
) -> ModelView:
    """Read the Model view.

    Parameters
    ----------
    cursor, state
        The two stores.
    scope
        Which model and version, and how many of its last windows.
    now
        Aware UTC time.
    policy_of
        Returns the policy by which a model is judged.

    Raises
    ------
    NotFound
        Neither a monitor nor a registry knows the model, or it has no such version.
    """
    try:
        monitor = state.monitor(scope.model)
    except NotFound:
        known = registered(cursor, scope.model)
        if known is None:
            raise NotFound("model", scope.model, hint="See all models for those that exist.") from None
        return _unmonitored(scope, known, now)
    return _monitored(cursor, state, monitor, scope, now, policy_of)


def _monitored(
    cursor: Cursor,
    state: StateStore,
    monitor: StoredMonitor,
    scope: ModelScope,
    now: datetime,
    policy_of: Callable[[StoredMonitor], Policy],
) -> ModelView:
    spec, key = monitor.spec, monitor.key
    leading = leading_metric(spec)
    known = registered(cursor, spec.model, registry=spec.registry)
    facts = read_facts(cursor, key)
    incidents = state.incidents(spec.model)
    answered = traffic(cursor, key, leading)
    if scope.version is not None and scope.version not in {one.version for one in answered}:
        raise NotFound("judged version", scope.version, hint=f"{spec.model} was judged for other versions.")
    windows = shown_windows(cursor, key, version=scope.version, last=scope.last)
    metrics = _with_values(cursor, key, windows, spec.task, leading)
    told = scope.metric if scope.metric in metrics else leading
    shown = tuple(dict.fromkeys(metric for metric in (*metrics[:1], told) if metric in metrics))
    found = read_series(
        cursor, key, windows, _MEASURED_ROLES, tuple(dict.fromkeys((leading, *shown, *_BESIDE)))
    )
    columns = _judged_columns(cursor, key, windows)
    reference = read_reference(cursor, key)
    blamed = links(cursor, incidents)
    state_now, why = health_of(None if facts is None else facts.tally, unresolved(incidents))
    if monitor.retired_at is not None:
        state_now, why = Health.UNKNOWN, _RETIRED.format(at=monitor.retired_at)
    performance = tuple(found[metric, None] for metric in shown)
    coverage = found.get(("label_coverage", None))
    labels = () if coverage is None else label_shares(coverage, _immature(cursor, key, windows, spec.task))
    return ModelView(
        as_of=now,
        scope=scope,
        name=spec.model,
        registry=known.address if known is not None else spec.registry,
        monitored=True,
        status=state_now,
        why=why,
        champion=None if known is None else known.alias("champion"),
        challenger=None if known is None else known.alias("challenger"),
        version=windows[-1].version if windows else scope.version,
        deployed_at=None if known is None else known.since("champion"),
        task=spec.task,
        owner=spec.owner,
        unit=spec.unit,
        region=spec.region,
        risk=spec.risk,
        use_case=spec.use_case,
        on_call=spec.on_call,
        runbook=spec.runbook,
        rows_a_day=None if facts is None else facts.rows_a_day,
        window_text=_window_text(spec),
        reference_text=reference.text,
        label_delay_s=spec.label_delay.total_seconds(),
        judged_at=reference.judged_at,
        last_row_at=reference.last_end,
        stale_since=reference.stale_since(now),
        estimate_note=estimates.note(performance[0], spec.label_delay, labels) if performance else None,
        cards=cards(found, columns, windows, leading, spec.label_delay),
        metrics=tuple(MetricName(metric=metric, title=title(metric)) for metric in metrics),
        performance=performance,
        row_counts=found.get(("row_count", None)),
        latency=tuple(found[metric, None] for metric in _LATENCY if _has_values(found.get((metric, None)))),
        outputs=_outputs(cursor, key, windows),
        incidents=tuple(note_of(one, blamed.get(one.id)) for one in _by_urgency(incidents)),
        deployments=_deployments(answered, windows),
        versions=with_stands(
            _versions(known, answered, leading),
            stands(state, spec.registry, spec.model, policy_of(monitor).validation.every),
            now,
        ),
        change=change_note(cursor, key, performance, incidents),
        labels=labels,
        revised=revised(cursor, key, windows, told),
    )


def _judged_columns(cursor: Cursor, key: str, windows: Sequence[ShownWindow]) -> list[ColumnVerdict]:
    """Return the verdicts on columns that the card shows: of all windows only where the latest have none."""
    latest = windows[-N_TREND - 1 :]
    found = column_verdicts(cursor, key, latest)
    # The card tells the change from the window before: the first of these has none.
    told = any(one.verdict is not Status.UNKNOWN and one.window_index > latest[0].index for one in found)
    return found if told or len(latest) == len(windows) else column_verdicts(cursor, key, windows)


def _unmonitored(scope: ModelScope, known: Registered, now: datetime) -> ModelView:
    state_now, why = health_of(None, ())
    return ModelView(
        as_of=now,
        scope=scope,
        name=known.name,
        registry=known.address,
        monitored=False,
        status=state_now,
        why=why,
        champion=known.alias("champion"),
        challenger=known.alias("challenger"),
        version=None,
        deployed_at=known.since("champion"),
        task=None,
        owner=None,
        unit=None,
        region=None,
        risk=None,
        use_case=None,
        on_call=None,
        runbook=None,
        rows_a_day=None,
        window_text="",
        reference_text="",
        label_delay_s=0.0,
        judged_at=None,
        last_row_at=None,
        stale_since=None,
        estimate_note=None,
        cards=(),
        metrics=(),
        performance=(),
        row_counts=None,
        latency=(),
        outputs=None,
        incidents=(),
        deployments=(),
        versions=_versions(known, (), ""),
    )


def _has_values(one: Series | None) -> bool:
    return one is not None and any(point.value is not None for point in (*one.measured, *one.estimated))


def _with_values(
    cursor: Cursor, key: str, windows: Sequence[ShownWindow], task: Task, leading: str
) -> tuple[str, ...]:
    """Return the task's metrics that have any value in these windows, the leading one first."""
    if not windows:
        return ()
    asked = asked_of(key, windows, (Role.PERFORMANCE,), _OTHERS[task])
    there = {metric for (metric,) in cursor.execute(statement("views_metrics"), asked).fetchall()}
    return tuple(name for name in sorted(_OTHERS[task], key=lambda name: name != leading) if name in there)


def _immature(cursor: Cursor, key: str, windows: Sequence[ShownWindow], task: Task) -> frozenset[int]:
    """Return the windows in which one of the task's metrics is not judged because labels are still coming."""
    asked = asked_of(key, windows, (Role.PERFORMANCE,), _OTHERS[task]) | {"waiting": sorted(WAITING)}
    return frozenset(i for (i,) in cursor.execute(statement("views_immature"), asked).fetchall())


def _window_text(spec: MonitorSpec) -> str:
    if spec.window.every is not None:
        return span(spec.window.every.total_seconds())
    return f"{spec.window.rows:,} rows"


def _outputs(cursor: Cursor, key: str, windows: Sequence[ShownWindow]) -> Distribution | None:
    last = next((one for one in reversed(windows) if one.n), None)
    if last is None:
        return None
    for role in ("score", "prediction"):
        found = bins.distribution(cursor, key, role=role, name=None, version=last.version, index=last.index)
        if found is not None:
            return found
    return None


def _by_urgency(incidents: Sequence[Incident]) -> list[Incident]:
    """Return what is not resolved, worst first, then the resolved, latest first."""
    still = unresolved(incidents)
    return [*still, *(one for one in reversed(incidents) if one not in still)]


def _deployments(answered: Sequence[Traffic], windows: Sequence[ShownWindow]) -> tuple[Deployment, ...]:
    """Return the versions that came after the first shown window: where their first rows are."""
    if not windows:
        return ()
    return tuple(
        Deployment(version=one.version, index=one.first_index, at=one.first_start)
        for one in answered
        if one.first_index > windows[0].index
    )


def _versions(known: Registered | None, answered: Sequence[Traffic], leading: str) -> tuple[VersionRow, ...]:
    judged = {one.version: one for one in answered}
    listed = {} if known is None else known.versions
    names = [*listed, *(name for name in judged if name not in listed)]
    rows = [_version(name, known, judged.get(name), leading) for name in names]
    return tuple(sorted(rows, key=lambda row: _newest(row.version), reverse=True))


def _newest(version: str) -> tuple[int, str]:
    return (int(version) if version.isdecimal() else -1, version)


def _version(name: str, known: Registered | None, judged: Traffic | None, leading: str) -> VersionRow:
    listed = None if known is None else known.versions.get(name)
    return VersionRow(
        version=name,
        aliases=()
        if known is None
        else tuple(
            AliasNote(alias=alias, first_seen_at=stay.first_seen_at)
            for alias, stay in sorted(known.aliases.items())
            if stay.version == name
        ),
        in_registry=listed is not None,
        created_at=None if listed is None else listed.created_at,
        run_id=None if listed is None else listed.run_id,
        first_row_at=None if judged is None else judged.first_start,
        last_row_at=None if judged is None else judged.last_end,
        n_rows=0 if judged is None else judged.n_rows,
        metric_title=title(leading) if judged is not None and judged.value is not None else None,
        value=None if judged is None else judged.value,
        low=None if judged is None else judged.low,
        high=None if judged is None else judged.high,
        n=None if judged is None else judged.n,
        estimated=bool(judged and judged.estimated),
    )

"""The Fairness view: how groups of people are treated in some windows, how sure that is, and since when."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from core.domain import Task
from core.errors import NotFound
from core.policy.rules import Policy
from core.pooled import Pooled, Stretch, needs_labels, read_pooled
from core.spec import MonitorSpec
from core.store import Cursor, StateStore, StoredMonitor, statement
from core.views.build import fairness_cards as made
from core.views.build.fairness_cards import Asked
from core.views.build.group_levels import ERRORS, MEASURES, Group, Guards, Measure, best_off, groups_of
from core.views.build.impact import impact_of
from core.views.build.points import ShownWindow, shown_windows
from core.views.build.registry import registered
from core.views.drift import WindowNote
from core.views.fairness import FairnessScope, FairnessView, GroupLevel
from core.views.words import count, window

N_CHOICES = 100
N_PICKS = 200
"""Windows that can be picked one by one, the latest."""
_MOST_WINDOWS = 100_000
_WITHOUT = {
    "sensitive": (
        "{name} names no sensitive column in its spec, so there are no groups of people to compare. "
        "Write them there (sensitive: [sex, age_band]) and watch it again."
    ),
    "measure": (
        "{name} logs no {column}, so there is nothing to compare between groups: a classifier needs "
        "predictions, a regression model predictions and labels."
    ),
    "windows": "No window of {name} has closed yet. Groups are compared when the first one does.",
    "rows": "{name} has no rows in {period}, so there is nothing to compare.",
}


def build_fairness(
    cursor: Cursor,
    state: StateStore,
    scope: FairnessScope,
    *,
    now: datetime,
    policy_of: Callable[[StoredMonitor], Policy],
) -> FairnessView:
    """Read the Fairness view.

    Of one window the stored verdicts speak; over several windows together the policy's own rule judges, and
    the command beside the verdict prints the same.

    Parameters
    ----------
    cursor, state
        The two stores.
    scope
        What the link asks for. Without a model, the one with the least ratio between groups.
    now
        Aware UTC time.
    policy_of
        Returns the policy by which a model is judged.

    Raises
    ------
    NotFound
        The named model is not monitored, or has no such sensitive column, measure, window, class or group.
    """
    unequal = cursor.execute(statement("views_unequal")).fetchall()
    sensitive = {one.spec.model for one in state.list_monitors() if one.spec.sensitive}
    choices = tuple(model for (model,) in unequal if model in sensitive)[:N_CHOICES]
    name = scope.model or (choices[0] if choices else unequal[0][0] if unequal else None)
    nothing = FairnessView(as_of=now, scope=scope, models=choices, name=name)
    if name is None:
        return _empty(nothing, "No model is monitored yet, so no groups are compared.")
    try:
        monitor = state.monitor(name)
    except NotFound:
        if registered(cursor, name) is None:
            raise
        return _empty(nothing, f"{name} has no monitor, so nothing of it is compared between groups.")
    return _of_monitor(nothing, cursor, state, monitor, policy_of)


def _empty(nothing: FairnessView, reason: str) -> FairnessView:
    return replace(nothing, empty_title="No groups to compare", empty_reason=reason)


def _of_monitor(
    nothing: FairnessView,
    cursor: Cursor,
    state: StateStore,
    monitor: StoredMonitor,
    policy_of: Callable[[StoredMonitor], Policy],
) -> FairnessView:
    spec, scope = monitor.spec, nothing.scope
    nothing = replace(nothing, name=spec.model, task=spec.task, attributes=spec.sensitive)
    if not spec.sensitive:
        return _empty(nothing, _WITHOUT["sensitive"].format(name=spec.model))
    measures = measures_of(spec)
    if not measures:
        missing = "prediction" if spec.columns.prediction is None else "label"
        return _empty(nothing, _WITHOUT["measure"].format(name=spec.model, column=missing))
    windows = shown_windows(cursor, monitor.key, version=None, last=_MOST_WINDOWS)
    if not windows:
        return _empty(nothing, _WITHOUT["windows"].format(name=spec.model))
    chosen, period = _period(scope, windows)
    named = {one.name: one for one in measures}
    measure = named[_among("fairness measure", scope.measure, list(named)) or measures[0].name]
    stretch = Stretch(
        first=chosen[0].index,
        last=chosen[-1].index,
        version=chosen[0].version if scope.window is not None else None,
    )
    pooled = read_pooled(cursor, monitor, stretch, binned=bool(spec.columns.scores))
    attribute = _among("sensitive column", scope.attribute, spec.sensitive) or made.least_alike(pooled, spec)
    nothing = replace(
        nothing,
        attribute=attribute,
        measures=tuple((one.name, one.title) for one in measures),
        measure=measure.name,
        title=measure.title,
        windows=tuple(
            WindowNote(index=one.index, start=one.start, end=one.end, n=one.n) for one in windows[-N_PICKS:]
        ),
        period=period,
        version=", ".join(dict.fromkeys(one.version for one in chosen)),
        n=pooled.whole.n,
    )
    if not pooled.whole.n:
        return _empty(nothing, _WITHOUT["rows"].format(name=spec.model, period=period))
    classes = _classes(pooled, spec)
    policy = policy_of(monitor)
    asked = Asked(
        cursor=cursor,
        monitor=monitor,
        scope=scope,
        attribute=attribute,
        measure=measure,
        of_class=_among("class", scope.of_class, classes) or (classes[0] if classes else None),
        windows=windows,
        chosen=chosen,
        pooled=pooled,
        policy=policy,
        guards=Guards.of(policy, measure),
        now=nothing.as_of,
    )
    return _filled(replace(nothing, classes=classes), asked, state)


def _filled(nothing: FairnessView, asked: Asked, state: StateStore) -> FairnessView:
    measured = asked.measured((asked.attribute,))
    groups = groups_of(measured, asked.measure.name)
    stored = made.stored_history(asked)
    shown = made.levels_of(asked, groups, stored)
    best = best_off(groups, asked.measure, asked.guards)
    base = _reference(asked.scope, groups) or best
    beside = made.contrasts_of(asked, groups, base, best)
    spec = asked.spec
    return replace(
        nothing,
        of_class=asked.of_class,
        unit=made.unit(asked, groups),
        what=asked.measure.what.format(positive=asked.of_class or spec.positive or "1"),
        sentence=_sentence(asked, shown),
        verdict=made.verdict_of(asked, measured, stored),
        labels=made.labels_of(asked),
        limit_low=asked.guards.limit.low,
        limit_high=asked.guards.limit.high,
        min_rows=asked.guards.min_rows,
        levels=shown,
        comparison=asked.measure.comparison,
        reference=None if base is None else base.name,
        is_chosen=base is not None and base.name == asked.scope.against,
        contrasts=beside,
        contrast_note=made.contrast_note(asked, base, beside),
        tradeoff=made.tradeoff_of(asked),
        crossing=made.crossing_of(asked),
        history=made.history_of(asked, stored, state.incidents(spec.model)),
        impact=impact_of(asked),
    )


def measures_of(spec: MonitorSpec) -> tuple[Measure, ...]:
    """Return what can be compared between groups of a model, from the columns that its rows carry."""
    has_label = spec.columns.label is not None
    if spec.columns.prediction is None:
        return ()
    if spec.task is Task.REGRESSION:
        return ERRORS if has_label else ()
    is_scored = spec.task is Task.BINARY and bool(spec.columns.scores)
    return tuple(
        one
        for one in MEASURES
        if (has_label or not needs_labels(one.name)) and (is_scored or one.name != "calibration_error")
    )


def _period(scope: FairnessScope, windows: Sequence[ShownWindow]) -> tuple[tuple[ShownWindow, ...], str]:
    """Return the windows that are asked for, and how to call them."""
    if scope.window is not None:
        one = next((own for own in windows if own.index == scope.window), None)
        if one is None:
            hint = f"Windows {windows[0].index} to {windows[-1].index} have closed."
            raise NotFound("closed window", str(scope.window), hint=hint)
        return (one,), window(one.start, one.end, one.index)
    chosen = tuple(windows[-scope.last :]) if scope.last else tuple(windows)
    first, last = chosen[0], chosen[-1]
    if len(chosen) == 1:
        return chosen, window(first.start, first.end, first.index)
    span = f"windows {first.index} to {last.index}"
    if first.start is not None and last.end is not None:
        span = window(first.start, last.end)
    return chosen, f"{span} ({count(len(chosen), 'window')})"


def _among(kind: str, wanted: str | None, known: Sequence[str]) -> str | None:
    """Return what is wanted where it is known, None where nothing is; raises ``NotFound``."""
    if wanted is not None and wanted not in known:
        raise NotFound(kind, wanted, hint=f"There are {', '.join(known)}.")
    return wanted


def _classes(pooled: Pooled, spec: MonitorSpec) -> tuple[str, ...]:
    """Return the classes of a model with several, the one predicted most often first."""
    cells = pooled.whole.outcomes
    if spec.task is not Task.MULTICLASS or cells is None:
        return ()
    seen = {name for name in (*cells.label, *cells.prediction) if name is not None}
    n = dict.fromkeys(sorted(seen), 0)
    for name, rows in zip(cells.prediction, cells.n, strict=True):
        if name is not None:
            n[name] += rows
    return tuple(sorted(n, key=lambda name: -n[name]))


def _reference(scope: FairnessScope, groups: Sequence[Group]) -> Group | None:
    named = {group.name: group for group in groups}
    wanted = _among("group", scope.against, list(named))
    return None if wanted is None else named[wanted]


def _sentence(asked: Asked, shown: Sequence[GroupLevel]) -> str:
    """Say which groups lie farthest apart."""
    told = [one for one in shown if one.value is not None]
    if not told:
        return f"No group has a {asked.measure.title.lower()} to show in {asked.period}."
    least = min(told, key=lambda one: one.value or 0.0)
    most = max(told, key=lambda one: one.value or 0.0)
    number = made.number(asked)
    if least is most:
        return (
            f"{asked.measure.title} of {least.name} is {number(least.value)}; no other group has enough rows."
        )
    return (
        f"{asked.measure.title} is lowest for {least.name} ({number(least.value)}) and highest for "
        f"{most.name} ({number(most.value)})."
    )

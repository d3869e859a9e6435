"""What each card of the Fairness page is made of, once it is known what a link asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from core.domain import Incident, Measurement, Status, Task
from core.metrics.measure import measure_fairness
from core.policy.ratios import RATIOS, Compared, compare
from core.policy.rules import Policy
from core.pooled import Pooled, cells_by_window, judge_pooled, measure_pooled, needs_labels
from core.spec import MonitorSpec
from core.store import Cursor, StoredMonitor
from core.views.build import group_history as histories
from core.views.build.group_levels import (
    JUDGED_FROM,
    Group,
    Guards,
    Measure,
    best_off,
    cells,
    contrasts,
    groups_of,
    levels,
)
from core.views.build.points import Record, ShownWindow, score_edges
from core.views.build.tradeoff import tradeoff
from core.views.drift import WindowNote
from core.views.fairness import (
    Crossing,
    FairHistory,
    FairnessScope,
    GroupContrast,
    GroupLevel,
    LabelNote,
    Told,
    Tradeoff,
)
from core.views.words import count, span, window

N_HISTORY = 60
MOST_GROUPS = 12
"""Groups on a side of the crossing, the largest ones."""

Stored = Mapping[str, Sequence[Record]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a link asks for, found in the model: what all cards are made of."""

    cursor: Cursor
    monitor: StoredMonitor
    scope: FairnessScope
    attribute: str
    measure: Measure
    of_class: str | None
    windows: tuple[ShownWindow, ...]
    chosen: tuple[ShownWindow, ...]
    pooled: Pooled
    policy: Policy
    guards: Guards
    now: datetime

    @property
    def spec(self) -> MonitorSpec:
        """The model's spec."""
        return self.monitor.spec

    @property
    def single(self) -> ShownWindow | None:
        """The one window that is asked for; None for several together."""
        return self.chosen[0] if self.scope.window is not None else None

    @property
    def period(self) -> str:
        """The windows in words."""
        return window(self.chosen[0].start, self.chosen[-1].end, self.chosen[-1].index)

    def measured(self, by: tuple[str, ...]) -> list[Measurement]:
        """Return what the groups of these columns measure in the windows together."""
        calibrated = self.measure.name == "calibration_error"
        return measure_pooled(self.pooled, by, self.spec, of_class=self.of_class, calibrated=calibrated)

    def command(self, *by: str) -> str:
        """Return the command that prints the same."""
        first, last = self.chosen[0].index, self.chosen[-1].index
        asked = str(first) if first == last else f"{first}..{last}"
        parts = ["trimtab fairness", quote(self.spec.model), "--by", quote(",".join(by)), "--windows", asked]
        if self.single is not None:
            parts += ["--version", quote(self.single.version)]
        if self.of_class is not None:
            parts += ["--class", quote(self.of_class)]
        return " ".join(parts)


def least_alike(pooled: Pooled, spec: MonitorSpec) -> str:
    """Return the sensitive column whose large groups are selected least alike; the first where none is."""
    found: dict[str, float] = {}
    for name in spec.sensitive if len(spec.sensitive) > 1 and spec.task is Task.BINARY else ():
        measured = measure_fairness(pooled.whole, (name,), spec, calibrated=False)
        rates = [one for one in measured if one.metric == "selection_rate"]
        compared = compare([rates], JUDGED_FROM)
        if compared is not None:
            found[name] = compared.value
    return min(found, key=found.__getitem__, default=spec.sensitive[0])


def number(asked: Asked) -> Callable[[float | None], str]:
    """Return how the measure is written in a sentence: rates as per cent."""
    if asked.spec.task is Task.REGRESSION:
        return lambda value: "–" if value is None else f"{value:.3g}".replace("-", "−")
    return lambda value: "–" if value is None else f"{100 * value:.1f} %"


def unit(asked: Asked, groups: Sequence[Group]) -> str:
    """Return the unit to show."""
    return histories.unit_of(asked.measure, groups[0].one.unit if groups else "")


def stored_history(asked: Asked) -> Stored:
    """Return what is stored of each group, over the latest windows and the one asked for."""
    if asked.of_class is not None and asked.measure.name != "accuracy":
        return {}
    windows = tuple(dict.fromkeys((*asked.chosen[:1], *asked.windows[-N_HISTORY:])))
    return histories.stored_groups(
        asked.cursor, asked.monitor.key, windows, asked.attribute, asked.measure.name
    )


def levels_of(asked: Asked, groups: Sequence[Group], stored: Stored) -> tuple[GroupLevel, ...]:
    """Return each group's number; of one window with its stored verdict."""
    one = asked.single
    if one is None:
        return levels(groups, {})
    own = {
        name: next((r for r in rows if r.window_index == one.index), None) for name, rows in stored.items()
    }
    return levels(groups, {name: record for name, record in own.items() if record is not None})


def contrasts_of(
    asked: Asked, groups: Sequence[Group], base: Group | None, best: Group | None
) -> tuple[GroupContrast, ...]:
    """Return each group beside the reference group."""
    compared = _compared(asked, groups) if base is best else None
    return contrasts(groups, base, asked.measure, asked.guards, compared)


def _compared(asked: Asked, groups: Sequence[Group]) -> Compared | None:
    """Return what the policy's rule compares: the group farthest from the best-off one."""
    if asked.measure.judged not in RATIOS:
        return None
    return compare([[group.one for group in groups]], asked.guards.min_rows)


def contrast_note(asked: Asked, base: Group | None, beside: Sequence[GroupContrast]) -> str:
    """Say how many groups lie outside the band, or why nothing is compared."""
    if base is None:
        return f"No group has the {asked.guards.min_rows} rows that a comparison takes."
    judged = [one for one in beside if one.mark not in {"unknown", "reference"}]
    if not judged:
        return f"No other group has the {asked.guards.min_rows} rows that a comparison takes."
    if asked.measure.comparison == "difference":
        n = sum(one.mark == "crosses" for one in judged)
        return f"{n} of {count(len(judged), 'group')} differ from {base.name} by more than chance explains."
    outside = [one.name for one in judged if one.mark == "outside"]
    crossing = [one.name for one in judged if one.mark == "crosses"]
    parts = [
        f"outside the band: {', '.join(outside)}" if outside else "",
        f"on its edge: {', '.join(crossing)}" if crossing else "",
    ]
    told = "; ".join(part for part in parts if part)
    return f"{told[0].upper()}{told[1:]}." if told else "All compared groups lie inside the band."


def verdict_of(asked: Asked, measured: Sequence[Measurement], stored: Stored) -> Told | None:
    """Return the verdict: the stored one of a window, else the rule's over all windows together.

    A measure that is judged group by group has verdicts on single windows only: the worst one in the latest
    window that could be judged.
    """
    if asked.measure.judged is not None:
        found = _of_gap(asked) or pooled_verdict(asked, measured, asked.attribute)
        if found is not None:
            return found
    judged = [
        record
        for rows in stored.values()
        for record in rows
        if record.verdict is not None
        and (asked.single is None or record.window_index == asked.single.index)
        and (asked.single is not None or record.verdict is not Status.UNKNOWN)
    ]
    if not judged:
        return None
    last = max(record.window_index for record in judged)
    rank = (Status.UNKNOWN, Status.PASS, Status.WARN, Status.FAIL)
    worst = max(
        (record for record in judged if record.window_index == last),
        key=lambda record: rank.index(record.verdict or Status.UNKNOWN),
    )
    return _told(asked, worst)


def _told(asked: Asked, record: Record) -> Told:
    point = record.point()
    return Told(
        status=record.verdict or Status.UNKNOWN,
        sentence=record.sentence or "",
        window=WindowNote(index=record.window_index, start=point.start, end=point.end, n=record.n),
        verdict_id=record.verdict_id,
        command=f"trimtab verdicts {quote(asked.spec.model)}",
    )


def _of_gap(asked: Asked) -> Told | None:
    """Return the stored verdict on the ratio between all groups, of the one window that is asked for."""
    one = asked.single
    if one is None or asked.measure.judged is None or asked.of_class is not None:
        return None
    found = histories.gap_records(
        asked.cursor, asked.monitor.key, [one], asked.attribute, asked.measure.judged
    )
    return next((_told(asked, record) for record in found if record.verdict is not None), None)


def pooled_verdict(asked: Asked, measured: Sequence[Measurement], *by: str) -> Told | None:
    """Return what the policy's rule says of the ratio between all groups in the windows together."""
    judged = judge_pooled(measured, asked.pooled, asked.spec, asked.policy, now=asked.now)
    own = next((one for one in judged if one.measurement.metric == asked.measure.judged), None)
    if own is None:
        return None
    command = asked.command(*by)
    return Told(status=own.status, sentence=own.sentence, window=None, verdict_id=None, command=command)


def labels_of(asked: Asked) -> LabelNote:
    """Say which rows wait for labels, and which can never have one."""
    pooled, spec = asked.pooled, asked.spec
    if not needs_labels(asked.measure.name):
        return LabelNote()
    n, n_windows, parts = pooled.n_waiting, len(pooled.unripe), []
    if n:
        delay = spec.label_delay.total_seconds()
        late = f" (label delay {span(delay)})" if delay else ""
        parts.append(
            f"{n:,} of {pooled.whole.n:,} rows, in {count(n_windows, 'window')}, wait for their labels{late} "
            "and are left out."
        )
    if pooled.ripe.n_unlabellable:
        parts.append(f"{pooled.ripe.n_unlabellable:,} rows can never have a label and are in no number here.")
    return LabelNote(n=pooled.whole.n, n_waiting=n, n_windows=n_windows, text=" ".join(parts))


def tradeoff_of(asked: Asked) -> Tradeoff:
    """Return what other thresholds would give."""
    spec = asked.spec
    if spec.task is not Task.BINARY or not spec.columns.scores:
        return Tradeoff(missing="Only a binary model with a score has a threshold to move.")
    if spec.columns.label is None:
        return Tradeoff(missing="Accuracy needs labels, and this model's rows carry none.")
    if not asked.pooled.ripe.n:
        return Tradeoff(missing="All rows of these windows wait for their labels, so accuracy is not known.")
    return tradeoff(
        asked.pooled.ripe.outcomes,
        spec.sensitive.index(asked.attribute),
        score_edges(asked.cursor, asked.monitor.key),
        spec.positive or "1",
        asked.guards,
    )


def crossing_of(asked: Asked) -> Crossing | None:
    """Return the attribute crossed with another one; None where the model has no other."""
    others = [name for name in asked.spec.sensitive if name != asked.attribute]
    if not others:
        return None
    column = asked.scope.cross if asked.scope.cross in others else others[0]
    measured = asked.measured((asked.attribute, column))
    groups = groups_of(measured, asked.measure.name)
    best = best_off(groups, asked.measure, asked.guards)
    compared = _compared(asked, groups)
    found = cells(groups, (asked.attribute, column), best, asked.measure, asked.guards, compared)
    rows, columns = (_largest(found, side) for side in ("row", "column"))
    kept = tuple(one for one in found if one.row in rows and one.column in columns)
    verdict = pooled_verdict(asked, measured, asked.attribute, column)
    named = (
        "" if best is None else ", ".join(best.segment.as_dict()[name] for name in (asked.attribute, column))
    )
    outside = [one for one in kept if one.mark == "outside"]
    small = sum(one.n < 30 for one in kept)
    return Crossing(
        column=column,
        rows=rows,
        columns=columns,
        cells=kept,
        best=named,
        verdict=verdict,
        sentence=_crossed(asked, named, len(outside), len(kept), small),
    )


def _largest(found: Sequence[object], side: str) -> tuple[str, ...]:
    n: dict[str, int] = {}
    for one in found:
        name = str(getattr(one, side))
        n[name] = n.get(name, 0) + int(getattr(one, "n"))  # noqa: B009
    kept = sorted(n, key=lambda name: -n[name])[:MOST_GROUPS]
    return tuple(sorted(kept, key=lambda name: (name.startswith("("), name)))


def _crossed(asked: Asked, best: str, n_outside: int, n: int, n_small: int) -> str:
    if not best:
        return f"No crossed group has the {asked.guards.min_rows} rows that a comparison takes."
    withheld = f" {count(n_small, 'group')} under 30 rows withheld." if n_small else ""
    if asked.measure.comparison == "difference":
        return f"Each cell is the difference to the best-off one, {best}.{withheld}"
    return (
        f"{n_outside} of {count(n, 'crossed group')} lie wholly outside the band, beside the best-off one, "
        f"{best}.{withheld}"
    )


def history_of(asked: Asked, stored: Stored, incidents: Sequence[Incident]) -> FairHistory:
    """Return the measure of each group over the latest windows."""
    windows = asked.windows[-N_HISTORY:]
    if stored or asked.of_class is None:
        indexes = {one.index for one in windows}
        recent = {name: [r for r in rows if r.window_index in indexes] for name, rows in stored.items()}
        groups = histories.group_series({name: rows for name, rows in recent.items() if rows}, asked.measure)
    else:
        of_windows = cells_by_window(asked.cursor, asked.monitor.key, [one.index for one in windows])
        groups = histories.computed_groups(
            of_windows,
            windows,
            asked.pooled.whole,
            asked.spec,
            asked.attribute,
            asked.measure,
            asked.of_class,
        )
    ratio = None
    if asked.of_class is None and asked.measure.judged is not None:
        ratio = histories.between(
            asked.cursor, asked.monitor.key, windows, asked.attribute, asked.measure.judged
        )
    return histories.history(
        groups,
        ratio,
        incidents,
        measure=asked.measure,
        picked=asked.scope.group,
    )

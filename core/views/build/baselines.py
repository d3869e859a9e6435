"""What the Drift page compares windows with, where a reader asks for something else than the verdicts do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from core.domain import Baseline, Measurement, Role, Window
from core.profiles.seasons import slot_of
from core.spec import MonitorSpec
from core.store import Cursor, StoredMonitor
from core.store.judgements import aware
from core.views.build.bins import Base
from core.views.build.column_verdicts import ColumnVerdict
from core.views.build.points import Record, ShownWindow, records

Compare: TypeAlias = Callable[[StoredMonitor, Baseline, Sequence[int]], Sequence[Measurement]]
"""Gives a model's distances from another baseline in some of its windows."""

Place: TypeAlias = tuple[str, str | None, str, int]
"""Role, feature, metric, window."""

_SEASONS = {"weekday": "weekday", "hour": "hour", "weekday_hour": "weekday and hour"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What distances are from, and what the verdicts rest on; see :func:`asked`."""

    baseline: Baseline
    stored: Baseline
    titles: Mapping[Baseline, str]
    words: Mapping[Baseline, str]

    @property
    def is_judged(self) -> bool:
        """Whether the distances shown are those that were judged."""
        return self.baseline == self.stored

    @property
    def text(self) -> str:
        """Return what a reader must know; empty where the reference is all there is to know."""
        if not self.is_judged:
            return (
                f"Distances are from {self.words[self.baseline]}. The verdicts (▲ ■) and the limits stay "
                f"those of the distances from {self.words[self.stored]}."
            )
        return "" if self.stored == "fixed" else f"Windows are held to {self.words[self.stored]}."


def asked(spec: MonitorSpec, baseline: Baseline | None) -> Asked:
    """Return what is compared with what; a baseline that the model lacks stands for the stored one."""
    stored: Baseline = "fixed" if spec.seasonality is None else "seasonal"
    titles: dict[Baseline, str] = {"fixed": "Reference", "previous": "Window before"}
    words: dict[Baseline, str] = {"fixed": "the reference", "previous": "the window before"}
    if spec.seasonality is not None:
        season = _SEASONS[spec.seasonality.value]
        titles["seasonal"] = f"Same {season}"
        words["seasonal"] = f"the reference's windows of the same {season}"
    known = baseline if baseline in titles else stored
    return Asked(baseline=known or stored, stored=stored, titles=titles, words=words)


def distances(
    cursor: Cursor,
    monitor: StoredMonitor,
    windows: Sequence[ShownWindow],
    roles: Sequence[Role],
    shown: Asked,
    compare: Compare,
) -> dict[Place, Record]:
    """Return the distances of the shown windows from a baseline that no verdict rests on."""
    if shown.baseline == "fixed":
        found = records(cursor, monitor.key, windows, roles, baseline="fixed")
    else:
        versions = {one.index: one.version for one in windows}
        found = [
            _record(one)
            for one in compare(monitor, shown.baseline, tuple(versions))
            if not one.segment.pairs
            and one.role in roles
            and one.window.index is not None
            and versions.get(one.window.index) == one.version
        ]
    return {(one.role, one.feature, one.metric, one.window_index): one for one in found if not one.estimated}


def instead(judged: Sequence[ColumnVerdict], other: Mapping[Place, Record]) -> list[ColumnVerdict]:
    """Return verdicts with the numbers of another baseline; status and limit stay.

    What is no distance, a rate say, has the same number whatever it is compared with.
    """
    metrics = {metric for _, _, metric, _ in other}
    return [
        _with(one, other.get((one.role, one.feature, one.metric, one.window_index)))
        if one.metric in metrics
        else one
        for one in judged
    ]


def _with(one: ColumnVerdict, number: Record | None) -> ColumnVerdict:
    return one._replace(value=None if number is None else number.value)


def base_of(cursor: Cursor, key: str, spec: MonitorSpec, shown: Asked, at: ShownWindow) -> Base:
    """Return the profiles that a window's distribution is drawn beside."""
    name = shown.titles[shown.baseline]
    if shown.baseline == "previous":
        # Before the first window lies the reference's last one.
        return Base(name=name, is_reference=at.index == 0, indexes=(at.index - 1,))
    if shown.baseline == "fixed" or spec.seasonality is None:
        return Base(name=name)
    slot = slot_of(Window(index=at.index, start=at.start, end=at.end), spec.seasonality)
    own = cursor.execute(
        "SELECT DISTINCT window_index, window_start, window_end FROM profiles"
        " WHERE model_key = ? AND is_reference AND window_index < 0 AND segment = 0 AND n > 0",
        [key],
    ).fetchall()
    alike = sorted(
        index
        for index, start, end in own
        if slot_of(Window(index=index, start=aware(start), end=aware(end)), spec.seasonality) == slot
    )
    return Base(name=name, indexes=tuple(alike))


def _record(one: Measurement) -> Record:
    return Record(
        identity=one.identity,
        baseline=one.baseline,
        metric=one.metric,
        role=one.role.value,
        feature=one.feature,
        window_index=one.window.index or 0,
        start=one.window.start,
        end=one.window.end,
        n=one.n,
        value=one.value,
        low=one.low,
        high=one.high,
        unit=one.unit,
        method=one.method,
        estimated=one.estimated,
        n_reference=one.n_reference,
        p_value=one.p_value,
        missing=one.reason,
    )

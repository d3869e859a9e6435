"""From figures to levels: each rung is a condition on figures, and what it lacks is a sentence. Pure.

Level 1 is where everybody begins. A level is reached with all conditions up to it; a figure that is not
known fulfils nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.action import MoveKind
from core.kpis.facts import Facts
from core.views.kpis import Kpi, Maturity

AREAS = ("data", "model", "governance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One condition of a level on a figure: whether it holds, and the sentence for either case."""

    figure: str
    level: int
    holds: bool
    has: str
    lacks: str


def maturity(facts: Facts, figures: Sequence[Kpi]) -> tuple[Maturity, ...]:
    """Return how far data, models and governance are."""
    known = {one.name: one for one in figures}
    rungs = (_data(known), _model(known), _governance(known, facts))
    return tuple(_climbed(area, found) for area, found in zip(AREAS, rungs, strict=True))


def _climbed(area: str, rungs: Sequence[Rung]) -> Maturity:
    level = 1
    while level < 5 and all(one.holds for one in rungs if one.level == level + 1):
        level += 1
    return Maturity(
        area=area,
        level=level,
        # Of several bounds on one figure the highest that holds says it all.
        has=tuple({one.figure: one.has for one in rungs if one.holds and one.level <= level}.values()),
        lacks=tuple(one.lacks for one in rungs if not one.holds and one.level == level + 1),
    )


def _data(known: Mapping[str, Kpi]) -> tuple[Rung, ...]:
    return (
        _least(2, known["monitored"], 0.5, "Watch more models"),
        _least(3, known["monitored"], 0.9, "Watch more models"),
        _known(3, known["label_delay"], "Send labels, so that performance is measured and not estimated"),
        _most(4, known["time_to_detect"], 7.0, "Shorten windows or persistence"),
        _least(5, known["alarm_precision"], 0.8, "Tune the rules that raise false alarms"),
        _least(5, known["monitored"], 0.99, "Watch every model"),
    )


def _model(known: Mapping[str, Kpi]) -> tuple[Rung, ...]:
    return (
        _least(2, known["validated"], 0.5, "Validate champions: trimtab validate MODEL VERSION"),
        _least(3, known["validated"], 0.9, "Validate champions: trimtab validate MODEL VERSION"),
        _most(4, known["lead_time"], 30.0, "Bring registered versions into production sooner"),
        _most(4, known["change_failure_rate"], 0.15, "Hold candidates to stricter gates"),
        _most(5, known["time_to_restore"], 1.0, "Roll back sooner"),
        _least(5, known["deployment_frequency"], 1.0, "Release smaller changes more often"),
    )


def _governance(known: Mapping[str, Kpi], facts: Facts) -> tuple[Rung, ...]:
    owned = [one for one in facts.models if one.owner]
    n = len(facts.models)
    share = Kpi(
        name="owned",
        title="Models with an owner",
        unit="share",
        n=n,
        counted="",
        value=len(owned) / n if n else None,
        reason="" if n else "there is no model",
    )
    past = sum(move.kind is MoveKind.EXTERNAL for move in facts.moves)
    late = sum(one.n_overdue_findings for one in facts.models)
    return (
        _least(2, share, 0.9, "Name owners in the specs"),
        _least(3, known["documented"], 0.5, "Complete the evidence: trimtab evidence MODEL"),
        _least(4, known["documented"], 0.9, "Complete the evidence: trimtab evidence MODEL"),
        Rung(
            figure="reviews",
            level=4,
            holds=facts.n_reviews > 0,
            has="A review was held in the last 90 days.",
            lacks="Hold a review: none was closed in the last 90 days.",
        ),
        Rung(
            figure="external changes",
            level=5,
            holds=not past,
            has="No champion was moved past Trimtab.",
            lacks=f"Move champions here alone: {past} moved past Trimtab in this time.",
        ),
        Rung(
            figure="overdue findings",
            level=5,
            holds=not late,
            has="No finding is overdue.",
            lacks=f"Close what is overdue: {late} findings.",
        ),
    )


def _least(level: int, figure: Kpi, wanted: float, advice: str) -> Rung:
    return _bound(level, figure, wanted, advice, at_least=True)


def _most(level: int, figure: Kpi, wanted: float, advice: str) -> Rung:
    return _bound(level, figure, wanted, advice, at_least=False)


def _bound(level: int, figure: Kpi, wanted: float, advice: str, *, at_least: bool) -> Rung:
    needed = f"{'at least' if at_least else 'at most'} {shown(wanted, figure.unit)}"
    if figure.value is None:
        lacks = f"{advice}: {figure.title.lower()} is not known ({figure.reason}); {needed} is needed."
        return Rung(figure=figure.name, level=level, holds=False, has="", lacks=lacks)
    now = shown(figure.value, figure.unit)
    holds = figure.value >= wanted if at_least else figure.value <= wanted
    return Rung(
        figure=figure.name,
        level=level,
        holds=holds,
        has=f"{figure.title} {now} ({needed}).",
        lacks=f"{advice}: {figure.title.lower()} is {now}, {needed} is needed.",
    )


def _known(level: int, figure: Kpi, advice: str) -> Rung:
    has = "" if figure.value is None else f"{figure.title} {shown(figure.value, figure.unit)}."
    lacks = f"{advice}: {figure.title.lower()} is not known ({figure.reason})."
    return Rung(figure=figure.name, level=level, holds=figure.value is not None, has=has, lacks=lacks)


def shown(value: float, unit: str) -> str:
    """Return a figure with its unit.

    Examples
    --------
    >>> shown(0.905, "share"), shown(0.996, "share"), shown(7.0, "days"), shown(1.25, "per 30 days")
    ('90.5 %', '99.6 %', '7 days', '1.2 per 30 days')
    """
    if unit == "share":
        return f"{value * 100:.1f}".removesuffix(".0") + " %"
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"

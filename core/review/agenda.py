"""What is there to talk about? Facts in, items out, the gravest first. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from core.action import Move, MoveKind, shown_version
from core.candidate import Waiver
from core.domain import Health, Incident, IncidentStatus, Risk, Severity
from core.finding import Finding
from core.incidents.causes import headline
from core.incidents.ranking import RISK_WEIGHT
from core.policy.rules import Group
from core.views.review import Answers, Item, ItemKind
from core.views.series import Series
from core.views.words import count, day, sentence

ENDING = timedelta(days=30)
"""A waiver that ends so soon is talked about."""
MOST = 40
"""Items of one agenda: more than this nobody decides in a meeting."""
_OPEN, _TROUBLE, _DUTY, _TOLD, _OVER = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model as the agenda speaks of it; ``rows_a_day`` is its usual traffic, ``leading`` its metric."""

    registry: str
    model: str
    owner: str | None = None
    risk: Risk | None = None
    status: Health = Health.UNKNOWN
    rows_a_day: float = 1.0
    leading: Series | None = None

    @property
    def weight(self) -> float:
        """Rows a day weighted by the risk tier: what a failure would touch."""
        return self.rows_a_day * RISK_WEIGHT[self.risk or Risk.MEDIUM]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """An incident, how much it matters (:func:`core.incidents.ranking.consequence`), and its metric.

    ``answers`` is how the model has answered since it began.
    """

    incident: Incident
    consequence: float
    series: Series | None = None
    answers: Answers = Answers.WAIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Unvalidated:
    """A champion whose validation is missing, failed or past its day; ``sentence`` says which."""

    version: str
    failed: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """Evidence of a model that no longer holds, as the chapter on evidence tells it."""

    model: str
    item: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """An item with its rank: the tier first, then what it touches."""

    tier: int
    item: Item


def ordered(found: Sequence[Ranked]) -> tuple[Item, ...]:
    """Return the items, the gravest first: tier, then consequence, then name, so that the order is total."""
    ranked = sorted(found, key=lambda one: (one.tier, -one.item.consequence, one.item.model, one.item.id))
    return tuple(one.item for one in ranked)


def of_incident(about: Subject, trouble: Trouble, *, since: datetime, now: datetime) -> Ranked:
    """Return the item of an incident: open, aside for a while, or resolved since the last review."""
    one = trouble.incident
    item = replace(
        _item(about, ItemKind.FAIRNESS if one.rule == Group.FAIRNESS else ItemKind.INCIDENT, one.id),
        models=one.names,
        title=f"{one.rule.capitalize()} incident",
        at=one.opened_at,
        consequence=trouble.consequence,
        series=trouble.series,
        rule=one.rule,
        answers=trouble.answers,
    )
    if one.status is IncidentStatus.RESOLVED:
        who = one.resolved_by or "its rule"
        how = sentence(one.resolution or "without a cause")
        told = f"Resolved {day(one.resolved_at)} by {who}: {how} It was: {sentence(headline(one.cause))}"
        return Ranked(
            tier=_OVER,
            item=replace(
                item,
                kind=ItemKind.RESOLVED,
                title="Incident resolved",
                status=Health.HEALTHY,
                sentence=told,
                tells=True,
                consequence=about.weight,
            ),
        )
    grave = one.severity is Severity.CRITICAL
    age = "New" if one.opened_at >= since else "Still open"
    short, why = headline(one.cause), one.cause.removeprefix(headline(one.cause)).strip(" .")
    told = f"{sentence(short)} {age}: since {day(one.opened_at)}."
    aside = one.status is IncidentStatus.SNOOZED and one.snoozed_until is not None and one.snoozed_until > now
    if aside:
        told = f"{told} Aside until {day(one.snoozed_until)}, by {one.acknowledged_by or 'nobody'}."
    elif one.acknowledged_by:
        told = f"{told} {one.acknowledged_by} looks after it."
    status = Health.CRITICAL if grave else Health.WATCH
    return Ranked(
        tier=_DUTY if aside else _OPEN if grave else _TROUBLE,
        item=replace(item, status=status, sentence=told, detail=sentence(why)),
    )


def of_moves(about: Subject, moves: Sequence[Move]) -> list[Ranked]:
    """Return what was changed of a model's champion: external changes each, ours as one item.

    Parameters
    ----------
    moves
        Of the champion alias, since the last review, oldest first.
    """
    found = [
        Ranked(
            tier=_TROUBLE,
            item=replace(
                _item(about, ItemKind.EXTERNAL, f"{move.alias} {move.generation}"),
                title="External change",
                status=Health.WATCH,
                sentence=f"The champion was moved past Trimtab from {shown_version(move.from_version)} to"
                f" {shown_version(move.to_version)}; by whom is unknown. Seen {day(move.at)}.",
                at=move.at,
                version=move.to_version,
            ),
        )
        for move in moves
        if move.kind is MoveKind.EXTERNAL
    ]
    ours = [one for one in moves if one.kind in _OURS]
    if ours:
        last = ours[-1]
        before = count(len(ours) - 1, "change") + " before it. " if len(ours) > 1 else ""
        told = (
            f"{_OURS[last.kind]} from {shown_version(ours[-1].from_version)} to"
            f" {shown_version(last.to_version)} on {day(last.at)} by {last.actor}: {sentence(last.reason)}"
        )
        item = replace(
            _item(about, ItemKind.CHANGE, f"{last.alias} {last.generation}"),
            title=_OURS[last.kind],
            status=about.status,
            sentence=f"{told} {before}".strip(),
            at=last.at,
            version=last.to_version,
            tells=True,
        )
        found.append(Ranked(tier=_TOLD, item=item))
    return found


_OURS = {MoveKind.PROMOTE: "Promoted", MoveKind.ROLL_BACK: "Rolled back", MoveKind.RETIRE: "Retired"}


def of_waiver(about: Subject, waiver: Waiver, *, now: datetime) -> Ranked:
    """Return the item of a waiver that ends soon, or has ended since the last review."""
    ends = "ended" if waiver.until <= now else "ends"
    item = replace(
        _item(about, ItemKind.WAIVER, waiver.id),
        title="Waiver ends",
        status=Health.WATCH,
        sentence=f"{waiver.actor}'s waiver of gate {waiver.gate} for {shown_version(waiver.version)} {ends}"
        f" {day(waiver.until)}: {sentence(waiver.reason)}",
        at=waiver.at,
        version=waiver.version,
        gate=waiver.gate,
    )
    return Ranked(tier=_DUTY, item=item)


def of_validation(about: Subject, found: Unvalidated) -> Ranked:
    """Return the item of a champion that is not validated, or not any more."""
    item = replace(
        _item(about, ItemKind.VALIDATION, found.version),
        title="Validation",
        status=Health.WATCH if found.failed else Health.UNKNOWN,
        sentence=found.sentence,
        version=found.version,
    )
    return Ranked(tier=_TROUBLE if found.failed else _DUTY, item=item)


def of_findings(about: Subject, findings: Sequence[Finding], *, now: datetime) -> Ranked:
    """Return the item of a model's open findings, of which there is one at least."""
    worst = min(findings, key=lambda one: (_SEVERITY.index(one.severity.value), one.due_at, one.id))
    n_overdue = sum(one.overdue(now) for one in findings)
    late = f", {n_overdue} of them overdue" if n_overdue else ""
    item = replace(
        _item(about, ItemKind.FINDINGS, worst.id),
        title="Open findings",
        status=Health.WATCH,
        sentence=f"{count(len(findings), 'open finding')}{late}. The gravest ({worst.severity.value},"
        f" due {day(worst.due_at)}): {sentence(worst.title)}",
        at=min(one.opened_at for one in findings),
        version=worst.version,
    )
    return Ranked(tier=_TROUBLE if n_overdue else _DUTY, item=item)


_SEVERITY = ("high", "medium", "low")


def of_evidence(about: Subject, stale: Stale) -> Ranked:
    """Return the item of evidence that no longer holds."""
    item = replace(
        _item(about, ItemKind.EVIDENCE, stale.item),
        title="Stale evidence",
        status=Health.WATCH,
        sentence=sentence(stale.sentence),
    )
    return Ranked(tier=_DUTY, item=item)


def _item(about: Subject, kind: ItemKind, subject: str) -> Item:
    parts = f"{kind}\x1f{about.registry}\x1f{about.model}\x1f{subject}"
    return Item(
        id=sha256(parts.encode()).hexdigest()[:10],
        kind=kind,
        model=about.model,
        registry=about.registry,
        models=(about.model,),
        owner=about.owner,
        status=about.status,
        title="",
        sentence="",
        subject=subject,
        series=about.leading,
        consequence=about.weight,
    )

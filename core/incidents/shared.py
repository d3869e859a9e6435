"""Incidents of several models with one cause: which belong together, and what they are as one.

One broken feed makes every model that reads it fail on the same columns, in the same way, at the same time.
Each model keeps its incident, with a life of its own; the first of them leads, and the others are part of it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

from core.domain import Incident, IncidentStatus, Severity, Window
from core.incidents.causes import QUALITY, SHOWN
from core.incidents.lifecycle import awake, resolved_by_person

SHARE = 0.5
"""So much of the faults of whichever incident has fewer of them must be the other's too."""
REACH = timedelta(days=60)
"""Incidents whose openings lie further apart than this in event time are not compared."""

_Groups = dict[str, list[Incident]]


def can_share(incident: Incident) -> bool:
    """Return whether another model's incident may have the same cause.

    Needed are faults of columns and windows with times; what a person resolved is dealt with.
    """
    timed = incident.first_window.start is not None and incident.last_window.end is not None
    return bool(incident.faults) and timed and not resolved_by_person(incident)


def alike(one: Incident, other: Incident) -> bool:
    """Return whether two models' incidents speak of the same fault of the same columns at one time.

    Of the one with fewer faults at least half are the other's too, and their stretches overlap or touch in
    event time.
    """
    if one.model == other.model or one.rule != other.rule or not (can_share(one) and can_share(other)):
        return False
    common = set(one.faults) & set(other.faults)
    return len(common) >= SHARE * min(len(one.faults), len(other.faults)) and _gap(one, other, last=True) <= 0


def began_together(one: Incident, other: Incident) -> bool:
    """Return whether two incidents began within a window of each other: the longer of their first ones."""
    return _gap(one, other, last=False) <= max(_length(one.first_window), _length(other.first_window))


def join(incidents: Iterable[Incident], fresh: Collection[str]) -> list[Incident]:
    """Which incidents are part of which? Return those for which that changed.

    An incident, or a group of them, becomes part of another that began with it, if any of one is
    :func:`alike` any of the other. Of two the one leads that others are part of already, else the one that
    was known first, else the one that began first. So the id that people were told stays the one that counts.

    Parameters
    ----------
    incidents
        All that may belong together, those that are ``fresh`` included; their order does not matter.
    fresh
        Ids of those that are new, or speak of other columns than before. The others have been compared
        with each other already.

    Returns
    -------
    list of Incident
        Those with another ``part_of`` than before, ordered by id. None is ever taken out of a group.
    """
    before = {one.id: one for one in incidents}
    clusters = _Clusters(before, fresh)
    while clusters.settle():
        pass
    return [
        replace(before[identity], part_of=root)
        for identity, root in sorted(clusters.parts().items())
        if before[identity].part_of != root
    ]


def _groups(incidents: Mapping[str, Incident]) -> _Groups:
    groups: _Groups = defaultdict(list)
    for one in incidents.values():
        groups[one.part_of if one.part_of is not None and one.part_of in incidents else one.id].append(one)
    return groups


class _Clusters:
    """Groups that are being joined; only those that something fresh touches are compared with others."""

    def __init__(self, incidents: Mapping[str, Incident], fresh: Collection[str]) -> None:
        self._incidents = incidents
        self._fresh = fresh
        self._groups = _groups(incidents)
        self._faults: dict[str, set[str]] = {}
        self._with: dict[str, set[str]] = defaultdict(set)
        for root, members in self._groups.items():
            self._faults[root] = {fault for one in members for fault in one.faults}
            for fault in self._faults[root]:
                self._with[fault].add(root)
        self._touched = {
            root for root, members in self._groups.items() if any(one.id in fresh for one in members)
        }

    def settle(self) -> bool:
        """Let every group in turn take in what belongs to it; say whether any did."""
        places = {root: place for place, root in enumerate(sorted(self._groups, key=self._rank))}
        joined = False
        for lead in places:
            while lead in self._groups and (other := self._next(lead, places)) is not None:
                self._join(lead, other)
                joined = True
        return joined

    def parts(self) -> dict[str, str]:
        """Return the id of each incident that is part of another, and of which."""
        return {one.id: root for root, group in self._groups.items() for one in group if one.id != root}

    def _rank(self, root: str) -> tuple[bool, bool, float, str]:
        start = self._incidents[root].first_window.start
        began = 0.0 if start is None else start.timestamp()
        return len(self._groups[root]) == 1, root in self._fresh, began, root

    def _next(self, lead: str, places: Mapping[str, int]) -> str | None:
        """Return the first group behind this one that becomes part of it."""
        near = {root for fault in self._faults[lead] for root in self._with[fault]}
        if lead not in self._touched:
            near &= self._touched
        behind = sorted((root for root in near if places[root] > places[lead]), key=places.__getitem__)
        return next((root for root in behind if self._belong(lead, root)), None)

    def _belong(self, lead: str, other: str) -> bool:
        if not began_together(self._incidents[lead], self._incidents[other]):
            return False
        return any(alike(one, two) for one, two in product(self._groups[lead], self._groups[other]))

    def _join(self, lead: str, other: str) -> None:
        self._groups[lead] += self._groups.pop(other)
        for fault in self._faults[other]:
            self._with[fault] -= {other}
            self._with[fault].add(lead)
        self._faults[lead] |= self._faults.pop(other)
        self._touched.add(lead)


def gather(incidents: Sequence[Incident], now: datetime) -> list[Incident]:
    """Return the incidents as people see them: one per cause, those that are part of another in it.

    Parameters
    ----------
    incidents
        Of all models, in the order wanted.
    now
        Ends snoozes.
    """
    there = {one.id: awake(one, now) for one in incidents}
    members = _groups(there)
    return [as_one(members[one.id], now) for one in there.values() if one.part_of not in there]


def as_one(members: Sequence[Incident], now: datetime) -> Incident:
    """Return a lead and its parts as one incident; a single one as it is.

    It keeps the lead's id, model, opening and windows, and what people did to it: to acknowledge it says that
    somebody looks after the cause. It is open while any of its parts is, and as severe as the worst of them.
    """
    lead = next(one for one in members if one.part_of is None or len(members) == 1)
    if len(members) == 1:
        return lead
    still = [one for one in members if one.status is not IncidentStatus.RESOLVED]
    names = tuple(sorted({one.model for one in members} - {lead.model}))
    whole = replace(
        lead,
        severity=_worst(still or members),
        cause=_cause(members, len(names) + 1),
        features=tuple(dict.fromkeys(fault.partition(":")[2] for fault in _common(members))),
        verdicts=tuple(identity for one in members for identity in one.verdicts),
        faults=_common(members),
        models=(lead.model, *names),
    )
    if still:
        return replace(
            whole, status=_attention(lead, now), resolved_at=None, resolution=None, resolved_by=None
        )
    # What a person found says more than that the rules no longer fail.
    told = max(members, key=lambda one: (resolved_by_person(one), one.resolved_at or one.opened_at, one.id))
    return replace(
        whole,
        status=IncidentStatus.RESOLVED,
        resolved_at=max(one.resolved_at or one.opened_at for one in members),
        resolution=told.resolution,
        resolved_by=told.resolved_by,
    )


def decide(
    incident: Incident, parts: Sequence[Incident], change: Callable[[Incident], Incident], now: datetime
) -> tuple[Incident, list[Incident]]:
    """Do to an incident, and to those of its parts that are not resolved, what a person decided.

    Parameters
    ----------
    incident
        Whichever the person named; one that is itself a part is decided on alone.
    parts
        What is part of it, of other models.
    change
        One of :mod:`core.incidents.lifecycle`.
    now
        Wall clock.

    Returns
    -------
    tuple
        The incident as people see it then, and all that changed.

    Raises
    ------
    Conflict
        It is resolved already, with all its parts.
    """
    if not parts:
        alone = change(incident)
        return alone, [alone]
    members = [awake(one, now) for one in (incident, *parts)]
    whole = change(as_one(members, now))
    changed = [change(one) for one in members if one.status is not IncidentStatus.RESOLVED]
    if members[0].status is IncidentStatus.RESOLVED:
        # The lead has closed by its rule; what is decided on the whole is still kept with it.
        looked_after = replace(
            incident,
            acknowledged_by=whole.acknowledged_by,
            acknowledged_at=whole.acknowledged_at,
            snoozed_until=whole.snoozed_until,
        )
        changed.append(looked_after)
    return whole, changed


def _attention(lead: Incident, now: datetime) -> IncidentStatus:
    """Return what people did to a group; its lead may have closed by its rule while others are open."""
    if lead.status is not IncidentStatus.RESOLVED:
        return lead.status
    if lead.snoozed_until is not None and lead.snoozed_until > now:
        return IncidentStatus.SNOOZED
    return IncidentStatus.OPEN if lead.acknowledged_by is None else IncidentStatus.ACKNOWLEDGED


def _worst(members: Iterable[Incident]) -> Severity:
    critical = any(one.severity is Severity.CRITICAL for one in members)
    return Severity.CRITICAL if critical else Severity.WARNING


def _common(members: Sequence[Incident]) -> tuple[str, ...]:
    """Return the faults that most models have, the commonest first; those of one model only are left out."""
    counted = Counter(fault for one in members for fault in set(one.faults))
    most = min(2, max(counted.values(), default=0))
    return tuple(
        fault for fault, n in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])) if n >= most
    )


def _cause(members: Sequence[Incident], n_models: int) -> str:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for fault in _common(members):
        kind, _, column = fault.partition(":")
        by_kind[kind].append(column)
    told = "; ".join(f"{QUALITY.get(kind, 'drift on')} {_some(columns)}" for kind, columns in by_kind.items())
    names = list(
        dict.fromkeys(one.model for one in sorted(members, key=lambda one: (one.part_of or "", one.model)))
    )
    starts = [one.first_window.start for one in members if one.first_window.start is not None]
    since = f" since {min(starts):%d %b %Y}" if starts else ""
    return f"{told[:1].upper()}{told[1:]} in {n_models} models{since}: {_some(names)}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _length(window: Window) -> float:
    return 0.0 if window.start is None or window.end is None else (window.end - window.start).total_seconds()


def _gap(one: Incident, other: Incident, *, last: bool) -> float:
    """Return the seconds between two stretches, negative where they overlap; infinite without times."""
    stretches = []
    for incident in (one, other):
        start, end = (
            incident.first_window.start,
            (incident.last_window if last else incident.first_window).end,
        )
        if start is None or end is None:
            return float("inf")
        stretches.append((start.timestamp(), end.timestamp()))
    (a, b), (c, d) = stretches
    return max(a, c) - min(b, d)

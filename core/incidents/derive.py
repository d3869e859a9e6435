"""Verdicts of one model → its incidents: open, still open, closed, withdrawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import count
from types import MappingProxyType

from core.domain import Incident, IncidentStatus, Severity, Verdict, Window
from core.incidents.causes import cause, explained, faults, features
from core.incidents.lifecycle import BACK_WITHIN, RETIRED, WITHDRAWN, awake, resolved_by_person
from core.incidents.series import Episode, History, Series, arrange, clusters, episodes, index_of
from core.policy.rules import Group, Policy

NOTHING_EXPLAINED: Mapping[tuple[str, int], str] = MappingProxyType({})


def derive(
    known: History | Sequence[Verdict],
    policy: Policy,
    existing: Sequence[Incident],
    now: datetime,
    why: Mapping[tuple[str, int], str] = NOTHING_EXPLAINED,
) -> list[Incident]:
    """Which incidents does a model have, given all of its latest verdicts and what people did so far?

    A rule that fails in M of its last N judged windows opens one, per rule, feature, segment and version;
    windows that are UNKNOWN are passed over. Series of one group (drift, quality, performance, fairness,
    operations) that begin together are one incident. It closes by the same rule, is withdrawn when
    re-judged windows no longer support it, and comes back rather than anew within the cooldown.

    Parameters
    ----------
    known
        The latest revision of every verdict of one model, all windows, or what is to be known of them. WARN
        never opens an incident, but for drift beyond the reference's own that chance may explain: that
        counts for the longer persistence.
    policy
        Persistence and severity by rule, cooldown, grouping.
    existing
        The model's incidents as stored: acknowledgements, snoozes and resolutions are kept, and the
        failures that a person has resolved do not open another until the cooldown is over.
    now
        Wall clock: ends snoozes; stands in for the time of windows without times.
    why
        What was explained, by version and window: part of what an incident says, not of what it is.

    Returns
    -------
    list of Incident
        All incidents, existing ones included, by first window. Deriving again from the result changes
        nothing.
    """
    history = known if isinstance(known, History) else History.of(known)
    by_person = [one for one in existing if resolved_by_person(one)]
    # What no verdict opened, no verdict closes.
    apart = [one for one in existing if one.rule not in set(Group) and not resolved_by_person(one)]
    others = [one for one in existing if one.rule in set(Group) and not resolved_by_person(one)]
    found = [
        episode
        for series in arrange(history, policy)
        for episode in episodes(series, policy, after=_dealt_with(series, by_person, policy))
    ]
    groups = sorted(clusters(found, policy.same_start), key=_place)
    matches = _match(groups, others)
    continued = {one.id for one in matches.values()}
    incidents = (
        by_person
        + apart
        + [_left_over(one, history.judged, now) for one in others if one.id not in continued]
    )
    for i, group in enumerate(groups):
        taken = {one.id for one in (*existing, *incidents)}
        fresh = _incident(group, taken, history.n_features, policy, now)
        fresh = replace(fresh, cause=explained(fresh.cause, group, why))
        incidents.append(_continued(fresh, matches[i], now) if i in matches else fresh)
    return sorted(incidents, key=lambda one: (one.first_window.index or 0, one.rule, one.id))


def incident_id(model: str, group: str, first: Window, taken: Collection[str] = ()) -> str:
    """Return 16 hex digits for the incident of a model and group that began in a window.

    The same every time; where that id is ``taken`` by an incident that has ended, the next one.
    """
    numbered = (
        sha256("\x1f".join((model, group, str(first.index), str(number))).encode()).hexdigest()[:16]
        for number in count()
    )
    return next(identity for identity in numbered if identity not in taken)


def _dealt_with(series: Series, resolved: Sequence[Incident], policy: Policy) -> int:
    """Return up to which window a person's resolution covers this series; −1 if none does."""
    return max(
        (
            (one.last_window.index or 0) + policy.cooldown
            for one in resolved
            if one.rule == series.rule.group and not series.failed.isdisjoint(one.verdicts)
        ),
        default=-1,
    )


def _place(group: Sequence[Episode]) -> tuple[int, str]:
    return (min(one.first for one in group), group[0].series.rule.group)


def _match(groups: Sequence[Sequence[Episode]], existing: Sequence[Incident]) -> dict[int, Incident]:
    """Return group → the stored incident that it continues: the one whose failures it shares most."""
    pairs = [
        (len(ids & set(incident.verdicts)), i, incident)
        for i, group in enumerate(groups)
        for ids in [{fail.id for one in group for fail in one.fails}]
        for incident in existing
        if incident.rule == group[0].series.rule.group
    ]
    matches: dict[int, Incident] = {}
    for shared, i, incident in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2].id)):
        if shared and i not in matches and all(incident.id != one.id for one in matches.values()):
            matches[i] = incident
    return matches


def _incident(
    group: Sequence[Episode], taken: Collection[str], n_features: int, policy: Policy, now: datetime
) -> Incident:
    """Build the incident of a group as its verdicts alone tell it."""
    fails = sorted((fail for one in group for fail in one.fails), key=lambda one: (index_of(one), one.id))
    first, last = fails[0].measurement.window, fails[-1].measurement.window
    model, kind = fails[0].measurement.model, group[0].series.rule.group
    opened = min((one.opened_by for one in group), key=index_of).measurement.window
    incident = Incident(
        id=incident_id(model, kind, first, taken),
        model=model,
        severity=_severity(group, policy),
        status=IncidentStatus.OPEN,
        opened_at=opened.end or now,
        first_window=first,
        last_window=last,
        cause=cause(group, n_features),
        rule=kind,
        features=features(group),
        verdicts=tuple(fail.id for fail in fails),
        faults=faults(group),
    )
    if any(one.is_open for one in group):
        return incident
    closing, resolution = _closing(group)
    closed_at = closing.end or now
    return replace(incident, status=IncidentStatus.RESOLVED, resolved_at=closed_at, resolution=resolution)


def _continued(fresh: Incident, known: Incident, now: datetime) -> Incident:
    """Carry over what is on record of a stored incident: its id, its opening, what people did."""
    kept = replace(
        fresh,
        id=known.id,
        opened_at=known.opened_at,
        acknowledged_by=known.acknowledged_by,
        acknowledged_at=known.acknowledged_at,
        snoozed_until=known.snoozed_until,
        part_of=known.part_of,
    )
    if fresh.status is not IncidentStatus.RESOLVED:
        return replace(kept, status=_standing(known, now))
    if known.status is IncidentStatus.RESOLVED and known.resolution == fresh.resolution:
        return replace(kept, resolved_at=known.resolved_at)
    return kept


def _severity(group: Sequence[Episode], policy: Policy) -> Severity:
    """Return the most severe of the rules that failed."""
    failed = {fail.rule for one in group for fail in one.fails}
    critical = any(rule.id in failed and rule.severity is Severity.CRITICAL for rule in policy.rules)
    return Severity.CRITICAL if critical else Severity.WARNING


def _standing(known: Incident, now: datetime) -> IncidentStatus:
    """Return the state of a stored incident that goes on, or goes on again after its rule had closed it."""
    if known.status is not IncidentStatus.RESOLVED:
        return awake(known, now).status
    return IncidentStatus.OPEN if known.acknowledged_by is None else IncidentStatus.ACKNOWLEDGED


def _closing(group: Sequence[Episode]) -> tuple[Window, str]:
    """Return the window that ended the last of the episodes, and the sentence that says so."""
    last = max(group, key=lambda one: index_of(one.closed_by) if one.closed_by is not None else one.last)
    if last.closed_by is not None:
        window = last.closed_by.measurement.window
        return window, BACK_WITHIN.format(index=window.index)
    version = last.fails[-1].measurement.version
    return last.series.verdicts[-1].measurement.window, RETIRED.format(
        version=version, index=last.series.retired_at
    )


def _left_over(incident: Incident, judged: frozenset[int], now: datetime) -> Incident:
    """Withdraw an open incident that the verdicts no longer show, where its windows are still judged."""
    first, last = incident.first_window.index or 0, incident.last_window.index or 0
    known = any(first <= index <= last for index in judged)
    if incident.status is IncidentStatus.RESOLVED or not known:
        return incident
    return replace(incident, status=IncidentStatus.RESOLVED, resolved_at=now, resolution=WITHDRAWN)

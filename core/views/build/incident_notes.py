"""Incidents as pages show them, and where the groups of people behind one are shown."""

import json
from collections.abc import Mapping, Sequence

from core.domain import Incident
from core.metrics.fairness import GAPS
from core.store import Cursor, statement
from core.views.series import FairnessLink, IncidentNote

FAIRNESS = "fairness"
_SHOWN_AS = {f"{name}_ratio": rates[-1] for name, rates in GAPS}
"""Ratio between groups → the measure under which the Fairness page shows it."""


def link_of(metric: str, model: str, feature: str | None, segment: str, window: int | None) -> FairnessLink:
    """Return where a fairness number is shown: a gap by its column, a rate by its group.

    Examples
    --------
    >>> link_of("demographic_parity_ratio", "loans", "sex", "{}", 3).measure
    'selection_rate'
    >>> link_of("false_negative_rate", "loans", None, '{"sex": "f"}', 3).group
    'f'
    """
    group = json.loads(segment)
    return FairnessLink(
        model=model,
        attribute=feature or next(iter(group), ""),
        measure=_SHOWN_AS.get(metric, metric),
        window=window,
        group=",".join(group.values()) or None,
    )


def links(cursor: Cursor, incidents: Sequence[Incident]) -> Mapping[str, FairnessLink]:
    """Return incident → where its latest failure between groups is shown; only those that have one."""
    owner = {identity: one.id for one in incidents if one.rule == FAIRNESS for identity in one.verdicts}
    if not owner:
        return {}
    found: dict[str, FairnessLink] = {}
    for identity, model, metric, feature, segment, index in cursor.execute(
        statement("views_blamed"), {"identities": list(owner)}
    ).fetchall():
        found.setdefault(owner[identity], link_of(metric, model, feature, segment, index))
    return found


def note_of(incident: Incident, fairness: FairnessLink | None = None) -> IncidentNote:
    """Return what a page needs of an incident."""
    return IncidentNote(
        id=incident.id,
        severity=incident.severity,
        status=incident.status,
        cause=incident.cause,
        rule=incident.rule,
        features=incident.features,
        opened_at=incident.opened_at,
        first_index=incident.first_window.index,
        last_index=incident.last_window.index,
        first_start=incident.first_window.start,
        last_end=incident.last_window.end,
        acknowledged_by=incident.acknowledged_by,
        snoozed_until=incident.snoozed_until,
        resolved_at=incident.resolved_at,
        resolution=incident.resolution,
        fairness=fairness,
    )

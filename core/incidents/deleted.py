"""An incident that no verdict opens: the champion's version is gone from its registry."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from core.domain import Incident, IncidentStatus, Severity, Window
from core.incidents.lifecycle import BY_RULE

RULE = "registry"
"""What such an incident has in the place of a group of rules."""
_SUBJECT = "champion_deleted:"


def champion_deleted(
    registry: str, model: str, version: str, generation: int, at: datetime, *, whole_model: bool = False
) -> Incident:
    """Return the incident of a model whose champion's version was deleted past Trimtab.

    Parameters
    ----------
    registry, model
        Short name of the registry, and the model in it.
    version
        What was champion.
    generation
        Of the pointer since then; the same deletion always gives the same id.
    at
        When it was seen, aware UTC.
    whole_model
        Whether the registry has no such model any more.
    """
    shown = f"v{version}" if version.isdecimal() else version
    deed = (
        f"the model was deleted, with the champion {shown}"
        if whole_model
        else f"the champion {shown} was deleted"
    )
    none = Window(index=None, start=None, end=None)
    return Incident(
        id=sha256("\x1f".join((registry, model, RULE, str(generation))).encode()).hexdigest()[:16],
        model=model,
        severity=Severity.CRITICAL,
        status=IncidentStatus.OPEN,
        opened_at=at,
        first_window=none,
        last_window=none,
        cause=f"In registry {registry} {deed} past Trimtab, by whom is unknown: nothing says what production "
        "should run",
        rule=RULE,
        features=(),
        verdicts=(),
        faults=(f"{_SUBJECT}{registry}/{model}",),
    )


def closed(incident: Incident, champion: str | None, versions: Collection[str], at: datetime) -> Incident:
    """Close it if the alias shows a version that exists; else, and where a person closed it, as it is."""
    if incident.status is IncidentStatus.RESOLVED or champion is None or champion not in versions:
        return incident
    shown = f"v{champion}" if champion.isdecimal() else champion
    return replace(
        incident,
        status=IncidentStatus.RESOLVED,
        resolved_at=at,
        resolution=f"{BY_RULE} champion is {shown}, which exists.",
    )


def subject(incident: Incident) -> tuple[str, str]:
    """Return registry and model that such an incident is about.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> subject(champion_deleted("prod", "loans/eu", "7", 3, datetime(2026, 1, 1, tzinfo=UTC)))
    ('prod', 'loans/eu')
    """
    registry, _, model = incident.faults[0].removeprefix(_SUBJECT).partition("/")
    return registry, model

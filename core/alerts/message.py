"""What an alert says: a title, one sentence, where to look and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from core.alert import Alert, AlertEvent
from core.domain import Incident, Severity

SHOWN = 10
"""How many incidents a digest lists before it says how many more there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """Whom an incident concerns, from the specs of its models."""

    owners: tuple[str, ...] = ()
    on_call: tuple[str, ...] = ()
    runbooks: tuple[str, ...] = ()


def one(alert: Alert, incident: Incident, concern: Concern, link: str | None) -> tuple[str, str]:
    """Return title and text of a message about one incident.

    Parameters
    ----------
    link
        Address of the pane; without it the incident's id stands in the place of a link.
    """
    title = f"{_turn(alert.event, incident)}: {_whose(incident)}"
    lines = [_sentence(alert.event, incident), _where(incident, link)]
    who = [
        *(f"owner {name}" for name in concern.owners[:3]),
        *(f"on call {name}" for name in concern.on_call[:3]),
    ]
    if who:
        lines.append(f"{', '.join(who)[:1].upper()}{', '.join(who)[1:]}.")
    if alert.event is not AlertEvent.CLOSED:
        lines += [f"Runbook: {runbook}" for runbook in concern.runbooks[:3]]
    return title, "\n".join(lines)


def digest(told: Sequence[tuple[Alert, Incident]], link: str | None) -> tuple[str, str]:
    """Return title and text of one message about several incidents at once, the critical ones first."""
    ordered = sorted(told, key=lambda pair: (pair[1].severity is not Severity.CRITICAL, pair[0].key))
    n_critical = sum(incident.severity is Severity.CRITICAL for _, incident in ordered)
    lines = [
        f"{_turn(alert.event, incident)}: {_whose(incident)}. {_sentence(alert.event, incident)}"
        for alert, incident in ordered[:SHOWN]
    ]
    if len(ordered) > SHOWN:
        lines.append(f"And {len(ordered) - SHOWN} more.")
    lines.append(f"{link}/activity" if link else "See trimtab incidents --open.")
    return f"{len(ordered)} incidents, {n_critical} of them critical", "\n".join(lines)


def _turn(event: AlertEvent, incident: Incident) -> str:
    if event is AlertEvent.ESCALATED:
        return f"Nobody looks after it ({incident.severity.value})"
    if event is AlertEvent.WORSENED:
        return "Now critical"
    return "Closed" if event is AlertEvent.CLOSED else incident.severity.value.capitalize()


def _whose(incident: Incident) -> str:
    more = len(incident.names) - 1
    return f"{incident.model} and {more} more model{'' if more == 1 else 's'}" if more else incident.model


def _sentence(event: AlertEvent, incident: Incident) -> str:
    if event is AlertEvent.CLOSED:
        by = f" ({incident.resolved_by})" if incident.resolved_by else ""
        return f"{(incident.resolution or 'Closed').rstrip('.')}{by}."
    return f"{incident.cause.rstrip('.')}."


def _where(incident: Incident, link: str | None) -> str:
    if link is None:
        return f"Incident {incident.id}: see trimtab incidents."
    return f"{link}/activity?{urlencode({'model': incident.model, 'incident': incident.id})}"

"""Incidents and what people decide about them."""

import click

from core import wire
from core.commands.frame import Call, command
from core.commands.tables import EMPTY, day, table, window
from core.domain import Incident


@command
@click.option("--open", "open_only", is_flag=True, help="Leave out resolved ones.")
def incidents(call: Call, open_only: bool) -> None:
    """List incidents, worst first."""
    with call.client() as client:
        found = client.incidents(open_only=open_only)
    rows = [
        [
            each.severity.value,
            each.status.value,
            _whose(each),
            day(each.opened_at),
            EMPTY if each.first_window.index is None else window(each.first_window),
            each.cause,
            each.id,
        ]
        for each in found
    ]
    heads = ["severity", "status", "model", "opened", "since window", "cause", "id"]
    call.show(
        [wire.incident_object(each) for each in found],
        lambda: table(heads, rows) or ("No open incidents." if open_only else "No incidents."),
    )


@command
@click.argument("incident_id", metavar="ID")
def ack(call: Call, incident_id: str) -> None:
    """Say that you look at incident ID."""
    with call.client() as client:
        _show(call, client.acknowledge(incident_id))


@command
@click.argument("incident_id", metavar="ID")
@click.option("--until", required=True, metavar="T", help="An ISO date or time, or 12h, 7d from now.")
def snooze(call: Call, incident_id: str, until: str) -> None:
    """Keep incident ID quiet until T."""
    with call.client() as client:
        _show(call, client.snooze(incident_id, until))


@command
@click.argument("incident_id", metavar="ID")
@click.option("--cause", required=True, metavar="TEXT", help="What it was.")
def resolve(call: Call, incident_id: str, cause: str) -> None:
    """Close incident ID and put its cause on record."""
    with call.client() as client:
        _show(call, client.resolve(incident_id, cause))


def _show(call: Call, incident: Incident) -> None:
    call.show(
        wire.incident_object(incident),
        lambda: f"Incident {incident.id} of {_whose(incident)} is {incident.status.value}.",
    )


def _whose(incident: Incident) -> str:
    more = len(incident.names) - 1
    return f"{incident.model} and {more} more" if more else incident.model

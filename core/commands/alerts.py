"""Alerts, and maintenance windows in which there are none."""

import click

from core import wire
from core.alert import Alert, Maintenance
from core.commands.frame import Call, command
from core.commands.tables import EMPTY, table
from core.errors import InvalidInput, Problem


@command
@click.option("--test", "channel", metavar="CHANNEL", help="Send a test message to a channel.")
def alerts(call: Call, channel: str | None) -> None:
    """List what was told about incidents and what is to be told, the latest first; or try a channel."""
    with call.client() as client:
        if channel is not None:
            client.test_alert(channel)
            call.show({"channel": channel}, lambda: f"The channel {channel} took a test message.")
            return
        found = client.alerts()
    heads = ["status", "event", "channel", "incident", "asked", "attempts", "error"]
    call.show(
        [wire.alert_object(one) for one in found],
        lambda: table(heads, [_row(one) for one in found]) or "Nothing was told yet.",
    )


def _row(one: Alert) -> list[str]:
    asked = f"{one.asked_at:%d %b %H:%M}"
    return [
        one.status.value.replace("_", " "), one.event.value, one.channel, one.incident, asked,
        str(one.n_attempts), one.error or EMPTY,
    ]  # fmt: skip


@command
@click.argument("model", required=False)
@click.option("--all", "everything", is_flag=True, help="Of every model.")
@click.option("--from", "since", metavar="T", help="An ISO date or time, or 2h from now.  [default: now]")
@click.option("--until", required=True, metavar="T", help="An ISO date or time, or 2h from now.")
@click.option("--reason", required=True, metavar="TEXT", help="Why, for those who come after.")
def add(call: Call, model: str | None, everything: bool, since: str | None, until: str, reason: str) -> None:
    """Plan a span in which nobody is called about MODEL; its incidents are on record all the same."""
    if (model is None) != everything:
        problem = Problem(field="MODEL", message="or --all is needed, and not both")
        raise InvalidInput("The maintenance window", [problem])
    with call.client() as client:
        planned = client.plan_maintenance(model, since=since, until=until, reason=reason)
    call.show(wire.maintenance_object(planned), lambda: f"Maintenance {planned.id}: {_said(planned)}.")


@command
@click.option("--over", is_flag=True, help="Past ones too.")
def listed(call: Call, over: bool) -> None:
    """List maintenance windows that run or are planned."""
    with call.client() as client:
        found = client.maintenance(over=over)
    heads = ["id", "model", "from", "until", "by", "reason"]
    rows = [
        [one.id, one.model or "every model", _at(one.starts_at), _at(one.ends_at), one.actor, one.reason]
        for one in found
    ]
    call.show(
        [wire.maintenance_object(one) for one in found],
        lambda: table(heads, rows) or "No maintenance runs or is planned.",
    )


@command
@click.argument("identity", metavar="ID")
def end(call: Call, identity: str) -> None:
    """End maintenance window ID now, or take it back before it begins."""
    with call.client() as client:
        ended = client.end_maintenance(identity)
    call.show(wire.maintenance_object(ended), lambda: f"Maintenance {ended.id} ended {_at(ended.ends_at)}.")


def _said(span: Maintenance) -> str:
    about = span.model or "any model"
    return f"nobody is called about {about} from {_at(span.starts_at)} until {_at(span.ends_at)}"


def _at(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


@click.group()
def maintenance() -> None:
    """Plan, list and end spans in which nobody is called."""


maintenance.add_command(add, "add")
maintenance.add_command(listed, "list")
maintenance.add_command(end, "end")

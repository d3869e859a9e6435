"""What waits for approval, and deciding about it."""

from typing import TYPE_CHECKING

import click

from core import wire
from core.action import Pending, shown_version
from core.commands.actions import show_receipt
from core.commands.frame import Call, command
from core.commands.tables import table
from core.errors import NotAllowed, Refused

if TYPE_CHECKING:
    from datetime import datetime

_reason = click.option("--reason", required=True, metavar="TEXT", help="Why; it stays on record.")


@command
def approvals(call: Call) -> None:
    """List what waits for approval, the oldest first, and whether you may approve it."""
    with call.client() as client:
        found = client.approvals()
    call.show([wire.pending_object(one) for one in found], lambda: _listed(found))


@command
@click.argument("action_id", metavar="ID")
@_reason
def approve(call: Call, action_id: str, reason: str) -> None:
    """Agree to the change ID; print the receipt, or why that is refused (exit 1)."""
    with call.client() as client:
        done = client.approve(action_id, reason=reason)
    show_receipt(call, done)


@command
@click.argument("action_id", metavar="ID")
@_reason
def reject(call: Call, action_id: str, reason: str) -> None:
    """End the change ID, which waits; print its receipt."""
    with call.client() as client:
        try:
            done = client.reject(action_id, reason=reason)
        except Refused as error:
            # Nothing was answered in the negative: it cannot be done.
            raise NotAllowed(error.message, hint=error.hint) from error
    call.show(wire.receipt_object(done), lambda: done.sentence)


def _listed(found: list[Pending]) -> str:
    rows = [
        [
            one.action.id,
            one.action.model,
            f"{one.action.kind.verb} {shown_version(one.action.to_version)}",
            one.action.actor,
            f"{one.given} of {one.needed}",
            _minute(one.expires_at),
            "yes" if one.allowed else f"no: {one.why_not}",
        ]
        for one in found
    ]
    heads = ["id", "model", "what", "asked by", "approved", "expires (UTC)", "may you?"]
    return table(heads, rows) or "Nothing waits for approval."


def _minute(at: "datetime") -> str:
    return f"{at:%d %b %Y %H:%M}"

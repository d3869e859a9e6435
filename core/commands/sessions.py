"""Who is signed in, and ending it."""

import click

from core import wire
from core.access.sign_in import Session
from core.commands.frame import Call, command
from core.commands.tables import day, table


@command
def sessions(call: Call) -> None:
    """List who is signed in, the one used last first."""
    with call.client() as client:
        found = client.sessions()
    call.show([wire.session_object(one) for one in found], lambda: _listed(found))


@command
@click.argument("key", metavar="ID")
def revoke(call: Call, key: str) -> None:
    """End the session ID, or the one whose id begins so, at once."""
    with call.client() as client:
        done = client.revoke_session(key)
    call.show(wire.session_object(done), lambda: f"The session of {done.person} has ended.")


def _listed(found: list[Session]) -> str:
    rows = [[one.key[:12], one.person, day(one.signed_in_at), day(one.seen_at)] for one in found]
    return table(["id", "who", "signed in", "used last"], rows) or "Nobody is signed in."


@click.group()
def session() -> None:
    """Sessions of people who signed in: list them, end one."""


for name, one in (("list", sessions), ("revoke", revoke)):
    session.add_command(one, name)

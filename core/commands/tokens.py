"""Tokens of the API: make, list, revoke."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from core import wire
from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.commands.frame import Call, command
from core.commands.tables import EMPTY, day, table

if TYPE_CHECKING:
    from core.access.tokens import Token


@command
@click.option("--name", required=True, metavar="N", help="What it is for; the ledger says it so.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="Part of the API that it opens; may be given again.",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in AccessRole]),
    help="Role that it has; may be given again.  [default: service]",
)
@click.option("--until", metavar="T", help="When it ends: a date, or a span such as 90d.  [default: never]")
def create(call: Call, name: str, scopes: tuple[str, ...], roles: tuple[str, ...], until: str | None) -> None:
    """Make a token and print it: it is shown this once, and kept nowhere."""
    with call.client() as client:
        secret = client.create_token(name, scopes=scopes, roles=roles, until=until)
    call.say("Keep it now: it is not shown again.")
    call.show({"token": secret, "name": name}, lambda: secret)


@command
def tokens(call: Call) -> None:
    """List all tokens that were ever made, and when each was used last."""
    with call.client() as client:
        found = client.tokens()
    call.show([wire.token_object(one) for one in found], lambda: _listed(found))


@command
@click.argument("name")
def revoke(call: Call, name: str) -> None:
    """Let the token NAME open nothing from now on."""
    with call.client() as client:
        done = client.revoke_token(name)
    call.show(wire.token_object(done), lambda: f"The token '{name}' opens nothing any more.")


def _listed(found: "list[Token]") -> str:
    rows = [
        [
            one.name,
            _state(one),
            ", ".join(sorted(one.scopes)),
            ", ".join(sorted(one.roles)),
            f"{one.made_by}, {day(one.made_at)}",
            day(one.used_at) if one.used_at else EMPTY,
        ]
        for one in found
    ]
    return table(["name", "state", "scopes", "roles", "made by", "last used"], rows) or "There is no token."


def _state(token: "Token") -> str:
    if token.revoked_at is not None:
        return f"revoked {day(token.revoked_at)} by {token.revoked_by}"
    if token.until is None:
        return "valid"
    return f"{'valid until' if token.valid(datetime.now(UTC)) else 'ended'} {day(token.until)}"


@click.group()
def token() -> None:
    """Tokens of the API: for programs that send rows or ask for changes."""


for name, one in (("create", create), ("list", tokens), ("revoke", revoke)):
    token.add_command(one, name)

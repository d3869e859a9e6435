"""Tokens of the API: make, list, revoke."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from core import wire
from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.server.dependencies import Actor, Board, answer
from core.server.subject import subject

router = subject("tokens", prefix="/api/v1/tokens")


class Wanted(BaseModel):
    """What a token shall be called and be good for."""

    model_config = ConfigDict(extra="forbid")

    name: str
    scopes: list[Scope]
    roles: list[AccessRole] = Field(default=[AccessRole.SERVICE])
    until: str | None = Field(default=None, description="ISO date or time, or a span such as 90d from now")


@router.get("", response_model=list[wire.TokenObject])
def tokens(trimtab: Board) -> Response:
    """List all tokens that were ever made, without their secrets."""
    return answer([wire.token_object(each) for each in trimtab.tokens.every()])


@router.post("", status_code=201, response_model=wire.NewTokenObject)
def create(wanted: Wanted, trimtab: Board, actor: Actor) -> Response:
    """Make a token; its secret is in this answer and in no other."""
    until = wire.parse_moment(wanted.until, now=datetime.now(UTC), ahead=True) if wanted.until else None
    secret = trimtab.tokens.create(
        wanted.name, scopes=wanted.scopes, roles=wanted.roles, until=until, actor=actor
    )
    return answer({"token": secret, "name": wanted.name}, 201)


@router.post("/{name}/revoke", response_model=wire.TokenObject)
def revoke(name: str, trimtab: Board, actor: Actor) -> Response:
    """Let a token open nothing from now on."""
    return answer(wire.token_object(trimtab.tokens.revoke(name, actor=actor)))

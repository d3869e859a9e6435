"""Who asks, and who is signed in."""

from datetime import UTC, datetime

from starlette.responses import Response

from core import wire
from core.access.sign_in import Me
from core.actions.approving import is_fresh
from core.server.dependencies import Actor, Asking, Board, answer
from core.server.subject import subject

router = subject("people")


@router.get("/me", response_model=wire.MeObject)
def me(trimtab: Board, person: Asking) -> Response:
    """Say who you are here, and in which roles."""
    found = Me(
        mode=trimtab.settings.identity.mode.value,
        name=person.name,
        roles=tuple(sorted(role.value for role in person.roles)),
        fresh=is_fresh(person, datetime.now(UTC)),
    )
    return answer(wire.me_object(found))


@router.post("/me/sign-out", status_code=204)
def sign_out(trimtab: Board, person: Asking) -> Response:
    """End your session; what has none stays as it is."""
    if person.session is not None:
        trimtab.sessions.revoke(person.session, actor=person.name)
    return Response(status_code=204)


@router.get("/sessions", response_model=list[wire.SessionObject])
def sessions(trimtab: Board) -> Response:
    """List the sessions that are open, the one used last first."""
    return answer([wire.session_object(each) for each in trimtab.sessions.every()])


@router.post("/sessions/{key}/revoke", response_model=wire.SessionObject)
def revoke(key: str, trimtab: Board, actor: Actor) -> Response:
    """End a session at once."""
    return answer(wire.session_object(trimtab.sessions.revoke(key, actor=actor)))

"""The fleet and what is monitored of it."""

from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.responses import Response

from core import wire
from core.access.roles import Right, allows
from core.server.dependencies import Asking, Board, answer
from core.server.files import Files
from core.server.subject import subject

router = subject("models")


@router.get("/models", response_model=list[wire.ModelObject])
def models(trimtab: Board) -> Response:
    """List the fleet, worst first; read from the mirror, never from a registry."""
    return answer([wire.model_object(each) for each in trimtab.models()])


@router.post("/watch", response_model=wire.WatchObject)
def watch(
    trimtab: Board,
    person: Asking,
    spec: Annotated[str, Form(description="the spec's text")],
    policy: Annotated[str | None, Form(description="text of the policy that the spec names")] = None,
    create: Annotated[bool, Form(description="register the model where it is absent")] = False,
    reference: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Monitor a model and pin its reference."""
    with Files(trimtab.settings) as files:
        kept = files.keep(reference) if reference is not None else None
        receipt = trimtab.watch(
            spec,
            reference=kept,
            policy=policy,
            create=create,
            actor=person.name,
            # Where nobody signs in nobody else could agree.
            may_ease=not trimtab.settings.identity.team or allows(person.roles, Right.APPROVE),
        )
    return answer(wire.watch_object(receipt))


@router.post("/registry/refresh", status_code=204)
def refresh(trimtab: Board) -> Response:
    """Read the registries now instead of at the next turn."""
    trimtab.refresh_registry()
    return Response(status_code=204)


@router.get("/doctor", response_model=list[wire.CheckObject])
def doctor(trimtab: Board) -> Response:
    """Check set-up, stores and registries."""
    return answer([wire.check_object(each) for each in trimtab.doctor()])

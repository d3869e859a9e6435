"""Validations of versions: how they stand, the document, findings and their end."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from core import wire
from core.finding import Severity
from core.server.dependencies import Actor, Asking, Board, answer, file_name, view_answer
from core.server.routes.jobs import PAGE_POLICY
from core.server.subject import subject
from core.validation import document

router = subject("validations")


class FindingWish(BaseModel):
    """What is wrong, how bad it is, who sees to it, and until when (an ISO time, or a span such as 30d)."""

    model_config = ConfigDict(extra="forbid")

    title: str
    severity: Severity
    owner: str | None = None
    due: str | None = None


class End(BaseModel):
    """What was done about a finding, or why it may stay."""

    model_config = ConfigDict(extra="forbid")

    reason: str = ""


@router.get("/models/{model:path}/versions/{version}/validation")
def validation(model: str, version: str, trimtab: Board) -> Response:
    """Say how a version stands after its latest validation: sections, findings, digests, until when."""
    return view_answer(trimtab.suite.view(model, version))


@router.get(
    "/models/{model:path}/versions/{version}/validation/report",
    responses={200: {"content": {"text/html": {}, "text/markdown": {}}}},
)
def validation_report(
    model: str,
    version: str,
    trimtab: Board,
    form: Annotated[Literal["html", "md"], Query(alias="format")] = "html",
) -> Response:
    """Return a version's validation as a document of its own."""
    view = trimtab.suite.view(model, version)
    text, kind = (
        (document.html(view), "text/html") if form == "html" else (document.markdown(view), "text/markdown")
    )
    kept_as = file_name(model.rpartition("/")[2], version, "validation", suffix=f".{form}")
    return Response(
        text,
        media_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{kept_as}"',
            "Content-Security-Policy": PAGE_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.get("/models/{model:path}/findings", response_model=list[wire.FindingObject])
def findings(
    model: str,
    trimtab: Board,
    version: str | None = None,
    only_open: Annotated[bool, Query(alias="open", description="only what nobody has closed")] = False,
) -> Response:
    """List a model's findings, the open ones first."""
    found = trimtab.suite.findings(model, version=version, open_only=only_open)
    return answer([wire.finding_object(one) for one in found])


@router.post("/models/{model:path}/versions/{version}/findings", response_model=wire.FindingObject)
def open_finding(model: str, version: str, wish: FindingWish, trimtab: Board, actor: Actor) -> Response:
    """Write down what is wrong with a version that no check found."""
    due = None if wish.due is None else wire.parse_moment(wish.due, now=datetime.now(UTC), ahead=True)
    made = trimtab.suite.open(
        model,
        version,
        severity=wish.severity,
        title=wish.title,
        owner=wish.owner,
        due_at=due,
        actor=actor,
    )
    return answer(wire.finding_object(made))


@router.post("/findings/{finding_id}/close", response_model=wire.FindingObject)
def close_finding(finding_id: str, end: End, trimtab: Board, person: Asking) -> Response:
    """Close a finding, with a reason."""
    return answer(wire.finding_object(trimtab.closing.close(finding_id, reason=end.reason, person=person)))

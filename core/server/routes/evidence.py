"""Evidence: how items of rule packs stand, forms that people fill and accept, the inventory."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from core import wire
from core.evidence.desk import PAGE_OF_FLEET
from core.evidence.exporting import KINDS
from core.form import Inventoried
from core.server.dependencies import Actor, Asking, Board, answer, file_name, view_answer
from core.server.routes.jobs import PAGE_POLICY
from core.server.subject import subject

router = subject("evidence")
PackName = Annotated[str | None, Query(description="one rule pack; default all that concern the model")]


class FormText(BaseModel):
    """What a human item asks for; ``until`` is an ISO time, or a span from now such as 365d."""

    model_config = ConfigDict(extra="forbid")

    text: str
    owner: str | None = None
    until: str | None = None


class InventoryWish(BaseModel):
    """A model that no registry holds."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: str
    owner: str
    risk: str = "medium"
    unit: str | None = None
    use_case: str | None = None
    vendor: str | None = None
    note: str = ""


@router.get("/packs")
def packs(trimtab: Board) -> Response:
    """List the rule packs, with the models and items that their latest version opened again."""
    return view_answer(tuple(trimtab.evidence.packs()))


@router.get("/evidence")
def fleet(
    trimtab: Board,
    pack: str,
    after: Annotated[str, Query(description="begin after the model of this full name")] = "",
    limit: Annotated[int, Query(ge=1, le=200, description="models at most")] = PAGE_OF_FLEET,
) -> Response:
    """Return the evidence of models that a pack concerns; ``following`` is ``after`` of the next page."""
    return view_answer(trimtab.evidence.fleet(pack, after=after, limit=limit))


@router.get("/models/{model:path}/evidence")
def evidence(model: str, trimtab: Board, pack: PackName = None) -> Response:
    """Return how the evidence of one model stands."""
    return view_answer(trimtab.evidence.view(model, pack))


@router.get("/models/{model:path}/evidence/files/{name}", response_class=Response)
def evidence_file(model: str, name: str, trimtab: Board, pack: PackName = None) -> Response:
    """Return one document, evidence.html or model-card.md say; docs/evidence.md lists them."""
    content = trimtab.evidence.file(model, name, pack)
    stem, dot, ending = name.partition(".")
    kept_as = file_name(model.rpartition("/")[2], stem, suffix=f"{dot}{ending}")
    return Response(
        content,
        media_type=KINDS[name],
        headers={
            "Content-Disposition": f'attachment; filename="{kept_as}"',
            "Content-Security-Policy": PAGE_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )


@router.post("/models/{model:path}/evidence/archive", status_code=202, response_model=wire.JobObject)
def archive(model: str, trimtab: Board, actor: Actor, pack: PackName = None) -> Response:
    """Ask for the ZIP of a model's evidence, with the whole ledger in it; that goes on record."""
    job = trimtab.archives.make(model, pack=pack, actor=actor)
    return answer(wire.job_object(job, now=datetime.now(UTC)), 202)


@router.post("/models/{model:path}/evidence/{pack}/{item}")
def fill(model: str, pack: str, item: str, given: FormText, trimtab: Board, actor: Actor) -> Response:
    """Write down what a human item asks for; it is a draft until somebody accepts it."""
    until = None if given.until is None else wire.parse_moment(given.until, now=datetime.now(UTC), ahead=True)
    found = trimtab.evidence.fill(
        model, f"{pack}/{item}", text=given.text, owner=given.owner, until=until, actor=actor
    )
    return view_answer(found)


@router.post("/models/{model:path}/evidence/{pack}/{item}/accept")
def accept(model: str, pack: str, item: str, trimtab: Board, person: Asking) -> Response:
    """Stand for what an item says, as it is now."""
    return view_answer(trimtab.evidence.accept(model, f"{pack}/{item}", person=person))


@router.get("/inventory")
def inventory(trimtab: Board) -> Response:
    """List the models that no registry holds."""
    return view_answer(tuple(trimtab.evidence.inventory()))


@router.post("/inventory")
def take_in(wish: InventoryWish, trimtab: Board, actor: Actor) -> Response:
    """Put a model into the inventory, or change what is said of it."""
    one = Inventoried(
        name=wish.name.strip(),
        kind=wish.kind.strip(),
        owner=wish.owner.strip(),
        unit=wish.unit,
        risk=wish.risk,
        use_case=wish.use_case,
        vendor=wish.vendor,
        note=wish.note,
        added_at=datetime.now(UTC),
        added_by=actor,
    )
    return view_answer(trimtab.evidence.take_in(one))


@router.post("/inventory/{name:path}/remove")
def take_out(name: str, trimtab: Board, actor: Actor) -> Response:
    """Take a model out of the inventory."""
    trimtab.evidence.take_out(name, actor=actor)
    return view_answer(tuple(trimtab.evidence.inventory()))

"""Training anew: asking for it, and what became of it."""

from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import Header, Query, Request
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import FileResponse, Response

from core import wire
from core.retrain import RetrainKind
from core.server.dependencies import Actor, Asking, Board, answer, view_answer
from core.server.subject import subject
from core.training import Wish
from core.views.mitigation import MitigationScope
from core.views.retrain import RetrainScope

router = subject("training")
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="the same key again gives the same receipt")
]


class Wanted(BaseModel):
    """What is asked for.

    ``recalibrate`` puts a classifier's scores right and trains nothing else; ``recipe`` is that of a point on
    a mitigation bench.
    """

    model_config = ConfigDict(extra="forbid")

    reason: str = ""
    recalibrate: bool = False
    recipe: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.recalibrate and self.recipe:
            raise ValueError("recalibrate and recipe exclude each other")
        return self

    @property
    def kind(self) -> RetrainKind:
        """What is done."""
        if self.recipe:
            return RetrainKind.MITIGATE
        return RetrainKind.RECALIBRATE if self.recalibrate else RetrainKind.RETRAIN


@router.post("/models/{model:path}/retrain", response_model=wire.RetrainObject)
def retrain(
    model: str, trimtab: Board, person: Asking, asked: Wanted, key: IdempotencyKey = None
) -> Response:
    """Train the model anew on reference and fresh labelled rows, or say why not."""
    wish = Wish(
        model=model,
        reason=asked.reason,
        actor=person.name,
        person=person,
        kind=asked.kind,
        recipe=asked.recipe,
        key=key,
    )
    taken = trimtab.training.ask(wish)
    return answer(wire.retrain_object(taken), 200 if taken.status.over else 202)


@router.get("/models/{model:path}/retrain/advice", response_model=wire.AdviceObject)
def advice(model: str, trimtab: Board) -> Response:
    """Say whether retraining is the answer: drift, a data fault, label shift or season; nothing is asked."""
    return answer(wire.advice_object(trimtab.training.advise(model)))


class Bench(BaseModel):
    """What is to be tried: by which sensitive column, and which rate is to be alike."""

    model_config = ConfigDict(extra="forbid")

    by: str = ""
    measure: str = "selection_rate"


@router.post("/models/{model:path}/mitigations", response_model=wire.JobObject, status_code=202)
def mitigate(model: str, trimtab: Board, actor: Actor, asked: Bench) -> Response:
    """Have every recipe tried that treats groups more alike; nothing is registered."""
    job = trimtab.training.bench.ask(model, asked.by, asked.measure, actor=actor)
    now = datetime.now(UTC)
    return answer(wire.job_object(job, now=now), 200 if job.status.over else 202)


@router.get("/views/mitigation")
def mitigation(request: Request, trimtab: Board, person: Asking) -> Response:
    """Return what a page shows of mitigation; parameters are the fields of its scope."""
    scope = wire.read_value(MitigationScope, request.query_params)
    return view_answer(trimtab.training.bench.view(scope, person))


@router.get("/views/retrain")
def view(model: str, trimtab: Board, person: Asking) -> Response:
    """Return what a page shows of a model's training."""
    return view_answer(trimtab.training.view(RetrainScope(model=model), person))


@router.get("/retrains", response_model=list[wire.RetrainObject])
def retrains(
    trimtab: Board,
    model: str | None = None,
    only_open: Annotated[bool, Query(alias="open", description="only what is not over")] = False,
) -> Response:
    """List retrainings, the latest first."""
    found = trimtab.training.every(model, open_only=only_open)
    return answer([wire.retrain_object(each) for each in found])


@router.get("/retrains/{retrain_id}", response_model=wire.RetrainObject)
def one(retrain_id: str, trimtab: Board) -> Response:
    """Return one retraining as far as it came."""
    return answer(wire.retrain_object(trimtab.training.get(retrain_id)))


class Answer(BaseModel):
    """What an orchestrator says: the version that it registered, or why there is none."""

    model_config = ConfigDict(extra="forbid")

    version: str | None = None
    failed: str = ""


@router.post("/retrains/{retrain_id}/candidate", response_model=wire.RetrainObject)
def candidate(retrain_id: str, trimtab: Board, actor: Actor, said: Answer) -> Response:
    """Take in what an orchestrator trained."""
    taken = trimtab.training.answered(retrain_id, version=said.version, failed=said.failed, actor=actor)
    return answer(wire.retrain_object(taken))


@router.get("/retrains/{retrain_id}/snapshot", response_class=FileResponse)
def snapshot(retrain_id: str, trimtab: Board) -> Response:
    """Return the rows that a retraining learns from, as a Parquet file."""
    file = trimtab.training.snapshot_of(retrain_id)
    headers = {"Cache-Control": "no-store"}
    name = f"snapshot-{retrain_id}.parquet"
    return FileResponse(file, media_type="application/vnd.apache.parquet", filename=name, headers=headers)

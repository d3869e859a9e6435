"""Candidates: validating them, how they stand before their gates, and who stands for what they lack."""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from core import wire
from core.errors import InvalidInput, Problem
from core.policy.policy_file import load_policy
from core.server.dependencies import Actor, Asking, Board, answer
from core.server.subject import subject

router = subject("gates")


class WaiverWish(BaseModel):
    """Which gate somebody stands for, why, and until when (an ISO time, or a span from now such as 14d)."""

    model_config = ConfigDict(extra="forbid")

    gate: str
    reason: str
    until: str


class PolicyText(BaseModel):
    """A policy document; ``since`` is for dry runs."""

    model_config = ConfigDict(extra="forbid")

    text: str
    name: str = "policy"
    since: str | None = None


@router.post(
    "/models/{model:path}/versions/{version}/validate", response_model=wire.JobObject, status_code=202
)
def validate(model: str, version: str, trimtab: Board, actor: Actor) -> Response:
    """Score a version beside the champion on labelled rows; the job that is under way, or was made today."""
    job = trimtab.validations.ask(model, version, actor=actor)
    return answer(wire.job_object(job, now=datetime.now(UTC)), 202)


@router.get("/models/{model:path}/versions/{version}/gates", response_model=wire.StandingObject)
def gates(model: str, version: str, trimtab: Board) -> Response:
    """Say how a version stands before the gates of its model's policy."""
    return answer(wire.standing_object(trimtab.gatekeeper.standing(model, version)))


@router.post("/models/{model:path}/versions/{version}/waivers", response_model=wire.WaiverObject)
def waive(model: str, version: str, wish: WaiverWish, trimtab: Board, person: Asking) -> Response:
    """Stand for a gate that a version does not pass, by name, with a reason and an end."""
    until = wire.parse_moment(wish.until, now=datetime.now(UTC), ahead=True)
    waiver = trimtab.waiving.waive(model, version, wish.gate, reason=wish.reason, until=until, person=person)
    return answer(wire.waiver_object(waiver))


@router.post("/policy/dry-run", response_model=wire.DryRunObject)
def dry_run(policy: PolicyText, trimtab: Board) -> Response:
    """Say what a policy's gates would have done to the promotions of the past; nothing is changed."""
    if policy.since is None:
        raise InvalidInput("The dry run", [Problem(field="since", message="is missing", remedy="say 30d")])
    since = wire.parse_moment(policy.since, now=datetime.now(UTC))
    load_policy(policy.text, policy.name)
    return answer(wire.dry_run_object(trimtab.gatekeeper.dry_run(policy.text, since)))

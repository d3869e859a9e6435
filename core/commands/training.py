"""Training anew: asking for it and waiting for it."""

import time
from typing import TYPE_CHECKING

import click

from core import wire
from core.action import ActionStatus
from core.commands.frame import Call, command
from core.errors import InvalidInput, Problem
from core.retrain import Advice, Retrain, RetrainStep

if TYPE_CHECKING:
    from core.client import Client

_NEGATIVE = 1
_PAUSE_S = 0.5
_SHARES = {
    RetrainStep.ASKED: (0.0, "Writing the snapshot"),
    RetrainStep.SNAPSHOT: (0.05, "Asking for training"),
    RetrainStep.TRAINING: (0.1, "Training"),
    RetrainStep.TRAINED: (0.6, "Registering"),
    RetrainStep.REGISTERED: (0.62, "Naming it challenger"),
    RetrainStep.PROPOSING: (0.63, "Naming it challenger"),
    RetrainStep.PROPOSED: (0.64, "Asking for its validation"),
    RetrainStep.VALIDATING: (0.65, "Validating"),
}
_WORKED = {RetrainStep.TRAINING: 0.5, RetrainStep.VALIDATING: 0.34}


@command
@click.argument("model")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stays on record.")
@click.option("--wait", is_flag=True, help="Wait until it is over; Ctrl-C leaves it under way.")
@click.option("--recalibrate", is_flag=True, help="Put a classifier's scores right, and train nothing else.")
@click.option("--advise", is_flag=True, help="Say whether it is the answer; train nothing.")
def retrain(call: Call, model: str, reason: str, wait: bool, recalibrate: bool, advise: bool) -> None:
    """Train MODEL anew on reference and fresh labelled rows; print the receipt, or why not (exit 1)."""
    if advise:
        with call.client() as client:
            advice = client.retrain_advice(model)
        call.show(wire.advice_object(advice), lambda: "\n".join(_advised(advice)))
        return
    if not reason.strip():
        problem = Problem(field="--reason", message="is missing", remedy="say why, for those who come after")
        raise InvalidInput("The retraining", [problem])
    with call.client() as client:
        done = client.retrain(model, reason=reason, recalibrate=recalibrate)
        if wait:
            done = over(call, client, done)
    call.show(wire.retrain_object(done), lambda: told(done))
    if done.status in (ActionStatus.REFUSED, ActionStatus.FAILED):
        raise click.exceptions.Exit(_NEGATIVE)


def over(call: Call, client: "Client", retrain: Retrain) -> Retrain:
    """Wait until a retraining is over, telling how far it is whenever that changes."""
    from core.commands.serve import Bar

    told, show = "", Bar(call.say)
    while not retrain.status.over:
        share, step = _how_far(client, retrain)
        if step != told:
            show(step, share)
            told = step
        time.sleep(_PAUSE_S)
        retrain = client.retraining(retrain.id)
    if told:
        show(retrain.status.value.capitalize(), 1.0)
    return retrain


def _how_far(client: "Client", retrain: Retrain) -> tuple[float, str]:
    share, step = _SHARES[retrain.step]
    if retrain.step in _WORKED and retrain.job_id is not None:
        job = client.job(retrain.job_id)
        return share + _WORKED[retrain.step] * job.share, job.step or step
    return share, step


def told(retrain: Retrain) -> str:
    """Return what a person wants to know of a training: how it ended, and on what evidence."""
    shown = retrain.sentence or f"{retrain.kind.verb} {retrain.model}: {retrain.status.value}."
    lines = [shown, *(f"  {name}: {text}" for name, text in retrain.evidence.items())]
    if not retrain.status.over:
        lines.append(
            f"  It goes on while trimtab up serves the workspace: trimtab jobs {retrain.job_id or ''}"
        )
    return "\n".join(lines)


def _advised(advice: Advice) -> list[str]:
    verdict = "" if advice.allowed else f"It would be refused: {advice.why_not}"
    return [line for line in (f"{advice.model}: {advice.cause}.", *advice.sentences, verdict) if line]

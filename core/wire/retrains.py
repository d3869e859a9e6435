"""Retrainings as the contract's receipts, advice, and back."""

from typing_extensions import TypedDict

from core.action import ActionStatus
from core.retrain import CHALLENGER, Advice, Retrain, RetrainKind, RetrainStep
from core.wire.actions import (
    ReceiptObject,
    approval_object,
    approval_of,
    gate_object,
    gate_of,
)
from core.wire.moments import moment, moment_of, moment_or_none, moment_text


class RetrainObject(ReceiptObject):
    """A retraining's receipt: ``to_version`` is the candidate, ``job`` the one that trains it."""

    trigger: str
    job: str | None


class AdviceObject(TypedDict):
    """Whether retraining is worth asking for now; ``gain`` is null where no method can say so."""

    model: str
    cause: str
    allowed: bool
    why_not: str
    sentences: list[str]
    n_fresh: int
    n_enough: int
    gain: str | None


def retrain_object(retrain: Retrain) -> RetrainObject:
    """Return a retraining as JSON."""
    return {
        "action": retrain.id,
        "kind": retrain.kind.value,
        "model": retrain.model,
        "registry": retrain.registry,
        "alias": CHALLENGER,
        "from_version": retrain.from_version,
        "to_version": retrain.to_version,
        "generation": retrain.generation,
        "status": retrain.status.value,
        "step": retrain.step.value,
        "reason": retrain.reason,
        "actor": retrain.actor,
        "asked_at": moment(retrain.asked_at),
        "ended_at": moment_text(retrain.ended_at),
        "gates": [gate_object(gate) for gate in retrain.gates],
        "approvals": [approval_object(one) for one in retrain.approvals],
        "evidence": dict(retrain.evidence),
        "ledger_seq": retrain.ledger_seq,
        "sentence": retrain.sentence,
        "trigger": retrain.trigger,
        "job": retrain.job_id,
    }


def retrain_of(document: RetrainObject) -> Retrain:
    """Read a retraining."""
    return Retrain(
        id=document["action"] or "",
        kind=RetrainKind(document["kind"]),
        registry=document["registry"],
        model=document["model"],
        from_version=document["from_version"],
        to_version=document["to_version"],
        generation=document["generation"],
        status=ActionStatus(document["status"] or ActionStatus.RUNNING),
        step=RetrainStep(document["step"]),
        reason=document["reason"],
        actor=document["actor"],
        trigger=document["trigger"],
        asked_at=moment_of(document["asked_at"]),
        ended_at=moment_or_none(document["ended_at"]),
        sentence=document["sentence"],
        gates=tuple(gate_of(gate) for gate in document["gates"]),
        approvals=tuple(approval_of(one) for one in document["approvals"]),
        evidence=document["evidence"],
        job_id=document["job"],
        ledger_seq=document["ledger_seq"],
    )


def advice_object(advice: Advice) -> AdviceObject:
    """Return advice as JSON."""
    return {
        "model": advice.model,
        "cause": advice.cause,
        "allowed": advice.allowed,
        "why_not": advice.why_not,
        "sentences": list(advice.sentences),
        "n_fresh": advice.n_fresh,
        "n_enough": advice.n_enough,
        "gain": advice.gain,
    }


def advice_of(document: AdviceObject) -> Advice:
    """Read advice."""
    return Advice(
        model=document["model"],
        cause=document["cause"],
        allowed=document["allowed"],
        why_not=document["why_not"],
        sentences=tuple(document["sentences"]),
        n_fresh=document["n_fresh"],
        n_enough=document["n_enough"],
        gain=document["gain"],
    )

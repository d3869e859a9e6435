"""Actions as the contract's receipts, stays as its history, and back."""

from typing_extensions import TypedDict

from core.action import Action, ActionKind, ActionStatus, ApprovalNote, Gate, MoveKind, Stay, Step
from core.wire.moments import moment, moment_of, moment_or_none, moment_text


class GateObject(TypedDict):
    """One condition of a change and how it stood; ``blocks`` says whether it stands in the way."""

    rule: str
    status: str
    sentence: str
    value: float | None
    limit: dict[str, float | None]
    blocks: bool
    held: float | None
    feature: str | None


class ApprovalObject(TypedDict):
    """Who stood for a change, and what that is worth."""

    role: str
    actor: str
    at: str
    sentence: str


class ReceiptObject(TypedDict):
    """What became of a change that was asked for.

    ``action`` is its id, null in a preview, where nothing was asked for yet and ``status`` is null too.
    """

    action: str | None
    kind: str
    model: str
    registry: str
    alias: str
    from_version: str | None
    to_version: str | None
    generation: int
    status: str | None
    step: str
    reason: str
    actor: str
    asked_at: str
    ended_at: str | None
    gates: list[GateObject]
    approvals: list[ApprovalObject]
    evidence: dict[str, str]
    ledger_seq: int | None
    sentence: str


# "from" is a word of Python's: a class cannot have it as a field.
HistoryObject = TypedDict(
    "HistoryObject",
    {
        "registry": str,
        "model": str,
        "version": str,
        "alias": str,
        "from": str,
        "to": str | None,
        "actor": str,
        "reason": str,
        "kind": str,
        "evidence": str | None,
    },
)
"""How long a version was what an alias showed, from when to when; ``to`` is null where it still is."""


def gate_object(gate: Gate) -> GateObject:
    """Return a gate as JSON."""
    return {
        "rule": gate.rule,
        "status": gate.status,
        "sentence": gate.sentence,
        "value": gate.value,
        "limit": {"low": gate.limit_low, "high": gate.limit_high},
        "blocks": gate.blocks,
        "held": gate.held,
        "feature": gate.feature,
    }


def gate_of(document: GateObject) -> Gate:
    """Read a gate."""
    return Gate(
        rule=document["rule"],
        status=document["status"],
        sentence=document["sentence"],
        value=document["value"],
        limit_low=document["limit"]["low"],
        limit_high=document["limit"]["high"],
        blocks=document["blocks"],
        held=document["held"],
        feature=document["feature"],
    )


def approval_object(note: ApprovalNote) -> ApprovalObject:
    """Return an approval as JSON."""
    return {"role": note.role, "actor": note.actor, "at": moment(note.at), "sentence": note.sentence}


def approval_of(document: ApprovalObject) -> ApprovalNote:
    """Read an approval."""
    return ApprovalNote(
        role=document["role"],
        actor=document["actor"],
        at=moment_of(document["at"]),
        sentence=document["sentence"],
    )


def receipt_object(action: Action, *, preview: bool = False) -> ReceiptObject:
    """Return an action as JSON; of a preview, what it would be."""
    return {
        "action": None if preview else action.id,
        "kind": action.kind.value,
        "model": action.model,
        "registry": action.registry,
        "alias": action.alias,
        "from_version": action.from_version,
        "to_version": action.to_version,
        "generation": action.generation,
        "status": None if preview else action.status.value,
        "step": action.step.value,
        "reason": action.reason,
        "actor": action.actor,
        "asked_at": moment(action.asked_at),
        "ended_at": moment_text(action.ended_at),
        "gates": [gate_object(gate) for gate in action.gates],
        "approvals": [approval_object(one) for one in action.approvals],
        "evidence": dict(action.evidence),
        "ledger_seq": action.ledger_seq,
        "sentence": action.sentence,
    }


def receipt_of(document: ReceiptObject) -> Action:
    """Read an action; one of a preview has no id and waits for nothing."""
    return Action(
        id=document["action"] or "",
        kind=ActionKind(document["kind"]),
        registry=document["registry"],
        model=document["model"],
        alias=document["alias"],
        from_version=document["from_version"],
        to_version=document["to_version"],
        generation=document["generation"],
        status=ActionStatus(document["status"] or ActionStatus.RUNNING),
        step=Step(document["step"]),
        reason=document["reason"],
        actor=document["actor"],
        asked_at=moment_of(document["asked_at"]),
        ended_at=moment_or_none(document["ended_at"]),
        sentence=document["sentence"],
        gates=tuple(gate_of(gate) for gate in document["gates"]),
        approvals=tuple(approval_of(one) for one in document["approvals"]),
        evidence=document["evidence"],
        ledger_seq=document["ledger_seq"],
    )


def history_object(stay: Stay) -> HistoryObject:
    """Return a stay as JSON: ``from`` and ``to`` are times."""
    return {
        "registry": stay.registry,
        "model": stay.model,
        "version": stay.version,
        "alias": stay.alias,
        "from": moment(stay.since),
        "to": moment_text(stay.until),
        "actor": stay.actor,
        "reason": stay.reason,
        "kind": stay.kind.value,
        "evidence": stay.evidence,
    }


def history_of(document: HistoryObject) -> Stay:
    """Read a stay."""
    return Stay(
        registry=document["registry"],
        model=document["model"],
        version=document["version"],
        alias=document["alias"],
        since=moment_of(document["from"]),
        until=moment_or_none(document["to"]),
        actor=document["actor"],
        reason=document["reason"],
        kind=MoveKind(document["kind"]),
        evidence=document["evidence"],
    )

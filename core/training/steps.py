"""The steps of a retraining, as values: what becomes of its row, and what the ledger is told. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.action import ActionStatus, Gate, Pointer, shown_version
from core.chain.canonical import Json
from core.chain.entries import Draft
from core.retrain import CHALLENGER, Retrain, RetrainChange, RetrainStep


def begin(retrain: Retrain, at: datetime) -> RetrainChange:
    """Put on record that a retraining was asked for."""
    draft = _draft(
        "retrain.asked",
        retrain,
        reason=retrain.reason,
        trigger=retrain.trigger,
        evidence=dict(retrain.evidence),
    )
    return RetrainChange(at=at, draft=draft, before=None, after=retrain)


def refuse(retrain: Retrain, at: datetime) -> RetrainChange:
    """Put on record that a retraining was asked for and refused, and why."""
    draft = _draft("retrain.refused", retrain, reason=retrain.reason, sentence=retrain.sentence)
    after = replace(retrain, status=ActionStatus.REFUSED, ended_at=at)
    return RetrainChange(at=at, draft=draft, before=None, after=after)


def snapshotted(retrain: Retrain, at: datetime, evidence: Mapping[str, str]) -> RetrainChange:
    """The rows lie in a file, whose digest is on record from here on."""
    draft = _draft("retrain.snapshot", retrain, evidence=evidence)
    return _change(retrain, at, draft, RetrainStep.SNAPSHOT, evidence={**retrain.evidence, **evidence})


def training(retrain: Retrain, at: datetime, *, job_id: str | None) -> RetrainChange:
    """Somebody trains: a job of this workspace, or an orchestrator's."""
    after = replace(_next(retrain, RetrainStep.TRAINING), job_id=job_id)
    return RetrainChange(at=at, draft=None, before=retrain, after=after)


def trained(retrain: Retrain, at: datetime, evidence: Mapping[str, str]) -> RetrainChange:
    """The candidate's files are complete."""
    return _change(retrain, at, None, RetrainStep.TRAINED, evidence={**retrain.evidence, **evidence})


def registered(retrain: Retrain, at: datetime, version: str, *, actor: str | None = None) -> RetrainChange:
    """The registry has the candidate as a version.

    Parameters
    ----------
    actor
        Who says so, where that is not who asked for the training.
    """
    after = replace(_next(retrain, RetrainStep.REGISTERED), to_version=version)
    draft = _draft("retrain.registered", after, actor=actor)
    return RetrainChange(at=at, draft=draft, before=retrain, after=after)


def proposing(retrain: Retrain, pointer: Pointer | None, shows: str | None, at: datetime) -> RetrainChange:
    """Take the challenger's pointer, so that nobody takes its move for one past Trimtab.

    Parameters
    ----------
    pointer
        As it is, held by nobody; None where the alias was never seen.
    shows
        What the registry's alias shows now.
    """
    free = pointer or Pointer(
        registry=retrain.registry,
        model=retrain.model,
        alias=CHALLENGER,
        version=shows,
        generation=0,
        since=at,
    )
    held = replace(free, version=shows, generation=free.generation + 1, action_id=retrain.id)
    return RetrainChange(
        at=at,
        draft=None,
        before=retrain,
        after=_next(retrain, RetrainStep.PROPOSING),
        pointer_before=pointer,
        pointer=held,
    )


def proposed(retrain: Retrain, held: Pointer, at: datetime) -> RetrainChange:
    """The challenger alias was read back and shows the candidate; its pointer is free again."""
    return RetrainChange(
        at=at,
        draft=_draft("retrain.challenger", retrain, pointer=held.generation, shown_before=held.version),
        before=retrain,
        after=_next(retrain, RetrainStep.PROPOSED),
        pointer_before=held,
        pointer=replace(held, version=retrain.to_version, since=at, action_id=None),
    )


def validating(retrain: Retrain, at: datetime, *, job_id: str) -> RetrainChange:
    """A job holds the candidate beside the champion."""
    after = replace(_next(retrain, RetrainStep.VALIDATING), job_id=job_id)
    return RetrainChange(at=at, draft=None, before=retrain, after=after)


def done(retrain: Retrain, at: datetime, *, sentence: str, gates: tuple[Gate, ...] = ()) -> RetrainChange:
    """The candidate is the challenger, and what stands between it and production is known."""
    return RetrainChange(
        at=at,
        draft=_draft("retrain.done", retrain, sentence=sentence),
        before=retrain,
        after=replace(
            retrain, status=ActionStatus.DONE, sentence=sentence, gates=gates, ended_at=at, attempt=0
        ),
    )


def failed(
    retrain: Retrain,
    at: datetime,
    *,
    sentence: str,
    held: Pointer | None = None,
    actor: str | None = None,
) -> RetrainChange:
    """It came to nothing, or its candidate is not the challenger; a pointer that it held is free again."""
    return RetrainChange(
        at=at,
        draft=_draft("retrain.failed", retrain, actor=actor, sentence=sentence),
        before=retrain,
        after=replace(retrain, status=ActionStatus.FAILED, sentence=sentence, ended_at=at),
        pointer_before=held,
        pointer=None if held is None else replace(held, action_id=None),
    )


def tried(retrain: Retrain, at: datetime, *, sentence: str) -> RetrainChange:
    """Something did not answer, and is tried again."""
    after = replace(retrain, attempt=retrain.attempt + 1, sentence=sentence)
    return RetrainChange(at=at, draft=None, before=retrain, after=after)


def said(retrain: Retrain) -> str:
    """Return what a retraining does, as the beginning of a sentence.

    Examples
    --------
    >>> from datetime import UTC
    >>> said(Retrain(id="a", registry="local", model="lending", from_version="8", generation=3,
    ...     status=ActionStatus.RUNNING, reason="", actor="ann", asked_at=datetime(2026, 11, 1, tzinfo=UTC)))
    'Retrain lending from v8'
    """
    return f"{retrain.kind.verb} {retrain.model} from {shown_version(retrain.from_version)}"


def _next(retrain: Retrain, step: RetrainStep) -> Retrain:
    return replace(retrain, step=step, attempt=0, sentence="")


def _change(
    retrain: Retrain, at: datetime, draft: Draft | None, step: RetrainStep, *, evidence: Mapping[str, str]
) -> RetrainChange:
    after = replace(_next(retrain, step), evidence=evidence)
    return RetrainChange(at=at, draft=draft, before=retrain, after=after)


def _draft(
    kind: str,
    retrain: Retrain,
    *,
    reason: str | None = None,
    actor: str | None = None,
    **more: str | int | Mapping[str, str] | None,
) -> Draft:
    """Return what the ledger is told; the reason is a person's own words, and so no part of the facts.

    ``actor`` is who did this step, where that is not who asked for the retraining.
    """
    facts: dict[str, Json] = {
        "action": retrain.id,
        "kind": retrain.kind.value,
        "registry": retrain.registry,
        "model": retrain.model,
        "alias": CHALLENGER,
        "from": retrain.from_version,
        "to": retrain.to_version,
        "generation": retrain.generation,
    }
    facts |= {name: dict(value) if isinstance(value, Mapping) else value for name, value in more.items()}
    return Draft(
        kind=kind,
        actor=actor or retrain.actor,
        model=retrain.name,
        facts=facts,
        private=None if reason is None else {"reason": reason},
    )

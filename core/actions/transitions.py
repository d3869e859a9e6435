"""The steps of an action, as values: each says what becomes of the rows and what the ledger is told. Pure.

::

    asked ──▶ moved ──▶ deployed ──▶ unconfirmed ──▶ done
      │         │           └──────────────────────▶ done
      │         ├──▶ undoing ──▶ failed
      │         └──▶ done (of a model that is retired: archived and closed)
      └──▶ failed

A step is written before the next one begins, so that whoever finds a running action after a crash knows
what was certainly done, and does the rest.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.action import (
    NOBODY,
    Action,
    ActionKind,
    ActionStatus,
    MoveKind,
    Pointer,
    Step,
    Transition,
    shown_version,
)
from core.chain.canonical import Json
from core.chain.entries import Draft

UNDONE = "action.undone"
"""Kind of the entry after which an alias shows again what it showed before the action."""


def begin(
    action: Action, pointer: Pointer | None, at: datetime, *, waited: Action | None = None
) -> Transition:
    """Take the pointer for an action; from here on nobody else may move it until the action ends.

    Parameters
    ----------
    action
        Running, with the generation that follows the pointer's.
    pointer
        As it is; None where the alias was never seen.
    waited
        The action as it waited for approval, where it did.
    """
    free = pointer or Pointer(
        registry=action.registry,
        model=action.model,
        alias=action.alias,
        version=action.from_version,
        generation=0,
        since=at,
    )
    return Transition(
        at=at,
        draft=draft(
            "action.asked",
            action,
            reason=action.reason,
            evidence=dict(action.evidence),
            approvals={f"{one.role} {one.actor}": one.sentence for one in action.approvals},
        ),
        action_before=waited,
        action=action,
        pointer_before=pointer,
        pointer=replace(free, generation=action.generation, action_id=action.id),
    )


def refuse(action: Action, at: datetime, *, waited: Action | None = None) -> Transition:
    """Put on record that a change was asked for and refused, and why."""
    return Transition(
        at=at,
        draft=draft("action.refused", action, sentence=action.sentence, reason=action.reason),
        action_before=waited,
        action=replace(action, status=ActionStatus.REFUSED, ended_at=at),
    )


def moved(action: Action, pointer: Pointer, at: datetime, *, from_arrival: int | None) -> Transition:
    """The registry was read back and shows the new version."""
    return Transition(
        at=at,
        draft=draft("action.moved", action),
        action_before=action,
        action=replace(action, step=Step.MOVED, attempt=0, from_arrival=from_arrival),
        pointer_before=pointer,
        pointer=replace(pointer, version=action.to_version, since=at),
    )


def deployed(action: Action, at: datetime, *, how: str) -> Transition:
    """The deployment was told of the new version; ``how`` says by what, and what it answered."""
    return Transition(
        at=at,
        draft=draft("action.deployed", action, deployment=how),
        action_before=action,
        action=replace(action, step=Step.DEPLOYED, attempt=0),
    )


def unconfirmed(action: Action, pointer: Pointer, at: datetime, *, sentence: str) -> Transition:
    """All was done that can be done; the rows have yet to show it. The pointer is free again."""
    return Transition(
        at=at,
        draft=draft("action.unconfirmed", action, sentence=sentence),
        action_before=action,
        action=replace(action, status=ActionStatus.UNCONFIRMED, sentence=sentence),
        pointer_before=pointer,
        pointer=replace(pointer, action_id=None),
    )


def done(action: Action, pointer: Pointer | None, at: datetime, *, sentence: str) -> Transition:
    """New rows carry the version. ``pointer`` is None where it was given back before."""
    return Transition(
        at=at,
        draft=draft("action.done", action, sentence=sentence),
        action_before=action,
        action=replace(action, status=ActionStatus.DONE, sentence=sentence, ended_at=at),
        pointer_before=pointer,
        pointer=None if pointer is None else replace(pointer, action_id=None),
    )


def overtaken(action: Action, at: datetime, *, sentence: str) -> Transition:
    """The pointer moved on before rows could show that this action took."""
    return Transition(
        at=at,
        draft=draft("action.overtaken", action, sentence=sentence),
        action_before=action,
        action=replace(action, status=ActionStatus.FAILED, sentence=sentence, ended_at=at),
    )


def tried(action: Action, at: datetime, *, sentence: str) -> Transition:
    """Something did not answer, and is tried again: the ledger keeps what happened, not what did not."""
    return Transition(
        at=at,
        draft=None,
        action_before=action,
        action=replace(action, attempt=action.attempt + 1, sentence=sentence),
    )


def told(action: Action, at: datetime, *, sentence: str) -> Transition:
    """What is known of an action reads otherwise than before; nothing happened to it."""
    return Transition(
        at=at,
        draft=None,
        action_before=action,
        action=replace(action, sentence=sentence),
    )


def undoing(action: Action, at: datetime, *, sentence: str) -> Transition:
    """The deployment refused the version: the alias has to go back."""
    return Transition(
        at=at,
        draft=draft("action.undoing", action, sentence=sentence),
        action_before=action,
        action=replace(action, step=Step.UNDOING, attempt=0, sentence=sentence),
    )


def failed(action: Action, pointer: Pointer, at: datetime, *, sentence: str, shows: str | None) -> Transition:
    """The action came to nothing.

    Parameters
    ----------
    shows
        What the registry shows now. Where that is neither end of the action, somebody moved the alias past
        Trimtab: the pointer stays as it is on record, so that this is seen and told on its own.
    """
    undone = action.step is Step.UNDOING and shows == action.from_version
    free = replace(pointer, action_id=None)
    return Transition(
        at=at,
        draft=draft(UNDONE if undone else "action.failed", action, sentence=sentence, shows=shows),
        action_before=action,
        action=replace(action, status=ActionStatus.FAILED, sentence=sentence, ended_at=at),
        pointer_before=pointer,
        pointer=replace(free, version=shows, since=at) if undone else free,
    )


def seen(pointer: Pointer | None, found: Pointer, at: datetime) -> Transition:
    """An alias shows what no action made it show: for the first time, or moved past Trimtab.

    Parameters
    ----------
    pointer
        As recorded; None at first sight.
    found
        The alias as the registry shows it, with the recorded generation.
    """
    kind = MoveKind.INITIAL if pointer is None else MoveKind.EXTERNAL
    return Transition(
        at=at,
        draft=Draft(
            kind=f"pointer.{kind.value}",
            actor=NOBODY,
            model=f"{found.registry}/{found.model}",
            facts={
                "registry": found.registry,
                "model": found.model,
                "alias": found.alias,
                "from": pointer.version if pointer else None,
                "to": found.version,
                "generation": found.generation + 1,
            },
        ),
        pointer_before=pointer,
        pointer=replace(found, generation=found.generation + 1, since=at),
    )


def said(action: Action) -> str:
    """Return what an action does, as the beginning of a sentence.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> said(Action(id="a", kind=ActionKind.ROLL_BACK, registry="local", model="lending", from_version="8",
    ...     to_version="7", generation=3, status=ActionStatus.RUNNING, reason="", actor="ann",
    ...     asked_at=datetime(2026, 11, 1, tzinfo=UTC)))
    'Roll back lending from v8 to v7'
    """
    if action.kind is ActionKind.RETIRE:
        serving = f", {shown_version(action.from_version)} as champion" if action.from_version else ""
        return f"Retire {action.model}{serving}"
    return (
        f"{action.kind.verb} {action.model} from {shown_version(action.from_version)}"
        f" to {shown_version(action.to_version)}"
    )


def draft(
    kind: str,
    action: Action,
    *,
    reason: str | None = None,
    actor: str | None = None,
    **more: str | Mapping[str, str] | None,
) -> Draft:
    """Return what the ledger is told; the reason is a person's own words, and so no part of the facts.

    ``actor`` is who did this step, where that is not who asked for the action.
    """
    facts: dict[str, Json] = {
        "action": action.id,
        "kind": action.kind.value,
        "registry": action.registry,
        "model": action.model,
        "alias": action.alias,
        "from": action.from_version,
        "to": action.to_version,
        "generation": action.generation,
    }
    facts |= {name: dict(value) if isinstance(value, Mapping) else value for name, value in more.items()}
    return Draft(
        kind=kind,
        actor=actor or action.actor,
        model=action.name,
        facts=facts,
        private=None if reason is None else {"reason": reason},
    )

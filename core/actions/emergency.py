"""Roll back when nothing else works: control is down or hangs, or the ledger cannot be written.

It goes to a version that was in production before, by one person, and is written to a signed journal, which
the next control process puts on record; a review is due then.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from secrets import token_hex

from core.action import (
    CHAMPION,
    Action,
    ActionKind,
    ActionStatus,
    ApprovalNote,
    Move,
    shown_version,
)
from core.actions import past, transitions
from core.actions.journal import Journal
from core.actions.recorder import Recorder
from core.chain.entries import Draft
from core.chain.signing import Signer
from core.domain import Incident
from core.errors import Conflict, InvalidInput, NotFound, Problem
from core.incidents.emergency import review_due
from core.ledger import Ledger
from core.ledger.desk import SYSTEM
from core.ports import Clock, Registry
from core.store import StateStore

REVIEW = "emergency: decided by one person without the ledger; a review is due within 3 days"
_log = logging.getLogger("trimtab.actions")


def roll_back(
    model: str,
    *,
    to: str | None,
    reason: str,
    actor: str,
    state: StateStore,
    registries: Mapping[str, Registry],
    signer: Signer,
    journal: Journal,
    clock: Clock,
) -> Action:
    """Point a model's champion at an earlier version, with nothing but a registry that answers.

    Parameters
    ----------
    to
        A version that was champion before; None for the one before the present.
    state
        Only read: it may belong to a process that hangs.

    Raises
    ------
    InvalidInput
        There is no reason.
    NotFound
        The ledger knows no such model.
    Conflict
        The version was never champion, or is now.
    Unavailable
        The registry does not answer, or neither store nor journal can be used.
    """
    if not reason.strip():
        problem = Problem(field="reason", message="is empty", remedy="say why, for those who come after")
        raise InvalidInput("The roll back", [problem])
    registry, name, history = _recorded(model, state)
    shows = registries[registry].model(name).aliases.get(CHAMPION)
    earlier = past.shown_before(history) - {shows}
    target = to or past.previous(history)
    if target is None or target not in earlier:
        known = ", ".join(shown_version(one) for one in sorted(earlier)) or "none"
        raise Conflict(
            f"{shown_version(target)} is no earlier champion of {model} (on record: {known})",
            hint="Name one of these with --to.",
        )
    now = clock.now()
    action = Action(
        id=token_hex(6),
        kind=ActionKind.ROLL_BACK,
        registry=registry,
        model=name,
        from_version=shows,
        to_version=target,
        generation=history[-1].generation + 1,
        status=ActionStatus.RUNNING,
        reason=reason.strip(),
        actor=actor,
        asked_at=now,
        approvals=(ApprovalNote(role="on call", actor=actor, at=now, sentence=REVIEW),),
    )
    # Before the alias moves: a change that left no trace would be worse than none.
    journal.write(action, signer)
    registries[registry].set_alias(name, CHAMPION, target)
    read_back = registries[registry].model(name).aliases.get(CHAMPION)
    if read_back != target:
        what = f"The alias was set, but shows {shown_version(read_back)}"
        raise Conflict(what, hint="Look at the registry.")
    told = "the deployment and the ledger are told when control is back"
    return replace(action, sentence=f"{transitions.said(action)}: alias moved in an emergency; {told}.")


def _recorded(model: str, state: StateStore) -> tuple[str, str, list[Move]]:
    """Return registry, name and the champion's moves of a model, from what is on record."""
    pointers = [
        one
        for one in state.pointers.every()
        if one.alias == CHAMPION and model in (one.model, f"{one.registry}/{one.model}")
    ]
    if not pointers:
        raise NotFound("model with a champion on record", model)
    if len(pointers) > 1:
        names = ", ".join(f"{one.registry}/{one.model}" for one in pointers)
        raise Conflict(
            f"'{model}' names several models: {names}", hint="Write the registry's name before it."
        )
    (pointer,) = pointers
    records = state.ledger.records(model=f"{pointer.registry}/{pointer.model}", kinds=past.MOVING, limit=None)
    return pointer.registry, pointer.model, [one for one in past.moves(records) if one.alias == CHAMPION]


def take_in(journal: Journal, *, state: StateStore, ledger: Ledger, recorder: Recorder, at: datetime) -> int:
    """Put on record what a journal holds, and set it aside; returns how many actions were new.

    Each becomes an action that was asked for, which the runner takes from there as after any crash. A line
    that no key of the workspace signed is not believed; that it was there is put on record.
    """
    if not journal.path.exists():
        return 0
    n_new, unsound = 0, []
    for line in journal.lines(ledger.public_keys()):
        action, key = line.action, f"emergency/{line.action.id}"
        if not line.sound:
            unsound.append(action.id)
        elif state.pointers.by_key(key) is None:
            pointer = state.pointers.get(action.registry, action.model, action.alias)
            if pointer is not None and pointer.action_id is not None:
                # What was under way when control went down ends first; the journal waits for that.
                return n_new
            asked = replace(action, generation=(pointer.generation if pointer else 0) + 1)
            with state.together():
                recorder.write(transitions.begin(asked, pointer, at), key=key)
                state.save_incidents([_review_of(asked)])
            n_new += 1
    if unsound:
        ledger.append(Draft(kind="emergency.not_believed", actor=SYSTEM, facts={"actions": unsound}))
    journal.set_aside(f"emergency-{at:%Y%m%dT%H%M%S}.jsonl")
    _log.warning("emergency.taken_in n=%d not_believed=%d", n_new, len(unsound))
    return n_new


def _review_of(action: Action) -> Incident:
    """Return the incident that calls people, and asks for a review."""
    return review_due(
        action.model,
        action.id,
        versions=(shown_version(action.from_version), shown_version(action.to_version)),
        actor=action.actor,
        at=action.asked_at,
    )

"""The steps of an action while it waits for approval, as values. Pure.

::

    waiting ──▶ asked ──▶ …          enough people approved, and every guard still agrees
       └──────▶ refused              rejected; expired; what was approved is not what it was

The pointer is not held meanwhile: whoever moves it makes what waits void.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from core.access.person import Person, shown_roles
from core.action import Action, ActionStatus, Approval, ApprovalNote, Transition
from core.actions import transitions
from core.actions.approving import people
from core.ledger.desk import SYSTEM


def wait(action: Action, at: datetime, *, until: datetime) -> Transition:
    """Put on record that a change was asked for and waits for approval."""
    needed = action.binding.needed if action.binding else 0
    sentence = f"{transitions.said(action)} waits for {people(needed)}, until {until:%d %b %Y %H:%M} UTC."
    return Transition(
        at=at,
        draft=transitions.draft(
            "action.waiting",
            action,
            reason=action.reason,
            sentence=sentence,
            evidence=dict(action.evidence),
            binding=bound(action),
        ),
        action=replace(action, status=ActionStatus.WAITING_APPROVAL, sentence=sentence),
    )


def given(action: Action, approval: Approval) -> Transition:
    """Somebody approved it."""
    note = ApprovalNote(
        role="approver", actor=approval.actor, at=approval.at, sentence=f"approved it: {approval.reason}"
    )
    return Transition(
        at=approval.at,
        draft=transitions.draft(
            "approval.given",
            action,
            actor=approval.actor,
            reason=approval.reason,
            approval=approval.id,
            roles=", ".join(approval.roles),
            binding=bound(action),
        ),
        action_before=action,
        action=replace(action, approvals=(*action.approvals, note)),
    )


def rejected(action: Action, approval: Approval) -> Transition:
    """Somebody rejected it, or withdrew it: that ends it."""
    withdrawn = approval.actor == action.actor
    verb = "withdrawn" if withdrawn else "rejected"
    note = ApprovalNote(
        role="requester" if withdrawn else "approver",
        actor=approval.actor,
        at=approval.at,
        sentence=f"{'withdrew' if withdrawn else 'rejected'} it: {approval.reason}",
    )
    sentence = f"{transitions.said(action)} was {verb} by {approval.actor}; nothing was changed."
    return Transition(
        at=approval.at,
        draft=transitions.draft(
            "approval.rejected",
            action,
            actor=approval.actor,
            reason=approval.reason,
            approval=approval.id,
            sentence=sentence,
        ),
        action_before=action,
        action=replace(
            action,
            status=ActionStatus.REFUSED,
            sentence=sentence,
            ended_at=approval.at,
            approvals=(*action.approvals, note),
        ),
    )


def expired(action: Action, at: datetime, *, span: timedelta) -> Transition:
    """Nobody, or too few, approved it in time."""
    hours = span.total_seconds() / 3600
    n = sum(note.role == "approver" for note in action.approvals)
    needed = action.binding.needed if action.binding else 0
    sentence = (
        f"{transitions.said(action)} expired: {n} of {people(needed)} agreed within {hours:g} h;"
        " nothing was changed."
    )
    return _closed("approval.expired", action, at, sentence)


def void(action: Action, at: datetime, *, why: str) -> Transition:
    """What people looked at, or would have, is another by now."""
    sentence = f"{transitions.said(action)} is void: {why} since it was asked for; nothing was changed."
    return _closed("approval.void", action, at, sentence)


def _closed(kind: str, action: Action, at: datetime, sentence: str) -> Transition:
    return Transition(
        at=at,
        draft=transitions.draft(kind, action, actor=SYSTEM, sentence=sentence),
        action_before=action,
        action=replace(action, status=ActionStatus.REFUSED, sentence=sentence, ended_at=at),
    )


def decided(
    action: Action, person: Person, *, identity: str, yes: bool, reason: str, at: datetime
) -> Approval:
    """Return a decision as it is kept; raises ``ValueError`` for an action that never waited."""
    if action.binding is None:
        raise ValueError(f"Action {action.id} needs no approval")
    return Approval(
        id=identity,
        action_id=action.id,
        given=yes,
        actor=person.name,
        roles=tuple(shown_roles(person).split(", ")),
        reason=reason,
        at=at,
        binding=action.binding,
    )


def bound(action: Action) -> Mapping[str, str]:
    """Return what approvals of an action stand on, as the ledger is told."""
    if action.binding is None:
        return {}
    return {
        "version_digest": action.binding.version_digest,
        "policy_digest": action.binding.policy_digest,
        "evidence_digest": action.binding.evidence_digest,
        "needed": str(action.binding.needed),
    }

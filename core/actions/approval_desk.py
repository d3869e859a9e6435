"""The desk of approvals: what waits for whom, who agreed, and what became of it."""

import logging
from dataclasses import replace
from secrets import token_hex

from core.access.independence import objection, same_person
from core.access.person import Person, shown_roles
from core.access.roles import Decision, Right, allows_act, holders
from core.action import Action, ActionStatus, Pending, Transition
from core.actions import approval_steps as steps
from core.actions import guards, transitions
from core.actions.approving import Approving, is_fresh, moved, of_action, stale_sign_in
from core.actions.desk import ActionDesk, Asked
from core.actions.recorder import Recorder
from core.actions.runner import ActionRunner
from core.errors import InvalidInput, Problem, Refused, StalePointer, TrimtabError
from core.ledger import Ledger
from core.ports import Clock
from core.store import StateStore

_WAITING = (ActionStatus.WAITING_APPROVAL,)
_log = logging.getLogger("trimtab.approvals")


class ApprovalDesk:
    """Takes people's decisions about changes that wait for them. Safe between threads.

    Parameters
    ----------
    desk
        Looks at everything again before what was approved begins.
    approving
        Knows what is needed, and who had a hand in a change.
    runner
        Does what was approved.
    state, ledger
        Where decisions are kept, and told.
    clock
        Tells the time.
    """

    def __init__(
        self,
        desk: ActionDesk,
        approving: Approving,
        runner: ActionRunner,
        *,
        state: StateStore,
        ledger: Ledger,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._runner = runner
        self._approving = approving
        self._state = state
        self._table = state.pointers
        self._recorder = Recorder(state, ledger)
        self._clock = clock

    # ---------------------------------------------------------------- deciding

    def approve(self, action_id: str, person: Person, reason: str) -> Action:
        """Agree to a change; with enough approvals everything is checked again, and it begins.

        The same person again changes nothing.

        Raises
        ------
        InvalidInput
            There is no reason.
        NotFound
            There is no such action.
        Refused
            It waits for nothing, or this person may not approve it.
        Unavailable
            The registry does not say who trained the version: nothing was decided.
        """
        reason = _given(reason)
        action = self._looked_at(action_id)
        self._refuse_person(action, person, Decision.APPROVE)
        why_not = self._objection(action, person)
        if why_not:
            raise Refused(f"{transitions.said(action)} cannot be approved by {person.name}: {why_not}")
        with self._state.together():
            action = self._waiting(action_id)
            if not self._approved_by(action, person):
                action = self._decide(action, person, reason, yes=True)
        return self._settled(action)

    def reject(self, action_id: str, person: Person, reason: str) -> Action:
        """End a change that waits; who asked for it may withdraw it so. Raises as :meth:`approve`."""
        reason = _given(reason)
        action = self._looked_at(action_id)
        if person.name != action.actor:
            self._refuse_person(action, person, Decision.REJECT)
        with self._state.together():
            return self._decide(self._waiting(action_id), person, reason, yes=False)

    def _decide(self, action: Action, person: Person, reason: str, *, yes: bool) -> Action:
        decision = steps.decided(
            action, person, identity=token_hex(6), yes=yes, reason=reason, at=self._clock.now()
        )
        self._state.approvals.add(decision)
        step = steps.given if yes else steps.rejected
        _log.info("approval.%s action=%s", "given" if yes else "rejected", action.id)
        return self._recorder.write(step(action, decision))

    def _looked_at(self, action_id: str) -> Action:
        """Return an action that still waits, after what time or others did to it is on record."""
        action = self._table.action(action_id)
        if action.status is ActionStatus.WAITING_APPROVAL:
            self._close(action)
        return self._waiting(action_id)

    def _waiting(self, action_id: str) -> Action:
        action = self._table.action(action_id)
        if action.status is not ActionStatus.WAITING_APPROVAL:
            raise Refused(
                f"Action {action.id} waits for no approval: it is {action.status.value.replace('_', ' ')}",
                hint=action.sentence,
            )
        return action

    def _refuse_person(self, action: Action, person: Person, decision: Decision) -> None:
        if not allows_act(person.roles, decision, action.status):
            who = f"{person.name} may not {decision.value} (roles: {shown_roles(person)})"
            raise Refused(who, hint=f"It takes {holders(Right.APPROVE)}.")
        if decision is Decision.APPROVE and not is_fresh(person, self._clock.now()):
            raise Refused(stale_sign_in(person).sentence.rstrip("."))

    def _objection(self, action: Action, person: Person) -> str | None:
        makers = self._approving.makers(of_action(action, self._desk.registry(action)))
        return objection(self._approving.names(person.name), makers)

    def _approved_by(self, action: Action, person: Person) -> bool:
        """Tell whether somebody approved it already, be it under another name or by a token of theirs."""
        given = [one.actor for one in self._state.approvals.of(action.id)]
        known = {name for one in given for name in self._approving.names(one)}
        own = self._approving.names(person.name)
        return any(same_person(one, other) for one in own for other in known)

    # ---------------------------------------------------------------- looking after what waits

    def tend(self) -> None:
        """Close what expired or is void, and begin what was approved and cut off; every few seconds."""
        for action in self._table.actions(statuses=_WAITING):
            try:
                if not self._close(action):
                    self._settled(action)
            except TrimtabError as error:
                _log.warning("approval.not_tended action=%s cause=%s", action.id, error)

    def _close(self, action: Action) -> bool:
        """End an action that waits in vain; returns whether it did, or somebody else was quicker."""
        ended = self._ended(action)
        if ended is None:
            return False
        try:
            self._recorder.write(ended)
        except StalePointer:
            return True
        _log.info("approval.closed action=%s", action.id)
        return True

    def _ended(self, action: Action) -> Transition | None:
        now, span = self._clock.now(), self._approving.span(action)
        if now - action.asked_at >= span:
            return steps.expired(action, now, span=span)
        if action.binding is None:
            return None
        pointer = self._table.get(action.registry, action.model, action.alias)
        monitor = self._approving.monitor(action.name)
        why = moved(action.binding, self._approving.binding(action.kind, monitor, action.to_version, pointer))
        return steps.void(action, now, why=why) if why else None

    def _settled(self, action: Action) -> Action:
        """Begin an action that enough people approved; where that cannot be now, it goes on later."""
        if action.binding is None or self._n_given(action) < action.binding.needed:
            return action
        try:
            return self._runner.advance(self._begin(action))
        except TrimtabError as error:
            _log.warning("approval.not_begun action=%s cause=%s", action.id, error)
            return self._table.action(action.id)

    def _begin(self, waited: Action) -> Action:
        """Let an approved action begin, or refuse it, once everything was looked at again."""
        asked = Asked(
            kind=waited.kind,
            model=waited.name,
            version=waited.to_version,
            reason=waited.reason,
            actor=waited.actor,
            alias=waited.alias,
            generation=waited.generation - 1,
        )
        fresh, facts = self._desk.draw_up(asked, anew=True)
        now, refused = fresh.asked_at, guards.refusals(facts)
        if waited.binding != fresh.binding:
            refused = (*refused, guards.MOVED_ON)
        if refused:
            sentence = f"{transitions.said(waited)} was approved, and refused: {guards.as_sentence(refused)}"
            held = replace(waited, gates=guards.as_gates(refused, fresh.gates), sentence=sentence)
            return self._recorder.write(transitions.refuse(held, now, waited=waited))
        action = replace(
            waited,
            status=ActionStatus.RUNNING,
            gates=fresh.gates,
            evidence=fresh.evidence,
            sentence="",
            begun_at=now,
        )
        return self._recorder.write(transitions.begin(action, facts.pointer, now, waited=waited))

    def _n_given(self, action: Action) -> int:
        decided = self._state.approvals.of(action.id)
        return sum(one.given and one.binding == action.binding for one in decided)

    # ---------------------------------------------------------------- answers

    def pending(self, person: Person) -> list[Pending]:
        """Return what waits for approval, the oldest first, and whether this person may approve it."""
        found = sorted(self._table.actions(statuses=_WAITING), key=lambda one: (one.asked_at, one.id))
        return [self._pending(action, person) for action in found]

    def _pending(self, action: Action, person: Person) -> Pending:
        why_not = self._why_not(action, person)
        return Pending(
            action=action,
            expires_at=action.asked_at + self._approving.span(action),
            needed=action.binding.needed if action.binding else 0,
            given=self._n_given(action),
            allowed=not why_not,
            why_not=why_not,
            own=person.name == action.actor,
            rejectable=person.name == action.actor
            or allows_act(person.roles, Decision.REJECT, action.status),
        )

    def _why_not(self, action: Action, person: Person) -> str:
        try:
            self._refuse_person(action, person, Decision.APPROVE)
            why_not = self._objection(action, person)
        except TrimtabError as error:
            return f"{error.message}."
        if why_not is None and self._approved_by(action, person):
            return f"{person.name} approved it already."
        return f"{why_not}." if why_not else ""


def _given(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        problem = Problem(field="reason", message="is empty", remedy="say why, for those who come after")
        raise InvalidInput("The decision", [problem])
    return reason

"""From a decision to what it asks for: the desks do it, with their gates and approvals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.access.person import Person
from core.access.roles import Right, allows, holders
from core.access.scopes import Scope, covers
from core.action import Action, ActionKind, ActionStatus
from core.actions import ActionDesk, Asked
from core.actions.waiving import Waiving
from core.domain import Incident
from core.errors import TrimtabError
from core.retrain import Retrain
from core.store import StateStore
from core.training import Retraining
from core.training import Wish as Training
from core.views.review import Choice, Decision, Item, ItemKind, Outcome
from core.views.words import day, sentence

Snooze = Callable[[str, datetime, str], Incident]
_NOTHING = "It was cut off before anything was asked for: nothing was changed. Decide again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a decision came to; ``receipt`` names the action, retraining, incident or waiver."""

    outcome: Outcome
    sentence: str
    receipt: str | None = None


class Carrier:
    """Has decisions carried out, each once, and says what became of them.

    Parameters
    ----------
    state
        Knows what was asked for under which key.
    actions, training, waiving
        The desks that do it.
    snooze
        Puts an incident aside until a time.
    """

    def __init__(
        self,
        *,
        state: StateStore,
        actions: ActionDesk,
        training: Retraining,
        waiving: Waiving,
        snooze: Snooze,
    ) -> None:
        self._state = state
        self._actions = actions
        self._training = training
        self._waiving = waiving
        self._snooze = snooze

    def carry(self, decision: Decision, item: Item, person: Person, *, generation: int | None) -> Carried:
        """Ask for what was decided; what its desk refuses is an answer, not an error.

        Parameters
        ----------
        generation
            The pointer's generation on whose sight it was decided, where they say so.
        """
        try:
            if decision.choice in _KINDS:
                return of_action(self._act(decision, item, person, generation))
            if decision.choice is Choice.RETRAIN:
                return _of_retrain(self._retrain(decision, item, person))
            return self._accept(decision, item, person)
        except TrimtabError as error:
            hint = f" {error.hint}" if error.hint else ""
            told = f"{sentence(error.message)} Nothing was changed.{hint}"
            return Carried(outcome=Outcome.REFUSED, sentence=told)

    def recover(self, decision: Decision, item: Item) -> Carried:
        """Say what became of a decision that was cut off: what was asked for goes on, else nothing was."""
        if decision.choice in _KINDS:
            action = self._state.pointers.by_key(key_of(decision))
            return _UNDONE if action is None else of_action(action)
        if decision.choice is Choice.RETRAIN:
            retrain = self._state.retrains.by_key(key_of(decision))
            return _UNDONE if retrain is None else _of_retrain(retrain)
        return self._accepted(decision, item) or _UNDONE

    def now(self, decision: Decision) -> Carried | None:
        """Return how far an action that was under way is now; None where nothing is known of it."""
        if decision.receipt is None or decision.outcome not in (Outcome.WAITING, Outcome.UNDER_WAY):
            return None
        try:
            if decision.choice is Choice.RETRAIN:
                return _of_retrain(self._training.get(decision.receipt))
            return of_action(self._actions.get(decision.receipt))
        except TrimtabError:
            return None

    # ---------------------------------------------------------------- each choice

    def _act(self, decision: Decision, item: Item, person: Person, generation: int | None) -> Action:
        return self._actions.ask(
            Asked(
                kind=_KINDS[decision.choice],
                model=name_of(item),
                version=decision.version,
                reason=decision.reason,
                actor=person.name,
                generation=generation,
                key=key_of(decision),
                person=person,
            )
        )

    def _retrain(self, decision: Decision, item: Item, person: Person) -> Retrain:
        return self._training.ask(
            Training(
                model=name_of(item),
                reason=decision.reason,
                actor=person.name,
                person=person,
                key=key_of(decision),
            )
        )

    def _accept(self, decision: Decision, item: Item, person: Person) -> Carried:
        if decision.until is None:
            return _UNDONE
        if item.kind in _INCIDENTS:
            if not allows(person.roles, Right.LOOK_AFTER):
                told = f"{person.name} may not put incidents aside: it takes {holders(Right.LOOK_AFTER)}."
                return Carried(outcome=Outcome.REFUSED, sentence=told)
            self._snooze(item.subject, decision.until, person.name)
        elif item.gate is not None and item.version is not None:
            if not (allows(person.roles, Right.APPROVE) and covers(person.scopes, Scope.APPROVE)):
                told = f"{person.name} may not stand for a gate: it takes {holders(Right.APPROVE)}."
                return Carried(outcome=Outcome.REFUSED, sentence=told)
            self._waiving.waive(
                name_of(item),
                item.version,
                item.gate,
                reason=decision.reason,
                until=decision.until,
                person=person,
            )
        return self._accepted(decision, item) or _UNDONE

    def _accepted(self, decision: Decision, item: Item) -> Carried | None:
        """Return that a risk is accepted, where what stands for it is on record."""
        ends = f"until {day(decision.until)}."
        if item.kind in _INCIDENTS:
            there = self._state.incident(item.subject)
            if (there.snoozed_until, there.acknowledged_by) != (decision.until, decision.actor):
                return None
            told = f"The risk is accepted and the incident aside {ends}"
            return Carried(outcome=Outcome.DONE, sentence=told, receipt=item.subject)
        if item.gate is not None and item.version is not None:
            given = self._state.candidates.waivers(item.registry, item.model, item.version)
            mine = [
                one.id
                for one in given
                if (one.gate, one.until, one.actor) == (item.gate, decision.until, decision.actor)
            ]
            told = f"Gate {item.gate} is waived {ends}"
            return Carried(outcome=Outcome.DONE, sentence=told, receipt=mine[-1]) if mine else None
        return Carried(outcome=Outcome.DONE, sentence=f"The risk is accepted {ends}")


_KINDS = {Choice.ROLL_BACK: ActionKind.ROLL_BACK, Choice.PROMOTE: ActionKind.PROMOTE}
_INCIDENTS = (ItemKind.INCIDENT, ItemKind.FAIRNESS)
_UNDONE = Carried(outcome=Outcome.UNDONE, sentence=_NOTHING)
_OUTCOMES = {
    ActionStatus.WAITING_APPROVAL: Outcome.WAITING,
    ActionStatus.RUNNING: Outcome.UNDER_WAY,
    ActionStatus.UNCONFIRMED: Outcome.UNDER_WAY,
    ActionStatus.DONE: Outcome.DONE,
    ActionStatus.REFUSED: Outcome.REFUSED,
    ActionStatus.FAILED: Outcome.REFUSED,
}


def key_of(decision: Decision) -> str:
    """Return the key under which a decision's action is asked for: the same decision asks once."""
    return f"review-{decision.review}-{decision.item}-{decision.id}"


def of_action(action: Action) -> Carried:
    """Return what an action says of the decision that asked for it."""
    told = action.sentence or f"{action.kind.verb} of {action.model} is under way."
    return Carried(outcome=_OUTCOMES[action.status], sentence=told, receipt=action.id)


def _of_retrain(retrain: Retrain) -> Carried:
    told = retrain.sentence or f"{retrain.kind.verb}ing of {retrain.model} is under way."
    return Carried(outcome=_OUTCOMES[retrain.status], sentence=told, receipt=retrain.id)


def name_of(item: Item) -> str:
    """Return the full name of an item's model, registry first."""
    return f"{item.registry}/{item.model}" if item.registry else item.model

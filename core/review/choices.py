"""What may be decided about an item, by what guards say now; and whether a decision may be recorded."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from core.action import ActionKind
from core.actions import ActionDesk
from core.errors import Conflict, InvalidInput, NotFound, Problem, TrimtabError
from core.review.advice import advised
from core.training import Retraining
from core.views.actions import ActionScope
from core.views.retrain import RetrainScope
from core.views.review import Choice, Item, ItemKind, Proposal

LONGEST = timedelta(days=90)
"""A risk is accepted for so long at most: then it is talked about again."""
_ASIDE = (Choice.ACCEPT, Choice.DEFER, Choice.NOTE)
_CHOICES: Mapping[ItemKind, tuple[Choice, ...]] = {
    ItemKind.INCIDENT: (Choice.ROLL_BACK, Choice.PROMOTE, Choice.RETRAIN, *_ASIDE),
    ItemKind.FAIRNESS: (Choice.ROLL_BACK, Choice.PROMOTE, Choice.RETRAIN, *_ASIDE),
    ItemKind.EXTERNAL: (Choice.ROLL_BACK, *_ASIDE),
    ItemKind.VALIDATION: (Choice.ROLL_BACK, *_ASIDE),
    ItemKind.FINDINGS: (Choice.ROLL_BACK, *_ASIDE),
    ItemKind.WAIVER: (Choice.ROLL_BACK, *_ASIDE),
    ItemKind.EVIDENCE: _ASIDE,
    ItemKind.CHANGE: (Choice.ROLL_BACK, Choice.NOTE),
    ItemKind.RESOLVED: (Choice.NOTE,),
}
ACTING = (Choice.ROLL_BACK, Choice.PROMOTE, Choice.RETRAIN)


class Choices:
    """Asks the desks what a model's changes look like; what guards refuse is offered with the reason.

    Parameters
    ----------
    actions, training
        The desks that would carry a decision out.
    """

    def __init__(self, actions: ActionDesk, training: Retraining) -> None:
        self._actions = actions
        self._training = training

    def with_proposals(self, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """Return the items with what may be decided; each model is asked about once."""
        known: dict[str, Mapping[Choice, Proposal]] = {}
        found = []
        for item in items:
            name = f"{item.registry}/{item.model}" if item.registry else item.model
            if name not in known:
                known[name] = self._of_model(name)
            offers = known[name]
            found.append(
                replace(
                    item,
                    proposals=tuple(
                        offers.get(choice, Proposal(choice=choice)) for choice in _CHOICES[item.kind]
                    ),
                    advice=advised(item, offers),
                )
            )
        return tuple(found)

    def _of_model(self, name: str) -> Mapping[Choice, Proposal]:
        found = dict.fromkeys(ACTING)
        kinds = {ActionKind.ROLL_BACK: Choice.ROLL_BACK, ActionKind.PROMOTE: Choice.PROMOTE}
        why_not = "No registry lists the model."
        try:
            offers = self._actions.view(ActionScope(model=name)).offers
        except TrimtabError as error:
            offers, why_not = (), f"{error.message}."
        for offer in offers:
            if offer.kind in kinds:
                choice = kinds[offer.kind]
                found[choice] = Proposal(
                    choice=choice, allowed=offer.allowed, why_not=offer.why_not, version=offer.version
                )
        found[Choice.RETRAIN] = self._retrain(name)
        return {
            choice: one or Proposal(choice=choice, allowed=False, why_not=why_not)
            for choice, one in found.items()
        }

    def _retrain(self, name: str) -> Proposal:
        try:
            why_not = self._training.view(RetrainScope(model=name)).why_not
        except NotFound:
            why_not = "The model is not monitored, so nothing is known to train it on."
        except TrimtabError as error:
            why_not = f"{error.message}."
        return Proposal(choice=Choice.RETRAIN, allowed=not why_not, why_not=why_not)


def check(
    item: Item,
    choice: Choice,
    *,
    reason: str,
    due_at: datetime | None,
    until: datetime | None,
    now: datetime,
) -> None:
    """Refuse what cannot be recorded; what guards say of an action is said when it is carried out.

    Raises
    ------
    Conflict
        The item does not offer this choice.
    InvalidInput
        The reason or a day is missing or cannot be; all problems at once.
    """
    if item.proposal(choice) is None:
        known = ", ".join(one.choice.words for one in item.proposals)
        raise Conflict(
            f"{item.title} of {item.model} does not offer {choice.words}", hint=f"It offers {known}."
        )
    problems = []
    if not reason.strip():
        problems.append(Problem(field="reason", message="is empty", remedy="say why, for the minutes"))
    if choice is Choice.DEFER and due_at is None:
        problems.append(Problem(field="due", message="is missing", remedy="say by when it is decided"))
    if due_at is not None and due_at <= now:
        problems.append(Problem(field="due", message=f"{due_at:%d %b %Y} is not in the future"))
    if choice is Choice.ACCEPT:
        problems += _bounded(until, now)
    if problems:
        raise InvalidInput("The decision", problems)


def _bounded(until: datetime | None, now: datetime) -> list[Problem]:
    if until is None:
        return [Problem(field="until", message="is missing", remedy="an accepted risk has an end")]
    if until <= now:
        return [Problem(field="until", message=f"{until:%d %b %Y} is not in the future")]
    if until > now + LONGEST:
        latest = now + LONGEST
        remedy = f"{latest:%d %b %Y} at the latest"
        return [Problem(field="until", message=f"is more than {LONGEST.days} days away", remedy=remedy)]
    return []

"""What to do about an incident, by its kind and by what is known of the answers. Pure.

It says what people who run models do first; what guards allow is said after it, and decided by people.
"""

from collections.abc import Mapping

from core.domain import Incident, Status
from core.policy.rules import Group
from core.views.review import Answers, Choice, Item, Proposal
from core.views.series import Series


def answers_since(incident: Incident, leading: Series | None) -> Answers:
    """Return how the model has answered since an incident began, by its leading metric as it was measured.

    Parameters
    ----------
    leading
        The metric that stands for the model; None, or no verdict since then: nothing is known yet.
    """
    begun = incident.first_window.index or 0
    known = [] if leading is None else [p for p in leading.measured if (p.index or 0) >= begun]
    found = {point.status for point in known}
    if Status.FAIL in found:
        return Answers.FAIL
    return Answers.HOLD if found & {Status.PASS, Status.WARN} else Answers.WAIT


def advised(item: Item, offers: Mapping[Choice, Proposal]) -> str:
    """Return one or two sentences; empty for what is no incident, or of a kind that nothing is known of.

    Parameters
    ----------
    offers
        What guards say of roll back, promote and retrain.
    """
    if item.tells or item.rule not in set(Group):
        return ""
    group = Group(item.rule)
    if group is Group.QUALITY:
        return "Have the rows mended at their source and sent again. A retraining now would learn the fault."
    if group is Group.OPERATIONS:
        return f"Ask whoever runs it what changed.{_if_recent(offers)}"
    if group is Group.FAIRNESS:
        return (
            "Look at other thresholds and weights on the Fairness page, and at the version before: "
            "for a group that is treated worse, time counts."
        )
    if group is Group.DRIFT:
        return _DRIFT[item.answers]
    return _performance(offers)


_DRIFT = {
    Answers.FAIL: "The answers are worse too: retrain on rows that look as they do now.",
    Answers.HOLD: "The answers hold. Accept it, and pin a new reference if the inputs are to stay so.",
    Answers.WAIT: "Too few labels since then are known. Defer until they are: drift alone proves no loss.",
}


def _performance(offers: Mapping[Choice, Proposal]) -> str:
    back, on = _allowed(offers, Choice.ROLL_BACK), _allowed(offers, Choice.PROMOTE)
    if back is not None:
        return f"Roll back{_to(back)}; then retrain on newer rows."
    if on is not None:
        return f"There is no way back. Compare the challenger{_named(on)}, and promote it if it is better."
    if _allowed(offers, Choice.RETRAIN) is not None:
        return "There is no earlier version to go back to: retrain on rows whose labels have come."
    return "No other version can answer now. Defer until one can, and have its owner look after the loss."


def _if_recent(offers: Mapping[Choice, Proposal]) -> str:
    back = _allowed(offers, Choice.ROLL_BACK)
    return "" if back is None else f" Roll back{_to(back)} if it began with the last promotion."


def _allowed(offers: Mapping[Choice, Proposal], choice: Choice) -> Proposal | None:
    found = offers.get(choice)
    return found if found is not None and found.allowed else None


def _to(one: Proposal) -> str:
    return f" to{_named(one)}" if one.version else " to the version before"


def _named(one: Proposal) -> str:
    if one.version is None:
        return ""
    return f" v{one.version}" if one.version.isdecimal() else f" {one.version}"

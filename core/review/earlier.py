"""What became of the decisions of earlier reviews. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from core.domain import Incident, IncidentStatus
from core.views.review import Choice, Decision, Earlier, Item, Outcome, Review, Since
from core.views.words import day

_LIVE = (Outcome.WAITING, Outcome.UNDER_WAY, Outcome.PENDING)


def earlier(
    reviews: Sequence[Review],
    fresh: Callable[[Decision], Decision],
    incidents: Mapping[str, Incident],
    *,
    now: datetime,
) -> tuple[Earlier, ...]:
    """Return decisions of the last review, and those of older ones that are not settled; oldest first.

    Parameters
    ----------
    reviews
        Earlier ones, the latest first.
    fresh
        Returns a decision with what has come of it by now.
    incidents
        By id, for what was deferred.
    """
    found = []
    for place, review in enumerate(reviews):
        items = {item.id: item for item in review.items}
        for decision in review.decisions:
            item = items.get(decision.item)
            if item is None or decision.choice is Choice.NOTE or review.decided(item) != decision:
                continue
            one = _one(review, fresh(decision), item, incidents.get(item.subject), now)
            if place == 0 or one.state in (Since.WAITING, Since.OVERDUE):
                found.append(one)
    return tuple(sorted(found, key=lambda one: (one.decision.at, one.decision.id)))


def _one(review: Review, decision: Decision, item: Item, incident: Incident | None, now: datetime) -> Earlier:
    state, told = _state(decision, incident, now)
    return Earlier(
        decision=decision,
        review_title=review.title,
        item_title=f"{item.title}, {item.model}",
        state=state,
        sentence=told,
    )


def _state(decision: Decision, incident: Incident | None, now: datetime) -> tuple[Since, str]:
    late = decision.due_at is not None and decision.due_at < now
    if incident is not None and incident.status is IncidentStatus.RESOLVED:
        return Since.DONE, f"The incident is resolved: {incident.resolution or 'without a cause'}"
    if decision.choice is Choice.ACCEPT and decision.outcome is Outcome.DONE:
        if decision.until is not None and decision.until <= now:
            return Since.ENDED, f"The risk was accepted until {day(decision.until)}: decide anew."
        return Since.STANDS, f"The risk is accepted until {day(decision.until)}."
    if decision.choice is Choice.DEFER:
        if late:
            return Since.OVERDUE, f"It was to be decided by {day(decision.due_at)}."
        return Since.WAITING, f"It is to be decided by {day(decision.due_at)}."
    if decision.outcome in _LIVE:
        return (Since.OVERDUE if late else Since.WAITING), decision.sentence
    return (Since.DONE if decision.outcome is Outcome.DONE else Since.REFUSED), decision.sentence

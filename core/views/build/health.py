"""How a model does, and one sentence why: the same answer for fleet, model page and command line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain import Health, Incident, IncidentStatus, Severity
from core.incidents.causes import headline
from core.policy.rules import Group
from core.views.words import count, sentence, window

_UNMONITORED = "No monitor: nothing is measured. Watch it with a spec."
_NEVER = "Nothing was judged yet: the monitor has not run since it was watched."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Verdicts of a model's last judged window, and why there is none where there is none."""

    judged_index: int | None
    start: datetime | None
    end: datetime | None
    n_passed: int
    n_warned: int
    n_failed: int
    unknown_reason: str | None
    worst: str | None
    judged_at: datetime | None


# What a person on call acts on first, where two incidents are equally severe: a model that answers badly
# says more than inputs that moved. What is wrong with a registry comes before all that was judged.
_FIRST = (Group.PERFORMANCE, Group.OPERATIONS, Group.QUALITY, Group.FAIRNESS, Group.DRIFT)


def unresolved(incidents: Iterable[Incident]) -> list[Incident]:
    """Return the incidents that are not resolved: the most severe first, then by kind, then the latest."""
    still = [incident for incident in incidents if incident.status is not IncidentStatus.RESOLVED]
    return sorted(still, key=_urgency)


def _urgency(one: Incident) -> tuple[bool, int, float, str]:
    kind = _FIRST.index(Group(one.rule)) if one.rule in set(Group) else -1
    return one.severity is not Severity.CRITICAL, kind, -one.opened_at.timestamp(), one.id


def health_of(
    tally: Tally | None, open_incidents: Sequence[Incident], *, in_full: bool = False
) -> tuple[Health, str]:
    """Return a model's state and why.

    Parameters
    ----------
    tally
        Of the last judged window; None for a model without a monitor.
    open_incidents
        Its unresolved incidents, worst first.
    in_full
        Also say what was explained of the worst one, where something was.
    """
    if open_incidents:
        worst = open_incidents[0]
        health = Health.CRITICAL if worst.severity is Severity.CRITICAL else Health.WATCH
        others = len(open_incidents) - 1
        more = f" And {count(others, 'more incident')}." if others else ""
        return health, sentence(worst.cause if in_full else headline(worst.cause)) + more
    if tally is None:
        return Health.UNKNOWN, _UNMONITORED
    if tally.judged_index is None:
        if tally.judged_at is None and tally.unknown_reason is None:
            return Health.UNKNOWN, _NEVER
        return Health.UNKNOWN, f"No judged window yet: {tally.unknown_reason or 'no closed window yet'}."
    return Health.HEALTHY, _healthy(tally)


def _healthy(tally: Tally) -> str:
    all_judged = tally.n_passed + tally.n_warned + tally.n_failed
    shown = window(tally.start, tally.end, tally.judged_index)
    if not tally.n_warned and not tally.n_failed:
        return f"All {count(all_judged, 'verdict')} of {shown} pass."
    parts = [
        f"{n} {words}"
        for n, words in ((tally.n_warned, "warn"), (tally.n_failed, "fail for now, not for long enough"))
        if n
    ]
    passed = f"{tally.n_passed} of {count(all_judged, 'verdict')} of {shown} pass"
    return f"{passed}, {', '.join(parts)}: {tally.worst}"

"""What people may do to an incident, and what is refused."""

import pytest

from core.domain import IncidentStatus, Risk
from core.errors import Conflict, InvalidInput
from core.incidents.derive import derive
from core.incidents.lifecycle import acknowledge, awake, resolve, snooze
from core.policy.policy_file import default_policy
from tests.unit.policy.builders import DAY, NOW, verdict

(FOUND,) = derive([verdict(0), verdict(1)], default_policy(Risk.LOW), [], NOW)
DONE = resolve(FOUND, " feed mended ", "ada", NOW)


def test_resolving_keeps_cause_person_and_time() -> None:
    assert (DONE.status, DONE.resolution, DONE.resolved_by) == (IncidentStatus.RESOLVED, "feed mended", "ada")
    assert DONE.resolved_at == NOW


def test_what_is_resolved_stays_resolved() -> None:
    with pytest.raises(Conflict, match="feed mended"):
        acknowledge(DONE, "bob", NOW)
    with pytest.raises(Conflict):
        snooze(DONE, NOW + DAY, "bob", NOW)
    with pytest.raises(Conflict):
        resolve(DONE, "again", "bob", NOW)


def test_a_blank_cause_and_a_snooze_into_the_past_are_refused() -> None:
    with pytest.raises(InvalidInput, match="cause"):
        resolve(FOUND, "  ", "ada", NOW)
    with pytest.raises(InvalidInput, match="may not begin with"):
        resolve(FOUND, "Closed by its rule: not true", "ada", NOW)
    with pytest.raises(InvalidInput, match="not in the future"):
        snooze(FOUND, NOW, "ada", NOW)


def test_acknowledging_ends_a_snooze() -> None:
    put_aside = snooze(FOUND, NOW + DAY, "ada", NOW)
    taken = acknowledge(put_aside, "bob", NOW)
    assert (taken.status, taken.acknowledged_by, taken.snoozed_until) == (
        IncidentStatus.ACKNOWLEDGED,
        "bob",
        None,
    )


def test_a_snooze_is_over_on_time() -> None:
    put_aside = snooze(FOUND, NOW + DAY, "ada", NOW)
    assert awake(put_aside, NOW).status is IncidentStatus.SNOOZED
    assert awake(put_aside, NOW + DAY).status is IncidentStatus.OPEN
    assert awake(FOUND, NOW) == FOUND

"""A champion's version that is deleted in the registry: a critical incident until another takes its place."""

from dataclasses import replace

import pytest

from core.action import ActionKind
from core.actions import Asked
from core.domain import Health, IncidentStatus, Severity
from core.ports import RegisteredModel
from tests.fakes import FakeRegistry

from .conftest import later


def delete(registry: FakeRegistry, version: str, *, alias_too: bool = True) -> None:
    """As MLflow does it: the version goes, and the aliases on it."""
    found = registry.registered["loans"]
    left = tuple(one for one in found.versions if one.version != version)
    aliases = {a: v for a, v in found.aliases.items() if not alias_too or v != version}
    registry.registered["loans"] = replace(found, versions=left, aliases=aliases)


@pytest.fixture
def deleted(loans, registry, clock):
    later(clock, minutes=1)
    delete(registry, "1")
    loans.refresh_registry()
    return loans


def test_it_opens_within_one_reading_and_is_there_once(deleted, clock):
    (incident,) = deleted.incidents()
    assert (incident.rule, incident.severity, incident.opened_at) == ("registry", Severity.CRITICAL, clock.at)
    assert incident.cause == (
        "In registry local the champion v1 was deleted past Trimtab, by whom is unknown: "
        "nothing says what production should run"
    )
    deleted.refresh_registry()
    assert deleted.incidents() == [incident]
    (model,) = deleted.models()
    assert (model.status, model.why) == (Health.CRITICAL, f"{incident.cause}.")


def test_judging_leaves_it_alone(deleted, send):
    send(0, "1")
    assert deleted.monitor().windows == 1
    (incident,) = deleted.incidents()
    assert incident.status is IncidentStatus.OPEN


def test_it_closes_when_the_alias_shows_a_version_that_exists(deleted, registry, clock):
    later(clock, hours=2)
    deleted.actions.ask(Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="r", actor="ann"))
    deleted.refresh_registry()
    (incident,) = deleted.incidents()
    assert (incident.status, incident.resolved_at) == (IncidentStatus.RESOLVED, clock.at)
    assert incident.resolution == "Closed by its rule: champion is v2, which exists."
    delete(registry, "2")
    deleted.refresh_registry()
    assert [one.status for one in deleted.incidents()] == [IncidentStatus.RESOLVED, IncidentStatus.OPEN]


def test_what_a_person_resolved_stays_so(deleted):
    (incident,) = deleted.incidents()
    resolved = deleted.resolve(incident.id, "taken out of use", "ann")
    deleted.refresh_registry()
    assert deleted.incidents() == [resolved]


def test_an_alias_that_is_only_taken_away_is_no_incident(loans, registry, clock):
    later(clock, minutes=1)
    registry.drop_alias("loans", "champion")
    loans.refresh_registry()
    assert loans.incidents() == []
    later(clock, minutes=16)
    delete(registry, "1")  # by then it was nobody's champion
    loans.refresh_registry()
    assert loans.incidents() == []


def test_a_reading_between_the_two_misses_nothing(loans, registry, clock):
    later(clock, minutes=1)
    registry.drop_alias("loans", "champion")
    loans.refresh_registry()
    delete(registry, "1")
    later(clock, seconds=5)
    loans.refresh_registry()
    assert [one.rule for one in loans.incidents()] == ["registry"]


def test_another_version_may_go(loans, registry):
    delete(registry, "2")
    loans.refresh_registry()
    assert loans.incidents() == []


def test_a_model_that_is_gone_takes_its_champion_along_and_may_come_back(loans, registry, clock):
    later(clock, minutes=1)
    gone: RegisteredModel = registry.registered.pop("loans")
    loans.refresh_registry()
    (incident,) = loans.incidents()
    assert "the model was deleted, with the champion v1" in incident.cause
    registry.registered["loans"] = gone
    loans.refresh_registry()
    assert loans.incidents()[0].status is IncidentStatus.RESOLVED


def test_a_registry_that_does_not_answer_opens_nothing(loans, registry):
    registry.down = True
    loans.refresh_registry()
    assert loans.incidents() == []

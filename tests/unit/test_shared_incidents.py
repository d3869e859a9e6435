"""One feed breaks under several models: one incident on the real stores, wherever it is read."""

import pytest

from core.domain import IncidentStatus
from core.views.activity import ActivityScope
from core.views.fleet import FleetScope
from core.views.model import ModelScope
from tests.loans import SPEC, rows

NAMES = ("cards", "loans", "rents")


@pytest.fixture
def broken(trimtab, file):
    """Three models whose income moves from day 3 on, and one on which nothing moves."""
    for i, name in enumerate((*NAMES, "quiet")):
        named = SPEC.replace("model: loans", f"model: {name}\nowner: team-{name}")
        trimtab.watch(named, reference=file(rows(-10, 10, seed=i)))
        trimtab.ingest(name, file(rows(0, 3, seed=i)), kind="predictions")
        moved = rows(3, 3, seed=i, shift=0.0 if name == "quiet" else 3.0, labels=False)
        trimtab.ingest(name, file(moved), kind="predictions")
    trimtab.monitor()
    return trimtab


def drift(trimtab, **wanted):
    (found,) = [one for one in trimtab.incidents(**wanted) if one.rule == "drift"]
    return found


def test_it_is_listed_once_with_all_names(broken):
    incident = drift(broken, open_only=True)
    assert incident.names == NAMES
    assert incident.cause == "Drift on income in 3 models since 04 Sep 2026: cards, loans, rents"
    every = broken.incidents(open_only=True)
    assert broken.monitor("loans").incidents == sum("loans" in one.names for one in every)
    assert broken.monitor("quiet").incidents == 0


def test_judging_again_leaves_it_as_it_is(broken, file):
    before = drift(broken)
    for i, name in enumerate(NAMES):
        broken.ingest(name, file(rows(6, 1, seed=i, shift=3.0, labels=False)), kind="predictions")
    broken.monitor()
    after = drift(broken)
    assert (after.id, after.names, after.opened_at) == (before.id, before.names, before.opened_at)


def test_each_model_keeps_its_own(broken):
    for name in NAMES:
        notes = broken.model_view(ModelScope(model=name)).incidents
        assert "drift" in {note.rule for note in notes}
    assert {one.status.value for one in broken.models() if one.name != "quiet"} <= {"watch", "critical"}


def test_deciding_on_it_is_one_entry_and_counts_for_all(broken):
    incident = drift(broken)
    n_before = len(broken.ledger.records(limit=None))
    broken.acknowledge(incident.id, "ann")
    assert drift(broken).status is IncidentStatus.ACKNOWLEDGED
    (entry,) = broken.ledger.records(limit=None)[n_before:]
    assert entry.entry.facts["models"] == list(NAMES)
    broken.resolve(incident.id, "the bureau changed its currency", "ann")
    assert [one for one in broken.incidents(open_only=True) if one.rule == "drift"] == []
    own = [one for name in NAMES for one in broken._state.incidents(name) if one.rule == "drift"]
    assert {one.resolution for one in own} == {"the bureau changed its currency"}


def test_pages_show_it_once(broken):
    view = broken.activity_view(ActivityScope(model="rents"))
    (shown,) = [one for one in view.unresolved if one.incident.rule == "drift"]
    assert shown.incident.names == NAMES
    assert shown.owner == "team-cards, team-loans, team-rents"
    fleet = broken.fleet_view(FleetScope())
    (decision,) = fleet.decisions
    assert decision.why.endswith("The same in 2 more models.")
    assert fleet.n_decisions == 1

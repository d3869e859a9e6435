"""Roll back without control: to an earlier champion only, signed, and on record at the next start."""

import json

import pytest

from core.action import ActionKind, ActionStatus, MoveKind
from core.actions import Asked, emergency
from core.actions.journal import Journal
from core.chain.signing import Signer
from core.domain import IncidentStatus, Severity
from core.errors import Conflict, InvalidInput, NotFound
from tests.unit.actions.conftest import later


@pytest.fixture
def journal(loans):
    return Journal(loans.settings.workspace.root / "emergency.jsonl")


@pytest.fixture
def two(loans, clock):
    loans.actions.ask(Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="r", actor="ann"))
    later(clock, hours=1)
    return loans


def back(trimtab, journal, model="loans", to=None, reason="it burns", signer=None):
    return emergency.roll_back(
        model,
        to=to,
        reason=reason,
        actor="bob",
        state=trimtab._state,
        registries=trimtab._registries,
        signer=signer or trimtab.ledger.signer(),
        journal=journal,
        clock=trimtab._clock,
    )


def test_it_moves_the_alias_and_is_an_action_like_any_other_afterwards(two, registry, journal, deployment):
    done = back(two, journal)
    assert (done.from_version, done.to_version) == ("2", "1")
    assert registry.registered["loans"].aliases["champion"] == "1"
    assert two.actions.every()[0].to_version == "2", "the ledger has not been told yet"
    two.runner.reconcile()
    (action, _) = two.actions.every()
    assert (action.id, action.kind, action.status) == (
        done.id,
        ActionKind.ROLL_BACK,
        ActionStatus.UNCONFIRMED,
    )
    assert deployment.orders[-1].to_version == "1"
    last = two.actions.history("loans")[-1]
    assert (last.version, last.kind, last.actor, last.reason) == ("1", MoveKind.ROLL_BACK, "bob", "it burns")
    assert "a review is due" in str(two._state.ledger.entry(action.ledger_seq).facts["approvals"])
    assert not journal.path.exists()
    two.runner.reconcile()
    assert len(two.actions.every()) == 2
    assert two.ledger.verify().ok


def test_taken_in_twice_it_is_one_action(two, journal):
    back(two, journal)
    kept = journal.path.read_bytes()
    two.runner.reconcile()
    journal.path.write_bytes(kept)
    two.runner.reconcile()
    assert len(two.actions.every()) == 2


def test_a_move_that_was_seen_before_the_journal_was_is_still_explained(two, journal):
    back(two, journal)
    two.refresh_registry()
    two.runner.reconcile()
    kinds = [(one.version, one.kind) for one in two.actions.history("loans")]
    assert kinds[-2:] == [("1", MoveKind.EXTERNAL), ("1", MoveKind.ROLL_BACK)]


def test_killed_before_the_alias_moved_the_next_start_moves_it(two, registry, journal):
    registry.broken_at = "set_alias"
    with pytest.raises(Exception, match="does not answer"):
        back(two, journal)
    registry.broken_at = None
    two.runner.reconcile()
    assert registry.registered["loans"].aliases["champion"] == "1"


@pytest.mark.parametrize("to", ["3", "2"])
def test_only_an_earlier_champion_will_do(two, registry, journal, to):
    with pytest.raises(Conflict, match="on record: v1"):
        back(two, journal, to=to)
    assert registry.registered["loans"].aliases["champion"] == "2"
    assert not journal.path.exists()


def test_people_are_called_for_a_review_that_they_close(two, journal):
    back(two, journal)
    two.runner.reconcile()
    two.runner.reconcile()
    (due,) = [one for one in two.incidents() if one.rule == "emergency"]
    assert (due.severity, due.status, due.model) == (Severity.CRITICAL, IncidentStatus.OPEN, "loans")
    assert due.cause.startswith("Rolled back from v2 to v1 in an emergency by bob: a review is due by ")
    two.monitor()
    assert two.incidents(open_only=True) != [], "no judgement closes it"
    assert two.resolve(due.id, "reviewed: v2 broke the input", "edda").status is IncidentStatus.RESOLVED


def test_what_is_asked_must_make_sense(two, journal):
    with pytest.raises(InvalidInput, match="reason"):
        back(two, journal, reason=" ")
    with pytest.raises(NotFound):
        back(two, journal, model="nobody")


def test_a_line_of_a_stranger_is_not_believed(two, registry, journal):
    back(two, journal, signer=Signer.made())
    registry.set_alias("loans", "champion", "2")
    two.runner.reconcile()
    assert len(two.actions.every()) == 1
    assert [one.entry.kind for one in two.ledger.records()][-1] == "emergency.not_believed"


def test_a_line_that_was_changed_is_not_believed_and_half_a_line_is_none(two, journal):
    back(two, journal)
    signed = json.loads(journal.path.read_text())
    signed["action"] = signed["action"].replace("it burns", "it is fine")
    journal.path.write_text(json.dumps(signed) + '\n{"action": "half')
    two.runner.reconcile()
    assert len(two.actions.every()) == 1


def test_what_was_under_way_when_control_went_down_ends_first(two, registry, journal, clock):
    registry.broken_at = "set_alias"
    held = two.actions.ask(
        Asked(kind=ActionKind.PROMOTE, model="loans", version="3", reason="r", actor="ann")
    )
    registry.broken_at = None
    later(clock, minutes=1)
    back(two, journal)
    two.runner.reconcile()
    assert two.actions.get(held.id).status is ActionStatus.FAILED
    two.runner.reconcile()
    assert two.actions.every()[0].status is ActionStatus.UNCONFIRMED
    assert registry.registered["loans"].aliases["champion"] == "1"

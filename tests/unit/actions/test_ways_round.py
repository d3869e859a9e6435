"""Ways round four eyes and gates that lead nowhere: other names, lowered bars, other spellings."""

from contextlib import nullcontext

import pyarrow.parquet as pq
import pytest

from core.access.roles import AccessRole
from core.access.scopes import Scope
from core.action import ActionKind, ActionStatus
from core.chain.entries import Draft
from core.client import Client
from core.client.transports import InProcess
from core.errors import Conflict, NotAllowed, Refused
from core.server.app import create_app
from tests.loans import UNGATED, rows
from tests.unit.actions.test_approvals import BOB, HIGH, ask, person, risky, shown, trimtab

__all__ = ["risky", "trimtab"]


@pytest.fixture
def state_file(tmp_path):
    return tmp_path / "state.db"


def test_one_person_counts_once_under_whatever_name(risky, registry, file):
    policy = UNGATED + "approvals: {high: {promote: 2}}"
    risky.watch(HIGH + "policy: strict.yaml\n", policy=policy, reference=file(rows(-10, 10)), actor="edda")
    risky.tokens.create("nightly", scopes=[Scope.APPROVE], roles=[AccessRole.APPROVER], actor="bob")
    waits = ask(risky)
    for name in ("bob", "token nightly", "BOB@example.com"):
        again = person(name, "approver")
        assert risky.approvals.approve(waits.id, again, "fine").status is ActionStatus.WAITING_APPROVAL
        (pending,) = risky.approvals.pending(again)
        assert (pending.given, pending.why_not) == (1, f"{name} approved it already.")
    assert shown(registry) == "1"
    done = risky.approvals.approve(waits.id, person("cleo", "approver"), "fine")
    assert done.status is ActionStatus.UNCONFIRMED


@pytest.mark.parametrize(
    ("role", "may"), [("data scientist", False), ("model owner", False), ("admin", True)]
)
@pytest.mark.parametrize(
    ("change", "policy"),
    [
        ("risk: low", UNGATED),
        ("risk: high\npolicy: eased.yaml", UNGATED + "approvals: {high: {promote: 0}}"),
    ],
)
def test_nobody_switches_off_alone_that_others_must_agree(risky, tmp_path, role, may, change, policy):
    secret = risky.tokens.create("somebody", scopes=[Scope.MONITOR], roles=[AccessRole(role)], actor="olga")
    app = create_app(risky, token="own")
    pq.write_table(rows(-10, 10), tmp_path / "reference.parquet")
    with (
        Client(InProcess(app, closing=lambda: None), token=secret) as client,
        pytest.raises(NotAllowed, match="1 to 0") if not may else nullcontext(),
    ):
        client.watch(
            HIGH.replace("risk: high", change), reference=tmp_path / "reference.parquet", policy=policy
        )
    waits = ask(risky)
    assert waits.status is (ActionStatus.UNCONFIRMED if may else ActionStatus.WAITING_APPROVAL)


def test_who_made_a_token_stands_behind_what_it_trained_and_edited(risky, registry, file):
    for name, maker in (("ci", "tess"), ("git", "gus"), ("airflow", "al")):
        risky.tokens.create(name, scopes=[Scope.ACT], roles=[AccessRole.SERVICE], actor=maker)
    registry.trained_by = {("loans", "2"): "token ci"}
    risky.watch(HIGH + "owner: credit\n", reference=file(rows(-10, 10)), policy=UNGATED, actor="token git")
    # An orchestrator's answer is its own, whoever asked for the training.
    facts = {"to": "2"}
    risky.ledger.append(
        Draft(kind="retrain.registered", actor="token airflow", model="local/loans", facts=facts)
    )
    waits = ask(risky)
    for name, did in (("tess", "trained"), ("gus", "edited the spec"), ("al", "trained")):
        with pytest.raises(Refused, match=f"{name} {did}"):
            risky.approvals.approve(waits.id, person(name, "approver"), "fine")
    assert risky.approvals.approve(waits.id, BOB, "fine").status is ActionStatus.UNCONFIRMED


def test_a_promotion_of_no_version_takes_no_alias_away(loans, registry, file):
    loans.watch(
        HIGH.replace("risk: high", "risk: low"), reference=file(rows(-10, 10)), policy=UNGATED, actor="edda"
    )
    refused = ask(loans, version=None)
    assert [gate.rule for gate in refused.gates] == ["version exists"]
    assert refused.status is ActionStatus.REFUSED
    assert shown(registry) == "1"


@pytest.mark.parametrize("alias", ["Champion", "CHAMPION", "ch\u00e1mpion", "champion\n"])
def test_another_spelling_of_champion_passes_no_gates_by(loans, registry, alias):
    refused = ask(loans, alias=alias)
    assert [gate.rule for gate in refused.gates] == ["alias spelt"]
    assert alias not in registry.registered["loans"].aliases


def test_a_key_gives_nobody_the_receipt_of_another_request(loans, registry):
    first = ask(loans, key="deploy-7")
    assert ask(loans, key="deploy-7", model="local/loans") == first
    for other in ({"kind": ActionKind.ROLL_BACK}, {"model": "churn"}):
        with pytest.raises(Conflict, match=f"another request, action {first.id}"):
            ask(loans, key="deploy-7", **other)
    assert len(loans.actions.every()) == 1

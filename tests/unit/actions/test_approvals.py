"""Four eyes: what waits, who may agree, what an approval stands on, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.access.person import Person, Via
from core.access.roles import AccessRole
from core.action import ActionKind, ActionStatus
from core.actions import Asked
from core.config import Workspace, create_workspace
from core.errors import InvalidInput, NotFound, Refused
from core.identity_settings import IdentityMode, IdentitySettings
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.loans import UNGATED, rows
from tests.unit.actions.conftest import NAMED, later

HIGH = NAMED


def person(name, *roles, **more):
    return Person(name=name, roles=frozenset(AccessRole(role) for role in roles), via=Via.TOKEN, **more)


ANN = person("ann", "model owner")
BOB = person("bob", "approver")


@pytest.fixture
def trimtab(tmp_path, registry, clock, deployments, state_file):
    """A workspace in which people sign in."""
    settings = create_workspace(Workspace(tmp_path / "workspace"), {})
    opened = Trimtab(
        settings=replace(settings, identity=IdentitySettings(mode=IdentityMode.PROXY)),
        store=AnalyticsStore.open(None),
        state=StateStore.open(state_file),
        registries={"local": registry},
        deployments=deployments,
        clock=clock,
    )
    yield opened
    opened.close()


@pytest.fixture
def risky(loans, file, clock):
    loans.watch(HIGH, reference=file(rows(-10, 10)), policy=UNGATED, actor="edda")
    later(clock, hours=1)
    return loans


def ask(trimtab, version="2", who=ANN, kind=ActionKind.PROMOTE, **more):
    asked = {"model": "loans", "reason": "better on thin files", "actor": who.name, "person": who} | more
    return trimtab.actions.ask(Asked(kind=kind, version=version, **asked))


def shown(registry):
    return registry.registered["loans"].aliases.get("champion")


def kinds(trimtab):
    return [one.entry.kind for one in trimtab.ledger.records(model="local/loans", limit=None)]


# ---------------------------------------------------------------- waiting


def test_a_promotion_at_high_risk_waits_and_holds_no_pointer(risky, registry, deployment):
    waits = ask(risky)
    assert waits.status is ActionStatus.WAITING_APPROVAL
    assert "waits for 1 approver, until" in waits.sentence
    assert shown(registry) == "1"
    assert deployment.orders == []
    assert risky._state.pointers.get("local", "loans", "champion").action_id is None
    assert kinds(risky)[-1] == "action.waiting"
    (pending,) = risky.approvals.pending(BOB)
    assert (pending.allowed, pending.needed, pending.given) == (True, 1, 0)
    assert pending.expires_at - waits.asked_at == timedelta(hours=72)


def test_with_enough_approvals_it_begins_though_it_waited_longer_than_a_running_one_may(
    risky, registry, deployment, clock
):
    waits = ask(risky)
    later(clock, hours=40)
    done = risky.approvals.approve(waits.id, BOB, "looked at the gates")
    assert done.status is ActionStatus.UNCONFIRMED
    assert shown(registry) == "2"
    assert [(one.role, one.actor) for one in done.approvals] == [("requester", "ann"), ("approver", "bob")]
    assert "looked at the gates" in done.approvals[1].sentence
    assert [one.id for one in deployment.orders] == [waits.id]
    assert kinds(risky)[-6:] == [
        "action.waiting",
        "approval.given",
        "action.asked",
        "action.moved",
        "action.deployed",
        "action.unconfirmed",
    ]
    stay = risky.actions.history("loans")[-1]
    assert (stay.version, stay.actor, stay.reason) == ("2", "ann", "better on thin files")


@pytest.mark.parametrize("risk", ["medium", "low"])
def test_lower_tiers_do_not_wait(loans, file, risk):
    spec = NAMED.replace("risk: high", f"risk: {risk}")
    loans.watch(spec, reference=file(rows(-10, 10)), policy=UNGATED)
    done = ask(loans)
    assert done.status is ActionStatus.UNCONFIRMED
    assert "asks for no approval" in done.approvals[0].sentence


def test_a_roll_back_to_an_earlier_champion_needs_one_person(risky, registry):
    risky.approvals.approve(ask(risky).id, BOB, "fine")
    back = ask(risky, "1", kind=ActionKind.ROLL_BACK)
    assert back.status is ActionStatus.UNCONFIRMED
    assert shown(registry) == "1"


def test_the_policy_may_ask_for_more_people(risky, file, clock):
    policy = UNGATED + "approvals: {high: {promote: 2}, expire_after_h: 24}"
    risky.watch(HIGH + "policy: strict.yaml\n", policy=policy, reference=file(rows(-10, 10)), actor="edda")
    waits = ask(risky)
    assert risky.approvals.approve(waits.id, BOB, "one").status is ActionStatus.WAITING_APPROVAL
    assert risky.approvals.approve(waits.id, BOB, "again").status is ActionStatus.WAITING_APPROVAL
    (pending,) = risky.approvals.pending(BOB)
    assert (pending.given, pending.why_not) == (1, "bob approved it already.")
    done = risky.approvals.approve(waits.id, person("cleo", "admin"), "two")
    assert done.status is ActionStatus.UNCONFIRMED


# ---------------------------------------------------------------- who may


@pytest.mark.parametrize("role", list(AccessRole))
def test_only_some_roles_approve(risky, role):
    waits = ask(risky)
    somebody = person("somebody", role.value)
    if role in (AccessRole.APPROVER, AccessRole.ADMIN):
        assert risky.approvals.approve(waits.id, somebody, "fine").status is ActionStatus.UNCONFIRMED
    else:
        with pytest.raises(Refused, match="may not approve"):
            risky.approvals.approve(waits.id, somebody, "fine")
        with pytest.raises(Refused, match="may not reject"):
            risky.approvals.reject(waits.id, somebody, "no")
        assert risky.actions.get(waits.id) == waits


@pytest.mark.parametrize("role", list(AccessRole))
def test_only_some_roles_ask_and_a_refusal_is_a_receipt(loans, registry, role):
    done = ask(loans, who=person("somebody", role.value))
    may = role.value in ("data scientist", "model owner", "admin", "service")
    assert done.status is (ActionStatus.WAITING_APPROVAL if may else ActionStatus.REFUSED)
    assert [gate.rule for gate in done.gates] == ([] if may else ["role"])
    assert shown(registry) == "1"


@pytest.mark.parametrize(
    ("name", "did"),
    [
        ("ann", "asked for"),
        ("ANN@example.com", "asked for"),
        ("tess", "trained"),
        ("edda", "edited the spec"),
    ],
)
def test_nobody_approves_what_they_had_a_hand_in(risky, registry, name, did):
    registry.trained_by = {("loans", "2"): "tess"}
    waits = ask(risky)
    with pytest.raises(Refused, match=did):
        risky.approvals.approve(waits.id, person(name, "admin"), "mine is good")
    (pending,) = risky.approvals.pending(person(name, "admin"))
    assert not pending.allowed
    assert did in pending.why_not
    assert shown(registry) == "1"


def test_whoever_changed_the_spec_since_the_last_move_is_out_though_another_changed_it_later(risky, file):
    risky.watch(HIGH + "owner: credit\n", reference=file(rows(-10, 10)), policy=UNGATED, actor="fay")
    waits = ask(risky)
    for name in ("edda", "fay"):
        with pytest.raises(Refused, match="edited the spec"):
            risky.approvals.approve(waits.id, person(name, "approver"), "fine")


def test_a_sign_in_of_long_ago_promotes_and_approves_nothing(risky, clock):
    def signed_in(name, role, minutes):
        return person(name, role, needs_fresh=True, signed_in_at=clock.at - timedelta(minutes=minutes))

    refused = ask(risky, who=signed_in("ann", "model owner", 16))
    assert [gate.rule for gate in refused.gates] == ["fresh sign-in"]
    waits = ask(risky, who=signed_in("ann", "model owner", 15))
    with pytest.raises(Refused, match="sign in again"):
        risky.approvals.approve(waits.id, signed_in("bob", "approver", 16), "fine")
    done = risky.approvals.approve(waits.id, signed_in("bob", "approver", 1), "fine")
    assert done.status is ActionStatus.UNCONFIRMED


# ---------------------------------------------------------------- how it ends


def test_a_rejection_ends_it_and_who_asked_may_withdraw(risky, registry):
    waits = ask(risky)
    over = risky.approvals.reject(waits.id, BOB, "the groups drift apart")
    assert over.status is ActionStatus.REFUSED
    assert "was rejected by bob; nothing was changed" in over.sentence
    assert kinds(risky)[-1] == "approval.rejected"
    withdrawn = risky.approvals.reject(ask(risky).id, ANN, "too early")
    assert "was withdrawn by ann" in withdrawn.sentence
    with pytest.raises(Refused, match="waits for no approval: it is refused"):
        risky.approvals.approve(waits.id, BOB, "after all")
    assert shown(registry) == "1"


def test_it_expires_after_72_hours(risky, registry, clock):
    waits = ask(risky)
    later(clock, hours=71, minutes=59)
    risky.runner.reconcile()
    assert risky.actions.get(waits.id).status is ActionStatus.WAITING_APPROVAL
    later(clock, minutes=1)
    risky.runner.reconcile()
    over = risky.actions.get(waits.id)
    assert over.status is ActionStatus.REFUSED
    assert over.sentence.endswith("expired: 0 of 1 approver agreed within 72 h; nothing was changed.")
    assert kinds(risky)[-1] == "approval.expired"
    assert shown(registry) == "1"


def test_a_late_approval_finds_it_expired_without_the_reconciler(risky, registry, clock):
    waits = ask(risky)
    later(clock, hours=73)
    with pytest.raises(Refused, match="waits for no approval") as told:
        risky.approvals.approve(waits.id, BOB, "fine")
    assert "expired" in told.value.hint
    assert shown(registry) == "1"


def test_a_moved_pointer_makes_it_void(risky, registry):
    first, second = ask(risky, "2"), ask(risky, "3")
    risky.approvals.approve(first.id, BOB, "fine")
    risky.runner.reconcile()
    over = risky.actions.get(second.id)
    assert over.status is ActionStatus.REFUSED
    assert "is void: the pointer moved on since it was asked for" in over.sentence
    assert kinds(risky)[-1] == "approval.void"
    assert shown(registry) == "2"


def test_an_alias_moved_past_trimtab_makes_it_void(risky, registry):
    waits = ask(risky)
    registry.set_alias("loans", "champion", "3")
    done = risky.approvals.approve(waits.id, BOB, "fine")
    assert done.status is ActionStatus.REFUSED
    assert "approved, and refused" in done.sentence
    assert shown(registry) == "3"


@pytest.mark.parametrize(
    ("spec", "policy", "why"),
    [
        (
            HIGH + "policy: mine.yaml\n",
            "{policy: mine, extends: default, gates: false}",
            "the policy changed",
        ),
        (NAMED.replace("risk: high", "risk: low"), None, "the policy asks for no approval any more"),
    ],
)
def test_another_policy_or_tier_makes_it_void(risky, file, spec, policy, why):
    waits = ask(risky)
    risky.watch(spec, policy=policy, reference=file(rows(-10, 10)), actor="edda")
    risky.runner.reconcile()
    assert why in risky.actions.get(waits.id).sentence


def test_what_was_approved_and_cut_off_is_begun_by_the_reconciler(risky, registry):
    waits = ask(risky)
    registry.down = True
    risky._registries["local"].authors = lambda *_: frozenset()
    assert risky.approvals.approve(waits.id, BOB, "fine").status is ActionStatus.WAITING_APPROVAL
    registry.down = False
    risky.runner.reconcile()
    assert risky.actions.get(waits.id).status is ActionStatus.UNCONFIRMED
    assert shown(registry) == "2"


def test_guards_are_asked_again_when_it_is_approved(risky, registry):
    waits = ask(risky)
    gone = registry.registered["loans"]
    registry.registered["loans"] = replace(gone, versions=gone.versions[:1])
    done = risky.approvals.approve(waits.id, BOB, "fine")
    assert done.status is ActionStatus.REFUSED
    assert [gate.rule for gate in done.gates] == ["version exists"]


def test_a_decision_needs_a_reason_and_an_action(risky):
    with pytest.raises(InvalidInput, match="reason"):
        risky.approvals.approve(ask(risky).id, BOB, " ")
    with pytest.raises(NotFound):
        risky.approvals.reject("nobody", BOB, "no")


def test_a_preview_says_that_it_would_wait(risky):
    asked = Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="", actor="ann", person=ANN)
    assert "it waits for 1 approver beside who asks" in risky.actions.preview(asked).sentence


def test_the_same_key_again_gives_what_waits(risky):
    first = ask(risky, key="click")
    assert ask(risky, key="click") == first
    assert len(risky.approvals.pending(BOB)) == 1


def test_what_waits_reads_well_in_the_timeline(risky):
    from core.views.activity import ActivityScope

    waits = ask(risky)
    risky.approvals.approve(waits.id, BOB, "looked at the gates")
    told = [one.sentence for one in risky.activity_view(ActivityScope()).events]
    assert "Promote from v1 to v2: better on thin files. It waits for approval." in told
    assert "Promote from v1 to v2 was approved: looked at the gates." in told

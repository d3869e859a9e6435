"""Promote and roll back: what is asked, what is refused and why, and what history says afterwards."""

import pytest

from core.action import ActionKind, ActionStatus, MoveKind, Step
from core.actions import Asked
from core.errors import Conflict, InvalidInput, NotFound, StalePointer, Unavailable
from tests.unit.actions.conftest import later


def ask(trimtab, version, kind=ActionKind.PROMOTE, **more):
    given = {"model": "loans", "reason": "better on thin files", "actor": "ann"} | more
    return trimtab.actions.ask(Asked(kind=kind, version=version, **given))


def shown(registry):
    return registry.registered["loans"].aliases.get("champion")


def guards_of(action):
    return [gate.rule for gate in action.gates]


# ---------------------------------------------------------------- promote


def test_a_promotion_moves_the_alias_tells_the_deployment_and_waits_for_rows(
    loans, registry, deployment, send
):
    done = ask(loans, "2")
    assert (done.status, done.from_version, done.to_version) == (ActionStatus.UNCONFIRMED, "1", "2")
    assert shown(registry) == "2"
    assert [(one.id, one.to_version, one.generation) for one in deployment.orders] == [
        (done.id, "2", done.generation)
    ]
    assert "unconfirmed: no rows since" in done.sentence
    send(0, "1")
    loans.runner.reconcile()
    assert "traffic still v1 (100 % of 400 rows)" in loans.actions.get(done.id).sentence
    send(1, "2")
    send(2, "2")
    loans.runner.reconcile()
    done = loans.actions.get(done.id)
    assert done.status is ActionStatus.DONE
    assert "seen in traffic: v2" in done.sentence
    assert done.ended_at is not None


def test_rows_of_before_confirm_nothing(loans, send):
    send(0, "2")
    assert ask(loans, "2").status is ActionStatus.UNCONFIRMED


def test_history_says_who_put_what_there_and_why(loans, clock):
    later(clock, hours=1)
    first = ask(loans, "2")
    later(clock, hours=1)
    ask(loans, "3", reason="even better", actor="bob")
    told = loans.actions.history("loans")
    assert [(one.version, one.kind, one.actor) for one in told] == [
        ("1", MoveKind.INITIAL, "unknown"),
        ("2", MoveKind.PROMOTE, "ann"),
        ("3", MoveKind.PROMOTE, "bob"),
    ]
    assert told[1].reason == "better on thin files"
    assert told[1].evidence == first.id
    assert told[0].until == told[1].since
    assert told[1].until == told[2].since
    assert told[2].until is None


def test_the_fleet_can_be_seen_as_it_was(loans, clock):
    later(clock, hours=1)
    ask(loans, "2")
    before = clock.at
    later(clock, hours=1)
    ask(loans, "3")
    assert [(one.model, one.version) for one in loans.actions.fleet_at(before)] == [("loans", "2")]
    assert [(one.model, one.version) for one in loans.actions.fleet_at(None)] == [("loans", "3")]


@pytest.mark.parametrize(
    ("version", "more", "guard"),
    [
        ("9", {}, "version exists"),
        ("1", {}, "something to change"),
        ("2", {"generation": 7}, "decision fresh"),
    ],
)
def test_a_refusal_says_why_changes_nothing_and_is_on_record(loans, registry, version, more, guard):
    done = ask(loans, version, **more)
    assert done.status is ActionStatus.REFUSED
    assert guard in guards_of(done)
    assert shown(registry) == "1"
    entry = loans._state.ledger.entry(done.ledger_seq)
    assert entry.kind == "action.refused"
    assert entry.facts["sentence"] == done.sentence


def test_a_read_only_registry_refuses(loans):
    loans._registries["prod"].registered["loans"] = loans._registries["local"].registered["loans"]
    asked = Asked(kind=ActionKind.PROMOTE, model="prod/loans", version="2", reason="r", actor="ann")
    assert "registry writable" in guards_of(loans.actions.ask(asked))


def test_without_a_reason_nothing_is_asked(loans):
    with pytest.raises(InvalidInput, match="reason"):
        ask(loans, "2", reason="  ")


def test_a_model_that_no_registry_has_is_said_so(loans):
    with pytest.raises(NotFound, match="nobody"):
        ask(loans, "1", model="nobody")


def test_the_same_key_again_gives_the_same_action(loans, deployment):
    first = ask(loans, "2", key="click-1")
    assert ask(loans, "3", key="click-1") == first
    assert len(deployment.orders) == 1


def test_a_deployment_that_the_settings_do_not_know_refuses_before_anything_moves(loans, registry, file):
    from tests.loans import UNGATED, rows
    from tests.unit.actions.conftest import NAMED

    elsewhere = NAMED.replace("deployment: prod", "deployment: elsewhere")
    loans.watch(elsewhere, reference=file(rows(-10, 10)), policy=UNGATED)
    done = ask(loans, "2")
    assert guards_of(done) == ["deployment known"]
    assert shown(registry) == "1"


def test_evidence_names_what_is_known_of_both_versions(loans, send, clock):
    for day in range(3):
        send(day, "1")
    loans.monitor()
    known = ask(loans, "2").evidence
    assert "n " in known["v1 roc_auc"]
    assert known["v2 roc_auc"] == "no rows judged"


# ---------------------------------------------------------------- roll back


def test_a_roll_back_goes_to_the_version_that_was_healthy_the_longest(loans, registry, send, clock):
    for day in range(4):
        send(day, "1")
    ask(loans, "2")
    send(4, "2")
    ask(loans, "3")
    send(5, "3")
    loans.monitor()
    would = loans.actions.preview(
        Asked(kind=ActionKind.ROLL_BACK, model="loans", version=None, reason="", actor="ann")
    )
    assert (would.from_version, would.to_version) == ("3", "1")
    assert "healthy for 4 windows in a row" in would.evidence["v1 was chosen"]
    assert shown(registry) == "3"
    done = ask(loans, None, ActionKind.ROLL_BACK)
    assert (done.kind, done.to_version, shown(registry)) == (ActionKind.ROLL_BACK, "1", "1")


def test_without_judgements_a_roll_back_goes_to_the_version_before(loans, registry):
    ask(loans, "2")
    ask(loans, "3")
    assert ask(loans, None, ActionKind.ROLL_BACK).to_version == "2"
    assert shown(registry) == "2"


def test_a_roll_back_is_undone_by_going_back_to_where_it_came_from(loans, registry):
    ask(loans, "2")
    ask(loans, "1", ActionKind.ROLL_BACK)
    assert ask(loans, "2", ActionKind.ROLL_BACK).status is ActionStatus.UNCONFIRMED
    assert shown(registry) == "2"


def test_a_version_that_never_was_in_production_is_promoted_not_rolled_back_to(loans, registry):
    done = ask(loans, "3", ActionKind.ROLL_BACK)
    assert guards_of(done) == ["earlier version"]
    assert shown(registry) == "1"


def test_with_no_earlier_version_a_roll_back_says_so(loans):
    assert "No earlier version" in ask(loans, None, ActionKind.ROLL_BACK).sentence


# ---------------------------------------------------------------- moves past Trimtab


def test_a_move_past_trimtab_is_on_record_and_never_rewritten(loans, registry, clock):
    later(clock, minutes=1)
    registry.set_alias("loans", "champion", "3")
    loans.refresh_registry()
    told = loans.actions.history("loans")
    assert [(one.version, one.kind, one.actor) for one in told][-1] == ("3", MoveKind.EXTERNAL, "unknown")
    assert shown(registry) == "3"
    loans.refresh_registry()
    assert len(loans.actions.history("loans")) == 2


def test_an_alias_taken_away_and_a_model_gone_end_the_stay(loans, registry, clock):
    later(clock, minutes=1)
    registry.drop_alias("loans", "champion")
    loans.refresh_registry()
    assert loans.actions.history("loans")[-1].until == clock.at
    registry.set_alias("loans", "champion", "2")
    loans.refresh_registry()
    later(clock, minutes=1)
    del registry.registered["loans"]
    loans.refresh_registry()
    assert [one.until for one in loans.actions.history("loans")] == [
        loans.actions.history("loans")[0].until,
        clock.at,
    ]


def test_a_registry_that_does_not_answer_ends_nothing(loans, registry):
    registry.down = True
    loans.refresh_registry()
    assert loans.actions.history("loans")[-1].until is None
    with pytest.raises(Unavailable):
        ask(loans, "2")


def test_a_reading_from_before_an_action_does_not_undo_it_on_record(loans, registry):
    recorded = loans.actions.recorded("local")
    read = registry.models()
    ask(loans, "2")
    loans.actions.take_in("local", read, recorded, whole=True)
    assert [one.version for one in loans.actions.history("loans")] == ["1", "2"]


def test_who_decided_before_a_move_past_trimtab_is_told_to_look_again(loans, registry):
    registry.set_alias("loans", "champion", "3")
    seen = loans.actions.recorded("local")[0].generation
    done = ask(loans, "2", generation=seen)
    assert guards_of(done) == ["decision fresh"]
    assert shown(registry) == "3"


def test_a_name_in_several_registries_needs_its_registry(loans):
    loans._registries["prod"].registered["loans"] = loans._registries["local"].registered["loans"]
    loans.refresh_registry()
    with pytest.raises(Conflict, match="prod/loans"):
        ask(loans, "2")


# ---------------------------------------------------------------- cut off


def test_an_action_cut_off_before_the_move_is_finished(loans, registry, deployment):
    registry.broken_at = "set_alias"
    done = ask(loans, "2")
    assert (done.status, done.step) == (ActionStatus.RUNNING, Step.ASKED)
    assert "goes on as soon as it can" in done.sentence
    other = ask(loans, "3")
    assert guards_of(other) == ["pointer free"]
    registry.broken_at = None
    loans._clock.at = loans._clock.at.replace(minute=5)
    loans.runner.reconcile()
    assert loans.actions.get(done.id).status is ActionStatus.UNCONFIRMED
    assert shown(registry) == "2"
    assert len(deployment.orders) == 1


def test_an_action_that_could_not_begin_in_time_ends_and_changes_nothing(loans, registry, clock):
    registry.broken_at = "set_alias"
    done = ask(loans, "2")
    later(clock, minutes=16)
    registry.broken_at = None
    loans.runner.reconcile()
    done = loans.actions.get(done.id)
    assert done.status is ActionStatus.FAILED
    assert "nothing was changed" in done.sentence
    assert shown(registry) == "1"
    assert loans.actions.recorded("local")[0].action_id is None


def test_an_action_that_somebody_overtook_in_the_registry_gives_way(loans, registry, clock):
    registry.broken_at = "set_alias"
    done = ask(loans, "2")
    registry.broken_at = None
    registry.set_alias("loans", "champion", "3")
    later(clock, minutes=1)
    loans.runner.reconcile()
    done = loans.actions.get(done.id)
    assert done.status is ActionStatus.FAILED
    assert "somebody else moved the alias first" in done.sentence
    assert shown(registry) == "3"
    loans.refresh_registry()
    assert [(one.version, one.kind) for one in loans.actions.history("loans")][-1] == ("3", MoveKind.EXTERNAL)


def test_a_deployment_that_refuses_puts_the_alias_back(loans, registry, deployment, clock):
    deployment.says = Conflict("it answered 422: no capacity")
    done = ask(loans, "2")
    assert done.status is ActionStatus.FAILED
    assert "no capacity" in done.sentence
    assert shown(registry) == "1"
    assert [one.version for one in loans.actions.history("loans")] == ["1", "2", "1"]
    loans.refresh_registry()
    assert len(loans.actions.history("loans")) == 3


def test_a_deployment_that_does_not_answer_is_called_again_and_then_the_alias_goes_back(
    loans, registry, deployment, clock
):
    deployment.says = Unavailable("The deployment 'prod'", "connection refused")
    done = ask(loans, "2")
    assert (done.status, done.step) == (ActionStatus.RUNNING, Step.MOVED)
    for _ in range(10):
        later(clock, minutes=2)
        loans.runner.reconcile()
    done = loans.actions.get(done.id)
    assert done.status is ActionStatus.FAILED
    assert shown(registry) == "1"
    assert len(deployment.orders) == 5
    assert len({one.id for one in deployment.orders}) == 1


def test_an_unconfirmed_action_is_overtaken_by_the_next(loans):
    first = ask(loans, "2")
    ask(loans, "3")
    loans.runner.reconcile()
    first = loans.actions.get(first.id)
    assert first.status is ActionStatus.FAILED
    assert "overtaken" in first.sentence


def test_back_at_its_version_by_another_action_it_is_overtaken_all_the_same(loans):
    first = ask(loans, "2")
    ask(loans, "3")
    ask(loans, "2", ActionKind.ROLL_BACK)
    loans.runner.reconcile()
    assert loans.actions.get(first.id).status is ActionStatus.FAILED


def test_an_action_whose_registry_left_the_settings_waits_and_says_so(loans, registry, clock):
    registry.broken_at = "set_alias"
    done = ask(loans, "2")
    later(clock, minutes=1)
    gone = loans._registries.pop("local")
    loans.runner.reconcile()
    assert "the settings do not name it any more" in loans.actions.get(done.id).sentence
    loans._registries["local"] = gone


def test_a_step_that_another_thread_took_first_is_not_taken_twice(loans):
    from core.actions import transitions

    done = ask(loans, "2")
    stale = transitions.tried(done, done.asked_at, sentence="again")
    loans.runner._recorder.write(stale)
    with pytest.raises(StalePointer):
        loans.runner._recorder.write(stale)

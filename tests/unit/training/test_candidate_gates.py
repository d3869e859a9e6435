"""What becomes of a candidate: its gates, and who is asked to promote it."""

from collections.abc import Callable

from core.action import ActionStatus
from core.job import JobStatus
from core.ports import Outcome
from core.retrain import Retrain
from core.trimtab import Trimtab
from tests.fakes import FakeExecutor, FakeRegistry
from tests.loans import rows
from tests.made_candidate import TRAINED
from tests.made_candidate import done as finish

Ask = Callable[..., Retrain]
GoOn = Callable[[], Retrain]


NO_GATES = "policy: mine\nextends: default\ngates: false\n"


def test_gates_that_block_are_in_the_receipt(ask: Ask, go_on: GoOn) -> None:
    """The validation found no fact at all, and what is missing blocks."""
    ask()
    done = go_on()
    blocking = [gate for gate in done.gates if gate.blocks]
    assert blocking
    assert f"{len(blocking)} of {len(done.gates)} gates block" in done.sentence
    assert blocking[0].sentence in done.sentence


def test_a_candidate_that_passes_is_a_persons_to_promote(loans: Trimtab, ask: Ask, go_on: GoOn, file) -> None:
    loans.watch(TRAINED + "policy: mine\n", policy=NO_GATES, reference=file(rows(-10, 10, n=40)))
    ask()
    assert "passes all 0 gates: promote it with trimtab promote loans 2" in go_on().sentence
    assert loans.actions.every() == []


def test_where_others_must_agree_its_promotion_is_asked_for(
    loans: Trimtab, ask: Ask, go_on: GoOn, file
) -> None:
    loans.watch(TRAINED + "policy: mine\n", policy=NO_GATES, reference=file(rows(-10, 10, n=40)))
    loans.actions._approving.team = True
    ask(reason="the applicants changed")
    done = go_on()
    (action,) = loans.actions.every()
    assert action.status is ActionStatus.WAITING_APPROVAL
    assert (action.to_version, action.actor, action.reason) == ("2", "ann", "the applicants changed")
    assert f"its promotion was asked for ({action.id})" in done.sentence


def test_a_validation_that_fails_leaves_a_challenger(
    ask: Ask, loans: Trimtab, executor: FakeExecutor, registry: FakeRegistry
) -> None:
    ask()
    loans.training.reconcile()
    for outcome in (
        Outcome(status=JobStatus.DONE),
        Outcome(status=JobStatus.FAILED, error="It took too long."),
    ):
        ((name, (work, _)),) = executor.waiting.items()
        executor.begin(name)
        finish(work)
        executor.end(name, outcome)
        loans.training.reconcile()
    (done,) = loans.training.every("loans")
    assert done.status is ActionStatus.DONE
    assert done.sentence.endswith("but it was not validated: It took too long.")
    assert registry.registered["loans"].aliases["challenger"] == "2"

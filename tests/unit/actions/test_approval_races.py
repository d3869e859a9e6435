"""Several people decide about one change at the same moment: it begins once, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core.action import ActionStatus
from core.errors import Refused
from tests.unit.actions.test_approvals import ask, person, risky, shown, trimtab

__all__ = ["risky", "trimtab"]
N = 8


@pytest.fixture
def state_file(tmp_path):
    return tmp_path / "state.db"


def at_once(decide):
    start = Barrier(N)

    def one(number: int) -> str:
        start.wait()
        try:
            return decide(number).status.value
        except Refused:
            return "refused"

    with ThreadPoolExecutor(N) as pool:
        return list(pool.map(one, range(N)))


def asked_for(trimtab):
    return [one.entry.kind for one in trimtab.ledger.records(limit=None)].count("action.asked")


def test_eight_approvers_begin_it_once(risky, registry, deployment):
    waits = ask(risky)
    said = at_once(lambda i: risky.approvals.approve(waits.id, person(f"p{i}", "approver"), "fine"))
    done = risky.actions.get(waits.id)
    assert done.status is ActionStatus.UNCONFIRMED
    assert shown(registry) == "2"
    assert len(deployment.orders) == asked_for(risky) == 1
    assert "unconfirmed" in said
    assert len(risky._state.approvals.of(waits.id)) >= 1


def test_approvals_and_rejections_at_once_end_in_one_of_both(risky, registry, deployment):
    waits = ask(risky)

    def decide(number):
        act = risky.approvals.approve if number % 2 else risky.approvals.reject
        return act(waits.id, person(f"p{number}", "approver"), "so I think")

    at_once(decide)
    done = risky.actions.get(waits.id)
    began = done.status is ActionStatus.UNCONFIRMED
    assert began or done.status is ActionStatus.REFUSED
    assert shown(registry) == ("2" if began else "1")
    assert len(deployment.orders) == asked_for(risky) == int(began)
    rejections = [one for one in risky._state.approvals.of(waits.id) if not one.given]
    assert len(rejections) == int(not began)
    assert [one.status for one in risky.actions.every()] == [done.status]


def test_the_reconciler_may_tend_while_somebody_approves(risky, deployment):
    waits = ask(risky)

    def decide(number):
        if number % 2:
            risky.runner.reconcile()
            return risky.actions.get(waits.id)
        return risky.approvals.approve(waits.id, person(f"p{number}", "approver"), "fine")

    at_once(decide)
    risky.runner.reconcile()
    assert risky.actions.get(waits.id).status is ActionStatus.UNCONFIRMED
    assert len(deployment.orders) == asked_for(risky) == 1

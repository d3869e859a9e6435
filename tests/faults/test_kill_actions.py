"""Promotions and roll backs killed before and after every effect: none is lost, doubled or half done."""

import json
import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.action import ActionKind, ActionStatus
from tests.faults import acting
from tests.faults.acting import NOW, Plan
from tests.faults.forked import forked

# What each change passes on its way; a test below holds this to what is really passed.
WAYS = {
    "promote": (Plan(kind=ActionKind.PROMOTE), 7),
    "roll back": (Plan(kind=ActionKind.ROLL_BACK), 7),
    "refused by the deployment": (Plan(kind=ActionKind.PROMOTE, refuses=True), 7),
}
POINTS = [(way, at, when) for way, (_, n) in WAYS.items() for at in range(n) for when in ("before", "after")]
# In the recovery after a death right behind the move, which has most left to do.
RECOVERIES = [
    (way, at, when)
    for way, n in (("promote", 4), ("refused by the deployment", 5))
    for at in range(n)
    for when in ("before", "after")
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    acting.make(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_there_are_sixty_points() -> None:
    assert len(POINTS) + len(RECOVERIES) == 60


@pytest.mark.parametrize("way", WAYS)
def test_what_is_passed_is_what_is_cut(folder: Path, way: str) -> None:
    plan, n = WAYS[way]
    assert len(acting.act(folder, plan)) == n


@pytest.mark.slow
@pytest.mark.parametrize(("way", "at", "when"), POINTS)
def test_killed_at_any_boundary(folder: Path, way: str, at: int, when: str) -> None:
    plan, _ = WAYS[way]
    die(acting.act, folder, Plan(kind=plan.kind, refuses=plan.refuses, at=at, when=when))
    look(folder, plan)


@pytest.mark.slow
@pytest.mark.parametrize(("way", "at", "when"), RECOVERIES)
def test_killed_again_while_it_recovers(folder: Path, way: str, at: int, when: str) -> None:
    plan, _ = WAYS[way]
    die(acting.act, folder, Plan(kind=plan.kind, refuses=plan.refuses, at=1, when="after"))
    die(acting.recovered, folder, Plan(kind=plan.kind, refuses=plan.refuses, at=at, when=when))
    look(folder, plan)


def die(target: Callable[[Path, Plan], object], folder: Path, plan: Plan) -> None:
    """Do it in a process that has to die at the boundary: a fault that never fired proves nothing."""
    with forked("tests.faults.acting", target, folder, plan) as process:
        process.wait()
        assert process.exit_code == -signal.SIGKILL


def look(folder: Path, plan: Plan) -> None:
    """Start again; what is on record, in the registry and in the deployment must tell one story."""
    plan_again = Plan(kind=plan.kind, refuses=plan.refuses)
    trimtab, _ = acting.opened(folder, plan_again, at=NOW + timedelta(minutes=2))
    trimtab.runner.reconcile()
    trimtab.refresh_registry()
    action = acting.last_action(trimtab)
    (pointer,) = trimtab.actions.recorded("local")
    history = trimtab.actions.history("loans")
    aliases = json.loads((folder / "aliases.json").read_text())
    orders = [json.loads(line) for line in (folder / "orders.jsonl").read_text().splitlines()]
    sound = trimtab.ledger.verify()

    assert sound.ok, sound
    assert pointer.action_id is None, "nobody holds the pointer"
    assert aliases["champion"] == pointer.version == history[-1].version
    assert [one.kind.value for one in history].count("external") == 0, "no move is unaccounted for"
    if action is None:
        assert (pointer.version, len(orders)) == ("2", 1), "nothing was asked, so nothing happened"
    elif plan.refuses:
        assert action.status is ActionStatus.FAILED
        assert pointer.version == "2"
    else:
        assert action.status in (ActionStatus.UNCONFIRMED, ActionStatus.DONE)
        assert pointer.version == action.to_version
        assert {identity for identity, _ in orders[1:]} == {action.id}, "one order, however often it was sent"
    n_moves = len(history)
    again = trimtab.actions.ask(acting.asked(plan.kind, "3" if plan.kind is ActionKind.PROMOTE else "1"))
    if action is not None:
        assert again.id == action.id, "the same click again is the same action"
        assert len(trimtab.actions.history("loans")) == n_moves
    trimtab.close()

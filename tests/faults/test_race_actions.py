"""Fifty operators decide on one sight of a pointer: one of them moves it, the others are told why not."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.action import Action, ActionKind, ActionStatus
from core.actions import Asked
from tests.faults import acting
from tests.faults.acting import Plan

N_OPERATORS = 50


@pytest.mark.parametrize("n_rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_one_operator_wins_each_generation(tmp_path: Path, n_rounds: int) -> None:
    acting.make(tmp_path)
    trimtab, _ = acting.opened(tmp_path, Plan())
    won = []
    for _ in range(n_rounds):
        (pointer,) = trimtab.actions.recorded("local")
        others = [version for version in ("1", "2", "3") if version != pointer.version]
        gate = threading.Barrier(N_OPERATORS)

        def decide(
            number: int,
            seen: int = pointer.generation,
            others: list[str] = others,
            gate: threading.Barrier = gate,
        ) -> Action:
            gate.wait()
            return trimtab.actions.ask(
                Asked(
                    kind=ActionKind.PROMOTE,
                    model="loans",
                    version=others[number % 2],
                    reason=f"operator {number}",
                    actor=f"operator {number}",
                    generation=seen,
                )
            )

        with ThreadPoolExecutor(N_OPERATORS) as operators:
            done = list(operators.map(decide, range(N_OPERATORS)))
        winners = [one for one in done if one.status is ActionStatus.UNCONFIRMED]
        losers = [one for one in done if one.status is ActionStatus.REFUSED]
        assert (len(winners), len(losers)) == (1, N_OPERATORS - 1)
        assert winners[0].generation == pointer.generation + 1
        assert all({"decision fresh", "pointer free"} & {gate.rule for gate in one.gates} for one in losers)
        won.append(winners[0])
    (pointer,) = trimtab.actions.recorded("local")
    assert pointer.version == won[-1].to_version
    history = trimtab.actions.history("loans")
    assert [one.evidence for one in history][-n_rounds:] == [one.id for one in won]
    assert trimtab.ledger.verify().ok
    trimtab.close()


def test_a_double_click_is_one_action(tmp_path: Path) -> None:
    acting.make(tmp_path)
    trimtab, _ = acting.opened(tmp_path, Plan())
    gate = threading.Barrier(8)

    def click(_: int) -> Action:
        gate.wait()
        return trimtab.actions.ask(acting.asked(ActionKind.PROMOTE, "3"))

    with ThreadPoolExecutor(8) as fingers:
        done = list(fingers.map(click, range(8)))
    assert len({one.id for one in done}) == 1
    assert len(trimtab.actions.every()) == 2
    trimtab.close()

"""Registries read again: not where nothing changed, less often where that is slow, into mirror and ledger."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from core.actions import Mirroring
from core.store import registry_mirror
from tests.fakes import FakeRegistry


@dataclass
class Counted(FakeRegistry):
    """A registry that says whether it changed, and counts how often it was read."""

    said: str | None = None
    n_read: int = 0
    takes: Callable[[], object] = lambda: None

    def state(self) -> str | None:
        return self.said

    def models(self):
        self.n_read += 1
        self.takes()
        return super().models()


@pytest.fixture
def registry() -> Counted:
    return Counted()


@dataclass
class Seconds:
    """A stopwatch that the test moves."""

    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def mirroring(loans, registry, seconds) -> Mirroring:
    registry.n_read = 0
    return Mirroring(
        store=loans._store,
        registries={"local": registry},
        desk=loans.actions,
        clock=loans._clock,
        seconds=seconds,
    )


def test_a_registry_that_says_nothing_changed_is_not_read(mirroring, registry):
    registry.said = "a"
    for _ in range(5):
        mirroring.refresh(at_once=False)
    assert registry.n_read == 1
    registry.said = "b"
    for _ in range(5):
        mirroring.refresh(at_once=False)
    assert registry.n_read == 2
    mirroring.refresh()
    assert registry.n_read == 3


def test_one_that_was_slow_is_left_alone_for_a_while(mirroring, registry, seconds):
    registry.takes = lambda: setattr(seconds, "at", seconds.at + 10.0)
    mirroring.refresh(at_once=False)
    seconds.at += 39.0
    mirroring.refresh(at_once=False)
    assert registry.n_read == 1
    seconds.at += 1.0
    mirroring.refresh(at_once=False)
    assert registry.n_read == 2


def test_one_that_did_not_answer_is_read_again_though_it_did_not_change(mirroring, registry):
    registry.said, registry.down = "a", True
    mirroring.refresh(at_once=False)
    registry.down = False
    mirroring.refresh(at_once=False)
    mirroring.refresh(at_once=False)
    assert registry.n_read == 2


def test_what_an_action_moved_is_in_the_mirror_at_once(loans):
    from core.action import ActionKind
    from core.actions import Asked

    loans.actions.ask(Asked(kind=ActionKind.PROMOTE, model="loans", version="2", reason="r", actor="ann"))
    with loans._store.reading() as cursor:
        (model,) = registry_mirror.models(cursor, registry="local", name="loans")
    assert model.aliases["champion"].version == "2"
    loans.refresh_registry()
    with loans._store.reading() as cursor:
        (again,) = registry_mirror.models(cursor, registry="local", name="loans")
    assert again.aliases == model.aliases

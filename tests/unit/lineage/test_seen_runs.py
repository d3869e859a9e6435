"""Runs in memory: what is read of the store again, and that it is what the store has."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.lineage.runs import OVERLAP, SeenRuns
from core.ports import RunRecord
from core.store import StateStore

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def state() -> Iterator[StateStore]:
    state = StateStore.open(None)
    yield state
    state.close()


def run(name: str, status: str = "FINISHED") -> RunRecord:
    return RunRecord(registry="local", run_id=name, status=status)


def test_runs_in_memory_are_those_of_the_store_however_they_come(state: StateStore) -> None:
    seen, table = SeenRuns(state), state.lineage.runs
    assert seen.now() == {}

    def same() -> bool:
        return dict(seen.now()) == {(one.registry, one.run_id): one for one in table.every()}

    table.put([run("a", "RUNNING"), run("b")], at=NOW)
    assert same()
    before = seen.now()
    table.put([run("a")], at=NOW + timedelta(hours=1))  # read again: it has ended
    assert same()
    assert before["local", "a"].status == "RUNNING", "what was handed out does not change"
    # A writer that was slower than another commits what it read before that.
    table.put([run("late")], at=NOW + timedelta(hours=1) - OVERLAP / 2)
    assert same()
    table.put([run("much later")], at=NOW)
    assert same()


def test_without_news_nothing_is_read(state: StateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    state.lineage.runs.put([run("a")], at=NOW)
    seen = SeenRuns(state)
    first = seen.now()
    monkeypatch.setattr(type(state.lineage.runs), "every", lambda *_, **__: pytest.fail("it was read again"))
    assert seen.now() is first

"""Processes killed while they append, and two that append at once: one chain, and nothing half recorded."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.chain.verify import Proof
from core.ledger import Ledger
from core.ledger.anchors import anchor_at
from core.store import StateStore
from tests.fakes import FixedClock
from tests.faults.forked import Forked, forked


@contextmanager
def appending(folder: Path, name: str, n: int) -> Iterator[Forked]:
    with forked("tests.faults.appending", folder, name, n) as started:
        assert started.stdout.readline() == "ready\n"
        yield started


def look(folder: Path, name: str) -> tuple[Proof, list[object], str | None]:
    """What the ledger is, which of a process's changes it has, and which change the store has."""
    state = StateStore.open(folder / "state.db")
    ledger = Ledger(state, keys=folder / "keys", clock=FixedClock())
    anchor = folder / f"anchor-{name}.jsonl"
    proof = ledger.verify(anchor_at(anchor).read())
    recorded = [one.entry.facts["n"] for one in ledger.records() if one.entry.actor == name]
    last = state.setting(f"{name}/last")
    ledger.checkpoint()
    assert ledger.verify(anchor_at(anchor).read()).ok
    state.close()
    return proof, recorded, last


@pytest.mark.parametrize("n_lines", [1, 4, 5, 9])
def test_killed_while_it_appends(tmp_path: Path, n_lines: int) -> None:
    with appending(tmp_path, "one", 1000) as process:
        told = [int(process.stdout.readline()) for _ in range(n_lines)]
        process.kill()
    proof, recorded, last = look(tmp_path, "one")
    assert proof.ok, proof
    # What it told is there, what is there has its change, and no change is without its entry.
    assert proof.rows >= told[-1]
    assert recorded == list(range(len(recorded)))
    assert last == str(len(recorded) - 1)


def test_two_processes_write_one_chain(tmp_path: Path) -> None:
    StateStore.open(tmp_path / "state.db").close()
    with appending(tmp_path, "one", 30) as one, appending(tmp_path, "two", 30) as two:
        seqs = [int(line) for process in (one, two) for line in process.stdout]
        one.wait()
        two.wait()
        assert (one.exit_code, two.exit_code) == (0, 0)
    assert sorted(seqs) == list(range(2, 62))
    for name in ("one", "two"):
        proof, recorded, _ = look(tmp_path, name)
        assert (proof.ok, proof.rows) == (True, 61)
        assert recorded == list(range(30))

"""The ledger's tables: guarded in the database itself, one writer after another, erased without a gap."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.chain import entries
from core.chain.entries import Draft
from core.chain.verify import Proof, verify
from core.errors import IntegrityError, NotFound, Unavailable
from core.store import StateStore
from core.store.ledger import append

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DRAFT = Draft(kind="noted", actor="ann", model="local/loans", facts={"n": 1}, private={"why": "because"})
COPY = "SELECT {seq}, at, kind, 'mallory', model, body, payload, prev, hash FROM ledger WHERE seq = 3"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateStore]:
    """Five entries with private parts, and no checkpoint."""
    opened = StateStore.open(tmp_path / "state.db")
    for _ in range(5):
        opened.ledger.append(DRAFT, now=NOW)
    yield opened
    opened.close()


def proof(state: StateStore) -> Proof:
    with state.ledger.snapshot() as taken:
        return verify(taken.records, taken.checkpoints, strays=taken.strays)


REFUSED = {
    "update": "UPDATE ledger SET actor = 'mallory' WHERE seq = 3",
    "update of the number": "UPDATE ledger SET seq = 9 WHERE seq = 5",
    "update or replace": "UPDATE OR REPLACE ledger SET seq = 2 WHERE seq = 3",
    "delete": "DELETE FROM ledger WHERE seq = 3",
    "delete of the last": "DELETE FROM ledger WHERE seq = 5",
    "delete of all": "DELETE FROM ledger",
    "replace": "INSERT OR REPLACE INTO ledger " + COPY.format(seq=3),
    "replace of the last": "REPLACE INTO ledger " + COPY.format(seq=5),
    "ignore": "INSERT OR IGNORE INTO ledger " + COPY.format(seq=3),
    "upsert": "INSERT INTO ledger "
    + COPY.format(seq=3)
    + " ON CONFLICT (seq) DO UPDATE SET actor = 'mallory'",
    "gap": "INSERT INTO ledger " + COPY.format(seq=7),
    "before the first": "INSERT INTO ledger " + COPY.format(seq=0),
    "negative": "INSERT INTO ledger " + COPY.format(seq=-1),
    "no number": "INSERT INTO ledger " + COPY.format(seq="NULL"),
    "no link": "INSERT INTO ledger " + COPY.format(seq=6),
    "private update": "UPDATE ledger_payloads SET content = '{}' WHERE seq = 3",
    "private delete": "DELETE FROM ledger_payloads WHERE seq = 3",
    "private replace": "REPLACE INTO ledger_payloads VALUES (5, '00', '{}')",
    "private without an entry": "INSERT INTO ledger_payloads VALUES (6, '00', '{}')",
    "checkpoint update": "UPDATE ledger_checkpoints SET head = 'x'",
    "checkpoint delete": "DELETE FROM ledger_checkpoints",
    "checkpoint replace": "REPLACE INTO ledger_checkpoints VALUES (1, 'l', 1, 'h', 'a', 'k', 's')",
    "checkpoint gap": "INSERT INTO ledger_checkpoints VALUES (3, 'l', 1, 'h', 'a', 'k', 's')",
}


@pytest.mark.parametrize("recursive", [False, True])
def test_the_database_refuses_all_but_the_next_row(
    state: StateStore, tmp_path: Path, recursive: bool
) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as raw:
        raw.execute(f"PRAGMA recursive_triggers = {'ON' if recursive else 'OFF'}")
        raw.execute("INSERT INTO ledger_checkpoints VALUES (1, 'l', 1, 'h', 'a', 'k', 's')")
        before = list(raw.iterdump())
        for name, statement in REFUSED.items():
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(statement)
            assert list(raw.iterdump()) == before, name


def test_what_comes_next_is_let_in(state: StateStore, tmp_path: Path) -> None:
    last = state.ledger.append(DRAFT, now=NOW)
    assert (last.seq, proof(state).ok, proof(state).rows) == (6, True, 6)
    assert state.ledger.newest() == last == state.ledger.entry(6)
    with pytest.raises(NotFound):
        state.ledger.entry(7)


def test_entries_are_listed_by_model_and_time(state: StateStore) -> None:
    later = NOW + timedelta(days=1)
    state.ledger.append(Draft(kind="noted", actor="bob", model="prod/loans"), now=later)
    state.ledger.append(Draft(kind="noted", actor="bob", model="local/100%_loans"), now=later)
    state.ledger.append(Draft(kind="noted", actor="bob"), now=later)
    listed = state.ledger.records
    assert [one.entry.seq for one in listed(model="loans")] == [1, 2, 3, 4, 5, 6]
    assert [one.entry.seq for one in listed(model="prod/loans")] == [6]
    assert [one.entry.seq for one in listed(model="100%_loans")] == [7]
    assert [one.entry.seq for one in listed(since=later)] == [6, 7, 8]
    assert [one.entry.seq for one in listed(limit=2)] == [7, 8]
    assert listed(model="loans")[0].private is not None
    assert listed()[-1].entry.recorded_at == later


# -------------------------------------------------------------------- together with what it records


def test_an_entry_and_what_it_records_are_one_transaction(state: StateStore) -> None:
    with state.together():
        state.save_setting("a", "1")
        state.ledger.append(DRAFT, now=NOW)
        assert (state.setting("a"), state.ledger.newest() is not None) == ("1", True)
    assert (state.setting("a"), proof(state).rows) == ("1", 6)

    def cut_off() -> None:
        with state.together() as connection:
            state.save_setting("a", "2")
            append(connection, DRAFT, now=NOW)
            raise RuntimeError("the process ends here")

    with pytest.raises(RuntimeError):
        cut_off()
    assert (state.setting("a"), proof(state).rows) == ("1", 6)


def test_what_cannot_be_recorded_does_not_happen(state: StateStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as raw:
        raw.execute(
            "CREATE TRIGGER full BEFORE INSERT ON ledger BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )

    def change() -> None:
        with state.together():
            state.save_setting("a", "1")
            state.ledger.append(DRAFT, now=NOW)

    with pytest.raises(Unavailable, match="the disk is full"):
        change()
    assert state.setting("a") is None


def test_nothing_is_built_on_a_row_that_was_changed(state: StateStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER ledger_update")
        raw.execute("UPDATE ledger SET actor = 'mallory' WHERE seq = 5")
    with pytest.raises(IntegrityError, match="Entry 5"):
        state.ledger.append(DRAFT, now=NOW)
    assert (proof(state).kind, proof(state).first_bad, proof(state).rows) == ("edit", 5, 5)


def test_threads_write_one_chain_without_gaps(tmp_path: Path) -> None:
    state = StateStore.open(tmp_path / "state.db")

    def write(name: str) -> None:
        for number in range(25):
            state.ledger.append(Draft(kind="noted", actor=name, facts={"n": number}), now=NOW)

    threads = [threading.Thread(target=write, args=(f"thread {n}",)) for n in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (proof(state).ok, proof(state).rows) == (True, 100)
    by_thread = [one.entry.facts["n"] for one in state.ledger.records() if one.entry.actor == "thread 2"]
    assert by_thread == list(range(25))
    state.close()


# -------------------------------------------------------------------- private parts


def test_what_is_erased_is_noted_and_the_chain_holds(state: StateStore, tmp_path: Path) -> None:
    noted = state.ledger.erase([4, 2, 99], actor="bob", now=NOW)
    assert noted is not None
    assert (noted.kind, noted.facts, noted.actor) == (entries.ERASED, {"seqs": [2, 4]}, "bob")
    assert (proof(state).ok, proof(state).n_erased, proof(state).rows) == (True, 2, 6)
    assert [seq for seq, _ in state.ledger.private_parts("local/loans")] == [1, 3, 5]
    assert state.ledger.erase([2, 4], actor="bob", now=NOW) is None
    state.scrub()
    assert (tmp_path / "state.db").read_bytes().count(b'{"why":"because"}') == 3


def test_a_private_part_that_goes_without_a_word_is_missed(state: StateStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER ledger_payloads_delete")
        raw.execute("DELETE FROM ledger_payloads WHERE seq = 2")
    assert (proof(state).kind, proof(state).first_bad) == ("delete", 2)


def test_a_private_part_beside_no_entry_is_found(state: StateStore, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER ledger_payloads_insert")
        raw.execute("INSERT INTO ledger_payloads VALUES (9, '00', '{}')")
    assert (proof(state).kind, proof(state).first_bad) == ("insert", 9)

"""The ledger of a workspace: begun once, signed when due, anchored elsewhere, its key changed safely."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.chain.entries import Draft
from core.chain.signing import Signer
from core.errors import Conflict, IntegrityError, Unavailable
from core.ledger import Ledger
from core.ledger.anchors import GitAnchor, anchor_at
from core.ledger.desk import EVERY, EVERY_ROWS
from core.ledger.export import VERIFIER
from core.ledger.keys import KeyFolder
from core.store import StateStore
from tests.fakes import FixedClock

DRAFT = Draft(kind="noted", actor="ann", model="local/loans", facts={"n": 1}, private={"why": "because"})


class Desk:
    """A ledger on disk; ``other`` opens it again, as the next process does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FixedClock()
        self.state = StateStore.open(folder / "state.db")
        self.anchor = folder / "elsewhere.jsonl"

    def open(self, anchor: Path | None = None) -> Ledger:
        return Ledger(self.state, keys=self.folder / "keys", clock=self.clock, anchor=anchor)

    def tamper(self, *statements: str) -> None:
        """Do to the file what triggers refuse."""
        with closing(sqlite3.connect(self.folder / "state.db", isolation_level=None)) as raw:
            for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                raw.execute(statement)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.state.close()


def test_the_first_entry_holds_the_id_and_the_key(desk: Desk) -> None:
    ledger = desk.open()
    second = ledger.append(DRAFT)
    first = ledger.records()[0].entry
    assert (first.seq, first.kind, first.actor, second.seq) == (1, "ledger_began", "trimtab", 2)
    assert first.facts["ledger"] == ledger.identity()
    assert first.facts["key"] == KeyFolder(desk.folder / "keys").ensure().public
    desk.open().begin()
    assert ledger.verify().rows == 2


def test_the_private_key_is_the_owner_s_alone(desk: Desk) -> None:
    desk.open().begin()
    keys = desk.folder / "keys"
    assert sorted(path.name for path in keys.iterdir()) == ["ledger.key", "ledger.pub"]
    assert (keys / "ledger.key").stat().st_mode & 0o077 == 0
    assert keys.stat().st_mode & 0o077 == 0
    assert Signer.read((keys / "ledger.key").read_bytes()).public_pem() == (keys / "ledger.pub").read_bytes()


# -------------------------------------------------------------------- checkpoints


def test_a_checkpoint_is_due_after_a_minute_or_a_hundred_rows(desk: Desk) -> None:
    ledger = desk.open()
    ledger.tend()
    assert desk.state.ledger.newest() is None
    ledger.append(DRAFT)
    ledger.tend()
    assert desk.state.ledger.newest_checkpoint() is None
    desk.clock.at += EVERY
    ledger.tend()
    first = desk.state.ledger.newest_checkpoint()
    assert first is not None
    assert (first.number, first.seq, first.is_signed) == (1, 2, True)
    for _ in range(EVERY_ROWS):
        ledger.tend()
        ledger.append(DRAFT)
    ledger.tend()
    second = desk.state.ledger.newest_checkpoint()
    assert second is not None
    assert (second.number, second.seq) == (2, 2 + EVERY_ROWS)
    assert ledger.checkpoint() == second


def test_a_clock_that_was_set_back_puts_off_no_signature(desk: Desk) -> None:
    ledger = desk.open()
    ledger.append(DRAFT)
    desk.clock.at -= timedelta(days=1)
    ledger.tend()
    assert desk.state.ledger.newest_checkpoint() is not None
    assert ledger.verify().ok


def test_what_a_process_wrote_is_signed_when_it_ends(desk: Desk) -> None:
    ledger = desk.open()
    ledger.append(DRAFT)
    ledger.close()
    ledger.close()
    proof = ledger.verify()
    assert (proof.ok, proof.rows, proof.n_checkpoints) == (True, 2, 1)


def test_what_does_not_hold_is_not_signed(desk: Desk) -> None:
    ledger = desk.open()
    for _ in range(3):
        ledger.append(DRAFT)
    desk.tamper("UPDATE ledger SET actor = 'mallory' WHERE seq = 3")
    with pytest.raises(IntegrityError, match="Entry 3"):
        ledger.checkpoint()
    ledger.close()
    assert desk.state.ledger.newest_checkpoint() is None
    assert (ledger.verify().kind, ledger.verify().first_bad) == ("edit", 3)


def test_without_the_key_entries_go_on_and_signatures_wait(desk: Desk) -> None:
    ledger = desk.open()
    ledger.append(DRAFT)
    (desk.folder / "keys" / "ledger.key").rename(desk.folder / "kept")
    assert ledger.append(DRAFT).seq == 3
    with pytest.raises(IntegrityError, match="The key that signs") as told:
        ledger.checkpoint()
    assert "backup" in told.value.hint
    (desk.folder / "kept").rename(desk.folder / "keys" / "ledger.key")
    assert ledger.checkpoint().seq == 3


# -------------------------------------------------------------------- keys


def test_another_key_signs_from_its_entry_on(desk: Desk) -> None:
    ledger = desk.open()
    before = ledger.append(DRAFT)
    old = ledger.checkpoint().key
    rotated = ledger.rotate_key("ann")
    assert (rotated.seq, rotated.actor) == (before.seq + 1, "ann")
    new = desk.open().checkpoint()
    assert new.key == rotated.facts["key"] != old
    assert (ledger.verify().ok, ledger.verify().n_checkpoints) == (True, 2)
    assert sorted(path.name for path in (desk.folder / "keys").iterdir()) == ["ledger.key", "ledger.pub"]


def test_a_change_of_keys_that_was_cut_off_goes_one_way_or_the_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = desk.open()
    old = ledger.checkpoint().key
    KeyFolder(desk.folder / "keys").make_next()
    ledger.append(DRAFT)
    assert ledger.checkpoint().key == old

    def killed(_: KeyFolder) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(KeyFolder, "take_next", killed)
        with pytest.raises(KeyboardInterrupt):
            ledger.rotate_key("ann")
    again = desk.open().checkpoint()
    assert again.key != old
    assert ledger.verify().ok


# -------------------------------------------------------------------- anchors


def test_each_checkpoint_is_added_to_the_anchor_s_file(desk: Desk) -> None:
    ledger = desk.open(desk.anchor)
    for _ in range(3):
        ledger.append(DRAFT)
        made = ledger.checkpoint()
    ledger.tend()
    kept = anchor_at(desk.anchor).read()
    assert [one.seq for one in kept] == [2, 3, 4]
    assert kept[-1] == made == anchor_at(desk.anchor).last(made.ledger)
    ledger.append(DRAFT)
    proof = ledger.verify()
    assert (proof.ok, proof.rows, proof.unanchored, proof.n_anchors) == (True, 5, 1, 3)
    assert ledger.verify(kept[:1]).unanchored == 3


def test_an_anchor_that_could_not_be_written_is_caught_up_with(desk: Desk) -> None:
    place = desk.folder / "absent" / "anchor.jsonl"
    ledger = desk.open(place)
    ledger.append(DRAFT)
    with pytest.raises(Unavailable, match="anchor"):
        ledger.checkpoint()
    ledger.close()
    place.parent.mkdir()
    ledger.tend()
    assert [one.seq for one in anchor_at(place).read()] == [2]


def test_half_a_line_of_a_killed_process_is_left_as_it_is(desk: Desk) -> None:
    ledger = desk.open(desk.anchor)
    ledger.append(DRAFT)
    line = ledger.checkpoint().line()
    desk.anchor.write_text(f"{line}\n{line[:40]}")
    ledger.append(DRAFT)
    ledger.checkpoint()
    assert desk.anchor.read_text().startswith(f"{line}\n{line[:40]}\n")
    assert [one.seq for one in anchor_at(desk.anchor).read()] == [2, 3]
    assert ledger.verify().ok


def test_nothing_is_anchored_over_an_anchor_that_says_otherwise(desk: Desk) -> None:
    ledger = desk.open(desk.anchor)
    for _ in range(3):
        ledger.append(DRAFT)
    ledger.checkpoint()
    desk.tamper("DELETE FROM ledger WHERE seq > 2", "DELETE FROM ledger_payloads WHERE seq > 2")
    desk.tamper("DELETE FROM ledger_checkpoints")
    later = desk.open(desk.anchor)
    assert (later.verify().kind, later.verify().first_bad) == ("truncate", 3)
    later.append(DRAFT)
    with pytest.raises(IntegrityError, match="The anchor says otherwise"):
        later.checkpoint()
    assert len(desk.anchor.read_text().splitlines()) == 1


def test_two_ledgers_do_not_share_an_anchor(desk: Desk, tmp_path: Path) -> None:
    desk.open(desk.anchor).checkpoint()
    (tmp_path / "second").mkdir()
    other = Desk(tmp_path / "second")
    with pytest.raises(Conflict, match="another ledger"):
        other.open(desk.anchor).checkpoint()
    other.state.close()


def git(folder: Path, *command: str) -> str:
    who = ("-c", "user.name=Someone", "-c", "user.email=someone@example.invalid")
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *command], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_git_repository_gets_a_commit_a_checkpoint_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    place = tmp_path / "repository"
    place.mkdir()
    git(place, "init", "-q", "-b", "main")
    (place / "theirs.txt").write_text("committed")
    git(place, "add", ".")
    git(place, "commit", "-qm", "theirs")
    (place / "theirs.txt").write_text("being changed")
    (place / "staged.txt").write_text("staged")
    git(place, "add", "staged.txt")
    hook = place / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hook-ran\n")
    hook.chmod(0o755)
    before = git(place, "status", "--porcelain"), git(place, "rev-parse", "main"), git(place, "branch")
    (tmp_path / "hook-ran").unlink(missing_ok=True)
    ledger = desk.open(place)
    for _ in range(3):
        ledger.append(DRAFT)
        made = ledger.checkpoint()
    assert not (tmp_path / "hook-ran").exists()
    branch = f"trimtab-ledger/{made.ledger}"
    assert [one.seq for one in GitAnchor(place).read()] == [2, 3, 4]
    assert GitAnchor(place).last(made.ledger) == made
    assert (
        git(place, "log", "--format=%an %ae", branch).splitlines()
        == ["Trimtab ledger ledger@trimtab.invalid"] * 3
    )
    assert git(place, "ls-tree", "--name-only", branch) == "checkpoint.json"
    assert json.loads(git(place, "show", f"{branch}:checkpoint.json"))["checkpoint"]["seq"] == 4
    status, tip, branches = before
    assert (git(place, "status", "--porcelain"), git(place, "rev-parse", "main")) == (status, tip)
    assert git(place, "branch") == f"{branches}\n  {branch}"
    assert ledger.verify().unanchored == 0


def test_a_bare_repository_will_do_and_a_plain_folder_will_not(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    git(tmp_path / "bare", "init", "-q", "--bare")
    ledger = desk.open(tmp_path / "bare")
    assert [one.seq for one in [ledger.checkpoint()]] == [1]
    assert ledger.verify().n_anchors == 1
    (tmp_path / "plain").mkdir()
    with pytest.raises(Unavailable, match="not a git repository"):
        desk.open(tmp_path / "plain").checkpoint()


# -------------------------------------------------------------------- exports


@pytest.fixture
def exported(desk: Desk) -> Path:
    """An export with an erased private part and a changed key, beside its anchor."""
    ledger = desk.open(desk.anchor)
    for _ in range(12):
        ledger.append(DRAFT)
    ledger.rotate_key("ann")
    ledger.erase([3], actor="bob")
    ledger.checkpoint()
    ledger.append(DRAFT)
    path = desk.folder / "export.jsonl"
    path.write_text("".join(ledger.export()))
    return path


def second(*arguments: object, without_cryptography: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the second verifier as an auditor does: from a folder of its own, without Trimtab."""
    program = [sys.executable, "-I", str(VERIFIER)]
    if without_cryptography:
        hide = "import sys, runpy; sys.modules['cryptography'] = None; import importlib.util as u\n"
        hide += (
            "find = u.find_spec; u.find_spec = lambda name: None if name == 'cryptography' else find(name)\n"
        )
        run = "file = sys.argv.pop(1); sys.argv[0] = file; runpy.run_path(file, run_name='__main__')"
        program = [sys.executable, "-I", "-c", hide + run, str(VERIFIER)]
    return subprocess.run(
        [*program, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=VERIFIER.anchor
    )


def test_an_auditor_checks_an_export_without_trimtab(desk: Desk, exported: Path) -> None:
    done = second(exported, "--anchor", desk.anchor, "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["ok"], said["rows"], said["unanchored"]) == (0, True, 16, 1)
    assert (said["erased"], said["signatures"]) == (1, "checked")
    assert said["head"] == desk.open().verify().head
    assert "16 entries, 1 after the newest anchor" in second(exported, "--anchor", desk.anchor).stdout
    assert "No anchor was given" in second(exported).stdout


def test_an_auditor_without_cryptography_is_told_so(desk: Desk, exported: Path) -> None:
    done = second(exported, "--anchor", desk.anchor, "--json", without_cryptography=True)
    assert (done.returncode, json.loads(done.stdout)["signatures"]) == (0, "not checked")
    told = second(exported, without_cryptography=True).stdout
    assert told.startswith("The ledger holds, but its signatures were NOT checked: ")
    assert "cryptography. 16 entries, " in told
    exported.write_text(exported.read_text().replace('"ann"', '"eve"', 1))
    done = second(exported, without_cryptography=True)
    assert (done.returncode, "Its signatures were NOT checked." in done.stdout) == (1, True)


def test_an_auditor_is_told_what_does_not_hold(desk: Desk, exported: Path, tmp_path: Path) -> None:
    exported.write_text("".join(exported.read_text().splitlines(keepends=True)[:8]))
    done = second(exported, "--anchor", desk.anchor)
    assert done.returncode == 1
    assert "does NOT hold: truncate at entry 8" in done.stdout
    for content in ("", "{}\n", '{"type":"trimtab ledger export","format":2}\n'):
        (tmp_path / "x").write_text(content)
        assert second(tmp_path / "x").returncode == 2
    assert second(tmp_path / "absent").returncode == 2
    (tmp_path / "x").write_text("nothing\n")
    assert "holds no checkpoint" in second(exported, "--anchor", tmp_path / "x").stderr


def test_what_was_tampered_with_is_exported_as_it_stands(desk: Desk, tmp_path: Path) -> None:
    ledger = desk.open()
    for _ in range(4):
        ledger.append(DRAFT)
    desk.tamper(
        "UPDATE ledger SET body = '{\"n\": 1}' WHERE seq = 3", "UPDATE ledger SET body = 'x' WHERE seq = 4"
    )
    (tmp_path / "export.jsonl").write_text("".join(ledger.export()))
    said = json.loads(second(tmp_path / "export.jsonl", "--json").stdout)
    assert (said["kind"], said["first_bad"]) == ("edit", 3)
    assert (ledger.verify().kind, ledger.verify().first_bad) == ("edit", 3)
    desk.tamper("UPDATE ledger SET body = 'x' WHERE seq = 1")
    assert len(list(ledger.export())) == 6
    with pytest.raises(IntegrityError, match="does not tell"):
        ledger.checkpoint()

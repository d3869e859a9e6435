"""The commands about the ledger, on a workspace that nobody serves, from its first decision on."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from core import cli
from core.config import Workspace
from core.keeping.restore import restore
from core.server.identity import operating_user
from tests.loans import SPEC, rows
from tests.unit.keeping.test_backup import NOW


def run(workspace: Workspace, *arguments: str | Path) -> Result:
    asked = [*map(str, arguments), "--workspace", str(workspace.root)]
    return CliRunner().invoke(cli.main, asked, prog_name="trimtab")


def answer(workspace: Workspace, *arguments: str | Path, code: int = 0) -> Any:
    done = run(workspace, *arguments, "--json")
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which people decided things: watched twice, resolved, erased, backed up."""
    folder = tmp_path_factory.mktemp("decided")
    workspace = Workspace(folder / "w")
    answer(workspace, "init")
    (folder / "spec.yaml").write_text(SPEC)
    pq.write_table(rows(-8, 8, n=60), folder / "reference.parquet")
    pq.write_table(rows(0, 4, n=60, shift=3.0), folder / "rows.parquet")
    for _ in range(2):
        answer(workspace, "watch", folder / "spec.yaml", "--reference", folder / "reference.parquet")
    answer(workspace, "ingest", "loans", folder / "rows.parquet")
    answer(workspace, "monitor")
    (incident, *_) = answer(workspace, "incidents", "--open")
    answer(workspace, "ack", incident["id"])
    answer(workspace, "snooze", incident["id"], "--until", "12h")
    answer(workspace, "resolve", incident["id"], "--cause", "case 7-0-12 was keyed twice")
    answer(workspace, "backup", folder / "b.zip")
    answer(workspace, "erase", "loans", "--id", "7-0-12")
    return workspace


def entries(workspace: Workspace) -> list[dict[str, Any]]:
    from core.client import connect

    with connect(workspace, what="a test") as client:
        found: list[dict[str, Any]] = list(client.ledger())  # type: ignore[arg-type]
        assert client.ledger(model="loans") == [one for one in found if one["model"] == "local/loans"]
        assert client.ledger(since="2999-01-01") == []
    return found


def test_every_decision_is_on_record_with_who_took_it(decided: Workspace) -> None:
    found = entries(decided)
    assert [one["kind"] for one in found] == [
        "ledger_began",
        "watch_begun",
        "watch_changed",
        "incident_acknowledged",
        "incident_snoozed",
        "incident_resolved",
        "backup_begun",
        "backed_up",
        "erase_begun",
        "payload_erased",
        "erased",
    ]
    assert {one["actor"] for one in found[1:]} == {operating_user()}
    watched, resolved, erased = found[1], found[5], found[-1]
    assert watched["private"]["spec"] == SPEC
    assert len(watched["facts"]["spec_digest"]) == len(watched["facts"]["policy_digest"]) == 64
    assert watched["facts"]["reference_rows"] > 0
    assert found[4]["facts"]["until"].endswith("Z")
    assert (resolved["erased"], resolved["private"]) == (True, None)
    assert erased["facts"]["removed"]["ledger"] == 1
    assert "7-0-12" not in json.dumps(found)


def test_the_ledger_holds_and_each_command_signed_what_it_wrote(decided: Workspace) -> None:
    said = answer(decided, "ledger", "verify")
    assert {"ok", "rows", "head", "unanchored", "first_bad", "kind"} <= set(said)
    assert (said["ok"], said["first_bad"], said["kind"]) == (True, None, None)
    assert (said["rows"], said["unanchored"], said["erased"]) == (11, 11, 1)
    assert said["checkpoints"] == 7
    assert "The ledger holds: 11 entries" in run(decided, "ledger", "verify").stdout
    (check,) = [one for one in answer(decided, "doctor")["checks"] if one["name"] == "ledger"]
    assert (check["ok"], check["message"]) == (True, "11 entries hold, not anchored")


def test_an_anchor_counts_what_came_after_it(decided: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "anchor.jsonl"
    made = answer(decided, "ledger", "anchor", file)
    assert made["seq"] == answer(decided, "ledger", "verify", "--anchor", file)["rows"]
    answer(decided, "ledger", "anchor", file)
    assert len(file.read_text().splitlines()) == 1
    rotated = answer(decided, "ledger", "rotate-key")
    said = answer(decided, "ledger", "verify", "--anchor", file)
    assert (said["ok"], said["unanchored"]) == (True, rotated["seq"] - made["seq"])
    answer(decided, "ledger", "anchor", file)
    assert len(file.read_text().splitlines()) == 2
    refused = run(decided, "ledger", "verify", "--anchor", tmp_path / "absent")
    assert (refused.exit_code, "trimtab ledger anchor" in refused.stderr) == (2, True)
    (tmp_path / "spec.yaml").write_text(SPEC)
    assert run(decided, "ledger", "verify", "--anchor", tmp_path / "spec.yaml").exit_code == 2


def test_an_export_comes_with_what_checks_it(decided: Workspace, tmp_path: Path) -> None:
    file, anchor = tmp_path / "export.jsonl", tmp_path / "anchor.jsonl"
    answer(decided, "ledger", "anchor", anchor)
    made = answer(decided, "ledger", "export", file)
    assert (made["file"], made["n_bytes"]) == (str(file), file.stat().st_size)
    assert file.stat().st_mode & 0o077 == 0
    command = [sys.executable, "-I", made["verifier"], str(file), "--anchor", str(anchor), "--json"]
    said = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert (said["ok"], said["unanchored"]) == (True, 0)
    assert run(decided, "ledger", "export", file).exit_code == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "verify_ledger.py").write_text("theirs")
    made = answer(decided, "ledger", "export", tmp_path / "other" / "e.jsonl")
    assert made["verifier"] is None
    assert (tmp_path / "other" / "verify_ledger.py").read_text() == "theirs"
    assert not list(decided.spool.glob("*.ledger"))


def test_a_backup_is_restored_with_its_ledger_and_says_so(decided: Workspace, tmp_path: Path) -> None:
    anchor = tmp_path / "anchor.jsonl"
    answer(decided, "ledger", "anchor", anchor)
    restored = Workspace(tmp_path / "again")
    restore(decided.root.with_name("b.zip"), restored, force=False, now=NOW, actor="ann")
    said = answer(restored, "ledger", "verify")
    assert (said["ok"], said["rows"]) == (True, 8)
    last = entries(restored)[-1]
    assert (last["kind"], last["actor"]) == ("restored", "ann")
    assert not (restored.root / "restored.json").exists()
    # What was decided after the backup is gone from it: the anchor says so, as it must.
    assert answer(restored, "ledger", "verify", "--anchor", anchor, code=1)["kind"] in {"edit", "truncate"}
    refused = run(restored, "ledger", "anchor", anchor)
    assert (refused.exit_code, "does not hold against" in refused.stderr) == (3, True)


def test_tampering_is_named_and_ends_with_1(decided: Workspace, tmp_path: Path) -> None:
    restored = Workspace(tmp_path / "again")
    restore(decided.root.with_name("b.zip"), restored, force=False, now=NOW, actor="ann")
    with closing(sqlite3.connect(restored.state, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER ledger_update")
        raw.execute("UPDATE ledger SET actor = 'mallory' WHERE seq = 4")
    said = answer(restored, "ledger", "verify", code=1)
    assert (said["ok"], said["first_bad"], said["kind"]) == (False, 4, "edit")
    shown = run(restored, "ledger", "verify")
    assert (shown.exit_code, "does not hold: edit at entry 4" in shown.stdout) == (1, True)
    assert answer(restored, "doctor", code=1)["ok"] is False
    # Evidence can still be taken away.
    assert answer(restored, "ledger", "export", tmp_path / "e.jsonl")["n_bytes"] > 0


def test_the_settings_name_an_anchor(decided: Workspace, tmp_path: Path) -> None:
    restored = Workspace(tmp_path / "again")
    restore(decided.root.with_name("b.zip"), restored, force=False, now=NOW, actor="ann")
    kept = tmp_path / "kept.jsonl"
    text = restored.settings.read_text()
    restored.settings.write_text(f'{text}\n[ledger]\nanchor = "{kept}"\n')
    answer(restored, "models")
    assert len(kept.read_text().splitlines()) == 1
    assert answer(restored, "ledger", "verify")["unanchored"] == 0
    restored.settings.write_text(f"{text}\n[ledger]\nanchor = 5\n")
    assert "ledger.anchor" in run(restored, "models").stderr
    restored.settings.write_text(f'{text}\n[ledger]\nanker = "x"\n')
    assert "ledger.anker: is not a setting" in run(restored, "models").stderr

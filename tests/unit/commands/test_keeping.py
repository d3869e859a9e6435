"""The commands on what stays how long, on a workspace that nobody serves."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.config import Workspace, create_workspace
from core.keeping.erase import Erasure, note
from core.retention import Retention
from core.server.ownership import Ownership
from tests.keeping_desk import Place
from tests.loans import SPEC, rows


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "w")
    create_workspace(made, {})
    return made


def run(workspace: Workspace, *arguments: str | Path) -> Result:
    asked = [*map(str, arguments), "--workspace", str(workspace.root)]
    return CliRunner().invoke(cli.main, asked, prog_name="trimtab")


def answer(workspace: Workspace, *arguments: str | Path) -> Any:
    done = run(workspace, *arguments, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_prune_says_what_would_go_and_lets_it_go(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "w", Retention())
    place.watch(SPEC, rows(-8, 8, n=50))
    place.send(rows(0, 3, n=50))
    place.trimtab.monitor()
    place.close()
    workspace = place.trimtab.settings.workspace
    workspace.settings.write_text('[retention]\nrows = "60d"\nlogs = "for good"\n')
    said = answer(workspace, "prune", "--dry-run")
    assert (said["dry_run"], said["n"]) == (True, 150)
    (of_rows,) = [one for one in said["classes"] if one["kind"] == "rows"]
    assert (of_rows["model"], of_rows["keep"], of_rows["n"]) == ("local/loans", "60d", 150)
    assert set(of_rows) == {"kind", "model", "keep", "n", "n_bytes", "oldest_at", "n_waiting"}
    kinds = {"rows", "quarantine", "spool", "copies", "exports", "explanations", "lineage"}
    assert {one["kind"] for one in said["classes"]} == kinds
    shown = run(workspace, "prune").stdout
    assert "local/loans" in shown
    assert "Rows and files that went: 150" in shown
    assert answer(workspace, "prune")["n"] == 0
    assert answer(workspace, "verdicts", "loans")


def test_an_empty_workspace_has_nothing_to_let_go(workspace: Workspace) -> None:
    assert answer(workspace, "prune")["n"] == 0


def test_wrong_settings_of_retention_are_told(workspace: Workspace) -> None:
    workspace.settings.write_text("[retention]\nrows = 400\n")
    done = run(workspace, "prune")
    assert done.exit_code == 2
    assert "retention.rows" in done.stderr


# -------------------------------------------------------------------- backup and restore


def test_a_backup_is_written_and_restored_by_command(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "w", Retention())
    place.watch(SPEC, rows(-8, 8, n=50))
    place.send(rows(0, 3, n=50))
    place.trimtab.monitor()
    place.close()
    workspace = place.trimtab.settings.workspace
    before = {name: answer(workspace, name, "loans") for name in ("measurements", "verdicts")}
    file = tmp_path / "b.zip"
    made = answer(workspace, "backup", file)
    assert (made["file"], made["n_files"], made["n_bytes"]) == (str(file), 5, file.stat().st_size)
    assert file.stat().st_mode & 0o077 == 0
    assert "exists already" in run(workspace, "backup", file).stderr
    other = Workspace(tmp_path / "other")
    assert answer(other, "restore", file) == {
        "workspace": str(other.root),
        "created_at": made["created_at"],
        "n_files": 5,
        "kept_aside": None,
    }
    assert {name: answer(other, name, "loans") for name in before} == before
    refused = run(other, "restore", file)
    assert refused.exit_code == 2
    assert "is not empty" in refused.stderr
    again = answer(other, "restore", file, "--force")
    assert Workspace(Path(again["kept_aside"])).exists
    assert not Workspace(Path(again["kept_aside"])).control.exists()
    assert answer(other, "doctor")["ok"]
    file.write_bytes(file.read_bytes()[:-100])
    refused = run(Workspace(tmp_path / "third"), "restore", file)
    assert (refused.exit_code, (tmp_path / "third").exists()) == (3, False)
    assert "Hint:" in refused.stderr


def test_a_backup_that_cannot_be_written_leaves_nothing(workspace: Workspace, tmp_path: Path) -> None:
    done = run(workspace, "backup", tmp_path / "no" / "b.zip")
    assert done.exit_code == 3
    assert not list(workspace.spool.iterdir())


def test_a_workspace_that_somebody_owns_is_not_replaced(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    answer(workspace, "backup", file)
    owned = Ownership.take(workspace, what="trimtab up")
    assert owned is not None
    try:
        done = run(workspace, "restore", file, "--force")
    finally:
        owned.release()
    assert done.exit_code == 3
    assert "holds it" in done.stderr


# -------------------------------------------------------------------- erase


def test_persons_are_erased_by_command(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "w", Retention())
    place.watch(SPEC, rows(-8, 8, n=50))
    place.send(rows(0, 3, n=50))
    place.trimtab.monitor()
    place.close()
    workspace = place.trimtab.settings.workspace
    before = answer(workspace, "measurements", "loans")
    done = answer(workspace, "erase", "loans", "--id", "7-0-1", "--id", "7-0-2")
    assert (done["model"], done["n_ids"]) == ("local/loans", 2)
    assert (done["removed"]["rows"], done["removed"]["labels"]) == (2, 2)
    assert done["copies"] == done["mentioned_in"] == []
    (tmp_path / "ids.txt").write_text("7-0-3\n\n7-0-4\n")
    (workspace.root / "analytics.duckdb.before-070").write_text("7-0-3")
    shown = run(workspace, "erase", "loans", "--ids", tmp_path / "ids.txt").stdout
    assert "Erased 2 ids from local/loans: 2 rows, 2 labels. Aggregates stay." in shown
    assert "Copies that still hold the rows (--backups removes them): analytics.duckdb.before-070" in shown
    assert "Files in which an id still stands: analytics.duckdb.before-070" in shown
    assert answer(workspace, "erase", "loans", "--id", "7-0-3", "--backups")["removed"]["copies"] == 1
    assert answer(workspace, "measurements", "loans") == before
    assert run(workspace, "erase", "loans").exit_code == 2
    assert run(workspace, "erase", "nobody", "--id", "1").exit_code == 2


def test_an_erasure_that_was_cut_off_is_finished_by_the_next_command(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "w", Retention())
    place.watch(SPEC, rows(-8, 8, n=50))
    place.send(rows(0, 3, n=50))
    place.close()
    workspace = place.trimtab.settings.workspace
    note(
        workspace,
        Erasure(model="local/loans", ids=("7-0-1",), copies=False, actor="ann", asked_at=place.clock.at),
    )
    answer(workspace, "models")
    assert not (workspace.root / "erasing.json").exists()
    assert answer(workspace, "erase", "loans", "--id", "7-0-1")["removed"]["rows"] == 0

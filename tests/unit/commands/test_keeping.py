"""The commands on what stays how long, on a workspace that nobody serves."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core import cli
from core.config import Workspace, create_workspace
from core.retention import Retention
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
    assert {one["kind"] for one in said["classes"]} == {"rows", "quarantine", "spool", "copies", "exports"}
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

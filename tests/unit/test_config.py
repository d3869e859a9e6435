"""Workspaces and settings: found, created, read; every problem told at once."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from core.config import (
    Workspace,
    create_workspace,
    load_settings,
    parse_settings,
)
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.registry_settings import OWN_REGISTRY, RegistrySettings
from core.retention import Retention


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "w")


def fields(error: InvalidInput) -> list[str]:
    return [problem.field for problem in error.problems]


def test_a_workspace_is_named_by_argument_then_environment_then_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIMTAB_WORKSPACE", raising=False)
    assert Workspace.at().root == tmp_path / ".trimtab"
    monkeypatch.setenv("TRIMTAB_WORKSPACE", "elsewhere")
    assert Workspace.at().root == tmp_path / "elsewhere"
    assert Workspace.at("here").root == tmp_path / "here"


def test_a_new_workspace_reads_back_with_its_defaults(workspace: Workspace) -> None:
    made = create_workspace(workspace, {})
    assert load_settings(workspace) == made
    (own,) = made.registries
    assert own.name == OWN_REGISTRY
    assert own.writable
    assert own.uri == f"sqlite:///{workspace.mlflow}"
    assert {path.name for path in workspace.root.iterdir()} == {
        "trimtab.toml",
        "artifacts",
        "spool",
        "keys",
        "logs",
    }


@pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")
def test_a_new_workspace_is_its_owners_alone(workspace: Workspace) -> None:
    create_workspace(workspace, {})
    assert workspace.root.stat().st_mode & 0o077 == 0


def test_registries_given_at_creation_are_read_only_and_do_not_depend_on_the_folder(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = create_workspace(workspace, {"prod": "sqlite:///runs.db", "web": "https://ml.example/x"})
    monkeypatch.chdir("/")
    again = load_settings(workspace)
    assert again == settings
    assert again.registry("prod").uri == f"sqlite:///{tmp_path}/runs.db"
    assert not again.registry("prod").writable
    assert again.registry("web").uri == "https://ml.example/x"


def test_an_entry_called_local_replaces_the_own_registry(workspace: Workspace) -> None:
    settings = create_workspace(workspace, {"local": "https://ml.example"})
    (own,) = settings.registries
    assert own.uri == "https://ml.example"
    assert own.writable


def test_a_workspace_is_made_once(workspace: Workspace) -> None:
    create_workspace(workspace, {})
    with pytest.raises(Conflict, match="is a workspace already"):
        create_workspace(workspace, {})


def test_nothing_is_made_from_wrong_names(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="short name"):
        create_workspace(workspace, {"a b": "https://ml.example"})
    assert not workspace.root.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="file"):
        create_workspace(Workspace(tmp_path / "file" / "w"), {})


def test_a_missing_workspace_says_how_to_make_one(workspace: Workspace) -> None:
    with pytest.raises(NotFound) as told:
        load_settings(workspace)
    assert told.value.hint.startswith("Make one with: trimtab init")


def test_all_problems_of_the_settings_are_told_at_once(workspace: Workspace) -> None:
    text = """
    colour = 1
    [control]
    monitor_every = 3
    registry_every_s = 0
    [registries.prod]
    url = "x"
    writable = "yes"
    [registries.other]
    uri = "https://ann:secret@ml.example"
    """
    with pytest.raises(InvalidInput) as told:
        parse_settings(text, workspace)
    assert fields(told.value) == [
        "colour",
        "control.monitor_every",
        "control.registry_every_s",
        "registries.prod.url",
        "registries.prod.writable",
        "registries.prod.uri",
        "registries.other.uri",
    ]
    assert "did you mean 'monitor_every_s'?" in told.value.message
    assert "secret" not in told.value.message


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("= broken", "file"),
        ("control = 3", "control"),
        ("registries = 3", "registries"),
        ("[registries]\nprod = 3", "registries.prod"),
        ("[registries.prod]\nuri = 3", "registries.prod.uri"),
        ("[control]\nmax_body_mb = true", "control.max_body_mb"),
    ],
)
def test_each_problem_names_its_field(workspace: Workspace, text: str, field: str) -> None:
    with pytest.raises(InvalidInput) as told:
        parse_settings(text, workspace)
    assert fields(told.value)[0] == field


def test_settings_that_are_no_text_are_told(workspace: Workspace) -> None:
    create_workspace(workspace, {})
    workspace.settings.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="UTF-8"):
        load_settings(workspace)


def test_secrets_come_from_the_environment() -> None:
    registry = RegistrySettings(name="prod", uri="postgresql://ml:${PW}@db/ml", token_env="TOKEN")
    assert registry.tracking_uri({"PW": "s3"}) == "postgresql://ml:s3@db/ml"
    assert registry.credentials({"TOKEN": "t"}).token == "t"
    assert "t0ken" not in repr(registry.credentials({"TOKEN": "t0ken"}))
    assert registry.shown_uri == "postgresql://db/ml"
    with pytest.raises(Unavailable, match="PW is not set"):
        registry.tracking_uri({})
    with pytest.raises(Unavailable, match="TOKEN is not set"):
        registry.credentials({})


def test_an_unknown_registry_is_told_with_the_known_ones(workspace: Workspace) -> None:
    with pytest.raises(NotFound) as told:
        create_workspace(workspace, {"prod": "https://ml.example"}).registry("pord")
    assert "local, prod" in told.value.hint


def test_how_long_things_are_kept_is_read(workspace: Workspace) -> None:
    text = '[retention]\nrows = "13w"\nlogs = "36h"\nquarantine = "for good"\n'
    kept = parse_settings(text, workspace).retention
    assert (kept.rows, kept.logs, kept.quarantine) == (timedelta(days=91), timedelta(hours=36), None)
    assert kept.exports == Retention().exports
    assert parse_settings("", workspace).retention == Retention()


@pytest.mark.parametrize("value", ["400", '"400"', '"0d"', '"-3d"', '"1.5d"', '"ever"', "true", '"9999999d"'])
def test_a_time_of_keeping_that_is_none_says_how_to_write_one(workspace: Workspace, value: str) -> None:
    with pytest.raises(InvalidInput) as told:
        parse_settings(f"[retention]\nrows = {value}\nrow = 3\n", workspace)
    assert fields(told.value) == ["retention.row", "retention.rows"]
    assert '"for good"' in told.value.message
    assert "did you mean 'rows'?" in told.value.message

"""A backup is taken while work goes on, is checked to its end, and gives the same workspace again."""

import json
import sqlite3
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.config import Workspace, load_settings
from core.errors import Conflict, IntegrityError
from core.keeping import archive
from core.keeping.restore import restore
from core.views.fleet import FleetScope
from tests.keeping_desk import Place, open_trimtab
from tests.loans import SPEC, rows

Make = Callable[..., Place]
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def filled(place: Place) -> Place:
    place.watch(SPEC, rows(-8, 8, n=60))
    place.send(rows(0, 4, n=60))
    place.send(rows(4, 3, n=60, shift=1.5), batch_key="monday")
    place.trimtab.monitor()
    workspace = place.trimtab.settings.workspace
    (workspace.artifacts / "1" / "ü b").mkdir(parents=True)
    (workspace.artifacts / "1" / "ü b" / "MLmodel").write_text("flavors: {}\n")
    (workspace.keys / "other.key").write_text("secret")
    (workspace.logs / "control.log").write_text("nothing to keep")
    with closing(sqlite3.connect(workspace.mlflow)) as registry, registry:
        registry.execute("CREATE TABLE runs (artifact_uri VARCHAR(200), tags TEXT, n INTEGER)")
        registry.execute(
            "INSERT INTO runs VALUES (?, ?, 1)",
            [f"{workspace.artifacts.as_uri()}/1/a", json.dumps({"uri": f"{workspace.artifacts}/1/a"})],
        )
    return place


def taken(place: Place, name: str = "backup.zip") -> Path:
    file = place.root.with_name(name)
    with place.trimtab.keeping.backup() as (path, _):
        file.write_bytes(path.read_bytes())
    return file


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A filled workspace, what is on record of it, and a backup."""
    from core.retention import Retention

    place = filled(Place.make(tmp_path_factory.mktemp("source") / "workspace", Retention()))
    backup = taken(place)
    yield place, place.on_record(), backup
    place.close()


def test_a_restored_workspace_is_the_one_that_was_backed_up(source: Any, tmp_path: Path) -> None:
    place, on_record, backup = source
    done = restore(backup, Workspace(tmp_path / "deep" / "again"), force=False, now=NOW, actor="ann")
    assert (done.workspace, done.kept_aside) == (tmp_path / "deep" / "again", None)
    workspace = Workspace(done.workspace)
    again = open_trimtab(load_settings(workspace), place.clock)
    restored = Place(root=workspace.root, trimtab=again, clock=place.clock)
    try:
        assert restored.on_record() == on_record
        assert on_record["incidents"]
        assert [one.name for one in again.models()] == [one.name for one in place.trimtab.models()]
        assert again.fleet_view(FleetScope()).rows == place.trimtab.fleet_view(FleetScope()).rows
        assert again.monitor().windows == 0
        # What was acknowledged under a key is known again, and every row.
        assert restored.send(rows(4, 3, n=60, shift=1.5), batch_key="monday").accepted == 180
        assert restored.send(rows(0, 4, n=60)).duplicate == 240
        assert restored.on_record() == on_record
    finally:
        again.close()
    assert (workspace.artifacts / "1" / "ü b" / "MLmodel").read_text() == "flavors: {}\n"
    assert (workspace.keys / "other.key").read_text() == "secret"
    assert not list(workspace.logs.iterdir())
    with closing(sqlite3.connect(workspace.mlflow)) as registry:
        uri, tags, n = registry.execute("SELECT * FROM runs").fetchone()
    assert uri == f"{workspace.artifacts.as_uri()}/1/a"
    assert (json.loads(tags), n) == ({"uri": f"{workspace.artifacts}/1/a"}, 1)
    assert workspace.root.stat().st_mode & 0o077 == 0
    assert {path.name for path in tmp_path.iterdir()} == {"deep"}


def test_a_backup_says_what_it_holds(source: Any) -> None:
    _, _, backup = source
    manifest = archive.check(backup)
    assert set(manifest.files) == {
        "analytics.duckdb",
        "state.db",
        "mlflow.db",
        "trimtab.toml",
        "artifacts/1/ü b/MLmodel",
        "keys/ledger.key",
        "keys/ledger.pub",
        "keys/other.key",
    }
    assert {"trimtab", "duckdb", "python"} <= set(manifest.versions)
    assert archive.Manifest.parse(manifest.text().encode(), "x") == manifest


def test_nothing_of_it_stays_in_the_workspace(source: Any) -> None:
    place, _, _ = source
    assert not list(place.trimtab.settings.workspace.spool.iterdir())
    assert place.trimtab._state.setting("keeping/backed_up_at")


def test_rows_go_on_coming_in_while_a_backup_is_taken(place: Make) -> None:
    made = place()
    made.watch(SPEC, rows(-8, 8, n=60))
    made.send(rows(-50, 30, n=400))
    tables = [rows(day, 1, n=50) for day in range(30)]
    sent: list[int] = []
    over = threading.Event()

    def send() -> None:
        for table in tables:
            if over.is_set():
                break
            made.send(table, batch_key=f"day {len(sent)}")
            sent.append(50)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        before = len(sent)
        backup = taken(made)
        after = len(sent)
    finally:
        over.set()
        sender.join()
    restore(backup, Workspace(made.root.with_name("again")), force=False, now=NOW, actor="ann")
    settings = load_settings(Workspace(made.root.with_name("again")))
    again = Place(root=settings.workspace.root, trimtab=open_trimtab(settings, made.clock), clock=made.clock)
    try:
        n = again.value("SELECT count(*) FROM {rows}") - 12_000
        # Whole batches, and no batch key whose rows are not there: sent again, every row is counted once.
        assert n % 50 == 0
        assert 50 * before <= n <= 50 * (after + 1)
        for number, table in enumerate(tables):
            again.send(table, batch_key=f"day {number}")
        assert again.value("SELECT count(*) FROM {rows}") == 12_000 + 30 * 50
    finally:
        again.close()


# ---------------------------------------------------------------- what is in the way


def test_a_folder_that_is_not_empty_stays_unless_it_may_be_put_aside(source: Any, tmp_path: Path) -> None:
    _, _, backup = source
    root = tmp_path / "w"
    (root / "keys").mkdir(parents=True)
    (root / "keys" / "mine").write_text("x")
    with pytest.raises(Conflict, match="is not empty"):
        restore(backup, Workspace(root), force=False, now=NOW, actor="ann")
    assert [path.name for path in root.iterdir()] == ["keys"]
    done = restore(backup, Workspace(root), force=True, now=NOW, actor="ann")
    assert done.kept_aside == tmp_path / "w.before-restore-20261201T000000Z"
    assert (done.kept_aside / "keys" / "mine").read_text() == "x"
    assert Workspace(root).exists
    assert not (root / "keys" / "mine").exists()


def test_an_empty_folder_is_filled(source: Any, tmp_path: Path) -> None:
    _, _, backup = source
    (tmp_path / "w").mkdir()
    restore(backup, Workspace(tmp_path / "w"), force=False, now=NOW, actor="ann")
    assert Workspace(tmp_path / "w").exists


def test_what_an_interrupted_restore_left_is_put_away(source: Any, tmp_path: Path) -> None:
    _, _, backup = source
    half, old = tmp_path / ".w.restoring-0000000a", tmp_path / ".w.restoring-0000000b"
    for folder in (half, old):
        folder.mkdir()
        (folder / "state.db").write_text("x")
    (old / "control.lock").write_text("")
    restore(backup, Workspace(tmp_path / "w"), force=False, now=NOW, actor="ann")
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"w", "w.before-restore-20261201T000000Z-0000000b"}


# ---------------------------------------------------------------- damage


def rewritten(backup: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write the archive anew with other members; the manifest is as the change leaves it."""
    with zipfile.ZipFile(backup) as archive_:
        members = {name: archive_.read(name) for name in archive_.namelist()}
    change(members)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive_:
        for name, content in members.items():
            archive_.writestr(name, content)
    return target


def in_manifest(**changes: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), **changes}).encode()

    return change


def slipped(name: str) -> Callable[[dict[str, bytes]], None]:
    """A member under a name that leads elsewhere, with a manifest that agrees."""

    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members["manifest.json"])
        members[name] = members["trimtab.toml"]
        manifest["files"][name] = manifest["files"]["trimtab.toml"]
        members["manifest.json"] = json.dumps(manifest).encode()

    return change


DAMAGE: dict[str, Callable[[dict[str, bytes]], None]] = {
    "another state store": lambda members: members.update({"state.db": b"SQLite format 3\x00" + b"x" * 99}),
    "a file is missing": lambda members: members.pop("state.db") and None,
    "a file too much": lambda members: members.update({"keys/more": b"x"}),
    "no manifest": lambda members: members.pop("manifest.json") and None,
    "a manifest that is none": lambda members: members.update({"manifest.json": b"[1]"}),
    "a manifest of another format": in_manifest(format=2),
    "a manifest without files": in_manifest(files={}),
    "out of the folder": slipped("../evil"),
    "out of a folder inside": slipped("keys/../../evil"),
    "an absolute name": slipped("/tmp/evil"),
    "a Windows name": slipped("keys\\..\\evil"),
    "a file that no backup holds": slipped("control.json"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_backup_that_was_changed_is_refused(
    source: Any, tmp_path: Path, damage: Callable[[dict[str, bytes]], None]
) -> None:
    _, _, backup = source
    changed = rewritten(backup, tmp_path / "changed.zip", damage)
    with pytest.raises(IntegrityError) as told:
        restore(changed, Workspace(tmp_path / "w"), force=False, now=NOW, actor="ann")
    assert str(told.value)
    assert {path.name for path in tmp_path.iterdir()} == {"changed.zip"}


@pytest.mark.parametrize("changes", [{"analytics_schema": 10_000}, {"state_schema": "later"}])
def test_a_backup_of_a_newer_trimtab_is_refused(source: Any, tmp_path: Path, changes: Any) -> None:
    _, _, backup = source
    changed = rewritten(backup, tmp_path / "changed.zip", in_manifest(**changes))
    with pytest.raises(Conflict, match="newer Trimtab"):
        restore(changed, Workspace(tmp_path / "w"), force=False, now=NOW, actor="ann")


@pytest.mark.parametrize("eighth", range(8))
def test_a_backup_that_was_cut_off_is_refused(source: Any, tmp_path: Path, eighth: int) -> None:
    _, _, backup = source
    content = backup.read_bytes()
    (tmp_path / "cut.zip").write_bytes(content[: len(content) * eighth // 8])
    with pytest.raises(IntegrityError):
        restore(tmp_path / "cut.zip", Workspace(tmp_path / "w"), force=False, now=NOW, actor="ann")
    assert {path.name for path in tmp_path.iterdir()} == {"cut.zip"}


def test_flipped_bytes_anywhere_are_found(source: Any, tmp_path: Path) -> None:
    """Every flip is found, or touches nothing that is read from the archive: then all is as it was."""
    _, _, backup = source
    content = backup.read_bytes()
    whole = archive.check(backup)
    n_found = 0
    for number in range(120):
        flipped = bytearray(content)
        flipped[len(content) * number // 120 + number % 7] ^= 0x5A
        (tmp_path / "flipped.zip").write_bytes(flipped)
        try:
            assert archive.check(tmp_path / "flipped.zip") == whole
        except IntegrityError:
            n_found += 1
    assert n_found > 100


def test_two_restores_within_a_second_keep_two_old_workspaces(tmp_path):
    from core.keeping.restore import _aside

    first = _aside(tmp_path / "w", NOW)
    first.mkdir()
    second = _aside(tmp_path / "w", NOW)
    assert second != first
    assert not second.exists()

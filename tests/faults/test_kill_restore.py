"""A restore killed at many points leaves the old workspace or the new one, never half of either."""

import shutil
import time
from pathlib import Path

import pytest

from core.config import Workspace
from core.retention import Retention
from tests.faults.forked import forked
from tests.keeping_desk import Place
from tests.loans import SPEC, rows

N_POINTS = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A backup, and the workspace that it shall replace."""
    folder = tmp_path_factory.mktemp("made")
    old = Place.make(folder / "old", Retention())
    place = Place.make(folder / "new", Retention())
    place.watch(SPEC, rows(-8, 8, n=50))
    place.send(rows(0, 3, n=50))
    workspace = place.trimtab.settings.workspace
    for number in range(200):
        (workspace.artifacts / f"{number}").write_bytes(bytes([number]) * 40_000)
    with place.trimtab.keeping.backup() as (path, _):
        shutil.copy(path, folder / "backup.zip")
    old.close()
    place.close()
    (folder / "old" / "keys" / "old").write_text("the old one")
    (folder / "old" / "control.lock").touch()
    return folder / "backup.zip", folder / "old"


@pytest.mark.parametrize("point", [2, 7])
def test_killed_at_a_few_points(made: tuple[Path, Path], tmp_path: Path, point: int) -> None:
    kill_and_look(made, tmp_path, point)


@pytest.mark.slow
@pytest.mark.parametrize("point", [point for point in range(N_POINTS) if point not in {2, 7}])
def test_killed_at_many_points(made: tuple[Path, Path], tmp_path: Path, point: int) -> None:
    kill_and_look(made, tmp_path, point)


def kill_and_look(made: tuple[Path, Path], folder: Path, point: int) -> None:
    backup, old = made
    shutil.copytree(old, folder / "w")
    with forked("tests.faults.restoring", backup, folder / "w") as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.6 * point / N_POINTS)
        process.kill()
    workspace = Workspace(folder / "w")
    assert workspace.exists
    if not (workspace.keys / "old").exists():
        assert len(list(workspace.artifacts.iterdir())) == 200
        assert (workspace.spool.is_dir(), workspace.state.is_file()) == (True, True)
    # The old workspace is never lost, and a restore afterwards puts everything away.
    with forked("tests.faults.restoring", backup, folder / "w") as process:
        process.wait()
        assert process.exit_code == 0
    kept = [one for one in folder.iterdir() if (one / "keys" / "old").exists()]
    assert kept
    assert not [one for one in folder.iterdir() if ".restoring-" in one.name]
    assert len(list(workspace.artifacts.iterdir())) == 200

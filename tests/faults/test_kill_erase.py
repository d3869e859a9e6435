"""An erasure killed at many points: the next start finishes it, and nothing that was counted changes."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from core.config import Workspace, load_settings
from core.retention import Retention
from tests.fakes import FixedClock
from tests.faults.erasing import PERSON
from tests.faults.forked import forked
from tests.keeping_desk import NOW, Place, open_trimtab
from tests.loans import SPEC, rows

N_POINTS = 14
LONGEST_S = 0.7


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    place = Place.make(tmp_path_factory.mktemp("made") / "w", Retention())
    place.watch(SPEC.replace("{every: 1d}", "{rows: 200}"), rows(-8, 8, n=100))
    table = rows(0, 8, n=2_000)
    ids = table["id"].to_pylist()
    ids[333] = PERSON
    place.send(table.set_column(0, "id", [ids]))
    place.trimtab.monitor()
    on_record = place.on_record()
    place.close()
    return place.root, on_record


@pytest.mark.parametrize("point", [3, 9])
def test_killed_at_a_few_points(made: Any, tmp_path: Path, point: int) -> None:
    kill_and_look(made, tmp_path, point)


@pytest.mark.slow
@pytest.mark.parametrize("point", [point for point in range(N_POINTS) if point not in {3, 9}])
def test_killed_at_many_points(made: Any, tmp_path: Path, point: int) -> None:
    kill_and_look(made, tmp_path, point)


def kill_and_look(made: Any, folder: Path, point: int) -> None:
    root, on_record = made
    shutil.copytree(root, folder / "w")
    with forked("tests.faults.erasing", folder / "w") as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(LONGEST_S * point / N_POINTS)
        process.kill()
    asked = (folder / "w" / "erasing.json").exists()
    # The time at which it was judged: silence since then would make the latest window due.
    clock = FixedClock(NOW)
    opened = open_trimtab(load_settings(Workspace(folder / "w")), clock)
    place = Place(root=folder / "w", trimtab=opened, clock=clock)
    place.trimtab.keeping.finish()
    n_left = place.value(f"SELECT count(*) FROM {{rows}} WHERE row_id = '{PERSON}'")
    assert n_left == (0 if asked else n_left)
    assert place.trimtab.monitor().windows == 0
    assert place.on_record() == on_record
    place.trimtab.keeping.erase("loans", [PERSON], actor="ann")
    assert place.on_record() == on_record
    place.close()
    for path in (folder / "w").rglob("*"):
        assert not path.is_file() or PERSON.encode() not in path.read_bytes(), path
    assert not [path.name for path in (folder / "w").iterdir() if path.name.endswith((".rewriting", ".part"))]

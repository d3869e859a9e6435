"""A workspace of Trimtab 0.1.0 is upgraded when it is opened, with its copies kept and nothing else changed.

``workspace-0.1.0.zip`` was written by that version: two models (windows of a day, windows of 100 rows), late
labels, one incident that somebody acknowledged; ``said.json`` in it is what that version answered.
"""

import json
import logging
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core import wire
from core.config import Workspace, load_settings
from core.logs.upload import sniff
from core.store import AnalyticsStore
from core.trimtab import Trimtab
from tests.fakes import FixedClock
from tests.keeping_desk import open_trimtab
from tests.loans import DAY_0, rows

ARCHIVE = Path(__file__).with_name("workspace-0.1.0.zip")
ROOT = Path(__file__).resolve().parents[2]
MODELS = ("loans", "by-rows")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The workspace as 0.1.0 left it."""
    with zipfile.ZipFile(ARCHIVE) as archive:
        archive.extractall(tmp_path / "w")
    for name in ("spool", "keys", "logs", "artifacts"):
        (tmp_path / "w" / name).mkdir()
    return tmp_path / "w"


@pytest.fixture(scope="module")
def said() -> dict[str, list[dict[str, Any]]]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        found: dict[str, list[dict[str, Any]]] = json.loads(archive.read("said.json"))
    return found


@pytest.fixture
def opened(folder: Path) -> Iterator[Trimtab]:
    trimtab = reopened(folder)
    yield trimtab
    trimtab.close()


def reopened(folder: Path) -> Trimtab:
    return open_trimtab(load_settings(Workspace(folder)), FixedClock(DAY_0 + timedelta(days=30)))


def says(trimtab: Trimtab) -> dict[str, list[Any]]:
    """The same questions as they are answered now."""
    return {
        "models": [wire.model_object(one) for one in trimtab.models()],
        "incidents": [wire.incident_object(one) for one in trimtab.incidents()],
        **{
            f"measurements {name}": [wire.measurement_object(one) for one in trimtab.measurements(name)]
            for name in MODELS
        },
        **{
            f"verdicts {name}": [wire.verdict_object(one) for one in trimtab.verdicts(name)]
            for name in MODELS
        },
    }


def assert_equal(now: dict[str, list[Any]], then: dict[str, list[dict[str, Any]]]) -> None:
    """Every field that the older version told is told again, in the same order; fields may have come."""
    for question, answers in then.items():
        told = [{name: one[name] for name in old} for one, old in zip(now[question], answers, strict=True)]
        assert told == answers, question


def test_all_that_was_on_record_is_as_it_was(opened: Trimtab, said: Any) -> None:
    assert_equal(says(opened), said)
    assert opened.monitor().windows == 0
    assert_equal(says(opened), said)


def test_a_copy_of_each_store_is_kept_and_named(
    folder: Path, said: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="trimtab.store"):
        reopened(folder).close()
    copies = sorted(path.name for path in folder.glob("*.before-*"))
    assert [name.partition(".before-")[0] for name in copies] == ["analytics.duckdb", "state.db"]
    for name in copies:
        assert f"copied before={name}" in caplog.text
    with duckdb.connect(str(folder / copies[0]), read_only=True) as copy:
        assert copy.execute("SELECT max(number) FROM schema_version").fetchone() == (5,)
        counted = copy.execute("SELECT count(*) FROM measurements WHERE superseded_at IS NULL").fetchone()
        assert counted == (sum(len(said[f"measurements {name}"]) for name in MODELS),)
    with closing(sqlite3.connect(folder / copies[1])) as copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    trimtab = reopened(folder)
    (check,) = [one for one in trimtab.doctor() if one.name == "keeping"]
    trimtab.close()
    assert all(name in check.message for name in copies)
    assert sorted(path.name for path in folder.glob("*.before-*")) == copies


def test_work_goes_on_after_the_upgrade(opened: Trimtab, tmp_path: Path, said: Any) -> None:
    import pyarrow.parquet as pq

    def send(model: str, table: Any, **options: Any) -> Any:
        pq.write_table(table, tmp_path / "rows.parquet")
        return opened.ingest(model, sniff(tmp_path / "rows.parquet"), kind="predictions", **options)

    assert send("loans", rows(0, 3, n=60), batch_key="first").accepted == 180
    assert send("loans", rows(0, 3, n=60)).duplicate == 180
    assert send("loans", rows(7, 1, n=60)).accepted == 60
    assert send("by-rows", rows(5, 2, n=60)).accepted == 120
    assert opened.monitor("loans").windows == 1
    assert opened.monitor("by-rows").windows > 0
    old = [one for one in says(opened)["measurements loans"] if one["window"]["index"] < 7]
    then = said["measurements loans"]
    assert [{name: one[name] for name in then[0]} for one in old] == then


@pytest.mark.parametrize("point", range(4))
def test_an_upgrade_that_is_killed_is_done_by_the_next_start(folder: Path, said: Any, point: int) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from core.config import Workspace, load_settings\n"
        "from tests.faults.test_upgrade import reopened\n"
        "print('ready', flush=True); reopened(Path(sys.argv[1])).close(); print('done', flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.04 * point)
        process.kill()
    trimtab = reopened(folder)
    try:
        assert_equal(says(trimtab), said)
    finally:
        trimtab.close()
    for copy in folder.glob("analytics.duckdb.before-*"):
        with duckdb.connect(str(copy), read_only=True) as store:
            assert store.execute("SELECT count(*) FROM measurements").fetchone() != (0,)


def test_a_copy_that_was_cut_off_is_made_again(folder: Path) -> None:
    (folder / "analytics.duckdb.before-010.part").write_bytes(b"half")
    shutil.copy(folder / "analytics.duckdb", folder / "was.duckdb")
    AnalyticsStore.open(folder / "analytics.duckdb").close()
    (copy,) = [path for path in folder.glob("analytics.duckdb.before-*") if path.suffix != ".part"]
    with duckdb.connect(str(copy), read_only=True) as store:
        assert store.execute("SELECT max(number) FROM schema_version").fetchone() == (5,)

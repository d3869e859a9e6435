"""The cycle over many models: in blocks or one by one, the same comes on record, and one stops no other."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config import Settings, Workspace, create_workspace, load_settings
from core.domain import Incident
from core.errors import Unavailable
from core.logs.upload import Upload, sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.build import facts
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC, rows

SPECS = {
    "unlabelled": SPEC.replace(", label: repaid", "").replace("sensitive: [sex]\n", ""),
    "segmented": SPEC + "segments: [channel]\n",
    "by-rows": SPEC.replace("every: 1d", "rows: 80"),
    "amounts": "model: loans\nversion: '1'\ntask: regression\n"
    "columns: {id: id, timestamp: at, prediction: score, label: income}\n"
    "features: {numeric: [decision], categorical: [channel]}\nwindow: {every: 1d}\n",
}
Recorded = dict[str, list[tuple[object, ...]]]
RECORDED = (
    "measurements",
    "verdicts",
    "changes",
    "model_facts",
    "model_state",
    "profiles",
    "profile_numeric",
    "profile_categorical",
    "profile_outcomes",
)
N = 80


def _settings(workspace: Workspace) -> Settings:
    return load_settings(workspace) if workspace.exists else create_workspace(workspace, {})


def opened(folder: Path) -> Trimtab:
    trimtab = Trimtab(
        settings=_settings(Workspace(folder)),
        store=AnalyticsStore.open(folder / "analytics.duckdb"),
        state=StateStore.open(folder / "state.db"),
        registries={"local": FakeRegistry()},
        clock=FixedClock(DAY_0 + timedelta(days=2)),
    )
    # Sums of floats depend on how rows are shared out among threads.
    with trimtab._store.writing() as cursor:
        cursor.execute("SET threads = 1")
    return trimtab


def upload(table: pa.Table, path: Path) -> Upload:
    pq.write_table(table, path)
    return sniff(path)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with models of several kinds and two days of their rows, closed, to be copied."""
    folder = tmp_path_factory.mktemp("watched")
    trimtab = opened(folder / "workspace")
    reference = upload(rows(-6, 6, n=N), folder / "reference.parquet")
    quiet = upload(rows(0, 2, n=N), folder / "quiet.parquet")
    for name, spec in SPECS.items():
        trimtab.watch(spec.replace("model: loans", f"model: {name}"), reference=reference)
        trimtab.ingest(name, quiet, kind="predictions")
    trimtab.close()
    return folder / "workspace"


@pytest.fixture(scope="module")
def copy_of(watched: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Trimtab]]:
    made: list[Trimtab] = []

    def make() -> Trimtab:
        folder = tmp_path_factory.mktemp("copy") / "workspace"
        shutil.copytree(watched, folder)
        made.append(opened(folder))
        return made[-1]

    yield make
    for trimtab in made:
        trimtab.close()


@pytest.fixture(scope="module")
def one_by_one(copy_of: Callable[[], Trimtab]) -> tuple[list[Recorded], list[Incident]]:
    """What is on record after the first days and after the next, and the incidents, each model for itself."""
    trimtab = copy_of()
    stages: list[Recorded] = []
    for day in range(2):
        if day:
            next_days(trimtab)
        for name in sorted(SPECS):
            trimtab.monitor(name)
        stages.append(on_record(trimtab))
    return stages, trimtab.incidents()


def on_record(trimtab: Trimtab, *, without: str = "") -> Recorded:
    """Return all that was counted, measured and judged, of all models but one."""
    key = trimtab._state.monitor(without).key if without else ""
    with trimtab._store.reading() as cursor:
        return {
            table: cursor.execute(f"FROM {table} WHERE model_key <> ? ORDER BY ALL", [key]).fetchall()
            for table in RECORDED
        }


def next_days(trimtab: Trimtab) -> None:
    """Two days on which income has moved, and labels of the first day that came late."""
    folder = trimtab.settings.workspace.root.parent
    moved = upload(rows(2, 2, n=N, shift=1.5), folder / "moved.parquet")
    late = rows(0, 1, n=N).select(["id", "repaid"]).set_column(1, "repaid", pa.array([1] * N))
    labels = upload(late, folder / "labels.parquet")
    for name in SPECS:
        trimtab.ingest(name, moved, kind="predictions")
    for name in ("segmented", "by-rows"):
        trimtab.ingest(name, labels, kind="labels")
    trimtab._clock.at += timedelta(days=2)  # type: ignore[attr-defined]


def test_a_block_comes_to_what_its_models_come_to_one_by_one(copy_of, one_by_one):
    trimtab, ((first, second), incidents) = copy_of(), one_by_one
    # What was counted ahead is judged like what is counted in the same cycle.
    trimtab._cycle.count(trimtab._state.list_monitors())
    assert trimtab.verdicts("segmented") == []
    trimtab.monitor()
    assert on_record(trimtab) == first
    next_days(trimtab)
    assert trimtab.monitor().verdicts["FAIL"] > 0
    assert on_record(trimtab) == second
    assert trimtab.incidents() == incidents != []
    assert trimtab.monitor().windows == 0


def test_a_model_that_fails_leaves_nothing_half_done_and_stops_no_other(copy_of, one_by_one, monkeypatch):
    trimtab, ((first, _), _), refresh = copy_of(), one_by_one, facts.refresh

    def fail(cursor: object, monitors: list) -> None:
        if any(one.spec.model == "segmented" for one in monitors):
            raise Unavailable("The facts", "they cannot be written")
        refresh(cursor, monitors)

    monkeypatch.setattr(facts, "refresh", fail)
    trimtab.monitor()
    monkeypatch.undo()
    key = trimtab._state.monitor("segmented").key
    assert on_record(trimtab, without="segmented") == {
        table: [line for line in lines if key not in line] for table, lines in first.items()
    }
    assert trimtab.measurements("segmented") == trimtab.verdicts("segmented") == []
    # What was counted stays, and the next cycle goes on with it.
    trimtab.monitor()
    assert on_record(trimtab) == first

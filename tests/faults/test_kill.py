"""Ingest killed at many points: what was acknowledged is there, nothing counts twice, no repair is needed."""

import shutil
import time
from pathlib import Path

import pytest

from core.store import AnalyticsStore, StoredMonitor
from tests.campaigns import every_other
from tests.faults.forked import forked
from tests.faults.ingesting import (
    EVERY,
    N_BAD,
    N_BATCHES,
    N_ROWS,
    is_labels,
    open_workspace,
    send,
    write_batch,
)

N_POINTS = 50
LONGEST_BATCH_S = 0.08
GOOD = N_ROWS - N_BAD


@pytest.fixture(scope="module")
def batches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batches")
    for number in range(N_BATCHES):
        write_batch(folder, number)
    return folder


@pytest.mark.parametrize("point", range(0, N_POINTS, 10))
def test_killed_at_a_few_points(batches: Path, tmp_path: Path, point: int) -> None:
    kill_and_look(batches, tmp_path, point)


@pytest.mark.slow
@pytest.mark.parametrize("point", every_other([point for point in range(N_POINTS) if point % 10]))
def test_killed_at_many_points(batches: Path, tmp_path: Path, point: int) -> None:
    kill_and_look(batches, tmp_path, point)


def kill_and_look(batches: Path, folder: Path, point: int) -> None:
    shutil.copytree(batches, folder, dirs_exist_ok=True)
    acknowledged = killed_after(folder, point)
    store, state, monitor = open_workspace(folder)
    try:
        begun = acknowledged + 1
        stored = rows_by_batch(store, monitor)
        for number in range(N_BATCHES):
            expected = {GOOD} if number < acknowledged else {0, GOOD} if number < begun else {0}
            if not is_labels(number):
                assert stored.get(number, 0) in expected, f"batch {number} after {acknowledged} acknowledged"
        receipts = [send(store, state, monitor, folder, number) for number in range(N_BATCHES)]
        for number, receipt in enumerate(receipts):
            assert receipt.accepted + receipt.quarantined + receipt.duplicate == N_ROWS
            assert number >= acknowledged or receipt.duplicate == 0, "the first receipt was given back"
        check_all_once(store, monitor)
    finally:
        store.close()
        state.close()


def killed_after(folder: Path, point: int) -> int:
    """Kill the process somewhere in a batch; return how many batches it had acknowledged."""
    wait_for, part = divmod(point * (N_BATCHES - 2) * 10 // N_POINTS, 10)
    with forked("tests.faults.ingesting", folder) as process:
        last = "ready" if wait_for == 0 else f"ack {wait_for - 1}"
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.strip() == last:
                break
        time.sleep(LONGEST_BATCH_S * part / 10)
        process.kill()
        lines += process.stdout.readlines()
    assert lines, "the process did not even start"
    return sum(line.startswith("ack") and line.endswith("\n") for line in lines)


def rows_by_batch(store: AnalyticsStore, monitor: StoredMonitor) -> dict[int, int]:
    query = f"SELECT split_part(row_id, '-', 1)::INTEGER, count(*) FROM {monitor.layout.rows} GROUP BY ALL"
    with store.reading() as cursor:
        return dict(cursor.execute(query).fetchall())


def check_all_once(store: AnalyticsStore, monitor: StoredMonitor) -> None:
    n_label_batches = N_BATCHES // EVERY
    n_batches = N_BATCHES - n_label_batches
    with store.reading() as cursor:
        for table, expected in (
            (monitor.layout.rows, n_batches * GOOD),
            (monitor.layout.labels, n_label_batches * N_ROWS),
        ):
            query = f"SELECT count(*), count(DISTINCT row_id), count(DISTINCT arrival) FROM {table}"
            assert cursor.execute(query).fetchone() == (expected, expected, expected)
        waiting = "SELECT count(*), count(DISTINCT id) FROM quarantine WHERE model_key = ?"
        assert cursor.execute(waiting, [monitor.key]).fetchone() == (n_batches * N_BAD, n_batches * N_BAD)
        highest = f"SELECT max(arrival) <= (SELECT arrival FROM model_state) FROM {monitor.layout.rows}"
        assert cursor.execute(highest).fetchone() == (True,)

"""A process to be killed: ingests one numbered batch after the other and says when each is acknowledged.

Prints ``ready``, then ``ack NUMBER`` per batch.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from core.logs.ingest import ingest_labels, ingest_predictions
from core.logs.spec_file import parse_spec
from core.logs.upload import sniff
from core.receipts import IngestReceipt
from core.store import AnalyticsStore, StateStore, StoredMonitor
from tests.ingest_desk import NOW, watch

SPEC = """
{model: m, task: binary, columns: {id: id, timestamp: at, prediction: yhat, score: p, label: y},
 features: {numeric: [a, b], categorical: [c]}, window: {every: 1d}}
"""
N_BATCHES = 24
N_ROWS = 2000
"""Rows of a batch of predictions; one in a hundred is unusable."""
N_BAD = N_ROWS // 100
EVERY = 4
"""Every so many-th batch is labels for the batch before."""


def write_batch(folder: Path, number: int) -> Path:
    """Write a batch's file: predictions, or late labels for the batch before."""
    path = folder / f"{number}.parquet"
    of = number - 1 if is_labels(number) else number
    ids = [f"{of}-{i}" for i in range(N_ROWS)]
    if is_labels(number):
        table = pa.table({"id": ids, "y": [i % 2 for i in range(N_ROWS)]})
    else:
        table = pa.table(
            {
                "id": ids,
                "at": [datetime(2026, 1, 1) + timedelta(minutes=number * N_ROWS + i) for i in range(N_ROWS)],
                "yhat": [i % 2 for i in range(N_ROWS)],
                "p": [7.0 if i % 100 == 0 else i / N_ROWS for i in range(N_ROWS)],
                "a": [float(i) for i in range(N_ROWS)],
                "b": [float(i * i) for i in range(N_ROWS)],
                "c": [f"kind {i % 9}" for i in range(N_ROWS)],
            }
        )
    pyarrow.parquet.write_table(table, path)
    return path


def is_labels(number: int) -> bool:
    """Whether a batch holds labels."""
    return number % EVERY == EVERY - 1


def open_workspace(folder: Path) -> tuple[AnalyticsStore, StateStore, StoredMonitor]:
    """Open the stores of a folder as control does after a crash: without any repair."""
    store, state = AnalyticsStore.open(folder / "analytics.duckdb"), StateStore.open(folder / "state.db")
    return store, state, watch(store, state, parse_spec(SPEC))


def send(
    store: AnalyticsStore, state: StateStore, monitor: StoredMonitor, folder: Path, number: int
) -> IngestReceipt:
    """Ingest a batch under its number as its key."""
    upload = sniff(folder / f"{number}.parquet")
    ingest = ingest_labels if is_labels(number) else ingest_predictions
    return ingest(store, state, monitor, upload, batch_key=str(number), now=NOW)


def main(folder: Path) -> None:
    store, state, monitor = open_workspace(folder)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for number in range(N_BATCHES):
        send(store, state, monitor, folder, number)
        sys.stdout.write(f"ack {number}\n")
        sys.stdout.flush()

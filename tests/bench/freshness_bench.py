"""How soon after its window's end is an acknowledged row in a verdict, with many models?

    python -m tests.bench.freshness_bench [--models 120] [--rows 500] [--features 10]

Every model's window ends at once, which is the worst hour of a day. The monitor looks every
``monitor_every_s`` and judges one model after the other, so a row waits at most for the pass that is
running, the pause and its own pass. Prints the passes: idle (nothing due) and full (every model due),
and the longest wait that follows from them.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.config import Workspace, create_workspace
from core.logs.upload import sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock

START = datetime(2026, 9, 1, tzinfo=UTC)
N_REFERENCE_WINDOWS = 8


def spec(name: str, n_features: int) -> str:
    listed = ", ".join(f"x{i}" for i in range(n_features))
    return (
        f"{{model: {name}, version: '1', task: binary, positive: 1, window: {{every: 1h}}, sensitive: [sex],"
        " columns: {id: id, timestamp: at, prediction: decision, score: score, label: came_true},"
        f" features: {{numeric: [{listed}], categorical: [channel]}}}}"
    )


def table(first_hour: int, hours: int, rows: int, n_features: int) -> pa.Table:
    chance = np.random.default_rng([first_hour + 100, hours])
    n = rows * hours
    score = chance.random(n)
    return pa.table(
        {
            "id": [f"{first_hour}-{i}" for i in range(n)],
            "at": pa.array(
                [START + timedelta(hours=first_hour, seconds=i * 3600 / rows) for i in range(n)],
                pa.timestamp("us", "UTC"),
            ),
            **{f"x{i}": chance.normal(size=n) for i in range(n_features)},
            "channel": chance.choice(["web", "phone"], n),
            "sex": chance.choice(["F", "M"], n),
            "score": score,
            "decision": (score > 0.5).astype(int),
            "came_true": (chance.random(n) < score).astype(int),
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=120)
    parser.add_argument("--rows", type=int, default=500, help="rows a model and window")
    parser.add_argument("--features", type=int, default=10)
    asked = parser.parse_args()
    names = [f"model-{i:03d}" for i in range(asked.models)]
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "workspace")
        clock = FixedClock(START + timedelta(minutes=30))
        trimtab = Trimtab(
            settings=create_workspace(workspace, {}),
            store=AnalyticsStore.open(workspace.analytics),
            state=StateStore.open(workspace.state),
            registries={"local": FakeRegistry()},
            clock=clock,
        )
        reference, current = Path(folder) / "reference.parquet", Path(folder) / "current.parquet"
        pq.write_table(
            table(-N_REFERENCE_WINDOWS, N_REFERENCE_WINDOWS, asked.rows, asked.features), reference
        )
        pq.write_table(table(0, 1, asked.rows, asked.features), current)
        for name in names:
            trimtab.watch(spec(name, asked.features), reference=sniff(reference))
            trimtab.ingest(name, sniff(current), kind="predictions")
        trimtab.monitor()
        idle = _timed(trimtab)
        clock.at = START + timedelta(hours=1)
        full = _timed(trimtab)
        judged = sum(
            one.n
            for name in names
            for one in trimtab.measurements(name, metric="roc_auc")
            if one.window.closed and not one.estimated
        )
        trimtab.close()
        pause = trimtab.settings.monitor_every_s
    lines = (
        f"{asked.models} models, {asked.rows} rows and {asked.features + 1} features each",
        f"idle pass {idle:.2f} s, full pass {full:.2f} s, pause {pause:.0f} s",
        f"longest wait from a window's end to its verdict: {idle + pause + full:.1f} s",
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if judged == asked.models * asked.rows else 1


def _timed(trimtab: Trimtab) -> float:
    started = time.perf_counter()
    trimtab.monitor()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())

"""How fast is the store: rows made durable while others read, and what pages read from it?

    python -m tests.bench.store_bench [--batches 60] [--models 500]

One writer sends batches of 10,000 rows as Parquet files: alone, while eight threads read ten times a second
each, and while they read without a pause, which leaves the writer a ninth of the machine; every read must see
whole batches only. Then a model of 90 judged days and 30 features, among ``models`` that are
monitored, is shown: the median of some runs of each view, from the call to the finished value.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.config import Workspace, create_workspace
from core.domain import Verdict
from core.logs.upload import Upload, sniff
from core.store import AnalyticsStore, StateStore, recording
from core.trimtab import Trimtab
from core.views.build import facts
from core.views.drift import DriftScope
from core.views.fleet import FleetScope
from core.views.model import ModelScope
from tests.bench import document
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0

BATCH, READERS, DAYS, A_DAY = 10_000, 8, 90, 500
PAUSES = {"each reading ten times a second": 0.1, "that never pause": 0.0}
NUMERIC = tuple(f"x{i}" for i in range(20))
CATEGORICAL = tuple(f"c{i}" for i in range(10))
NOW = DAY_0 + timedelta(days=DAYS + 1)


def spec(name: str, n_numeric: int = len(NUMERIC), n_categorical: int = len(CATEGORICAL)) -> str:
    numeric, categorical = ", ".join(NUMERIC[:n_numeric]), ", ".join(CATEGORICAL[:n_categorical])
    return (
        f"{{model: {name}, version: '1', task: binary, positive: 1, window: {{every: 1d}}, sensitive: [c0],"
        " columns: {id: id, timestamp: at, prediction: decision, score: score, label: came_true},"
        f" features: {{numeric: [{numeric}], categorical: [{categorical}]}}}}"
    )


def rows(first_day: int, days: int, a_day: int, seed: int) -> pa.Table:
    chance = np.random.default_rng(seed)
    n = days * a_day
    score = chance.random(n)
    at = [DAY_0 + timedelta(days=first_day, seconds=i * 86_400 / a_day) for i in range(n)]
    return pa.table(
        {
            "id": [f"{seed}-{i}" for i in range(n)],
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            **{name: chance.normal(size=n) for name in NUMERIC},
            **{name: chance.choice(["a", "b", "c", "d"], n) for name in CATEGORICAL},
            "score": score,
            "decision": (score > 0.5).astype(int),
            "came_true": (chance.random(n) < score).astype(int),
        }
    )


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """Rows a second, how often others read meanwhile, and how often they saw part of a batch."""

    rows: float
    reads: int = 0
    torn: int = 0


def ingested(trimtab: Trimtab, folder: Path, batches: int) -> dict[str, Ingested]:
    """Return what was ingested beside nobody and beside readers, by what these do."""
    trimtab.watch(spec("busy"), reference=file_of(folder, rows(-2, 2, A_DAY, 1)))
    made = [file_of(folder, rows(0, 1, BATCH, 100 + number)) for number in range(3 * batches)]
    found = {"alone": Ingested(rows=_sent(trimtab, made[:batches]))}
    for place, (what, pause) in enumerate(PAUSES.items(), start=1):
        found[what] = _beside(trimtab, made[place * batches : (place + 1) * batches], pause)
    return found


def _beside(trimtab: Trimtab, made: Sequence[Upload], pause: float) -> Ingested:
    table = trimtab._state.monitor("busy").layout.rows
    done = threading.Event()
    reads, torn = [0] * READERS, [0] * READERS

    def look(reader: int) -> None:
        while not done.is_set():
            with trimtab._store.reading() as cursor:
                found = cursor.execute(f"SELECT count(*), count(n0) FROM {table}").fetchall()[0]
            reads[reader] += 1
            torn[reader] += found[0] % BATCH != 0 or found[0] != found[1]
            done.wait(pause)

    readers = [threading.Thread(target=look, args=(number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        sent = _sent(trimtab, made)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    return Ingested(rows=sent, reads=sum(reads), torn=sum(torn))


def _sent(trimtab: Trimtab, files: Sequence[Upload]) -> float:
    begin = time.perf_counter()
    n = sum(trimtab.ingest("busy", file, kind="predictions").accepted for file in files)
    return n / (time.perf_counter() - begin)


def shown(trimtab: Trimtab, folder: Path, n_models: int) -> dict[str, float]:
    """Return the median seconds of each view, of one model among many."""
    trimtab.watch(spec("large"), reference=file_of(folder, rows(-28, 28, A_DAY, 2)))
    trimtab.ingest("large", file_of(folder, rows(0, DAYS, A_DAY, 3)), kind="predictions")
    trimtab.monitor("large")
    _copies(trimtab, n_models)
    asked: dict[str, Callable[[], object]] = {
        "fleet's verdicts, a page of 25": lambda: trimtab.fleet_view(FleetScope()),
        "one model, performance": lambda: trimtab.model_view(ModelScope(model="large")),
        "one model, drift": lambda: trimtab.drift_view(DriftScope(model="large")),
    }
    return {name: median_of(ask) for name, ask in asked.items()}


def _copies(trimtab: Trimtab, n_models: int) -> None:
    """Monitor more models, with the newest judgements of the large one as theirs."""
    large = trimtab._state.monitor("large")
    newest = [one for one in trimtab.verdicts("large") if one.measurement.window.index == DAYS - 2]
    for number in range(n_models - 2):
        name = f"copy-{number:04d}"
        layout = replace(large.layout, key=f"{number:012x}")
        monitor = trimtab._state.save_monitor(replace(large.spec, model=name), layout, now=NOW)
        with trimtab._store.writing() as cursor:
            mine = [_of(one, name) for one in newest]
            reached = recording.Reached(
                key=monitor.key,
                windows=frozenset({DAYS - 2}),
                measurements=[one.measurement for one in mine],
                verdicts=mine,
            )
            recording.record(cursor, [reached], now=NOW)
            facts.refresh(cursor, [monitor])


def _of(verdict: Verdict, model: str) -> Verdict:
    measurement = replace(verdict.measurement, model=model)
    return replace(verdict, id=measurement.identity, measurement=measurement)


def median_of(ask: Callable[[], object], runs: int = 7) -> float:
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begin)
    return median(taken)


def opened(folder: Path, now: datetime) -> Trimtab:
    """Return a new workspace's Trimtab, whose clock stands still."""
    workspace = Workspace(folder / "workspace")
    return Trimtab(
        settings=create_workspace(workspace, {}),
        store=AnalyticsStore.open(workspace.analytics),
        state=StateStore.open(workspace.state),
        registries={"local": FakeRegistry()},
        clock=FixedClock(now),
    )


def file_of(folder: Path, table: pa.Table) -> Upload:
    path = folder / f"{uuid4().hex}.parquet"
    pq.write_table(table, path)
    return sniff(path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--models", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        trimtab = opened(folder, NOW)
        written = ingested(trimtab, folder, asked.batches)
        views = shown(trimtab, folder, asked.models)
        trimtab.close()
    alone = written.pop("alone")
    lines = [("rows a second, one writer", f"{alone.rows:,.0f}", "≥ 50,000")]
    for what, one in written.items():
        lines += [
            (f"rows a second beside {READERS} readers {what}", f"{one.rows:,.0f}", "≥ 50,000"),
            (f"their reads meanwhile, of them torn: {one.torn}", f"{one.reads:,}", "0 torn"),
        ]
    lines += [(f"{view}, ms", f"{1000 * taken:.0f}", "≤ 50") for view, taken in views.items()]
    said = document.made_by("tests.bench.store_bench", ("duckdb", "numpy"))
    body = document.table(("", "measured", "asked"), lines)
    document.write("store", f"{said}\n\n{body}")
    return 0 if all(one.torn == 0 for one in written.values()) else 1


if __name__ == "__main__":
    sys.exit(main())

"""How long do profiling and judging take, against a scan of the same columns in the same run?

    python -m tests.bench.profile_bench [--rows 1000000] [--days 28] [--repeat 3]

Synthetic rows: 20 numeric and 10 categorical features (3 to 1,000 values), score, prediction, label,
latency and two sensitive columns, in daily windows; a reference of 100,000 rows. From the store's tables and
from a Parquet file where it lies: the median of each step and its ratio to the scan. Ratios compare between
machines; seconds do not.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import duckdb

from core.basis import Basis
from core.domain import Risk, Task
from core.logs import unstored
from core.logs.columns import columns_of, infer_features
from core.logs.ids import HASH, hash_of
from core.logs.layout import create_tables, lay_out
from core.logs.spec_file import parse_spec
from core.logs.upload import Upload, sniff
from core.monitor import assess
from core.policy.policy_file import default_policy
from core.profiles import build, load, reference, windows
from core.profiles.shown import profile_shown
from core.spec import Columns, Features, Layout, MonitorSpec, ReferenceRule, WindowRule
from core.store import AnalyticsStore, Cursor
from core.watch import pin_reference
from tests.bench import document, made_rows, scan_job
from tests.bench.made_rows import Rows

NUMERIC = tuple(f"amount_{i}" for i in range(20))
CATEGORICAL = tuple(f"kind_{i}" for i in range(10))
N_VALUES = (3, 5, 8, 12, 20, 50, 100, 200, 500, 1000)
N_REFERENCE = 100_000
START = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = {"from the store's tables": 10, "from a Parquet file": 4}


def bench_spec() -> tuple[MonitorSpec, Layout]:
    spec = MonitorSpec(
        model="bench",
        registry="local",
        task=Task.BINARY,
        columns=Columns(
            id="id",
            timestamp="at",
            prediction="decision",
            scores={"1": "probability"},
            label="came_true",
            latency_ms="latency",
        ),
        window=WindowRule(every=timedelta(days=1)),
        reference=ReferenceRule(),
        version="1",
        positive="1",
        features=Features(numeric=NUMERIC, categorical=CATEGORICAL),
        sensitive=("sex", "age_band"),
        risk=Risk.HIGH,
    )
    return spec, lay_out(spec)


def rows(layout: Layout, n: int, days: int, seed: int) -> str:
    """SQL of ``n`` synthetic rows over ``days`` from START, in the store's physical columns.

    Everything follows from hashes of the row number, so that runs and machines agree.
    """
    seconds = days * 86_400 / n

    def uniform(salt: int) -> str:
        return f"(hash(i, {salt + 1000 * seed}) % 1000003) / 1000003.0"

    numbers = {
        place: f"sqrt(-2 * ln({uniform(k)} + 1e-7)) * cos(2 * pi() * {uniform(k + 100)}) * {k + 1}"
        for k, place in enumerate(layout.numeric.values())
    }
    kinds = {
        place: f"concat('v', floor({uniform(k + 200)} * {uniform(k + 300)} * {size})::INTEGER)"
        for k, (place, size) in enumerate(zip(layout.categorical.values(), N_VALUES, strict=True))
    }
    groups = {
        place: f"concat('g', floor({uniform(k + 400)} * {size})::INTEGER)"
        for k, (place, size) in enumerate(zip(layout.sensitive.values(), (2, 4), strict=True))
    }
    (score,) = layout.scores.values()
    made = {**numbers, **kinds, **groups, score: uniform(500)}
    listed = ", ".join(f"{what} AS {place}" for place, what in made.items())
    return f"""
        SELECT 'r' || i AS row_id, i + 1 AS arrival,
               TIMESTAMP '{START:%Y-%m-%d}' + to_microseconds((i * {seconds * 1e6})::BIGINT) AS event_at,
               'bench' AS batch_id, '1' AS version,
               if({score} > 0.5, '1', '0') AS prediction, -30 * ln({uniform(600)} + 1e-7) AS latency_ms,
               if({uniform(700)} < {score}, '1', '0') AS label, *
        FROM (SELECT i, {listed} FROM range({n}) t(i))
    """


def fill(cursor: Cursor, layout: Layout, n: int, days: int) -> None:
    """Put the reference and the current rows with their labels into the model's tables."""
    create_tables(cursor, layout)
    columns = "* EXCLUDE (i)"
    cursor.execute(
        f"INSERT INTO {layout.reference} BY NAME SELECT {columns} FROM ({rows(layout, N_REFERENCE, days, 1)})"
    )
    hashed = f"{hash_of('row_id')} AS {HASH}"
    cursor.execute(f"CREATE TEMP TABLE made AS {rows(layout, n, days, 2)}")
    cursor.execute(f"INSERT INTO {layout.rows} BY NAME SELECT * EXCLUDE (i, label), {hashed} FROM made")
    cursor.execute(
        f"INSERT INTO {layout.labels} BY NAME"
        f" SELECT row_id, label, arrival, batch_id, event_at AS labelled_at, {hashed} FROM made"
    )
    cursor.execute("DROP TABLE made")
    cursor.execute(
        "UPDATE model_state SET origin = $start, origin_set = true, arrival = $n WHERE model_key = $key",
        {"start": START.replace(tzinfo=None), "n": n, "key": layout.key},
    )


def scan(cursor: Cursor, layout: Layout) -> None:
    """Read every value of every column once: the least that any profile must do."""
    columns = ("event_at", "version", "prediction", "latency_ms", *layout.scores.values())
    features = (*layout.numeric.values(), *layout.categorical.values(), *layout.sensitive.values())
    read = ", ".join(f"max({column})" for column in (*columns, *features))
    cursor.execute(f"SELECT {read} FROM {layout.rows}").fetchall()
    cursor.execute(f"SELECT max(row_id), max(label) FROM {layout.labels}").fetchall()


def timed(work: Callable[[], object], repeat: int) -> float:
    """Return the median seconds of ``repeat`` runs."""
    taken = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return median(taken)


def measure(n: int, days: int, repeat: int) -> dict[str, float]:
    """Run every step and return its seconds by name."""
    spec, layout = bench_spec()
    policy = default_policy(Risk.HIGH)
    now = START + timedelta(days=days + 1)
    store = AnalyticsStore.open(None)
    with store.writing() as cursor:
        fill(cursor, layout, n, days)
        begin = time.perf_counter()
        basis = Basis.of(reference.pin(cursor, layout, spec, pinned_at=now), spec)
        pinned_s = time.perf_counter() - begin
        plan = windows.plan(cursor, layout, spec, windows.read_state(cursor, layout.key), now=now)

        def profile() -> None:
            build.profile_windows(cursor, layout, spec, basis.reference, plan)

        def judge() -> None:
            profiles = load.load_profiles(cursor, layout.key)
            assess(profiles, spec, policy, basis, clock=now, now=now)

        steps = {
            "scan": timed(lambda: scan(cursor, layout), repeat),
            "profile": timed(profile, repeat),
            "pin and derive limits": pinned_s,
            "measure and judge": timed(judge, repeat),
        }
    store.close()
    return steps


def measure_parquet(n: int, days: int, repeat: int, folder: Path) -> dict[str, float]:
    """Do the same with a Parquet file that is read where it lies: its windows by the day, and as one."""
    before, file = (
        sniff(made_rows.make(Rows(n=size, days=days, seed=seed), folder))
        for seed, size in enumerate((N_REFERENCE, n), 1)
    )
    with duckdb.connect() as connection:
        reading = scan_job.scan(connection, f"read_parquet('{file.path}')")
        scanned = timed(lambda: connection.execute(reading).fetchall(), repeat)
    return {
        "scan": scanned,
        "profile": median(_profiled(before, file, by_window=True) for _ in range(repeat)),
        "profile as one window": median(_profiled(before, file, by_window=False) for _ in range(repeat)),
    }


def _profiled(before: Upload, file: Upload, *, by_window: bool) -> float:
    """Return the seconds of the profile pass alone, in a store of its own."""
    now = datetime.now(UTC)
    spec = parse_spec(made_rows.spec_text(Rows(n=1, days=1, seed=0)), registries=("local",))
    with closing(AnalyticsStore.open(None)) as store:
        spec = infer_features(spec, columns_of(store, before))
        layout = lay_out(spec)
        with store.writing() as cursor:
            shown = unstored.show_rows(cursor, spec, layout, file, now=now)
            if not by_window:
                spec = replace(spec, window=WindowRule(rows=shown.n))
            end = unstored.show_reference(cursor, spec, layout, before, now=now)
            pinned = pin_reference(cursor, layout, spec, now=now)
            begin = time.perf_counter()
            profile_shown(cursor, layout, spec, pinned, end, now=now)
            return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {
            "from the store's tables": measure(asked.rows, asked.days, asked.repeat),
            "from a Parquet file": measure_parquet(asked.rows, asked.days, asked.repeat, Path(folder)),
        }
    lines = [
        (
            f"{where}: {step}",
            document.seconds(seconds),
            f"{seconds / steps['scan']:.1f}",
            f"≤ {ASKED[where]}" if step.startswith("profile") else "",
        )
        for where, steps in found.items()
        for step, seconds in steps.items()
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    facts = f"{asked.rows:,} rows of 30 features in {asked.days} windows; {N_REFERENCE:,} rows of reference."
    said = document.made_by("tests.bench.profile_bench", ("duckdb", "numpy"))
    table = document.table(("", "s", "× scan", "asked"), lines)
    document.write("profiles", f"{said}\n\n{facts} Peak memory {peak:,.0f} MiB.\n\n{table}")


if __name__ == "__main__":
    main()

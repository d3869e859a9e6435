"""Rows of the benchmarks: made by SQL from hashes of the row's number, so that runs and machines agree.

Every tool reads the same Parquet file, which a cache folder keeps from run to run.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from tests.bench.columns import CATEGORICAL, N_VALUES, NUMERIC, SENSITIVE

N_REFERENCE = 100_000
START = datetime(2026, 1, 1, tzinfo=UTC)

_MODULUS = 1_000_003


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A set of rows: how many, over how many days (0: features alone, without times), from which seed."""

    n: int
    days: int
    seed: int

    @property
    def name(self) -> str:
        return f"rows-{self.n}-{self.days}d-{self.seed}.parquet"


def uniform(salt: int, seed: int) -> str:
    """SQL of a number in (0, 1) that depends on row ``i``."""
    return f"((hash(i, {salt + 1000 * seed}) % {_MODULUS}) + 0.5) / {_MODULUS}.0"


def _features(seed: int) -> dict[str, str]:
    made = {}
    for k, name in enumerate(NUMERIC):
        normal = f"sqrt(-2 * ln({uniform(k, seed)})) * cos(2 * pi() * {uniform(k + 100, seed)})"
        # A third is skewed, as amounts are, and a third are whole numbers, as counts are.
        shape = (f"{normal} * {k + 1}", f"exp({normal})", f"floor({normal} * 10) + 50")[k % 3]
        made[name] = f"({shape})::DOUBLE"
    for k, (name, size) in enumerate(zip(CATEGORICAL, N_VALUES, strict=True)):
        skewed = f"floor({uniform(k + 200, seed)} * {uniform(k + 300, seed)} * {size})"
        made[name] = f"concat('v', {skewed}::INTEGER)"
    return made


def select(rows: Rows) -> str:
    """SQL of the rows: features, and with days also time, score, prediction, label, latency and groups."""
    made = _features(rows.seed)
    if not rows.days:
        listed = ", ".join(f"{what} AS {name}" for name, what in made.items())
        return f"SELECT {listed} FROM range({rows.n}) t(i)"
    step = rows.days * 86_400_000_000 / rows.n
    for k, (name, size) in enumerate(zip(SENSITIVE, (2, 4), strict=True)):
        made[name] = f"concat('g', floor({uniform(k + 400, rows.seed)} * {size})::INTEGER)"
    made |= {
        "at": f"TIMESTAMP '{START:%Y-%m-%d}' + to_microseconds((i * {step})::BIGINT)",
        "probability": uniform(500, rows.seed),
        "latency": f"-30 * ln({uniform(600, rows.seed)})",
        "chance": uniform(700, rows.seed),
    }
    listed = ", ".join(f"{what} AS {name}" for name, what in made.items())
    return (
        "SELECT * EXCLUDE (chance), (probability > 0.5)::INTEGER AS decision,"
        f" (chance < probability)::INTEGER AS came_true FROM (SELECT {listed} FROM range({rows.n}) t(i))"
    )


def make(rows: Rows, folder: Path) -> Path:
    """Return the rows' Parquet file, writing it where it is not there yet."""
    path = folder / rows.name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        with duckdb.connect() as connection:
            connection.execute("SET threads = 2")
            connection.execute(f"COPY ({select(rows)}) TO '{partial}' (FORMAT parquet)")
        partial.rename(path)
    return path


def spec_text(rows: Rows) -> str:
    """The spec by which Trimtab looks at the rows."""
    numeric, categorical = ", ".join(NUMERIC), ", ".join(CATEGORICAL)
    features = f"features: {{numeric: [{numeric}], categorical: [{categorical}]}}"
    if not rows.days:
        return f"{{model: bench, version: '1', window: {{rows: {rows.n}}}, {features}}}"
    columns = "timestamp: at, score: probability, prediction: decision, label: came_true, latency_ms: latency"
    return (
        "{model: bench, version: '1', task: binary, positive: 1, window: {every: 1d},"
        f" columns: {{{columns}}},"
        f" sensitive: [{', '.join(SENSITIVE)}], {features}}}"
    )

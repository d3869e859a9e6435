"""Logs that lie elsewhere: awkward rows as one Parquet file, and two workspaces that should agree on them.

One workspace ingests the file, the other has it counted by an engine where it lies.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.adapters.ibis_source import IbisSources
from core.config import Workspace, create_workspace
from core.domain import Profile
from core.logs.upload import sniff
from core.profiles.load import load_profiles
from core.sources import SourceSettings
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock

DAY_0 = datetime(2026, 9, 1, 7, 30, tzinfo=UTC)
N_DAYS = 5
BINARY = """
model: loans
version: "1"
task: binary
positive: 1
columns: {id: id, timestamp: at, version: build, prediction: decision, score: score, label: repaid,
          latency_ms: ms, status: status}
features: {numeric: [income, terms, flag], categorical: [channel, branch]}
sensitive: [sex, region]
window: {every: 1d}
"""
REGRESSION = """
model: demand
version: "1"
task: regression
columns: {id: id, timestamp: at, prediction: forecast, label: sold}
features: {numeric: [income, terms], categorical: [channel]}
sensitive: [sex]
window: {every: 1d}
"""

SPECS = {"loans": BINARY, "demand": REGRESSION}


def rows(day: int, n_days: int, *, n: int = 300, seed: int = 5, labels: bool = True) -> pa.Table:
    """Rows of some days with nulls, NaN, infinities, flags, whole-number classes and 30 regions."""
    chance = np.random.default_rng([seed, day + 100])
    total = n * n_days
    income = chance.normal(0, 1, total)
    income[chance.random(total) < 0.02] = np.nan
    income[chance.random(total) < 0.01] = np.inf
    score = 1 / (1 + np.exp(-np.nan_to_num(income, posinf=3.0)))
    begins = DAY_0 + timedelta(days=day)
    at = [begins + timedelta(microseconds=int(i * 86_400_000_000 / n)) for i in range(total)]
    repaid = (chance.random(total) < score).astype(float)
    if not labels:
        repaid[chance.random(total) < 0.5] = np.nan
    forecast = 10 + 3 * np.nan_to_num(income, posinf=3.0)

    def holes(values: np.ndarray, share: float) -> np.ndarray:
        return chance.random(len(values)) < share

    def column(values: np.ndarray, share: float, kind: pa.DataType | None = None) -> pa.Array:
        return pa.array(values, kind, mask=holes(values, share))

    return pa.table(
        {
            "id": [f"{seed}-{day}-{i}" for i in range(total)],
            "at": pa.array(at, pa.timestamp("us", "UTC")),
            "build": column(np.where(chance.random(total) < 0.3, "2", "1"), 0.1),
            "income": column(income, 0.03),
            "terms": column(chance.integers(1, 30, total), 0.05),
            "flag": column(chance.random(total) < 0.5, 0.05),
            "channel": column(chance.choice(["web", "branch", "phone", ""], total), 0.05),
            "branch": column(chance.integers(1, 80, total), 0.0),
            "sex": column(chance.choice(["F", "M"], total), 0.05),
            "region": [f"r{value}" for value in chance.zipf(1.3, total) % 30],
            "score": column(score, 0.02),
            "decision": column((score > 0.5).astype(int), 0.02),
            "repaid": pa.array(repaid, pa.float64(), mask=np.isnan(repaid)),
            "ms": column(chance.lognormal(3, 1, total), 0.1),
            "status": column(chance.choice(["ok", "OK ", "failed"], total), 0.1),
            "forecast": column(forecast, 0.02),
            "sold": column(forecast + chance.normal(0, 2, total), 0.1),
        }
    )


def write(table: pa.Table, path: Path) -> Path:
    pq.write_table(table, path)
    return path


@contextmanager
def workspace(folder: Path, *connections: SourceSettings) -> Iterator[Trimtab]:
    opened = Trimtab(
        settings=create_workspace(Workspace(folder), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(None),
        registries={"local": FakeRegistry()},
        sources=IbisSources(connections, {}),
        clock=FixedClock(DAY_0 + timedelta(days=30)),
    )
    try:
        yield opened
    finally:
        opened.close()


def profiles(trimtab: Trimtab, model: str) -> list[Profile]:
    with trimtab._store.reading() as cursor:
        return load_profiles(cursor, trimtab._state.monitor(model).key)


def flat(value: object, path: str = "") -> dict[str, object]:
    """A profile as path → number, so that what differs is named."""
    if isinstance(value, Mapping):
        return {k: v for key, one in value.items() for k, v in flat(one, f"{path}/{key}").items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {k: v for key, one in enumerate(value) for k, v in flat(one, f"{path}/{key}").items()}
    return {path: value}


def assert_equal(a: list[Profile], b: list[Profile]) -> None:
    assert [(one.version, one.window) for one in a] == [(one.version, one.window) for one in b]
    for one, other in zip(a, b, strict=True):
        # Not counted elsewhere (docs/sources.md): when a label came, and what the trees of errors ask.
        left, right = (
            flat(asdict(replace(side, label_delay=None, errors=None, leaves=None))) for side in (one, other)
        )
        assert left.keys() == right.keys()
        for path, value in left.items():
            wanted = pytest.approx(value, rel=1e-12, abs=1e-12) if isinstance(value, float) else value
            assert right[path] == wanted, path


def judged(trimtab: Trimtab, model: str) -> list[tuple[str, str, str]]:
    """The verdicts on what is measured; a regressor's estimates need counts that only rows here give."""
    return [
        (one.id, one.status.value, one.reason)
        for one in trimtab.verdicts(model)
        if not one.measurement.estimated
    ]


def with_source(spec: str, backend: str) -> str:
    return spec + f"source: {{backend: {backend}, table: logs, connection: lake}}\n"


def watch(trimtab: Trimtab, spec: str, reference: Path | None) -> None:
    trimtab.watch(spec, reference=None if reference is None else sniff(reference))

"""Streams of windows in which nothing happens, or one thing of known size: Parquet files for every tool.

Each stream is a reference and a current file of equally large windows in order. Columns: x0 … x4 numeric
(normal, lognormal, counts), c0 … c2 categorical (2, 6 and 40 values), region (three segments), score,
decision and outcome of a binary model whose score depends on x0 and x1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

NUMERIC = ("x0", "x1", "x2", "x3", "x4")
CATEGORICAL = ("c0", "c1", "c2")
Floats = NDArray[np.float64]
Kind = Literal["independent", "autocorrelated", "seasonal"]
Shift = Literal["", "mean", "scale", "category", "label", "concept"]

_SIZES = (2, 6, 40)
_RHO, _WANDER_SD, _SEASON = 0.6, 0.15, 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What a stream is like: ``onset`` is the window at which a shift of ``size`` begins."""

    kind: Kind
    rows: int
    n_reference: int
    n_current: int
    seed: int
    shift: Shift = ""
    size: float = 0.0
    onset: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.rows}-{self.shift}{self.size:g}-{self.seed}"


def made(stream: Stream) -> tuple[pa.Table, pa.Table]:
    """Return the reference and the current rows of a stream; the same for the same stream."""
    chance = np.random.default_rng([stream.seed, stream.rows, len(stream.kind)])
    n_windows = stream.n_reference + stream.n_current
    window = np.repeat(np.arange(n_windows), stream.rows)
    columns = _columns(chance, window, _paths(chance, stream, n_windows))
    shifted = window >= stream.n_reference + stream.onset if stream.shift else np.zeros(len(window), bool)
    _shift(chance, stream, columns, shifted)
    _outcomes(chance, stream, columns, shifted)
    table = pa.table(columns)
    cut = stream.n_reference * stream.rows
    return table.slice(0, cut), table.slice(cut)


def write(stream: Stream, folder: Path) -> tuple[Path, Path]:
    """Write a stream's two files."""
    paths = folder / f"{stream.name}-reference.parquet", folder / f"{stream.name}-current.parquet"
    for path, rows in zip(paths, made(stream), strict=True):
        pq.write_table(rows, path)
    return paths


def _paths(chance: np.random.Generator, stream: Stream, n_windows: int) -> Floats:
    """Return how many sd each numeric column's mean is off in each window."""
    paths = np.zeros((len(NUMERIC), n_windows))
    if stream.kind == "seasonal":
        phases = chance.uniform(0, 2 * np.pi, (len(NUMERIC), 1))
        return np.asarray(_SEASON * np.sin(2 * np.pi * np.arange(n_windows) / 7 + phases))
    if stream.kind == "autocorrelated":
        paths[:, 0] = chance.normal(0, _WANDER_SD, len(NUMERIC))
        step = _WANDER_SD * np.sqrt(1 - _RHO**2)
        for t in range(1, n_windows):
            paths[:, t] = _RHO * paths[:, t - 1] + chance.normal(0, step, len(NUMERIC))
    return paths


def _columns(
    chance: np.random.Generator, window: NDArray[np.intp], paths: Floats
) -> dict[str, NDArray[np.generic]]:
    columns: dict[str, NDArray[np.generic]] = {}
    for k, name in enumerate(NUMERIC):
        normal = chance.normal(size=len(window)) + paths[k][window]
        columns[name] = (normal, np.exp(normal), np.floor(10 * normal))[k % 3].astype(np.float64)
    for name, size in zip(CATEGORICAL, _SIZES, strict=True):
        share = 1 / np.arange(1, size + 1)
        values = np.array([f"v{i}" for i in range(size)])
        columns[name] = chance.choice(values, len(window), p=share / share.sum())
    columns["region"] = chance.choice(np.array(["north", "south", "west"]), len(window))
    return columns


def _shift(
    chance: np.random.Generator,
    stream: Stream,
    columns: dict[str, NDArray[np.generic]],
    at: NDArray[np.bool_],
) -> None:
    x0 = columns["x0"].astype(np.float64)
    if stream.shift == "mean":
        columns["x0"] = x0 + stream.size * at
    if stream.shift == "scale":
        columns["x0"] = np.where(at, x0 * stream.size, x0)
    if stream.shift == "category":
        moved = at & (chance.random(len(at)) < stream.size)
        columns["c1"] = np.where(moved, "v5", columns["c1"].astype(str))


def _outcomes(
    chance: np.random.Generator,
    stream: Stream,
    columns: dict[str, NDArray[np.generic]],
    at: NDArray[np.bool_],
) -> None:
    logit = 1.5 * columns["x0"].astype(np.float64) + np.log(columns["x1"].astype(np.float64))
    truth = chance.random(len(at)) < 1 / (1 + np.exp(-logit))
    if stream.shift == "label":
        truth |= at & (chance.random(len(at)) < stream.size)
    if stream.shift == "concept":
        turned = at & (chance.random(len(at)) < stream.size)
        truth ^= turned
    score = 1 / (1 + np.exp(-logit))
    columns["score"], columns["decision"] = score, (score > 0.5).astype(np.int64)
    columns["outcome"] = truth.astype(np.int64)


def watched(shift: Shift) -> str:
    """Return which column a shift moves; "performance" where none of them does."""
    moved: Mapping[str, str] = {"category": "c1", "label": "outcome", "concept": "performance"}
    return moved.get(shift, "x0")

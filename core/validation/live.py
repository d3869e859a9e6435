"""Is the population still the one that the version is for? The newest live rows beside the reference's."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from core.candidate import Baseline, Fact
from core.domain import Window
from core.metrics.exact import measure_exact
from core.profiles.rows import Rows
from core.spec import Columns, Features, MonitorSpec
from core.validation.parts import fact_of
from core.validation.request import Request

METRIC = "psi"
_WINDOW = Window(index=0, start=None, end=None)


def drift(live: Path, reference: Path, spec: MonitorSpec, request: Request) -> Iterator[Fact]:
    """Measure the PSI of every input, labelled or not; none where either side has no rows."""
    now, before = _inputs(live, request), _inputs(reference, request)
    if not now.n or not before.n:
        return
    features = Features(numeric=request.numeric, categorical=request.categorical)
    of_inputs = replace(spec, features=features, sensitive=(), columns=Columns())
    for one in measure_exact(now, before, of_inputs, window=_WINDOW, version="", metric=METRIC):
        if one.feature in {*request.numeric, *request.categorical}:
            yield replace(fact_of(one), baseline=Baseline.REFERENCE)


def _inputs(file: Path, request: Request) -> Rows:
    table = pq.read_table(file)
    numeric = {name: np.asarray(table[name].to_pandas(), dtype=np.float64) for name in request.numeric}
    categorical = {
        name: np.array(
            [one if isinstance(one, str) else None for one in table[name].to_pylist()], dtype=object
        )
        for name in request.categorical
    }
    return Rows(
        n=len(table), numeric=numeric, categorical=categorical, scores={}, prediction=None, label=None,
        groups={}, latency_ms=None,
    )  # fmt: skip

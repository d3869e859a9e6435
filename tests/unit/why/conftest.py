"""Simulated claims whose fault is known, sent through the real stores."""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.change import ChangeExplained
from core.config import Workspace, create_workspace
from core.logs.upload import Upload, sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.claims import SPEC, Fault, N, rows
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0


@pytest.fixture
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Trimtab]:
    """Watch a model, send one window and judge it."""

    def upload(columns: dict[str, np.ndarray], *, without: tuple[str, ...] = ()) -> Upload:
        path = tmp_path_factory.mktemp("rows") / "rows.parquet"
        pq.write_table(pa.table({k: v for k, v in columns.items() if k not in without}), path)
        return sniff(path)

    def send(
        *,
        spec: str = SPEC,
        fault: Fault | None = None,
        online: float = 0.4,
        without: tuple[str, ...] = (),
        n_reference: int = 4 * N,
    ) -> Trimtab:
        trimtab = Trimtab(
            settings=create_workspace(Workspace(tmp_path_factory.mktemp("workspace") / "w"), {}),
            store=AnalyticsStore.open(None),
            state=StateStore.open(None),
            registries={"local": FakeRegistry()},
            clock=FixedClock(DAY_0 + timedelta(days=30)),
        )
        unused = ("forecast", "amount") if "model: claims" in spec else ("score", "decision", "repaid", "sex")
        trimtab.watch(spec, reference=upload(rows(1, n_reference), without=unused))
        model = "claims" if "model: claims" in spec else "amounts"
        sent = rows(2, fault=fault, online=online)
        trimtab.ingest(model, upload(sent, without=(*unused, *without)), kind="predictions")
        trimtab.monitor(model)
        return trimtab

    return send


@pytest.fixture
def explained(judged: Callable[..., Trimtab]) -> Callable[..., ChangeExplained]:
    """Send one window, and ask why it differs from the reference."""

    def ask(*, spec: str = SPEC, **given: object) -> ChangeExplained:
        asked = {name: given.pop(name) for name in ("before", "after", "metric", "by") if name in given}
        trimtab = judged(spec=spec, **given)
        try:
            return trimtab.change("claims" if "model: claims" in spec else "amounts", **asked)  # type: ignore[arg-type]
        finally:
            trimtab.close()

    return ask

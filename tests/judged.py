"""A judged workspace for tests that only read it: built once for a whole file."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.config import Workspace, create_workspace
from core.logs.upload import sniff
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0


@contextmanager
def judged(folder: Path, spec: str, reference: pa.Table, *sent: pa.Table) -> Iterator[Trimtab]:
    """Monitor the loans, send these rows and judge them; closed at the end."""
    trimtab = Trimtab(
        settings=create_workspace(Workspace(folder / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(folder / "state.db"),
        registries={"local": FakeRegistry()},
        deployments={},
        clock=FixedClock(DAY_0 + timedelta(days=30)),
    )
    for number, table in enumerate((reference, *sent)):
        pq.write_table(table, folder / f"{number}.parquet")
    trimtab.watch(spec, reference=sniff(folder / "0.parquet"), create=True)
    for number in range(1, len(sent) + 1):
        trimtab.ingest("loans", sniff(folder / f"{number}.parquet"), kind="predictions")
    trimtab.monitor("loans")
    yield trimtab
    trimtab.close()

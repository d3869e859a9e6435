"""A workspace on disk for tests of keeping: rows of any day in, all that is on record out."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from core.config import Workspace, create_workspace
from core.domain import Measurement
from core.logs.upload import sniff
from core.receipts import IngestReceipt, PruneReceipt, Pruning
from core.retention import Retention
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC

DAY = timedelta(days=1)
BY_ROWS = SPEC.replace("{every: 1d}", "{rows: 50}")
NOW = DAY_0 + 40 * DAY
NO_TIME = BY_ROWS.replace("timestamp: at, ", "")


@dataclass(kw_only=True)
class Place:
    """One workspace, opened as control opens it, but for the registry and the clock."""

    root: Path
    trimtab: Trimtab
    clock: FixedClock
    n_files: int = 0

    @classmethod
    def make(cls, root: Path, retention: Retention) -> "Place":
        settings = replace(create_workspace(Workspace(root), {}), retention=retention)
        clock = FixedClock(NOW)
        return cls(root=root, trimtab=open_trimtab(settings, clock), clock=clock)

    def reopen(self) -> None:
        """Close the workspace, if it is open, and open it again."""
        self.trimtab.close()
        self.trimtab = open_trimtab(self.trimtab.settings, self.clock)

    def close(self) -> None:
        self.trimtab.close()

    def watch(self, spec: str = SPEC, reference: pa.Table | None = None) -> None:
        self.trimtab.watch(spec, reference=None if reference is None else sniff(self.file(reference)))

    def send(self, table: pa.Table, kind: Any = "predictions", **options: Any) -> IngestReceipt:
        return self.trimtab.ingest("loans", sniff(self.file(table)), kind=kind, **options)

    def file(self, table: pa.Table) -> Path:
        self.n_files += 1
        path = self.root.with_name(f"{self.root.name}-{self.n_files}.parquet")
        pq.write_table(table, path)
        return path

    def prune(self, **options: Any) -> PruneReceipt:
        return self.trimtab.keeping.prune(**options)

    def rows_of(self, receipt: PruneReceipt) -> Pruning:
        (found,) = [one for one in receipt.classes if one.kind == "rows"]
        return found

    def value(self, query: str) -> Any:
        """One value; ``{rows}``, ``{labels}``, ``{reference}`` stand for the model's tables."""
        layout = self.trimtab._state.monitor("loans").layout
        tables = {"rows": layout.rows, "labels": layout.labels, "reference": layout.reference}
        with self.trimtab._store.reading() as cursor:
            (found,) = cursor.execute(query.format(**tables)).fetchone() or (None,)
        return found

    def on_record(self) -> dict[str, Any]:
        """All that is on record of the model, but for when it was judged."""
        return {
            "measurements": [rounded(one) for one in self.trimtab.measurements("loans")],
            "verdicts": [
                (one.id, one.status, one.rule, one.reason, one.measurement.n)
                for one in self.trimtab.verdicts("loans")
            ],
            "incidents": [
                (one.id, one.status, one.first_window, one.features) for one in self.trimtab.incidents()
            ],
        }


def open_trimtab(settings: Any, clock: FixedClock) -> Trimtab:
    return Trimtab(
        settings=settings,
        store=AnalyticsStore.open(settings.workspace.analytics),
        state=StateStore.open(settings.workspace.state),
        registries={"local": FakeRegistry()},
        clock=clock,
    )


def rounded(one: Measurement) -> Measurement:
    """Sums of floats depend in their last digit on the order in which rows are stored."""
    value, low, high, p = (
        None if number is None else float(f"{number:.9g}")
        for number in (one.value, one.low, one.high, one.p_value)
    )
    return replace(one, value=value, low=low, high=high, p_value=p)


def between(table: pa.Table, start: datetime, end: datetime) -> pa.Table:
    """The rows of a stretch of event time."""
    at = table["at"]
    return table.filter(
        pa.compute.and_(pa.compute.greater_equal(at, pa.scalar(start)), pa.compute.less(at, pa.scalar(end)))
    )

"""A small desk for ingest tests: both stores in memory, files from Python rows in every format."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from core.logs.ingest import ingest_labels, ingest_predictions
from core.logs.layout import create_tables, lay_out
from core.logs.quarantine import quarantined, retry_quarantine
from core.logs.reference_rows import pin_first_period, pin_reference_rows
from core.logs.spec_file import parse_spec
from core.logs.upload import spool
from core.receipts import IngestReceipt, QuarantinedRow
from core.spec import MonitorSpec
from core.store import AnalyticsStore, StateStore, StoredMonitor

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_NUMBERS = count()
FORMATS = ("csv", "jsonl", "json", "parquet", "arrow")
Row = Mapping[str, Any]


def naive(*parts: int) -> datetime:
    """A UTC time without its zone, as DuckDB gives it."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[misc,arg-type]


def file_of(rows: Sequence[Row], kind: str) -> bytes:
    """Rows as a file; columns follow the first row."""
    buffer = io.BytesIO()
    if kind == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()
    if kind == "jsonl":
        return "\n".join(json.dumps(row) for row in rows).encode()
    if kind == "json":
        return json.dumps(list(rows)).encode()
    table = pa.table({name: [row.get(name) for row in rows] for name in rows[0]})
    if kind == "parquet":
        pyarrow.parquet.write_table(table, buffer)
    else:
        with pa.ipc.new_stream(buffer, table.schema) as stream:
            stream.write_table(table)
    return buffer.getvalue()


@dataclass(kw_only=True)
class Desk:
    """One monitored model and what can be sent to it."""

    folder: Path
    store: AnalyticsStore
    state: StateStore
    monitor: StoredMonitor

    @classmethod
    def open(cls, folder: Path, document: str, store: AnalyticsStore, state: StateStore) -> "Desk":
        """Watch a model of its own: desks that share stores do not meet."""
        spec = replace(parse_spec(document), model=f"model-{next(_NUMBERS)}")
        return cls(folder=folder, store=store, state=state, monitor=watch(store, state, spec))

    def rewatch(self, document: str) -> None:
        """Watch the same model by another spec."""
        spec = replace(parse_spec(document), model=self.monitor.spec.model)
        self.monitor = watch(self.store, self.state, spec, self.monitor)

    def send(
        self, content: bytes | Sequence[Row], name: str = "rows.parquet", **options: Any
    ) -> IngestReceipt:
        """Ingest predictions, given as a file's bytes or as rows (then the name's ending is the format)."""
        upload = spool(self.folder, [_bytes(content, name)], name=name)
        return ingest_predictions(self.store, self.state, self.monitor, upload, now=NOW, **options)

    def label(
        self, content: bytes | Sequence[Row], name: str = "labels.parquet", **options: Any
    ) -> IngestReceipt:
        upload = spool(self.folder, [_bytes(content, name)], name=name)
        return ingest_labels(self.store, self.state, self.monitor, upload, now=NOW, **options)

    def pin(self, content: bytes | Sequence[Row], name: str = "reference.parquet") -> int:
        upload = spool(self.folder, [_bytes(content, name)], name=name)
        with self.store.writing() as cursor:
            return pin_reference_rows(cursor, self.monitor, upload, now=NOW)

    def pin_first(self) -> int:
        return pin_first_period(self.store, self.monitor)

    def waiting(self) -> list[QuarantinedRow]:
        return quarantined(self.store, self.monitor.key)

    def retry(self) -> IngestReceipt:
        return retry_quarantine(self.store, self.monitor, now=NOW)

    def rows(self, *names: str) -> list[tuple[Any, ...]]:
        """Stored rows by arrival; features, scores and sensitive columns go by their own names."""
        return self._select(self.monitor.layout.rows, names)

    def reference(self, *names: str) -> list[tuple[Any, ...]]:
        return self._select(self.monitor.layout.reference, names)

    def labels(self) -> dict[str, Any]:
        """The label that holds, by row id."""
        query = f"SELECT row_id, arg_max(label, arrival) FROM {self.monitor.layout.labels} GROUP BY row_id"
        with self.store.reading() as cursor:
            return dict(cursor.execute(query).fetchall())

    def value(self, query: str) -> Any:
        """One value; ``{rows}``, ``{labels}``, ``{reference}``, ``{state}`` stand for the model's own."""
        layout = self.monitor.layout
        tables = {"rows": layout.rows, "labels": layout.labels, "reference": layout.reference}
        state = f"(SELECT * FROM model_state WHERE model_key = '{layout.key}')"
        text = query.format(**tables, state=state)
        with self.store.reading() as cursor:
            (found,) = cursor.execute(text).fetchone() or (None,)
            return found

    def _select(self, table: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
        layout = self.monitor.layout
        places = {**layout.sensitive, **layout.scores, **layout.categorical, **layout.numeric}
        listed = ", ".join(places.get(name, name) for name in names)
        with self.store.reading() as cursor:
            return cursor.execute(f"SELECT {listed} FROM {table} ORDER BY arrival").fetchall()


def watch(
    store: AnalyticsStore, state: StateStore, spec: MonitorSpec, previous: StoredMonitor | None = None
) -> StoredMonitor:
    """Lay out a spec and store it."""
    layout = lay_out(spec, previous.layout if previous else None)
    with store.writing() as cursor:
        create_tables(cursor, layout)
    return state.save_monitor(spec, layout, now=NOW)


def _bytes(content: bytes | Sequence[Row], name: str) -> bytes:
    return content if isinstance(content, bytes) else file_of(content, name.rpartition(".")[2])

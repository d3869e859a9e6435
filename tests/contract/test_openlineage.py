"""OpenLineage's own Python client sends over HTTP to a server that listens, plain and packed."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import (
    Dataset,
    DatasetEvent,
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
)
from openlineage.client.facet_v2 import (
    column_lineage_dataset,
    data_quality_assertions_dataset,
    schema_dataset,
)
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpCompression, HttpConfig, HttpTransport

from core.config import Workspace, create_workspace
from core.domain import Health
from core.server.app import create_app
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from tests.fakes import FixedClock
from tests.loans import DAY_0

RUN = "0190d2a1-0000-7000-8000-000000000001"


@pytest.fixture
def trimtab(tmp_path: Path) -> Iterator[Trimtab]:
    opened = Trimtab(
        settings=create_workspace(Workspace(tmp_path / "w"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(tmp_path / "state.db"),
        registries={},
        clock=FixedClock(DAY_0 + timedelta(days=12)),
    )
    yield opened
    opened.close()


@pytest.fixture
def address(trimtab: Trimtab) -> Iterator[str]:
    config = uvicorn.Config(create_app(trimtab, token="s3cret"), port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("compression", [None, HttpCompression.GZIP])
def test_what_the_client_sends_is_taken_in(
    trimtab: Trimtab, address: str, compression: HttpCompression | None
) -> None:
    key = ApiKeyTokenProvider({"apiKey": "s3cret"})
    transport = HttpTransport(HttpConfig(url=address, auth=key, compression=compression))
    client = OpenLineageClient(transport=transport)
    fields = {
        "spend": column_lineage_dataset.Fields(
            inputFields=[
                column_lineage_dataset.InputField(namespace="pg://dwh", name="core.payments", field="amount")
            ]
        )
    }
    failed = data_quality_assertions_dataset.Assertion(assertion="not_null", success=False, column="amount")
    payments = InputDataset(
        namespace="pg://dwh",
        name="core.payments",
        inputFacets={
            "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
                assertions=[failed]
            )
        },
    )
    spend = OutputDataset(
        namespace="pg://dwh",
        name="features.spend",
        facets={
            "schema": schema_dataset.SchemaDatasetFacet(
                fields=[schema_dataset.SchemaDatasetFacetFields(name="spend", type="numeric")]
            ),
            "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields),
        },
    )
    for state, inputs, outputs in ((RunState.START, [payments], []), (RunState.COMPLETE, [], [spend])):
        client.emit(
            RunEvent(
                eventType=state,
                eventTime="2026-11-01T10:00:00.123+01:00",
                run=Run(runId=RUN),
                job=Job(namespace="dbt", name="features.spend"),
                inputs=inputs,
                outputs=outputs,
                producer="https://example.org/tests",
            )
        )
    client.emit(
        DatasetEvent(
            eventTime="2026-11-01T10:00:00Z",
            dataset=Dataset(namespace="pg://dwh", name="core.unused"),
            producer="https://example.org/tests",
        )
    )
    client.close()
    assert trimtab._state.lineage.events.count() == 3
    graph = trimtab.lineage.asked().graph
    assert "column:pg://dwh/features.spend#spend" in graph.downstream("column:pg://dwh/core.payments#amount")
    assert graph.nodes["source:pg://dwh/core.payments"].health is Health.CRITICAL
    assert "source:pg://dwh/core.unused" in graph.nodes

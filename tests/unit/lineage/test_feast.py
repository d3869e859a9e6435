"""A Feast registry's feature views, as events that merge with all others."""

import json
from datetime import UTC, datetime

import pytest

from core.errors import InvalidInput
from core.lineage import told
from core.lineage.drawing import Drawing
from core.lineage.events import read
from core.lineage.feast import events_of
from tests.openlineage_events import DWH, data, run_event
from tests.unit.lineage.test_events import known_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
DUMP = {
    "project": "credit",
    "entities": [{"spec": {"name": "customer"}}],
    "featureViews": [
        {
            "spec": {
                "name": "spend",
                "entities": ["customer"],
                "features": [
                    {"name": "spend_30d", "valueType": "DOUBLE"},
                    {"name": "n_orders", "valueType": "INT64"},
                ],
                "description": "What a customer spends",
                "owner": "risk@example.org",
                "batchSource": {
                    "type": "BATCH_SNOWFLAKE",
                    "name": "payments",
                    "snowflakeOptions": {"schema": "core", "table": "payments"},
                },
            },
            "meta": {"lastUpdatedTimestamp": "2026-10-30T08:00:00Z"},
        },
        {
            "spec": {"name": "files", "batchSource": {"fileOptions": {"uri": "s3://lake/feast/f.parquet"}}},
            "meta": {},
        },
        {"spec": {"name": "local", "batchSource": {"fileOptions": {"uri": "/data/f.parquet"}}}},
        {"spec": {"name": "bare", "batchSource": {"name": "somewhere"}}},
        {"spec": {"name": "derived"}},
        {"spec": {}},
        7,
    ],
}


def test_views_lead_from_their_sources_column_by_column() -> None:
    payments = run_event("r", ("dbt", "payments"), outputs=[data(DWH, "warehouse.core.payments")])
    events = [read(one) for one in [*events_of(DUMP, now=NOW), payments]]
    drawing = Drawing()
    told.draw(drawing, known_of(events))
    graph = drawing.graph()
    view = graph.nodes["source:feast://credit/spend"]
    assert (view.kind.value, view.owner) == ("feature_view", "risk@example.org")
    assert view.facts["Description"] == "What a customer spends"
    assert view.facts["Columns"] == "spend_30d, n_orders"
    assert "column:feast://credit/spend#spend_30d" in graph.downstream(
        "column:feast://credit/core.payments#spend_30d"
    )
    assert view.id in graph.downstream(f"source:{DWH}/warehouse.core.payments"), "the one table called so"
    named = {one["job"]["name"]: one for one in events_of(DUMP, now=NOW)}
    assert named["files"]["inputs"] == [{"namespace": "s3://lake", "name": "feast/f.parquet"}]
    assert named["local"]["inputs"] == [{"namespace": "file", "name": "/data/f.parquet"}]
    assert named["bare"]["inputs"] == [{"namespace": "feast://credit", "name": "somewhere"}]
    assert named["derived"]["inputs"] == []
    assert (named["spend"]["eventTime"], named["bare"]["eventTime"]) == (
        "2026-10-30T08:00:00Z",
        NOW.isoformat(),
    )


def test_the_same_registry_again_is_known_already() -> None:
    first, second = (json.dumps(events_of(DUMP, now=NOW)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("dump", [None, [], {}, {"featureViews": 3}])
def test_what_is_no_registry_says_how_to_write_one(dump: object) -> None:
    with pytest.raises(InvalidInput, match="feast registry-dump"):
        events_of(dump, now=NOW)

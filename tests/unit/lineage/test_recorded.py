"""What dbt and Airflow really sent, read: nothing is refused, and the graph says what happened there."""

import json
import random
from dataclasses import replace

import pytest

from core.domain import Health
from core.lineage import told
from core.lineage.drawing import Drawing
from core.lineage.events import read
from core.lineage.graph import Graph, NodeKind
from core.lineage.intake import Intake
from core.lineage.naming import source_id
from core.ports import RunRecord
from core.store import StateStore
from tests.fakes import FixedClock
from tests.openlineage_events import DWH, RECORDED, recorded
from tests.unit.lineage.test_events import graph_of, known_of, same

RUN = RunRecord(registry="local", run_id="", name="nightly")
SHOP = "source:duckdb:///srv/shop/warehouse.duckdb/warehouse"
FILES = sorted(path.stem for path in RECORDED.glob("*.ndjson"))


def jobs(graph: Graph) -> dict[str, tuple[str | None, Health | None]]:
    return {
        one.name: (one.facts.get("Last run"), one.health)
        for one in graph.nodes.values()
        if one.kind is NodeKind.JOB
    }


@pytest.mark.parametrize("name", FILES)
def test_all_that_a_client_sends_is_taken_in_once(name: str) -> None:
    state = StateStore.open(None)
    events = recorded(name)
    body = json.dumps([*events, *events]).encode()
    receipt = Intake(state, FixedClock()).take(body)
    assert (receipt.accepted, receipt.duplicate, receipt.quarantined) == (len(events), len(events), 0)
    state.close()


@pytest.mark.parametrize("seed", range(3))
def test_all_clients_together_give_one_graph_in_any_order_and_with_duplicates(seed: int) -> None:
    events = [one for name in FILES for one in recorded(name)]
    again = [*events, *events[::3]]
    random.Random(seed).shuffle(again)
    assert same(graph_of(*events), graph_of(*again))


def test_dbt_leads_from_the_seed_to_the_last_model_though_it_names_no_seed_as_input() -> None:
    graph = graph_of(*recorded("dbt"))
    seed, scores = f"{SHOP}.main_core.payments", f"{SHOP}.main_features.scores"
    assert not any(
        one["name"].endswith("main_core.payments") for event in recorded("dbt") for one in event["inputs"]
    )
    made_in = "job:shop/warehouse.main_features.shop.payments_clean"
    assert [one.id for one in graph.after(seed) if one.kind is NodeKind.JOB] == [made_in]
    assert scores in graph.downstream(seed)
    assert f"{SHOP}.crm.customers" in graph.upstream(scores)
    assert (graph.nodes[seed].kind, graph.nodes[scores].kind) == (NodeKind.SOURCE, NodeKind.FEATURE_VIEW)
    amount = "column:duckdb:///srv/shop/warehouse.duckdb/warehouse.main_core.payments#amount"
    assert f"column:{SHOP.removeprefix('source:')}.main_features.spend#spend" in graph.downstream(amount)


def test_dbt_tells_columns_owner_and_description() -> None:
    spend = graph_of(*recorded("dbt")).nodes[f"{SHOP}.main_features.spend"]
    assert spend.facts["Columns"] == "customer, region, spend, payments"
    assert (spend.owner, spend.facts["Description"]) == ("team:risk", "What a customer spends")


def test_dbt_s_failed_test_marks_table_column_and_jobs() -> None:
    graph = graph_of(*recorded("dbt"))
    clean = graph.nodes[f"{SHOP}.main_features.payments_clean"]
    assert (clean.health, clean.detail) == (Health.CRITICAL, "2 of 4 checks failed: not_null(amount)")
    column = graph.nodes[clean.id.replace("source:", "column:") + "#amount"]
    assert (column.health, column.facts["Checks"]) == (Health.CRITICAL, "not_null failed")
    assert graph.nodes[f"{SHOP}.main_features.spend"].facts["Checks"] == "all 3 passed"
    states = jobs(graph)
    assert states["dbt-run-shop"] == ("fail", Health.WATCH)
    assert states["warehouse.main_features.shop.payments_clean.test"] == ("fail", Health.WATCH)
    assert states["warehouse.main_features.shop.spend"] == ("complete", None)
    assert "job:shop/dbt-run-shop" in graph.upstream("job:shop/warehouse.main_features.shop.spend", hops=1)


def test_a_dbt_test_that_passes_does_not_hide_one_that_failed_before_it() -> None:
    graph = graph_of(*recorded("dbt_structured"))
    clean = graph.nodes[f"{SHOP}.main_features.payments_clean"]
    assert (clean.health, clean.detail) == (Health.CRITICAL, "2 of 3 checks failed: not_null(amount)")
    assert "customer, amount" in clean.facts["Columns"]


def test_what_dbt_skipped_was_not_checked_and_its_statements_and_findings_are_no_cards() -> None:
    graph = graph_of(*recorded("dbt_structured"))
    assert "Checks" not in graph.nodes[f"{SHOP}.main_features.spend"].facts
    states = jobs(graph)
    assert states["model.shop.spend"] == ("abort", Health.WATCH), "begun and ended at one time"
    assert not [name for name in states if ".sql." in name]
    assert not [one.name for one in graph.nodes.values() if "dbt_test__audit" in one.name]
    assert graph.nodes[f"{SHOP}.main_features.spend"].kind is NodeKind.FEATURE_VIEW, "no test reads it on"


def test_airflow_leads_from_table_to_file_through_its_assets() -> None:
    graph = graph_of(*recorded("airflow"))
    payments, spend = f"source:{DWH}/warehouse.core.payments", f"source:{DWH}/warehouse.features.spend"
    assert {spend, "source:s3://lake/loans/train.parquet", "job:nightly/nightly.train"} <= graph.downstream(
        payments
    )
    assert f"column:{DWH}/warehouse.features.spend#spend" in graph.downstream(
        f"column:{DWH}/warehouse.core.payments#amount"
    )
    assert graph.nodes[spend].facts["Columns"] == "customer, spend"
    job = graph.nodes["job:nightly/nightly.spend"]
    assert (job.owner, job.facts["Description"]) == ("risk", "Makes the training set")


def test_airflow_s_failed_check_and_tasks_are_told() -> None:
    graph = graph_of(*recorded("airflow"))
    payments = graph.nodes[f"source:{DWH}/warehouse.core.payments"]
    assert (payments.health, payments.detail) == (Health.CRITICAL, "1 of 2 checks failed: not_null(amount)")
    assert jobs(graph) == {
        "nightly": ("fail", Health.WATCH),
        "nightly.make": ("fail", Health.WATCH),
        "nightly.spend": ("complete", None),
        "nightly.check": ("fail", Health.WATCH),
        "nightly.export": ("complete", None),
        "nightly.train": ("fail", Health.WATCH),
    }


def test_airflow_s_statements_count_as_their_task_s() -> None:
    graph = graph_of(*recorded("airflow_queries"))
    assert jobs(graph) == {"nightly": (None, None), "nightly.export": ("complete", None)}
    assert {one.id for one in graph.after("job:nightly/nightly.export")} == {
        f"source:{DWH}/warehouse.features.spend",
        "source:s3://lake/loans/train.parquet",
    }
    assert {one.id for one in graph.before("job:nightly/nightly.export")} == {
        "job:nightly/nightly",
        f"source:{DWH}/warehouse.core.payments",
        f"source:{DWH}/warehouse.features.spend",
    }


def test_an_airflow_task_that_says_its_mlflow_run_leads_there_with_what_it_read() -> None:
    events = [read(one) for one in recorded("airflow_training")]
    run = "0123456789abcdef0123456789abcdef"
    links = [link for event in events for link in event.links]
    known = replace(known_of(events), run_links=links, runs={("local", run): replace(RUN, run_id=run)})
    drawing = Drawing()
    node = drawing.node(f"run:local/{run}", NodeKind.RUN, "nightly")
    told.draw(drawing, known)
    graph = drawing.graph()
    assert {(one.id, one.kind) for one in graph.before(node)} == {
        ("job:nightly/training.train", NodeKind.JOB),
        ("source:s3://lake/loans/train.parquet", NodeKind.SOURCE),
    }


@pytest.mark.parametrize("table", ["scores", "main_features.scores", "WAREHOUSE.main_features.scores"])
def test_a_dbt_model_is_the_table_that_a_spec_names_as_its_source(table: str) -> None:
    drawing = Drawing()
    named = drawing.node(source_id(f"lake/{table}"), NodeKind.SOURCE, table)
    told.draw(drawing, known_of([read(one) for one in recorded("dbt")]))
    graph = drawing.graph()
    assert [one.id for one in graph.before(named)] == [f"{SHOP}.main_features.scores"]
    assert named in graph.downstream(f"{SHOP}.main_core.payments")

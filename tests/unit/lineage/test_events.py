"""Events read and merged: whatever their order and however often, and what is wrong with a bad one."""

import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Health
from core.errors import InvalidInput
from core.lineage import told
from core.lineage.drawing import Drawing
from core.lineage.events import LARGEST, MLFLOW_RUN, READ, events_in, read
from core.lineage.graph import Graph, NodeKind
from core.lineage.intake import Intake
from core.lineage.known import Known
from core.store import StateStore
from core.store.lineage_events import Event, newest
from tests.fakes import FixedClock
from tests.openlineage_events import DWH, data, facet, run_event, sent, spark_write


def known_of(events: list[Event]) -> Known:
    """What a workspace knows that was told these events and nothing else."""
    said = newest(one for event in events for one in event.said)
    read_of = {True: [MLFLOW_RUN], False: READ}
    said = sorted(
        (one for one in said if one.name in read_of[one.kind == "run"]),
        key=lambda one: (one.kind, one.thing, one.name),
    )
    links = sorted({link for event in events for link in event.links})
    return Known(
        models=[], runs={}, monitors=[], traffic={}, facts={}, incidents=[], actions=[], approvals=[],
        retrains=[], validations=[], shared_names=frozenset(), said=said, links=links,
    )  # fmt: skip


def graph_of(*documents: dict[str, Any]) -> Graph:
    drawing = Drawing()
    told.draw(drawing, known_of([read(one) for one in documents]))
    return drawing.graph()


def same(one: Graph, other: Graph) -> bool:
    return one.nodes == other.nodes and one.edges == other.edges


PAYMENTS = f"source:{DWH}/warehouse.core.payments"


def findings(
    *assertions: tuple[str, bool], job: str = "check", at: str = "2026-11-01T10:05:00Z", **more: Any
) -> dict[str, Any]:
    """A job that asserted something of a column, by name."""
    found = [
        {"assertion": name, "success": success, "column": "amount", **more} for name, success in assertions
    ]
    payments = data(DWH, "warehouse.core.payments", dataQualityAssertions=facet("D", assertions=found))
    return run_event(job, ("n", job), at=at, inputs=[payments])


def test_columns_become_what_their_transformations_say() -> None:
    def made(name: str, *transformations: dict[str, Any]) -> dict[str, Any]:
        one = {"namespace": "n", "name": "a", "field": name, "transformations": [*transformations]}
        return {"inputFields": [one if transformations else {**one, "transformations": None}]}

    direct, mask = {"type": "DIRECT", "subtype": "AGGREGATION"}, {"type": "DIRECT", "masking": True}
    fields = {
        "told": made("told"),
        "same": made("same", {"type": "DIRECT", "subtype": "IDENTITY"}, {"type": "INDIRECT"}),
        "sum": made("sum", direct),
        "hidden": made("hidden", mask),
        "join": made("join", {"type": "INDIRECT", "subtype": "JOIN"}),
    }
    documented = facet("S", fields=[{"name": "told", "type": "text"}])
    output = data("n", "b", schema=documented, columnLineage=facet("C", fields=fields))
    graph = graph_of(run_event("r", ("n", "j"), outputs=[output]))
    assert graph.nodes["source:n/b"].facts["Columns"] == "told, hidden, join, same, sum", (
        "dbt's schemas hold what is documented, its column lineage all"
    )
    relations = {
        edge.target.rpartition("#")[2]: edge.relation
        for edge in graph.edges
        if edge.source.startswith("column:")
    }
    assert relations == {
        "told": "feeds",
        "same": "becomes",
        "sum": "is computed into",
        "hidden": "is masked into",
        "join": "decides",
    }


def test_a_job_reads_what_its_columns_come_from_though_it_names_no_input() -> None:
    fields = {"x": {"inputFields": [{"namespace": "n", "name": name, "field": "y"} for name in "ab"]}}
    output = data("n", "b", columnLineage=facet("C", fields=fields))
    assert {one.data for one in read(run_event("r", ("n", "j"), outputs=[output])).links} == {
        '["n","a"]',
        '["n","b"]',
    }
    told_alone = graph_of({"eventTime": "2026-11-01T00:00:00", "dataset": output})
    assert "source:n/b" in told_alone.downstream("source:n/a", hops=1), "where no job leads there"


def test_a_check_is_mended_by_a_later_one() -> None:
    mild = graph_of(findings(("not_null", False), severity="warn"))
    assert mild.nodes[PAYMENTS].health is Health.WATCH
    later = findings(("not_null", True), ("unique", True), at="2026-11-02T00:00:00Z")
    mended = graph_of(later, findings(("not_null", False)))
    assert mended.nodes[PAYMENTS].health is None
    assert mended.nodes[PAYMENTS].facts["Checks"] == "all 2 passed"


def test_checks_of_several_jobs_stand_beside_each_other_and_the_later_of_one_check_counts() -> None:
    first = findings(("not_null", False), ("unique", False), job="one")
    other = findings(("unique", True), job="other", at="2026-11-01T11:00:00Z")
    graph = graph_of(other, first)
    assert graph.nodes[PAYMENTS].detail == "1 of 2 checks failed: not_null(amount)"
    gone = findings(("unique", True), job="one", at="2026-11-01T12:00:00Z")
    assert graph_of(first, other, gone).nodes[PAYMENTS].facts["Checks"] == "all 1 passed"


def test_of_one_time_a_run_s_end_counts() -> None:
    for end in ("COMPLETE", "ABORT", "FAIL"):
        graph = graph_of(*(run_event("r", ("n", "j"), state=state) for state in (end, "START", "RUNNING")))
        assert graph.nodes["job:n/j"].facts["Last run"] == end.lower()


def test_a_path_and_its_table_are_one_data_set_by_their_symlink() -> None:
    reading = run_event("r", ("airflow", "report"), inputs=[data("hive://metastore:9083", "ml.train")])
    graph = graph_of(*spark_write(), reading)
    (node,) = (one for one in graph.nodes.values() if one.name == "ml.train")
    assert node.facts["Also known as"] == "hive://metastore:9083/ml.train, s3://lake/loans/train.parquet"
    assert node.facts["Rows"] == "4,000"
    assert "job:airflow/report" in graph.downstream(f"source:{DWH}/warehouse.features.spend")
    writing = next(one for one in graph.before(node.id) if one.kind is NodeKind.JOB)
    assert writing.facts["Last run"] == "complete"
    assert "job:spark/train_set" in graph.upstream(writing.id, hops=1)


def test_job_and_data_set_events_tell_without_a_run() -> None:
    job = {
        "eventTime": "2026-11-01T00:00:00.000000001+02:00",
        "producer": "p",
        "schemaURL": "s",
        "job": {"namespace": "n", "name": "static"},
        "inputs": [data("n", "a")],
        "outputs": [data("n", "b")],
    }
    only = {
        "eventTime": "2026-11-01T00:00:00",
        "dataset": data("n", "a", version=facet("V", datasetVersion="7")),
    }
    graph = graph_of(job, only)
    assert "source:n/b" in graph.downstream("source:n/a")
    assert graph.nodes["source:n/a"].facts["Version"] == "7"


def test_a_deleted_facet_is_gone_and_an_older_one_does_not_come_back() -> None:
    def told_at(at: str, **more: Any) -> dict[str, Any]:
        described = facet("D", description="old", **more)
        return {"eventTime": at, "dataset": data("n", "a", documentation=described)}

    new = told_at("2026-11-03T00:00:00Z", _deleted=True)
    graph = graph_of(new, told_at("2026-11-02T00:00:00Z"))
    assert "Description" not in graph.nodes["source:n/a"].facts


def test_unknown_facets_are_kept_with_what_is_merged() -> None:
    event = read(spark_write()[1])
    assert "spark.logicalPlan" in {one.name for one in event.said}
    assert "spark.logicalPlan" in event.document


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"eventTime": None}, "eventTime"),
        ({"eventTime": "yesterday"}, "eventTime"),
        ({"eventType": "DONE"}, "eventType"),
        ({"run": {}}, "run.runId"),
        ({"run": []}, "run"),
        ({"job": {"namespace": "n"}}, "job.name"),
        ({"job": {"namespace": "n", "name": 7}}, "job.name"),
        ({"inputs": {}}, ""),
        ({"inputs": 7}, "inputs"),
        ({"inputs": [{"namespace": "n"}]}, "inputs[0].name"),
        ({"outputs": ["x"]}, "outputs[0]"),
        ({"outputs": [{"namespace": "n", "name": "x", "facets": []}]}, "outputs[0].facets"),
        ({"job": None, "run": None}, "job.namespace"),
        ({"producer": "\ud800"}, "event"),
    ],
)
def test_a_bad_event_names_its_field(change: dict[str, Any], field: str) -> None:
    event = {**run_event("r", ("n", "j")), **change}
    if not field:
        read(event)
        return
    with pytest.raises(InvalidInput) as raised:
        read(event)
    assert field in {one.field for one in raised.value.problems}


def test_what_is_no_event_says_so() -> None:
    for document, field in (([], "event"), ({"eventTime": "2026-11-01"}, "event"), ("x", "event")):
        with pytest.raises(InvalidInput) as raised:
            read(document)
        assert {one.field for one in raised.value.problems} == {field}
    with pytest.raises(InvalidInput, match="larger than 8 MiB"):
        read({**run_event("r", ("n", "j")), "x": "y" * LARGEST})
    for body in (b"", b"{", b'{"a": NaN}', b"\xff", b"[" * 100_000):
        with pytest.raises(InvalidInput, match="is not JSON"):
            events_in(body)


# -------------------------------------------------------------------- any order, any number of times

NAMES = st.sampled_from("abc")
ASSERTIONS = st.builds(
    lambda success: facet("Q", assertions=[{"assertion": "unique", "success": success}]), st.booleans()
)
LINKED = st.builds(
    lambda name: facet("S", identifiers=[{"namespace": "n", "name": name, "type": "TABLE"}]), NAMES
)
FIELDS = st.builds(
    lambda name: facet("C", fields={"x": {"inputFields": [{"namespace": "n", "name": name, "field": "y"}]}}),
    NAMES,
)
DATA = st.builds(
    lambda name, facets: data("n", name, **facets),
    NAMES,
    st.fixed_dictionaries(
        {}, optional={"dataQualityAssertions": ASSERTIONS, "symlinks": LINKED, "columnLineage": FIELDS}
    ),
)
EVENTS = st.builds(
    lambda run, job, state, hour, inputs, outputs: run_event(
        run, ("n", job), state=state, at=f"2026-11-01T{hour:02}:00:00Z", inputs=inputs, outputs=outputs
    ),
    NAMES,
    NAMES,
    st.sampled_from(["START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER", None]),
    st.integers(0, 3),
    st.lists(DATA, max_size=2),
    st.lists(DATA, max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, max_size=8), st.randoms(use_true_random=False))
def test_the_graph_is_the_same_in_any_order_and_with_duplicates(
    events: list[dict[str, Any]], chance: random.Random
) -> None:
    again = [*events, *events[: len(events) // 2]]
    chance.shuffle(again)
    assert same(graph_of(*events), graph_of(*again))


@pytest.mark.slow
def test_ten_thousand_events_shuffled_and_doubled_give_the_graph_of_those_in_order() -> None:
    documents = [
        run_event(
            f"run-{number // 2}",
            ("etl", f"job-{number % 97}"),
            state="START" if number % 2 == 0 else ("FAIL" if number % 10 == 1 else "COMPLETE"),
            at=datetime.fromtimestamp(1_790_000_000 + number // 3, UTC).isoformat(),
            inputs=[data("n", f"table-{number % 131}")],
            outputs=[
                data("n", f"table-{(number * 7) % 131}", version=facet("V", datasetVersion=str(number)))
            ],
        )
        for number in range(10_000)
    ]
    events = [read(one) for one in documents]
    shuffled = [*events, *events[:2000]]
    random.Random(6).shuffle(shuffled)
    state = StateStore.open(None)
    table = state.lineage.events
    fresh = [table.add(shuffled[at : at + 3000], at=FixedClock().now()) for at in range(0, 12_000, 3000)]
    assert sum(fresh) == table.count() == 10_000
    drawings = Drawing(), Drawing()
    told.draw(drawings[0], replace(known_of([]), said=table.said(READ), links=table.links()))
    told.draw(drawings[1], known_of(events))
    stored, in_order = (one.graph() for one in drawings)
    assert len(stored.nodes) == 97 + 131
    assert same(stored, in_order)
    state.close()


# -------------------------------------------------------------------- taken in


def test_one_bad_event_does_not_cost_the_others_and_is_kept_with_its_reason() -> None:
    state = StateStore.open(None)
    intake = Intake(state, FixedClock())
    bad = {**run_event("r2", ("n", "j")), "eventTime": "soon"}
    good = sent("dbt", "warehouse.main_features.shop.spend", "COMPLETE")
    receipt = intake.take(json.dumps([good, bad, good]).encode())
    assert (receipt.accepted, receipt.duplicate, receipt.quarantined) == (1, 1, 1)
    assert receipt.reasons == {"eventTime": 1}
    (kept,) = state.lineage.events.refused()
    assert "'soon' is not a time" in kept.reason
    assert json.loads(kept.document) == bad
    with pytest.raises(InvalidInput, match="eventTime"):
        intake.take(json.dumps(bad).encode())
    assert intake.take(b"[]").accepted == 0
    assert len(state.lineage.events.refused()) == 1
    state.close()


def test_only_what_a_run_with_its_mlflow_run_did_is_read_with_its_run() -> None:
    state = StateStore.open(None)
    joined = run_event(
        "r1", ("n", "j"), inputs=[data("n", "a")], run_facets={MLFLOW_RUN: facet("M", runId="m")}
    )
    other = run_event("r2", ("n", "j"), inputs=[data("n", "b")])
    Intake(state, FixedClock()).take(json.dumps([joined, other]).encode())
    assert [one.run for one in state.lineage.events.links(runs=["r1"])] == ["r1"]
    assert {one.run for one in state.lineage.events.links()} == {""}
    state.close()

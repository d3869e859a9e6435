"""The graph as a value: what comes of what, what a text names, who is hit; and how it is written down."""

from datetime import UTC, datetime

import pytest

from core.errors import NotFound
from core.lineage import impact, written
from core.lineage.graph import LAYERS, Graph, LineageEdge, Node, NodeKind

KIND = {kind.value: kind for kind in NodeKind}


def node(identity: str, name: str | None = None, **more: object) -> Node:
    kind, _, rest = identity.partition(":")
    return Node(id=identity, kind=KIND[kind], name=name or rest, **more)


def edge(source: str, target: str) -> LineageEdge:
    return LineageEdge(source=source, target=target, relation="feeds")


@pytest.fixture
def graph() -> Graph:
    """Payments feed one column and a training set of two models; only credit is in production."""
    nodes = [
        node("source:pg/core.payments", "core.payments"),
        node("column:pg/core.payments#amount", "amount", facts={"Table": "core.payments"}),
        node("feature:local/credit/spend", "spend", model="credit"),
        node("dataset:train@abcdef123456", "train"),
        node("run:local/r1", "fit"),
        node("version:local/credit/1", "credit v1", model="credit", owner="risk"),
        node("version:local/fraud/4", "fraud v4", model="fraud"),
        node("alias:local/credit@champion", "champion", model="credit"),
        node("alias:local/fraud@challenger", "challenger", model="fraud"),
        node("decision:a", "Promote v1", model="credit", at=datetime(2026, 1, 2, tzinfo=UTC)),
        node("decision:b", "Roll back v1", model="credit", at=datetime(2026, 3, 2, tzinfo=UTC)),
        node("source:pg/core.unused", "core.unused"),
    ]
    edges = [
        edge("source:pg/core.payments", "column:pg/core.payments#amount"),
        edge("column:pg/core.payments#amount", "feature:local/credit/spend"),
        edge("feature:local/credit/spend", "version:local/credit/1"),
        edge("source:pg/core.payments", "dataset:train@abcdef123456"),
        edge("dataset:train@abcdef123456", "run:local/r1"),
        edge("run:local/r1", "version:local/credit/1"),
        edge("run:local/r1", "version:local/fraud/4"),
        edge("version:local/credit/1", "alias:local/credit@champion"),
        edge("version:local/fraud/4", "alias:local/fraud@challenger"),
        edge("version:local/credit/1", "decision:a"),
        edge("version:local/credit/1", "decision:b"),
        edge("version:local/credit/1", "monitor:gone"),
    ]
    return Graph(nodes, edges)


def test_every_kind_has_its_layer_and_a_link_to_nothing_is_left_out(graph: Graph) -> None:
    assert set(LAYERS) == set(NodeKind)
    assert all(one.target in graph.nodes for one in graph.edges)


def test_a_circle_is_followed_once() -> None:
    graph = Graph([node("run:a"), node("run:b")], [edge("run:a", "run:b"), edge("run:b", "run:a")])
    assert graph.downstream("run:a") == {"run:b"} == graph.upstream("run:a")


def test_so_many_links_and_no_more(graph: Graph) -> None:
    assert graph.upstream("version:local/credit/1", hops=1) == {"feature:local/credit/spend", "run:local/r1"}
    assert graph.downstream("source:pg/core.unused") == frozenset()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("core.payments", "source:pg/core.payments"),
        ("CORE.Payments", "source:pg/core.payments"),
        ("payments", "source:pg/core.payments"),
        ("pg/core.payments", "source:pg/core.payments"),
        ("payments.amount", "column:pg/core.payments#amount"),
        ("core.payments.amount", "column:pg/core.payments#amount"),
        ("train", "dataset:train@abcdef123456"),
        ("abcdef1", "dataset:train@abcdef123456"),
        ("train@abcdef123456", "dataset:train@abcdef123456"),
        ("spend", "feature:local/credit/spend"),
        ("dataset:train@abcdef123456", "dataset:train@abcdef123456"),
    ],
)
def test_what_a_text_names(graph: Graph, text: str, found: str) -> None:
    assert [one.id for one in impact.named(graph, text)] == [found]


@pytest.mark.parametrize("text", ["", "core", "abc", "credit v1"])
def test_what_is_called_by_nothing_is_not_found_and_says_what_there_is(graph: Graph, text: str) -> None:
    with pytest.raises(NotFound) as raised:
        impact.named(graph, text)
    assert "core.payments" in raised.value.hint


def test_only_what_runs_in_production_is_live(graph: Graph) -> None:
    within = impact.reached(graph, ["source:pg/core.payments"])
    assert "version:local/fraud/4" in within
    (touched,) = impact.live(graph, within)
    assert (touched.model, touched.alias) == ("credit", "champion")
    assert touched.version is not None
    assert touched.version.id == "version:local/credit/1"
    assert [one.id for one in touched.decisions] == ["decision:b", "decision:a"]
    assert impact.live(graph, impact.reached(graph, ["source:pg/core.unused"])) == []


def test_a_model_is_its_own_objects_and_what_they_came_from(graph: Graph) -> None:
    ours = impact.of_model(graph, "fraud").nodes
    assert set(ours) == {
        "source:pg/core.payments",
        "dataset:train@abcdef123456",
        "run:local/r1",
        "version:local/fraud/4",
        "alias:local/fraud@challenger",
    }
    begin = impact.start_of(graph, "credit")
    assert begin is not None
    assert begin.id == "version:local/credit/1"
    assert impact.start_of(graph, "nobody") is None
    assert not impact.of_model(graph, "nobody").nodes


def test_the_document_is_the_contracts(graph: Graph) -> None:
    made = written.document(graph, impact.live(graph, graph.nodes))
    assert {"id": "source:pg/core.payments", "kind": "source", "name": "core.payments"}.items() <= next(
        one for one in made["nodes"] if one["kind"] == "source"
    ).items()
    assert set(made["edges"][0]) == {"source", "target", "relation"}
    assert made["live"][0]["owner"] == "risk"


def test_names_cannot_end_their_label_in_a_diagram() -> None:
    evil = node("source:x", '"] --> n9; click n0 "javascript:alert(1)" \n <script>')
    made = written.mermaid(Graph([evil], []))
    assert made.count("\n") == 4
    label = made.splitlines()[2].removeprefix('    n0[("').removesuffix('")]')
    assert not set(label) & set('"[]()<>:\n')

"""Lineage written down for others: as plain JSON, and as a Mermaid diagram. Pure."""

from collections.abc import Sequence

from typing_extensions import TypedDict

from core.lineage.graph import Graph, Layer, NodeKind
from core.lineage.impact import Touched

_SHAPES: dict[NodeKind, tuple[str, str]] = {
    NodeKind.SOURCE: ("[(", ")]"),
    NodeKind.DATASET: ("[(", ")]"),
    NodeKind.RUN: ("[[", "]]"),
    NodeKind.JOB: ("[[", "]]"),
    NodeKind.VERSION: ("([", "])"),
    NodeKind.INCIDENT: ("{{", "}}"),
}
_LAYERS = {
    Layer.SOURCE: "Sources",
    Layer.FEATURE: "Features",
    Layer.DATASET: "Data sets",
    Layer.RUN: "Runs",
    Layer.VERSION: "Versions",
    Layer.SERVING: "Serving",
    Layer.WATCH: "Monitors and decisions",
}


class NodeObject(TypedDict):
    """A thing: its kind decides what its id is made of."""

    id: str
    kind: str
    name: str
    detail: str
    model: str | None
    owner: str | None
    facts: dict[str, str]


class EdgeObject(TypedDict):
    """A link from what comes first to what comes of it."""

    source: str
    target: str
    relation: str


class LiveObject(TypedDict):
    """A model in production that an object reaches."""

    model: str
    version: str | None
    alias: str | None
    owner: str | None
    decisions: list[str]


class LineageObject(TypedDict):
    """A graph, and the models in production in it."""

    nodes: list[NodeObject]
    edges: list[EdgeObject]
    live: list[LiveObject]


def document(graph: Graph, live: Sequence[Touched]) -> LineageObject:
    """Return a graph as plain objects, in the order of ids."""
    return LineageObject(
        nodes=[
            NodeObject(
                id=node.id,
                kind=node.kind.value,
                name=node.name,
                detail=node.detail,
                model=node.model,
                owner=node.owner,
                facts=dict(sorted(node.facts.items())),
            )
            for node in graph.nodes.values()
        ],
        edges=[
            EdgeObject(source=edge.source, target=edge.target, relation=edge.relation) for edge in graph.edges
        ],
        live=[
            LiveObject(
                model=one.model,
                version=None if one.version is None else one.version.id.rpartition("/")[2],
                alias=one.alias,
                owner=None if one.version is None else one.version.owner,
                decisions=[f"{each.name}: {each.detail}" for each in one.decisions],
            )
            for one in live
        ],
    )


def mermaid(graph: Graph) -> str:
    """Return a graph as a Mermaid flow chart, one group a layer.

    Names are whatever people and programs chose: every character that could end a label, begin markup or
    be read as Mermaid's own goes as its number.
    """
    short = {one: f"n{at}" for at, one in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for layer, title in _LAYERS.items():
        inside = [node for node in graph.nodes.values() if node.layer is layer]
        if not inside:
            continue
        lines.append(f'  subgraph l{layer.value}["{title}"]')
        for node in inside:
            opening, closing = _SHAPES.get(node.kind, ("[", "]"))
            lines.append(f'    {short[node.id]}{opening}"{escaped(node.name)}"{closing}')
        lines.append("  end")
    lines += [
        f'  {short[edge.source]} -->|"{escaped(edge.relation)}"| {short[edge.target]}' for edge in graph.edges
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Return a text that stands for itself in a quoted Mermaid label.

    Examples
    --------
    >>> escaped('a "b" <br>')
    'a #34;b#34; #60;br#62;'
    """
    return "".join(
        one if one.isalnum() or one in " .,-_/@" else f"#{ord(one)};" for one in " ".join(text.split())
    )

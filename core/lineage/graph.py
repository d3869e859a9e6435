"""The lineage graph: things in seven layers and the links between them. Pure."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import cached_property
from operator import attrgetter

from core.domain import Health


class Layer(IntEnum):
    """Where a thing stands between the rows that it came from and the decisions that came of it."""

    SOURCE = 0
    FEATURE = 1
    DATASET = 2
    RUN = 3
    VERSION = 4
    SERVING = 5
    WATCH = 6


class NodeKind(StrEnum):
    """What a node of the graph is."""

    SOURCE = "source"
    COLUMN = "column"
    FEATURE = "feature"
    FEATURE_VIEW = "feature_view"
    DATASET = "dataset"
    RUN = "run"
    JOB = "job"
    VERSION = "version"
    ALIAS = "alias"
    DEPLOYMENT = "deployment"
    MONITOR = "monitor"
    INCIDENT = "incident"
    AUDIT = "audit"
    APPROVAL = "approval"
    DECISION = "decision"


LAYERS: Mapping[NodeKind, Layer] = {
    NodeKind.SOURCE: Layer.SOURCE,
    NodeKind.COLUMN: Layer.SOURCE,
    NodeKind.FEATURE: Layer.FEATURE,
    NodeKind.FEATURE_VIEW: Layer.FEATURE,
    NodeKind.JOB: Layer.FEATURE,
    NodeKind.DATASET: Layer.DATASET,
    NodeKind.RUN: Layer.RUN,
    NodeKind.VERSION: Layer.VERSION,
    NodeKind.ALIAS: Layer.SERVING,
    NodeKind.DEPLOYMENT: Layer.SERVING,
    NodeKind.MONITOR: Layer.WATCH,
    NodeKind.INCIDENT: Layer.WATCH,
    NodeKind.AUDIT: Layer.WATCH,
    NodeKind.APPROVAL: Layer.WATCH,
    NodeKind.DECISION: Layer.WATCH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A thing in the graph.

    ``id`` is ``kind:`` and what names the thing for good, so that the same thing told by two sources is one
    node. ``model`` and ``owner`` say whose it is where that is known; ``health`` is None where the thing has
    none of its own. ``facts`` are what is known of it, each a name and a text. ``at`` is when it was decided
    or happened, where that is one moment.
    """

    id: str
    kind: NodeKind
    name: str
    detail: str = ""
    model: str | None = None
    owner: str | None = None
    health: Health | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None

    @property
    def layer(self) -> Layer:
        """Return the layer that the kind stands in."""
        return LAYERS[self.kind]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LineageEdge:
    """A link from what comes first to what comes of it, by node ids; ``relation`` is a verb."""

    source: str
    target: str
    relation: str


_ID = attrgetter("id")
_ENDS = attrgetter("source", "target", "relation")


class Graph:
    """Nodes and edges, each once; an edge whose end is missing is left out.

    Examples
    --------
    >>> nodes = [Node(id=f"source:{name}", kind=NodeKind.SOURCE, name=name) for name in "abc"]
    >>> edges = [LineageEdge(source="source:a", target="source:b", relation="feeds")]
    >>> Graph(nodes, edges).downstream("source:a")
    frozenset({'source:b'})
    """

    def __init__(self, nodes: Iterable[Node], edges: Iterable[LineageEdge]) -> None:
        self.nodes: Mapping[str, Node] = {node.id: node for node in sorted(nodes, key=_ID)}
        self.edges: Sequence[LineageEdge] = sorted(
            {edge for edge in edges if edge.source in self.nodes and edge.target in self.nodes},
            key=_ENDS,
        )

    @cached_property
    def _next(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for edge in self.edges:
            found.setdefault(edge.source, []).append(edge.target)
        return found

    @cached_property
    def _previous(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for edge in self.edges:
            found.setdefault(edge.target, []).append(edge.source)
        return found

    def downstream(self, start: str, *, hops: int | None = None) -> frozenset[str]:
        """Return what came of a node, without it; within so many links, or however far."""
        return _reached(start, self._next, hops)

    def upstream(self, start: str, *, hops: int | None = None) -> frozenset[str]:
        """Return what a node came from, without it; within so many links, or however far."""
        return _reached(start, self._previous, hops)

    def before(self, start: str) -> Sequence[Node]:
        """Return the nodes that a node comes from directly, in the order of their ids."""
        return [self.nodes[one] for one in self._previous.get(start, ())]

    def after(self, start: str) -> Sequence[Node]:
        """Return the nodes that come of a node directly, in the order of their ids."""
        return [self.nodes[one] for one in self._next.get(start, ())]

    def part(self, keep: Collection[str]) -> "Graph":
        """Return the graph of these nodes and the links between them."""
        kept = self.nodes.keys() & set(keep)
        part = Graph((), ())
        # Each is there once and in order: to sort and compare thousands anew would be most of the work.
        part.nodes = {one: node for one, node in self.nodes.items() if one in kept}
        part.edges = [one for one in self.edges if one.source in kept and one.target in kept]
        return part


def _reached(start: str, beside: Mapping[str, Sequence[str]], hops: int | None) -> frozenset[str]:
    distance = {start: 0}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if hops is not None and distance[here] >= hops:
            continue
        for other in beside.get(here, ()):
            if other not in distance:
                distance[other] = distance[here] + 1
                waiting.append(other)
    return frozenset(distance) - {start}

"""A graph while it is put together: who tells of a thing again adds what was not known of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from core.domain import Health
from core.lineage.graph import Graph, LineageEdge, Node, NodeKind


class Drawing:
    """Takes nodes and edges in; the first to tell of a node names it, later ones add facts."""

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._edges: set[LineageEdge] = set()

    def node(
        self,
        identity: str,
        kind: NodeKind,
        name: str,
        *,
        detail: str = "",
        model: str | None = None,
        owner: str | None = None,
        facts: Mapping[str, str | None] | None = None,
        at: datetime | None = None,
        health: Health | None = None,
    ) -> str:
        """Tell of a thing and return its id; facts that are None or empty are not known."""
        said = {key: text for key, text in (facts or {}).items() if text}
        known = self._nodes.get(identity)
        if known is None:
            self._nodes[identity] = Node(
                id=identity,
                kind=kind,
                name=name,
                detail=detail,
                model=model,
                owner=owner,
                facts=said,
                at=at,
                health=health,
            )
        else:
            self._nodes[identity] = replace(
                known,
                detail=known.detail or detail,
                model=known.model or model,
                owner=known.owner or owner,
                health=known.health or health,
                facts={**said, **known.facts},
            )
        return identity

    def edge(self, source: str, target: str, relation: str) -> None:
        """Say what comes of what; a thing does not come of itself."""
        if source != target:
            self._edges.add(LineageEdge(source=source, target=target, relation=relation))

    def has(self, identity: str) -> bool:
        """Tell whether a thing was told of."""
        return identity in self._nodes

    def of_kind(self, kind: NodeKind) -> list[str]:
        """Return the ids of the things of a kind that were told of so far."""
        return sorted(node.id for node in self._nodes.values() if node.kind is kind)

    def graph(self) -> Graph:
        """Return what was told."""
        return Graph(self._nodes.values(), self._edges)


def day(at: datetime | None) -> str | None:
    """Return a day in UTC, None of none.

    Examples
    --------
    >>> from datetime import UTC
    >>> day(datetime(2026, 11, 5, tzinfo=UTC))
    '5 Nov 2026'
    """
    return None if at is None else f"{at.day} {at:%b %Y}"


def number(n: int | None) -> str | None:
    """Return a count as people read it, None of none."""
    return None if n is None else f"{n:,}"

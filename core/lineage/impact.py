"""Who is hit if an object is wrong: what a text names, and the live models that it reaches. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from core.action import CHAMPION
from core.errors import NotFound
from core.lineage.graph import Graph, Node, NodeKind

ASKABLE = (NodeKind.SOURCE, NodeKind.COLUMN, NodeKind.FEATURE_VIEW, NodeKind.DATASET, NodeKind.JOB)
"""Kinds of objects that an impact query may name; features too, after these."""
_SHORTEST_DIGEST = 6
_MOST_SUGGESTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A live model that an object reaches: its name, the version that runs and how that is known.

    ``alias`` is champion where that alias is reached; ``decisions`` are those about the version, the newest
    first.
    """

    model: str
    version: Node | None
    alias: str | None
    decisions: Sequence[Node]


def named(graph: Graph, text: str) -> list[Node]:
    """Return the objects that a text names: by id, name, address, digest or table.column; the best first.

    A name without its schema finds a table that has one, where nothing is called just so.

    Raises
    ------
    NotFound
        Nothing is called so.
    """
    wanted = text.strip()
    if wanted in graph.nodes:
        return [graph.nodes[wanted]]
    low = wanted.casefold()
    askable = [node for node in graph.nodes.values() if node.kind in ASKABLE]
    features = [node for node in graph.nodes.values() if node.kind is NodeKind.FEATURE]
    for candidates, fits in (
        (askable, _is_called),
        (askable, _ends_with),
        (features, _is_called),
    ):
        found = [node for node in candidates if low and fits(node, low)]
        if found:
            return found
    known = sorted({node.name for node in askable if node.kind is not NodeKind.COLUMN})
    near = [name for name in known if low and (low in name.casefold() or name.casefold() in low)] or known
    hint = f"Known: {', '.join(near[:_MOST_SUGGESTED])}." if near else "No data set or source is known yet."
    raise NotFound("data set, source or column", text, hint=hint)


def _is_called(node: Node, low: str) -> bool:
    address = node.id.partition(":")[2].casefold()
    name, _, digest = address.rpartition("@") if node.kind is NodeKind.DATASET else (address, "", "")
    by_digest = bool(digest) and len(low) >= _SHORTEST_DIGEST and digest.startswith(low)
    return low in (node.name.casefold(), address, name, *_others(node)) or by_digest


def _ends_with(node: Node, low: str) -> bool:
    addresses = (node.name.casefold(), node.id.partition(":")[2].casefold(), *_others(node))
    return any(one.endswith((f"/{low}", f".{low}")) for one in addresses)


def _others(node: Node) -> list[str]:
    """Return what else a thing is called: a table's other addresses, a column with its table."""
    if node.kind is NodeKind.COLUMN:
        return [f"{node.facts.get('Table', '')}.{node.name}".casefold()]
    return node.facts.get("Also known as", "").casefold().split(", ")


def reached(graph: Graph, starts: Collection[str]) -> frozenset[str]:
    """Return the objects and all that came of any of them."""
    return frozenset(starts).union(*(graph.downstream(one) for one in starts))


def live(graph: Graph, within: Collection[str]) -> list[Touched]:
    """Return the models in production among objects, by name: their champion, or what answers, is there."""
    found: dict[str, Touched] = {}
    for node in sorted(_answering(graph, within), key=lambda one: (one.kind is not NodeKind.ALIAS, one.id)):
        if node.model is None or node.model in found:
            continue
        versions = [one for one in graph.before(node.id) if one.kind is NodeKind.VERSION]
        version = next((one for one in versions if one.id in within), next(iter(versions), None))
        found[node.model] = Touched(
            model=node.model,
            version=version,
            alias=CHAMPION if node.kind is NodeKind.ALIAS else None,
            decisions=[] if version is None else decisions(graph, version.id),
        )
    return [found[model] for model in sorted(found)]


def _answering(graph: Graph, within: Collection[str]) -> Iterator[Node]:
    for one in within:
        node = graph.nodes[one]
        is_champion = node.kind is NodeKind.ALIAS and node.name == CHAMPION
        if is_champion or node.kind is NodeKind.DEPLOYMENT:
            yield node


def decisions(graph: Graph, version: str) -> list[Node]:
    """Return what was decided about a version, the newest first."""
    found = [node for node in graph.after(version) if node.kind is NodeKind.DECISION]
    return sorted(
        found, key=lambda node: (node.at is None, -node.at.timestamp() if node.at else 0.0, node.id)
    )


def of_model(graph: Graph, model: str) -> Graph:
    """Return a model's own objects, and all that its versions came from."""
    own = {node.id for node in graph.nodes.values() if node.model == model}
    if not own:
        return Graph((), ())
    versions = [one for one in own if graph.nodes[one].kind in (NodeKind.VERSION, NodeKind.MONITOR)]
    return graph.part(own.union(*(graph.upstream(one) for one in versions)))


def start_of(graph: Graph, model: str) -> Node | None:
    """Return where to begin with a model: its champion, its newest version, its monitor; None without any."""
    own = [node for node in graph.nodes.values() if node.model == model]
    champion = next((one for one in own if one.kind is NodeKind.ALIAS and one.name == CHAMPION), None)
    if champion is not None:
        return next(iter(graph.before(champion.id)), champion)
    answering = next((one for one in own if one.kind is NodeKind.DEPLOYMENT), None)
    if answering is not None:
        running = [one for one in graph.before(answering.id) if one.kind is NodeKind.VERSION]
        return next(iter(running), answering)
    versions = [one for one in own if one.kind is NodeKind.VERSION]
    if versions:
        return max(versions, key=lambda one: (len(one.id), one.id))
    return next((one for one in own if one.kind is NodeKind.MONITOR), None)

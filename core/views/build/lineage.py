"""The Lineage view: cards and links around what is looked at, and whom it concerns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from core.domain import Health
from core.errors import NotFound
from core.lineage import desk, impact
from core.lineage.graph import Graph, Layer, Node, NodeKind
from core.store import Cursor, StateStore
from core.views.build.lines import Line, by_model, lines_of
from core.views.fleet import FleetScope
from core.views.lineage import BlastRadius, LineageCard, LineageLink, LineageScope, LineageView, TouchedModel
from core.views.words import count

MOST_CARDS = 600
MOST_CHOICES = 500
MOST_DECISIONS = 3
MOST_BROKEN = 10
_CHOICES = (NodeKind.SOURCE, NodeKind.FEATURE_VIEW, NodeKind.DATASET)
_WORST_FIRST = {Health.CRITICAL: 0, Health.WATCH: 1, Health.HEALTHY: 2, Health.UNKNOWN: 3, None: 4}
_OF_THE_MODEL = (NodeKind.VERSION, NodeKind.ALIAS, NodeKind.DEPLOYMENT, NodeKind.MONITOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What is looked at: the object, all that an impact query named, and the graph it is counted in."""

    focus: Node
    starts: Sequence[Node]
    whole: Graph
    name: str | None


class _Lost(Exception):
    """There is nothing to draw; the arguments are a title and a text."""


def build_lineage(
    cursor: Cursor, state: StateStore, graph: Graph, scope: LineageScope, *, now: datetime
) -> LineageView:
    """Return what the Lineage page shows.

    Parameters
    ----------
    graph
        Of the whole workspace.
    scope
        Of which model, around which object, or what an impact query names. What is not known is no error:
        the view says so, and what is.
    """
    fleet = _Fleet(cursor, state)
    try:
        looked = _look(graph, scope)
    except _Lost as lost:
        title, text = lost.args
        return replace(_view(graph, scope, now, empty=(title, text)), broken=_broken(graph, fleet))
    kept = _around(graph, looked, None if scope.hops == 0 else scope.hops)
    cards = tuple(sorted((_card(graph, one, fleet) for one in kept.nodes.values()), key=_order))
    links = tuple(LineageLink(source=e.source, target=e.target, relation=e.relation) for e in kept.edges)
    return _view(
        graph, scope, now, looked=looked, cards=cards, links=links, radius=_radius(graph, looked, fleet)
    )


def _view(
    graph: Graph,
    scope: LineageScope,
    now: datetime,
    *,
    looked: _Looked | None = None,
    cards: tuple[LineageCard, ...] = (),
    links: tuple[LineageLink, ...] = (),
    radius: BlastRadius | None = None,
    empty: tuple[str, str] = ("", ""),
) -> LineageView:
    whole = graph if looked is None else looked.whole
    return LineageView(
        at=now,
        name=scope.model if looked is None else looked.name,
        models=tuple(sorted({node.model for node in graph.nodes.values() if node.model})),
        cards=cards,
        links=links,
        focus=None if looked is None else looked.focus.id,
        radius=radius,
        choices=_choices(graph),
        n_objects=len(whole.nodes),
        n_links=len(whole.edges),
        signature=sha256(repr((cards, links)).encode()).hexdigest()[:16],
        empty_title=empty[0],
        empty_text=empty[1],
    )


# -------------------------------------------------------------------- what is looked at


def _look(graph: Graph, scope: LineageScope) -> _Looked:
    if not graph.nodes:
        raise _Lost("No lineage yet", "It grows from registered models, monitors and OpenLineage events.")
    if scope.impact:
        try:
            starts = impact.named(graph, scope.impact)
        except NotFound as error:
            raise _Lost(f"{error.message}.", error.hint or "") from None
        focus = graph.nodes.get(scope.focus or "", starts[0])
        return _Looked(focus=focus, starts=starts, whole=_trace(graph, starts), name=scope.impact)
    if scope.model is not None:
        return _of_model(graph, scope.model, scope.focus)
    if scope.focus is None:
        raise _Lost("Nothing is chosen", "Choose a model, or a source or data set that you want to follow.")
    found = graph.nodes.get(scope.focus)
    if found is None:
        raise _Lost("That object is not known", "It may be gone, or the link is of another workspace.")
    return _Looked(focus=found, starts=[found], whole=_trace(graph, [found]), name=found.name)


def _of_model(graph: Graph, model: str, focus: str | None) -> _Looked:
    try:
        called = desk.called(graph, model)
    except NotFound:
        text = "Choose one of those that are registered or monitored."
        raise _Lost(f"No model is called {model}", text) from None
    whole = impact.of_model(graph, called)
    start = graph.nodes.get(focus or "") or impact.start_of(graph, called)
    if start is None:
        raise _Lost(f"{called} has no version yet", "Register one, or watch it: its lineage begins there.")
    return _Looked(focus=start, starts=[start], whole=whole, name=called)


def _trace(graph: Graph, starts: Sequence[Node]) -> Graph:
    ids = {one.id for one in starts}
    return graph.part(ids.union(*(graph.upstream(one) | graph.downstream(one) for one in ids)))


def _around(graph: Graph, looked: _Looked, hops: int | None) -> Graph:
    """Return what is drawn: so many links from the object, fewer where that would be more than can be."""
    kept = _within(graph, looked.focus.id, hops)
    if hops is None and looked.whole.nodes.keys() > kept and len(looked.whole.nodes) <= MOST_CARDS:
        kept = frozenset(looked.whole.nodes)
    nearer = 1
    if len(kept) > MOST_CARDS:
        kept = _within(graph, looked.focus.id, nearer)
        while len(further := _within(graph, looked.focus.id, nearer + 1)) <= MOST_CARDS and further != kept:
            kept, nearer = further, nearer + 1
    return graph.part([looked.focus.id, *sorted(kept - {looked.focus.id})[: MOST_CARDS - 1]])


def _within(graph: Graph, focus: str, hops: int | None) -> frozenset[str]:
    return graph.upstream(focus, hops=hops) | graph.downstream(focus, hops=hops) | {focus}


@lru_cache(maxsize=1)
def _choices(graph: Graph) -> tuple[tuple[str, str], ...]:
    found = [node for node in graph.nodes.values() if node.kind in _CHOICES]
    several = Counter(node.name for node in found)
    named = [
        (node.id, node.name if several[node.name] == 1 else f"{node.name} ({_told_apart(node)})")
        for node in found
    ]
    return tuple(sorted(named, key=lambda one: (one[1].casefold(), one[0]))[:MOST_CHOICES])


def _told_apart(node: Node) -> str:
    return node.facts.get("Digest", node.id.partition(":")[2])


def _broken(graph: Graph, fleet: "_Fleet") -> tuple[LineageCard, ...]:
    """Return what may be behind the trouble of models: data whose own checks failed."""
    failed = (Health.CRITICAL, Health.WATCH)
    found = [one for one in graph.nodes.values() if one.kind in _CHOICES and one.health in failed]
    cards = sorted((_card(graph, one, fleet) for one in found), key=lambda one: _WORST_FIRST[one.health])
    return tuple(cards[:MOST_BROKEN])


# -------------------------------------------------------------------- cards


class _Fleet:
    """How each model does, by the name that links have."""

    def __init__(self, cursor: Cursor, state: StateStore) -> None:
        self._trouble = by_model(state.incidents())
        lines, _ = lines_of(cursor, self._trouble, FleetScope())
        self._lines: dict[str, Line] = {}
        for line in lines:
            self._lines.setdefault(line.name, line)
            self._lines[f"{line.registry}/{line.name}"] = line

    def line(self, model: str) -> Line | None:
        """Return a model's line of the fleet, None of one that is gone."""
        return self._lines.get(model)

    def health(self, model: str) -> Health:
        """Return how a model does."""
        line = self._lines.get(model)
        return Health.UNKNOWN if line is None else Health(line.status)

    def why(self, model: str) -> str:
        """Return why it does so."""
        line = self._lines.get(model)
        return "" if line is None else line.why(self._trouble)

    def owner(self, model: str | None) -> str | None:
        """Return who owns it, None where nobody says so."""
        line = None if model is None else self._lines.get(model)
        return None if line is None else line.owner


def _card(graph: Graph, node: Node, fleet: _Fleet) -> LineageCard:
    return LineageCard(
        id=node.id,
        kind=node.kind.value,
        layer=int(_layer(graph, node)),
        name=node.name,
        detail=node.detail,
        model=node.model,
        owner=node.owner or fleet.owner(node.model),
        health=_health(graph, node, fleet),
        facts=tuple(sorted(node.facts.items())),
    )


def _layer(graph: Graph, node: Node) -> Layer:
    """Return where a thing stands; a column stands where its table does."""
    tables = graph.before(node.id) if node.kind is NodeKind.COLUMN else ()
    return next((one.layer for one in tables if one.kind is NodeKind.FEATURE_VIEW), node.layer)


def _health(graph: Graph, node: Node, fleet: _Fleet) -> Health | None:
    """Return a thing's state: its own, or the model's for what answers in its name."""
    if node.health is not None or node.model is None or node.kind not in _OF_THE_MODEL:
        return node.health
    if node.kind is NodeKind.VERSION and not any(
        one.kind in (NodeKind.ALIAS, NodeKind.DEPLOYMENT) for one in graph.after(node.id)
    ):
        # An earlier version is nobody's any more: how the model does now says nothing of it.
        return None
    return fleet.health(node.model)


def _order(card: LineageCard) -> tuple[int, int, str, str]:
    return card.layer, _WORST_FIRST[card.health], card.name, card.id


# -------------------------------------------------------------------- whom it concerns


def _radius(graph: Graph, looked: _Looked, fleet: _Fleet) -> BlastRadius:
    starts = [one.id for one in looked.starts]
    within = impact.reached(graph, starts)
    touched = tuple(_touched(one, fleet) for one in impact.live(graph, within))
    name = looked.starts[0].name if len(starts) == 1 else looked.name or ""
    return BlastRadius(
        about=looked.focus.id,
        name=name,
        sentence=told(name, len(within) - len(starts), [one.model for one in touched]),
        live=tuple(sorted(touched, key=lambda one: (_WORST_FIRST[one.health], one.model))),
        n_reached=len(within) - len(starts),
    )


def told(name: str, n_reached: int, models: Sequence[str]) -> str:
    """Return what an object reaches, in one sentence.

    Examples
    --------
    >>> told("core.payments", 12, ["credit", "fraud"])
    'core.payments reaches 12 objects, among them 2 live models: credit, fraud.'
    >>> told("scratch.csv", 0, [])
    'Nothing that is known came of scratch.csv.'
    """
    if not n_reached and not models:
        return f"Nothing that is known came of {name}."
    reach = f"{name} reaches {count(n_reached, 'object')}"
    if not models:
        return f"{reach}, no live model among them."
    return f"{reach}, among them {count(len(models), 'live model')}: {', '.join(models)}."


def _touched(one: impact.Touched, fleet: _Fleet) -> TouchedModel:
    line = fleet.line(one.model)
    return TouchedModel(
        model=one.model,
        version=None if one.version is None else one.version.id.rpartition("/")[2],
        alias=one.alias,
        health=fleet.health(one.model),
        why=fleet.why(one.model),
        owner=None if line is None else line.owner,
        risk=None if line is None else line.risk,
        decisions=tuple(_decision(each) for each in one.decisions[:MOST_DECISIONS]),
    )


def _decision(node: Node) -> str:
    approved = node.facts.get("Approved by")
    return f"{node.name}: {node.detail}" + (f", approved by {approved}" if approved else "")

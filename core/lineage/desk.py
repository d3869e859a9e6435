"""The lineage chapter of the facade: the graph as it is now, and the runs that it is made of."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from core.errors import NotFound
from core.lineage import decided, known, registered, told, watched
from core.lineage import impact as hits
from core.lineage.drawing import Drawing
from core.lineage.experiments import Experiments
from core.lineage.graph import Graph
from core.lineage.intake import Intake
from core.lineage.runs import Runs, SeenRuns
from core.ports import Clock, Registry, RunRecord
from core.store import AnalyticsStore, Cursor, StateStore

_REST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A part of the graph, and the models in production in it."""

    graph: Graph
    live: Sequence[hits.Touched]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The graph of the workspace, the runs behind it, and the stamp of what both were made of."""

    stamp: object
    graph: Graph
    runs: Mapping[tuple[str, str], RunRecord]


class Lineage:
    """Knows the graph of all that the workspace knows; it is made anew only when something changed.

    Whoever asks gets it as the stores are then. ``keep_ready`` makes it anew before anybody asks.

    Parameters
    ----------
    store, state
        Where it is all kept.
    registries
        Short name → registry; asked for runs in the background alone.
    clock
        Tells the time.
    """

    def __init__(
        self, *, store: AnalyticsStore, state: StateStore, registries: Mapping[str, Registry], clock: Clock
    ) -> None:
        self._store, self._state = store, state
        self._drawing = Lock()
        self._drawn: Drawn | None = None
        self._rests_until = 0.0
        self._seen = SeenRuns(state)
        self.intake = Intake(state, clock)
        self.runs = Runs(store=store, state=state, registries=registries, clock=clock)
        self.experiments = Experiments(store=store, state=state, registries=registries, clock=clock)

    def drawn(self, cursor: Cursor) -> Drawn:
        """Return the graph as the stores are now: one that was made before, where nothing changed since."""
        stamp = known.stamp(cursor, self._state)
        with self._drawing:
            if self._drawn is None or self._drawn.stamp != stamp:
                self._drawn = draw(cursor, self._state, self._seen.now(), stamp)
            return self._drawn

    def keep_ready(self) -> None:
        """Make the graph anew if something changed, so that the next who asks need not wait for it.

        Where much changes all the time, a fifth of the time goes into this at most.
        """
        started = time.monotonic()
        if started < self._rests_until:
            return
        before = self._drawn
        with self._store.reading() as cursor:
            if self.drawn(cursor) is not before:
                self._rests_until = started + _REST * (time.monotonic() - started)

    def graph(self, cursor: Cursor) -> Graph:
        """Return the graph as the stores are now."""
        return self.drawn(cursor).graph

    def asked(self, model: str | None = None, impact: str | None = None) -> Answer:
        """Return the graph of a model, of what an object reaches, or of everything; and what is live in it.

        Of an object and a model, what lies between the two.

        Raises
        ------
        NotFound
            There is no such model, or nothing is called what ``impact`` names.
        """
        with self._store.reading() as cursor:
            whole = self.graph(cursor)
        graph = whole if model is None else hits.of_model(whole, called(whole, model))
        if impact is None:
            return Answer(graph=graph, live=hits.live(whole, graph.nodes))
        starts = [one.id for one in hits.named(whole, impact)]
        within = hits.reached(whole, starts)
        if model is None:
            return Answer(graph=whole.part(within), live=hits.live(whole, within))
        # What comes of it and leads to the model: nothing else of the model is hit.
        own = {one.id for one in graph.nodes.values() if one.model == called(whole, model)}
        hit = {one for one in within & graph.nodes.keys() if one in own or graph.downstream(one) & own}
        return Answer(graph=whole.part(hit.union(starts)), live=hits.live(whole, hit & own))


def called(graph: Graph, model: str) -> str:
    """Return the name that the graph has for a model, bare or registry first; raises ``NotFound``."""
    known = {node.model for node in graph.nodes.values() if node.model}
    for name in (model, model.rpartition("/")[2]):
        if name in known:
            return name
    raise NotFound("model", model, hint=f"Known: {', '.join(sorted(known)[:5])}." if known else "")


def draw(
    cursor: Cursor, state: StateStore, runs: Mapping[tuple[str, str], RunRecord], stamp: object
) -> Drawn:
    """Draw the graph of all that both stores know, now; ``runs`` by registry and id."""
    found, drawing = known.read(cursor, state, runs), Drawing()
    registered.draw(drawing, found)
    watched.draw(drawing, found)
    decided.draw(drawing, found)
    told.draw(drawing, found)
    return Drawn(stamp=stamp, graph=drawing.graph(), runs=found.runs)

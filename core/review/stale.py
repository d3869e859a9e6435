"""How the evidence of models stands, for agendas and figures; remembered, for it takes long to look up."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from core.errors import TrimtabError
from core.ledger import Ledger
from core.ports import Clock
from core.review.agenda import Stale
from core.store import StateStore
from core.views.governance import EvidenceItem, EvidenceView, ItemState
from core.views.words import count

View = Callable[[str], EvidenceView]
KEPT = timedelta(minutes=10)
"""What was looked up stands so long, unless the ledger is told anything of the model: items age by days."""


class Standing:
    """Says how evidence stands, model by model. Safe between threads.

    Parameters
    ----------
    view
        Returns a model's evidence by the packs that concern it.
    state, ledger, clock
        Which models there are, what was recorded of each, and when it is.
    """

    def __init__(self, view: View, *, state: StateStore, ledger: Ledger, clock: Clock) -> None:
        self._view = view
        self._state = state
        self._ledger = ledger
        self._clock = clock
        self._known: dict[str, tuple[int, datetime, tuple[EvidenceItem, ...]]] = {}

    def stale(self) -> Sequence[Stale]:
        """Return one note for each monitored model with stale items; one that cannot be asked has none."""
        found = []
        for monitor in self._state.list_monitors():
            if monitor.retired_at is not None:
                continue
            items = [one for one in self._items(monitor.name) if one.state is ItemState.STALE]
            if items:
                listed = "; ".join(f"{one.title} ({one.why.rstrip('.')})" for one in items[:3])
                more = f", and {len(items) - 3} more" if len(items) > 3 else ""
                told = f"{count(len(items), 'item')} of its evidence went stale: {listed}{more}."
                found.append(Stale(model=monitor.spec.model, item=items[0].item, sentence=told))
        return found

    def documented(self, name: str) -> bool | None:
        """Tell whether nothing of a model's evidence is missing or stale; None where none is asked for."""
        items = self._items(name)
        if not items:
            return None
        return all(one.state not in (ItemState.MISSING, ItemState.STALE) for one in items)

    def _items(self, name: str) -> tuple[EvidenceItem, ...]:
        newest, now = self._newest(name), self._clock.now()
        seq, at, items = self._known.get(name, (-1, now, ()))
        if seq != newest or not timedelta(0) <= now - at < KEPT:
            items = self._look(name)
            self._known[name] = (newest, now, items)
        return items

    def _look(self, name: str) -> tuple[EvidenceItem, ...]:
        try:
            return self._view(name).items
        except TrimtabError:
            return ()

    def _newest(self, name: str) -> int:
        told = self._ledger.records(model=name, limit=1)
        return told[-1].entry.seq if told else 0

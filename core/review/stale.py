"""Evidence that no longer holds, as the chapter on evidence keeps it."""

from collections.abc import Callable, Sequence

from core.errors import TrimtabError
from core.review.agenda import Stale
from core.store import StateStore
from core.views.governance import EvidenceItem, EvidenceView, ItemState
from core.views.words import count

View = Callable[[str], EvidenceView]


def stale(state: StateStore, view: View) -> Sequence[Stale]:
    """Return one note for each monitored model with stale items; a model that cannot be asked has none."""
    found = []
    for monitor in state.list_monitors():
        if monitor.retired_at is not None:
            continue
        items = [one for one in _items(monitor.name, view) if one.state is ItemState.STALE]
        if items:
            listed = "; ".join(f"{one.title} ({one.why.rstrip('.')})" for one in items[:3])
            more = f", and {len(items) - 3} more" if len(items) > 3 else ""
            told = f"{count(len(items), 'item')} of its evidence went stale: {listed}{more}."
            found.append(Stale(model=monitor.spec.model, item=items[0].item, sentence=told))
    return found


def documented(name: str, view: View) -> bool | None:
    """Tell whether nothing of a model's evidence is missing or stale; None where none is asked for."""
    items = _items(name, view)
    if not items:
        return None
    return all(one.state not in (ItemState.MISSING, ItemState.STALE) for one in items)


def _items(name: str, view: View) -> tuple[EvidenceItem, ...]:
    try:
        return view(name).items
    except TrimtabError:
        return ()

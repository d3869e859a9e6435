"""One at a time under the same key, as a double click sends its requests."""

import threading
from contextlib import AbstractContextManager, nullcontext
from weakref import WeakValueDictionary

from core.action import Action, ActionKind
from core.errors import Conflict


class OneAtATime:
    """Locks by key, each there as long as somebody holds or waits for it. Safe between threads."""

    def __init__(self) -> None:
        self._door = threading.Lock()
        self._keys: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()

    def under(self, key: str | None) -> AbstractContextManager[object]:
        """Wait until nobody else is at work under the key; without one nobody waits."""
        if key is None:
            return nullcontext()
        with self._door:
            return self._keys.setdefault(key, threading.Lock())


def again(known: Action, kind: ActionKind, model: str) -> Action:
    """Return what was asked for under a key before, where that was of this kind and model.

    Raises
    ------
    Conflict
        It was not: whoever asks must not take the other's receipt for theirs.
    """
    if kind is not known.kind or model not in (known.model, known.name):
        hint = "Send each request under a key of its own."
        raise Conflict(f"The idempotency key was used for another request, action {known.id}", hint=hint)
    return known

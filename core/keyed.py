"""One at a time under the same key: two requests for one thing wait for each other, and for nothing else."""

import threading
from contextlib import AbstractContextManager, nullcontext
from weakref import WeakValueDictionary


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

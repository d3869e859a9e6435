"""When no work may be prepared: who erases persons waits for what is being written, and stops the rest."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core.errors import Unavailable

PATIENCE_S = 10.0


class Pause:
    """Many prepare beside each other; one who holds waits for them, and they wait for that one.

    Parameters
    ----------
    patience_s
        How long who wants to prepare waits.
    """

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._changed = threading.Condition()
        self._n_preparing = 0
        self._held = False

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Prepare something; raises ``Unavailable`` where it is held for longer than one waits."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._held, self._patience_s):
                hint = "Ask again when it is done; nothing was begun."
                raise Unavailable("New work", "persons are being erased", hint=hint)
            self._n_preparing += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_preparing -= 1
                self._changed.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait until nothing is being prepared, and let nothing begin until the block ends."""
        with self._changed:
            self._changed.wait_for(lambda: not self._held)
            self._held = True
            self._changed.wait_for(lambda: not self._n_preparing)
        try:
            yield
        finally:
            with self._changed:
                self._held = False
                self._changed.notify_all()

"""The registries read again and again: into the mirror, and into the ledger what moved past Trimtab."""

import time
from collections.abc import Callable, Mapping

from core.actions.desk import ActionDesk
from core.ports import Clock, Registry
from core.store import AnalyticsStore, registry_mirror

_SHARE = 4
"""A registry that takes long to read is left alone for so many times as long as its reading took."""


class Mirroring:
    """Keeps the mirror equal to the registries.

    A registry that can say that nothing changed is not read; one that is slow is read less often, so that
    watching it is no burden on it.

    Parameters
    ----------
    store
        Holds the mirror.
    registries
        Short name → registry.
    desk
        Puts on record what aliases show that no action made them show.
    clock
        Tells the time.
    seconds
        Measures spans.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        registries: Mapping[str, Registry],
        desk: ActionDesk,
        clock: Clock,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._registries = registries
        self._desk = desk
        self._clock = clock
        self._seconds = seconds
        self._last: dict[str, str] = {}
        self._not_before: dict[str, float] = {}

    def refresh(self, *, at_once: bool = True) -> None:
        """Read every registry; one that does not answer is noted in the mirror.

        Parameters
        ----------
        at_once
            Read those too that seem unchanged, or were read a moment ago.
        """
        for registry in self._registries.values():
            state = registry.state()
            if not at_once and (
                self._seconds() < self._not_before.get(registry.name, 0.0)
                or (state is not None and state == self._last.get(registry.name))
            ):
                continue
            self._read(registry, state)

    def _read(self, registry: Registry, state: str | None) -> None:
        begun = self._seconds()
        recorded = self._desk.recorded(registry.name)
        seen = registry_mirror.look(registry)
        self._not_before[registry.name] = self._seconds() + _SHARE * (self._seconds() - begun)
        registry_mirror.keep(self._store, registry, seen, now=self._clock.now())
        if seen.error is not None:
            self._last.pop(registry.name, None)
            return
        self._desk.take_in(registry.name, seen.models, recorded, whole=True)
        if state is not None:
            self._last[registry.name] = state

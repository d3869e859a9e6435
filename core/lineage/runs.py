"""Runs of registered versions, read once each beside all else, so that no page waits for a registry."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from core.errors import TrimtabError
from core.ports import Clock, Registry, RunRecord
from core.store import AnalyticsStore, StateStore, registry_mirror
from core.store.run_mirror import RunKey

AT_ONCE = 50
"""Runs that are put on record in one transaction."""
OVERLAP = timedelta(minutes=1)
"""What was read so long before the newest is read from the store again: writers may commit out of order."""
_log = logging.getLogger("trimtab.lineage")


class Runs:
    """Reads into the mirror what was logged with the runs of versions, and with those they are part of.

    Parameters
    ----------
    store, state
        Where the registries' mirror is, and the runs'.
    registries
        Short name → registry.
    clock
        Tells the time.
    """

    def __init__(
        self,
        *,
        store: AnalyticsStore,
        state: StateStore,
        registries: Mapping[str, Registry],
        clock: Clock,
    ) -> None:
        self._store = store
        self._state = state
        self._registries = registries
        self._clock = clock
        self._gone: set[RunKey] = set()
        self._looked_at: object = None

    def take(self) -> None:
        """Read every run that is not known, or had not ended when it was read.

        A registry that does not answer is asked again the next time.
        """
        with self._store.reading() as cursor:
            readings = [(one.registry, one.refreshed_at) for one in registry_mirror.readings(cursor)]
            if readings == self._looked_at:
                return
            mirrored = registry_mirror.models(cursor)
        table = self._state.lineage.runs
        known = table.keys(ended=True) | self._gone
        wanted = dict.fromkeys(
            (model.registry, version.run_id)
            for model in mirrored
            for version in model.versions
            if version.run_id and model.registry in self._registries
        )
        missing = [key for key in wanted if key not in known]
        whole = True
        read: list[RunRecord] = []
        for key in missing:
            try:
                read += self._with_parents(key, known)
            except TrimtabError as error:
                _log.warning("lineage.run_failed registry=%s run=%s cause=%s", *key, error)
                whole = False
            if len(read) >= AT_ONCE:
                table.put(_once(read), at=self._clock.now())
                read = []
        table.put(_once(read), at=self._clock.now())
        if whole:
            self._looked_at = readings

    def _with_parents(self, key: RunKey, known: frozenset[RunKey] | set[RunKey]) -> Iterator[RunRecord]:
        registry, run_id = key
        seen = set[str]()
        following: str | None = run_id
        while following is not None and following not in seen and (registry, following) not in known:
            seen.add(following)
            found = self._registries[registry].run(following)
            if found is None:
                self._gone.add((registry, following))
                return
            yield found
            following = found.parent


class SeenRuns:
    """Runs as they were last read, kept in memory: of the store only what was read since is read again.

    Parameters
    ----------
    state
        Holds them.
    """

    def __init__(self, state: StateStore) -> None:
        self._table = state.lineage.runs
        self._stamp: tuple[int, datetime | None] = (0, None)
        self._runs: dict[RunKey, RunRecord] = {}

    def now(self) -> Mapping[RunKey, RunRecord]:
        """Return all runs as the store has them now; what was returned before stays as it was."""
        stamp = self._table.stamp()
        if stamp != self._stamp:
            last = self._stamp[1]
            newer = self._table.every(read_since=None if last is None else last - OVERLAP)
            found = self._runs | {(one.registry, one.run_id): one for one in newer}
            if len(found) != stamp[0]:
                found = {(one.registry, one.run_id): one for one in self._table.every()}
            self._stamp, self._runs = stamp, found
        return self._runs


def _once(records: list[RunRecord]) -> list[RunRecord]:
    """Return each run once: several may be part of one."""
    return list({(one.registry, one.run_id): one for one in records}.values())

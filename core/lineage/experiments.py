"""Runs of the experiments that hold versions, and the versions' environments, read in the background.

A version's own run is read by :mod:`core.lineage.runs`; here come those that were tried beside it. Each
experiment is read once whole, as far back as :data:`MOST_RUNS`, and after that only what began since.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.errors import NotFound, TrimtabError
from core.ports import Clock, Environment, Registry
from core.store import AnalyticsStore, StateStore, registry_mirror
from core.store.environments import VersionKey

MOST_RUNS = 500
"""Runs of one experiment that are kept, the newest when it is first read; versions' runs always."""
AT_ONCE = 20
"""Experiments, and environments, that are read for the first time in one turn."""
PATIENCE = timedelta(days=7)
"""How long a run that has not ended is looked at again."""
_TOGETHER = 100
_log = logging.getLogger("trimtab.lineage")
_Experiment = tuple[str, str]


class Experiments:
    """Reads into the mirror what was tried beside versions, and what versions' files ask for.

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
        self._whole: dict[_Experiment, datetime] = {}

    def take(self) -> None:
        """Read what is new; a registry that does not answer is asked again the next time."""
        self._take_environments()
        found = [
            one
            for one in self._state.lineage.runs.of_versions(self._versions())
            if one[0] in self._registries
        ]
        for experiment in [one for one in found if one not in self._whole][:AT_ONCE]:
            # The time before it is asked: what begins meanwhile is found the next time.
            now = self._clock.now()
            if self._read(experiment[0], [experiment[1]], since=None) is not None:
                self._whole[experiment] = now
        self._take_new()

    def _take_new(self) -> None:
        by_registry: dict[str, list[str]] = defaultdict(list)
        for registry, experiment in self._whole:
            by_registry[registry].append(experiment)
        for registry, experiments in by_registry.items():
            for first in range(0, len(experiments), _TOGETHER):
                some = experiments[first : first + _TOGETHER]
                now = self._clock.now()
                known_since = min(self._whole[registry, one] for one in some)
                unended = self._state.lineage.runs.began_unended(registry, some)
                # What has run for longer was left behind by a crash: nobody will end it.
                since = min(known_since, max(unended or known_since, now - PATIENCE))
                n = self._read(registry, some, since=since)
                if n is not None:
                    self._whole |= dict.fromkeys(((registry, one) for one in some), now)
                if n == MOST_RUNS:
                    # There may be more than one answer holds: each is read by itself the next time.
                    for one in some:
                        del self._whole[registry, one]

    def _read(self, registry: str, experiments: list[str], *, since: datetime | None) -> int | None:
        """Read runs into the mirror; return how many there were, None where the registry did not answer."""
        table = self._state.lineage.runs
        try:
            found = self._registries[registry].experiment_runs(experiments, since=since, most=MOST_RUNS)
        except TrimtabError as error:
            _log.warning("lineage.experiments_failed registry=%s cause=%s", registry, error)
            return None
        ended = table.keys(ended=True)
        table.put([one for one in found if (registry, one.run_id) not in ended], at=self._clock.now())
        return len(found)

    def _versions(self) -> frozenset[tuple[str, str]]:
        """Return registry and run of every version."""
        with self._store.reading() as cursor:
            mirrored = registry_mirror.models(cursor)
        return frozenset(
            (model.registry, version.run_id)
            for model in mirrored
            for version in model.versions
            if version.run_id
        )

    def _take_environments(self) -> None:
        with self._store.reading() as cursor:
            mirrored = registry_mirror.models(cursor)
        known = self._state.lineage.environments.keys()
        missing = [
            (model.registry, model.name, version.version)
            for model in mirrored
            for version in reversed(model.versions)
            if version.run_id and model.registry in self._registries
        ]
        for key in [one for one in missing if one not in known][:AT_ONCE]:
            self._take_environment(key)

    def _take_environment(self, key: VersionKey) -> None:
        registry, model, version = key
        try:
            found = self._registries[registry].environment(model, version)
        except NotFound:
            found = Environment()
        except TrimtabError as error:
            _log.warning("lineage.environment_failed model=%s/%s version=%s cause=%s", *key, error)
            return
        self._state.lineage.environments.put(key, found, at=self._clock.now())

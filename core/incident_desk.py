"""Incidents of many models, derived from what is on record of them and put on record at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from core.domain import Incident
from core.incidents import shared
from core.incidents.derive import derive
from core.incidents.series import History
from core.policy.rules import UNSURE, Policy
from core.store import AnalyticsStore, Cursor, StateStore, StoredMonitor, changes, judgements


class IncidentDesk:
    """Keeps incidents in step with judgements, over both stores.

    Judgements are in one store and incidents in the other: which judgements have been gone through is
    noted with the incidents, so that a run that was cut off between the two is finished by the next.
    """

    def __init__(self, store: AnalyticsStore, state: StateStore) -> None:
        self._store = store
        self._state = state

    def unfinished(self, keys: Sequence[str]) -> set[str]:
        """Return the models with judgements on record whose incidents are not: a run was cut off between."""
        with self._store.reading() as cursor:
            judged_at = judgements.judged_at(cursor, keys)
        noted = self._state.settings([_judged_setting(key) for key in keys])
        return {key for key in keys if noted.get(_judged_setting(key)) != judged_at.get(key, "")}

    def derive(
        self, monitors: Sequence[StoredMonitor], policies: Mapping[str, Policy], *, now: datetime
    ) -> None:
        """Derive the incidents of some models anew and put them on record, of all models or of none.

        Parameters
        ----------
        policies
            What each model is judged by, by key.
        """
        keys = [one.key for one in monitors]
        with self._store.reading() as cursor:
            judged_at = judgements.judged_at(cursor, keys)
            histories = _histories(cursor, keys)
            why = changes.sentences(cursor, keys)
        with self._state.together():
            known = self._state.incidents_of_models([one.spec.model for one in monitors])
            for monitor in monitors:
                existing = {one.id: one for one in known.get(monitor.spec.model, ())}
                derived = derive(
                    histories[monitor.key],
                    policies[monitor.key],
                    list(existing.values()),
                    now,
                    why.get(monitor.key, {}),
                )
                changed = [one for one in derived if existing.get(one.id) != one]
                self._state.save_incidents(changed)
                if self._share(changed, existing):
                    # What was joined may be incidents of models whose turn is still to come.
                    known = self._state.incidents_of_models([one.spec.model for one in monitors])
                self._state.save_setting(_judged_setting(monitor.key), judged_at.get(monitor.key, ""))

    def _share(self, changed: Sequence[Incident], existing: Mapping[str, Incident]) -> bool:
        """Join incidents with those of other models that have the same cause; say whether there were any."""
        fresh: dict[str, list[Incident]] = defaultdict(list)
        for one in changed:
            known = existing.get(one.id)
            if shared.can_share(one) and (known is None or known.faults != one.faults):
                fresh[one.rule].append(one)
        for rule, new in fresh.items():
            opened = [one.opened_at for one in new]
            around = self._state.incidents_around(
                rule, min(opened) - shared.REACH, max(opened) + shared.REACH
            )
            self._state.save_incidents(shared.join(around, {one.id for one in new}))
        return bool(fresh)


def _histories(cursor: Cursor, keys: Sequence[str]) -> Mapping[str, History]:
    """Read what incidents follow from: what never failed is only counted, however long it is on record."""
    seen = judgements.seen(cursor, keys)
    failing = judgements.failing(cursor, keys, unsure=UNSURE)
    found: dict[str, History] = {}
    for key in keys:
        own = seen.get(key, {})
        found[key] = History(
            verdicts=tuple(failing.get(key, ())),
            judged=frozenset[int]().union(*(one.judged for one in own.values())),
            busy={version: one.busy for version, one in own.items()},
            n_features=len(frozenset[str]().union(*(one.features for one in own.values()))),
        )
    return found


def _judged_setting(key: str) -> str:
    return f"incidents_derived/{key}"

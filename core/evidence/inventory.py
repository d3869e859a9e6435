"""Models that no registry holds: a vendor's, a scorecard; listed beside those that are watched."""

from dataclasses import replace

from core.chain.canonical import Json
from core.chain.entries import Draft
from core.domain import Risk
from core.errors import Conflict, InvalidInput, NotFound, Problem, suggestion
from core.evidence.gather import mirrored_models
from core.form import Inventoried
from core.ledger import Ledger
from core.ports import Clock
from core.store import AnalyticsStore, StateStore


class InventoryDesk:
    """What :class:`core.evidence.desk.EvidenceDesk` keeps of models that no registry holds."""

    _store: AnalyticsStore
    _state: StateStore
    _ledger: Ledger
    _clock: Clock

    def inventory(self) -> list[Inventoried]:
        """Return the models that no registry holds, by name."""
        return self._state.evidence.inventory()

    def take_in(self, one: Inventoried) -> Inventoried:
        """Put a model into the inventory, or change what is said of it.

        Raises
        ------
        InvalidInput
            A name, owner, kind or risk is not given, or the risk is none.
        Conflict
            A model of this name is monitored or registered: it is in the fleet already.
        """
        problems = [
            Problem(field=name, message="is empty", remedy="say it")
            for name in ("name", "kind", "owner")
            if not str(getattr(one, name)).strip()
        ]
        if one.risk not in tuple(Risk):
            remedy = suggestion(one.risk, tuple(Risk))
            problems.append(Problem(field="risk", message=f"'{one.risk}' is no risk tier", remedy=remedy))
        if problems:
            raise InvalidInput("The inventory's entry", problems)
        with self._store.reading() as cursor:
            registered = {known.name for known in mirrored_models(cursor).values()}
        watched = {known.spec.model for known in self._state.list_monitors()}
        if one.name in registered | watched:
            raise Conflict(f"{one.name} is in the fleet already", hint="The inventory is for other models.")
        made = replace(one, added_at=self._clock.now())
        with self._state.together():
            self._state.evidence.take_in(made)
            facts: dict[str, Json] = {"name": made.name, "kind": made.kind, "risk": made.risk}
            private: dict[str, Json] = {"owner": made.owner, "vendor": made.vendor, "note": made.note}
            self._ledger.append(
                Draft(kind="inventory.added", actor=made.added_by, facts=facts, private=private)
            )
        return made

    def take_out(self, name: str, *, actor: str) -> None:
        """Take a model out of the inventory; raises ``NotFound``."""
        with self._state.together():
            if not self._state.evidence.take_out(name):
                raise NotFound("model in the inventory", name)
            self._ledger.append(Draft(kind="inventory.removed", actor=actor, facts={"name": name}))

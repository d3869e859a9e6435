"""Maintenance windows: spans in which incidents are on record and nobody is called."""

from datetime import datetime, timedelta
from secrets import token_hex

from core.alert import Maintenance
from core.chain.canonical import Json
from core.chain.entries import Draft, moment
from core.errors import InvalidInput, Problem
from core.ledger import Ledger
from core.ports import Clock
from core.store import StateStore

LONGEST = timedelta(days=90)
"""A window that nobody remembers would silence a model for good."""


class MaintenanceDesk:
    """Takes maintenance windows in and ends them, each on record in the ledger; safe between threads.

    Parameters
    ----------
    state
        Holds them.
    ledger
        Is told who planned what, why.
    clock
        Tells the time: maintenance is the wall clock's, like everything about people.
    """

    def __init__(self, state: StateStore, ledger: Ledger, clock: Clock) -> None:
        self._state = state
        self._table = state.alerts
        self._ledger = ledger
        self._clock = clock

    def plan(
        self, model: str | None, *, starts_at: datetime | None, ends_at: datetime, reason: str, actor: str
    ) -> Maintenance:
        """Plan a window in which nobody is called about a model (None: about any).

        Parameters
        ----------
        starts_at
            None: from now on.

        Raises
        ------
        NotFound
            The model is not monitored.
        InvalidInput
            There is no reason, or the span is empty, over already, or longer than 90 days.
        """
        now = self._clock.now()
        name = None if model is None else self._state.monitor(model).spec.model
        span = Maintenance(
            id=token_hex(4),
            model=name,
            starts_at=starts_at or now,
            ends_at=ends_at,
            reason=reason.strip(),
            actor=actor,
        )
        problems = _problems(span, now)
        if problems:
            raise InvalidInput("The maintenance window", problems)
        with self._state.together():
            self._table.add_maintenance(span)
            facts: dict[str, Json] = {
                "maintenance": span.id,
                "from": moment(span.starts_at),
                "until": moment(span.ends_at),
            }
            self._record("maintenance_planned", span, actor, facts, private={"reason": span.reason})
        return span

    def end(self, identity: str, actor: str) -> Maintenance:
        """End a window now, or take it back before it begins; raises ``NotFound``."""
        now = self._clock.now()
        with self._state.together():
            before = {one.id: one for one in self._table.maintenance(until_after=now)}
            span = self._table.end_maintenance(identity, now, actor)
            if identity in before:
                self._record("maintenance_ended", span, actor, {"maintenance": span.id})
        return span

    def every(self, *, over: bool = False) -> list[Maintenance]:
        """Return the windows that are running or planned, by their start; with ``over`` past ones too."""
        return self._table.maintenance(until_after=None if over else self._clock.now())

    def _record(
        self,
        kind: str,
        span: Maintenance,
        actor: str,
        facts: dict[str, Json],
        private: dict[str, Json] | None = None,
    ) -> None:
        model = None if span.model is None else self._state.monitor(span.model).name
        self._ledger.append(Draft(kind=kind, actor=actor, model=model, facts=facts, private=private))


def _problems(span: Maintenance, now: datetime) -> list[Problem]:
    found = []
    if not span.reason:
        found.append(Problem(field="reason", message="is empty", remedy="say why, for those who come after"))
    if span.ends_at <= span.starts_at or span.ends_at <= now:
        found.append(Problem(field="until", message="is over already, or before it begins"))
    elif span.ends_at - span.starts_at > LONGEST:
        found.append(Problem(field="until", message="is more than 90 days after the start"))
    return found

"""Closing a finding of a validation: by somebody who did not train the version, where four eyes hold."""

from collections.abc import Mapping

from core.access.independence import Makers, objection
from core.access.person import Person
from core.action import CHAMPION
from core.actions.approving import Approving, Change
from core.chain.entries import Draft
from core.errors import InvalidInput, Problem, Refused
from core.finding import Finding
from core.ledger import Ledger
from core.ports import Clock, Registry
from core.store import StateStore


class Closing:
    """Takes people's word that a finding is seen to.

    Parameters
    ----------
    approving
        Knows who trained a version, and whether four eyes hold.
    state, ledger
        Where findings are, and what is told of their end.
    registries
        Short name → registry.
    clock
        Tells the time.
    """

    def __init__(
        self,
        approving: Approving,
        state: StateStore,
        ledger: Ledger,
        registries: Mapping[str, Registry],
        clock: Clock,
    ) -> None:
        self._approving = approving
        self._state = state
        self._ledger = ledger
        self._registries = registries
        self._clock = clock

    def close(self, identity: str, *, reason: str, person: Person) -> Finding:
        """Close a finding for good, on record in the ledger.

        Raises
        ------
        InvalidInput
            There is no reason.
        NotFound
            There is no such finding.
        Refused
            Four eyes hold, and this person trained or registered the version.
        Conflict
            It is closed already.
        Unavailable
            The registry does not say who trained the version: nothing was changed.
        """
        if not reason.strip():
            problem = Problem(field="reason", message="is empty", remedy="say what was done")
            raise InvalidInput("The end of the finding", [problem])
        finding = self._state.validations.finding(identity)
        monitor = self._state.monitor(f"{finding.registry}/{finding.model}")
        if self._approving.four_eyes(monitor):
            registry = self._registries[finding.registry]
            change = Change(registry, finding.model, finding.version, CHAMPION, ())
            trained = Makers(asked=frozenset(), trained=self._approving.makers(change).trained)
            why_not = objection(self._approving.names(person.name), trained)
            if why_not:
                what = f"Finding {identity} of {finding.model} {finding.version} cannot be closed"
                raise Refused(f"{what} by {person.name}: {why_not}", hint="Ask somebody else.")
        draft = Draft(
            kind="finding.closed",
            actor=person.name,
            model=monitor.name,
            facts={
                "finding": identity,
                "version": finding.version,
                "check": finding.check,
                "severity": finding.severity.value,
                "four_eyes": self._approving.independence(monitor),
            },
            private={"title": finding.title, "reason": reason.strip()},
        )
        with self._state.together():
            closed = self._state.validations.close(
                identity, at=self._clock.now(), by=person.name, why=reason.strip()
            )
            self._ledger.append(draft)
        return closed

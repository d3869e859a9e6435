"""Standing for a gate that a version does not pass: by somebody without a hand in it where four eyes hold."""

from collections.abc import Mapping
from datetime import datetime

from core.access.independence import objection
from core.access.person import Person
from core.action import CHAMPION, ActionKind, ActionStatus
from core.actions.approving import Approving, Change, is_fresh, stale_sign_in
from core.candidate import Waiver
from core.errors import Refused
from core.ports import Clock, Registry
from core.store import StateStore
from core.validation import Gatekeeper


class Waiving:
    """Takes waivers; the rule on whose counts is that of approvals.

    Parameters
    ----------
    gatekeeper
        Judges what there is to stand for, and keeps it.
    approving
        Knows who had a hand in a version.
    state
        Knows who asked for its promotion.
    registries
        Short name → registry.
    clock
        Tells the time.
    """

    def __init__(
        self,
        gatekeeper: Gatekeeper,
        approving: Approving,
        state: StateStore,
        registries: Mapping[str, Registry],
        clock: Clock,
    ) -> None:
        self._gatekeeper = gatekeeper
        self._approving = approving
        self._state = state
        self._registries = registries
        self._clock = clock

    def waive(
        self, model: str, version: str, gate: str, *, reason: str, until: datetime, person: Person
    ) -> Waiver:
        """Stand for a gate by name; further errors as of :meth:`Gatekeeper.waive`.

        Raises
        ------
        Refused
            Four eyes hold for this model, and this person asked for the promotion, trained or registered the
            version or edited the spec; or they signed in too long ago.
        Unavailable
            The registry does not say who trained the version: nothing was decided.
        """
        monitor = self._state.monitor(model)
        if not is_fresh(person, self._clock.now()):
            raise Refused(stale_sign_in(person).sentence.rstrip("."))
        if self._approving.four_eyes(monitor):
            spec = monitor.spec
            waiting = self._state.pointers.actions(
                registry=spec.registry, model=spec.model, statuses=(ActionStatus.WAITING_APPROVAL,)
            )
            askers = tuple(
                one.actor for one in waiting if (one.kind, one.to_version) == (ActionKind.PROMOTE, version)
            )
            registry = self._registries[spec.registry]
            makers = self._approving.makers(Change(registry, spec.model, version, CHAMPION, askers))
            why_not = objection(self._approving.names(person.name), makers)
            if why_not:
                what = f"Gate {gate} of {model} {version} cannot be waived by {person.name}"
                raise Refused(f"{what}: {why_not}", hint="Ask somebody who had no hand in it.")
        return self._gatekeeper.waive(
            model,
            version,
            gate,
            reason=reason,
            until=until,
            actor=person.name,
            four_eyes=self._approving.independence(monitor),
        )

"""What a change needs beside its request: rights, a fresh sign-in, and the approval of others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import watch
from core.access.independence import Makers, objection
from core.access.person import TOKEN, Person, shown_roles
from core.access.roles import ASKING, allows, holders
from core.action import Action, ActionKind, ApprovalNote, Binding, Pointer
from core.actions.guards import Refusal, as_sentence
from core.candidate import Standing, Waiver
from core.errors import NotFound
from core.ledger import Ledger
from core.policy.rules import ApprovalRule
from core.ports import Registry
from core.store import StateStore, StoredMonitor
from core.validation import Gatekeeper

ALONE = "decided alone: with one user of the operating system, four eyes are not enforceable here"
FRESH = timedelta(minutes=15)
"""How long ago somebody may have signed in who changes production."""
SECOND = "by somebody who neither asked for the change, trained the version nor edited the spec"
_EDITS = ("watch_begun", "watch_changed")
_REGISTERED = ("retrain.registered",)


@dataclass(frozen=True, slots=True)
class Change:
    """What people stand for or against: a version that an alias shall show, and who asked for that."""

    registry: Registry
    model: str
    version: str | None
    alias: str
    askers: tuple[str, ...]


def of_action(action: Action, registry: Registry) -> Change:
    """Return the change that an action makes."""
    return Change(registry, action.model, action.to_version, action.alias, (action.actor,))


class Approving:
    """Knows who may ask for a change, who must agree to it, and what they agree to.

    Parameters
    ----------
    state
        Specs and policies.
    ledger
        Tells who edited them.
    gatekeeper
        Tells what a candidate was measured by.
    team
        Whether people sign in. Where nobody does there is one user, and no second pair of eyes.
    """

    def __init__(self, state: StateStore, ledger: Ledger, gatekeeper: Gatekeeper, *, team: bool) -> None:
        self._state = state
        self._gatekeeper = gatekeeper
        self._ledger = ledger
        self.team = team

    def entitled(self, person: Person | None, kind: ActionKind, now: datetime) -> tuple[Refusal, ...]:
        """Return why somebody may not ask for a change; empty where they may.

        Parameters
        ----------
        person
            None where Trimtab itself asks.
        """
        if person is None:
            return ()
        found = []
        if not allows(person.roles, ASKING[kind]):
            found.append(
                Refusal(
                    guard="role",
                    sentence=f"{person.name} may not {ASKING[kind].value} (roles: {shown_roles(person)}):"
                    f" it takes {holders(ASKING[kind])}.",
                )
            )
        # In an emergency nobody should have to look for a password: going back needs no fresh sign-in.
        if kind is ActionKind.PROMOTE and not is_fresh(person, now):
            found.append(stale_sign_in(person))
        return tuple(found)

    def barred(self, person: Person | None, now: datetime) -> Mapping[ActionKind, str]:
        """Return why somebody may not ask for a change, by its kind; empty texts where they may."""
        return {kind: as_sentence(self.entitled(person, kind, now)) for kind in ActionKind}

    def span(self, action: Action) -> timedelta:
        """Return how long a change waits for approval, by its model's policy."""
        monitor = self.monitor(action.name)
        rule = ApprovalRule() if monitor is None else watch.policy_of(self._state, monitor).approvals
        return timedelta(hours=rule.expire_after_h)

    def monitor(self, model: str) -> StoredMonitor | None:
        """Return how a model is monitored, None where it is not."""
        try:
            return self._state.monitor(model)
        except NotFound:
            return None

    def binding(
        self,
        kind: ActionKind,
        monitor: StoredMonitor | None,
        version: str | None,
        pointer: Pointer | None,
    ) -> Binding | None:
        """Return what approvals of a change would stand on now; None where it needs none.

        A roll back goes to what was champion before, and must not wait.
        """
        if not self.team or monitor is None or kind is not ActionKind.PROMOTE:
            return None
        policy = watch.policy_of(self._state, monitor)
        if not policy.approvals.promote:
            return None
        files, findings = ("", "") if version is None else self._gatekeeper.digests(monitor, version)
        return Binding(
            version_digest=files,
            policy_digest=policy.digest,
            evidence_digest=findings,
            generation=pointer.generation if pointer else 0,
            needed=policy.approvals.promote,
        )

    def notes(
        self, actor: str, kind: ActionKind, binding: Binding | None, now: datetime
    ) -> tuple[ApprovalNote, ...]:
        """Return who stands for a change when it is asked for, and what that is worth."""
        if not self.team:
            return (ApprovalNote(role="owner", actor=actor, at=now, sentence=ALONE),)
        if binding is not None:
            sentence = f"asked for it; needs {people(binding.needed)} beside"
        elif kind is ActionKind.ROLL_BACK:
            sentence = "asked for it; a roll back to an earlier champion needs one person"
        else:
            sentence = "asked for it; the policy asks for no approval at this risk"
        return (ApprovalNote(role="requester", actor=actor, at=now, sentence=sentence),)

    def would_wait(self, action: Action) -> str:
        """Return what a preview adds of people who must agree; empty where nobody must."""
        if action.binding is None:
            return ""
        return f", and it waits for {people(action.binding.needed)} beside who asks"

    def makers(self, change: Change) -> Makers:
        """Return who had a hand in a change; raises ``Unavailable`` where the registry does not answer."""
        registry, name = change.registry, f"{change.registry.name}/{change.model}"
        pointer = self._state.pointers.get(registry.name, change.model, change.alias)
        edits = self._ledger.records(model=name, kinds=_EDITS, limit=None)
        later = [one for one in edits if pointer is None or one.entry.recorded_at >= pointer.since]
        trained = (
            frozenset[str]() if change.version is None else registry.authors(change.model, change.version)
        )
        registered = self._ledger.records(model=name, kinds=_REGISTERED, limit=None)
        said = [one.entry.actor for one in registered if one.entry.facts.get("to") == change.version]
        return Makers(
            asked=self._behind(change.askers),
            trained=self._behind((*trained, *said)),
            edited=self._behind(one.entry.actor for one in (*edits[-1:], *later)),
        )

    def standing(
        self, monitor: StoredMonitor, change: Change, champion: str | None, *, anew: bool
    ) -> Standing:
        """Return how a candidate stands whose promotion somebody asks for.

        Where four eyes hold, a waiver by anybody who had a hand in the change does not count.
        """
        makers: list[Makers] = []

        def own(waiver: Waiver) -> bool:
            if not self.four_eyes(monitor):
                return False
            if not makers:
                makers.append(self.makers(change))
            return objection(self.names(waiver.actor), makers[0]) is not None

        return self._gatekeeper.judge(monitor, change.version or "", champion, anew=anew, against=own)

    def four_eyes(self, monitor: StoredMonitor) -> bool:
        """Tell whether a second person must agree to promotions of a model, and can."""
        return self.team and watch.policy_of(self._state, monitor).approvals.promote > 0

    def independence(self, monitor: StoredMonitor) -> str:
        """Say what somebody's stand for a model's version is worth, for the ledger."""
        if not self.team:
            return ALONE
        return SECOND if self.four_eyes(monitor) else "the policy asks for no second person at this risk"

    def _behind(self, names: Iterable[str]) -> frozenset[str]:
        return frozenset(one for name in names for one in self.names(name))

    def names(self, name: str) -> frozenset[str]:
        """Return a name and who stands behind it: who made a token, and what that was made with."""
        found: list[str] = []
        while name not in found:
            found.append(name)
            token = None if not name.startswith(TOKEN) else self._state.tokens.get(name.removeprefix(TOKEN))
            if token is not None:
                name = token.made_by
        return frozenset(found)


def is_fresh(person: Person, now: datetime) -> bool:
    """Tell whether somebody showed a moment ago who they are, where that is asked for."""
    if not person.needs_fresh:
        return True
    return person.signed_in_at is not None and now - person.signed_in_at <= FRESH


def stale_sign_in(person: Person) -> Refusal:
    """Return what somebody is told who signed in too long ago."""
    minutes = int(FRESH.total_seconds() // 60)
    return Refusal(
        guard="fresh sign-in",
        sentence=f"{person.name} signed in more than {minutes} minutes ago: sign in again to change"
        " production.",
    )


def people(n: int) -> str:
    """Return how many must agree, in words.

    Examples
    --------
    >>> people(1), people(2)
    ('1 approver', '2 approvers')
    """
    return "1 approver" if n == 1 else f"{n} approvers"


def moved(before: Binding, now: Binding | None) -> str:
    """Return what approvals stood on and is another now, as a sentence's end; empty where nothing is.

    Examples
    --------
    >>> old = Binding(policy_digest="a", generation=3, needed=1)
    >>> moved(old, old), moved(old, Binding(policy_digest="b", generation=4, needed=1))
    ('', 'the policy changed, and the pointer moved on')
    >>> moved(old, None)
    'the policy asks for no approval any more'
    """
    if now is None:
        return "the policy asks for no approval any more"
    told = (
        (before.version_digest != now.version_digest, "the version's artifacts changed"),
        (before.policy_digest != now.policy_digest, "the policy changed"),
        (before.evidence_digest != now.evidence_digest, "the evidence changed"),
        (before.needed != now.needed, f"it takes {people(now.needed)} now"),
        (before.generation != now.generation, "the pointer moved on"),
    )
    return ", and ".join(text for differs, text in told if differs)

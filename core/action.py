"""A change of production as a value: what was asked for, by whom, how far it is, and how it ended.

A *pointer* is an alias of a registered model ("champion"): what production is meant to run. An *action*
moves it, or asks to. ``generation`` counts a pointer's moves; whoever decided on the sight of another
generation decided about something that is no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.chain.entries import Draft

CHAMPION = "champion"
"""The alias that says which version production runs."""
NOBODY = "unknown"
"""Who moved an alias past Trimtab: registries do not keep that."""


def shown_version(version: str | None) -> str:
    """Return a version as sentences name it.

    Examples
    --------
    >>> shown_version("8"), shown_version("2026-11"), shown_version("blue"), shown_version(None)
    ('v8', '2026-11', 'blue', 'no version')
    """
    if version is None:
        return "no version"
    return f"v{version}" if version.isdecimal() else version


class ActionKind(StrEnum):
    """What an action does to a pointer."""

    PROMOTE = "promote"
    ROLL_BACK = "roll_back"
    RETIRE = "retire"

    @property
    def verb(self) -> str:
        """The kind as a sentence's beginning."""
        return self.value.replace("_", " ").capitalize()


class MoveKind(StrEnum):
    """How a pointer came to show what it shows: ``external`` past Trimtab, ``initial`` at first sight."""

    PROMOTE = "promote"
    ROLL_BACK = "roll_back"
    RETRAIN = "retrain"
    RETIRE = "retire"
    EXTERNAL = "external"
    INITIAL = "initial"


class ActionStatus(StrEnum):
    """Life cycle of an action.

    ``unconfirmed`` means that the alias was moved and the deployment called, and that no rows show it yet.
    """

    WAITING_APPROVAL = "waiting_approval"
    RUNNING = "running"
    UNCONFIRMED = "unconfirmed"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self in {ActionStatus.DONE, ActionStatus.REFUSED, ActionStatus.FAILED}

    @property
    def changed(self) -> bool:
        """Whether the alias was moved, and stays moved."""
        return self in {ActionStatus.DONE, ActionStatus.UNCONFIRMED}


class Step(StrEnum):
    """How far a running action is; each step is on record before the next begins.

    ``asked``: recorded, nothing changed yet. ``moved``: the registry was read back and shows the new
    version. ``deployed``: the deployment was told. ``undoing``: the deployment refused, the alias goes back.
    """

    ASKED = "asked"
    MOVED = "moved"
    DEPLOYED = "deployed"
    UNDOING = "undoing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition of a change, how it stood, and its sentence with value, limit and gap.

    ``status`` is a :class:`core.domain.Status`; ``blocks`` says whether it stands in the way. ``held`` is
    what was held to the limits, the value or an end of its interval; ``feature`` the attribute whose groups
    are compared.
    """

    rule: str
    status: str
    sentence: str
    blocks: bool = False
    value: float | None = None
    limit_low: float | None = None
    limit_high: float | None = None
    held: float | None = None
    feature: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalNote:
    """Who stood for a change in which role, and what that is worth, as one sentence."""

    role: str
    actor: str
    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What people looked at when they approved: where any of it is another now, no approval holds.

    Parameters
    ----------
    version_digest
        Of the version's artifacts; empty where none was taken.
    policy_digest
        Of the policy by which the model is judged; empty for a model that is not monitored.
    evidence_digest
        Of what the candidate was measured by; empty where nothing was.
    generation
        The pointer's.
    needed
        How many approvals the policy asks for.
    """

    version_digest: str = ""
    policy_digest: str = ""
    evidence_digest: str = ""
    generation: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What somebody decided about a change that waits: given or not, in which roles, on what, and why."""

    id: str
    action_id: str
    given: bool
    actor: str
    roles: tuple[str, ...]
    reason: str
    at: datetime
    binding: Binding


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """One thing in which two versions differ; None where one of them does not have it.

    ``kind`` is metric (as logged by its run), parameter, input (name and kind of a column) or data (a data
    set's digest).
    """

    kind: str
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrasts:
    """Two versions side by side: only what differs, and how much does not."""

    model: str
    before: str | None
    after: str
    differing: tuple[Contrast, ...]
    n_equal: int

    @property
    def telling(self) -> tuple[Contrast, ...]:
        """What both have and is another, and all but the parameters that only one of them logged."""
        return tuple(
            one for one in self.differing if one.kind != "parameter" or None not in (one.before, one.after)
        )

    @property
    def n_one_sided(self) -> int:
        """How many parameters only one of them logged: as a rule another way to log, not another model."""
        return len(self.differing) - len(self.telling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """An alias as the ledger last saw it; ``version`` is None where it was taken away.

    ``action_id`` names the action that is moving it now, and so holds it against every other.
    """

    registry: str
    model: str
    alias: str
    version: str | None
    generation: int
    since: datetime
    action_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A change of a pointer from one version to another.

    Parameters
    ----------
    generation
        The number that the pointer has once the action has moved it; of one that was refused, the number
        that the pointer had.
    evidence
        What the decision rests on, as facts for programs and auditors (names → texts).
    from_arrival
        The model's arrival counter when the alias moved: rows that came later are the traffic that shows
        whether the change took; None for a model that is not monitored.
    attempt
        How often the deployment was called, or the registry did not answer.
    ledger_seq
        The ledger entry that recorded the request.
    binding
        What approvals of it stand on; None where it needed none.
    begun_at
        When it took the pointer, where that was later than it was asked for.
    """

    id: str
    kind: ActionKind
    registry: str
    model: str
    alias: str = CHAMPION
    from_version: str | None
    to_version: str | None
    generation: int
    status: ActionStatus
    step: Step = Step.ASKED
    reason: str
    actor: str
    asked_at: datetime
    ended_at: datetime | None = None
    sentence: str = ""
    gates: tuple[Gate, ...] = ()
    approvals: tuple[ApprovalNote, ...] = ()
    evidence: Mapping[str, str] = field(default_factory=dict)
    from_arrival: int | None = None
    attempt: int = 0
    ledger_seq: int | None = None
    binding: Binding | None = None
    begun_at: datetime | None = None

    @property
    def name(self) -> str:
        """The model's full name, registry first."""
        return f"{self.registry}/{self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An action that waits for approval: how many must agree, how many did, until when, and may you?

    ``own``: you asked for it, and may withdraw it. ``why_not`` says why you may not approve it, empty where
    you may; ``rejectable``: you may end it.
    """

    action: Action
    expires_at: datetime
    needed: int
    given: int
    allowed: bool
    why_not: str = ""
    own: bool = False
    rejectable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change of what an alias shows, as the ledger tells it; ``evidence`` is the action."""

    registry: str
    model: str
    alias: str
    from_version: str | None
    to_version: str | None
    at: datetime
    kind: MoveKind
    actor: str
    reason: str
    generation: int
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long a version was what an alias showed, and how it came there; ``until`` None: it still is."""

    registry: str
    model: str
    version: str
    alias: str
    since: datetime
    until: datetime | None
    actor: str
    reason: str
    kind: MoveKind
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of an action: what its rows were, what they become, and what the ledger is told.

    It is written whole or not at all, and only where the rows still are what they were: ``pointer_before``
    None where the pointer is new, ``action_before`` None where the action is. A pointer that is not named
    (both None) does not change.

    ``draft`` None: the ledger is told nothing.
    """

    at: datetime
    draft: Draft | None
    action_before: Action | None = None
    action: Action | None = None
    pointer_before: Pointer | None = None
    pointer: Pointer | None = None

"""Which role may do what: one table, which page, API and command line all ask.

A person may have several roles and may do what any of them allows. What a role allows is not all that
counts: nobody approves what they asked for (:mod:`core.access.independence`), a token may do less than its
role (:mod:`core.access.scopes`).
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

from core.action import ActionKind, ActionStatus


class AccessRole(StrEnum):
    """What a person, or a program, is for this workspace."""

    VIEWER = "viewer"
    DATA_SCIENTIST = "data scientist"
    MODEL_OWNER = "model owner"
    APPROVER = "approver"
    ON_CALL = "on call"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SERVICE = "service"


class Right(StrEnum):
    """Something that a role allows.

    ``read`` everything that is shown; ``ingest`` rows and labels; ``monitor`` what is due, reports, jobs;
    ``watch``: what is monitored, and how; ``look after`` incidents; ``retrain``, ``promote``, ``roll back``,
    ``retire``: ask for it; ``approve`` and reject what others asked for; ``document``: write down what
    evidence asks for, and which models no registry holds; ``export`` the ledger with its private parts;
    ``keep``: back up, prune, erase; ``administer`` tokens, sessions and keys.
    """

    READ = "read"
    INGEST = "ingest"
    MONITOR = "monitor"
    WATCH = "watch"
    LOOK_AFTER = "look after"
    RETRAIN = "retrain"
    PROMOTE = "promote"
    ROLL_BACK = "roll back"
    RETIRE = "retire"
    APPROVE = "approve"
    DOCUMENT = "document"
    EXPORT = "export"
    KEEP = "keep"
    ADMINISTER = "administer"


_SCIENTIST = frozenset(
    {
        Right.READ,
        Right.MONITOR,
        Right.WATCH,
        Right.LOOK_AFTER,
        Right.RETRAIN,
        Right.PROMOTE,
        Right.DOCUMENT,
    }
)
RIGHTS: Mapping[AccessRole, frozenset[Right]] = {
    AccessRole.VIEWER: frozenset({Right.READ}),
    AccessRole.DATA_SCIENTIST: _SCIENTIST,
    AccessRole.MODEL_OWNER: _SCIENTIST | {Right.ROLL_BACK, Right.RETIRE},
    # Who approves changes nothing else: the second pair of eyes stays a second pair.
    AccessRole.APPROVER: frozenset({Right.READ, Right.APPROVE}),
    AccessRole.ON_CALL: frozenset({Right.READ, Right.MONITOR, Right.LOOK_AFTER, Right.ROLL_BACK}),
    AccessRole.AUDITOR: frozenset({Right.READ, Right.EXPORT}),
    AccessRole.ADMIN: frozenset(Right),
    # Pipelines send rows, and ask for what people then decide.
    AccessRole.SERVICE: frozenset({Right.READ, Right.INGEST, Right.MONITOR, Right.RETRAIN, Right.PROMOTE}),
}
ASKING: Mapping[ActionKind, Right] = {
    ActionKind.PROMOTE: Right.PROMOTE,
    ActionKind.ROLL_BACK: Right.ROLL_BACK,
    ActionKind.RETIRE: Right.RETIRE,
}
"""What it takes to ask for a change."""


class Decision(StrEnum):
    """What can be decided about a change that somebody asked for."""

    APPROVE = "approve"
    REJECT = "reject"


def allows(roles: Collection[AccessRole], right: Right) -> bool:
    """Tell whether any of the roles allows something; no role allows nothing.

    Examples
    --------
    >>> allows({AccessRole.VIEWER, AccessRole.ON_CALL}, Right.ROLL_BACK), allows(set(), Right.READ)
    (True, False)
    """
    return any(right in RIGHTS[role] for role in roles)


def allows_act(roles: Collection[AccessRole], act: ActionKind | Decision, state: ActionStatus | None) -> bool:
    """Tell whether the roles allow an act on a change in a state.

    Parameters
    ----------
    act
        Ask for a change of this kind, or decide about one.
    state
        How far the change is; None where it is only being asked for, which is where asking has its place.
        Decisions have theirs where a change waits for approval, and nowhere else.
    """
    if isinstance(act, Decision):
        return state is ActionStatus.WAITING_APPROVAL and allows(roles, Right.APPROVE)
    return state is None and allows(roles, ASKING[act])


def holders(right: Right) -> str:
    """Return the roles that allow something, as a sentence lists them.

    Examples
    --------
    >>> holders(Right.APPROVE)
    'approver or admin'
    """
    names = [role.value for role in AccessRole if right in RIGHTS[role]]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

"""Made champions and changes of a model: what the header's buttons and the Versions tab show."""

from dataclasses import replace
from datetime import timedelta

from core.action import (
    Action,
    ActionKind,
    ActionStatus,
    ApprovalNote,
    Contrast,
    Contrasts,
    Gate,
    MoveKind,
    Stay,
)
from core.views.actions import ActionScope, ActionsView, Offer

from .made_fleet import MIDNIGHT, NOW

_STAYS = (
    ("17", 21, None, MoveKind.PROMOTE, "s.okafor", "AUC 0.012 better on thin files", "a17"),
    ("15", 60, 21, MoveKind.EXTERNAL, "unknown", "external change, actor unknown", None),
    ("14", 90, 60, MoveKind.INITIAL, "unknown", "first seen by Trimtab", None),
)  # fmt: skip
DONE = Action(
    id="a17",
    kind=ActionKind.PROMOTE,
    registry="local",
    model="lending",
    from_version="15",
    to_version="17",
    generation=3,
    status=ActionStatus.DONE,
    reason="AUC 0.012 better on thin files",
    actor="s.okafor",
    asked_at=MIDNIGHT - timedelta(days=21),
    ended_at=MIDNIGHT - timedelta(days=21),
    sentence="Promote lending from v15 to v17: alias moved, seen in traffic: v17 in 100 % of 1,000 rows.",
    ledger_seq=41,
)
REFUSED = replace(
    DONE,
    id="a16",
    to_version="99",
    status=ActionStatus.REFUSED,
    sentence="Promote lending from v15 to v99 was refused: The registry has no v99; its newest are v17, v18.",
    ledger_seq=38,
)


def actions_view(scope: ActionScope, *asked: Action) -> ActionsView:
    """Return three champions, what was asked for, and both buttons."""
    stays = [
        Stay(
            registry="local",
            model=scope.model,
            version=version,
            alias="champion",
            since=MIDNIGHT - timedelta(days=since),
            until=None if until is None else MIDNIGHT - timedelta(days=until),
            actor=actor,
            reason=reason,
            kind=kind,
            evidence=evidence,
        )
        for version, since, until, kind, actor, reason, evidence in _STAYS
    ]
    return ActionsView(
        as_of=NOW,
        name=scope.model,
        registry="local",
        champion="17",
        offers=(
            Offer(kind=ActionKind.PROMOTE, version="18", allowed=True),
            Offer(kind=ActionKind.ROLL_BACK, version=None, allowed=True),
            Offer(kind=ActionKind.RETIRE, version=None, allowed=True),
        ),
        stays=tuple(stays),
        asked=(*asked, DONE, REFUSED),
    )


def would(model: str, kind: ActionKind, version: str | None) -> Action:
    """Return what a change would do; to v99 it would be refused."""
    to_version = None if kind is ActionKind.RETIRE else version or "14"
    refused = to_version == "99"
    return replace(
        DONE,
        id="",
        kind=kind,
        model=model,
        from_version="17",
        to_version=to_version,
        generation=4,
        status=ActionStatus.RUNNING,
        sentence="",
        ledger_seq=None,
        gates=(Gate(rule="version exists", status="FAIL", sentence="The registry has no v99.", blocks=True),)
        if refused
        else (),
        approvals=(ApprovalNote(role="owner", actor="ann", at=NOW, sentence="decided alone"),),
        evidence={
            "v17 roc_auc": "0.716 [0.704, 0.728], n 41,204",
        }
        | (
            {
                f"v{to_version} roc_auc": "0.831 [0.82, 0.841], n 40,118",
                f"v{to_version} was chosen": "healthy for 28 windows in a row (1,150,000 rows)",
            }
            if to_version
            else {}
        ),
    )


def contrasts(model: str, before: str | None, after: str) -> Contrasts:
    """Return a metric and a parameter in which two versions differ, and five things that are the same."""
    return Contrasts(
        model=model,
        before=before,
        after=after,
        differing=(
            Contrast(kind="metric", name="roc_auc", before="0.831", after="0.716"),
            Contrast(kind="parameter", name="max_depth", before="4", after="6"),
        ),
        n_equal=5,
    )


def pressed(kind: ActionKind, model: str, version: str | None) -> Action:
    """Return the action that a pressed button began."""
    if kind is ActionKind.RETIRE:
        told = "the alias is gone, nothing is judged any more, 2 incidents closed"
        sentence = f"Retire {model}, v17 as champion: {told}; evidence in retired/local-{model}-fresh.zip."
        return replace(
            would(model, kind, None), id="fresh", status=ActionStatus.DONE, sentence=sentence, ledger_seq=44
        )
    return replace(
        would(model, kind, version),
        id="fresh",
        status=ActionStatus.UNCONFIRMED,
        sentence=f"{kind.verb} {model} from v17 to v{version}: alias moved,"
        " traffic still v17 (100 % of 1,204 rows).",
        ledger_seq=44,
    )

"""The part of the graph that people decided: promotions, roll backs, retrainings, approvals, validations."""

from collections import Counter, defaultdict

from core.action import Action, Approval, shown_version
from core.lineage.drawing import Drawing, day, number
from core.lineage.graph import NodeKind
from core.lineage.known import Known
from core.lineage.naming import dataset_id, version_id
from core.retrain import Retrain

MOST_A_MODEL = 30
"""Decisions of a model that are drawn, the newest; all of them are in the ledger."""


def draw(drawing: Drawing, known: Known) -> None:
    """Draw what was decided about versions, by whom, and who agreed."""
    approvals: dict[str, list[Approval]] = defaultdict(list)
    for approval in known.approvals:
        approvals[approval.action_id].append(approval)
    drawn = Counter[str]()
    for action in known.actions:
        drawn[action.name] += 1
        if drawn[action.name] <= MOST_A_MODEL:
            _action(drawing, known, action, approvals.get(action.id, []))
    for retrain in known.retrains:
        _retrain(drawing, known, retrain)
    _validations(drawing, known)


def _action(drawing: Drawing, known: Known, action: Action, approvals: list[Approval]) -> None:
    called = known.called(action.registry, action.model)
    version = action.to_version or action.from_version
    node = drawing.node(
        f"decision:{action.id}",
        NodeKind.DECISION,
        f"{action.kind.verb} {shown_version(version)}",
        detail=f"{action.status.value.replace('_', ' ')}, {action.actor}, {day(action.asked_at)}",
        model=called,
        at=action.asked_at,
        facts={
            "Asked by": action.actor,
            "Asked": day(action.asked_at),
            "State": action.status.value.replace("_", " "),
            "From": shown_version(action.from_version) if action.from_version else None,
            "To": shown_version(action.to_version) if action.to_version else None,
            "Outcome": action.sentence,
            "Ledger entry": number(action.ledger_seq),
            "Approved by": ", ".join(one.actor for one in approvals if one.given),
        },
    )
    if version is not None:
        about = version_id(action.registry, action.model, version)
        drawing.edge(about, node, "was decided on in")
        if action.status.changed and drawing.has(about):
            approvers = ", ".join(one.actor for one in approvals if one.given)
            facts = {f"{action.kind.verb} by": action.actor, "Approved by": approvers}
            drawing.node(about, NodeKind.VERSION, "", facts=facts)
    for approval in approvals:
        agreed = drawing.node(
            f"approval:{approval.id}",
            NodeKind.APPROVAL,
            f"{'Approved' if approval.given else 'Rejected'} by {approval.actor}",
            detail=day(approval.at) or "",
            model=called,
            facts={"By": approval.actor, "Roles": ", ".join(approval.roles), "On": day(approval.at)},
        )
        drawing.edge(node, agreed, "was agreed to in" if approval.given else "was ended in")


def _retrain(drawing: Drawing, known: Known, retrain: Retrain) -> None:
    called = known.called(retrain.registry, retrain.model)
    version = retrain.to_version
    node = drawing.node(
        f"decision:{retrain.id}",
        NodeKind.DECISION,
        f"{retrain.kind.verb} {called}",
        detail=f"{retrain.status.value.replace('_', ' ')}, {retrain.actor}, {day(retrain.asked_at)}",
        model=called,
        at=retrain.asked_at,
        facts={
            "Asked by": retrain.actor,
            "Asked": day(retrain.asked_at),
            "State": retrain.status.value.replace("_", " "),
            "Outcome": retrain.sentence,
            "Ledger entry": number(retrain.ledger_seq),
        },
    )
    digest = retrain.evidence.get("snapshot", "").removeprefix("sha256:")
    came_of = version_id(retrain.registry, retrain.model, version or retrain.from_version or "")
    drawing.edge(came_of, node, "came of" if version else "was tried again in")
    if not digest:
        return
    # A candidate names its snapshot by that much of the digest; the registry's copy is the same node.
    snapshot = drawing.node(
        dataset_id(f"{retrain.model}-snapshot-{retrain.id}", digest[:36]),
        NodeKind.DATASET,
        f"{called} snapshot",
        detail=retrain.evidence.get("rows", ""),
        model=called,
        facts={
            "SHA-256": digest,
            "Holds": retrain.evidence.get("rows"),
            "Trained on": retrain.evidence.get("trained on"),
            "Held out": retrain.evidence.get("held out"),
            "Labels": "from the rows that were ingested, and late labels",
        },
    )
    if version is not None:
        drawing.edge(snapshot, version_id(retrain.registry, retrain.model, version), "trains")


def _validations(drawing: Drawing, known: Known) -> None:
    seen = set[tuple[str, str, str]]()
    for made in known.validations:
        about = made.registry, made.model, made.version
        if about in seen:
            continue
        seen.add(about)
        node = drawing.node(
            f"audit:{made.job}",
            NodeKind.AUDIT,
            f"Validation of {shown_version(made.version)}",
            detail=day(made.made_at) or "",
            model=known.called(made.registry, made.model),
            facts={
                "Asked by": made.actor,
                "Made": day(made.made_at),
                "Rows": number(made.n_rows),
                "Findings digest": made.findings_digest,
                "Files digest": made.version_digest,
            },
        )
        drawing.edge(version_id(*about), node, "was validated in")

"""Made governance: a model's evidence in every state, a ledger, policies and decisions."""

from dataclasses import replace
from datetime import UTC, datetime

from core.action import ActionKind
from core.chain.verify import Proof
from core.job import Job, JobStatus
from core.views.activity import Event
from core.views.governance import (
    EvidenceItem,
    EvidenceView,
    GovernanceScope,
    GovernanceView,
    ItemState,
    LedgerNote,
    PackNote,
    Part,
    PolicyRow,
    summed_up,
)

from .made_actions import would

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PACK = PackNote(
    name="eu-ai-act",
    title="EU AI Act, high-risk systems",
    version="2026.1",
    dated="2026-11-01",
    rules="Regulation (EU) 2024/1689",
    about="What is asked.",
    check="official text",
    n_items=4,
    by_default=True,
    milestones=("2 Dec 2027: high-risk systems (check: official text)",),
    changed=("Intended purpose: changed",),
    reopens=("local/lending: Intended purpose (new)",),
)


def _item(name: str, state: ItemState, title: str, **more: object) -> EvidenceItem:
    known = {
        "id": f"eu-ai-act/{name}",
        "pack": "eu-ai-act",
        "item": name,
        "title": title,
        "asks": "What is asked for.",
        "article": "Art. 9 (1)",
        "kind": "automatic",
        "state": state,
        "why": "That is why.",
        "source": "policy (policy)",
        "digest": "a" * 64,
        "owner": "risk",
        "bar": "its source alone decides about it",
    }
    return EvidenceItem(**{**known, **more})


ITEMS = (
    _item(
        "limits", ItemState.ACCEPTED, "Limits accepted", accepted_by="bob", accepted_at=NOW, valid_until=NOW
    ),
    _item("accuracy", ItemState.STALE, "Accuracy", article="Art. 15"),
    _item("inputs", ItemState.DRAFT, "Inputs described", bar=""),
    _item(
        "purpose",
        ItemState.MISSING,
        "Intended purpose",
        kind="human",
        source="form",
        digest=None,
        rests_on=("inventory",),
        bar="nobody has written it yet",
    ),
)
PACKING = Job(
    id="e1",
    kind="evidence",
    model="lending",
    subject="pack eu-ai-act",
    about={"registry": "local", "pack": "eu-ai-act"},
    status=JobStatus.RUNNING,
    actor="ann",
    asked_at=NOW,
    started_at=NOW,
    share=0.6,
    step="Packing ledger.jsonl",
)


def governance_view(
    scope: GovernanceScope, *, n_models: int, items: tuple[EvidenceItem, ...] = ITEMS
) -> GovernanceView:
    """Return a part of the page; of no models, that of a new workspace."""
    view = GovernanceView(as_of=NOW, scope=scope, models=("lending", "claims")[:n_models])
    if not n_models or scope.part is Part.KPIS:
        return view
    if scope.part is Part.LEDGER:
        proof = Proof(ok=True, rows=3, head="b" * 64, unanchored=3, n_checkpoints=1, n_anchors=0, n_erased=0)
        told = Event(seq=3, at=NOW, kind="x", actor="ann", model="lending", sentence="Monitoring began.")
        note = LedgerNote(
            rows=3, head="b" * 64, signed_seq=2, signed_at=NOW, n_unsigned=1, anchored=False, proof=proof,
            events=(told,),
        )  # fmt: skip
        return replace(view, ledger=note)
    if scope.part is Part.POLICIES:
        row = PolicyRow(
            name="default", risk="high", digest="c" * 64, n_rules=10, n_gates=16, n_approvals=1,
            validate_every_days=180, models=("lending", "claims"),
        )  # fmt: skip
        return replace(view, policies=(row,))
    if scope.part is Part.DECISIONS:
        return replace(view, decisions=(would(scope.model or "lending", ActionKind.PROMOTE, "18"),))
    found = EvidenceView(
        as_of=NOW,
        model=scope.model or "lending",
        registry="local",
        version="17",
        packs=(PACK,),
        items=items,
        summary=summed_up(items),
    )
    named = replace(scope, model=found.model, pack="eu-ai-act")
    return replace(view, scope=named, packs=(PACK,), evidence=found)

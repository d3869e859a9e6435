"""Made reviews: one that is open with three items, and none."""

from dataclasses import replace
from datetime import timedelta

from core.domain import Health
from core.views.model import ModelScope
from core.views.review import (
    Choice,
    Decision,
    Earlier,
    Item,
    ItemKind,
    Outcome,
    Proposal,
    Review,
    ReviewLine,
    ReviewScope,
    ReviewView,
    Since,
)

from .made_fleet import NOW
from .made_model import model_view

EVERY = tuple(Proposal(choice=one, version="18" if one is Choice.PROMOTE else None) for one in Choice)


def _item(place: int, status: Health, kind: ItemKind, sentence: str, **more: object) -> Item:
    series = model_view(ModelScope(model="lending")).performance[0]
    fields: dict[str, object] = {
        "id": f"item{place}", "kind": kind, "model": "lending", "registry": "local", "models": ("lending",),
        "owner": "s.okafor", "status": status, "title": kind.value.capitalize(), "sentence": sentence,
        "subject": f"s{place}", "proposals": EVERY, "series": series, **more,
    }  # fmt: skip
    return Item(**fields)  # type: ignore[arg-type]


ITEMS = (
    _item(1, Health.CRITICAL, ItemKind.INCIDENT, "ROC AUC fell from 0.83 to 0.72 since 28 Oct 2026."),
    _item(
        2, Health.UNKNOWN, ItemKind.VALIDATION, "The champion v17 was never validated.", series=None,
        proposals=tuple(
            replace(one, allowed=False, why_not="Registry 'local' is read-only here.")
            if one.choice is Choice.ROLL_BACK else one
            for one in EVERY if one.choice is not Choice.PROMOTE
        ),
    ),
    _item(3, Health.HEALTHY, ItemKind.CHANGE, "Promoted from v16 to v17 by **ann**.", tells=True),
)  # fmt: skip
DEFERRED = Decision(
    id="d0", review="r0", item="item9", model="lending", choice=Choice.DEFER, actor="ann",
    at=NOW - timedelta(days=7), reason="wait for labels", owner="s.okafor", due_at=NOW - timedelta(days=1),
    outcome=Outcome.RECORDED, ledger_seq=7,
)  # fmt: skip
REVIEW = Review(
    id="r1",
    title="Model review, 18 November 2026",
    opened_at=NOW,
    opened_by="ann",
    since=NOW - timedelta(days=14),
    head_seq=41,
    head_hash="ab" * 32,
    items=ITEMS,
    attendees=("ann", "b_o_b"),
    earlier=(
        Earlier(
            decision=DEFERRED,
            review_title="Model review, 4 November 2026",
            item_title="Fairness incident, lending",
            state=Since.OVERDUE,
            sentence="It was to be decided by 17 Nov 2026.",
        ),
    ),
)


def review_view(
    scope: ReviewScope, *, empty: bool = False, decisions: tuple[Decision, ...] = (), closed: bool = False
) -> ReviewView:
    """Return what the Review page shows."""
    shown = replace(REVIEW, decisions=decisions)
    if closed:
        shown = replace(shown, closed_at=NOW, closed_by="ann")
    line = ReviewLine(
        id=shown.id,
        title=shown.title,
        opened_at=shown.opened_at,
        opened_by=shown.opened_by,
        closed_at=shown.closed_at,
        n_items=len(shown.items),
        n_decided=shown.n_decided,
    )
    return ReviewView(
        as_of=NOW,
        reviews=() if empty else (line,),
        review=None if scope.review is None else shown,
        since=NOW - timedelta(days=30),
    )

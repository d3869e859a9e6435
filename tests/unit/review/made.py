"""Reviews as values, for what needs no workspace."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.domain import Health, Incident, IncidentStatus, Severity, Window
from core.views.review import Choice, Decision, Item, ItemKind, Outcome, Proposal, Review
from core.views.series import Point, Series

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
DAY = timedelta(days=1)
EVIL = "<script>alert('x')</script> & \"more\""

SERIES = Series(
    metric="roc_auc",
    title="ROC AUC",
    unit="",
    higher_is="better",
    method="exact",
    measured=tuple(
        Point(
            index=i,
            start=NOW - (10 - i) * DAY,
            end=NOW - (9 - i) * DAY,
            n=500,
            value=0.83 - 0.01 * i,
            low=0.81 - 0.01 * i,
            high=0.85 - 0.01 * i,
            limit_low=0.78,
        )
        for i in range(10)
    ),
)
ITEM = Item(
    id="item1",
    kind=ItemKind.INCIDENT,
    model="loans",
    registry="local",
    models=("loans",),
    owner="credit",
    status=Health.CRITICAL,
    title="Performance incident",
    sentence="ROC AUC outside the limits since window 6.",
    subject="inc1",
    proposals=tuple(Proposal(choice=one) for one in Choice),
    series=SERIES,
)
TOLD = replace(ITEM, id="item2", kind=ItemKind.CHANGE, title="Promoted", tells=True, subject="champion 2")
REVIEW = Review(
    id="rev1",
    title="Model review, 18 November 2026",
    opened_at=NOW,
    opened_by="ann",
    since=NOW - 5 * DAY,
    head_seq=7,
    head_hash="ab" * 32,
    items=(ITEM, TOLD),
    attendees=("ann", "bob"),
)


def decision(choice: Choice, outcome: Outcome = Outcome.DONE, **more: object) -> Decision:
    fields: dict[str, object] = {
        "id": "d1", "review": "rev1", "item": "item1", "model": "loans", "choice": choice, "actor": "ann",
        "at": NOW, "reason": "because", "owner": "bob", "outcome": outcome, "sentence": "Rolled back.",
    }  # fmt: skip
    return Decision(**{**fields, **more})  # type: ignore[arg-type]


def incident(**changes: object) -> Incident:
    window = Window(index=6, start=NOW - 3 * DAY, end=NOW - 2 * DAY)
    fields: dict[str, object] = {
        "id": "inc1", "model": "loans", "severity": Severity.CRITICAL, "status": IncidentStatus.OPEN,
        "opened_at": NOW - 2 * DAY, "first_window": window, "last_window": window,
        "cause": "ROC AUC outside the limits since window 6: 0.700, limit 0.780. Why, in window 6: it fell",
        "rule": "performance", "features": (), "verdicts": (),
    }  # fmt: skip
    return Incident(**{**fields, **changes})  # type: ignore[arg-type]

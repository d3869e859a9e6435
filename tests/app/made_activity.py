"""Made activity: two incidents, one with a past, a change under way, jobs, and entries of the ledger."""

from dataclasses import replace
from datetime import timedelta

from core.alert import Maintenance
from core.domain import Incident, IncidentStatus, Severity, Window
from core.job import Job, JobStatus
from core.views.activity import ActivityScope, ActivityView, Event, Past, Unresolved
from core.views.series import FairnessLink

from .made_actions import DONE, pressed
from .made_fleet import DAY, MIDNIGHT, NOW

_WINDOW = Window(index=88, start=MIDNIGHT - 2 * DAY, end=MIDNIGHT - DAY)
CRITICAL = Incident(
    id="1nc1",
    model="lending",
    severity=Severity.CRITICAL,
    status=IncidentStatus.OPEN,
    opened_at=NOW - 3 * DAY,
    first_window=_WINDOW,
    last_window=_WINDOW,
    cause="ROC AUC outside the limits since window 86: 0.716 in window 88, limit 0.740",
    rule="performance",
    features=(),
    verdicts=("v1",),
)
SEEN = replace(
    CRITICAL,
    id="1nc2",
    model="readmission",
    severity=Severity.WARNING,
    status=IncidentStatus.ACKNOWLEDGED,
    acknowledged_by="maria.o",
    cause="crp missing since window 87",
    rule="quality",
    features=("crp",),
)
SHARED = replace(
    SEEN,
    id="1nc3",
    model="acquirer-fraud",
    status=IncidentStatus.OPEN,
    acknowledged_by=None,
    cause=(
        "Missing values in merchant_id in 14 models since 16 Nov 2026: acquirer-fraud, model-02, model-03, "
        "model-04 and 10 more"
    ),
    features=("merchant_id",),
    models=("acquirer-fraud", *(f"model-{i:02d}" for i in range(2, 15))),
)
QUIET = Maintenance(
    id="m1",
    model="readmission",
    starts_at=NOW - timedelta(hours=1),
    ends_at=NOW + timedelta(hours=2),
    reason="the laboratory moves",
    actor="maria.o",
)
RUNNING = Job(
    id="j0b",
    kind="report",
    model="lending",
    subject="window 88",
    about={},
    status=JobStatus.RUNNING,
    actor="ann",
    asked_at=NOW - timedelta(seconds=14),
    started_at=NOW - timedelta(seconds=12),
    share=0.4,
    step="Comparing columns",
    expected_s=28.0,
)


def activity_view(
    scope: ActivityScope, *, changed: bool = False, empty: bool = False, ended: bool = False
) -> ActivityView:
    """Return three incidents and what else goes on.

    ``changed``: the first one is looked after by now. ``ended``: there is no maintenance any more.
    """
    if empty:
        return ActivityView(
            as_of=NOW, scope=scope, unresolved=(), n_more=0, n_critical=0, under_way=(), jobs=(), events=()
        )
    first = (
        replace(CRITICAL, status=IncidentStatus.ACKNOWLEDGED, acknowledged_by="ann") if changed else CRITICAL
    )
    past = Past(
        id="1nc0",
        model="lending",
        opened_at=NOW - 90 * DAY,
        resolved_at=NOW - 88 * DAY,
        resolved_by="s.okafor",
        resolution="the partner channel sent another currency",
    )
    unresolved = (
        Unresolved(
            incident=first,
            owner="credit-risk",
            on_call="#credit-on-call",
            runbook="wiki/lending",
            past=(past,),
            fairness=FairnessLink(
                model="lending", attribute="age_band", measure="false_negative_rate", window=88, group="18-25"
            ),
        ),
        Unresolved(incident=SEEN, owner=None, on_call=None, runbook=None, past=()),
        Unresolved(incident=SHARED, owner="payments", on_call=None, runbook=None, past=()),
    )
    return ActivityView(
        as_of=NOW,
        scope=scope,
        unresolved=tuple(one for one in unresolved if scope.model in (None, one.incident.model)),
        n_more=2,
        n_critical=1,
        maintenance=()
        if ended
        else (QUIET, replace(QUIET, id="m2", model=None, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY)),
        closed=replace(
            CRITICAL,
            id="1nc9",
            status=IncidentStatus.RESOLVED,
            resolved_at=NOW - timedelta(hours=4),
            resolution="the bureau changed its currency",
            resolved_by="ann",
        )
        if scope.incident == "1nc9"
        else None,
        under_way=(pressed(DONE.kind, "lending", "18"),),
        jobs=(RUNNING, replace(RUNNING, id="ended", status=JobStatus.DONE, ended_at=NOW, result="r.html")),
        events=(
            Event(
                seq=44,
                at=NOW - timedelta(minutes=2),
                kind="action.asked",
                actor="ann",
                model="lending",
                sentence="Promote from v17 to v18: better on thin files.",
            ),
            Event(
                seq=43,
                at=NOW - DAY,
                kind="pointer.external",
                actor="unknown",
                model="pricing",
                sentence="'champion' was moved past Trimtab from v3 to v4, by whom is unknown.",
            ),
        ),
    )

"""What a version of lending leans on, and one of its predictions explained, by made numbers."""

from dataclasses import replace
from datetime import timedelta

from core.explain import (
    Behind,
    Change,
    Counterfactual,
    Explained,
    GlobalExplanation,
    Importance,
    LocalExplanation,
    Reason,
    Surrogate,
    Weight,
)
from core.job import Job, JobStatus
from core.views.explain import ExplainScope, ExplainView

from .made_model import MIDNIGHT

NASTY = "**pay** <b>day</b>"
"""A column's name that must show as it is."""

_SIZES = {"bureau_score": 0.098, "utilisation": 0.051, NASTY: 0.02, "channel": 0.0}


def _ranked(scale: float) -> tuple[Importance, ...]:
    return tuple(
        Importance(feature=name, value=size * scale, low=size * scale * 0.9, high=size * scale * 1.1)
        for name, size in _SIZES.items()
    )


OVERALL = GlobalExplanation(
    model="lending",
    version="7",
    digest="d",
    made_at=MIDNIGHT,
    output_of="score of 1",
    n_rows=10_000,
    rows_of="current",
    rows_from=MIDNIGHT - timedelta(days=12),
    rows_until=MIDNIGHT,
    permutation=_ranked(1.0),
    measured_by="roc_auc",
    baseline=0.811,
    n_repeats=5,
    shap=_ranked(0.8),
    n_shap=400,
    n_background=50,
)
EARLIER = replace(OVERALL, version="6", made_at=MIDNIGHT - timedelta(days=30))
LOCAL = LocalExplanation(
    model="lending",
    version="7",
    digest="d",
    output_of="score of 1",
    output=0.45,
    base=0.75,
    decision="0",
    reasons=(
        Reason(feature="bureau_score", value=600.0, contribution=-0.2),
        Reason(feature="utilisation", value=0.765, contribution=-0.14, error=0.004),
        Reason(feature=NASTY, value="*x*", contribution=0.04),
        Reason(feature="channel", value=None, contribution=0.0),
    ),
    method="Shapley values against 100 reference rows, from all 16 coalitions of columns",
    n_background=100,
    n_asked=6_000,
    counterfactuals=(
        Counterfactual(
            changes=(Change(feature="bureau_score", before=600.0, after=687.0),),
            output=0.63,
            decision="1",
            distance=1.2,
            nearest=0.1,
            plausible=True,
        ),
        Counterfactual(
            changes=(
                Change(feature="utilisation", before=0.765, after=0.26),
                Change(feature=NASTY, before="*x*", after="[y](z)"),
            ),
            output=0.6,
            decision="1",
            distance=2.0,
            nearest=0.4,
            plausible=False,
        ),
    ),
    surrogate=Surrogate(
        fit=0.93,
        n=750,
        weights=(
            Weight(feature="bureau_score", weight=0.2, kind="numeric"),
            Weight(feature="channel", weight=-0.1, kind="categorical"),
        ),
    ),
    immutable=("age",),
    threshold=0.5,
    made_at=MIDNIGHT,
)
EXPLAINED = Explained(
    row="L-1",
    predicted_at=MIDNIGHT,
    inputs={one.feature: one.value for one in LOCAL.reasons},
    logged={"score": 0.45},
    agrees=True,
    local=LOCAL,
    behind=(
        Behind(
            kind="promote",
            actor="ann",
            at=MIDNIGHT - timedelta(days=9),
            reason="better on every segment",
            approvals=("bob (approver) approved it: looked at (8 Nov 2026 09:00 UTC)",),
            action="a1",
            ledger_seq=12,
        ),
    ),
    job="r0w",
)
RUNNING = Job(
    id="imp0rt",
    kind="importance",
    model="lending",
    subject="version 7",
    about={"version": "7"},
    actor="ann",
    status=JobStatus.RUNNING,
    asked_at=MIDNIGHT,
    started_at=MIDNIGHT,
    share=0.4,
    step="Explaining 400 rows",
)
FAILED = replace(RUNNING, status=JobStatus.FAILED, error="It took longer than the 900 s that it may take.")
ROW_DONE = replace(RUNNING, id="r0w", kind="explanation", subject="one row, version 7", status=JobStatus.DONE)


def explain_view(
    scope: ExplainScope,
    *,
    overall: GlobalExplanation | None = OVERALL,
    job: Job | None = None,
    stale: bool = False,
) -> ExplainView:
    """Return what a version leans on."""
    return ExplainView(
        as_of=MIDNIGHT,
        model=scope.model,
        version=scope.version or "7",
        overall=overall,
        stale=stale,
        others=() if overall is None else (EARLIER,),
        job=job,
        immutable=("age",),
    )

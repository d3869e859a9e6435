"""Made retrainings of a model: under way, done, and what the evidence speaks for."""

from dataclasses import replace

from core.action import ActionStatus
from core.job import Job, JobStatus
from core.retrain import Advice, Retrain, RetrainStep
from core.views.retrain import RetrainScope, RetrainView

from .made_fleet import NOW

TRAINING = Retrain(
    id="r1",
    registry="local",
    model="lending",
    from_version="17",
    generation=3,
    status=ActionStatus.RUNNING,
    step=RetrainStep.TRAINING,
    reason="the applicants changed",
    actor="s.okafor",
    asked_at=NOW,
    job_id="j1",
)
DONE = replace(
    TRAINING,
    status=ActionStatus.DONE,
    step=RetrainStep.PROPOSING,
    to_version="18",
    sentence="v18 is registered as challenger of lending: promote it.",
    evidence={"roc_auc": "0.81, the champion 0.79 on the same rows", "snapshot": "sha256:0"},
)
JOB = Job(
    id="j1",
    kind="training",
    model="lending",
    subject="Retrain from v17",
    status=JobStatus.RUNNING,
    actor="s.okafor",
    asked_at=NOW,
    started_at=NOW,
    about={},
    share=0.4,
    step="Fitting on 20,000 rows",
)
SOUND = Advice(
    model="lending",
    cause="drift",
    allowed=True,
    why_not="",
    sentences=("Inputs moved away from the reference: channel.",),
    n_fresh=5000,
    n_enough=400,
    gain=None,
)
FAULTY = replace(
    SOUND,
    cause="data fault",
    allowed=False,
    why_not="Missing values in income. Training would teach the fault.",
)


def retrain_view(scope: RetrainScope, latest: Retrain | None = None, why_not: str = "") -> RetrainView:
    """Return a model that may be trained anew, or whose latest retraining is this one."""
    return RetrainView(
        as_of=NOW,
        name=scope.model,
        registry="local",
        why_not=why_not,
        can_recalibrate=True,
        latest=latest,
        job=None if latest is None or latest.status.over else JOB,
    )

"""A mitigation card: nothing tried yet, a trial under way, a frontier."""

from datetime import timedelta

from core.job import Job, JobStatus
from core.views.mitigation import MitigationScope, MitigationView
from tests.made_frontier import frontier

from .made_model import MIDNIGHT

TRYING = Job(
    id="b1",
    kind="mitigation",
    model="lending",
    subject="selection rate by age_band, from v2",
    about={},
    status=JobStatus.RUNNING,
    actor="ann",
    asked_at=MIDNIGHT,
    started_at=MIDNIGHT,
    share=0.4,
    step="Reduction ≤ 0.05 (7 of 13)",
)
TRIED = frontier(model="lending", by="age_band", n_held_out=16_380, n_trained=230_639, threshold=0.75)


def mitigation_view(scope: MitigationScope, **how: object) -> MitigationView:
    """Return the card's view; ``how`` replaces fields."""
    return MitigationView(
        **{
            "as_of": MIDNIGHT + timedelta(seconds=12),
            "name": scope.model,
            "registry": "local",
            "by": scope.by or "age_band",
            "measure": scope.measure or "selection_rate",
            "why_not": "",
            **how,
        }
    )

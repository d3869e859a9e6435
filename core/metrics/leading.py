"""Which number stands for a model, where one has to."""

from core.domain import Task
from core.spec import MonitorSpec

_LEADING = {Task.BINARY: "roc_auc", Task.MULTICLASS: "accuracy", Task.REGRESSION: "mae"}


def leading_metric(spec: MonitorSpec) -> str:
    """Return the performance metric that stands for a model: ROC AUC needs scores, else accuracy."""
    if spec.task is Task.BINARY and not spec.columns.scores:
        return "accuracy"
    return _LEADING[spec.task]

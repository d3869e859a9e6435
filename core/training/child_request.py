"""What a training child is asked for, of a model's spec."""

from core.retrain import Retrain, RetrainKind
from core.spec import MonitorSpec, TrainingRule


def task_of(rule: TrainingRule, retrain: Retrain) -> str:
    """Return which child trains: users' code, an MLflow project, or ours; a recalibration is always ours."""
    if retrain.kind is RetrainKind.RETRAIN:
        if rule.entry is not None:
            return "entry"
        if rule.project is not None:
            return "project"
    return "refit"


def request_of(spec: MonitorSpec, retrain: Retrain) -> dict[str, object]:
    """Return the request without users' code; see :class:`core.children.candidate.Request`."""
    way = task_of(spec.training, retrain)
    return {
        "way": "recalibrate" if retrain.kind is RetrainKind.RECALIBRATE else way,
        "task": spec.task.value,
        "label": spec.columns.label,
        "prediction": spec.columns.prediction,
        "timestamp": spec.columns.timestamp,
        "scores": dict(spec.columns.scores),
        "positive": spec.positive,
        "held_out": spec.training.held_out,
    }

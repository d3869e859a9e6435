"""What a training child is asked for, of a model's spec."""

from core.domain import Task
from core.metrics.model_performance import positive_class
from core.mitigation import Recipe
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
    is_plain = retrain.kind is RetrainKind.RETRAIN
    return {
        "way": task_of(spec.training, retrain) if is_plain else retrain.kind.value,
        "task": spec.task.value,
        "label": spec.columns.label,
        "prediction": spec.columns.prediction,
        "timestamp": spec.columns.timestamp,
        "scores": dict(spec.columns.scores),
        "positive": positive_class(spec) if spec.task is Task.BINARY else None,
        "held_out": spec.training.held_out,
        **_recipe(retrain),
    }


def column_of(retrain: Retrain) -> str | None:
    """Return the sensitive column that a mitigation needs; None for every other training."""
    if retrain.kind is not RetrainKind.MITIGATE:
        return None
    return Recipe.of(retrain.evidence["recipe"]).by


def _recipe(retrain: Retrain) -> dict[str, object]:
    if retrain.kind is not RetrainKind.MITIGATE:
        return {}
    return {"recipe": retrain.evidence["recipe"], "threshold": float(retrain.evidence["decides from"])}

"""What a training child is asked for, of a model's spec."""

from core.retrain import Retrain, RetrainKind
from core.spec import MonitorSpec, TrainingRule


def by_own_code(rule: TrainingRule, retrain: Retrain) -> bool:
    """Whether users' own code trains; a recalibration is ours in any case."""
    return rule.entry is not None and retrain.kind is RetrainKind.RETRAIN


def request_of(spec: MonitorSpec, retrain: Retrain) -> dict[str, object]:
    """Return the request without users' code; see :class:`core.children.candidate.Request`."""
    way = "entry" if by_own_code(spec.training, retrain) else "refit"
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

"""Which facts a validation can find of a kind of model: a gate on another one blocks every version. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from core.candidate import OTHERS, Baseline
from core.domain import Task
from core.policy.gate_rules import GateRule

_GAPS = frozenset(
    f"{gap}_{kind}"
    for gap in ("demographic_parity", "equal_opportunity", "equalized_odds")
    for kind in ("difference", "ratio")
)
_CLASSES = frozenset(
    {"roc_auc", "average_precision", "log_loss", "brier", "calibration_error"}
    | {"accuracy", "precision", "recall", "f1", "mcc"}
)
OWN: Mapping[Task, frozenset[str]] = {
    Task.BINARY: _CLASSES | {"specificity"} | _GAPS,
    # Whose selection is compared, only who names a class says.
    Task.MULTICLASS: _CLASSES,
    Task.REGRESSION: frozenset({"mae", "bias", "wape", "mse", "rmse", "r2", "mape"}),
}
"""Metrics of the catalogue that are measured of a version alone."""

_DECISIONS = frozenset({"average_precision", "calibration_error", "precision", "recall", "f1"})
PAIRED: Mapping[Task, frozenset[str]] = {
    Task.BINARY: _DECISIONS | {"accuracy", "log_loss", "brier", "roc_auc", "false_positive_rate"},
    Task.MULTICLASS: frozenset({"accuracy", "log_loss", "brier"}),
    Task.REGRESSION: frozenset({"mae", "rmse"}),
}
"""Those that are compared row by row, with the champion or with itself on spoilt rows."""


def can_be_found(metric: str, task: Task, baseline: Baseline) -> bool:
    """Tell whether a validation of this kind of model may find a fact at all.

    Examples
    --------
    >>> can_be_found("mae", Task.BINARY, Baseline.NONE), can_be_found("mae", Task.REGRESSION, Baseline.CLEAN)
    (False, True)
    """
    if baseline is Baseline.NONE:
        return metric in OTHERS or metric in OWN[task]
    if baseline is Baseline.REFERENCE:
        return metric == "psi"
    gaps = _GAPS if task is Task.BINARY and baseline is Baseline.CHAMPION else frozenset[str]()
    return metric in PAIRED[task] | gaps


def never_found(gates: Sequence[GateRule]) -> Iterator[str]:
    """Say of every gate for which kinds of model its fact is never found, so that it would always block."""
    for gate in gates:
        tasks = gate.applies.tasks or tuple(Task)
        lost = [
            task
            for task, metric in gate.metric.items()
            if task in tasks and not can_be_found(metric, task, gate.baseline)
        ]
        for metric in dict.fromkeys(gate.metric[task] for task in lost):
            of = ", ".join(task.value for task in lost if gate.metric[task] == metric)
            what = {
                Baseline.NONE: "",
                Baseline.CHAMPION: ", less the champion's,",
                Baseline.CLEAN: ", spoilt,",
                Baseline.REFERENCE: ", against the reference,",
            }
            yield (
                f"gates.{gate.id}: {metric}{what[gate.baseline]} is never found of {of} models: it would"
                " block every version of theirs; name the tasks that it is meant for"
            )

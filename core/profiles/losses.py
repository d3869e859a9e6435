"""What of a row goes into a metric, as SQL: the ground on which a change is traced back to rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain import Task
from core.profiles.aggregates import double, finite
from core.spec import Layout, MonitorSpec

SCORE_FLOOR = 1e-15
"""As in the log loss of profiles: scores are kept this far from 0 and 1."""

MEAN_SCORE = "mean_score"
MEAN_PREDICTION = "mean_prediction"
RANKED = "roc_auc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One metric's rows: those ``where`` holds, with a weight and an amount; the metric is Σx / Σw.

    ``square`` is the expected square of the amount, where that is not the amount squared: an expected 0
    or 1 has the square of a 0 or 1. A ``ranked`` metric takes the amount as the chance of the positive
    class and needs the score's bin. ``columns`` are the physical columns that the texts speak of.
    """

    columns: tuple[str, ...]
    where: str
    weight: str = "1.0"
    amount: str
    square: str = "x * x"
    ranked: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)


def loss(metric: str, spec: MonitorSpec, layout: Layout, *, estimated: bool = False) -> Loss | None:
    """Return what of a row goes into a metric; None for a metric that is not traced back to rows.

    Parameters
    ----------
    estimated
        The amount comes from the calibrated chance, ``$chances`` by score bin (``b``), not from the label.
    """
    score = next(iter(layout.scores.values()), None) if spec.task is Task.BINARY else None
    if estimated:
        return _estimated(metric, spec, score)
    if metric == "error_rate" and spec.columns.status is not None:
        failed = "coalesce(lower(trim(status)) <> 'ok', false)::DOUBLE"
        return Loss(columns=("status",), where="true", amount=failed)
    if spec.task is Task.REGRESSION:
        return _of_errors(metric, spec)
    return _of_scores(metric, spec, score) or _of_classes(metric, spec)


def _of_errors(metric: str, spec: MonitorSpec) -> Loss | None:
    p, y = finite("prediction"), finite("label")
    if metric == MEAN_PREDICTION and spec.columns.prediction is not None:
        return Loss(columns=("prediction",), where=f"{p} IS NOT NULL", amount="prediction")
    amounts = {
        "mae": "abs(prediction - label)",
        "bias": "prediction - label",
        "wape": "abs(prediction - label)",
    }
    if metric not in amounts or spec.columns.prediction is None or spec.columns.label is None:
        return None
    return Loss(
        columns=("prediction", "label"),
        where=f"{p} IS NOT NULL AND {y} IS NOT NULL",
        weight="abs(label)" if metric == "wape" else "1.0",
        amount=amounts[metric],
    )


def _of_scores(metric: str, spec: MonitorSpec, score: str | None) -> Loss | None:
    if score is None:
        return None
    given = f"{finite(score)} IS NOT NULL"
    if metric == MEAN_SCORE:
        return Loss(columns=(score,), where=given, amount=score)
    if spec.columns.label is None:
        return None
    hit = "(label = $positive)"
    floor, roof = double(SCORE_FLOOR), double(1 - SCORE_FLOOR)
    amounts = {
        RANKED: f"{hit}::DOUBLE",
        "brier": f"({score} - {hit}::DOUBLE) * ({score} - {hit}::DOUBLE)",
        "log_loss": f"-ln(greatest({floor}, least({roof}, if({hit}, {score}, 1 - {score}))))",
    }
    if metric not in amounts:
        return None
    return Loss(
        columns=(score, "label"),
        where=f"{given} AND label IS NOT NULL",
        amount=amounts[metric],
        ranked=metric == RANKED,
        parameters={"positive": spec.positive or "1"},
    )


def _of_classes(metric: str, spec: MonitorSpec) -> Loss | None:
    called, real = "(prediction = $positive)::DOUBLE", "(label = $positive)::DOUBLE"
    # Metric → what it needs, weight, amount, and whether it asks for the positive class.
    known = {
        "accuracy": ("both", "1.0", "(label = prediction)::DOUBLE", False),
        "precision": ("both", called, f"{called} * {real}", True),
        "recall": ("both", real, f"{called} * {real}", True),
        "specificity": ("both", f"1 - {real}", f"(1 - {real}) * (1 - {called})", True),
        "f1": ("both", f"{called} + {real}", f"2 * {called} * {real}", True),
        "selection_rate": ("prediction", "1.0", called, True),
        "label_rate": ("label", "1.0", real, True),
    }
    if metric not in known:
        return None
    needs, weight, amount, asks_positive = known[metric]
    columns = ("prediction", "label") if needs == "both" else (needs,)
    given = {"prediction": spec.columns.prediction, "label": spec.columns.label}
    if any(given[name] is None for name in columns) or (asks_positive and spec.task is not Task.BINARY):
        return None
    return Loss(
        columns=columns,
        where=" AND ".join(f"{name} IS NOT NULL" for name in columns),
        weight=weight,
        amount=amount,
        parameters={"positive": spec.positive or "1"} if asks_positive else {},
    )


def _estimated(metric: str, spec: MonitorSpec, score: str | None) -> Loss | None:
    if score is None or metric not in {RANKED, "accuracy"}:
        return None
    chance, given = "$chances[b + 1]", f"{finite(score)} IS NOT NULL"
    if metric == RANKED:
        return Loss(columns=(score,), where=given, amount=chance, ranked=True)
    if spec.columns.prediction is None:
        return None
    return Loss(
        columns=(score, "prediction"),
        where=f"{given} AND prediction IS NOT NULL",
        amount=f"if(prediction = $positive, {chance}, 1 - {chance})",
        square="x",
        parameters={"positive": spec.positive or "1"},
    )

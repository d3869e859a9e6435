"""How well the model does in a window: measured where labels have come, and estimated without them."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain import ClassCells, Profile, Reference, Role, Task
from core.metrics import class_estimation, classes, estimation, performance, regression
from core.metrics.classes import ClassOutcomes
from core.metrics.estimation import Calibration
from core.metrics.outcomes import Outcomes
from core.metrics.reading import NO_PREDICTION, NO_SCORE, NO_TRAFFIC, Reading
from core.metrics.record import Record
from core.spec import MonitorSpec

_SCORED = {
    "roc_auc": performance.roc_auc,
    "average_precision": performance.average_precision,
    "log_loss": performance.log_loss,
    "brier": performance.brier,
    "calibration_error": performance.calibration_error,
}
_ERRORS = {
    "mae": regression.mae,
    "rmse": regression.rmse,
    "bias": regression.bias,
    "wape": regression.wape,
    "r2": regression.r2,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimator:
    """What the reference lets one expect of rows whose labels have not come.

    ``score`` calibrates a binary model's score, ``classes`` those of several classes in the spec's order.
    """

    score: Calibration | None = None
    classes: tuple[Calibration, ...] | None = None


def calibrate(reference: Reference, spec: MonitorSpec) -> Estimator | None:
    """Fit to the reference what estimates need; None for models without scores or labels in it."""
    if not spec.columns.scores:
        return None
    if spec.task is Task.MULTICLASS:
        fitted = class_estimation.fit_classes(_class_outcomes(reference.profile, spec))
        return None if fitted is None else Estimator(classes=fitted)
    cells = reference.profile.outcomes
    if spec.task is not Task.BINARY or cells is None:
        return None
    score = estimation.fit(Outcomes.of(cells).scored(positive_class(spec)))
    return None if score is None else Estimator(score=score)


def measure_performance(
    record: Record, profile: Profile, outcomes: Outcomes, spec: MonitorSpec, estimator: Estimator | None
) -> None:
    """Add the performance of one window: measured, and estimated where there is an estimator."""
    scored = _class_outcomes(profile, spec)
    if spec.columns.label is not None:
        for metric, reading in _measured(outcomes, scored, spec):
            known = reading if profile.n > 0 else Reading.nothing(NO_TRAFFIC)
            record.add(metric, Role.PERFORMANCE, known)
    if estimator is not None:
        for metric, reading in _estimated(profile, outcomes, scored, estimator, spec):
            record.add(metric, Role.PERFORMANCE, reading, estimated=True)


def positive_class(spec: MonitorSpec) -> str:
    """Return the text of the class that a binary model's score is of."""
    return spec.positive or "1"


def _measured(outcomes: Outcomes, scored: ClassOutcomes, spec: MonitorSpec) -> Iterator[tuple[str, Reading]]:
    has_prediction = spec.columns.prediction is not None
    no_prediction = Reading.nothing(NO_PREDICTION)
    if spec.task is Task.REGRESSION:
        errors = regression.Errors.of(outcomes)
        for metric, error in _ERRORS.items():
            yield metric, error(errors) if has_prediction else no_prediction
        return
    if spec.task is Task.BINARY:
        sides = outcomes.scored(positive_class(spec))
        for metric, score in _SCORED.items():
            yield metric, score(sides) if spec.columns.scores else Reading.nothing(NO_SCORE)
    elif spec.columns.scores:
        yield from _over_classes(scored)
    for metric, reading in _confusion_readings(outcomes, spec):
        yield metric, reading if has_prediction else no_prediction


def _over_classes(scored: ClassOutcomes) -> Iterator[tuple[str, Reading]]:
    yield "roc_auc", classes.roc_auc(scored)
    yield "average_precision", classes.average_precision(scored)
    yield "log_loss", classes.log_loss(scored)
    yield "brier", classes.brier(scored)
    yield "calibration_error", classes.calibration_error(scored)


def _confusion_readings(outcomes: Outcomes, spec: MonitorSpec) -> Iterator[tuple[str, Reading]]:
    confusion = outcomes.confusion()
    positive = outcomes.code(positive_class(spec)) if spec.task is Task.BINARY else None
    yield "accuracy", performance.accuracy(confusion)
    yield "precision", performance.precision(confusion, positive)
    yield "recall", performance.recall(confusion, positive)
    if positive is not None:
        yield "specificity", performance.specificity(confusion, positive)
    yield "f1", performance.f1(confusion, positive)
    yield "mcc", performance.matthews(confusion)


def _estimated(
    profile: Profile, outcomes: Outcomes, scored: ClassOutcomes, estimator: Estimator, spec: MonitorSpec
) -> Iterator[tuple[str, Reading]]:
    has_prediction = spec.columns.prediction is not None
    if estimator.score is not None:
        yield from estimation.readings(
            outcomes, estimator.score, positive_class(spec), has_prediction=has_prediction
        )
    if estimator.classes is not None:
        yield from class_estimation.readings(
            scored,
            estimator.classes,
            classes.UNKNOWN_CORRELATIONS,
            n_rows=profile.n,
            has_prediction=has_prediction,
        )


def _class_outcomes(profile: Profile, spec: MonitorSpec) -> ClassOutcomes:
    cells = profile.class_scores or NO_CLASS_CELLS
    return ClassOutcomes.of(cells, tuple(spec.columns.scores))


NO_CLASS_CELLS = ClassCells(
    scored=(),
    score_bin=(),
    is_label=(),
    prediction=(),
    n=(),
    score_total=(),
    score_squares=(),
    brier_total=(),
    brier_squares=(),
    log_total=(),
    log_squares=(),
)

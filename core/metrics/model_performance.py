"""How well the model does in a window: measured where labels have come, and estimated without them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.cells import ClassCells
from core.domain import Profile, Reference, Role, Task
from core.metrics import class_estimation, classes, estimation, loss_estimation, performance, regression
from core.metrics.catalogue import LOSS_METHOD
from core.metrics.class_estimation import ClassCalibration
from core.metrics.classes import ClassOutcomes, Correlations
from core.metrics.concept_drift import Calls, Relation, of_calls, of_errors, relation_of
from core.metrics.estimation import Calibration
from core.metrics.loss_estimation import LeafLosses, losses_of
from core.metrics.outcomes import Outcomes, Scored
from core.metrics.reading import NO_PREDICTION, NO_REFERENCE, NO_SCORE, NO_TRAFFIC, NOT_ENOUGH, Reading
from core.metrics.record import Sink
from core.spec import MonitorSpec

_SCORED = {
    "roc_auc": performance.roc_auc,
    "average_precision": performance.average_precision,
    "log_loss": performance.log_loss,
    "brier": performance.brier,
}
_ERRORS = {
    "mae": regression.mae,
    "bias": regression.bias,
    "wape": regression.wape,
}
_SQUARED_ERRORS = {
    "mse": regression.mse,
    "rmse": regression.rmse,
    "r2": regression.r2,
    "mape": regression.mape,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimator:
    """What the reference lets one expect of rows whose labels have not come.

    ``score`` calibrates a binary model's score, ``classes`` those of several classes;
    ``relation`` says how often their calls come true. ``losses`` are the errors of a regression model by
    kind of input.
    """

    score: Calibration | None = None
    classes: ClassCalibration | None = None
    relation: Relation | None = None
    losses: LeafLosses | None = None


def calibrate(reference: Reference, spec: MonitorSpec) -> Estimator | None:
    """Fit to the reference what estimates need; None for models without scores or labels in it."""
    if spec.task is Task.REGRESSION:
        losses = losses_of(reference.profile.leaves)
        return None if losses is None else Estimator(losses=losses)
    if not spec.columns.scores:
        return None
    if spec.task is Task.MULTICLASS:
        scored = _class_outcomes(reference.profile, spec)
        fitted = class_estimation.fit_classes(scored)
        if fitted is None:
            return None
        return Estimator(classes=fitted, relation=relation_of(Calls.of_classes(scored)))
    if reference.profile.outcomes is None:
        return None
    outcomes, positive = Outcomes.of(reference.profile.outcomes), positive_class(spec)
    score = estimation.fit(outcomes.scored(positive))
    if score is None:
        return None
    right = {0: Calibration(score.scores, 1 - score.chances), 1: score}
    return Estimator(score=score, relation=relation_of(Calls.of_binary(outcomes, positive), right))


def measure_performance(
    sinks: Sequence[Sink],
    profiles: Sequence[Profile],
    outcomes: Sequence[Outcomes],
    reference: Reference,
    spec: MonitorSpec,
    estimator: Estimator | None,
    *,
    values_only: bool = False,
) -> None:
    """Add the performance of each window: measured, and estimated where there is an estimator.

    ``values_only`` leaves out the estimates and the interval of the calibration error.
    """
    role = Role.PERFORMANCE
    correlations = {
        metric: np.array(rows, dtype=np.float64) for metric, rows in reference.fitted.correlations.items()
    }
    sides = [own.scored(positive_class(spec)) for own in outcomes if spec.task is Task.BINARY]
    errors = performance.calibration_errors(sides, values_only=values_only)
    for i, (sink, profile, own) in enumerate(zip(sinks, profiles, outcomes, strict=True)):
        scored = _class_outcomes(profile, spec)
        sure = (sides[i], errors[i]) if sides else None
        if spec.columns.label is not None:
            for metric, reading in _measured(profile, own, sure, scored, correlations, spec):
                sink.add(metric, role, reading if profile.n > 0 else Reading.nothing(NO_TRAFFIC))
            moved = _concept_drift(profile, own, scored, estimator, spec)
            sink.add("concept_drift", role, moved if profile.n > 0 else Reading.nothing(NO_TRAFFIC))
        if estimator is not None and not values_only:
            for metric, reading in _estimated(profile, own, scored, correlations, estimator, spec):
                sink.add(metric, role, reading, estimated=True)


def positive_class(spec: MonitorSpec) -> str:
    """Return the text of the class that a binary model's score is of."""
    return spec.positive or "1"


def _measured(
    profile: Profile,
    outcomes: Outcomes,
    sides: tuple[Scored, Reading] | None,
    scored: ClassOutcomes,
    correlations: Correlations,
    spec: MonitorSpec,
) -> Iterator[tuple[str, Reading]]:
    has_prediction = spec.columns.prediction is not None
    no_prediction = Reading.nothing(NO_PREDICTION)
    if spec.task is Task.REGRESSION:
        errors = regression.Errors.of(outcomes)
        for metric, error in _ERRORS.items():
            yield metric, error(errors) if has_prediction else no_prediction
        for metric, squared in _SQUARED_ERRORS.items():
            yield metric, squared(errors, profile.errors) if has_prediction else no_prediction
        return
    if sides is not None:
        both, calibration = sides
        readings = {metric: score(both) for metric, score in _SCORED.items()}
        for metric, reading in {**readings, "calibration_error": calibration}.items():
            yield metric, reading if spec.columns.scores else Reading.nothing(NO_SCORE)
    elif spec.columns.scores:
        # A window that was profiled where classes are not counted has rows, and nothing to say of them.
        is_counted = profile.class_scores is not None
        for metric, reading in _over_classes(scored, correlations):
            yield metric, reading if is_counted else Reading.nothing(NOT_ENOUGH)
    for metric, reading in _confusion_readings(outcomes, spec):
        yield metric, reading if has_prediction else no_prediction


def _over_classes(scored: ClassOutcomes, known: Correlations) -> Iterator[tuple[str, Reading]]:
    yield "roc_auc", classes.roc_auc(scored, known)
    yield "average_precision", classes.average_precision(scored, known)
    yield "log_loss", classes.log_loss(scored)
    yield "brier", classes.brier(scored)
    yield "calibration_error", classes.calibration_error(scored, known)


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


def _concept_drift(
    profile: Profile,
    outcomes: Outcomes,
    scored: ClassOutcomes,
    estimator: Estimator | None,
    spec: MonitorSpec,
) -> Reading:
    """Return by how much the error exceeds what the reference lets expect of these inputs."""
    if spec.columns.prediction is None:
        return Reading.nothing(NO_PREDICTION)
    if spec.task is Task.REGRESSION:
        return of_errors(profile.leaves, None if estimator is None else estimator.losses)
    if not spec.columns.scores:
        return Reading.nothing(NO_SCORE)
    if estimator is None or estimator.relation is None:
        return Reading.nothing(NO_REFERENCE)
    binary = spec.task is Task.BINARY
    calls = Calls.of_binary(outcomes, positive_class(spec)) if binary else Calls.of_classes(scored)
    return of_calls(calls, estimator.relation)


def _estimated(
    profile: Profile,
    outcomes: Outcomes,
    scored: ClassOutcomes,
    correlations: Correlations,
    estimator: Estimator,
    spec: MonitorSpec,
) -> Iterator[tuple[str, Reading]]:
    has_prediction, positive = spec.columns.prediction is not None, positive_class(spec)
    if estimator.score is not None:
        yield from estimation.readings(outcomes, estimator.score, positive, has_prediction=has_prediction)
    if estimator.classes is not None:
        yield from class_estimation.readings(
            scored, estimator.classes, correlations, n_rows=profile.n, has_prediction=has_prediction
        )
    if estimator.losses is not None:
        for metric, reading in loss_estimation.readings(profile.leaves, estimator.losses, n_rows=profile.n):
            yield metric, replace(reading, method=LOSS_METHOD)


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

"""The same metrics from rows: a profile with a bin for every value has no error.

Rows are counted on edges that are the distinct values of reference and window, and then measured by the
very functions that measure profiles; so the two ways cannot differ in anything but the bins.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.cells import NOTHING_FITTED, ClassCells, ErrorMoments
from core.domain import (
    ALL_ROWS,
    LABEL_KEY,
    PREDICTION_KEY,
    CategoricalProfile,
    Measurement,
    NumericProfile,
    OutcomeCells,
    Profile,
    Reference,
    Role,
    Segment,
    Task,
    Window,
)
from core.metrics import latency
from core.metrics.catalogue import BY_NAME
from core.metrics.class_cells import class_cells
from core.metrics.drift import Floats
from core.metrics.fitting import fit
from core.metrics.measure import calibrate, measure
from core.metrics.record import Record
from core.metrics.regression import moments_of
from core.profiles.rows import Rows
from core.spec import Columns, Features, MonitorSpec

Texts = NDArray[np.object_]
_Value = TypeVar("_Value", bound=Hashable)

COUNTED_ELSEWHERE = frozenset(
    {"unlabellable_rate", "label_delay_p50", "label_delay_p95", "label_age", "invalid_rate"}
)
"""What the rows at hand do not tell: the profile's count of it is exact, or its error is stated."""

_INPUTS = frozenset({Role.FEATURE, Role.SCORE})
_PINNED_AT = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Both:
    """A window's rows beside the reference's, and the spec and names that both share."""

    rows: Rows
    reference: Rows
    spec: MonitorSpec
    window: Window
    version: str
    segment: Segment


def measure_exact(
    rows: Rows,
    reference_rows: Rows,
    spec: MonitorSpec,
    *,
    window: Window,
    version: str,
    metric: str | None = None,
    feature: str | None = None,
    segment: Segment = ALL_ROWS,
) -> list[Measurement]:
    """Measure a window from its rows instead of its profile.

    Parameters
    ----------
    rows, reference_rows
        The window's rows and the whole reference's.
    window, version
        What the rows are.
    metric, feature
        Measure only this metric, this column: the rest is not computed.
    segment
        Which of the window's and the reference's rows these are.

    Returns
    -------
    list of Measurement
        What :func:`core.metrics.measure.measure` gives, without binning error, but for what a profile
        counts exactly and rows do not hold: ``error_rate``, what rests on a regression model's leaves, and
        ``COUNTED_ELSEWHERE``.

    Source: METRICS in docs/metrics.md; the binned counterparts state their bound there.
    """
    both = _Both(rows, reference_rows, spec, window, version, segment)
    roles = None if metric is None else set(BY_NAME[metric].roles) if metric in BY_NAME else set()
    found: list[Measurement] = []
    if roles is None or roles & _INPUTS:
        found += _of_inputs(both, feature)
    if roles is None or roles - {Role.FEATURE}:
        found += _of_outcomes(both)
    return [
        one
        for one in found
        if metric in (None, one.metric)
        and (feature is None or one.feature == feature)
        and one.metric not in COUNTED_ELSEWHERE
        and not (spec.labellable and one.metric == "label_coverage")
    ]


def _of_inputs(both: _Both, feature: str | None) -> Iterator[Measurement]:
    """Measure features and scores one by one, so that only one column's values are in bins at a time."""
    features = both.spec.features or Features()
    # A single score is none of several classes.
    nothing = replace(
        both.spec, task=Task.BINARY, columns=Columns(), features=Features(), sensitive=(), attributions={}
    )
    narrow: list[tuple[str, MonitorSpec]] = [
        *((name, replace(nothing, features=Features(numeric=(name,)))) for name in features.numeric),
        *((name, replace(nothing, features=Features(categorical=(name,)))) for name in features.categorical),
        *(
            (name, replace(nothing, columns=Columns(scores={"": name})))
            for name in dict.fromkeys(both.spec.columns.scores.values())
        ),
    ]
    for name, spec in narrow:
        if feature in (None, name):
            reference, profile = _profiles(replace(both, spec=spec))
            yield from (one for one in measure(profile, reference, spec, None) if one.feature == name)


def _of_outcomes(both: _Both) -> Iterator[Measurement]:
    """Measure predictions, labels, performance, fairness and operations."""
    columns = replace(both.spec.columns, status=None, latency_ms=None)
    spec = replace(both.spec, features=Features(), columns=columns, attributions={})
    reference, profile = _profiles(replace(both, spec=spec))
    estimator = calibrate(reference, spec)
    for one in measure(profile, reference, spec, estimator):
        # Scores are inputs: they were measured with those, column by column. Leaves count rows exactly.
        by_leaf = one.metric == "concept_drift" and spec.task is Task.REGRESSION
        if one.role is not Role.SCORE and not by_leaf:
            yield one
    if both.rows.latency_ms is not None and both.window.closed and both.rows.n > 0:
        record = Record(both.spec, profile)
        for q in (50, 95, 99):
            record.add(f"latency_p{q}", Role.OPERATIONS, latency.of_values(both.rows.latency_ms, q / 100))
        yield from record.measurements


def _profiles(both: _Both) -> tuple[Reference, Profile]:
    """Return reference and window on edges that are all values of the columns that the spec names."""
    features, columns = both.spec.features or Features(), both.spec.columns
    regression = both.spec.task is Task.REGRESSION
    edges: dict[str, tuple[float, ...]] = {}
    categories: dict[str, tuple[str, ...]] = {}
    for name in features.numeric:
        edges[name] = _values(both.reference.numeric[name], both.rows.numeric[name])
    for name in columns.scores.values():
        edges[name] = _values(both.reference.scores[name], both.rows.scores[name])
    for name in features.categorical:
        categories[name] = _commonest_first(both.reference.categorical[name])
    for key, before, now in (
        (PREDICTION_KEY, both.reference.prediction, both.rows.prediction),
        (LABEL_KEY, both.reference.label, both.rows.label),
    ):
        if before is None or now is None:
            continue
        if regression:
            edges[key] = _values(before, now)
        else:
            categories[key] = _commonest_first(before)
    empty = Window(index=None, start=None, end=None)
    reference = Reference(
        digest="",
        pinned_at=_PINNED_AT,
        start=None,
        end=None,
        profile=_profile(both.reference, both, empty, edges, categories),
        windows=(),
        edges=edges,
        categories=categories,
        fitted=fit(both.reference, both.spec) if both.spec.has_class_scores else NOTHING_FITTED,
    )
    return reference, _profile(both.rows, both, both.window, edges, categories)


def _profile(
    rows: Rows,
    both: _Both,
    window: Window,
    edges: dict[str, tuple[float, ...]],
    categories: dict[str, tuple[str, ...]],
) -> Profile:
    spec = both.spec
    features, scores = spec.features or Features(), dict.fromkeys(spec.columns.scores.values())

    def target(values: Floats | Texts | None, key: str) -> NumericProfile | CategoricalProfile | None:
        if values is None or (key not in edges and key not in categories):
            return None
        if key in edges:
            return _numeric(values, edges[key])
        return _categorical(values, categories[key])

    has_target = spec.columns.prediction is not None or spec.columns.label is not None or bool(spec.sensitive)
    score = next(iter(scores)) if spec.task is Task.BINARY and scores else None
    return Profile(
        version=both.version,
        window=window,
        n=rows.n,
        n_labelled=0 if rows.label is None else int((~_is_null(rows.label)).sum()),
        n_errors=0,
        numeric={name: _numeric(rows.numeric[name], edges[name]) for name in features.numeric},
        categorical={
            name: _categorical(rows.categorical[name], categories[name]) for name in features.categorical
        },
        scores={name: _numeric(rows.scores[name], edges[name]) for name in scores},
        predictions=target(rows.prediction, PREDICTION_KEY),
        labels=target(rows.label, LABEL_KEY),
        latency=None,
        outcomes=_cells(rows, spec, score, edges) if has_target else None,
        class_scores=_class_cells(rows, spec, edges) if spec.has_class_scores else None,
        segment=both.segment,
        errors=_moments(rows, edges),
    )


def _values(before: Floats | Texts, now: Floats | Texts) -> tuple[float, ...]:
    both = np.concatenate([before, now]).astype(np.float64)
    return tuple(np.unique(both[np.isfinite(both)]).tolist())


def _commonest_first(values: Floats | Texts) -> tuple[str, ...]:
    found, counts = np.unique(values[~_is_null(values)].astype(str), return_counts=True)
    return tuple(found[np.argsort(-counts, kind="stable")].tolist())


def _numeric(values: Floats | Texts, edges: Sequence[float]) -> NumericProfile:
    numbers = values.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    places = np.searchsorted(np.array(edges, dtype=np.float64), finite, side="left")
    with np.errstate(over="ignore"):
        total, squares = float(finite.sum()), float((finite**2).sum())
    return NumericProfile(
        n=len(numbers),
        n_null=int(np.isnan(numbers).sum()),
        n_nonfinite=int(np.isinf(numbers).sum()),
        total=total,
        total_squares=squares,
        low=float(finite.min()) if len(finite) else None,
        high=float(finite.max()) if len(finite) else None,
        counts=tuple(np.bincount(places, minlength=len(edges) + 1).tolist()),
    )


def _categorical(values: Floats | Texts, categories: Sequence[str]) -> CategoricalProfile:
    null = _is_null(values)
    found, counts = np.unique(values[~null].astype(str), return_counts=True)
    seen = dict(zip(found.tolist(), counts.tolist(), strict=True))
    own = tuple(seen.get(name, 0) for name in categories)
    known = frozenset(categories)
    new = {name: count for name, count in seen.items() if name not in known}
    return CategoricalProfile(
        n=len(values), n_null=int(null.sum()), counts=own, n_other=sum(new.values()), new=new
    )


def _cells(
    rows: Rows, spec: MonitorSpec, score: str | None, edges: dict[str, tuple[float, ...]]
) -> OutcomeCells:
    """Count rows by group, label, prediction and score, each distinct score a bin."""
    scores = np.full(rows.n, np.nan) if score is None else rows.scores[score]
    bins = np.full(rows.n, -1)
    given = np.isfinite(scores)
    if score is not None:
        bins[given] = np.searchsorted(np.array(edges[score]), scores[given])
    columns = [rows.groups[column].tolist() for column in spec.sensitive]
    group, groups = _codes(list(zip(*columns, strict=True)) if columns else [()] * rows.n)
    regression = spec.task is Task.REGRESSION
    label, labels = _codes(_texts(None if regression else rows.label, rows.n))
    called, calls = _codes(_texts(None if regression else rows.prediction, rows.n))
    keys = np.stack([group, label, called, bins])
    distinct, place = np.unique(keys, axis=1, return_inverse=True)
    place = place.ravel()
    k = distinct.shape[1]

    def added(values: Floats) -> tuple[float, ...]:
        return tuple(np.bincount(place, values, minlength=k).tolist())

    error, truth = _errors(rows) if regression else (np.full(rows.n, np.nan), np.full(rows.n, np.nan))
    known = (
        ~np.isnan(error) if regression else np.array([labels[code] is not None for code in label], dtype=bool)
    )
    score_known, error, truth = np.where(given, scores, 0.0), np.nan_to_num(error), np.nan_to_num(truth)
    return OutcomeCells(
        groups=tuple(groups[code] for code in distinct[0]),
        label=tuple(labels[code] for code in distinct[1]),
        prediction=tuple(calls[code] for code in distinct[2]),
        score_bin=tuple(distinct[3].tolist()),
        n=tuple(np.bincount(place, minlength=k).tolist()),
        n_labelled=tuple(np.bincount(place[known], minlength=k).tolist()),
        score_total=added(score_known),
        score_squares=added(score_known**2),
        error_total=added(error),
        error_absolute=added(np.abs(error)),
        error_squares=added(error**2),
        label_total=added(truth),
        label_absolute=added(np.abs(truth)),
        label_squares=added(truth**2),
    )


def _moments(rows: Rows, edges: dict[str, tuple[float, ...]]) -> ErrorMoments | None:
    cuts = edges.get(LABEL_KEY, ())
    if not cuts or rows.prediction is None or rows.label is None:
        return None
    predicted, came_true = (np.asarray(values, dtype=np.float64) for values in (rows.prediction, rows.label))
    return moments_of(predicted, came_true, cuts[len(cuts) // 2])


def _class_cells(rows: Rows, spec: MonitorSpec, edges: dict[str, tuple[float, ...]]) -> ClassCells:
    """Count rows by class and score, each distinct score a bin."""
    columns = spec.columns.scores
    scores = np.stack([rows.scores[name] for name in columns.values()], axis=1)
    bins = np.stack(
        [np.searchsorted(np.array(edges[name]), rows.scores[name]) for name in columns.values()], axis=1
    )
    return class_cells(
        scores, bins, tuple(columns), _texts(rows.label, rows.n), _texts(rows.prediction, rows.n)
    )


def _texts(values: Floats | Texts | None, n: int) -> list[str | None]:
    return (
        [None] * n if values is None else [None if value is None else str(value) for value in values.tolist()]
    )


def _errors(rows: Rows) -> tuple[Floats, Floats]:
    """Return error and label of the rows that have both, NaN elsewhere."""
    nothing = np.full(rows.n, np.nan)
    if rows.prediction is None or rows.label is None:
        return nothing, nothing
    predicted, came_true = (
        np.where(np.isfinite(values), values, np.nan)
        for values in (rows.prediction.astype(np.float64), rows.label.astype(np.float64))
    )
    error = predicted - came_true
    return error, np.where(np.isnan(error), np.nan, came_true)


def _codes(values: Sequence[_Value]) -> tuple[NDArray[np.intp], list[_Value]]:
    """Return each value's place among the distinct ones, and those."""
    place: dict[_Value, int] = {}
    codes = np.array([place.setdefault(value, len(place)) for value in values], dtype=np.intp)
    return codes, list(place)


def _is_null(values: Floats | Texts) -> NDArray[np.bool_]:
    if values.dtype == np.object_:
        return np.array([value is None for value in values.tolist()], dtype=np.bool_)
    return np.asarray(np.isnan(values.astype(np.float64)))

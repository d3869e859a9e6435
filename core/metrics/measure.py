"""Everything that is measured of a window, and what the reference says about its own windows."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TypeAlias

import numpy as np

from core.domain import (
    SENT,
    Band,
    Baseline,
    Measurement,
    OutcomeCells,
    Profile,
    Reference,
    Role,
    Segment,
    Task,
)
from core.metrics import attribution, fairness, labels, latency, quality
from core.metrics.column_drift import measure_drift
from core.metrics.model_performance import Estimator, calibrate, measure_performance, positive_class
from core.metrics.outcomes import Outcomes
from core.metrics.reading import (
    NO_TRAFFIC,
    NOT_ENOUGH,
    WINDOW_OPEN,
    Reading,
)
from core.metrics.record import Record
from core.spec import Features, MonitorSpec

__all__ = [
    "BandKey",
    "Estimator",
    "bands",
    "calibrate",
    "constant_columns",
    "measure",
    "measure_all",
    "measure_fairness",
]

BandKey: TypeAlias = tuple[str, Role, str | None, Segment]
"""Metric, role, feature and segment: what makes numbers of different windows comparable."""

WINDOWS_AT_ONCE = 64
"""Windows whose arrays are in memory together."""


def measure(
    profile: Profile, reference: Reference, spec: MonitorSpec, estimator: Estimator | None
) -> list[Measurement]:
    """Measure everything that there is to measure of one window.

    Parameters
    ----------
    profile
        One model version's rows in one window, counted on the reference's edges.
    reference
        What it is compared with.
    spec
        Which columns play which role.
    estimator
        From :func:`calibrate`; None: nothing is estimated.

    Returns
    -------
    list of Measurement
        Always the same ones for the same spec, so that a number that is missing says why: an empty
        window has its row count of 0 and "no traffic", an open one only its row count, without a value.
    """
    return measure_all([profile], reference, spec, estimator)


def measure_all(
    profiles: Sequence[Profile], reference: Reference, spec: MonitorSpec, estimator: Estimator | None
) -> list[Measurement]:
    """Measure many windows at once: the same as one by one, several times as fast."""
    # Values near the largest float overflow in sums and squares; readings turn those into reasons.
    with np.errstate(over="ignore", invalid="ignore"):
        return [
            one
            for start in range(0, len(profiles), WINDOWS_AT_ONCE)
            for one in _measure(profiles[start : start + WINDOWS_AT_ONCE], reference, spec, estimator)
        ]


def measure_distances(
    profiles: Sequence[Profile], reference: Reference, spec: MonitorSpec, *, baseline: Baseline
) -> list[Measurement]:
    """Measure of closed windows only how far they lie from a reference of another kind.

    Parameters
    ----------
    reference
        Counted on the same edges as the profiles.
    baseline
        What the reference is; it is noted in every measurement.
    """
    closed = [profile for profile in profiles if profile.window.closed]
    records = [Record(spec, profile, baseline=baseline) for profile in closed]
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(closed), WINDOWS_AT_ONCE):
            chosen = slice(start, start + WINDOWS_AT_ONCE)
            measure_drift(records[chosen], closed[chosen], reference, spec)
    return [one for record in records for one in record.measurements]


def bands(reference: Reference, spec: MonitorSpec) -> Mapping[BandKey, Band]:
    """How much does the reference differ from itself, from window to window?

    Returns
    -------
    mapping
        Mean and population standard deviation of every number over the reference's own windows that
        have it; none where those overflow. Estimates have no band: they are judged by that of the
        measured number.
    """
    values: defaultdict[BandKey, list[float]] = defaultdict(list)
    for one in measure_all(reference.windows, reference, spec, calibrate(reference, spec)):
        if one.value is not None and not one.estimated:
            values[one.metric, one.role, one.feature, one.segment].append(one.value)
    with np.errstate(over="ignore", invalid="ignore"):
        found = {
            key: Band(mean=float(np.mean(numbers)), sd=float(np.std(numbers)), n_windows=len(numbers))
            for key, numbers in values.items()
        }
    return {key: band for key, band in found.items() if isfinite(band.mean) and isfinite(band.sd)}


def constant_columns(reference: Reference) -> frozenset[str]:
    """Return the features that have one single value in the reference; all-null ones have none."""
    numeric = {
        name
        for name, column in reference.profile.numeric.items()
        if column.low is not None and column.low == column.high
    }
    categorical = {
        name
        for name, column in reference.profile.categorical.items()
        if sum(count > 0 for count in column.counts) == 1 and column.n_other == 0
    }
    return frozenset(numeric | categorical)


def measure_fairness(
    profile: Profile, by: Sequence[str], spec: MonitorSpec, *, against: str | None = None
) -> list[Measurement]:
    """Compare the groups of one sensitive column, or of several crossed.

    Parameters
    ----------
    profile
        The rows to look at; several windows merged, say.
    by
        Columns among the spec's sensitive ones. With more than one, only their intersections.
    against
        A group (values joined by a comma) to which every other one is compared, signed, besides.

    Returns
    -------
    list of Measurement
        Rates by group, then the gaps between groups.

    Raises
    ------
    ValueError
        A column is not a sensitive one.
    """
    record = Record(spec, profile)
    if profile.outcomes is not None:
        _add_fairness(record, Outcomes.of(profile.outcomes), tuple(by), spec, against)
    return record.measurements


def _measure(
    profiles: Sequence[Profile], reference: Reference, spec: MonitorSpec, estimator: Estimator | None
) -> Iterator[Measurement]:
    records = [Record(spec, profile) for profile in profiles]
    closed = [(one, profile) for one, profile in zip(records, profiles, strict=True) if profile.window.closed]
    for record, profile in zip(records, profiles, strict=True):
        if not profile.window.closed:
            record.add("row_count", Role.OPERATIONS, Reading.nothing(WINDOW_OPEN, profile.n))
    for record, profile in closed:
        _add_operations(record, profile, reference, spec)
        _add_quality(record, profile, reference, spec)
        _add_attributions(record, profile, reference, spec)
    if closed:
        measure_drift([one for one, _ in closed], [profile for _, profile in closed], reference, spec)
    for record, profile in closed:
        outcomes = Outcomes.of(profile.outcomes or _NO_CELLS)
        measure_performance(record, profile, outcomes, reference, spec, estimator)
        # Groups are told apart in all rows only.
        for column in () if profile.segment.pairs else spec.sensitive:
            _add_fairness(record, outcomes, (column,), spec, None)
    for record in records:
        yield from record.measurements


def _add_operations(record: Record, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    role, columns = Role.OPERATIONS, spec.columns
    record.add("row_count", role, quality.row_count(profile.n))
    if columns.status is not None:
        before = (reference.profile.n_errors, reference.profile.n) if reference.profile.n else None
        record.add("error_rate", role, quality.rate(profile.n_errors, profile.n, before))
    if columns.label is not None:
        _add_labels(record, profile, reference, spec)
    if columns.timestamp is not None:
        _add_refused(record, profile, reference, spec)
    if columns.latency_ms is None:
        return
    for q in (50, 95, 99):
        if profile.n == 0 or profile.latency is None:
            reading = Reading.nothing(NO_TRAFFIC if profile.n == 0 else NOT_ENOUGH)
        else:
            reading = latency.percentile(profile.latency, q / 100)
        record.add(f"latency_p{q}", role, reading)


def _add_labels(record: Record, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    role, n, n_labelled = Role.OPERATIONS, profile.n, profile.n_labelled
    record.add("label_coverage", role, labels.label_coverage(n_labelled, n, profile.n_unlabellable))
    if spec.labellable:
        whole = reference.profile
        before = (whole.n_unlabellable, whole.n) if whole.n else None
        record.add("unlabellable_rate", role, labels.unlabellable_rate(profile.n_unlabellable, n, before))
    # Reference rows have no delay; delays are of all rows of a stream with event times.
    if spec.columns.timestamp is None or profile.segment.pairs or (profile.window.index or 0) < 0:
        return
    for q in (50, 95):
        delay = labels.label_delay(profile.label_delay, n, n_labelled, q / 100)
        record.add(f"label_delay_p{q}", role, delay)
    record.add("label_age", role, labels.label_age(profile.label_delay, n, n_labelled))


def _add_refused(record: Record, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    """Add what was refused of all rows; by time, so a model without event times has no such numbers."""
    if profile.segment.pairs:
        return
    numeric = spec.features.numeric if spec.features else ()
    now, before = profile.refused, reference.profile.refused
    n_sent, n_before = now.get(SENT, profile.n), before.get(SENT, reference.profile.n)

    def rate(n_refused: int, n_refused_before: int) -> Reading:
        seen = (n_refused_before, n_before) if n_before else None
        return quality.invalid_rate(n_refused, n_sent, seen)

    whole = rate(n_sent - profile.n if now else 0, n_before - reference.profile.n if before else 0)
    record.add("invalid_rate", Role.OPERATIONS, whole)
    for role, names in ((Role.FEATURE, numeric), (Role.SCORE, dict.fromkeys(spec.columns.scores.values()))):
        for name in names:
            record.add("invalid_rate", role, rate(now.get(name, 0), before.get(name, 0)), feature=name)


def _add_quality(record: Record, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    role, features = Role.FEATURE, spec.features or Features()
    for name in features.numeric:
        numbers, before = profile.numeric.get(name), reference.profile.numeric.get(name)
        missing, outside = _no_column(profile), _no_column(profile)
        if numbers is not None:
            missing = quality.missing_rate(numbers, before)
            outside = quality.out_of_range_rate(numbers, before, reference.edges.get(name, ()))
        record.add("missing_rate", role, missing, feature=name)
        record.add("out_of_range_rate", role, outside, feature=name)
    for name in features.categorical:
        texts, seen = profile.categorical.get(name), reference.profile.categorical.get(name)
        missing, unknown = _no_column(profile), _no_column(profile)
        if texts is not None:
            missing = quality.missing_rate(texts, seen)
            unknown = quality.new_category_rate(texts, seen)
        record.add("missing_rate", role, missing, feature=name)
        record.add("new_category_rate", role, unknown, feature=name)


def _add_attributions(record: Record, profile: Profile, reference: Reference, spec: MonitorSpec) -> None:
    if not spec.attributions:
        return
    now, before = profile.attributions, reference.profile.attributions
    record.add("attribution_ndcg", Role.FEATURE, attribution.attribution_ndcg(now, before))
    for name in spec.attributions:
        importance = attribution.attribution_importance(now.get(name))
        record.add("attribution_importance", Role.FEATURE, importance, feature=name)


def _add_fairness(
    record: Record, outcomes: Outcomes, by: tuple[str, ...], spec: MonitorSpec, against: str | None
) -> None:
    role = Role.FAIRNESS
    if spec.task is Task.REGRESSION:
        for metric, segment, reading in fairness.errors_by_group(outcomes, spec.sensitive, by):
            record.add(metric, role, reading, segment=segment)
        return
    if spec.columns.prediction is None:
        return
    is_scored = spec.task is Task.BINARY and bool(spec.columns.scores)
    for metric, attribute, segment, reading in fairness.of_classes(
        outcomes, spec.sensitive, by, positive_class(spec), against=against, is_scored=is_scored
    ):
        if spec.columns.label is not None or metric.startswith(("selection_rate", "demographic_parity")):
            record.add(metric, role, reading, feature=attribute, segment=segment)


def _no_column(profile: Profile) -> Reading:
    """Read a column that no row brought: every value is missing, but that is only known of rows."""
    return Reading.nothing(NO_TRAFFIC if profile.n == 0 else NOT_ENOUGH)


_NO_CELLS = OutcomeCells(
    groups=(),
    label=(),
    prediction=(),
    score_bin=(),
    n=(),
    n_labelled=(),
    score_total=(),
    score_squares=(),
    error_total=(),
    error_absolute=(),
    error_squares=(),
    label_total=(),
    label_absolute=(),
    label_squares=(),
)
